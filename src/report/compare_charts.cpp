#include "report/compare_charts.hpp"

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

// Where the bars' scale ends: with the longest, or soon after the safe strategies where one that locks
// nothing would press them to the wall.
double bars_end(const CompareView& view, const std::vector<std::size_t>& cells) {
  double safe = 0;
  double any = 0;
  for (const std::size_t i : cells) {
    any = std::max(any, largest_speed(view.cell(i)));
    if (claims_safety(view.cell(i).config.strategy)) safe = std::max(safe, largest_speed(view.cell(i)));
  }
  constexpr double kFarLonger = 2;
  constexpr double kCutAt = 1.25;
  return safe > 0 && any > kFarLonger * safe ? kCutAt * safe : any;
}

std::vector<const CellResult*> ranked_cells(const SweepPanel& panel) {
  std::vector<const CellResult*> cells;
  for (const Series& series : panel.series)
    for (const CellResult* cell : series.cells)
      if (cell != nullptr && is_ranked(*cell)) cells.push_back(cell);
  return cells;
}

double largest_speed(const SweepPanel& panel) {
  double largest = 0;
  for (const CellResult* cell : ranked_cells(panel)) largest = std::max(largest, largest_speed(*cell));
  return largest;
}

// ---- The scales of several charts.

// What must be alike for charts to have one scale in any case: all that varies but threads.
using ScaleKey = std::vector<std::uint64_t>;

ScaleKey scale_key(const Config& config) {
  return {value_order(Dimension::accounts, config), value_order(Dimension::hold, config)};
}

// Without the dimension that the lines run along.
ScaleKey scale_key(const Sweep& sweep, const SweepPanel& panel) {
  for (const Series& series : panel.series)
    for (const CellResult* cell : series.cells) {
      if (cell == nullptr) continue;
      ScaleKey key;
      for (const Dimension dimension : {Dimension::accounts, Dimension::hold})
        if (dimension != sweep.dimension) key.push_back(value_order(dimension, cell->config));
      return key;
    }
  return {};
}

struct Scaled {
  ScaleKey key;
  double largest = 0;  // that the chart holds
};

struct Scales {
  std::vector<double> largest;  // by chart
  std::string note;             // empty where all have the same
};

// One for all, unless it would press some to the wall; else one a key.
Scales scales_of(const std::vector<Scaled>& charts) {
  constexpr double kReadable = 0.2;  // of the width, at least
  std::map<ScaleKey, double> by_key;
  double most = 0;
  for (const Scaled& chart : charts) {
    double& largest = by_key[chart.key];
    largest = std::max(largest, chart.largest);
    most = std::max(most, chart.largest);
  }
  const bool is_shared = std::ranges::none_of(
      by_key, [most](const auto& one) { return one.second > 0 && one.second < most * kReadable; });
  Scales scales;
  for (const Scaled& chart : charts) scales.largest.push_back(is_shared ? most : by_key[chart.key]);
  if (!is_shared)
    scales.note = by_key.size() == charts.size()
                      ? "Each chart has a scale of its own."
                      : "Charts that differ in threads alone have one scale, others another.";
  return scales;
}

// How to read the figures: once for all of them.
std::vector<std::string> reading_notes(bool any_interval, bool any_without, const std::string& scale_note) {
  std::vector<std::string> notes;
  if (any_interval) notes.emplace_back("Whisker: 95 % interval of the median.");
  if (any_without) notes.emplace_back("* No interval: too few runs for 95 %.");
  if (!scale_note.empty()) notes.push_back(scale_note);
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
  for (const Series& series : panel.series) {
    Line line = line_of(series);
    if (!line.points.empty()) chart.lines.push_back(std::move(line));
    if (auto note = gaps(series, values)) chart.notes.push_back(std::move(*note));
  }
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

Figures throughput_figures(const CompareView& view) {
  std::vector<Scaled> scaled;
  bool any_interval = false;
  bool any_without = false;
  for (const auto& group : view.groups) {
    const std::vector<std::size_t> ranked = view.ranked(group);
    scaled.push_back({scale_key(view.cell(group.front()).config), bars_end(view, ranked)});
    for (const std::size_t i : ranked)
      (view.cell(i).throughput_per_s.ci95 ? any_interval : any_without) = true;
  }
  const Scales scales = scales_of(scaled);
  Figures figures{{}, reading_notes(any_interval, any_without, scales.note)};
  bool any_cut = false;
  for (std::size_t i = 0; i < view.groups.size(); ++i) {
    BarChart chart = bar_chart(view, view.groups[i]);
    chart.largest = scales.largest[i];
    for (const Bar& bar : chart.bars) any_cut = any_cut || bar.value.value_or(0) > chart.largest;
    figures.all.push_back(
        {view.setting(view.cell(view.groups[i].front()).config), bar_description(chart), draw(chart)});
  }
  if (any_cut) figures.notes.emplace_back("A cut bar goes on beyond the scale.");
  return figures;
}

Figures latency_figures(const CompareView& view) {
  const CurveLimits limits = curve_limits(view);
  Figures figures;
  for (const auto& group : view.groups) {
    const LineChart chart = latency_chart(view, group, limits);
    if (chart.lines.empty()) continue;
    figures.all.push_back({view.setting(view.cell(group.front()).config),
                           line_description(chart, "Latency by percentile"), draw(chart)});
  }
  return figures;
}

Figures sweep_figures(const Sweep& sweep) {
  std::vector<Scaled> scaled;
  bool any_interval = false;
  for (const SweepPanel& panel : sweep.panels) {
    scaled.push_back({scale_key(sweep, panel), largest_speed(panel)});
    for (const CellResult* cell : ranked_cells(panel))
      any_interval = any_interval || cell->throughput_per_s.ci95.has_value();
  }
  const Scales scales = scales_of(scaled);
  const std::string what = fmt::format("Median throughput against {}", to_string(sweep.dimension));
  Figures figures{{}, reading_notes(any_interval, false, scales.note)};
  if (!any_interval) figures.notes.emplace_back("No interval: too few runs for 95 %.");
  for (std::size_t i = 0; i < sweep.panels.size(); ++i) {
    const LineChart chart = sweep_chart(sweep, sweep.panels[i], scales.largest[i]);
    figures.all.push_back({sweep.panels[i].setting, line_description(chart, what), draw(chart)});
  }
  return figures;
}

}  // namespace banksim
