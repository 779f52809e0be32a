#include "report/markup.hpp"

#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <initializer_list>

namespace banksim {
namespace {

// Bytes of the character that `text` begins with, 0 where it begins with none that XML may hold.
std::size_t character_length(std::string_view text) {
  constexpr std::uint32_t kSmallest[] = {0, 0, 0xA0, 0x800, 0x10000};  // by length: nothing written longer
  const auto lead = static_cast<unsigned char>(text.front());
  const auto length = static_cast<std::size_t>(std::countl_one(lead));
  if (length == 0) return lead >= 0x20 && lead < 0x7F ? 1 : 0;
  if (length == 1 || length > 4 || length > text.size()) return 0;
  std::uint32_t code_point = lead & (0x7Fu >> length);
  for (const char c : text.substr(1, length - 1)) {
    if ((c & 0xC0) != 0x80) return 0;
    code_point = code_point << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
  }
  const bool is_surrogate = code_point >= 0xD800 && code_point < 0xE000;
  const bool is_none = code_point < kSmallest[length] || code_point > 0x10FFFF || is_surrogate ||
                       code_point == 0xFFFE || code_point == 0xFFFF;
  return is_none ? 0 : length;
}

// Each character of `special` made the text that has its place among `others`.
std::string replaced(std::string_view text, std::string_view special,
                     std::initializer_list<std::string_view> others) {
  std::string result;
  for (const char c : text) {
    const std::size_t which = special.find(c);
    result += which == std::string_view::npos ? std::string_view(&c, 1) : others.begin()[which];
  }
  return result;
}

std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,:=+@%";
  const bool is_plain = !word.empty() && word.find_first_not_of(kPlain) == std::string::npos;
  return is_plain ? word : fmt::format("'{}'", replaced(word, "'", {"'\\''"}));
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const bool is_space = std::string_view("\n\t\r").find(text.front()) != std::string_view::npos;
    const std::size_t length = character_length(text);
    result += is_space ? " " : length == 0 ? "\uFFFD" : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

std::string clipped(std::string_view text, std::size_t limit) {
  const std::string whole = printable(text);
  const std::size_t count = display_width(whole), tail = limit / 2 - 1;
  if (count <= limit) return whole;
  return fmt::format("{}\u2026{}", cut_to(whole, limit - 1 - tail),
                     whole.substr(cut_to(whole, count - tail).size()));
}

std::string xml_escaped(std::string_view text) {
  return replaced(printable(text), "&<>\"'", {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"});
}

std::string markdown_escaped(std::string_view text) {
  // Those that can begin something inside a line; '.', '-', '(' and the like only do so at its start.
  constexpr std::string_view kSpecial = "\\`*_[]<>&|#~!@$";
  std::string result = printable(text);
  for (std::size_t at = 0; (at = result.find_first_of(kSpecial, at)) != std::string::npos; at += 2)
    result.insert(at, 1, '\\');
  return result;
}

std::string mermaid_escaped(std::string_view text) {
  return replaced(printable(text), "#&<>\"", {"#35;", "#amp;", "#lt;", "#gt;", "#quot;"});
}

std::string markdown_code_block(std::string_view text) {
  const std::string line = printable(text);
  std::string fence = "```";
  while (line.find(fence) != std::string::npos) fence += '`';
  return fmt::format("{0}sh\n{1}\n{0}\n", fence, line);
}

std::string shell_line(std::span<const std::string> arguments) {
  std::string line;
  for (const std::string& argument : arguments) line += (line.empty() ? "" : " ") + shell_word(argument);
  return line;
}

std::string github_annotation(std::string_view level, std::string_view message) {
  return fmt::format("::{} title=banksim::{}", level, replaced(message, "%\r\n", {"%25", "%0D", "%0A"}));
}

}  // namespace banksim
