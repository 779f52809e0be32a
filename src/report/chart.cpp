#include "report/chart.hpp"

#include "report/markup.hpp"
#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
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
  return fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", css_class, x, y,
                     xml_escaped(text));
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

// ---- Bars: name, bar, and its value at the right edge.

std::string draw_bars(const Chart& chart, double& y) {
  constexpr double kLeft = 132, kRight = kChartWidth - 68, kRow = 26, kBar = 14;
  double end = chart.bars_end;  // and room for the intervals of all that are not cut
  for (const Series& series : chart.series)
    if (const auto& [value, interval, text] = series.marks.front(); interval && *value <= chart.bars_end)
      end = std::max(end, (*interval)[1]);
  const auto x_of = [end](double value) { return kLeft + std::min(value / end, 1.0) * (kRight - kLeft); };
  std::string svg =
      path("axis", fmt::format("M{},{}v{}", kLeft, y, kRow * static_cast<double>(chart.series.size())));
  for (const auto& [name, look, marks] : chart.series) {
    const auto& [value, interval, text] = marks.front();
    const double middle = y + kRow / 2, baseline = middle + 4;
    y += kRow;
    svg += marker(6, middle, look) + svg_text(16, baseline, "t", clipped(name, 15));
    if (!value) {
      svg += svg_text(kLeft + 6, baseline, "note", clipped(text, 31));
      continue;
    }
    svg += fmt::format("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"/>\n",
                       look_class("bar f", look, " dashed"), kLeft, middle - kBar / 2, x_of(*value) - kLeft,
                       kBar);
    if (*value > chart.bars_end)  // a slanted gap
      svg += path("cut", fmt::format("M{},{}l8,-18", kRight - 16, middle + 9));
    else if (interval)
      svg += path("whisker", fmt::format("M{0:.1f},{2}v10m0,-5H{1:.1f}m0,-5v10", x_of((*interval)[0]),
                                         x_of((*interval)[1]), middle - 5));
    svg += svg_text(kChartWidth, baseline, "t end strong", si_number(*value));
  }
  return svg + svg_text(kLeft, y += 14, "note", chart.measure);
}

// ---- Lines over categories, which are evenly spaced, and a legend below.

struct Plot {
  static constexpr double kLeft = 52, kRight = kChartWidth - 12, kHeight = 190;
  const Chart& chart;
  double bottom;
  double low = 0, high = 1;  // of the scale: from zero, or of a logarithmic one whole decades
  std::vector<double> ticks = {};
  double place = (kRight - kLeft) / static_cast<double>(chart.categories.size());
  // Series stand side by side, so that their intervals do, clear of the next category's.
  double step = std::min(8.0, place * 0.7 / static_cast<double>(chart.series.size()));

  double y_of(double value) const {
    const double share = low > 0 ? std::log(std::max(value, low) / low) / std::log(high / low) : value / high;
    return bottom - share * kHeight;
  }
  double x_of(std::size_t category) const { return kLeft + place * (static_cast<double>(category) + 0.5); }
  double x_of(std::size_t category, std::size_t nth) const {
    return x_of(category) +
           step * (static_cast<double>(nth) - static_cast<double>(chart.series.size() - 1) / 2);
  }
};

// All intervals have room on the scale; if it is linear it has about four round steps.
void set_scale(Plot& plot) {
  std::vector<double> values;
  for (const Series& series : plot.chart.series)
    for (const auto& [value, interval, text] : series.marks)
      if (value)
        values.insert(values.end(),
                      {*value, interval ? (*interval)[0] : *value, interval ? (*interval)[1] : *value});
  if (values.empty()) return;
  const auto [least, most] = std::ranges::minmax(values);
  if (plot.chart.is_latency) {
    plot.low = std::pow(10, std::floor(std::log10(std::max(least, 1.0))));
    for (plot.high = plot.low * 10; plot.high < most;) plot.high *= 10;
    for (double tick = plot.low; tick < plot.high * 2; tick *= 10) plot.ticks.push_back(tick);
    return;
  }
  plot.high = most * 1.04;
  double step = std::pow(10, std::floor(std::log10(most / 4)));
  for (const double factor : {2.0, 2.5, 2.0})
    if (step * 1.0001 < most / 4) step *= factor;
  for (int i = 0; i * step <= plot.high; ++i) plot.ticks.push_back(i * step);
}

std::string draw_axes(const Plot& plot) {
  const Chart& chart = plot.chart;
  std::string svg = svg_text(0, plot.bottom - Plot::kHeight - 14, "note", chart.measure);
  for (const double tick : plot.ticks) {
    const double y = plot.y_of(tick);
    svg +=
        path(tick == plot.low ? "axis" : "grid", fmt::format("M{},{:.1f}H{}", Plot::kLeft, y, Plot::kRight));
    svg += svg_text(Plot::kLeft - 6, y + 4, "note end",
                    chart.is_latency ? duration_text(tick * 1e-9, true) : si_number(tick));
  }
  // Those category labels that have room, and always the last.
  std::size_t widest = 0, count = chart.categories.size();
  for (const std::string& category : chart.categories) widest = std::max(widest, display_width(category));
  const double needed = static_cast<double>(widest + 1) * kSmallText * kCharacter;
  const auto every = static_cast<std::size_t>(needed / plot.place) + 1;
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
  Plot plot{chart, y + 28 + Plot::kHeight};
  set_scale(plot);
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
  std::vector<std::string> said;
  const bool is_bars = chart.categories.size() == 1;
  for (const Series& series : chart.series)
    said.push_back(is_bars ? series.name + ' ' + series.marks.front().text : legend_of(chart, series));
  body += is_bars ? draw_bars(chart, height) : draw_lines(chart, height);
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
.grid,.axis,.whisker,.line,.cut{fill:none} .paper{fill:#fff}
.cut{stroke:#fff;stroke-width:3} .grid{stroke:#e3e6ea} .axis{stroke:#8a929c}
.line{stroke-width:2;stroke-linejoin:round} .dashed{stroke-dasharray:5 3}
.whisker{stroke:#1b1f24;stroke-width:1.5} .bar{fill-opacity:.5} .hollow{fill-opacity:.25;stroke-width:1.5}
)";
  std::string dark =
      R"(.t,.verdict{fill:#e8eaed} .note{fill:#a9b1bb} .cut{stroke:#14171b} .paper{fill:#14171b}
.grid{stroke:#2c323a} .axis{stroke:#6d7681} .whisker{stroke:#e8eaed}
)";
  for (std::size_t i = 0; i < kColours; ++i)
    for (const auto& [rules, colour] : {std::pair{&css, kLooks[i].light}, {&dark, kLooks[i].dark}})
      *rules += fmt::format(".f{0}{{fill:{1}}} .k{0},.hollow.f{0},.bar.f{0}{{stroke:{1}}}\n", i, colour);
  return css + "@media (prefers-color-scheme:dark){\n" + dark + "}\n";
}

}  // namespace banksim
