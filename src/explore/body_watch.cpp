#include "explore/body_watch.hpp"

#include <fmt/format.h>

#include <array>

namespace banksim::model {

std::string BodyWatch::where() const {
  constexpr std::array kOperations = {"lock", "try_lock", "unlock", "read", "write"};  // as OpKind
  std::string where;
  switch (part.load()) {
    case Part::constructor:
      where = "its constructor";
      break;
    case Part::transfer:
      where = fmt::format("transfer {} -> {}, {}", index(from), index(to), amount.load());
      break;
    case Part::audit:
      where = "the audit";
      break;
    case Part::destructor:
      where = "its destructor";
      break;
  }
  if (const std::uint8_t op = operation; op < kOperations.size()) {
    const char* const own = op < 3 ? "a lock of its own" : "a value of its own";
    const std::string about = account.load() != kNoAccount ? fmt::format("account {}", index(account)) : own;
    where += fmt::format(", after {} {}", kOperations[op], about);
  } else if (part == Part::transfer || part == Part::audit) {
    where += ", before its first operation";
  }
  return where;
}

std::string refusal(const std::string& where, const std::string& why) {
  return fmt::format("the strategy cannot be explored: {}{}{}", where, where.empty() ? "" : ": ", why);
}

}  // namespace banksim::model
