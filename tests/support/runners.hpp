// Comparisons over a runner that does what the test says: no thread is started, nothing is timed.
#pragma once

#include "compare/compare.hpp"
#include "results.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace banksim {

using FakeRunner = std::function<RunResult(const Config&)>;

inline RunResult run_at(const Config& config, double throughput_per_s, Outcome outcome = Outcome::ok) {
  RunResult run = ok_run();
  run.config = config;
  run.outcome = outcome;
  run.elapsed_s = static_cast<double>(run.transfers.done + run.transfers.declined) / throughput_per_s;
  if (outcome == Outcome::deadlock) run.deadlock = opposite_transfers().deadlock;
  return run;
}

inline ComparePlan plan_of(std::vector<std::string> strategies, std::vector<std::uint32_t> threads = {2}) {
  ComparePlan plan;
  plan.strategies = std::move(strategies);
  plan.threads = std::move(threads);
  plan.accounts = {1000};
  plan.holds = {Hold{}};
  return plan;
}

inline Comparison compare_with(const ComparePlan& plan, const FakeRunner& run) {
  RunControl control;
  return compare(plan, control, {}, [&run](const Config& config, RunControl&) { return run(config); });
}

// As fast as the test says, with a little noise that differs from round to round.
template <class Speed>
FakeRunner speeds_by(Speed speed) {
  return [speed, count = 0](const Config& config) mutable {
    return run_at(config, speed(config) * (1 + 0.001 * (++count % 7)));
  };
}

inline FakeRunner speeds(std::map<std::string, double> speed) {
  return speeds_by([speed = std::move(speed)](const Config& config) { return speed.at(config.strategy); });
}

// One strategy gets this outcome, always, and the others are fine.
inline FakeRunner failing(std::string_view strategy, Outcome outcome, std::uint32_t fewest_threads = 0) {
  return [=](const Config& config) {
    const bool fails = config.strategy == strategy && config.threads >= fewest_threads;
    return run_at(config, 1e7, fails ? outcome : Outcome::ok);
  };
}

inline FakeRunner all_alike() { return failing("nobody", Outcome::ok); }

inline const CellResult& cell_of(const Comparison& comparison, std::string_view strategy,
                                 std::uint32_t threads = 2) {
  return *std::ranges::find_if(comparison.cells, [&](const CellResult& cell) {
    return cell.config.strategy == strategy && cell.config.threads == threads;
  });
}

}  // namespace banksim
