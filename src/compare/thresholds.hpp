// What a comparison must live up to in a CI job: conditions on each strategy, and an earlier comparison.
//
// Promises   pure functions: failures in words, one line each, none where all is well. What could not be
//            checked at all is a failure: silence must mean that something was checked.
// Errors     ConfigError for a condition or a baseline that cannot be read.
// Threads    none needed.
#pragma once

#include "compare/compare.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace banksim {

// METRIC RELATION LIMIT: "p99<5ms", "throughput>=2m", "ratio>0.9", "waiting<10%", "fairness>0.8".
//   throughput               transfers a second; k, m, g, or K, M, G
//   p50 p90 p99 p99.9 max    latency; ns, us, ms, s; a bare number is seconds; p99_9 is p99.9
//   ratio                    throughput against the reference, which itself has none
//   waiting                  share of the workers' time spent waiting for locks; a fraction, or %
//   fairness                 Jain's index, 0 to 1
// Each is the median over a cell's runs, but for `max`, which is the worst of all.
struct Threshold {
  enum class Metric : std::uint8_t { throughput, p50, p90, p99, p99_9, max, ratio, waiting, fairness };
  enum class Relation : std::uint8_t { less, at_most, greater, at_least };
  Metric metric = Metric::throughput;
  Relation relation = Relation::at_least;
  double limit = 0;  // per second, seconds, or a plain number
  std::string text;  // as typed
};

Threshold parse_threshold(std::string_view text);

// Cells that did not end well are not measured against it; that no cell was is a failure.
std::vector<std::string> failures_of(const Threshold& threshold, const Comparison& comparison);

// What is kept of a saved comparison.
struct Baseline {
  struct Cell {
    std::string key;   // all of the config that changes the work, as text
    std::string name;  // for people
    bool ok = false;   // ended well, and was measured
    std::string gap;   // why its speed cannot be compared: "deadlock"; empty where it can
    double throughput_per_s = 0;
    std::optional<std::array<double, 2>> ci95;  // of the median
  };
  bool complete = true;  // false: it was interrupted
  std::string cpu_model;
  unsigned logical_cpus = 0;
  std::vector<Cell> cells;
};

// `json` is a document of schema banksim.compare, of this version, with throughputs above 0.
Baseline parse_baseline(std::string_view json);

// Cells are matched by their config. One has regressed where its median is lower by more than so many percent
// and the two intervals do not overlap, or where it was ok and no longer is. Nothing else is compared: not
// what was wrong before, and not what has no interval. That nothing at all was compared is a failure.
std::vector<std::string> regressions(const Baseline& baseline, const Comparison& comparison,
                                     double max_regression_percent);

// Of another machine, interrupted, or with cells that were not compared: named, with the reason.
std::vector<Warning> baseline_warnings(const Baseline& baseline, const Comparison& comparison);

// A line that GitHub shows at the job: "::error title=banksim::p99 ...". `level` is error, warning or notice.
std::string github_annotation(std::string_view level, std::string_view message);

}  // namespace banksim
