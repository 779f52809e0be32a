// What a comparison concludes once its runs are over: sentences and warnings, from its cells.
// Pure functions, but for the load that the caller has measured.
#pragma once

#include "compare/compare.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace banksim {

inline constexpr int kCompareSchemaVersion = 1;
inline constexpr double kShortRun_s = 0.010;  // about three time slices of the scheduler

// What a plan varies beside the strategies.
enum class Dimension : std::uint8_t { threads, accounts, hold };
inline constexpr Dimension kDimensions[] = {Dimension::threads, Dimension::accounts, Dimension::hold};

// Went to its end, right or wrong: its throughput means something.
inline bool is_measured(const RunResult& run) {
  return run.outcome == Outcome::ok || run.outcome == Outcome::violation;
}

// Promises that it neither loses money nor deadlocks. A strategy that nobody knows is taken for safe.
bool is_safe(const CellResult& cell);

// May be called the fastest: it went well, and is safe. Without a lock one is fast, and right by luck alone.
bool may_lead(const CellResult& cell);

// Throughput of `cell` against `reference` over the rounds in which both were measured.
Relative relate_cells(const CellResult& cell, const CellResult& reference);

// Interrupted, as a run is whatever it had found; else the worst outcome that broke a promise, or ok.
Outcome outcome_of(const Comparison& comparison);

// "2 threads, 6 accounts, hold 400 ns": of a cell's conditions those that the plan varies; all of them:
// `whole`.
std::string condition_text(const ComparePlan& plan, const Config& config, bool whole = false);

// Where the ranking flips, and where the time of each strategy went.
std::vector<std::string> find_findings(const Comparison& comparison);

// `load`: runnable threads of the whole machine before the first run; below 0: unknown.
std::vector<Warning> find_warnings(const Comparison& comparison, double load);

}  // namespace banksim
