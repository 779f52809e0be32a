#include "compare/charts.hpp"

#include "report/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace banksim {
namespace {

std::string listed(const std::vector<std::string>& items) {
  return items.empty() ? "nothing" : fmt::format("{}", fmt::join(items, ", "));
}

// ---- Throughput as bars.

double largest_speed(const CellResult& cell) {
  const Summary& summary = cell.throughput_per_s;
  return summary.ci95 ? std::max(summary.median, (*summary.ci95)[1]) : summary.median;
}

double largest_speed(const CompareView& view, const std::vector<std::size_t>& cells) {
  double largest = 0;
  for (const std::size_t i : cells) largest = std::max(largest, largest_speed(view.cell(i)));
  return largest;
}

double largest_speed(const SweepPanel& panel) {
  double largest = 0;
  for (const Series& series : panel.series)
    for (const CellResult* cell : series.cells)
      if (cell != nullptr && is_ranked(*cell)) largest = std::max(largest, largest_speed(*cell));
  return largest;
}

// The scale for all charts, of which each holds so much; nothing where it would press one to the wall.
std::optional<double> shared_scale(const std::vector<double>& largest_of_each) {
  constexpr double kReadable = 0.2;  // of the width, at least
  double largest = 0;
  for (const double one : largest_of_each) largest = std::max(largest, one);
  for (const double one : largest_of_each)
    if (one > 0 && one < largest * kReadable) return std::nullopt;
  return largest;
}

Note own_scale_note() { return {std::nullopt, "A scale of its own: not that of the other charts."}; }

std::vector<Note> interval_notes(const CompareView& view, const std::vector<std::size_t>& cells) {
  const auto has_interval = [&view](std::size_t i) { return view.cell(i).throughput_per_s.ci95.has_value(); };
  std::vector<Note> notes;
  if (std::ranges::any_of(cells, has_interval))
    notes.push_back({std::nullopt, "Whisker: 95 % interval of the median."});
  if (!std::ranges::all_of(cells, has_interval))
    notes.push_back({std::nullopt, "* No interval: too few runs for 95 %."});
  return notes;
}

BarChart bar_chart(const CompareView& view, const std::vector<std::size_t>& group) {
  const std::vector<std::size_t> ranked = view.ranked(group);
  BarChart chart;
  chart.axis = "transfers/s";
  for (const std::size_t i : ranked) {
    const Summary& summary = view.cell(i).throughput_per_s;
    chart.bars.push_back({view.names[i], view.slots[i], summary.median, summary.ci95, ""});
  }
  for (const std::size_t i : view.unranked(group))
    chart.bars.push_back(
        {view.names[i], view.slots[i], std::nullopt, std::nullopt, outcome_text(view.cell(i))});
  chart.notes = interval_notes(view, ranked);
  return chart;
}

std::string bar_description(const BarChart& chart) {
  std::vector<std::string> bars;
  for (const Bar& bar : chart.bars)
    bars.push_back(bar.label + ' ' + (bar.value ? si_number(*bar.value) : bar.instead));
  return "Median throughput in transfers/s: " + listed(bars) + '.';
}

// ---- Latency as a curve over percentiles.

constexpr double kMostNines = 4;      // 99.99 %
constexpr double kStepsPerNine = 10;  //

struct CurveLimits {
  double nines = kMostNines;  // as far as the runs' samples reach
  Interval ns{};
};

double fraction_at(double nines) { return 1 - std::pow(10, -nines); }

std::vector<std::size_t> with_latency(const CompareView& view, const std::vector<std::size_t>& group) {
  std::vector<std::size_t> cells = view.ranked(group);
  std::erase_if(cells, [&view](std::size_t i) { return !has_latency(view.cell(i)); });
  return cells;
}

// At the last percentile each run has at least one sample beyond.
double nines_of(const CellResult& cell) {
  double nines = kMostNines;
  for (const RunResult& run : cell.runs)
    nines = std::min(nines, std::log10(static_cast<double>(run.latency.count())));
  return std::floor(nines * kStepsPerNine + 1e-9) / kStepsPerNine;
}

CurveLimits curve_limits(const CompareView& view) {
  CurveLimits limits;
  std::vector<std::size_t> cells;
  for (const auto& group : view.groups)
    for (const std::size_t i : with_latency(view, group)) cells.push_back(i);
  for (const std::size_t i : cells) limits.nines = std::min(limits.nines, nines_of(view.cell(i)));
  for (const std::size_t i : cells) {
    const double least = latency_quantile_ns(view.cell(i), 0);
    const double most = latency_quantile_ns(view.cell(i), fraction_at(limits.nines));
    limits.ns[0] = limits.ns[0] > 0 ? std::min(limits.ns[0], least) : least;
    limits.ns[1] = std::max(limits.ns[1], most);
  }
  return limits;
}

// The percentiles that have a tick: in steps of a tenth of a nine, and 50 % where the third would be.
double nines_at(int step) { return step == 3 ? -std::log10(0.5) : step / kStepsPerNine; }
bool has_tick(int step) { return step == 3 || (step > 0 && step % 10 == 0); }

std::vector<Point> curve(const CellResult& cell, double nines) {
  std::vector<Point> points;
  const int steps = static_cast<int>(std::lround(nines * kStepsPerNine));
  for (int step = 0; step <= steps; ++step) {
    const double at = nines_at(step);
    points.push_back({at, latency_quantile_ns(cell, fraction_at(at)), std::nullopt, false, has_tick(step)});
  }
  return points;
}

std::vector<Note> latency_notes(const CompareView& view, const std::vector<std::size_t>& group) {
  std::vector<Note> notes;
  for (const std::size_t i : group) {
    const CellResult& cell = view.cell(i);
    if (is_ranked(cell) && has_latency(cell)) continue;
    notes.push_back({view.slots[i],
                     view.names[i] + ": " + (is_ranked(cell) ? "latency not measured" : outcome_text(cell))});
  }
  return notes;
}

LineChart latency_chart(const CompareView& view, const std::vector<std::size_t>& group,
                        const CurveLimits& limits) {
  LineChart chart;
  chart.x_axis = "percentile, spaced by nines";
  chart.y_axis = "latency, logarithmic scale";
  for (const Percentile& percentile : kPercentiles)
    chart.x_ticks.push_back({-std::log10(1 - percentile.fraction), percentile.label});
  chart.x_ticks.push_back({4, "p99.99"});
  std::erase_if(chart.x_ticks, [&limits](const Tick& tick) { return tick.at > limits.nines + 1e-9; });
  chart.x_range = {0, limits.nines};
  chart.log_y = true;
  chart.y_range = limits.ns;
  chart.inset = false;
  for (const std::size_t i : with_latency(view, group))
    chart.lines.push_back({view.names[i], view.slots[i], curve(view.cell(i), limits.nines)});
  chart.notes = latency_notes(view, group);
  return chart;
}

// ---- Throughput against a dimension.

Line line_of(const Series& series) {
  Line line{series.name, series.slot, {}};
  bool after_gap = false;
  for (std::size_t at = 0; at < series.cells.size(); ++at) {
    const CellResult* cell = series.cells[at];
    if (cell != nullptr && is_ranked(*cell)) {
      const Summary& summary = cell->throughput_per_s;
      line.points.push_back({static_cast<double>(at), summary.median, summary.ci95, after_gap, true});
    }
    after_gap = cell == nullptr || !is_ranked(*cell);
  }
  return line;
}

// "naive: deadlock at 2, 8": where the line has no point, and why.
std::optional<Note> gaps(const Series& series, const std::vector<std::string>& values) {
  std::map<std::string, std::vector<std::string>> where;
  for (std::size_t at = 0; at < values.size(); ++at) {
    const CellResult* cell = series.cells[at];
    if (cell != nullptr && is_ranked(*cell)) continue;
    where[cell != nullptr ? speed_or_outcome(*cell) : "not run"].push_back(values[at]);
  }
  if (where.empty()) return std::nullopt;
  std::vector<std::string> parts;
  parts.reserve(where.size());
  for (const auto& [what, texts] : where) parts.push_back(what + " at " + listed(texts));
  return Note{series.slot, fmt::format("{}: {}", series.name, fmt::join(parts, "; "))};
}

LineChart sweep_chart(const Sweep& sweep, const SweepPanel& panel, double largest) {
  const std::vector<std::string>& values = sweep.values;
  LineChart chart;
  chart.x_axis = fmt::format("{}, evenly spaced", to_string(sweep.dimension));
  chart.y_axis = "transfers/s, median";
  chart.y_range = {0, largest};
  chart.x_range = {0, static_cast<double>(values.size()) - 1};
  for (std::size_t at = 0; at < values.size(); ++at)
    chart.x_ticks.push_back({static_cast<double>(at), values[at]});
  bool any_interval = false;
  for (const Series& series : panel.series) {
    Line line = line_of(series);
    for (const Point& point : line.points) any_interval = any_interval || point.interval.has_value();
    if (!line.points.empty()) chart.lines.push_back(std::move(line));
    if (auto note = gaps(series, values)) chart.notes.push_back(std::move(*note));
  }
  chart.notes.push_back({std::nullopt, any_interval ? "Whisker: 95 % interval of the median."
                                                    : "No intervals: too few runs for 95 %."});
  return chart;
}

std::string line_description(const LineChart& chart, const std::string& what) {
  std::vector<std::string> names;
  names.reserve(chart.lines.size());
  for (const Line& line : chart.lines) names.push_back(line.label);
  std::vector<std::string> notes;
  for (const Note& note : chart.notes)
    if (note.slot) notes.push_back(note.text);
  std::string text = what + " of " + listed(names) + '.';
  return notes.empty() ? text : text + " Not shown: " + listed(notes) + '.';
}

}  // namespace

std::vector<Figure> throughput_figures(const CompareView& view) {
  std::vector<double> largest;
  for (const auto& group : view.groups) largest.push_back(largest_speed(view, view.ranked(group)));
  const std::optional<double> shared = shared_scale(largest);
  std::vector<Figure> figures;
  for (const auto& group : view.groups) {
    BarChart chart = bar_chart(view, group);
    chart.largest = shared.value_or(largest_speed(view, view.ranked(group)));
    if (!shared) chart.notes.push_back(own_scale_note());
    figures.push_back({view.setting(view.cell(group.front()).config), bar_description(chart), draw(chart)});
  }
  return figures;
}

std::vector<Figure> latency_figures(const CompareView& view) {
  const CurveLimits limits = curve_limits(view);
  std::vector<Figure> figures;
  for (const auto& group : view.groups) {
    const LineChart chart = latency_chart(view, group, limits);
    if (chart.lines.empty()) continue;
    figures.push_back({view.setting(view.cell(group.front()).config),
                       line_description(chart, "Latency by percentile"), draw(chart)});
  }
  return figures;
}

std::vector<Figure> sweep_figures(const Sweep& sweep) {
  std::vector<double> largest;
  for (const SweepPanel& panel : sweep.panels) largest.push_back(largest_speed(panel));
  const std::optional<double> shared = shared_scale(largest);
  const std::string what = fmt::format("Median throughput against {}", to_string(sweep.dimension));
  std::vector<Figure> figures;
  for (const SweepPanel& panel : sweep.panels) {
    LineChart chart = sweep_chart(sweep, panel, shared.value_or(largest_speed(panel)));
    if (!shared) chart.notes.push_back(own_scale_note());
    figures.push_back({panel.setting, line_description(chart, what), draw(chart)});
  }
  return figures;
}

}  // namespace banksim
