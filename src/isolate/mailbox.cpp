#include "isolate/mailbox.hpp"

#include <cstring>
#include <functional>
#include <string_view>

namespace banksim {
namespace {

constexpr std::size_t kMostText = Mailbox::kBytes - 4096;
static_assert(sizeof(Mailbox) <= Mailbox::kBytes - kMostText);

char* text_of(Mailbox& box) { return reinterpret_cast<char*>(&box) + (Mailbox::kBytes - kMostText); }

// For damage, not against malice.
std::uint64_t checksum(std::string_view text) { return std::hash<std::string_view>()(text); }

}  // namespace

void Mailbox::leave(Kind kind, const std::string& text) {
  if (text.size() > kMostText) return;
  std::memcpy(text_of(*this), text.data(), text.size());
  length_ = text.size();
  checksum_ = checksum(text);
  kind_ = kind;
}

std::optional<std::pair<Mailbox::Kind, std::string>> Mailbox::left() const {
  const Kind kind = kind_;
  const std::uint64_t length = length_;
  if (kind == Kind::nothing || length > kMostText) return std::nullopt;
  std::string text(text_of(const_cast<Mailbox&>(*this)), length);
  if (checksum(text) != checksum_) return std::nullopt;
  return std::pair(kind, std::move(text));
}

void Mailbox::beat(std::initializer_list<std::uint64_t> values) {
  std::size_t i = 0;
  for (const std::uint64_t value : values) numbers[i++] = value;
  ++beats;
}

}  // namespace banksim
