// What makes the numbers of a comparison worth less than they look.
#include "compare/stages.hpp"

#include <algorithm>
#include <map>

namespace banksim {
namespace {

constexpr double kIdleLoad = 0.5;               // of each processor: beyond it somebody else is at work
constexpr double kCpuShareOfBusyRun = 0.8;      // of the time in which the workers wanted a processor
constexpr double kShareWaitingThatBlurs = 0.1;  // waiting for locks: then processor time says nothing

// Of the processor time that the workers wanted, and nothing but other programs kept from them, how much they
// got. Nothing: they waited for locks, paused, or were more than the processors.
std::optional<double> share_of_cpu(const RunResult& run) {
  const bool saturated = run.config.threads <= run.host.logical_cpus;
  const bool pauses = run.config.think.count() > 0 || run.config.hold.yield;
  if (!saturated || pauses || run.waiting_share() > kShareWaitingThatBlurs || run.elapsed_s < kShortRun_s)
    return std::nullopt;
  const double wanted = run.elapsed_s * run.config.threads * (1 - run.waiting_share());
  return (run.used.user_s + run.used.system_s) / wanted;
}

void warn_of_threads(const Comparison& comparison, std::vector<Warning>& warnings) {
  const double most = std::ranges::max(comparison.plan.threads), cpus = comparison.host.logical_cpus;
  if (most > cpus) warnings.push_back({"oversubscribed", "", {{"most_threads", most}, {"cpus", cpus}}});
}

void warn_of_load(const Comparison& comparison, double load, std::vector<Warning>& warnings) {
  const double cpus = comparison.host.logical_cpus;
  if (load > kIdleLoad * cpus) {
    warnings.push_back({"busy_machine", "", {{"load", load}, {"cpus", cpus}}});
    return;
  }
  std::vector<double> shares;
  for (const CellResult& cell : comparison.cells)
    for (const RunResult& run : cell.runs)
      if (const auto share = share_of_cpu(run)) shares.push_back(*share);
  const double share = sample_median(shares);
  if (!shares.empty() && share < kCpuShareOfBusyRun)
    warnings.push_back({"busy_machine", "", {{"cpu_share", share}}});
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
void add_setting(const Config& config, const Conclusions& conclusions, Warning& warning) {
  for (const Dimension dimension : conclusions.varied)
    if (dimension == Dimension::threads)
      warning.numbers["threads"] = config.threads;
    else if (dimension == Dimension::accounts)
      warning.numbers["accounts"] = config.accounts;
    else if (config.hold.yield)
      warning.numbers["hold_yield"] = 1;
    else
      warning.numbers["hold_ns"] = static_cast<double>(config.hold.spin.count());
}

// Who was asked for, and cannot be compared with. A signal is warned of already. One warning for each way to fail:
// it has the number of settings under the outcome's name, and where that is 1 of several, which setting it was.
void warn_of_reference(const Comparison& comparison, std::vector<Warning>& warnings) {
  if (!comparison.plan.reference) return;
  const Conclusions& conclusions = comparison.conclusions;
  std::map<Outcome, std::vector<std::size_t>> failed;  // references
  for (const Group& group : conclusions.groups) {
    const std::size_t reference = named_reference(comparison, group);
    const Outcome outcome = comparison.cells[reference].outcome;
    if (!group.reference && outcome != Outcome::ok && outcome != Outcome::interrupted)
      failed[outcome].push_back(reference);
  }
  const auto settings = static_cast<double>(conclusions.groups.size());
  for (const auto& [outcome, cells] : failed) {
    const auto count = static_cast<double>(cells.size());
    Warning warning{
        "no_reference", *comparison.plan.reference, {{to_string(outcome), count}, {"settings", settings}}};
    if (count == 1 && settings > 1) add_setting(comparison.cells[cells.front()].config, conclusions, warning);
    warnings.push_back(std::move(warning));
  }
}

}  // namespace

std::vector<Warning> find_warnings(const Comparison& comparison, double load) {
  std::vector<Warning> warnings;
  if (!comparison.complete) warnings.push_back({"interrupted", "", {}});
  if (auto warning = build_warning(comparison.host)) warnings.push_back(std::move(*warning));
  warn_of_threads(comparison, warnings);
  warn_of_load(comparison, load, warnings);
  warn_of_runs(comparison, warnings);
  warn_of_reference(comparison, warnings);
  return warnings;
}

}  // namespace banksim
