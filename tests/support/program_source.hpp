// A program as the source of a strategy: to be read, compiled and kept.
#pragma once

#include "programs.hpp"

#include <set>
#include <string>

namespace banksim::programs {

class Source {
 public:
  static std::string of(const Program& program) {
    std::string text =
        "template <class S>\nstruct Found : zoo::Broken<S> {\n  static constexpr std::string_view name = \"found\";\n";
    if (program.has_own_transfer) {
      text +=
          "  template <class Hold>\n"
          "  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, Hold&& hold) {\n";
      text += body(program.transfer) + "  }\n";
    } else {
      text +=
          "  struct Guard {\n    Guard(Found& own, Bank<S>& bank, const Transfer& t) : own(own), bank(bank), t(t) {}\n"
          "    ~Guard() {\n";
      for (const Instruction& line : program.release)
        text += "      " + mutex(line.place, "own.") + ".unlock();\n";
      text +=
          "    }\n    Found& own;\n    Bank<S>& bank;\n    Transfer t;\n  };\n"
          "  auto lock_pair(Bank<S>& bank, const Transfer& t) {\n";
      text += body(program.transfer, true) + "  }\n";
    }
    text += "  Money audit(Bank<S>& bank) {\n" + body(program.audit) + "  }\n";
    return text +
           "  typename S::Mutex mutex_0, mutex_1;\n"
           "  typename S::template Cell<std::int64_t> value_0{kNoAccount, 0}, value_1{kNoAccount, 0};\n};\n";
  }

 private:
  static std::string account_of(Place place) {
    switch (place) {
      case Place::source:
        return "bank[t.from]";
      case Place::target:
        return "bank[t.to]";
      case Place::lower:
        return "bank[zoo::lower(t)]";
      case Place::higher:
        return "bank[zoo::upper(t)]";
      case Place::own_0:
        return "0";
      case Place::own_1:
        return "1";
      default:
        return "bank[AccountId{" +
               std::to_string(static_cast<int>(place) - static_cast<int>(Place::account_0)) + "}]";
    }
  }
  static bool is_own(Place place) { return place == Place::own_0 || place == Place::own_1; }
  static std::string mutex(Place place, const std::string& owner = "") {
    return is_own(place) ? owner + "mutex_" + account_of(place) : account_of(place) + ".mutex";
  }
  static std::string get(Place place) {
    return is_own(place) ? "value_" + account_of(place) + ".get()"
                         : account_of(place) + ".balance.get().minor_units()";
  }
  static std::string set(Place place, const std::string& value) {
    return is_own(place) ? "value_" + account_of(place) + ".set(" + value + ")"
                         : account_of(place) + ".balance.set(Money{" + value + "})";
  }

  // No value and no register leaves -9 to 9, so that whatever is wrong the search ends.
  static std::string capped(const std::string& value) {
    return "std::clamp<std::int64_t>(" + value + ", -9, 9)";
  }

  static std::string statement(const Instruction& line, bool gives_guard) {
    const std::string reg = "r" + std::to_string(line.reg);
    const std::string number = std::to_string(line.number);
    const std::string jump = "goto line_" + std::to_string(line.to);
    switch (line.code) {
      case Code::lock:
        return mutex(line.place) + ".lock()";
      case Code::try_lock:
        return "if (!" + mutex(line.place) + ".try_lock()) " + jump;
      case Code::unlock:
        return mutex(line.place) + ".unlock()";
      case Code::read:
        return reg + " = " + get(line.place);
      case Code::gather:
        return reg + " = " + capped(reg + " + " + get(line.place));
      case Code::write:
        return set(line.place, capped(reg + (line.times < 0 ? " - " : " + ") + "t.amount.minor_units()"));
      case Code::store:
        return set(line.place, number);
      case Code::set:
        return reg + " = " + number;
      case Code::add:
        return reg + " = " + capped(reg + " + " + number);
      case Code::jump:
        return jump;
      case Code::if_equal:
        return "if (" + reg + " == " + number + ") " + jump;
      case Code::if_poor:
        return "if (" + reg + " < t.amount.minor_units()) " + jump;
      case Code::if_upward:
        return "if (t.from < t.to) " + jump;
      case Code::if_large:
        return "if (t.amount > Money{1}) " + jump;
      case Code::give_total:
        return "return Money{" + reg + "}";
      case Code::done:
      case Code::decline:
        break;
    }
    if (gives_guard) return "return Guard{*this, bank, t}";
    return line.code == Code::done ? "return hold(), TransferOutcome::done"
                                   : "return TransferOutcome::declined";
  }

  static std::string body(const Lines& lines, bool gives_guard = false) {
    std::set<std::size_t> targets;
    for (const Instruction& line : lines)
      if (jumps(line.code)) targets.insert(line.to);
    std::string text = "    [[maybe_unused]] std::int64_t r0 = 0, r1 = 0, r2 = 0;\n";
    for (std::size_t at = 0; at < lines.size(); ++at) {
      if (targets.contains(at)) text += "  line_" + std::to_string(at) + ":\n";
      text += "    " + statement(lines[at], gives_guard) + ";\n";
    }
    return text;
  }
};

}  // namespace banksim::programs
