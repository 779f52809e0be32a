// Hand-made comparisons, as compare() would return them on a machine with two processors.
#pragma once

#include "compare/compare.hpp"
#include "results.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace banksim {

// What a strategy does in a setting: the middle of its runs.
struct Measured {
  std::string strategy;
  std::uint32_t threads;
  double throughput_per_s;
  std::uint64_t p50_ns;
  double waiting_share;
  Outcome outcome = Outcome::ok;
};

// With a long tail: the latency grows as one over the root of the share that is slower. Square roots, so that
// every standard library gets the same bits.
inline LatencyHistogram long_tail(std::uint64_t p50_ns, int samples) {
  LatencyHistogram latency;
  for (int i = 0; i < samples; ++i) {
    const double slower = 1 - (i + 0.5) / samples;
    const double factor = i < samples / 2 ? 0.6 + 0.8 * i / samples : 1 / std::sqrt(2 * slower);
    latency.record(static_cast<std::uint64_t>(static_cast<double>(p50_ns) * factor));
  }
  return latency;
}

inline RunResult measured_run(const Measured& measured, const Config& config, std::size_t nth) {
  constexpr std::array<double, 7> kSpread{1.0, 0.97, 1.02, 0.985, 1.035, 1.01, 0.95};
  RunResult run = ok_run();
  run.config = config;
  run.outcome = measured.outcome;
  run.elapsed_s = static_cast<double>(config.transfers) / (measured.throughput_per_s * kSpread.at(nth % 7));
  run.transfers = {config.transfers, config.transfers - 250, 250, 0};
  run.latency = long_tail(measured.p50_ns + nth, 12'500);
  const double wait_ns = measured.waiting_share * run.elapsed_s * 1e9 * config.threads;
  run.locks = {2 * config.transfers, static_cast<std::uint64_t>(wait_ns / 500), 0,
               static_cast<std::uint64_t>(wait_ns)};
  if (measured.outcome == Outcome::deadlock) run.deadlock = opposite_transfers().deadlock;
  return run;
}

// Everything that does not come from the runs is fixed here.
inline Comparison on_this_machine(Comparison comparison) {
  comparison.plan.warmup = 1;
  comparison.host = ok_run().host;
  comparison.started_at = ok_run().started_at;
  comparison.elapsed_s = 4.21;
  comparison.running_s = 4.13;
  comparison.warnings.clear();
  return comparison;
}

inline Comparison empty_comparison() {
  Comparison comparison;
  comparison.plan.base.transfers = 20'000'000;
  comparison.plan.accounts = {1000};
  comparison.plan.holds = {Hold{}};
  return on_this_machine(std::move(comparison));
}

// What compare() makes of such runs: a group a thread count, `all` being every strategy in each of them.
inline Comparison comparison_of(const std::vector<Measured>& all, int runs) {
  ComparePlan plan = empty_comparison().plan;
  plan.runs = static_cast<std::uint32_t>(runs);
  plan.warmup = 0;
  const auto add = [](auto& values, const auto& value) {
    if (std::ranges::find(values, value) == values.end()) values.push_back(value);
  };
  for (const Measured& measured : all) {
    add(plan.threads, measured.threads);
    add(plan.strategies, measured.strategy);
  }
  // Who comes next in the list has another part of the spread, so that rounds differ.
  std::vector<std::size_t> spread(all.size());
  std::iota(spread.begin(), spread.end(), std::size_t{0});
  RunControl control;
  return on_this_machine(compare(plan, control, {}, [&](const Config& config, RunControl&) {
    const auto measured = std::ranges::find_if(all, [&config](const Measured& one) {
      return one.strategy == config.strategy && one.threads == config.threads;
    });
    return measured_run(*measured, config, spread[static_cast<std::size_t>(measured - all.begin())]++);
  }));
}

// Changed by hand: what follows from it is concluded anew.
inline Comparison concluded(Comparison comparison) {
  comparison.conclusions = conclude(comparison);
  return comparison;
}

inline const std::vector<Measured> kFiveStrategies{{"unsafe", 1, 61e6, 14, 0},
                                                   {"global", 1, 31.2e6, 29, 0},
                                                   {"naive", 1, 20.4e6, 44, 0},
                                                   {"ordered", 1, 21.1e6, 43, 0},
                                                   {"scoped", 1, 19.2e6, 47, 0},
                                                   {"unsafe", 2, 52e6, 31, 0, Outcome::violation},
                                                   {"global", 2, 4.4e6, 310, 0.41},
                                                   {"naive", 2, 18e6, 88, 0.01, Outcome::deadlock},
                                                   {"ordered", 2, 27.5e6, 66, 0.012},
                                                   {"scoped", 2, 26.9e6, 71, 0.013},
                                                   {"unsafe", 8, 50e6, 33, 0, Outcome::violation},
                                                   {"global", 8, 4.1e6, 2'900, 0.83},
                                                   {"naive", 8, 17e6, 90, 0.02, Outcome::deadlock},
                                                   {"ordered", 8, 25.8e6, 69, 0.031},
                                                   {"scoped", 8, 24.9e6, 75, 0.034}};

inline Comparison swept_comparison(int runs = 7) {
  Comparison comparison = comparison_of(kFiveStrategies, runs);
  comparison.warnings = {{"oversubscribed", "", {{"most_threads", 8}, {"cpus", 2}}}};
  return comparison;
}

// Two threads of it.
inline Comparison small_comparison(int runs = 7) {
  return comparison_of({kFiveStrategies.begin() + 5, kFiveStrategies.begin() + 10}, runs);
}

// 3 thread counts x 2 holds, a hold that makes everything slow.
inline Comparison grid_comparison() {
  Comparison comparison = swept_comparison();
  comparison.plan.holds = {Hold{}, Hold{nanoseconds{20'000}, false}};
  const std::vector<CellResult> cells = comparison.cells;
  for (CellResult cell : cells) {
    cell.config.hold = comparison.plan.holds[1];
    cell.group += 3;
    cell.throughput_per_s.median /= 300;
    for (double& bound : *cell.throughput_per_s.ci95) bound /= 300;
    comparison.cells.push_back(cell);
  }
  return concluded(std::move(comparison));
}

// More strategies than there are colours, long names, many thread counts.
inline Comparison crowded_comparison() {
  std::vector<Measured> all;
  for (const std::uint32_t threads : {1u, 2u, 3u, 4u, 6u, 8u, 12u, 16u, 24u, 32u, 48u, 64u, 4096u})
    for (int nth = 0; nth < 18; ++nth) {
      const double throughput = 20e6 + nth * 0.1e6;  // all alike, so that labels crowd
      all.push_back({"a-strategy-with-a-long-name-" + std::to_string(nth), threads, throughput,
                     90 + static_cast<std::uint64_t>(nth), 0.1});
    }
  return comparison_of(all, 7);
}

// Text that would be something else where it is not escaped.
inline const std::string kHostile = "<script>alert(1)</script>|`*_x_*`\"'&amp;";

inline Comparison hostile_comparison() {
  Comparison comparison = small_comparison();
  comparison.plan.strategies[0] = kHostile;
  comparison.cells[1].config.strategy = kHostile;
  comparison.host.cpu_model = kHostile;
  comparison.warnings = {{"hostile", kHostile + " \x01\xff", {}}};
  comparison.started_at = kHostile;
  return concluded(std::move(comparison));
}

inline Comparison interrupted_comparison() {
  Comparison comparison = swept_comparison(3);
  comparison.complete = false;
  comparison.signal = 2;
  comparison.plan.runs = 7;
  comparison.cells.back().runs.clear();
  comparison.cells.back().outcome = Outcome::interrupted;
  comparison.cells.back().runs_measured = 0;
  comparison.cells.back().relative = {};
  return concluded(std::move(comparison));
}

// One of each kind, by name.
inline std::vector<std::pair<std::string, Comparison>> all_comparisons() {
  return {{"swept", swept_comparison()},       {"small", small_comparison()},
          {"three runs", small_comparison(3)}, {"grid", grid_comparison()},
          {"crowded", crowded_comparison()},   {"hostile", hostile_comparison()},
          {"empty", empty_comparison()},       {"interrupted", interrupted_comparison()}};
}

}  // namespace banksim
