#include "report/markup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <iterator>

namespace banksim {
namespace {

constexpr std::string_view kReplacement = "\uFFFD";
constexpr std::string_view kEllipsis = "\u2026";

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

bool xml_may_hold(std::uint32_t code_point, std::size_t length) {
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};  // by length: nothing written longer
  const bool surrogate = code_point >= 0xD800 && code_point < 0xE000;
  const bool control = code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0);
  return code_point >= kSmallest[length] && code_point <= 0x10FFFF && !surrogate && !control &&
         code_point != 0xFFFE && code_point != 0xFFFF;
}

// Length of the character that `text` begins with, 0 where it begins with none that XML may hold.
std::size_t character_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const auto ones =
      static_cast<std::size_t>(std::countl_one(lead));  // that many bytes; none: a byte of ASCII
  const std::size_t length = std::max<std::size_t>(ones, 1);
  if (ones == 1 || ones > 4 || length > text.size()) return 0;
  std::uint32_t code_point = length == 1 ? lead : lead & (0xFFu >> (length + 1));
  for (const char c : text.substr(1, length - 1)) {
    if (!is_continuation(c)) return 0;
    code_point = code_point << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
  }
  return xml_may_hold(code_point, length) ? length : 0;
}

std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,:=+@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const char first = text.front();
    const std::size_t length = character_length(text);
    if (first == '\n' || first == '\t' || first == '\r') {
      result += ' ';
    } else {
      result += length == 0 ? kReplacement : text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

std::string clipped(std::string_view text, std::size_t limit, std::size_t tail) {
  const std::string whole = printable(text);
  const std::size_t count = display_width(whole);
  if (count <= limit) return whole;
  return fmt::format("{}{}{}", cut(whole, limit - 1 - tail), kEllipsis,
                     whole.substr(cut(whole, count - tail).size()));
}

std::string unbroken(std::string_view text) {
  constexpr std::string_view kUnits[] = {"k", "M", "G", "T", "ns", "\u00b5s", "us", "ms", "s", "%"};
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view rest = text.substr(at + 1);
    const std::string_view word = rest.substr(0, rest.find_first_of(" ,;.:]"));
    const bool parts = text[at] == ' ' && at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9' &&
                       std::ranges::find(kUnits, word) != std::end(kUnits);
    result += parts ? std::string_view("\u00a0") : text.substr(at, 1);
  }
  return result;
}

std::string xml_escaped(std::string_view text) {
  constexpr std::string_view kSpecial = "&<>\"'";
  constexpr std::string_view kEntities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
  std::string result;
  for (const char c : printable(text)) {
    const std::size_t which = kSpecial.find(c);
    result += which == std::string_view::npos ? std::string_view(&c, 1) : kEntities[which];
  }
  return result;
}

std::string markdown_escaped(std::string_view text) {
  // Those that can begin something inside a line; '.', '-', '(' and the like only do so at its start.
  constexpr std::string_view kSpecial = "\\`*_[]<>&|#~!@$";
  std::string result;
  for (const char c : printable(text)) {
    if (kSpecial.find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
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

std::vector<std::string> broken_lines(std::string_view text, std::size_t characters) {
  std::vector<std::string> lines{""};
  std::string rest = printable(text) + ' ';
  while (!rest.empty()) {
    const std::size_t end = rest.find(' ');
    const std::string word = clipped(rest.substr(0, end), characters);
    rest.erase(0, end + 1);
    if (word.empty()) continue;
    if (!lines.back().empty() && display_width(lines.back()) + 1 + display_width(word) > characters)
      lines.emplace_back();
    lines.back() += (lines.back().empty() ? "" : " ") + word;
  }
  return lines;
}

}  // namespace banksim
