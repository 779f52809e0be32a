#include "report/markup.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace banksim {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;  // a continuation, or a byte that never stands in UTF-8
}

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
  const std::size_t length = sequence_length(lead);
  if (length == 0 || length > text.size()) return 0;
  std::uint32_t code_point = length == 1 ? lead : lead & (0xFFu >> (length + 1));
  for (const char c : text.substr(1, length - 1)) {
    if (!is_continuation(c)) return 0;
    code_point = code_point << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
  }
  return xml_may_hold(code_point, length) ? length : 0;
}

// Where the nth character begins.
std::size_t offset_of(std::string_view utf8, std::size_t nth) {
  std::size_t at = 0;
  for (std::size_t seen = 0; at < utf8.size(); ++at)
    if (!is_continuation(utf8[at]) && seen++ == nth) break;
  return at;
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

std::size_t character_count(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return !is_continuation(c); }));
}

std::string clipped(std::string_view text, std::size_t limit) {
  std::string whole = printable(text);
  if (character_count(whole) <= limit) return whole;
  return whole.substr(0, offset_of(whole, limit - 1)).append(kEllipsis);
}

std::string clipped_name(std::string_view name, std::size_t limit) {
  std::string whole = printable(name);
  const std::size_t count = character_count(whole);
  if (count <= limit) return whole;
  const std::size_t tail = limit / 2 - 1;
  return whole.substr(0, offset_of(whole, limit - 1 - tail))
      .append(kEllipsis)
      .append(whole.substr(offset_of(whole, count - tail)));
}

std::string unbroken(const std::string& text) {
  constexpr std::string_view kUnits[] = {"k", "M", "G", "T", "ns", "\u00b5s", "us", "ms", "s", "%"};
  const auto is_unit = [&kUnits](std::string_view word) {
    return std::ranges::find(kUnits, word) != std::end(kUnits);
  };
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool after_digit = at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9';
    const std::string_view rest = std::string_view(text).substr(at + 1);
    const bool parts =
        text[at] == ' ' && after_digit && is_unit(rest.substr(0, rest.find_first_of(" ,;.:]")));
    result += parts ? std::string_view("\u00a0") : std::string_view(text).substr(at, 1);
  }
  return result;
}

std::string xml_escaped(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
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
  std::size_t longest = 2;
  std::size_t run = 0;
  for (const char c : line) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fence + "sh\n" + line + '\n' + fence + '\n';
}

std::string shell_line(std::span<const std::string> arguments) {
  std::string line;
  for (const std::string& argument : arguments) {
    if (!line.empty()) line += ' ';
    line += shell_word(argument);
  }
  return line;
}

}  // namespace banksim
