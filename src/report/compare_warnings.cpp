// What makes the numbers of a comparison worth less than they look.
#include "compare/statistics.hpp"
#include "report/compare_parts.hpp"
#include "report/compare_view.hpp"
#include "report/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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

void warn_of_build(const Comparison& comparison, std::vector<Warning>& warnings) {
  const Host& host = comparison.host;
  if (!host.sanitizers.empty())
    warnings.push_back({"sanitizer_build", "sanitizer build: the timings mean nothing"});
  else if (host.build_type != "Release" && host.build_type != "RelWithDebInfo")
    warnings.push_back({"unoptimised_build", "unoptimised build: the timings mean nothing"});
}

void warn_of_threads(const Comparison& comparison, std::vector<Warning>& warnings) {
  const std::uint32_t most = std::ranges::max(comparison.plan.threads);
  const unsigned cpus = comparison.host.logical_cpus;
  if (most <= cpus) return;
  warnings.push_back({"oversubscribed", fmt::format("up to {} on {}: latency includes waiting for a CPU",
                                                    counted(most, "thread"), counted(cpus, "CPU"))});
}

void warn_of_load(const Comparison& comparison, double load, std::vector<Warning>& warnings) {
  const unsigned cpus = comparison.host.logical_cpus;
  if (load > kIdleLoad * cpus) {
    warnings.push_back(
        {"busy_machine", fmt::format("busy machine: load average {:.1f} on {} before the first run", load,
                                     counted(cpus, "CPU"))});
    return;
  }
  std::vector<double> shares;
  for (const CellResult& cell : comparison.cells)
    for (const RunResult& run : cell.runs)
      if (const auto share = share_of_cpu(run)) shares.push_back(*share);
  const double share = sample_median(shares);
  if (!shares.empty() && share < kCpuShareOfBusyRun)
    warnings.push_back(
        {"busy_machine",
         fmt::format("busy machine: the runs got {:.0f} % of the processor time that they wanted",
                     100 * share)});
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
    warnings.push_back(
        {"few_runs", fmt::format("{} of each: too few for a 95 % interval of a median; -r {} or more",
                                 counted(fewest, "run"), kFewestRunsForInterval)});
  if (!times.empty() && sample_median(times) < kShortRun_s)
    warnings.push_back(
        {"short_runs", fmt::format("runs of {}: starting threads is part of that; raise --transfers",
                                   duration_text(sample_median(times)))});
}

// "", " at 2 threads", " in 3 of 4 settings".
std::string where_text(const std::vector<std::string>& settings, std::size_t of_all) {
  if (of_all == 1) return "";
  if (settings.size() == of_all) return fmt::format(" in all {} settings", of_all);
  if (settings.size() == 1) return " at " + settings.front();
  return fmt::format(" in {} of {} settings", settings.size(), of_all);
}

// Who was asked for, and cannot be compared with. A signal is warned of already.
void warn_of_reference(const Comparison& comparison, std::vector<Warning>& warnings) {
  const ComparePlan& plan = comparison.plan;
  if (!plan.reference) return;
  std::map<std::string, std::vector<std::string>> settings;  // by how it failed
  const CompareView view(comparison);
  for (const auto& group : view.groups) {
    const auto is_found = [&view](std::size_t i) {
      return view.cell(i).relative.standing == Standing::reference;
    };
    const auto is_failed = [&view, &plan](std::size_t i) {
      const CellResult& cell = view.cell(i);
      return cell.config.strategy == *plan.reference && cell.outcome != Outcome::ok &&
             cell.outcome != Outcome::interrupted;
    };
    const auto failed = std::ranges::find_if(group, is_failed);
    if (failed == group.end() || std::ranges::any_of(group, is_found)) continue;
    settings[failed_verb(view.cell(*failed))].push_back(condition_text(plan, view.cell(*failed).config));
  }
  for (const auto& [verb, where] : settings)
    warnings.push_back(
        {"no_reference", fmt::format("the reference {} {}{}: nothing to compare with{}", *plan.reference,
                                     verb, where_text(where, view.groups.size()),
                                     where.size() < view.groups.size() ? " there" : "")});
}

}  // namespace

std::vector<Warning> find_warnings(const Comparison& comparison, double load) {
  std::vector<Warning> warnings;
  if (!comparison.complete) warnings.push_back({"interrupted", "interrupted: this is what there was"});
  warn_of_build(comparison, warnings);
  warn_of_threads(comparison, warnings);
  warn_of_load(comparison, load, warnings);
  warn_of_runs(comparison, warnings);
  warn_of_reference(comparison, warnings);
  if (!comparison.plan.random_order)
    warnings.push_back(
        {"sequential_order", "sequential order: who comes first in a round may profit from it"});
  return warnings;
}

}  // namespace banksim
