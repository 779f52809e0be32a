#include "report/chart.hpp"

#include "report/markup.hpp"
#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <sstream>
#include <string_view>

namespace banksim {
namespace {

constexpr double kCharacter = 0.64;  // of the font's size: the average of wide fonts
constexpr double kSmallText = 11;    // pixels, of all text but names, titles and verdicts

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

// Colours repeat: `again` sets every second use apart.
std::string look_class(std::string_view prefix, std::size_t look, std::string_view again = "") {
  return fmt::format("{}{}{}", prefix, look % kColours, look / kColours % 2 == 0 ? "" : again);
}

std::string path(std::string_view css_class, const std::string& d) {
  return fmt::format("<path class=\"{}\" d=\"{}\"/>\n", css_class, d);
}

std::string marker(double x, double y, std::size_t look) {
  return fmt::format("<path class=\"{}\" transform=\"translate({:.1f},{:.1f})\" d=\"{}\"/>\n",
                     look_class("f", look, " hollow"), x, y, kLooks[look % kColours].marker);
}

std::string svg_text(double x, double y, std::string_view css_class, const std::string& text) {
  return text.empty() ? ""
                      : fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", css_class, x,
                                    y, xml_escaped(text));
}

// "naive: deadlock at 2, 8"; the name alone where it has a mark in each category.
std::string legend_of(const Chart& chart, const Series& series) {
  std::map<std::string, std::vector<std::string>> missing;
  for (std::size_t i = 0; i < series.marks.size(); ++i)
    if (!series.marks[i].value) missing[series.marks[i].text].push_back(chart.categories[i]);
  std::string text = clipped(series.name, 32);
  std::string_view before = ": ";
  for (const auto& [why, where] : missing) {
    text.append(before).append(why);
    if (where.size() < chart.categories.size()) text += fmt::format(" at {}", fmt::join(where, ", "));
    before = "; ";
  }
  return text;
}

// ---- Scales.

struct Scale {
  double low = 0, high = 1;
  bool is_logarithmic = false;
  std::vector<double> ticks = {};

  double share(double value) const {  // of the axis, from its lower end
    return is_logarithmic ? std::log(std::max(value, low) / low) / std::log(high / low) : value / high;
  }
};

// Multiples of a round step, about four of them in the range.
std::vector<double> round_ticks(double low, double high) {
  double step = std::pow(10, std::floor(std::log10((high - low) / 4)));
  for (const double factor : {2.0, 2.5, 2.0})
    if (step * 1.0001 < (high - low) / 4) step *= factor;
  std::vector<double> ticks;
  for (double i = std::ceil(low / step - 1e-9); i * step <= high; ++i) ticks.push_back(i * step);
  return ticks;
}

// Decades; of a short range the twos and fives between them too, of a very short one round steps.
std::vector<double> logarithmic_ticks(double low, double high) {
  constexpr double kShort = 300, kVeryShort = 3;
  if (high < kVeryShort * low) return round_ticks(low, high);
  std::vector<double> ticks;
  for (double decade = std::pow(10, std::floor(std::log10(low))); decade <= high; decade *= 10)
    for (const double factor : {1.0, 2.0, 5.0})
      if (factor == 1 || high < kShort * low) ticks.push_back(decade * factor);
  std::erase_if(ticks, [low, high](double tick) { return tick < low || tick > high; });
  return ticks;
}

// All that is drawn has room on it.
Scale scale_of(const Chart& chart) {
  constexpr double kFarApart = 20, kRoom = 1.04;
  std::vector<double> values;
  for (const Series& series : chart.series)
    for (const Mark& mark : series.marks) {
      if (!mark.value) continue;
      values.push_back(*mark.value);
      if (mark.interval) values.insert(values.end(), mark.interval->begin(), mark.interval->end());
      values.insert(values.end(), mark.rounds.begin(), mark.rounds.end());
    }
  std::erase_if(values, [](double value) { return !(value > 0) || std::isinf(value); });
  if (values.empty()) return {};
  const auto [least, most] = std::ranges::minmax(values);
  const double low = least / kRoom, high = most * kRoom;
  if (chart.numbers == Numbers::amounts && most <= kFarApart * least)
    return {0, high, false, round_ticks(0, high)};
  return {low, high, true, logarithmic_ticks(low, high)};
}

std::string tick_text(const Chart& chart, double tick) {
  if (chart.numbers == Numbers::ratios)
    return std::abs(tick - 1) < 1e-9 ? "same" : fmt::format("{:.4g}x", tick);
  return chart.numbers == Numbers::amounts ? si_number(tick) : duration_text(tick * 1e-9, true);
}

double text_width(std::string_view text) {
  return static_cast<double>(display_width(text)) * kSmallText * kCharacter;
}

// ---- Rows: name, bar or point, and its value at the right edge.

struct Rows {
  static constexpr double kLeft = 132, kRight = kChartWidth - 68, kRow = 30, kBar = 14;
  const Chart& chart;
  Scale scale = scale_of(chart);

  double x_of(double value) const { return kLeft + scale.share(value) * (kRight - kLeft); }
};

std::string draw_row(const Rows& rows, const Series& series, double& y) {
  const Mark& mark = series.marks.front();
  const double middle = y + Rows::kRow / 2;
  std::string svg = marker(6, middle, series.look) + svg_text(16, middle + 4, "t", clipped(series.name, 15));
  double below = y + 2;
  y += Rows::kRow;
  if (!mark.value) {
    svg += svg_lines(Rows::kLeft + 6, below, kChartWidth - Rows::kLeft - 6, "note", mark.text);
    y = std::max(y, below + 8);
    return svg;
  }
  const double x = rows.x_of(*mark.value);
  if (!rows.scale.is_logarithmic)
    svg += fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"/>\n",
                       look_class("bar f", series.look, " dashed"), Rows::kLeft, middle - Rows::kBar / 2,
                       x - Rows::kLeft, Rows::kBar);
  std::string dots;
  const double step = (Rows::kRow - 6) / static_cast<double>(mark.rounds.size());
  double level = middle - Rows::kRow / 2 + 3 - step / 2;
  for (const double round : mark.rounds)  // the first at the top
    dots += fmt::format("M{:.1f},{:.1f}h0", rows.x_of(round), level += step);
  if (!dots.empty()) svg += path(look_class("dot k", series.look), dots);
  if (mark.interval)
    svg += path("whisker", fmt::format("M{0:.1f},{2}v10m0,-5H{1:.1f}m0,-5v10", rows.x_of((*mark.interval)[0]),
                                       rows.x_of((*mark.interval)[1]), middle - 5));
  if (rows.scale.is_logarithmic) svg += marker(x, middle, series.look);
  return svg + svg_text(kChartWidth, middle + (mark.note.empty() ? 4 : -2), "t end strong", mark.label) +
         svg_text(kChartWidth, middle + 11, "note end", mark.note);
}

std::string draw_rows(const Chart& chart, double& y) {
  const Rows rows{chart};
  const double top = y;
  const std::string measure = chart.measure + (rows.scale.is_logarithmic ? ", log" : "");
  std::string drawn, grid;
  for (const Series& series : chart.series)
    if (series.marks.front().value) drawn += draw_row(rows, series, y);
  double free = text_width(measure);  // from here on a label has room
  for (const double tick : rows.scale.ticks) {
    const double x = rows.x_of(tick);
    grid += path(tick == 0 ? "axis" : "grid", fmt::format("M{:.1f},{}V{:.1f}", x, top, y));
    const std::string text = tick_text(chart, tick);
    const double half = text_width(text + ' ') / 2;
    if (x - half < free) continue;
    grid += svg_text(x, y + 14, "note middle", text);
    free = x + half;
  }
  if (chart.reference)
    grid += path("same", fmt::format("M{:.1f},{}V{:.1f}", rows.x_of(*chart.reference), top, y));
  drawn += svg_text(0, y += 14, "note", measure);
  y += 4;
  for (const Series& series : chart.series)  // below the axis: they are nowhere on it
    if (!series.marks.front().value) drawn += draw_row(rows, series, y);
  return grid + drawn;
}

// ---- Lines over categories, which are evenly spaced, and a legend below.

struct Plot {
  static constexpr double kLeft = 52, kRight = kChartWidth - 12, kHeight = 190;
  const Chart& chart;
  double bottom;
  Scale scale = scale_of(chart);
  double place = (kRight - kLeft) / static_cast<double>(chart.categories.size());
  // Series stand side by side, so that their intervals do, clear of the next category's.
  double step = std::min(8.0, place * 0.7 / static_cast<double>(chart.series.size()));

  double y_of(double value) const { return bottom - scale.share(value) * kHeight; }
  double x_of(std::size_t category) const { return kLeft + place * (static_cast<double>(category) + 0.5); }
  double x_of(std::size_t category, std::size_t nth) const {
    return x_of(category) +
           step * (static_cast<double>(nth) - static_cast<double>(chart.series.size() - 1) / 2);
  }
};

std::string draw_axes(const Plot& plot) {
  const Chart& chart = plot.chart;
  const std::string measure = chart.measure + (plot.scale.is_logarithmic ? ", logarithmic" : "");
  std::string svg = svg_text(0, plot.bottom - Plot::kHeight - 14, "note", measure);
  svg += path("axis", fmt::format("M{},{:.1f}H{}", Plot::kLeft, plot.bottom, Plot::kRight));
  for (const double tick : plot.scale.ticks) {
    const double y = plot.y_of(tick);
    if (tick > plot.scale.low)
      svg += path("grid", fmt::format("M{},{:.1f}H{}", Plot::kLeft, y, Plot::kRight));
    svg += svg_text(Plot::kLeft - 6, y + 4, "note end", tick_text(chart, tick));
  }
  // Those category labels that have room, and always the last.
  const std::size_t count = chart.categories.size();
  double widest = 0;
  for (const std::string& category : chart.categories) widest = std::max(widest, text_width(category + ' '));
  const auto every = static_cast<std::size_t>(widest / plot.place) + 1;
  for (std::size_t i = (count - 1) % every; i < count; i += every)
    svg += svg_text(plot.x_of(i), plot.bottom + 16, "note middle", chart.categories[i]);
  return svg + svg_text((Plot::kLeft + Plot::kRight) / 2, plot.bottom + 34, "note middle", chart.axis);
}

std::string draw_line(const Plot& plot, std::size_t nth) {
  const auto& [name, look, marks] = plot.chart.series[nth];
  const double half = std::clamp(plot.step / 2 - 1, 0.5, 4.0);  // of a whisker's end
  std::string line, points;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    if (!marks[i].value) continue;
    const bool is_joined = i > 0 && marks[i - 1].value;
    const double x = plot.x_of(i, nth), y = plot.y_of(*marks[i].value);
    line += fmt::format("{}{:.1f},{:.1f}", is_joined ? 'L' : 'M', x, y);
    if (const std::optional<Interval>& interval = marks[i].interval)
      points +=
          path(look_class("whisker k", look),
               fmt::format("M{0:.1f},{3:.1f}H{1:.1f}M{2:.1f},{3:.1f}V{4:.1f}M{0:.1f},{4:.1f}H{1:.1f}",
                           x - half, x + half, x, plot.y_of((*interval)[0]), plot.y_of((*interval)[1])));
    points += marker(x, y, look);
  }
  return path(look_class("line k", look, " dashed"), line) + points;
}

std::string draw_lines(const Chart& chart, double& y) {
  const Plot plot{chart, y + 28 + Plot::kHeight};
  std::string svg = draw_axes(plot);
  for (std::size_t nth = 0; nth < chart.series.size(); ++nth) svg += draw_line(plot, nth);
  y = plot.bottom + 40;
  for (const Series& series : chart.series) {
    svg += marker(6, y + 11, series.look);
    svg += svg_lines(16, y, kChartWidth - 16, "note", legend_of(chart, series));
  }
  return svg;
}

}  // namespace

std::string svg_lines(double x, double& y, double width, const char* css_class, const std::string& text) {
  const double font_px = std::string_view(css_class) == "note" ? kSmallText : 16;
  std::istringstream lines(
      wrapped(printable(text), static_cast<std::size_t>(width / (font_px * kCharacter))));
  std::string svg;
  for (std::string line; std::getline(lines, line);)
    svg += svg_text(x, y += font_px * 1.4, css_class, line.substr(line.find_first_not_of(' ')));
  return svg;
}

std::string draw(const Chart& chart, double x, double& y) {
  double height = 22;
  std::string body = svg_text(0, 14, "t strong", clipped(chart.title, 46));
  const bool is_rows = chart.categories.empty();
  body += is_rows ? draw_rows(chart, height) : draw_lines(chart, height);
  const auto said = texts_of(chart.series, [&](const Series& series) {
    return is_rows ? series.name + ' ' + series.marks.front().text : legend_of(chart, series);
  });
  height += 6;
  const std::string svg = fmt::format(
      "<svg x=\"{0:.1f}\" y=\"{1:.1f}\" width=\"{2}\" height=\"{3:.0f}\" viewBox=\"0 0 {2} {3:.0f}\" "
      "role=\"img\" aria-label=\"{4}: {5}\">\n{6}</svg>\n",
      x, y, kChartWidth, height, xml_escaped(chart.title),
      xml_escaped(fmt::format("{}", fmt::join(said, ", "))), body);
  y += height;
  return svg;
}

std::string chart_style() {
  std::string css =
      R"(.t,.note,.verdict{font:12px system-ui,sans-serif;fill:#1b1f24} .note{font-size:11px;fill:#545c66}
.verdict{font:600 16px system-ui,sans-serif} .strong{font-weight:600} .end{text-anchor:end} .middle{text-anchor:middle}
.grid,.axis,.same,.whisker,.line,.dot{fill:none} .paper{fill:#fff} .grid{stroke:#e3e6ea} .axis{stroke:#8a929c}
.line{stroke-width:2;stroke-linejoin:round} .dashed{stroke-dasharray:5 3}
.same{stroke:#545c66;stroke-dasharray:2 2} .dot{stroke-width:4;stroke-linecap:round;stroke-opacity:.45}
.whisker{stroke:#1b1f24;stroke-width:1.5} .bar{fill-opacity:.4} .hollow{fill-opacity:.25;stroke-width:1.5}
)";
  std::string dark =
      R"(.t,.verdict{fill:#e8eaed} .note{fill:#a9b1bb} .paper{fill:#14171b}
.grid{stroke:#2c323a} .axis{stroke:#6d7681} .same{stroke:#a9b1bb} .whisker{stroke:#e8eaed}
)";
  for (std::size_t i = 0; i < kColours; ++i)
    for (const auto& [rules, colour] : {std::pair{&css, kLooks[i].light}, {&dark, kLooks[i].dark}})
      *rules += fmt::format(".f{0}{{fill:{1}}} .k{0},.hollow.f{0},.bar.f{0}{{stroke:{1}}}\n", i, colour);
  return css + "@media (prefers-color-scheme:dark){\n" + dark +
         "}\n@media (forced-colors:active){.t,.note,.verdict{fill:CanvasText} .paper{fill:Canvas} "
         ".grid,.axis,.same,.whisker{stroke:CanvasText} .grid{stroke-opacity:.3}}\n";
}

}  // namespace banksim
