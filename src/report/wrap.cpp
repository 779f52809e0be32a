// Lines broken to the width of a terminal. ANSI colours and UTF-8 continuation bytes take no column.
#include "report/parts.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace banksim {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::size_t kUsualIndent = 2;

// Bytes from `at` on that make one letter; a colour is one of no width.
struct Letter {
  std::size_t bytes;
  std::size_t width;
};

Letter letter_at(std::string_view line, std::size_t at) {
  if (line[at] == '\x1b') return {std::min(line.find('m', at), line.size() - 1) + 1 - at, 0};
  std::size_t end = at + 1;
  while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xc0) == 0x80) ++end;
  return {end - at, 1};
}

std::size_t width_of(std::string_view line) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < line.size();) {
    const Letter letter = letter_at(line, at);
    at += letter.bytes;
    width += letter.width;
  }
  return width;
}

// Where the text behind a line's label begins: after the first gap of two spaces within the left half.
std::size_t hanging_indent(std::string_view line, std::size_t columns) {
  const std::size_t first = line.find_first_not_of(' ');
  if (first == kNone) return 0;
  const std::size_t gap = line.find("  ", first);
  const std::size_t text = gap == kNone ? kNone : line.find_first_not_of(' ', gap);
  if (text == kNone || width_of(line.substr(0, text)) > columns / 2) return first + kUsualIndent;
  return width_of(line.substr(0, text));
}

// The space to break at, so that what is before it fits: best a gap, else after ';', ',' or a word. The first
// three only in the right half: a short line in front of a long one reads badly.
std::size_t break_in(std::string_view line, std::size_t room) {
  std::array<std::size_t, 4> last{kNone, kNone, kNone, kNone};  // by rank
  std::size_t width = 0;
  for (std::size_t at = 0; at < line.size() && width <= room;) {
    const bool breaks = at > 0 && line[at] == ' ' && line[at - 1] != ' ';
    if (breaks) {
      const bool gap = at + 1 < line.size() && line[at + 1] == ' ';
      const std::size_t rank = gap ? 0 : line[at - 1] == ';' ? 1 : line[at - 1] == ',' ? 2 : 3;
      if (rank == 3 || width >= room / 2) last[rank] = at;
    }
    const Letter letter = letter_at(line, at);
    at += letter.bytes;
    width += letter.width;
  }
  const auto* const best = std::find_if(last.begin(), last.end(), [](std::size_t at) { return at != kNone; });
  return best == last.end() ? kNone : *best;
}

void append_wrapped(std::string& text, std::string_view line, std::size_t columns) {
  const std::size_t indent = hanging_indent(line, columns);
  std::size_t room = columns;
  while (width_of(line) > room) {
    const std::size_t at = break_in(line, room);
    if (at == kNone) break;  // one long word
    text += line.substr(0, at);
    text += '\n' + std::string(indent, ' ');
    line.remove_prefix(std::min(line.find_first_not_of(' ', at), line.size()));
    room = columns - indent;
  }
  text += line;
}

}  // namespace

std::string wrapped(std::string_view text, std::size_t columns) {
  if (columns == 0) return std::string(text);
  std::string result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    append_wrapped(result, text.substr(0, end), columns);
    text.remove_prefix(end);
    if (text.empty()) break;
    result += '\n';
    text.remove_prefix(1);
  }
  return result;
}

}  // namespace banksim
