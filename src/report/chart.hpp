// Charts as SVG: bars with intervals, and lines over categories or percentiles. They know nothing of banks.
//
// Promises: the same chart gives the same bytes. Bars start at zero. Nothing is drawn outside the panel, and no two
// texts overlap, reckoning with a wide font. Colour never speaks alone: each series has its marker, and its label
// beside it.
// Forbids: scripts, links, fonts from outside. A panel's colours come from chart_style() in the document.
// Threads: pure functions.
// Source: colours after Okabe and Ito, Color Universal Design (2008), darkened for white paper.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace banksim {

inline constexpr double kPanelWidth = 360;       // a phone's: wider pages put panels side by side
inline constexpr std::size_t kSeriesSlots = 16;  // colours and line styles that differ

using Range = std::array<double, 2>;

struct Panel {
  double height = 0;
  std::string body;  // SVG, to be put into an <svg> or <g> of kPanelWidth x height
};

struct Bar {
  std::string label;
  std::size_t slot = 0;
  std::optional<double> value;
  std::optional<Range> interval;
  std::string instead;  // what stands there where there is no value to rank
};

struct BarChart {
  std::string axis;  // title
  std::vector<Bar> bars;
  double largest = 0;  // where the scale ends; a longer bar is cut. Charts with the same can be compared
};

struct Point {
  double x = 0;
  double y = 0;
  std::optional<Range> interval;
  bool after_gap = false;  // not joined to the point before it
  bool marked = true;
};

struct Line {
  std::string label;
  std::size_t slot = 0;
  std::vector<Point> points;  // at least one; x ascends
};

struct Tick {
  double at = 0;
  std::string label;
};

// A line of text under a chart, with the marker of the series that it is about.
struct Note {
  std::size_t slot = 0;
  std::string text;
};

struct LineChart {
  std::string x_axis;
  std::string y_axis;
  std::vector<Tick> x_ticks;  // ascend
  double last_x = 0;          // from 0 on
  bool is_curve = false;      // nanoseconds on a logarithmic scale; else categories, of values from zero
  Range y_range{};            // that the scale must hold
  std::vector<Line> lines;    // labelled at its end if it reaches as far as any; else a note should name it
  std::vector<Note> notes;
};

Panel draw(const BarChart& chart);
Panel draw(const LineChart& chart);

// Rules for everything that panels draw, in light and dark.
std::string chart_style();

// How wide a text will be at most in a usual font.
double text_width(const std::string& text, double font_px);

// The piece that panels are made of, for what is drawn around them.
std::string svg_text(double x, double y, const std::string& css_class, const std::string& text);

}  // namespace banksim
