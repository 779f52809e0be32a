// Charts as SVG: what several series did in one category is bars, what they did along several is lines. They know
// nothing of banks.
//
// Promises: the same chart gives the same bytes. Scales start at zero, but for those of latencies, which are
// logarithmic. Nothing is drawn outside the chart, and no two texts overlap, reckoning with a wide font. Colour
// never speaks alone: each series has its marker, and its name beside it.
// Forbids: scripts, links, fonts from outside. A chart's colours come from chart_style() in the document.
// Threads: pure functions.
// Source: colours after Okabe and Ito, Color Universal Design (2008), darkened for white paper.
#pragma once

#include "compare/statistics.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace banksim {

inline constexpr double kChartWidth = 360;  // a phone's: wider pages put charts side by side

struct Mark {
  std::optional<double> value;
  std::optional<Interval> interval;
  std::string text;  // the value in words, or why there is none
};

struct Series {
  std::string name;
  std::size_t look = 0;          // its colour and marker; they repeat after a while
  std::vector<Mark> marks = {};  // one a category
};

struct Chart {
  std::string title;
  std::string measure;                       // "transfers/s, median"
  std::string axis = {};                     // what the categories are: "threads"
  std::vector<std::string> categories = {};  // one: bars
  std::vector<Series> series = {};
  bool is_latency = false;  // in nanoseconds
  double bars_end = 0;      // the scale of bars: a longer one is cut
};

// An <svg> of its own, at this place of the picture around it, if there is one. `y` becomes its lower end.
std::string draw(const Chart& chart, double x, double& y);

// Rules for everything that is drawn, in light and dark.
std::string chart_style();

// Text broken to a width, for what stands around charts. `y` becomes the baseline of its last line.
std::string svg_lines(double x, double& y, double width, const char* css_class, const std::string& text);

}  // namespace banksim
