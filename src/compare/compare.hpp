// The comparison: several strategies, thread counts, bank sizes and hold times, interleaved, with an honest answer.
//
// A cell is one Config; a round runs every cell once, in a random order, on the same plan of transfers. So whatever
// the machine does meanwhile, it does to all, and ratios are taken within a round. Every second measured round is
// the one before it backwards, so that what the place in a round does cancels. The order follows from the seed.
// Every strategy locks the same WatchedMutex: all rows are on the same footing, and no column says so.
//
// Promises: a cell that deadlocks or loses money is a result like any other, and the comparison goes on. Of two
// strategies that are the same, a coin decides which has the better place in a round: with two strategies and a
// reference that was named before, the rank test errs in about 1 of 20 comparisons, however times are distributed.
//
// Each row's interval stands for itself, and nothing is corrected for many rows: of several strategies that are all
// the same, some row says "slower" more often. The reference that nobody named is the fastest as measured, lucky
// among equals: of a pair of them "slower" is then wrong in up to 8 of 100 comparisons, some row's in 7 to 13 of 100
// with three of them, in 17 to 24 with five (measured on runs of equal speed).
//
// The gate (`max_slowdown_percent`) judges each row by the same intervals. A row that is exactly as slow as the plan
// allows fails it in about 1 of 40 comparisons, and one that is as fast as the reference much more seldom. Many rows
// err more often, as above. A gate that could check nothing at all has not held.
//
// Errors: ConfigError for a plan or a cell that makes no sense, before anything runs. What the runner throws passes.
//
// Cost: beside the runs microseconds a run, and the square of the rounds for each ratio.
//
// Source: interleaving and pairing: Kalibera and Jones, Rigorous Benchmarking in Reasonable Time (2013).
//
// Threads: call from one thread. RunControl's rules hold for the control.
#pragma once

#include "compare/conclusions.hpp"
#include "compare/statistics.hpp"

#include <banksim/simulate.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace banksim {

inline constexpr std::uint32_t kMostRounds = 50;                       // of those that min_time asks for
inline constexpr std::uint32_t kUsualRuns = 10;                        // what the command does unless asked
inline constexpr nanoseconds kUsualMinTime = std::chrono::seconds{1};  // and for so long

// What to compare: the product of the lists. Everything else is taken from `base`.
struct ComparePlan {
  Config base;
  std::vector<std::string> strategies;  // canonical names; a name may stand twice, as two cells
  std::vector<std::uint32_t> threads;
  std::vector<std::uint32_t> accounts;
  std::vector<Hold> holds;
  std::uint32_t runs = 5;  // measured rounds
  std::uint32_t warmup = 1;
  // More rounds than `runs`, kMostRounds at most, until the measured runs of a cell took so long on average:
  // short runs are noisy, and cheap. Time decides and never the results: who stops where he likes them fools
  // himself.
  nanoseconds min_time{0};
  // Strategy; of two cells of that name the first. Nothing: of each group the fastest that claims to be right.
  std::optional<std::string> reference;
  // The gate: no row may be slower than the named reference by more than this, in the paired rounds.
  std::optional<double> max_slowdown_percent;
  bool undecided_fails = false;  // a row that the gate cannot tell is as good as a failed one
  bool operator==(const ComparePlan&) const = default;
};

struct CellResult {
  Config config;
  std::size_t group = 0;          // cells that differ in the strategy alone: compared with each other
  std::vector<RunResult> runs;    // measured, by round; one that a signal cut short is dropped
  Outcome outcome = Outcome::ok;  // the worst of the runs, warm-up included; interrupted: there was none
  bool as_promised = true;        // the strategy did what its claims say; a timeout keeps no promise
  // Runs behind the summaries. 0, and no summary: it did not always come to its end, and those runs that did are
  // no sample of anything.
  std::uint32_t runs_measured = 0;
  Summary throughput_per_s;
  Summary p50_ns, p90_ns, p95_ns, p99_ns, p99_9_ns;
  Relative relative;  // to the group's reference; only what went well is ranked
  bool operator==(const CellResult&) const = default;
};

struct Comparison {
  ComparePlan plan;
  Host host;
  std::string started_at;
  double elapsed_s = 0;  // all of it
  double running_s = 0;  // spent inside the runs
  bool complete = true;  // false: interrupted, and this is what there was
  int signal = 0;
  std::vector<std::size_t> order;  // cells as they were run, warm-up rounds included
  std::vector<CellResult> cells;
  std::vector<Warning> warnings;
  Conclusions conclusions;
  bool operator==(const Comparison&) const = default;
};

struct CompareProgress {
  std::size_t runs_done = 0;
  std::size_t runs_total = 0;
  nanoseconds elapsed{0};
  const Config* current = nullptr;
};

// How one cell is run.
using Runner = std::function<RunResult(const Config&, RunControl&)>;

// Throws ConfigError for a plan that makes no sense; compare() does as much before anything runs.
void check(const ComparePlan& plan);

// A signal to `control` ends the run under way and the comparison, which then is what there was.
// `on_progress` is called between the runs and about ten times a second within them; it may be empty.
Comparison compare(const ComparePlan& plan, RunControl& control,
                   const std::function<void(const CompareProgress&)>& on_progress, const Runner& runner);

// Went to its end, right or wrong: its throughput means something.
bool is_measured(const RunResult& run);

// Median of a number over the cell's measured runs; 0: there is none.
double median_over_runs(const CellResult& cell, const std::function<double(const RunResult&)>& number);

// Interrupted, as a run is whatever it had found; else the worst outcome that broke a promise, or ok.
Outcome outcome_of(const Comparison& comparison);

}  // namespace banksim
