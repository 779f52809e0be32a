// Lines and tables as a terminal shows them.
#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace banksim {
namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::size_t kUsualIndent = 2;

// Bytes from `at` on that make one letter, or a colour, which has no width.
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

// Where the text behind a line's label begins: after the first gap of two spaces within the left half.
std::size_t hanging_indent(std::string_view line, std::size_t columns) {
  const std::size_t first = line.find_first_not_of(' ');
  if (first == kNone) return 0;
  const std::size_t gap = line.find("  ", first);
  const std::size_t text = gap == kNone ? kNone : line.find_first_not_of(' ', gap);
  if (text == kNone || display_width(line.substr(0, text)) > columns / 2) return first + kUsualIndent;
  return display_width(line.substr(0, text));
}

// The space to break at, so that what is before it fits: best a gap, else after ';', ',' or a word. The first
// three only in the right half: a short line in front of a long one reads badly.
std::size_t break_in(std::string_view line, std::size_t room) {
  std::array<std::size_t, 4> last{kNone, kNone, kNone, kNone};  // by rank
  std::size_t width = 0;
  for (std::size_t at = 0; at < line.size() && width <= room;) {
    if (at > 0 && line[at] == ' ' && line[at - 1] != ' ') {
      const bool gap = at + 1 < line.size() && line[at + 1] == ' ';
      const std::size_t rank = gap ? 0 : line[at - 1] == ';' ? 1 : line[at - 1] == ',' ? 2 : 3;
      if (rank == 3 || width >= room / 2) last[rank] = at;
    }
    const Letter letter = letter_at(line, at);
    at += letter.bytes;
    width += letter.width;
  }
  const auto* const best = std::ranges::find_if(last, [](std::size_t at) { return at != kNone; });
  return best == last.end() ? kNone : *best;
}

void append_wrapped(std::string& text, std::string_view line, std::size_t columns) {
  const std::size_t indent = hanging_indent(line, columns);
  std::size_t room = columns;
  while (display_width(line) > room) {
    const std::size_t at = break_in(line, room);
    if (at == kNone) break;  // one long word
    text.append(line.substr(0, at)).append("\n").append(indent, ' ');
    line.remove_prefix(std::min(line.find_first_not_of(' ', at), line.size()));
    if (indent >= columns) break;  // no room below it either
    room = columns - indent;
  }
  text += line;
}

// All lines but the first one moved to the right.
std::string indented_below(std::string lines, std::size_t indent) {
  for (std::size_t at = lines.find('\n'); at != kNone; at = lines.find('\n', at + 1))
    lines.insert(at + 1, indent, ' ');
  return lines;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Letter letter = letter_at(text, at);
    at += letter.bytes;
    width += letter.width;
  }
  return width;
}

std::string_view cut(std::string_view text, std::size_t columns) {
  std::size_t at = 0;
  for (std::size_t width = 0; at < text.size();) {
    const Letter letter = letter_at(text, at);
    width += letter.width;
    if (width > columns) break;
    at += letter.bytes;
  }
  return text.substr(0, at);
}

std::string padded(std::string text, std::size_t width, bool to_the_right) {
  const std::size_t shown = display_width(text);
  if (shown < width) text.insert(to_the_right ? 0 : text.size(), width - shown, ' ');
  return text;
}

std::string colored(std::string_view text, Tone tone, const TextStyle& style) {
  constexpr std::array kGreenRedYellow{32, 31, 33};
  if (!style.color) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", kGreenRedYellow[static_cast<std::size_t>(tone)], text);
}

std::string verdict_line(std::string_view word, Tone tone, std::string_view text, const TextStyle& style) {
  return fmt::format("{}  {}\n", colored(word, tone, style), text);
}

std::string labelled(std::string_view label, std::size_t width, std::string_view text) {
  return fmt::format("  {:<{}}{}\n", label, width, text);
}

std::string wrapped(std::string_view text, std::size_t columns) {
  if (columns == 0) return std::string(text);
  std::string result;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    append_wrapped(result, text.substr(begin, end - begin), columns);
    if (end < text.size()) result += '\n';
    begin = end + 1;
  }
  return result;
}

Table::Table(std::vector<Column> columns, std::size_t indent)
    : columns_(std::move(columns)), indent_(indent), run_on_(columns_.size()) {
  for (const Column& column : columns_) widths_.push_back(column.least);
}

void Table::add(std::vector<std::string> cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::size_t width = display_width(cells[i]);
    if (i + 1 == cells.size() && cells.size() < columns_.size())
      run_on_[i] = std::max(run_on_[i], width);
    else if (width > 0)
      widths_[i] = std::max({widths_[i], width, display_width(columns_[i].title)});
  }
  rows_.push_back(std::move(cells));
}

std::size_t Table::start_of(std::size_t column) const {
  std::size_t start = 0;
  for (std::size_t i = 0; i < column; ++i)
    if (widths_[i] > 0) start += (start > 0 ? columns_[i].gap : 0) + widths_[i];
  return indent_ + (start > 0 ? start + columns_[column].gap : 0);
}

std::size_t Table::width() const {
  std::size_t width = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (const std::size_t widest = std::max(widths_[i], run_on_[i]); widest > 0)
      width = std::max(width, start_of(i) + widest);
  return width;
}

std::string Table::line_of(const std::vector<std::string>& cells, std::size_t columns) const {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::size_t start = start_of(i);
    const bool is_last = i + 1 == cells.size();
    if (widths_[i] == 0 && !(is_last && run_on_[i] > 0)) continue;
    line = padded(std::move(line), start);
    if (is_last && columns > 0) {
      line += indented_below(wrapped(cells[i], columns > start ? columns - start : 1), start);
    } else {
      line += padded(cells[i], widths_[i], columns_[i].to_the_right);
    }
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

std::string Table::title_line() const {
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  return line_of(titles, 0);
}

std::string Table::line(std::size_t row, std::size_t columns) const { return line_of(rows_[row], columns); }

std::string Table::lines() const {
  std::string text;
  for (std::size_t row = 0; row < rows_.size(); ++row) text += line(row);
  return text;
}

}  // namespace banksim
