#include "report/text.hpp"

#include "run/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <span>
#include <utility>

namespace banksim {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

struct Unit {
  double size;
  std::string_view name;
};

// `units` ascend. The limit is where three digits would round up to a thousand.
std::string with_unit(double value, std::span<const Unit> units) {
  constexpr double kThousand = 999.5;
  if (!std::isfinite(value)) return "unknown";
  std::size_t at = 0;
  while (at + 1 < units.size() && std::abs(value) / units[at].size >= kThousand) ++at;
  const double number = std::abs(value) / units[at].size;
  return fmt::format(
      "{}{}{}{}", value < 0 ? "-" : "",
      number < kThousand ? fmt::format("{:.3g}", number) : grouped(fmt::format("{:.0f}", number)),
      units[at].name.empty() ? "" : " ", units[at].name);
}

// Where the text behind a line's label begins: after the first gap of two spaces within the left half.
std::size_t hanging_indent(std::string_view line, std::size_t columns) {
  constexpr std::size_t kUsualIndent = 2;
  const std::size_t first = line.find_first_not_of(' ');
  const std::size_t text = line.find_first_not_of(' ', line.find("  ", first));
  const std::size_t start = display_width(line.substr(0, text));
  return start > columns / 2 ? first + kUsualIndent : start;
}

// The space to break at, so that what is before it fits: best a gap, else after ';', ',' or a word. The first
// three only in the right half: a short line in front of a long one reads badly.
std::size_t break_in(std::string_view line, std::size_t room) {
  std::size_t best = kNone;
  int best_rank = 4;
  for (std::size_t at = std::min(cut_to(line, room).size(), line.size() - 1); at > 0; --at) {
    if (line[at] != ' ' || line[at - 1] == ' ') continue;
    const bool is_gap = line.substr(at).starts_with("  ");
    const int rank = is_gap ? 0 : line[at - 1] == ';' ? 1 : line[at - 1] == ',' ? 2 : 3;
    if (rank >= best_rank || (rank < 3 && display_width(line.substr(0, at)) < room / 2)) continue;
    best = at;
    best_rank = rank;
  }
  return best;
}

void append_wrapped(std::string& text, std::string_view line, std::size_t columns) {
  const std::size_t indent = hanging_indent(line, columns);
  for (std::size_t room = columns; display_width(line) > room; room = columns - indent) {
    const std::size_t at = break_in(line, room);
    if (at == kNone) break;  // one long word
    text.append(line.substr(0, at)).append("\n").append(indent, ' ');
    line.remove_prefix(std::min(line.find_first_not_of(' ', at), line.size()));
    if (indent >= columns) break;  // no room below it either
  }
  text += line;
}

}  // namespace

std::string si_number(double value) {
  static constexpr Unit kPrefixes[] = {{1, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "G"}, {1e12, "T"}};
  return with_unit(value, kPrefixes);
}

std::string percent_text(double share) {
  if (share > 0 && share < 0.0005) return "under 0.1 %";
  std::string number = fmt::format("{:.1f}", share * 100);
  if (number.ends_with(".0")) number.resize(number.size() - 2);
  return number + " %";
}

std::string grouped(std::string integer) {
  const std::size_t first_digit = integer.starts_with('-') ? 1 : 0;
  for (std::size_t at = integer.size(); at > first_digit + 3; integer.insert(at, ",")) at -= 3;
  return integer;
}

std::string duration_text(double seconds, bool unicode) {
  const Unit units[] = {{1e-9, "ns"}, {1e-6, unicode ? "\u00b5s" : "us"}, {1e-3, "ms"}, {1, "s"}};
  return seconds == 0 ? "0 s" : with_unit(seconds, units);
}

std::string counted(std::uint64_t count, std::string_view thing) {
  return fmt::format("{} {}{}", grouped(count), thing, count == 1 ? "" : "s");
}

std::string in_capitals(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string parts_text(std::initializer_list<Part> parts, std::string_view separator) {
  std::string text;
  for (const Part& part : parts)
    if (!part.text.empty()) text.append(text.empty() ? "" : separator).append(part.text);
  return text;
}

std::string listed(std::vector<std::string> items, std::size_t most) {
  if (items.size() > most) {
    const std::string more = grouped(items.size() - most) + " more";
    items.resize(most);
    items.push_back(more);
  }
  if (items.size() < 2) return items.empty() ? "" : items.front();
  const std::string last = items.back();
  items.pop_back();
  return fmt::format("{} and {}", fmt::join(items, ", "), last);
}

std::string signal_text(int signal) { return signal == 0 ? "on request" : "by " + signal_name(signal); }

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  bool in_color = false;
  for (const char c : text) {
    in_color = in_color || c == '\x1b';
    const bool begins_letter = (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    if (!in_color && begins_letter) ++width;
    if (c == 'm') in_color = false;
  }
  return width;
}

std::string_view cut_to(std::string_view text, std::size_t columns) {
  while (display_width(text) > columns) text.remove_suffix(1);
  return text;
}

std::string colored(std::string_view text, Tone tone, const TextStyle& style) {
  constexpr std::array kGreenRedYellow{32, 31, 33};
  if (!style.color || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", kGreenRedYellow[static_cast<std::size_t>(tone)], text);
}

std::string verdict_line(std::string_view word, Tone tone, std::string_view text, const TextStyle& style) {
  return fmt::format("{}  {}\n", colored(word, tone, style), text);
}

std::string block(std::size_t width, std::initializer_list<Labelled> lines) {
  std::string text;
  for (const auto& [label, words] : lines)
    if (!words.text.empty()) text += fmt::format("  {:<{}}{}\n", label, width, words.text);
  return text;
}

std::string wrapped(std::string_view text, std::size_t columns) {
  if (columns == 0) return std::string(text);
  std::string result;
  for (std::size_t end = text.find('\n'); end != kNone; end = text.find('\n')) {
    append_wrapped(result, text.substr(0, end), columns);
    result += '\n';
    text.remove_prefix(end + 1);
  }
  append_wrapped(result, text, columns);
  return result;
}

// ---- Tables.

Table::Table(std::vector<Column> columns, std::size_t indent)
    : columns_(std::move(columns)), indent_(indent) {
  for (const Column& column : columns_) widths_.push_back(column.least);
}

void Table::add(std::vector<std::string> cells) {
  const std::size_t fitted = cells.size() < columns_.size() ? cells.size() - 1 : cells.size();
  for (std::size_t i = 0; i < fitted; ++i)
    if (const std::size_t width = display_width(cells[i]); width > 0)
      widths_[i] = std::max({widths_[i], width, display_width(columns_[i].title)});
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
    if (widths_[i] > 0) width = start_of(i) + widths_[i];
  for (const auto& cells : rows_)
    if (cells.size() < columns_.size())
      width = std::max(width, start_of(cells.size() - 1) + display_width(cells.back()));
  return width;
}

std::string Table::line_of(const std::vector<std::string>& cells, std::size_t columns) const {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool is_last = i + 1 == cells.size();
    const bool runs_on = is_last && cells.size() < columns_.size();
    if (widths_[i] == 0 && !runs_on) continue;
    const std::size_t shown = display_width(cells[i]);
    const std::size_t start = start_of(i);
    const std::size_t before = columns_[i].to_the_right ? widths_[i] - std::min(widths_[i], shown) : 0;
    line.append(start + before - std::min(start + before, display_width(line)), ' ');
    const std::size_t room = columns > start ? columns - start : 1;
    for (const char c : is_last&& columns > 0 ? wrapped(cells[i], room) : cells[i])
      line.append(1, c).append(c == '\n' ? start : 0, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

std::string Table::title_line() const { return line_of(texts_of(columns_, &Column::title), 0); }

std::string Table::lines() const {
  std::string text;
  for (std::size_t row = 0; row < rows_.size(); ++row) text += line(row);
  return text;
}

}  // namespace banksim
