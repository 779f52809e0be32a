#include "report/chart.hpp"

#include "report/markup.hpp"
#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace banksim {
namespace {

// Pixels of a panel. Text is 12 px, ticks and notes 11 px.
constexpr double kText = 12;
constexpr double kSmallText = 11;
constexpr double kGap = 8;
constexpr double kRow = 26;
constexpr double kBar = 14;
constexpr double kNoteLine = 16;
constexpr double kLabelLine = 14;    // at least so far apart
constexpr double kCharacter = 0.64;  // of the font's size: the average of wide fonts
constexpr std::size_t kLabelCharacters = 15;
constexpr std::size_t kNoteCharacters = 50;

constexpr std::size_t kColours = 8;
constexpr std::string_view kLight[kColours] = {"#5b6470", "#c24e00", "#b0508a", "#0068a8",
                                               "#00795c", "#806400", "#5d3a9b", "#007889"};
constexpr std::string_view kDark[kColours] = {"#a8b0bc", "#ff8a50", "#e79cc6", "#56b4e9",
                                              "#2bc59a", "#e6c229", "#b79cf0", "#6ad0d0"};
// About 9 px high, around (0, 0).
constexpr std::string_view kMarkers[kColours] = {"M-4,-4H4V4H-4Z",
                                                 "M0,-5L5,4H-5Z",
                                                 "M0,-5.5L5,0L0,5.5L-5,0Z",
                                                 "M-4.5,0A4.5,4.5 0 1 1 4.5,0A4.5,4.5 0 1 1 -4.5,0Z",
                                                 "M0,5L5,-4H-5Z",
                                                 "M-1.6,-5H1.6V-1.6H5V1.6H1.6V5H-1.6V1.6H-5V-1.6H-1.6Z",
                                                 "M-5,-5L0,-2L5,-5L2,0L5,5L0,2L-5,5L-2,0Z",
                                                 "M-5,-2.5H5V2.5H-5Z"};

std::string number(double value) {
  const double rounded = std::round(value * 10) / 10;
  return fmt::format("{:.10g}", rounded == 0 ? 0.0 : rounded);  // never -0
}

std::string segment(double x1, double y1, double x2, double y2, std::string_view css_class) {
  return fmt::format("<path class=\"{}\" d=\"M{},{}L{},{}\"/>\n", css_class, number(x1), number(y1),
                     number(x2), number(y2));
}

std::string marker(double x, double y, std::size_t slot) {
  return fmt::format("<path class=\"f{}{}\" transform=\"translate({},{})\" d=\"{}\"/>\n", slot % kColours,
                     slot < kColours ? "" : " hollow", number(x), number(y), kMarkers[slot % kColours]);
}

std::string line_class(std::size_t slot) {
  return fmt::format("line k{}{}", slot % kColours, slot < kColours ? "" : " dashed");
}

struct Drawing {
  std::string svg;
  double bottom = 0;
};

Drawing draw_notes(const std::vector<Note>& notes, double top) {
  Drawing drawing{"", top};
  for (const Note& note : notes) {
    const double indent = note.slot ? 14 : 0;
    if (note.slot) drawing.svg += marker(6, drawing.bottom + kNoteLine - 4, *note.slot);
    for (const std::string& line : wrapped(note.text, kNoteCharacters - (note.slot ? 2 : 0))) {
      drawing.bottom += kNoteLine;
      drawing.svg += svg_text(indent, drawing.bottom, "note", line);
    }
  }
  return drawing;
}

// ---- Scales.

// The round step that makes about `wanted` of `range`.
double round_step(double range, double wanted) {
  const double raw = range / wanted;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (raw <= factor * power * 1.0001) return factor * power;
  return 10 * power;
}

struct Scale {
  double low = 0;
  double high = 1;
  double pixel_low = 0;
  double pixel_high = 1;
  bool logarithmic = false;
  std::vector<Tick> ticks;

  double at(double value) const {
    const auto along = [this](double v) { return logarithmic ? std::log10(v) : v; };
    const double clamped = std::clamp(value, low, high);
    const double share = (along(clamped) - along(low)) / (along(high) - along(low));
    return pixel_low + share * (pixel_high - pixel_low);
  }
};

// From zero to the largest value itself, with round ticks as far as that.
Scale zero_based(double largest, double steps) {
  Scale scale;
  scale.high = largest > 0 && std::isfinite(largest) ? largest : 1;
  const double step = round_step(scale.high, steps);
  for (int i = 0; i * step <= scale.high * 1.0001; ++i)
    scale.ticks.push_back({i * step, si_number(i * step)});
  return scale;
}

// Whole decades around the range; between them 2 and 5 where there are but few.
Scale logarithmic_ns(const Interval& range) {
  Scale scale;
  scale.logarithmic = true;
  const double least = std::max(range[0], 1.0);
  const int first = static_cast<int>(std::floor(std::log10(least) + 1e-9));
  const int last =
      std::max(first + 1, static_cast<int>(std::ceil(std::log10(std::max(range[1], 1.0)) - 1e-9)));
  scale.low = std::pow(10, first);
  scale.high = std::pow(10, last);
  for (int decade = first; decade <= last; ++decade)
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double at = factor * std::pow(10, decade);
      if (factor > 1 && (last - first > 2 || decade == last)) continue;
      scale.ticks.push_back({at, duration_text(at * 1e-9, true)});
    }
  return scale;
}

// ---- Bars.

struct BarLayout {
  double left = 0;   // where bars start
  double value = 0;  // where values end
  Scale scale;
};

std::string value_label(const Bar& bar) { return si_number(*bar.value) + (bar.interval ? "" : "*"); }

BarLayout lay_out(const BarChart& chart) {
  double label = 0;
  double value = text_width("88.8 M*", kText);  // the usual ones, so that charts of one scale line up
  for (const Bar& bar : chart.bars) {
    label = std::max(label, text_width(clipped_name(bar.label, kLabelCharacters), kText));
    if (bar.value) value = std::max(value, text_width(value_label(bar), kText));
  }
  BarLayout layout{label + 14 + kGap, kPanelWidth, zero_based(chart.largest, 4)};
  layout.scale.pixel_low = layout.left;
  layout.scale.pixel_high = kPanelWidth - std::max(value + kGap, text_width("100 M", kSmallText) / 2);
  return layout;
}

std::string whisker(const Scale& scale, const Interval& interval, double y) {
  return fmt::format("<path class=\"whisker\" d=\"M{0},{2}H{1}M{0},{3}V{4}M{1},{3}V{4}\"/>\n",
                     number(scale.at(interval[0])), number(scale.at(interval[1])), number(y), number(y - 5),
                     number(y + 5));
}

// Two slanted gaps: the bar goes on beyond the scale.
std::string cut(double x, double y) {
  constexpr double kHalf = kBar / 2 + 2;
  return fmt::format("<path class=\"cut\" d=\"M{0},{2}L{1},{3}M{4},{2}L{5},{3}\"/>\n", number(x - 3),
                     number(x + 3), number(y + kHalf), number(y - kHalf), number(x + 4), number(x + 10));
}

std::string draw_bar(const Bar& bar, const BarLayout& layout, double middle) {
  const double baseline = middle + 4;
  std::string svg = marker(6, middle, bar.slot);
  svg += svg_text(14, baseline, "t", clipped_name(bar.label, kLabelCharacters));
  if (!bar.value) {
    const auto room = static_cast<std::size_t>((kPanelWidth - layout.left - 12) / (kSmallText * kCharacter));
    return svg + svg_text(layout.left + 6, baseline, "note over", clipped(bar.instead, room));
  }
  svg +=
      fmt::format("<rect class=\"bar f{}{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                  bar.slot % kColours, bar.slot < kColours ? "" : " dashed", number(layout.left),
                  number(middle - kBar / 2), number(layout.scale.at(*bar.value) - layout.left), number(kBar));
  if (*bar.value > layout.scale.high)
    svg += cut(layout.scale.pixel_high - 12, middle);
  else if (bar.interval)
    svg += whisker(layout.scale, *bar.interval, middle);
  return svg + svg_text(layout.value, baseline, "t end strong", value_label(bar));
}

// ---- Lines.

// Intervals of several lines at one x stand side by side.
struct Nudge {
  double step = 0;    // from line to line
  double spread = 0;  // of all of them
};

struct Plot {
  double left = 0, right = 0, top = 0, bottom = 0;
  Scale x, y;
  Nudge nudge;
};

// Those that have room; the last one always, since there the lines end.
std::vector<Tick> thinned(const std::vector<Tick>& ticks, const Scale& scale) {
  std::vector<Tick> shown;
  const auto half = [](const Tick& tick) { return text_width(tick.label, kSmallText) / 2 + 2; };
  const double last_from = ticks.empty() ? 0 : scale.at(ticks.back().at) - half(ticks.back());
  double free_from = -1e9;
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    const double at = scale.at(ticks[i].at);
    const bool is_last = i + 1 == ticks.size();
    if (!is_last && (at - half(ticks[i]) < free_from || at + half(ticks[i]) > last_from)) continue;
    free_from = at + half(ticks[i]);
    shown.push_back(ticks[i]);
  }
  return shown;
}

// Those that go as far to the right as any.
std::vector<std::size_t> labelled_lines(const LineChart& chart) {
  double last = chart.x_range[0];
  for (const Line& line : chart.lines)
    if (!line.points.empty()) last = std::max(last, line.points.back().x);
  std::vector<std::size_t> lines;
  for (std::size_t nth = 0; nth < chart.lines.size(); ++nth)
    if (const auto& points = chart.lines[nth].points; !points.empty() && points.back().x >= last)
      lines.push_back(nth);
  return lines;
}

Nudge nudge(const LineChart& chart, double width) {
  constexpr double kStep = 8;     // their ends, and a gap
  constexpr double kShare = 0.7;  // of the way to the next x, so that it is clear whose x they are
  const auto has_interval = [](const Line& line) {
    return std::ranges::any_of(line.points, [](const Point& point) { return point.interval.has_value(); });
  };
  if (chart.lines.size() < 2 || !std::ranges::any_of(chart.lines, has_interval)) return {};
  const auto gaps = static_cast<double>(chart.lines.size() - 1);
  const auto places = static_cast<double>(std::max<std::size_t>(chart.x_ticks.size(), 1));
  const double step = std::min(kStep, width / places * kShare / gaps);
  return {step, step * gaps};
}

Plot lay_out(const LineChart& chart) {
  Plot plot;
  plot.y = chart.log_y ? logarithmic_ns(chart.y_range) : zero_based(chart.y_range[1] * 1.04, 4);
  double tick_width = 0;
  for (const Tick& tick : plot.y.ticks) tick_width = std::max(tick_width, text_width(tick.label, kSmallText));
  double label_width = 0;
  for (const std::size_t nth : labelled_lines(chart))
    label_width =
        std::max(label_width, text_width(clipped_name(chart.lines[nth].label, kLabelCharacters), kText));
  plot.left = tick_width + 6;
  plot.right = kPanelWidth - (label_width > 0 ? label_width + 20 : 24);
  plot.top = 26;
  plot.bottom = plot.top + std::max(190.0, kLabelLine * static_cast<double>(chart.lines.size()));
  plot.y.pixel_low = plot.bottom;
  plot.y.pixel_high = plot.top;
  plot.nudge = nudge(chart, plot.right - plot.left);
  // So that a marker does not sit on the axis.
  const double inset = chart.inset ? std::max(14.0, plot.nudge.spread / 2 + 8) : 0;
  plot.x.low = chart.x_range[0];
  plot.x.high = std::max(chart.x_range[1], plot.x.low + 1e-9);
  plot.x.pixel_low = plot.left + inset;
  plot.x.pixel_high = plot.right - inset;
  return plot;
}

std::string draw_axes(const LineChart& chart, const Plot& plot) {
  std::string svg = svg_text(0, 12, "note", chart.y_axis);
  for (const Tick& tick : plot.y.ticks) {
    const double y = plot.y.at(tick.at);
    const bool is_base = !chart.log_y && tick.at == 0;
    svg += segment(plot.left, y, plot.right, y, is_base ? "axis" : "grid");
    svg += svg_text(plot.left - 6, y + 4, "note end", tick.label);
  }
  for (const Tick& tick : thinned(chart.x_ticks, plot.x))
    svg += svg_text(plot.x.at(tick.at), plot.bottom + 16, "note middle", tick.label);
  return svg + svg_text((plot.left + plot.right) / 2, plot.bottom + 34, "note middle", chart.x_axis);
}

// Beside those of the other lines.
double x_of(const Point& point, std::size_t nth_line, const Plot& plot) {
  return plot.x.at(point.x) + static_cast<double>(nth_line) * plot.nudge.step - plot.nudge.spread / 2;
}

std::string draw_line(const Line& line, std::size_t nth, const Plot& plot) {
  std::string path;
  for (const Point& point : line.points)
    path += fmt::format("{}{},{}", path.empty() || point.after_gap ? 'M' : 'L',
                        number(x_of(point, nth, plot)), number(plot.y.at(point.y)));
  std::string svg = fmt::format("<path class=\"{}\" d=\"{}\"/>\n", line_class(line.slot), path);
  for (const Point& point : line.points) {
    if (!point.marked) continue;
    const double x = x_of(point, nth, plot);
    if (point.interval) {
      const double half = plot.nudge.step > 0 ? std::clamp(plot.nudge.step / 2 - 1, 1.0, 4.0) : 4;
      const double low = plot.y.at((*point.interval)[0]);
      const double high = plot.y.at((*point.interval)[1]);
      svg += fmt::format("<path class=\"whisker k{5}\" d=\"M{0},{3}V{4}M{1},{3}H{2}M{1},{4}H{2}\"/>\n",
                         number(x), number(x - half), number(x + half), number(low), number(high),
                         line.slot % kColours);
    }
    svg += marker(x, plot.y.at(point.y), line.slot);
  }
  return svg;
}

// Heights for the labels at the lines' ends: in the lines' order, none nearer to the next than a line of
// text.
std::vector<double> spread(std::vector<double> ends, double top, double bottom) {
  std::vector<std::size_t> order(ends.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, [&ends](std::size_t a, std::size_t b) { return ends[a] < ends[b]; });
  double free_from = top;
  for (const std::size_t i : order) {
    ends[i] = std::max(ends[i], free_from);
    free_from = ends[i] + kLabelLine;
  }
  double free_to = bottom;
  for (auto at = order.rbegin(); at != order.rend(); ++at) {
    ends[*at] = std::min(ends[*at], free_to);
    free_to = ends[*at] - kLabelLine;
  }
  return ends;
}

std::string draw_end_labels(const LineChart& chart, const Plot& plot) {
  const std::vector<std::size_t> labelled = labelled_lines(chart);
  std::vector<double> ends;
  ends.reserve(labelled.size());
  for (const std::size_t nth : labelled) ends.push_back(plot.y.at(chart.lines[nth].points.back().y));
  const std::vector<double> heights = spread(ends, plot.top, plot.bottom);
  std::string svg;
  for (std::size_t i = 0; i < labelled.size(); ++i) {
    const Line& line = chart.lines[labelled[i]];
    const Point& last = line.points.back();
    const double end = x_of(last, labelled[i], plot) + (last.marked ? 7 : 2);
    svg += fmt::format("<path class=\"leader k{}\" d=\"M{},{}L{},{}\"/>\n", line.slot % kColours, number(end),
                       number(ends[i]), number(plot.right + 10), number(heights[i]));
    svg += svg_text(plot.right + 14, heights[i] + 4, "t", clipped_name(line.label, kLabelCharacters));
  }
  return svg;
}

}  // namespace

double text_width(const std::string& text, double font_px) {
  return static_cast<double>(character_count(text)) * font_px * kCharacter;
}

std::string svg_text(double x, double y, const std::string& css_class, const std::string& text) {
  return fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\">{}</text>\n", css_class, number(x), number(y),
                     xml_escaped(text));
}

std::vector<std::string> wrapped(const std::string& text, std::size_t characters) {
  std::vector<std::string> lines{""};
  std::string rest = printable(text) + ' ';
  while (!rest.empty()) {
    const std::size_t end = rest.find(' ');
    const std::string word = clipped(rest.substr(0, end), characters);
    rest.erase(0, end + 1);
    if (word.empty()) continue;
    if (!lines.back().empty() && character_count(lines.back()) + 1 + character_count(word) > characters)
      lines.emplace_back();
    lines.back() += (lines.back().empty() ? "" : " ") + word;
  }
  return lines;
}

Panel draw(const BarChart& chart) {
  const BarLayout layout = lay_out(chart);
  const double top = 4;
  const double bottom = top + kRow * static_cast<double>(chart.bars.size());
  const bool any_bar = std::ranges::any_of(chart.bars, [](const Bar& bar) { return bar.value.has_value(); });
  std::string svg;
  if (any_bar)
    for (const Tick& tick : layout.scale.ticks)
      svg += segment(layout.scale.at(tick.at), top, layout.scale.at(tick.at), bottom,
                     tick.at > 0 ? "grid" : "axis");
  double middle = top + kRow / 2;
  for (const Bar& bar : chart.bars) {
    svg += draw_bar(bar, layout, middle);
    middle += kRow;
  }
  double end = bottom;
  if (any_bar) {
    for (const Tick& tick : thinned(layout.scale.ticks, layout.scale))
      svg += svg_text(layout.scale.at(tick.at), bottom + 16, "note middle", tick.label);
    svg += svg_text(layout.left, bottom + 34, "note", chart.axis);
    end += 38;
  }
  const Drawing notes = draw_notes(chart.notes, end);
  return {notes.bottom + 6, svg + notes.svg};
}

Panel draw(const LineChart& chart) {
  const Plot plot = lay_out(chart);
  std::string svg = draw_axes(chart, plot);
  for (std::size_t nth = 0; nth < chart.lines.size(); ++nth)
    if (!chart.lines[nth].points.empty()) svg += draw_line(chart.lines[nth], nth, plot);
  svg += draw_end_labels(chart, plot);
  const Drawing notes = draw_notes(chart.notes, plot.bottom + 38);
  return {notes.bottom + 6, svg + notes.svg};
}

std::string chart_style() {
  std::string css =
      ".t,.note{font:12px system-ui,sans-serif;fill:#1b1f24}\n"
      ".note{font-size:11px;fill:#545c66}\n"
      ".over{paint-order:stroke;stroke:#fff;stroke-width:4px}\n.strong{font-weight:600}\n.end{text-anchor:"
      "end}\n.middle{text-anchor:middle}\n"
      ".grid,.axis,.whisker,.line,.leader,.cut{fill:none}\n.cut{stroke:#fff;stroke-width:3}\n"
      ".grid{stroke:#e3e6ea}\n.axis{stroke:#8a929c}\n"
      ".line{stroke-width:2;stroke-linejoin:round}\n.dashed{stroke-dasharray:5 3}\n.leader{opacity:.6}\n"
      ".whisker{stroke:#1b1f24;stroke-width:1.5}\n"
      ".bar{fill-opacity:.5}\n.hollow{fill-opacity:.25;stroke-width:1.5}\n";
  std::string dark =
      ".t{fill:#e8eaed}\n.note{fill:#a9b1bb}\n.over,.cut{stroke:#14171b}\n.grid{stroke:#2c323a}\n.axis{"
      "stroke:#"
      "6d7681}\n"
      ".whisker{stroke:#e8eaed}\n";
  for (std::size_t i = 0; i < kColours; ++i) {
    css += fmt::format(".f{0}{{fill:{1}}}\n.k{0},.hollow.f{0},.bar.f{0}{{stroke:{1}}}\n", i, kLight[i]);
    dark += fmt::format(".f{0}{{fill:{1}}}\n.k{0},.hollow.f{0},.bar.f{0}{{stroke:{1}}}\n", i, kDark[i]);
  }
  return css + "@media (prefers-color-scheme:dark){\n" + dark + "}\n";
}

}  // namespace banksim
