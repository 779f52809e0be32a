// The pieces that texts for people are made of: numbers in words, lines broken to a width, tables. Pure functions.
//
// Promises: numbers have '.' and ',' whatever the locale, three significant digits, no zeros at the end, and a
// unit that fits. Widths are what a terminal shows: a colour takes no column, a letter of several bytes takes
// one. Text is ASCII unless unicode is asked for.
// Forbids: letters two columns wide and colours other than \x1b[...m in a text that is measured.
#pragma once

#include <banksim/config.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace banksim {

struct TextStyle {
  bool color = false;
  bool unicode = false;
  bool quiet = false;       // the verdict line alone
  std::size_t columns = 0;  // longer lines are broken; 0: none is, as for files and pipes
};

// ---- Numbers and words.

std::string si_number(double value);       // 19,200,000 -> "19.2 M"
std::string percent_text(double share);    // 0.009 -> "0.9 %"
std::string grouped(std::string integer);  // "1234567" -> "1,234,567"
inline std::string grouped(Money amount) { return grouped(std::to_string(amount.minor_units())); }
std::string grouped(std::integral auto value) { return grouped(std::to_string(value)); }

std::string duration_text(double seconds, bool unicode = false);  // 210e-9 -> "210 ns"
inline std::string duration_text(nanoseconds time, bool unicode = false) {
  return duration_text(in_seconds(time), unicode);
}

std::string counted(std::uint64_t count, std::string_view thing);  // "1 thread", "1,000 threads"

std::string in_capitals(std::string text);  // of ASCII letters

// A text, or one that is only said where something applies.
struct Part {
  Part(const std::convertible_to<std::string_view> auto& words) : text(words) {}
  Part(bool applies, std::string_view words) : text(applies ? words : "") {}
  std::string text;
};

// Those that are not empty: {"a", "", {false, "b"}, {true, "c"}} -> "a, c".
std::string parts_text(std::initializer_list<Part> parts, std::string_view separator = ", ");

// What each of some things is called.
std::vector<std::string> texts_of(const auto& things, auto text) {
  std::vector<std::string> texts;
  for (const auto& thing : things) texts.push_back(std::string(std::invoke(text, thing)));
  return texts;
}

// "a", "a and b", "a, b and c"; of more than `most` the first ones: "a, b and 3 more".
std::string listed(std::vector<std::string> items, std::size_t most = 100);

// Who ended a run from outside: "by SIGINT", or "on request" where it was no signal.
std::string signal_text(int signal);

// ---- Lines.

std::size_t display_width(std::string_view text);
std::string_view cut_to(std::string_view text, std::size_t columns);  // what of it has room

enum class Tone : std::uint8_t { good, bad, undecided };  // green, red, yellow
std::string colored(std::string_view text, Tone tone, const TextStyle& style);

// A verdict: its word coloured, two spaces, and what there is to say.
std::string verdict_line(std::string_view word, Tone tone, std::string_view text, const TextStyle& style);

// Indented lines: each a label, padded to the width, and its text. Where there is no text there is no line.
struct Labelled {
  std::string_view label;
  Part words;
};
std::string block(std::size_t width, std::initializer_list<Labelled> lines);

// Lines wider than `columns` broken between words, the rest below where the text of the line's label begins.
// A word that is too long stays whole. 0 columns: the text as it is.
std::string wrapped(std::string_view text, std::size_t columns);

// ---- Tables: each column as wide as its widest text.

class Table {
 public:
  struct Column {
    std::string title = {};
    bool to_the_right = false;
    std::size_t gap = 2;  // before it, unless it is the first
    std::size_t least =
        0;  // its width, even where every text is shorter; else one without a text is left out
  };

  explicit Table(std::vector<Column> columns, std::size_t indent = 0);

  // The last cell of a row with fewer cells than there are columns runs on over the rest of its line.
  void add(std::vector<std::string> cells);

  std::size_t width() const;  // of the widest line

  // With a line feed, and no spaces at the end. A row wider than `columns` is broken in its last cell, the rest
  // standing below it; 0: none is.
  std::string title_line() const;
  std::string line(std::size_t row, std::size_t columns = 0) const { return line_of(rows_[row], columns); }
  std::string lines() const;  // all rows

 private:
  std::size_t start_of(std::size_t column) const;
  std::string line_of(const std::vector<std::string>& cells, std::size_t columns) const;

  std::vector<Column> columns_;
  std::size_t indent_;
  std::vector<std::vector<std::string>> rows_ = {};
  std::vector<std::size_t> widths_ = {};
};

}  // namespace banksim
