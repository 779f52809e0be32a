#include "report/compare_view.hpp"

#include "report/chart.hpp"
#include "report/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace banksim {
namespace {

// A strategy that stands twice in a group is two cells: each but the first gets a number.
std::vector<std::string> cell_names(const Comparison& comparison) {
  std::map<std::pair<std::size_t, std::string>, int> seen;
  std::vector<std::string> names;
  names.reserve(comparison.cells.size());
  for (const CellResult& cell : comparison.cells) {
    const int nth = ++seen[{cell.group, cell.config.strategy}];
    names.push_back(nth == 1 ? cell.config.strategy : fmt::format("{} ({})", cell.config.strategy, nth));
  }
  return names;
}

// By its place in the registry, so that a strategy keeps its colour from report to report.
std::map<std::string, std::size_t> registry_slots(const std::vector<std::string>& names) {
  std::map<std::string, std::size_t> slots;
  std::size_t place = 0;
  for (const StrategyEntry& entry : strategies()) {
    const std::string name(entry.name);
    if (std::ranges::find(names, name) != names.end()) slots[name] = place % kSeriesSlots;
    ++place;
  }
  return slots;
}

std::vector<std::size_t> cell_slots(const std::vector<std::string>& names) {
  std::map<std::string, std::size_t> slots = registry_slots(names);
  std::set<std::size_t> taken;
  for (const auto& [name, slot] : slots) taken.insert(slot);
  const auto free_slot = [&taken] {
    std::size_t slot = 0;
    while (slot + 1 < kSeriesSlots && taken.contains(slot)) ++slot;
    taken.insert(slot);
    return slot;
  };
  std::vector<std::size_t> of_cells;
  for (const std::string& name : names) {
    if (!slots.contains(name)) slots[name] = free_slot();
    of_cells.push_back(slots[name]);
  }
  return of_cells;
}

std::vector<std::vector<std::size_t>> cell_groups(const Comparison& comparison) {
  std::map<std::size_t, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < comparison.cells.size(); ++i) groups[comparison.cells[i].group].push_back(i);
  std::vector<std::vector<std::size_t>> result;
  result.reserve(groups.size());
  for (auto& [group, cells] : groups) result.push_back(std::move(cells));
  return result;
}

// A number, and behind it the interval or that there is none.
std::string with_interval(const std::string& value, const std::optional<std::array<double, 2>>& interval,
                          std::string (*text)(double)) {
  if (!interval) return value + ", no interval";
  return fmt::format("{} [{}, {}]", value, text((*interval)[0]), text((*interval)[1]));
}

const char* standing_word(Standing standing) {
  switch (standing) {
    case Standing::faster:
      return "faster";
    case Standing::slower:
      return "slower";
    case Standing::no_clear_difference:
      return "no clear difference";
    case Standing::reference:
      return "reference";
    case Standing::not_ranked:
      break;
  }
  return "not ranked";
}

// The speed of a run that never ended means nothing.
bool has_speed(const CellResult& cell) {
  return !cell.runs.empty() && cell.outcome != Outcome::deadlock && cell.outcome != Outcome::stalled &&
         std::isfinite(cell.throughput_per_s.median) && cell.throughput_per_s.median > 0;
}

// What failed in the warm-up has no run that was measured, and was run all the same.
const char* outcome_word(const CellResult& cell) {
  if (cell.outcome == Outcome::interrupted) return "not run";
  return cell.outcome == Outcome::ok && cell.runs.empty() ? "not measured" : to_string(cell.outcome);
}

}  // namespace

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

std::string value_text(Dimension dimension, const Config& config) {
  if (dimension == Dimension::threads) return grouped(config.threads);
  if (dimension == Dimension::accounts) return grouped(config.accounts);
  if (config.hold.yield) return "yield";
  return config.hold.spin.count() == 0 ? "0" : duration_text(in_seconds(config.hold.spin), true);
}

std::string named_value(Dimension dimension, const Config& config) {
  switch (dimension) {
    case Dimension::threads:
      return counted(config.threads, "thread");
    case Dimension::accounts:
      return counted(config.accounts, "account");
    case Dimension::hold:
      break;
  }
  return "hold " + value_text(dimension, config);
}

CompareView::CompareView(const Comparison& compared)
    : comparison(compared),
      names(cell_names(compared)),
      slots(cell_slots(names)),
      groups(cell_groups(compared)) {
  for (const Dimension dimension : kDimensions) {
    std::set<std::uint64_t> values;
    for (const CellResult& cell : compared.cells) values.insert(value_order(dimension, cell.config));
    if (values.size() > 1) varied.push_back(dimension);
  }
}

bool CompareView::varies(Dimension dimension) const {
  return std::ranges::find(varied, dimension) != varied.end();
}

std::string CompareView::setting(const Config& config) const {
  std::vector<std::string> parts;
  for (const Dimension dimension : varied) parts.push_back(named_value(dimension, config));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string CompareView::setting_without(Dimension left_out, const Config& config) const {
  std::vector<std::string> parts;
  for (const Dimension dimension : varied)
    if (dimension != left_out) parts.push_back(named_value(dimension, config));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string CompareView::fixed() const {
  const Config& config = comparison.cells.empty() ? comparison.plan.base : comparison.cells.front().config;
  std::vector<std::string> parts;
  for (const Dimension dimension : kDimensions)
    if (!varies(dimension) && (dimension != Dimension::hold || value_order(dimension, config) > 0))
      parts.push_back(named_value(dimension, config));
  parts.push_back(config.duration ? duration_text(in_seconds(*config.duration), true) + " a run"
                                  : counted(config.transfers, "transfer") + " a run");
  if (config.access.kind != Access::Kind::uniform) parts.push_back("access " + config.access.to_string());
  if (config.think.count() > 0) parts.push_back("think " + duration_text(in_seconds(config.think), true));
  parts.push_back(fmt::format("seed {}", config.seed));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::vector<std::size_t> CompareView::ranked(const std::vector<std::size_t>& group) const {
  std::vector<std::size_t> cells;
  for (const std::size_t i : group)
    if (is_ranked(cell(i))) cells.push_back(i);
  std::ranges::stable_sort(cells, [this](std::size_t a, std::size_t b) {
    return cell(a).throughput_per_s.median > cell(b).throughput_per_s.median;
  });
  return cells;
}

std::vector<std::size_t> CompareView::unranked(const std::vector<std::size_t>& group) const {
  std::vector<std::size_t> cells;
  for (const std::size_t i : group)
    if (!is_ranked(cell(i))) cells.push_back(i);
  return cells;
}

double waiting_share(const CellResult& cell) {
  std::vector<double> shares;
  for (const RunResult& run : cell.runs) shares.push_back(run.waiting_share());
  return sample_median(std::move(shares));
}

double latency_quantile_ns(const CellResult& cell, double fraction) {
  std::vector<double> quantiles;
  for (const RunResult& run : cell.runs)
    quantiles.push_back(static_cast<double>(run.latency.quantile_ns(fraction)));
  return sample_median(std::move(quantiles));
}

bool has_latency(const CellResult& cell) {
  return has_speed(cell) &&
         std::ranges::all_of(cell.runs, [](const RunResult& run) { return run.latency.count() > 0; });
}

std::string throughput_text(const CellResult& cell) {
  if (!has_speed(cell)) return kNothing;
  const Summary& summary = cell.throughput_per_s;
  return with_interval(si_number(summary.median), summary.ci95, si_number);
}

std::string speed_or_outcome(const CellResult& cell) {
  return is_ranked(cell) ? throughput_text(cell) : outcome_word(cell);
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
  if (!relative.ci95) return text(relative.ratio);
  const auto [low, high] = *relative.ci95;
  return fmt::format("{} [{}, {}]", text(relative.ratio), text(low), text(high));
}

std::string ratio_text(const CellResult& cell) {
  const Relative& relative = cell.relative;
  if (!is_ranked(cell) || relative.standing == Standing::not_ranked) return kNothing;
  if (relative.standing == Standing::reference) return "1";
  return ratio_phrase(relative) + (relative.ci95 ? "" : ", no interval");
}

std::string standing_text(const CellResult& cell) {
  if (!is_ranked(cell)) return "not ranked";
  std::string word = standing_word(cell.relative.standing);
  if (cell.relative.runs_needed == 0) return word;
  return fmt::format("{} (if it is real, about {} would tell)", word,
                     counted(cell.relative.runs_needed, "run"));
}

std::string latency_text(const CellResult& cell, const Summary& percentile) {
  return has_latency(cell) ? duration_text(percentile.median * 1e-9, true) : kNothing;
}

std::string waiting_text(const CellResult& cell) {
  return has_speed(cell) ? fmt::format("{:.1f} %", waiting_share(cell) * 100) : kNothing;
}

std::string outcome_text(const CellResult& cell) {
  std::string text = outcome_word(cell);
  if (cell.outcome != Outcome::ok && cell.outcome != Outcome::interrupted) {
    const auto times = std::ranges::count_if(
        cell.runs, [&cell](const RunResult& run) { return run.outcome == cell.outcome; });
    text += times == 0 ? " while warming up"
                       : fmt::format(" in {} of {}", times, counted(cell.runs.size(), "run"));
  }
  return cell.as_promised ? text : text + ", not as promised";
}

const char* failed_verb(const CellResult& cell) {
  switch (cell.outcome) {
    case Outcome::violation:
      return "got the money wrong";
    case Outcome::deadlock:
      return "deadlocked";
    case Outcome::stalled:
      return "stalled";
    case Outcome::timeout:
      return "ran out of time";
    case Outcome::interrupted:
      return "was not run";
    case Outcome::ok:
      break;
  }
  return cell.runs.empty() ? "was not measured" : "has no speed to show";
}

std::uint32_t most_rounds(const Comparison& comparison) {
  std::size_t rounds = 0;
  for (const CellResult& cell : comparison.cells) rounds = std::max(rounds, cell.runs.size());
  return static_cast<std::uint32_t>(rounds);
}

}  // namespace banksim
