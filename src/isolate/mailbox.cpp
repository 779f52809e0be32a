#include "isolate/mailbox.hpp"

#include <cstring>

namespace banksim {
namespace {

constexpr std::size_t kMostText = Mailbox::kBytes - 4096;
static_assert(sizeof(Mailbox) <= Mailbox::kBytes - kMostText);

char* text_of(Mailbox& box) { return reinterpret_cast<char*>(&box) + (Mailbox::kBytes - kMostText); }

// FNV-1a: for damage, not against malice.
std::uint64_t checksum(const char* text, std::uint64_t length) {
  std::uint64_t sum = 14695981039346656037u;
  for (std::uint64_t i = 0; i < length; ++i)
    sum = (sum ^ static_cast<unsigned char>(text[i])) * 1099511628211u;
  return sum;
}

}  // namespace

void Mailbox::leave(Kind kind, const std::string& text) {
  if (text.size() > kMostText) return;
  std::memcpy(text_of(*this), text.data(), text.size());
  length_ = text.size();
  checksum_ = checksum(text.data(), text.size());
  kind_ = kind;
}

std::optional<std::pair<Mailbox::Kind, std::string>> Mailbox::left() const {
  const Kind kind = kind_;
  const std::uint64_t length = length_;
  if (kind == Kind::nothing || length > kMostText) return std::nullopt;
  std::string text(text_of(const_cast<Mailbox&>(*this)), length);
  if (checksum(text.data(), length) != checksum_) return std::nullopt;
  return std::pair(kind, std::move(text));
}

void Mailbox::beat(std::initializer_list<std::uint64_t> values) {
  std::size_t i = 0;
  for (const std::uint64_t value : values) numbers[i++] = value;
  ++beats;
}

}  // namespace banksim
