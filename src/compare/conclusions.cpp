// What follows from a comparison: who leads, where the ranking flips, what the time went to, whether the gate
// held, and what makes the numbers worth less than they look.
#include "compare/compare.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

namespace banksim {
namespace {

using Cells = std::vector<CellResult>;

constexpr double kShortRun_s = 0.010;  // about three time slices of the scheduler

// A strategy that stands twice in a group is two cells: each but the first gets a number.
std::vector<std::string> names_of(const Cells& cells) {
  std::map<std::pair<std::size_t, std::string>, int> seen;
  std::vector<std::string> names;
  for (const CellResult& cell : cells) {
    const int nth = ++seen[{cell.group, cell.config.strategy}];
    names.push_back(cell.config.strategy + (nth == 1 ? "" : " (" + std::to_string(nth) + ')'));
  }
  return names;
}

std::vector<Dimension> varied_by(const Cells& cells) {
  std::vector<Dimension> varied;
  for (const Dimension dimension : kDimensions) {
    const auto value = [=](const CellResult& cell) { return value_order(dimension, cell.config); };
    if (std::ranges::count(cells, value(cells.front()), value) < std::ssize(cells))
      varied.push_back(dimension);
  }
  return varied;
}

// ---- Who leads.

// Of `a` to `b`, as the rows say it where one of the two is their reference.
Relative between(const CellResult& a, const CellResult& b) {
  if (b.relative.standing == Standing::reference) return a.relative;
  if (a.relative.standing == Standing::reference) return inverse(b.relative);
  return relate_cells(a, b);
}

Speed speed_of(const CellResult& cell, const CellResult* reference) {
  const Summary& own = cell.throughput_per_s;
  const auto& [ratio, ci95, standing, runs_needed] = cell.relative;
  if (reference == nullptr || !ci95) return {own.median, own.ci95};
  const double usual = reference->throughput_per_s.median;
  return {usual * ratio, Interval{usual * (*ci95)[0], usual * (*ci95)[1]}};
}

void rank(const Cells& cells, Conclusions& conclusions, Group& group) {
  for (const std::size_t i : group.cells)
    if (cells[i].relative.standing == Standing::reference) group.reference = i;
  for (const std::size_t i : group.cells) {
    conclusions.speeds.push_back(speed_of(cells[i], group.reference ? &cells[*group.reference] : nullptr));
    (is_ranked(cells[i]) ? group.ranked : group.unranked).push_back(i);
  }
  if (group.ranked.empty()) return;
  std::ranges::stable_sort(group.ranked, std::greater{},
                           [&](std::size_t i) { return conclusions.speeds[i].per_s; });
  std::vector<std::size_t> candidates;
  std::ranges::copy_if(group.ranked, std::back_inserter(candidates),
                       [&cells](std::size_t i) { return is_candidate(cells[i]); });
  if (candidates.empty()) candidates = group.ranked;  // where nothing is safe, there is nobody else to lead
  const std::size_t top = candidates.front();
  group.unsafe_was_faster = top != group.ranked.front();
  for (const std::size_t i : candidates)
    if (const Relative lead = between(cells[top], cells[i]); i != top && lead.standing == Standing::faster)
      group.leads.push_back({i, lead});
    else
      group.leaders.push_back(i);
  group.too_few_runs = group.leaders.size() > 1 && !cells[top].throughput_per_s.ci95;
}

// ---- Where the ranking flips.

// Follows the strategy at place `a` against that at `b`, group by group; what is not clear changes nothing.
void follow(const std::map<std::uint64_t, std::size_t>& line, std::size_t a, std::size_t b,
            Dimension dimension, const Cells& cells, Conclusions& conclusions) {
  Standing before = Standing::no_clear_difference;
  for (const auto& [value, group] : line) {
    std::size_t winner = conclusions.groups[group].cells[a], loser = conclusions.groups[group].cells[b];
    if (!is_candidate(cells[winner]) || !is_candidate(cells[loser])) continue;
    const Standing now = between(cells[winner], cells[loser]).standing;
    if (now != Standing::faster && now != Standing::slower) continue;
    if (now == Standing::slower) std::swap(winner, loser);
    if (before != Standing::no_clear_difference && now != before)
      conclusions.flips.push_back({dimension, group, winner, loser});
    before = now;
  }
}

// Along straight lines through the sweep: the groups that differ in this dimension alone, by its ascending
// values. Of two groups that differ in nothing the first stands for both.
void find_flips(Dimension dimension, const Cells& cells, Conclusions& conclusions) {
  std::map<std::vector<std::uint64_t>, std::map<std::uint64_t, std::size_t>> lines;
  for (const CellResult& cell : cells) {
    std::vector<std::uint64_t> others;
    for (const Dimension other : kDimensions)
      if (other != dimension) others.push_back(value_order(other, cell.config));
    lines[others].emplace(value_order(dimension, cell.config), cell.group);
  }
  const std::size_t strategies = conclusions.groups.front().cells.size();
  for (const auto& [others, line] : lines)
    for (std::size_t a = 0; a < strategies; ++a)
      for (std::size_t b = a + 1; b < strategies; ++b) follow(line, a, b, dimension, cells, conclusions);
}

// ---- What the time went to.

// Nothing of a short one, in which whoever was started first has done most, and what threads waited is chance as well:
// each must have had some turns on a CPU.
std::optional<TimeSpent> time_spent_of(const CellResult& cell, std::size_t place) {
  constexpr double kNoteworthyFairness = 0.9;
  constexpr double kFewTurns_s = 0.060;  // of CPU time for each thread: about twenty turns
  const double fairness =
      median_over_runs(cell, [](const RunResult& run) { return run.fairness.jain_index; });
  const double turns_s = median_over_runs(cell, &RunResult::elapsed_s) * cell.runs.front().host.logical_cpus /
                         cell.config.threads;
  if (turns_s < kFewTurns_s) return {};
  TimeSpent spent{place, median_over_runs(cell, &RunResult::waiting_share), {}};
  if (fairness < kNoteworthyFairness) spent.fairness = fairness;
  return spent;
}

// ---- Rounds that are off.

// By more than half, and by far more than most rounds of the cell are: where all are scattered none is named.
void find_outliers(const CellResult& cell, std::size_t place, std::vector<Outlier>& outliers) {
  constexpr std::size_t kFewestRounds = 5;
  constexpr double kFar = 1.5;       // times faster or slower than the median
  constexpr double kDeviations = 7;  // medians of the rounds' distances from the median
  std::vector<double> distances;
  const double median = cell.throughput_per_s.median;
  const auto distance = [median](const RunResult& run) {
    return std::abs(std::log(run.throughput_per_s() / median));
  };
  for (const RunResult& run : cell.runs)
    if (is_measured(run)) distances.push_back(distance(run));
  if (distances.size() < kFewestRounds) return;
  const double bound = std::max(std::log(kFar), kDeviations * sample_median(distances));
  for (std::size_t round = 0; round < cell.runs.size(); ++round)
    if (const RunResult& run = cell.runs[round]; is_measured(run) && distance(run) > bound)
      outliers.push_back({place, round, run.throughput_per_s() / median});
}

// ---- The gate.

GateRow judge_row(const Comparison& comparison, const Group& group, std::size_t place, double bound) {
  const CellResult& cell = comparison.cells[place];
  GateRow row;
  row.cell = place;
  row.reference_failed = !group.reference;
  row.cell_failed = !is_ranked(cell);
  if (row.reference_failed || row.cell_failed) return row;
  row.relative = cell.relative;
  if (!row.relative.ci95) return row;
  const auto [low, high] = *row.relative.ci95;
  row.finding = low > bound ? GateFinding::held : high < bound ? GateFinding::slower : GateFinding::undecided;
  const std::size_t pairs = std::min(cell.runs.size(), comparison.cells[*group.reference].runs.size());
  if (row.finding == GateFinding::undecided) row.runs_needed = runs_needed(row.relative, pairs, bound);
  return row;
}

std::optional<Gate> judge(const Comparison& comparison, const std::vector<Group>& groups) {
  if (!comparison.plan.max_slowdown_percent || !comparison.complete) return std::nullopt;
  Gate gate;
  gate.bound = 1 - *comparison.plan.max_slowdown_percent / 100;
  for (std::size_t group = 0; group < groups.size(); ++group)
    for (const std::size_t i : groups[group].cells)
      if (i != named_reference(comparison, group))
        gate.rows.push_back(judge_row(comparison, groups[group], i, gate.bound));
  const auto any = [&gate](GateFinding finding) {
    return std::ranges::count(gate.rows, finding, &GateRow::finding) > 0;
  };
  if (std::ranges::any_of(gate.rows, [](const GateRow& row) { return row.relative.ci95.has_value(); }))
    for (const GateFinding worse : {GateFinding::held, GateFinding::undecided, GateFinding::slower})
      if (any(worse)) gate.verdict = worse;
  return gate;
}

// ---- Warnings.

// Of the processor time that the workers wanted, and nothing but other programs kept from them, how much they
// got. Nothing: they waited for locks, paused, or were more than the processors.
std::optional<double> share_of_cpu(const RunResult& run) {
  constexpr double kShareWaitingThatBlurs = 0.1;  // beyond it processor time says nothing
  const bool saturated = run.config.threads <= run.host.logical_cpus;
  const bool pauses = run.config.think.count() > 0 || run.config.hold.yield;
  if (!saturated || pauses || run.waiting_share() > kShareWaitingThatBlurs || run.elapsed_s < kShortRun_s)
    return std::nullopt;
  const double wanted = run.elapsed_s * run.config.threads * (1 - run.waiting_share());
  return (run.used.user_s + run.used.system_s) / wanted;
}

// All runs' together, where it is worth a word.
std::optional<Warning> throttled_warning(const Comparison& comparison) {
  constexpr double kFew = 0.05;  // of the periods
  Warning warning{"throttled", "", {}};
  double &quota = warning.numbers["quota_cpus"], &periods = warning.numbers["periods"],
         &throttled = warning.numbers["throttled_periods"];
  for (const CellResult& cell : comparison.cells)
    for (const RunResult& run : cell.runs) {
      quota = std::max(quota, run.machine.quota_cpus);
      periods += static_cast<double>(run.machine.throttling.periods);
      throttled += static_cast<double>(run.machine.throttling.throttled_periods);
    }
  if (throttled <= kFew * periods) return std::nullopt;
  return warning;
}

void warn_of_machine(const Comparison& comparison, double load, std::vector<Warning>& warnings) {
  constexpr double kIdleLoad = 0.5;           // of each processor: beyond it somebody else is at work
  constexpr double kCpuShareOfBusyRun = 0.8;  // of the time in which the workers wanted a processor
  const double most = std::ranges::max(comparison.plan.threads), cpus = comparison.host.logical_cpus;
  if (most > cpus) warnings.push_back({"oversubscribed", "", {{"most_threads", most}, {"cpus", cpus}}});
  std::vector<double> shares;
  for (const CellResult& cell : comparison.cells)
    for (const RunResult& run : cell.runs)
      if (const auto share = share_of_cpu(run)) shares.push_back(*share);
  const double share = sample_median(shares);
  if (load > kIdleLoad * cpus)
    warnings.push_back({"busy_machine", "", {{"load", load}, {"cpus", cpus}}});
  else if (auto throttled = throttled_warning(comparison))
    warnings.push_back(std::move(*throttled));
  else if (!shares.empty() && share < kCpuShareOfBusyRun)
    warnings.push_back({"busy_machine", "", {{"cpu_share", share}}});
}

// Of each strategy, over its measured runs.
void warn_of_prints(const Comparison& comparison, std::vector<Warning>& warnings) {
  std::map<std::string, Warning> by_strategy;
  for (const CellResult& cell : comparison.cells)
    for (const RunResult& run : cell.runs)
      for (const Warning& warning : run.warnings)
        if (const std::string& name = cell.config.strategy; warning.code == "strategy_printed") {
          Warning& sum = by_strategy.try_emplace(name, Warning{warning.code, name, {}}).first->second;
          sum.numbers["bytes"] += warning.numbers.at("bytes");
          sum.numbers["shown"] = warning.numbers.at("shown");  // of each run
        }
  for (auto& [name, warning] : by_strategy) warnings.push_back(std::move(warning));
}

void warn_of_runs(const Comparison& comparison, std::vector<Warning>& warnings) {
  std::uint32_t fewest = comparison.plan.runs;
  std::vector<double> times;
  for (const CellResult& cell : comparison.cells) {
    if (cell.outcome == Outcome::ok) fewest = std::max(1U, cell.runs_measured);
    for (const RunResult& run : cell.runs)
      if (is_measured(run)) times.push_back(run.elapsed_s);
  }
  if (fewest < kFewestRunsForInterval && comparison.complete)
    warnings.push_back({"few_runs", "", {{"runs", fewest}, {"runs_needed", kFewestRunsForInterval}}});
  if (const double time_s = sample_median(times); !times.empty() && time_s < kShortRun_s)
    warnings.push_back({"short_runs", "", {{"run_s", time_s}}});
}

// The values of what the plan varies, by the names that the JSON of a run gives them.
void add_setting(const Config& config, const Comparison& comparison, Warning& warning) {
  for (const Dimension dimension : comparison.conclusions.varied)
    if (dimension == Dimension::threads)
      warning.numbers["threads"] = config.threads;
    else if (dimension == Dimension::accounts)
      warning.numbers["accounts"] = config.accounts;
    else if (dimension == Dimension::mutex)
      warning.numbers["mutex"] = static_cast<double>(config.mutex);
    else if (config.hold.yield)
      warning.numbers["hold_yield"] = 1;
    else
      warning.numbers["hold_ns"] = static_cast<double>(config.hold.spin.count());
}

// Who was asked for, and cannot be compared with. A signal is warned of already. One warning for each way to
// fail: it has the number of settings under the outcome's name, and where that is 1 of several, which it was.
void warn_of_reference(const Comparison& comparison, std::vector<Warning>& warnings) {
  if (!comparison.plan.reference) return;
  const std::vector<Group>& groups = comparison.conclusions.groups;
  for (const Outcome outcome : {Outcome::violation, Outcome::deadlock, Outcome::stalled, Outcome::timeout,
                                Outcome::crashed, Outcome::failed}) {
    std::vector<const Config*> failed;
    for (std::size_t group = 0; group < groups.size(); ++group) {
      const CellResult& reference = comparison.cells[named_reference(comparison, group)];
      if (!groups[group].reference && reference.outcome == outcome) failed.push_back(&reference.config);
    }
    if (failed.empty()) continue;
    const auto count = static_cast<double>(failed.size()), settings = static_cast<double>(groups.size());
    warnings.push_back(
        {"no_reference", *comparison.plan.reference, {{to_string(outcome), count}, {"settings", settings}}});
    if (count == 1 && settings > 1) add_setting(*failed.front(), comparison, warnings.back());
  }
}

}  // namespace

std::uint64_t value_order(Dimension dimension, const Config& config) {
  if (dimension == Dimension::threads) return config.threads;
  if (dimension == Dimension::accounts) return config.accounts;
  if (dimension == Dimension::mutex) return static_cast<std::uint64_t>(config.mutex);
  return config.hold.yield ? std::numeric_limits<std::uint64_t>::max()
                           : static_cast<std::uint64_t>(config.hold.spin.count());
}

Conclusions conclude(const Comparison& comparison) {
  const Cells& cells = comparison.cells;
  Conclusions conclusions;
  if (cells.empty()) return conclusions;
  conclusions.names = names_of(cells);
  conclusions.varied = varied_by(cells);
  conclusions.groups.resize(cells.back().group + 1);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    conclusions.groups[cells[i].group].cells.push_back(i);
    if (!cells[i].as_promised) conclusions.broken_promises.push_back(i);
  }
  for (Group& group : conclusions.groups) rank(cells, conclusions, group);
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (is_ranked(cells[i])) find_outliers(cells[i], i, conclusions.outliers);
  std::ranges::stable_sort(conclusions.outliers, std::greater{},
                           [](const Outlier& outlier) { return std::abs(std::log(outlier.factor)); });
  for (const Dimension dimension :
       {Dimension::threads, Dimension::hold, Dimension::accounts, Dimension::mutex})
    find_flips(dimension, cells, conclusions);
  // Where there was the most to wait for: most threads, longest hold, fewest accounts.
  const auto contention = [](const CellResult& cell) {
    return std::tuple(cell.config.threads, value_order(Dimension::hold, cell.config),
                      -std::int64_t{cell.config.accounts});
  };
  conclusions.most_contended = std::ranges::max_element(cells, {}, contention)->group;
  for (const std::size_t i : conclusions.groups[conclusions.most_contended].cells)
    if (cells[i].outcome == Outcome::ok && cells[i].runs_measured > 0 && cells[i].config.threads > 1) {
      if (const auto spent = time_spent_of(cells[i], i)) conclusions.time_spent.push_back(*spent);
    }
  conclusions.gate = judge(comparison, conclusions.groups);
  return conclusions;
}

std::vector<Warning> find_warnings(const Comparison& comparison, double load) {
  std::vector<Warning> warnings;
  if (!comparison.complete) warnings.push_back({"interrupted", "", {}});
  if (auto warning = build_warning(comparison.host)) warnings.push_back(std::move(*warning));
  if (const double runs = comparison.runs_repeated; runs > 0)
    warnings.push_back({"paused", "", {{"runs", runs}}});
  warn_of_machine(comparison, load, warnings);
  warn_of_runs(comparison, warnings);
  warn_of_reference(comparison, warnings);
  warn_of_prints(comparison, warnings);
  return warnings;
}

}  // namespace banksim
