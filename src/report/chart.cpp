#include "report/chart.hpp"

#include "report/markup.hpp"
#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace banksim {
namespace {

// Pixels of a panel. Text is 12 px, ticks and notes 11 px.
constexpr double kText = 12;
constexpr double kSmallText = 11;
constexpr double kGap = 8;
constexpr double kRow = 26;
constexpr double kBar = 14;
constexpr double kNoteLine = 16;
constexpr double kBelowAxis = 38;    // for ticks and the axis's title
constexpr double kLabelLine = 14;    // at least so far apart
constexpr double kCharacter = 0.64;  // of the font's size: the average of wide fonts
constexpr std::size_t kNoteCharacters = 48;

struct Look {
  std::string_view light, dark;
  std::string_view marker;  // about 9 px high, around (0, 0)
};
constexpr Look kLooks[] = {{"#5b6470", "#a8b0bc", "M-4,-4H4V4H-4Z"},
                           {"#c24e00", "#ff8a50", "M0,-5L5,4H-5Z"},
                           {"#b0508a", "#e79cc6", "M0,-5.5L5,0L0,5.5L-5,0Z"},
                           {"#0068a8", "#56b4e9", "M-4.5,0A4.5,4.5 0 1 1 4.5,0A4.5,4.5 0 1 1 -4.5,0Z"},
                           {"#00795c", "#2bc59a", "M0,5L5,-4H-5Z"},
                           {"#806400", "#e6c229", "M-1.6,-5H1.6V-1.6H5V1.6H1.6V5H-1.6V1.6H-5V-1.6H-1.6Z"},
                           {"#5d3a9b", "#b79cf0", "M-5,-5L0,-2L5,-5L2,0L5,5L0,2L-5,5L-2,0Z"},
                           {"#007889", "#6ad0d0", "M-5,-2.5H5V2.5H-5Z"}};
constexpr std::size_t kColours = std::size(kLooks);

// Colours repeat: `again` sets their second use apart.
std::string slot_class(std::string_view prefix, std::size_t slot, std::string_view again) {
  return fmt::format("{}{}{}", prefix, slot % kColours, slot < kColours ? "" : again);
}

// Tenths of a pixel, and never -0.
std::string px(double value) {
  const double rounded = std::round(value * 10) / 10;
  return fmt::format("{:.10g}", rounded == 0 ? 0.0 : rounded);
}

std::string path(std::string_view css_class, std::string_view d) {
  return fmt::format("<path class=\"{}\" d=\"{}\"/>\n", css_class, d);
}

std::string segment(double x1, double y1, double x2, double y2, std::string_view css_class) {
  return path(css_class, fmt::format("M{},{}L{},{}", px(x1), px(y1), px(x2), px(y2)));
}

std::string marker(double x, double y, std::size_t slot) {
  return fmt::format("<path class=\"{}\" transform=\"translate({},{})\" d=\"{}\"/>\n",
                     slot_class("f", slot, " hollow"), px(x), px(y), kLooks[slot % kColours].marker);
}

std::string label_of(const std::string& name) { return clipped_name(name, 15); }

// ---- Scales.

struct Scale {
  double low = 0, high = 1;
  double pixel_low = 0, pixel_high = 1;
  bool logarithmic = false;
  std::vector<Tick> ticks;

  double at(double value) const {
    const auto along = [this](double v) { return logarithmic ? std::log10(v) : v; };
    const double share = (along(std::clamp(value, low, high)) - along(low)) / (along(high) - along(low));
    return pixel_low + share * (pixel_high - pixel_low);
  }
};

// From zero to the largest value itself, with about four ticks as far as that, in round steps.
Scale zero_based(double largest) {
  Scale scale;
  scale.high = largest > 0 && std::isfinite(largest) ? largest : 1;
  const double least_step = scale.high / 4;
  const double power = std::pow(10, std::floor(std::log10(least_step)));
  double step = power;
  for (const double factor : {2.0, 5.0, 10.0})
    if (step * 1.0001 < least_step) step = factor * power;
  for (int i = 0; i * step <= scale.high * 1.0001; ++i)
    scale.ticks.push_back({i * step, si_number(i * step)});
  return scale;
}

// Whole decades around the range; between them 2 and 5 where there are but few.
Scale logarithmic_ns(const Range& range) {
  Scale scale;
  scale.logarithmic = true;
  const auto decade_of = [](double ns) { return std::log10(std::max(ns, 1.0)); };
  const int first = static_cast<int>(std::floor(decade_of(range[0]) + 1e-9));
  const int last = std::max(first + 1, static_cast<int>(std::ceil(decade_of(range[1]) - 1e-9)));
  scale.low = std::pow(10, first);
  scale.high = std::pow(10, last);
  for (int decade = first; decade <= last; ++decade)
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor > 1 && (last - first > 2 || decade == last)) continue;
      const double at = factor * std::pow(10, decade);
      scale.ticks.push_back({at, duration_text(at * 1e-9, true)});
    }
  return scale;
}

// The labels below an axis: those that have room; the last one always, since there the lines end.
std::string x_labels(const std::vector<Tick>& ticks, const Scale& scale, double baseline) {
  std::string svg;
  const auto half = [](const Tick& tick) { return text_width(tick.label, kSmallText) / 2 + 2; };
  double free_from = -1e9;
  for (const Tick& tick : ticks) {
    const double at = scale.at(tick.at);
    const bool is_last = &tick == &ticks.back();
    const double last_from = scale.at(ticks.back().at) - half(ticks.back());
    if (!is_last && (at - half(tick) < free_from || at + half(tick) > last_from)) continue;
    free_from = at + half(tick);
    svg += svg_text(at, baseline, "note middle", tick.label);
  }
  return svg;
}

// ---- Bars: label, bar, and its value at the right edge.

std::string value_label(const Bar& bar) { return si_number(*bar.value) + (bar.interval ? "" : "*"); }

Scale bar_scale(const BarChart& chart) {
  double label = 0;
  double value = text_width("88.8 M*", kText);  // the usual ones, so that charts of one scale line up
  for (const Bar& bar : chart.bars) {
    label = std::max(label, text_width(label_of(bar.label), kText));
    if (bar.value) value = std::max(value, text_width(value_label(bar), kText));
  }
  Scale scale = zero_based(chart.largest);
  scale.pixel_low = label + 14 + kGap;
  scale.pixel_high = kPanelWidth - std::max(value + kGap, text_width("100 M", kSmallText) / 2);
  return scale;
}

// Two slanted gaps: the bar goes on beyond the scale.
std::string cut(double x, double y) {
  constexpr double kHalf = kBar / 2 + 2;
  return path("cut", fmt::format("M{0},{2}L{1},{3}M{4},{2}L{5},{3}", px(x - 3), px(x + 3), px(y + kHalf),
                                 px(y - kHalf), px(x + 4), px(x + 10)));
}

std::string draw_bar(const Bar& bar, const Scale& scale, double middle) {
  const double left = scale.pixel_low;
  const double baseline = middle + 4;
  std::string svg = marker(6, middle, bar.slot) + svg_text(14, baseline, "t", label_of(bar.label));
  if (!bar.value) {
    const auto room = static_cast<std::size_t>((kPanelWidth - left - 12) / (kSmallText * kCharacter));
    return svg + svg_text(left + 6, baseline, "note over", clipped(bar.instead, room));
  }
  svg += fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                     slot_class("bar f", bar.slot, " dashed"), px(left), px(middle - kBar / 2),
                     px(scale.at(*bar.value) - left), px(kBar));
  if (*bar.value > scale.high)
    svg += cut(scale.pixel_high - 12, middle);
  else if (bar.interval)
    svg += path("whisker",
                fmt::format("M{0},{2}H{1}M{0},{3}V{4}M{1},{3}V{4}", px(scale.at((*bar.interval)[0])),
                            px(scale.at((*bar.interval)[1])), px(middle), px(middle - 5), px(middle + 5)));
  return svg + svg_text(kPanelWidth, baseline, "t end strong", value_label(bar));
}

// ---- Lines.

struct Plot {
  double left = 0, right = 0, top = 26, bottom = 0;
  Scale x, y;
  std::vector<std::size_t> labelled;  // the lines that go as far to the right as any
  // Intervals of several lines at one x stand side by side: the step from line to line, and that of all.
  double nudge_step = 0, nudge_all = 0;

  double x_of(const Point& point, std::size_t nth_line) const {
    return x.at(point.x) + static_cast<double>(nth_line) * nudge_step - nudge_all / 2;
  }
};

std::vector<std::size_t> labelled_lines(const std::vector<Line>& lines) {
  double last = 0;
  for (const Line& line : lines) last = std::max(last, line.points.back().x);
  std::vector<std::size_t> labelled;
  for (std::size_t nth = 0; nth < lines.size(); ++nth)
    if (lines[nth].points.back().x >= last) labelled.push_back(nth);
  return labelled;
}

void nudge(Plot& plot, const LineChart& chart) {
  constexpr double kStep = 8;     // their ends, and a gap
  constexpr double kShare = 0.7;  // of the way to the next x, so that it is clear whose x they are
  const auto has_interval = [](const Line& line) {
    return std::ranges::any_of(line.points, [](const Point& point) { return point.interval.has_value(); });
  };
  if (chart.lines.size() < 2 || std::ranges::none_of(chart.lines, has_interval)) return;
  const auto gaps = static_cast<double>(chart.lines.size() - 1);
  const auto places = static_cast<double>(chart.x_ticks.size());
  plot.nudge_step = std::min(kStep, (plot.right - plot.left) / places * kShare / gaps);
  plot.nudge_all = plot.nudge_step * gaps;
}

Plot lay_out(const LineChart& chart) {
  Plot plot;
  plot.y = chart.is_curve ? logarithmic_ns(chart.y_range) : zero_based(chart.y_range[1] * 1.04);
  plot.labelled = labelled_lines(chart.lines);
  double tick_width = 0;
  for (const Tick& tick : plot.y.ticks) tick_width = std::max(tick_width, text_width(tick.label, kSmallText));
  double label_width = 0;
  for (const std::size_t nth : plot.labelled)
    label_width = std::max(label_width, text_width(label_of(chart.lines[nth].label), kText));
  plot.left = tick_width + 6;
  plot.right = kPanelWidth - (label_width > 0 ? label_width + 20 : 24);
  plot.bottom = plot.top + std::max(190.0, kLabelLine * static_cast<double>(chart.lines.size()));
  plot.y.pixel_low = plot.bottom;
  plot.y.pixel_high = plot.top;
  nudge(plot, chart);
  // So that a category's marker does not sit on the axis.
  const double inset = chart.is_curve ? 0 : std::max(14.0, plot.nudge_all / 2 + 8);
  plot.x.high = std::max(chart.last_x, 1e-9);
  plot.x.pixel_low = plot.left + inset;
  plot.x.pixel_high = plot.right - inset;
  return plot;
}

std::string draw_axes(const LineChart& chart, const Plot& plot) {
  std::string svg = svg_text(0, 12, "note", chart.y_axis);
  for (const Tick& tick : plot.y.ticks) {
    const double y = plot.y.at(tick.at);
    svg += segment(plot.left, y, plot.right, y, tick.at == 0 ? "axis" : "grid");
    svg += svg_text(plot.left - 6, y + 4, "note end", tick.label);
  }
  return svg + x_labels(chart.x_ticks, plot.x, plot.bottom + 16) +
         svg_text((plot.left + plot.right) / 2, plot.bottom + 34, "note middle", chart.x_axis);
}

std::string draw_line(const Line& line, std::size_t nth, const Plot& plot) {
  std::string joined, points;
  for (const Point& point : line.points) {
    const double x = plot.x_of(point, nth);
    const double y = plot.y.at(point.y);
    joined += fmt::format("{}{},{}", joined.empty() || point.after_gap ? 'M' : 'L', px(x), px(y));
    if (!point.marked) continue;
    if (point.interval) {
      const double half = plot.nudge_step > 0 ? std::clamp(plot.nudge_step / 2 - 1, 1.0, 4.0) : 4;
      points += path(slot_class("whisker k", line.slot, ""),
                     fmt::format("M{0},{3}V{4}M{1},{3}H{2}M{1},{4}H{2}", px(x), px(x - half), px(x + half),
                                 px(plot.y.at((*point.interval)[0])), px(plot.y.at((*point.interval)[1]))));
    }
    points += marker(x, y, line.slot);
  }
  return path(slot_class("line k", line.slot, " dashed"), joined) + points;
}

// Labels at the lines' ends: in the lines' order, none nearer to the next than a line of text.
std::string draw_end_labels(const LineChart& chart, const Plot& plot) {
  struct Label {
    std::size_t nth;
    double end, height;
  };
  std::vector<Label> labels;
  for (const std::size_t nth : plot.labelled) {
    const double end = plot.y.at(chart.lines[nth].points.back().y);
    labels.push_back({nth, end, end});
  }
  std::ranges::stable_sort(labels, {}, &Label::end);
  double top = plot.top, bottom = plot.bottom;
  for (Label& label : labels) {
    label.height = std::max(label.end, top);
    top = label.height + kLabelLine;
  }
  for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
    label->height = std::min(label->height, bottom);
    bottom = label->height - kLabelLine;
  }
  std::ranges::sort(labels, {}, &Label::nth);
  std::string svg;
  for (const auto& [nth, end, height] : labels) {
    const Line& line = chart.lines[nth];
    const double x = plot.x_of(line.points.back(), nth) + (line.points.back().marked ? 7 : 2);
    svg += segment(x, end, plot.right + 10, height, slot_class("leader k", line.slot, ""));
    svg += svg_text(plot.right + 14, height + 4, "t", label_of(line.label));
  }
  return svg;
}

}  // namespace

double text_width(const std::string& text, double font_px) {
  return static_cast<double>(display_width(text)) * font_px * kCharacter;
}

std::string svg_text(double x, double y, const std::string& css_class, const std::string& text) {
  return fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\">{}</text>\n", css_class, px(x), px(y),
                     xml_escaped(text));
}

Panel draw(const BarChart& chart) {
  constexpr double kTop = 4;
  const Scale scale = bar_scale(chart);
  const double bottom = kTop + kRow * static_cast<double>(chart.bars.size());
  std::string grid, bars;
  for (const Tick& tick : scale.ticks)
    grid += segment(scale.at(tick.at), kTop, scale.at(tick.at), bottom, tick.at > 0 ? "grid" : "axis");
  double middle = kTop + kRow / 2;
  for (const Bar& bar : chart.bars) {
    bars += draw_bar(bar, scale, middle);
    middle += kRow;
  }
  if (std::ranges::none_of(chart.bars, [](const Bar& bar) { return bar.value.has_value(); }))
    return {bottom + 6, bars};
  const std::string axis =
      x_labels(scale.ticks, scale, bottom + 16) + svg_text(scale.pixel_low, bottom + 34, "note", chart.axis);
  return {bottom + kBelowAxis + 6, grid + bars + axis};
}

Panel draw(const LineChart& chart) {
  const Plot plot = lay_out(chart);
  std::string svg = draw_axes(chart, plot);
  for (std::size_t nth = 0; nth < chart.lines.size(); ++nth) svg += draw_line(chart.lines[nth], nth, plot);
  svg += draw_end_labels(chart, plot);
  double bottom = plot.bottom + kBelowAxis;
  for (const Note& note : chart.notes) {
    svg += marker(6, bottom + kNoteLine - 4, note.slot);
    for (const std::string& line : broken_lines(note.text, kNoteCharacters)) {
      bottom += kNoteLine;
      svg += svg_text(14, bottom, "note", line);
    }
  }
  return {bottom + 6, std::move(svg)};
}

std::string chart_style() {
  std::string css =
      R"(.t,.note{font:12px system-ui,sans-serif;fill:#1b1f24} .note{font-size:11px;fill:#545c66}
.over{paint-order:stroke;stroke:#fff;stroke-width:4px}
.strong{font-weight:600} .end{text-anchor:end} .middle{text-anchor:middle}
.grid,.axis,.whisker,.line,.leader,.cut{fill:none}
.cut{stroke:#fff;stroke-width:3} .grid{stroke:#e3e6ea} .axis{stroke:#8a929c} .leader{opacity:.6}
.line{stroke-width:2;stroke-linejoin:round} .dashed{stroke-dasharray:5 3}
.whisker{stroke:#1b1f24;stroke-width:1.5} .bar{fill-opacity:.5} .hollow{fill-opacity:.25;stroke-width:1.5}
)";
  std::string dark = R"(.t,.note{fill:#e8eaed} .note{fill:#a9b1bb} .over,.cut{stroke:#14171b}
.grid{stroke:#2c323a} .axis{stroke:#6d7681} .whisker{stroke:#e8eaed}
)";
  const auto rules = [](std::size_t colour, std::string_view value) {
    return fmt::format(".f{0}{{fill:{1}}}\n.k{0},.hollow.f{0},.bar.f{0}{{stroke:{1}}}\n", colour, value);
  };
  for (std::size_t i = 0; i < kColours; ++i) {
    css += rules(i, kLooks[i].light);
    dark += rules(i, kLooks[i].dark);
  }
  return css + "@media (prefers-color-scheme:dark){\n" + dark + "}\n";
}

}  // namespace banksim
