#include "report/compare_charts.hpp"

#include "record/record.hpp"
#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace banksim {
namespace {

constexpr const char* kHasWhiskers = "Whisker: 95 % interval of the median.";

std::string joined_or_nothing(const std::vector<std::string>& items) {
  return items.empty() ? "nothing" : fmt::format("{}", fmt::join(items, ", "));
}

// ---- The scales of several charts.

struct Scaled {
  // What must be alike for charts to have one scale in any case: all that varies but threads, and but what the lines
  // of a sweep run along.
  std::vector<std::uint64_t> key;
  double largest = 0;  // that the chart must hold; then where its scale ends
};

std::vector<std::uint64_t> scale_key(const Config& config, std::optional<Dimension> along = {}) {
  std::vector<std::uint64_t> key;
  for (const Dimension dimension : {Dimension::accounts, Dimension::hold})
    if (dimension != along) key.push_back(value_order(dimension, config));
  return key;
}

// One scale for all, unless it would press some to the wall; else one a key, and a note that says so.
void share_scales(std::vector<Scaled>& charts, std::vector<std::string>& notes) {
  constexpr double kReadable = 0.2;  // of the width, at least
  std::map<std::vector<std::uint64_t>, double> by_key;
  double most = 0;
  for (const Scaled& chart : charts) {
    by_key[chart.key] = std::max(by_key[chart.key], chart.largest);
    most = std::max(most, chart.largest);
  }
  const bool is_shared = std::ranges::none_of(
      by_key, [most](const auto& one) { return one.second > 0 && one.second < most * kReadable; });
  for (Scaled& chart : charts) chart.largest = is_shared ? most : by_key[chart.key];
  if (!is_shared)
    notes.emplace_back(by_key.size() == charts.size()
                           ? "Each chart has a scale of its own."
                           : "Charts that differ in threads alone have one scale, others another.");
}

// ---- Throughput as bars.

Figure throughput_figure(const CompareView& view, const Group& group, double largest) {
  BarChart chart{"transfers/s", {}, largest};
  std::vector<std::string> said;
  for (const std::size_t i : view.in_order(group)) {
    const CellView& cell = view.cells[i];
    const Summary& speed = cell.result->throughput_per_s;
    Bar& bar = chart.bars.emplace_back(Bar{cell.name, cell.slot, {}, {}, cell.outcome});
    if (cell.ranked) {
      bar.value = speed.median;
      bar.interval = speed.ci95;
    }
    said.push_back(cell.name + ' ' + (cell.ranked ? si_number(speed.median) : cell.outcome));
  }
  return {view.setting(view.config(group)),
          "Median throughput in transfers/s: " + joined_or_nothing(said) + '.', draw(chart)};
}

// ---- Lines.

// `what` it shows, of whom, and who is left out.
Figure figure_of(const LineChart& chart, const std::string& setting, const std::string& what) {
  std::vector<std::string> names, notes;
  for (const Line& line : chart.lines) names.push_back(line.label);
  for (const Note& note : chart.notes) notes.push_back(note.text);
  std::string description = what + " of " + joined_or_nothing(names) + '.';
  if (!notes.empty()) description += " Not shown: " + joined_or_nothing(notes) + '.';
  return {setting, std::move(description), draw(chart)};
}

// ---- Latency as a curve over percentiles.

constexpr double kMostNines = 4;  // 99.99 %
constexpr double kStepsPerNine = 10;

struct CurveLimits {
  double nines = kMostNines;  // as far as the runs' samples reach
  Range ns{};
};

bool has_curve(const CellView& cell) { return cell.ranked && cell.has_latency; }

double latency_ns(const CellView& cell, double nines) {
  return median_over_runs(*cell.result, [fraction = 1 - std::pow(10, -nines)](const RunResult& run) {
    return static_cast<double>(run.latency.quantile_ns(fraction));
  });
}

// At the last percentile each run has at least one sample beyond.
CurveLimits curve_limits(const CompareView& view) {
  CurveLimits limits;
  std::vector<const CellView*> cells;
  for (const CellView& cell : view.cells)
    if (has_curve(cell)) cells.push_back(&cell);
  for (const CellView* cell : cells)
    for (const RunResult& run : cell->result->runs)
      limits.nines = std::min(limits.nines, std::log10(static_cast<double>(run.latency.count())));
  limits.nines = std::floor(limits.nines * kStepsPerNine + 1e-9) / kStepsPerNine;
  for (const CellView* cell : cells) {
    const double least = latency_ns(*cell, 0);
    limits.ns[0] = limits.ns[0] > 0 ? std::min(limits.ns[0], least) : least;
    limits.ns[1] = std::max(limits.ns[1], latency_ns(*cell, limits.nines));
  }
  return limits;
}

// In steps of a tenth of a nine, and 50 % where the third would be; whole nines and 50 % have a tick.
Line curve(const CellView& cell, double nines) {
  constexpr int kMedianStep = 3;
  Line line{cell.name, cell.slot, {}};
  for (int step = 0; step <= std::lround(nines * kStepsPerNine); ++step) {
    const double at = step == kMedianStep ? -std::log10(0.5) : step / kStepsPerNine;
    const bool has_tick = step == kMedianStep || (step > 0 && step % 10 == 0);
    line.points.push_back({at, latency_ns(cell, at), std::nullopt, false, has_tick});
  }
  return line;
}

LineChart latency_chart(const CompareView& view, const Group& group, const CurveLimits& limits) {
  LineChart chart;
  chart.x_axis = "percentile, spaced by nines";
  chart.y_axis = "latency, logarithmic scale";
  chart.is_curve = true;
  chart.last_x = limits.nines;
  chart.y_range = limits.ns;
  for (const Percentile& quantile : kPercentiles)
    chart.x_ticks.push_back({-std::log10(1 - quantile.fraction), quantile.label});
  chart.x_ticks.push_back({kMostNines, "p99.99"});
  std::erase_if(chart.x_ticks, [&limits](const Tick& tick) { return tick.at > limits.nines + 1e-9; });
  for (const std::size_t i : group.ranked)
    if (has_curve(view.cells[i])) chart.lines.push_back(curve(view.cells[i], limits.nines));
  for (const std::size_t i : group.cells)
    if (const CellView& cell = view.cells[i]; !has_curve(cell))
      chart.notes.push_back(
          {cell.slot, cell.name + ": " + (cell.ranked ? "latency not measured" : cell.outcome)});
  return chart;
}

// ---- Throughput against a dimension.

// The line, and a note where it has no point, and why: "naive: deadlock at 2, 8".
void add_series(LineChart& chart, const Series& series) {
  Line line{series.name, series.slot, {}};
  std::map<std::string, std::vector<std::string>> missing;
  bool after_gap = false;
  for (std::size_t at = 0; at < series.cells.size(); ++at) {
    const CellView* cell = series.cells[at];
    const bool has_point = cell != nullptr && cell->ranked;
    if (has_point) {
      const Summary& speed = cell->result->throughput_per_s;
      line.points.push_back({static_cast<double>(at), speed.median, speed.ci95, after_gap, true});
    } else {
      missing[cell == nullptr ? "not run" : cell->speed_or_outcome].push_back(chart.x_ticks[at].label);
    }
    after_gap = !has_point;
  }
  if (!line.points.empty()) chart.lines.push_back(std::move(line));
  std::vector<std::string> parts;
  for (const auto& [what, where] : missing)
    parts.push_back(fmt::format("{} at {}", what, fmt::join(where, ", ")));
  if (!parts.empty())
    chart.notes.push_back({series.slot, fmt::format("{}: {}", series.name, fmt::join(parts, "; "))});
}

LineChart sweep_chart(const CompareView& view, const Sweep& sweep, const SweepPanel& panel, double largest) {
  LineChart chart;
  chart.x_axis = fmt::format("{}, evenly spaced", to_string(sweep.dimension));
  chart.y_axis = "transfers/s, median";
  chart.y_range = {0, largest};
  chart.last_x = static_cast<double>(sweep.values.size()) - 1;
  for (std::size_t at = 0; at < sweep.values.size(); ++at)
    chart.x_ticks.push_back({static_cast<double>(at), view.value_text(sweep.dimension, *sweep.values[at])});
  for (const Series& series : panel.series) add_series(chart, series);
  return chart;
}

}  // namespace

Figures throughput_figures(const CompareView& view) {
  const std::vector<Group>& groups = view.conclusions.groups;
  std::vector<Scaled> scaled;
  bool any_interval = false, any_without = false, any_cut = false;
  for (const Group& group : groups) {
    scaled.push_back({scale_key(view.config(group)), bars_end(view, group, true)});
    for (const std::size_t i : group.ranked)
      (view.cell(i).throughput_per_s.ci95 ? any_interval : any_without) = true;
  }
  Figures figures{"Throughput", {}, {}};
  if (any_interval) figures.notes.emplace_back(kHasWhiskers);
  if (any_without) figures.notes.emplace_back("* No interval: too few runs for 95 %.");
  share_scales(scaled, figures.notes);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    for (const std::size_t cell : groups[i].ranked)
      any_cut = any_cut || view.cell(cell).throughput_per_s.median > scaled[i].largest;
    figures.all.push_back(throughput_figure(view, groups[i], scaled[i].largest));
  }
  if (any_cut) figures.notes.emplace_back("A cut bar goes on beyond the scale.");
  return figures;
}

Figures latency_figures(const CompareView& view) {
  const CurveLimits limits = curve_limits(view);
  Figures figures{"Latency", {}, {}};
  for (const Group& group : view.conclusions.groups)
    if (const LineChart chart = latency_chart(view, group, limits); !chart.lines.empty())
      figures.all.push_back(figure_of(chart, view.setting(view.config(group)), "Latency by percentile"));
  return figures;
}

Sweep sweep_along(const CompareView& view, Dimension dimension) {
  std::map<std::uint64_t, const Config*> values;
  for (const CellView& cell : view.cells)
    values[value_order(dimension, cell.result->config)] = &cell.result->config;
  std::map<std::vector<std::uint64_t>, SweepPanel> panels;  // by the values of the other dimensions
  for (const CellView& cell : view.cells) {
    const Config& config = cell.result->config;
    std::vector<std::uint64_t> others;
    for (const Dimension other : view.conclusions.varied)
      if (other != dimension) others.push_back(value_order(other, config));
    SweepPanel& panel = panels[others];
    panel.setting = view.setting(config, dimension);
    auto series = std::ranges::find(panel.series, cell.name, &Series::name);
    if (series == panel.series.end())
      series =
          panel.series.insert(series, {cell.name, cell.slot, std::vector<const CellView*>(values.size())});
    const auto at = std::distance(values.begin(), values.find(value_order(dimension, config)));
    series->cells[static_cast<std::size_t>(at)] = &cell;
  }
  Sweep sweep{dimension, {}, {}};
  for (const auto& [order, config] : values) sweep.values.push_back(config);
  for (auto& [others, panel] : panels) sweep.panels.push_back(std::move(panel));
  return sweep;
}

Figures sweep_figures(const CompareView& view, const Sweep& sweep) {
  std::vector<Scaled> scaled;
  bool any_interval = false;
  for (const SweepPanel& panel : sweep.panels) {
    Scaled& one = scaled.emplace_back();
    for (const Series& series : panel.series)
      for (const CellView* cell : series.cells) {
        if (cell == nullptr || !cell->ranked) continue;
        one.key = scale_key(cell->result->config, sweep.dimension);
        one.largest = std::max(one.largest, bar_length(*cell->result, true));
        any_interval = any_interval || cell->result->throughput_per_s.ci95;
      }
  }
  const std::string what = fmt::format("Median throughput against {}", to_string(sweep.dimension));
  Figures figures{fmt::format("Throughput against {}", to_string(sweep.dimension)), {}, {}};
  figures.notes.emplace_back(any_interval ? kHasWhiskers : "No interval: too few runs for 95 %.");
  share_scales(scaled, figures.notes);
  for (std::size_t i = 0; i < sweep.panels.size(); ++i) {
    const LineChart chart = sweep_chart(view, sweep, sweep.panels[i], scaled[i].largest);
    figures.all.push_back(figure_of(chart, sweep.panels[i].setting, what));
  }
  return figures;
}

}  // namespace banksim
