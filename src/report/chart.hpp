// Charts as SVG, the same on the page and in the picture. Without categories a chart is rows: name, bar or point, numbers
// at the right edge. With them it is lines. It knows nothing of banks.
//
// Promises: the same chart gives the same bytes. Amounts have a scale from zero, but a logarithmic one where they
// differ by more than twenty times; ratios and times have a logarithmic one always. Nothing is drawn outside the chart or cut off, and no two texts overlap, reckoning
// with a wide font. Colour never speaks alone: each series has its marker, and its name beside it.
// Forbids: scripts, links, fonts from outside. A chart's colours come from chart_style() in the document.
// Threads: pure functions.
// Source: colours after Okabe and Ito, Color Universal Design (2008), darkened for white paper.
#pragma once

#include "compare/statistics.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace banksim {

inline constexpr double kChartWidth = 360;  // a phone's: wider pages put charts side by side

struct Mark {
  std::optional<double> value = {};
  std::optional<Interval> interval = {};
  std::string text = {};              // the value in words, or why there is none
  std::string label = {}, note = {};  // of a row, at the right edge, one below the other
  std::vector<double> rounds = {};    // of a row: a faint dot each, the first at the top
};

struct Series {
  std::string name;
  std::size_t look = 0;          // its colour and marker; they repeat after a while
  std::vector<Mark> marks = {};  // one a category; of a row one
};

// Ratios and times have a logarithmic scale always; ratios a line at 1, which is "same".
enum class Numbers : std::uint8_t { amounts, ratios, times_ns };

struct Chart {
  std::string title;
  std::string measure;                       // "transfers/s"
  std::string axis = {};                     // what the categories are: "threads"
  std::vector<std::string> categories = {};  // none: rows
  std::vector<Series> series = {};
  std::optional<double> reference = {};  // of rows: a line that all of them are measured against
  Numbers numbers = Numbers::amounts;
};

// An <svg> of its own, at this place of the picture around it, if there is one. `y` becomes its lower end.
std::string draw(const Chart& chart, double x, double& y);

// Rules for everything that is drawn: in light, dark, and where the reader chose the colours.
std::string chart_style();

// Text broken to a width, for what stands around charts. `y` becomes the baseline of its last line.
std::string svg_lines(double x, double& y, double width, const char* css_class, const std::string& text);

}  // namespace banksim
