#include "report/compare_charts.hpp"

#include "record/record.hpp"
#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace banksim {
namespace {

std::string joined(const std::vector<std::string>& items) {
  return items.empty() ? "nothing" : fmt::format("{}", fmt::join(items, ", "));
}

// ---- The scales of several charts.

// What must be alike for charts to have one scale in any case: all that varies but threads, and but what the lines
// of a sweep run along.
using ScaleKey = std::vector<std::uint64_t>;

ScaleKey scale_key(const Config& config, std::optional<Dimension> along = {}) {
  ScaleKey key;
  for (const Dimension dimension : {Dimension::accounts, Dimension::hold})
    if (dimension != along) key.push_back(value_order(dimension, config));
  return key;
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

// ---- Throughput as bars.

BarChart bar_chart(const CompareView& view, const Group& group) {
  BarChart chart;
  chart.axis = "transfers/s";
  for (const std::size_t i : view.in_order(group)) {
    const CellView& cell = view.cells[i];
    const Summary& speed = cell.result->throughput_per_s;
    if (cell.ranked)
      chart.bars.push_back({cell.name, cell.slot, speed.median, speed.ci95, ""});
    else
      chart.bars.push_back({cell.name, cell.slot, std::nullopt, std::nullopt, cell.outcome});
  }
  return chart;
}

std::string bar_description(const BarChart& chart) {
  std::vector<std::string> bars;
  for (const Bar& bar : chart.bars)
    bars.push_back(bar.label + ' ' + (bar.value ? si_number(*bar.value) : bar.instead));
  return "Median throughput in transfers/s: " + joined(bars) + '.';
}

// ---- Latency as a curve over percentiles.

constexpr double kMostNines = 4;  // 99.99 %
constexpr double kStepsPerNine = 10;

struct CurveLimits {
  double nines = kMostNines;  // as far as the runs' samples reach
  Range ns{};
};

double fraction_at(double nines) { return 1 - std::pow(10, -nines); }

bool has_curve(const CellView& cell) { return cell.ranked && has_latency(*cell.result); }

// At the last percentile each run has at least one sample beyond.
double nines_of(const CellResult& cell) {
  double nines = kMostNines;
  for (const RunResult& run : cell.runs)
    nines = std::min(nines, std::log10(static_cast<double>(run.latency.count())));
  return std::floor(nines * kStepsPerNine + 1e-9) / kStepsPerNine;
}

CurveLimits curve_limits(const CompareView& view) {
  CurveLimits limits;
  for (const CellView& cell : view.cells)
    if (has_curve(cell)) limits.nines = std::min(limits.nines, nines_of(*cell.result));
  for (const CellView& cell : view.cells) {
    if (!has_curve(cell)) continue;
    const double least = latency_quantile_ns(*cell.result, 0);
    limits.ns[0] = limits.ns[0] > 0 ? std::min(limits.ns[0], least) : least;
    limits.ns[1] = std::max(limits.ns[1], latency_quantile_ns(*cell.result, fraction_at(limits.nines)));
  }
  return limits;
}

// In steps of a tenth of a nine, and 50 % where the third would be; whole nines and 50 % have a tick.
std::vector<Point> curve(const CellResult& cell, double nines) {
  constexpr int kMedianStep = 3;
  std::vector<Point> points;
  for (int step = 0; step <= std::lround(nines * kStepsPerNine); ++step) {
    const double at = step == kMedianStep ? -std::log10(0.5) : step / kStepsPerNine;
    const bool has_tick = step == kMedianStep || (step > 0 && step % 10 == 0);
    points.push_back({at, latency_quantile_ns(cell, fraction_at(at)), std::nullopt, false, has_tick});
  }
  return points;
}

LineChart latency_chart(const CompareView& view, const Group& group, const CurveLimits& limits) {
  LineChart chart;
  chart.x_axis = "percentile, spaced by nines";
  chart.y_axis = "latency, logarithmic scale";
  for (const Percentile& quantile : kPercentiles)
    chart.x_ticks.push_back({-std::log10(1 - quantile.fraction), quantile.label});
  chart.x_ticks.push_back({kMostNines, "p99.99"});
  std::erase_if(chart.x_ticks, [&limits](const Tick& tick) { return tick.at > limits.nines + 1e-9; });
  chart.x_range = {0, limits.nines};
  chart.log_y = true;
  chart.y_range = limits.ns;
  chart.inset = false;
  for (const std::size_t i : group.ranked)
    if (const CellView& cell = view.cells[i]; has_curve(cell))
      chart.lines.push_back({cell.name, cell.slot, curve(*cell.result, limits.nines)});
  for (const std::size_t i : group.cells)
    if (const CellView& cell = view.cells[i]; !has_curve(cell))
      chart.notes.push_back(
          {cell.slot, cell.name + ": " + (cell.ranked ? "latency not measured" : cell.outcome)});
  return chart;
}

// ---- Throughput against a dimension.

Line line_of(const Series& series) {
  Line line{series.name, series.slot, {}};
  bool after_gap = false;
  for (std::size_t at = 0; at < series.cells.size(); ++at) {
    const CellView* cell = series.cells[at];
    const bool has_point = cell != nullptr && cell->ranked;
    if (has_point) {
      const Summary& speed = cell->result->throughput_per_s;
      line.points.push_back({static_cast<double>(at), speed.median, speed.ci95, after_gap, true});
    }
    after_gap = !has_point;
  }
  return line;
}

// "naive: deadlock at 2, 8": where the line has no point, and why.
std::optional<Note> gaps(const Series& series, const std::vector<std::string>& values) {
  std::map<std::string, std::vector<std::string>> where;
  for (std::size_t at = 0; at < values.size(); ++at) {
    const CellView* cell = series.cells[at];
    if (cell == nullptr || !cell->ranked)
      where[cell == nullptr ? "not run" : cell->speed_or_outcome].push_back(values[at]);
  }
  if (where.empty()) return std::nullopt;
  std::vector<std::string> parts;
  for (const auto& [what, texts] : where) parts.push_back(what + " at " + joined(texts));
  return Note{series.slot, fmt::format("{}: {}", series.name, fmt::join(parts, "; "))};
}

LineChart sweep_chart(const Sweep& sweep, const SweepPanel& panel, double largest) {
  LineChart chart;
  chart.x_axis = fmt::format("{}, evenly spaced", to_string(sweep.dimension));
  chart.y_axis = "transfers/s, median";
  chart.y_range = {0, largest};
  chart.x_range = {0, static_cast<double>(sweep.values.size()) - 1};
  for (std::size_t at = 0; at < sweep.values.size(); ++at)
    chart.x_ticks.push_back({static_cast<double>(at), sweep.values[at]});
  for (const Series& series : panel.series) {
    if (Line line = line_of(series); !line.points.empty()) chart.lines.push_back(std::move(line));
    if (auto note = gaps(series, sweep.values)) chart.notes.push_back(std::move(*note));
  }
  return chart;
}

std::string line_description(const LineChart& chart, const std::string& what) {
  std::vector<std::string> names, notes;
  for (const Line& line : chart.lines) names.push_back(line.label);
  for (const Note& note : chart.notes)
    if (note.slot) notes.push_back(note.text);
  std::string text = what + " of " + joined(names) + '.';
  return notes.empty() ? text : text + " Not shown: " + joined(notes) + '.';
}

std::vector<const CellView*> ranked_cells(const SweepPanel& panel) {
  std::vector<const CellView*> cells;
  for (const Series& series : panel.series)
    for (const CellView* cell : series.cells)
      if (cell != nullptr && cell->ranked) cells.push_back(cell);
  return cells;
}

// How to read the figures: once for all of them.
void add_reading_notes(Figures& figures, bool any_interval, const char* without,
                       const std::string& scale_note) {
  if (any_interval) figures.notes.emplace_back("Whisker: 95 % interval of the median.");
  if (without != nullptr) figures.notes.emplace_back(without);
  if (!scale_note.empty()) figures.notes.push_back(scale_note);
}

}  // namespace

Figures throughput_figures(const CompareView& view) {
  std::vector<Scaled> scaled;
  bool any_interval = false, any_without = false, any_cut = false;
  for (const Group& group : view.conclusions.groups) {
    scaled.push_back({scale_key(view.cell(group.cells.front()).config), bars_end(view, group.ranked, true)});
    for (const std::size_t i : group.ranked)
      (view.cell(i).throughput_per_s.ci95 ? any_interval : any_without) = true;
  }
  const Scales scales = scales_of(scaled);
  Figures figures;
  add_reading_notes(figures, any_interval, any_without ? "* No interval: too few runs for 95 %." : nullptr,
                    scales.note);
  for (std::size_t i = 0; i < scaled.size(); ++i) {
    const Group& group = view.conclusions.groups[i];
    BarChart chart = bar_chart(view, group);
    chart.largest = scales.largest[i];
    for (const Bar& bar : chart.bars) any_cut = any_cut || bar.value.value_or(0) > chart.largest;
    figures.all.push_back({view.setting(group), bar_description(chart), draw(chart)});
  }
  if (any_cut) figures.notes.emplace_back("A cut bar goes on beyond the scale.");
  return figures;
}

Figures latency_figures(const CompareView& view) {
  const CurveLimits limits = curve_limits(view);
  Figures figures;
  for (const Group& group : view.conclusions.groups) {
    const LineChart chart = latency_chart(view, group, limits);
    if (chart.lines.empty()) continue;
    figures.all.push_back(
        {view.setting(group), line_description(chart, "Latency by percentile"), draw(chart)});
  }
  return figures;
}

Figures sweep_figures(const Sweep& sweep) {
  std::vector<Scaled> scaled;
  bool any_interval = false;
  for (const SweepPanel& panel : sweep.panels) {
    Scaled& one = scaled.emplace_back();
    for (const CellView* cell : ranked_cells(panel)) {
      one.key = scale_key(cell->result->config, sweep.dimension);
      one.largest = std::max(one.largest, bar_length(*cell->result, true));
      any_interval = any_interval || cell->result->throughput_per_s.ci95.has_value();
    }
  }
  const Scales scales = scales_of(scaled);
  const std::string what = fmt::format("Median throughput against {}", to_string(sweep.dimension));
  Figures figures;
  add_reading_notes(figures, any_interval, any_interval ? nullptr : "No interval: too few runs for 95 %.",
                    scales.note);
  for (std::size_t i = 0; i < sweep.panels.size(); ++i) {
    const LineChart chart = sweep_chart(sweep, sweep.panels[i], scales.largest[i]);
    figures.all.push_back({sweep.panels[i].setting, line_description(chart, what), draw(chart)});
  }
  return figures;
}

}  // namespace banksim
