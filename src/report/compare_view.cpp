#include "report/compare_view.hpp"

#include "registry.hpp"
#include "report/chart.hpp"
#include "report/compare.hpp"
#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace banksim {
namespace {

// A strategy keeps its colour from report to report: by its place in the registry, and who is not there takes what
// is free.
std::vector<std::size_t> slots_of(const std::vector<std::string>& names) {
  std::map<std::string, std::size_t> slots;
  std::set<std::size_t> taken;
  for (std::size_t place = 0; place < strategies().size(); ++place) {
    const std::string name(strategies()[place].name);
    if (std::ranges::find(names, name) == names.end()) continue;
    slots[name] = place % kSeriesSlots;
    taken.insert(place % kSeriesSlots);
  }
  std::vector<std::size_t> of_cells;
  for (const std::string& name : names) {
    if (!slots.contains(name)) {
      std::size_t slot = 0;
      while (slot + 1 < kSeriesSlots && taken.contains(slot)) ++slot;
      taken.insert(slot);
      slots[name] = slot;
    }
    of_cells.push_back(slots[name]);
  }
  return of_cells;
}

// A number, and behind it the interval or that there is none.
template <class Text>
std::string with_interval(double value, const std::optional<Interval>& interval, Text text) {
  if (!interval) return text(value) + ", no interval";
  return fmt::format("{} [{}, {}]", text(value), text((*interval)[0]), text((*interval)[1]));
}

// The speed of a run that never ended means nothing.
bool has_speed(const CellResult& cell) {
  return !cell.runs.empty() && cell.outcome != Outcome::deadlock && cell.outcome != Outcome::stalled &&
         std::isfinite(cell.throughput_per_s.median) && cell.throughput_per_s.median > 0;
}

std::string standing_text(const Relative& relative) {
  const std::string word = standing_word(relative.standing);
  if (relative.runs_needed == 0) return word;
  return fmt::format("{} (if it is real, about {} would tell)", word, counted(relative.runs_needed, "run"));
}

// What failed in the warm-up has no run that was measured, and was run all the same.
const char* outcome_word(const CellResult& cell) {
  if (cell.outcome == Outcome::interrupted) return "not run";
  return cell.outcome == Outcome::ok && cell.runs.empty() ? "not measured" : to_string(cell.outcome);
}

std::string outcome_text(const CellResult& cell) {
  std::string text = outcome_word(cell);
  if (cell.outcome != Outcome::ok && cell.outcome != Outcome::interrupted) {
    const auto times = std::ranges::count(cell.runs, cell.outcome, &RunResult::outcome);
    text += times == 0 ? " while warming up"
                       : fmt::format(" in {} of {}", times, counted(cell.runs.size(), "run"));
  }
  return cell.as_promised ? text : text + ", not as promised";
}

std::string gate_text(const Conclusions& conclusions, std::size_t cell) {
  if (!conclusions.gate) return "";
  const auto row = std::ranges::find(conclusions.gate->rows, cell, &GateRow::cell);
  if (row == conclusions.gate->rows.end()) return "";
  switch (row->finding) {
    case GateFinding::held:
      return "held";
    case GateFinding::slower:
      return "too slow";
    case GateFinding::undecided:
      break;
  }
  return "cannot tell";
}

CellView view_of(const CellResult& cell, bool unicode) {
  CellView view;
  view.result = &cell;
  view.ranked = is_ranked(cell);
  view.throughput = has_speed(cell)
                        ? with_interval(cell.throughput_per_s.median, cell.throughput_per_s.ci95, si_number)
                        : kNothing;
  view.speed_or_outcome = view.ranked ? view.throughput : outcome_word(cell);
  const Relative& relative = cell.relative;
  view.ratio = !view.ranked || relative.standing == Standing::not_ranked ? kNothing
               : relative.standing == Standing::reference                ? "1"
                                                                         : ratio_phrase(relative);
  if (view.ratio != kNothing && view.ratio != "1" && !relative.ci95) view.ratio += ", no interval";
  view.standing = view.ranked ? standing_text(relative) : "not ranked";
  const auto latency = [&](const Summary& percentile) {
    return has_latency(cell) ? duration_text(percentile.median * 1e-9, unicode) : kNothing;
  };
  view.p50 = latency(cell.p50_ns);
  view.p90 = latency(cell.p90_ns);
  view.p95 = latency(cell.p95_ns);
  view.p99 = latency(cell.p99_ns);
  view.p99_9 = latency(cell.p99_9_ns);
  const double waiting = median_over_runs(cell, [](const RunResult& run) { return run.waiting_share(); });
  view.waiting = has_speed(cell) ? fmt::format("{:.1f} %", waiting * 100) : kNothing;
  view.outcome = outcome_text(cell);
  return view;
}

std::string interrupted_sentence(const Comparison& comparison) {
  if (comparison.complete) return "";
  std::size_t runs = 0;
  for (const CellResult& cell : comparison.cells) runs += cell.runs.size();
  // Where time decides, nobody knows how many there were to be.
  const std::string of_all = comparison.plan.min_time.count() > 0
                                 ? ""
                                 : " of " + grouped(comparison.cells.size() * comparison.plan.runs);
  const std::string by = comparison.signal == 0 ? "" : ' ' + signal_text(comparison.signal);
  return fmt::format("Interrupted{} after {}{} measured runs: this is what there was.", by, grouped(runs),
                     of_all);
}

bool says_something(Dimension dimension, const Config& config) {
  return dimension != Dimension::hold || value_order(dimension, config) > 0;
}

}  // namespace

CompareView::CompareView(const Comparison& compared, bool with_unicode)
    : comparison(compared),
      conclusions(compared.conclusions),
      unicode(with_unicode),
      interrupted(interrupted_sentence(compared)) {
  const std::vector<std::size_t> slots = slots_of(conclusions.names);
  for (std::size_t i = 0; i < compared.cells.size(); ++i) {
    CellView& cell = cells.emplace_back(view_of(compared.cells[i], unicode));
    cell.name = conclusions.names[i];
    cell.slot = slots[i];
    cell.gate = gate_text(conclusions, i);
  }
  verdict = verdict_of(*this);
  findings = findings_of(*this);
  failures = failures_of(*this);
  for (const Warning& warning : compared.warnings) warnings.push_back(warning_text(warning));
}

std::vector<std::size_t> CompareView::in_order(const Group& group) const {
  std::vector<std::size_t> order = group.ranked;
  order.insert(order.end(), group.unranked.begin(), group.unranked.end());
  return order;
}

std::string CompareView::value_text(Dimension dimension, const Config& config) const {
  if (dimension == Dimension::threads) return grouped(config.threads);
  if (dimension == Dimension::accounts) return grouped(config.accounts);
  if (config.hold.yield) return "yield";
  return config.hold.spin.count() == 0 ? "0" : duration_text(config.hold.spin, unicode);
}

std::string CompareView::named_value(Dimension dimension, const Config& config) const {
  if (dimension == Dimension::threads) return counted(config.threads, "thread");
  if (dimension == Dimension::accounts) return counted(config.accounts, "account");
  return "hold " + value_text(dimension, config);
}

std::string CompareView::setting(const Config& config, std::optional<Dimension> without) const {
  std::vector<std::string> parts;
  for (const Dimension dimension : conclusions.varied)
    if (dimension != without) parts.push_back(named_value(dimension, config));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string CompareView::whole_setting(const Config& config) const {
  std::vector<std::string> parts;
  for (const Dimension dimension : kDimensions) {
    const bool varies = std::ranges::find(conclusions.varied, dimension) != conclusions.varied.end();
    if (varies || says_something(dimension, config)) parts.push_back(named_value(dimension, config));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string CompareView::work() const {
  const Config& config = comparison.plan.base;
  std::string text =
      (config.duration ? duration_text(*config.duration, unicode) : counted(config.transfers, "transfer")) +
      " a run";
  if (config.access.kind != Access::Kind::uniform) text += ", access " + config.access.to_string();
  if (config.think.count() > 0) text += ", think " + duration_text(config.think, unicode);
  return text + fmt::format(", seed {}", config.seed);
}

std::string CompareView::fixed() const {
  const Config& config = comparison.cells.empty() ? comparison.plan.base : comparison.cells.front().config;
  std::string text;
  for (const Dimension dimension : kDimensions) {
    const bool varies = std::ranges::find(conclusions.varied, dimension) != conclusions.varied.end();
    if (!varies && says_something(dimension, config)) text += named_value(dimension, config) + ", ";
  }
  return text + work();
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
  Sweep sweep{dimension, {}, {}, {}};
  for (const auto& [order, config] : values) {
    sweep.values.push_back(view.value_text(dimension, *config));
    sweep.headings.push_back(view.named_value(dimension, *config));
  }
  for (auto& [others, panel] : panels) sweep.panels.push_back(std::move(panel));
  return sweep;
}

const char* standing_word(Standing standing) {
  switch (standing) {
    case Standing::reference:
      return "reference";
    case Standing::faster:
      return "faster";
    case Standing::slower:
      return "slower";
    case Standing::no_clear_difference:
      return "no clear difference";
    case Standing::not_ranked:
      break;
  }
  return "not ranked";
}

const char* to_string(Dimension dimension) {
  switch (dimension) {
    case Dimension::threads:
      return "threads";
    case Dimension::accounts:
      return "accounts";
    case Dimension::hold:
      break;
  }
  return "hold";
}

double latency_quantile_ns(const CellResult& cell, double fraction) {
  return median_over_runs(cell, [fraction](const RunResult& run) {
    return static_cast<double>(run.latency.quantile_ns(fraction));
  });
}

bool has_latency(const CellResult& cell) {
  return has_speed(cell) &&
         std::ranges::all_of(cell.runs, [](const RunResult& run) { return run.latency.count() > 0; });
}

double bar_length(const CellResult& cell, bool with_interval) {
  const Summary& speed = cell.throughput_per_s;
  return with_interval && speed.ci95 ? std::max(speed.median, (*speed.ci95)[1]) : speed.median;
}

double bars_end(const CompareView& view, const std::vector<std::size_t>& cells, bool with_interval) {
  constexpr double kFarLonger = 2;
  constexpr double kCutAt = 1.25;
  double safe = 0;
  double any = 0;
  for (const std::size_t i : cells) {
    if (!view.cells[i].ranked) continue;
    const double length = bar_length(view.cell(i), with_interval);
    any = std::max(any, length);
    if (claims_safety(view.cell(i).config.strategy)) safe = std::max(safe, length);
  }
  return safe > 0 && any > kFarLonger * safe ? kCutAt * safe : any;
}

std::string unlike_one(double value, const std::string& usual, const Relative& relative) {
  const bool differs = relative.standing == Standing::faster || relative.standing == Standing::slower;
  if (!differs || (usual != "1" && usual != "1.00")) return usual;
  for (const int decimals : {3, 4}) {
    std::string text = fmt::format("{:.{}f}", value, decimals);
    if (text != "1.000" && text != "1.0000") return text;
  }
  return value < 1 ? "0.9999" : "1.0001";
}

std::string ratio_phrase(const Relative& relative) {
  const auto text = [&relative](double value) { return unlike_one(value, si_number(value), relative); };
  return relative.ci95 ? with_interval(relative.ratio, relative.ci95, text) : text(relative.ratio);
}

std::uint32_t most_rounds(const Comparison& comparison) {
  std::size_t rounds = 0;
  for (const CellResult& cell : comparison.cells) rounds = std::max(rounds, cell.runs.size());
  return static_cast<std::uint32_t>(rounds);
}

std::string rounds_sentence(const Comparison& comparison) {
  const std::uint32_t rounds = most_rounds(comparison);
  std::string text = counted(rounds, "measured round");
  if (comparison.plan.warmup > 0)
    text += fmt::format(" after {} to warm up", grouped(comparison.plan.warmup));
  text +=
      rounds < 2 ? ", in a random order" : ", in random orders, every second one the one before it backwards";
  return fmt::format("{}; {} in all, {} of it in the runs.", text, duration_text(comparison.elapsed_s, true),
                     duration_text(comparison.running_s, true));
}

std::string host_text(const Host& host) {
  std::vector<std::string> parts{fmt::format("{} {} {}", host.os, host.kernel, host.arch), host.cpu_model,
                                 counted(host.logical_cpus, "CPU"), host.compiler};
  if (!host.build_type.empty()) parts.push_back(host.build_type + " build");
  if (!host.sanitizers.empty())
    parts.push_back(fmt::format("sanitizers {}", fmt::join(host.sanitizers, ", ")));
  std::erase(parts, "");
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string verdict_sentence(const Comparison& comparison) { return CompareView(comparison).verdict; }
std::vector<std::string> finding_sentences(const Comparison& comparison) {
  return CompareView(comparison).findings;
}
std::vector<std::string> failure_sentences(const Comparison& comparison) {
  return CompareView(comparison).failures;
}

}  // namespace banksim
