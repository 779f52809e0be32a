// Hand-made comparisons, as compare() would return them on a machine with two processors.
#pragma once

#include "compare/compare.hpp"
#include "results.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
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

inline RunResult measured_run(const Measured& measured, const Config& config, int nth) {
  constexpr std::array<double, 7> kSpread{1.0, 0.97, 1.02, 0.985, 1.035, 1.01, 0.95};
  RunResult run = ok_run();
  run.config = config;
  run.outcome = measured.outcome;
  const double throughput = measured.throughput_per_s * kSpread.at(static_cast<std::size_t>(nth) % 7);
  run.elapsed_s = static_cast<double>(config.transfers) / throughput;
  run.transfers = {config.transfers, config.transfers - 250, 250, 0};
  run.latency = long_tail(measured.p50_ns + static_cast<std::uint64_t>(nth), 3125);
  const double wait_ns = measured.waiting_share * run.elapsed_s * 1e9 * config.threads;
  run.locks = {2 * config.transfers, static_cast<std::uint64_t>(wait_ns / 500), 0,
               static_cast<std::uint64_t>(wait_ns)};
  if (measured.outcome == Outcome::deadlock) run.deadlock = opposite_transfers().deadlock;
  return run;
}

// The middle one, and the extremes as its interval where there are enough runs for 95 %.
inline Summary summary_of(std::vector<double> values) {
  std::ranges::sort(values);
  Summary summary;
  summary.median = values[values.size() / 2];
  summary.min = values.front();
  summary.max = values.back();
  if (values.size() >= 6) summary.ci95 = std::array{values.front(), values.back()};
  return summary;
}

template <class Number>
Summary summary_over(const CellResult& cell, Number number) {
  std::vector<double> values;
  for (const RunResult& run : cell.runs) values.push_back(static_cast<double>(number(run)));
  return summary_of(std::move(values));
}

inline CellResult cell_of(const Measured& measured, Config config, std::size_t group, int runs) {
  config.strategy = measured.strategy;
  CellResult cell;
  cell.config = config;
  cell.group = group;
  for (int nth = 0; nth < runs; ++nth) cell.runs.push_back(measured_run(measured, config, nth));
  cell.outcome = measured.outcome;
  const bool came_to_an_end = measured.outcome == Outcome::ok || measured.outcome == Outcome::violation;
  cell.runs_measured = came_to_an_end ? static_cast<std::uint32_t>(runs) : 0;
  cell.throughput_per_s = summary_over(cell, [](const RunResult& run) { return run.throughput_per_s(); });
  const auto quantile = [&cell](double fraction) {
    return summary_over(cell, [=](const RunResult& run) { return run.latency.quantile_ns(fraction); });
  };
  cell.p50_ns = quantile(0.5);
  cell.p90_ns = quantile(0.9);
  cell.p95_ns = quantile(0.95);
  cell.p99_ns = quantile(0.99);
  cell.p99_9_ns = quantile(0.999);
  return cell;
}

// Against the fastest that ended ok: slower by more than 4 % is slower.
inline void relate_group(std::vector<CellResult>& cells, std::size_t group) {
  const CellResult* fastest = nullptr;
  for (const CellResult& cell : cells)
    if (cell.group == group && cell.outcome == Outcome::ok &&
        (fastest == nullptr || cell.throughput_per_s.median > fastest->throughput_per_s.median))
      fastest = &cell;
  if (fastest == nullptr) return;
  for (CellResult& cell : cells) {
    if (cell.group != group || cell.outcome != Outcome::ok) continue;
    const double ratio = cell.throughput_per_s.median / fastest->throughput_per_s.median;
    cell.relative.ratio = ratio;
    cell.relative.standing = Standing::reference;
    if (&cell == fastest) continue;
    if (cell.throughput_per_s.ci95) cell.relative.ci95 = std::array{ratio * 0.97, ratio * 1.04};
    const bool is_slower = cell.relative.ci95 && (*cell.relative.ci95)[1] < 1;
    cell.relative.standing = is_slower ? Standing::slower : Standing::no_clear_difference;
    cell.relative.runs_needed = is_slower ? 0 : 24;
  }
}

inline Comparison empty_comparison() {
  Comparison comparison;
  comparison.host = {"Linux", "6.1.0", "x86_64", "A CPU, fast", 2, "gcc 12.2.0", "Release", {}};
  comparison.started_at = "2026-01-02T03:04:05Z";
  comparison.elapsed_s = 4.21;
  comparison.running_s = 4.13;
  comparison.plan.base.transfers = 200'000;
  comparison.plan.accounts = {1000};
  comparison.plan.holds = {Hold{}};
  return comparison;
}

// One group a thread count, in the order of `measured`.
inline Comparison comparison_of(const std::vector<Measured>& all, int runs) {
  Comparison comparison = empty_comparison();
  ComparePlan& plan = comparison.plan;
  plan.runs = static_cast<std::uint32_t>(runs);
  for (const Measured& measured : all) {
    auto at = std::ranges::find(plan.threads, measured.threads);
    const auto group = static_cast<std::size_t>(at - plan.threads.begin());
    if (at == plan.threads.end()) plan.threads.push_back(measured.threads);
    if (std::ranges::find(plan.strategies, measured.strategy) == plan.strategies.end())
      plan.strategies.push_back(measured.strategy);
    Config config = plan.base;
    config.threads = measured.threads;
    comparison.cells.push_back(cell_of(measured, config, group, runs));
  }
  for (std::size_t group = 0; group < plan.threads.size(); ++group) relate_group(comparison.cells, group);
  comparison.conclusions = conclude(comparison);
  return comparison;
}

inline std::vector<Measured> five_strategies(std::uint32_t threads) {
  switch (threads) {
    case 1:
      return {{"unsafe", 1, 61e6, 14, 0},
              {"global", 1, 31.2e6, 29, 0},
              {"naive", 1, 20.4e6, 44, 0},
              {"ordered", 1, 21.1e6, 43, 0},
              {"scoped", 1, 19.2e6, 47, 0}};
    case 2:
      return {{"unsafe", 2, 52e6, 31, 0, Outcome::violation},
              {"global", 2, 4.4e6, 310, 0.41},
              {"naive", 2, 18e6, 88, 0.01, Outcome::deadlock},
              {"ordered", 2, 27.5e6, 66, 0.012},
              {"scoped", 2, 26.9e6, 71, 0.013}};
    default:
      return {{"unsafe", threads, 50e6, 33, 0, Outcome::violation},
              {"global", threads, 4.1e6, 2'900, 0.83},
              {"naive", threads, 17e6, 90, 0.02, Outcome::deadlock},
              {"ordered", threads, 25.8e6, 69, 0.031},
              {"scoped", threads, 24.9e6, 75, 0.034}};
  }
}

inline Comparison swept_comparison(int runs = 7) {
  std::vector<Measured> all;
  for (const std::uint32_t threads : {1u, 2u, 8u})
    for (const Measured& measured : five_strategies(threads)) all.push_back(measured);
  Comparison comparison = comparison_of(all, runs);
  comparison.warnings = {{"oversubscribed", "", {{"most_threads", 8}, {"cpus", 2}}}};
  return comparison;
}

inline Comparison small_comparison(int runs = 7) { return comparison_of(five_strategies(2), runs); }

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
  comparison.conclusions = conclude(comparison);
  return comparison;
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
  comparison.conclusions = conclude(comparison);
  comparison.started_at = kHostile;
  return comparison;
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
  comparison.conclusions = conclude(comparison);
  return comparison;
}

}  // namespace banksim
