// What follows from a comparison once its runs are over: values, not a sentence. Every report says these.
//
// A cell is told by its place in Comparison::cells, a group by its place in Conclusions::groups, which is its
// CellResult::group.
//
// Promises: pure functions of the cells and the plan; the same comparison, the same conclusions. Nothing is
// named the fastest that does not claim to be safe, unless nothing safe was ranked.
//
// Threads: none needed.
//
// Cost: the square of the rounds for each pair of strategies in each group.
#pragma once

#include "compare/statistics.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace banksim {

struct CellResult;
struct Comparison;
struct Config;

// What a plan varies beside the strategies.
enum class Dimension : std::uint8_t { threads, accounts, hold };
inline constexpr Dimension kDimensions[] = {Dimension::threads, Dimension::accounts, Dimension::hold};

std::uint64_t value_order(Dimension dimension, const Config& config);  // ascending; a yield is the last

// Ended well, every time, and has a speed to show.
bool is_ranked(const CellResult& cell);

// Throughput of `cell` against `reference` over the rounds in which both were measured.
Relative relate_cells(const CellResult& cell, const CellResult& reference);

// A ratio of paired rounds that says how far somebody is ahead: `relative` is of `cell` against `against`.
struct Lead {
  std::size_t cell = 0;
  std::size_t against = 0;
  Relative relative;
  bool operator==(const Lead&) const = default;
};

// Cells that differ in the strategy alone, and who of them leads.
struct Group {
  std::vector<std::size_t> cells;       // as the plan has them
  std::vector<std::size_t> ranked;      // those that ended well and have a speed, fastest first
  std::vector<std::size_t> unranked;    // the others, as the plan has them
  std::vector<std::size_t> candidates;  // of the ranked: the safe ones, or all where none is safe
  std::vector<std::size_t> leaders;     // the fastest candidate, then whoever cannot be told from it
  std::optional<std::size_t> reference;
  bool unsafe_was_faster = false;  // than the fastest candidate
  bool too_few_runs = false;       // more than one leader, and that because nobody has an interval
  // Of a leader who is alone: the next one against him where he is the reference, else he against the
  // reference. Nothing: he has no rival, or the group no reference.
  std::optional<Lead> lead;
  bool operator==(const Group&) const = default;
};

// From this group on, along this dimension, the winner is faster than the loser, which was faster before.
struct Flip {
  Dimension dimension = Dimension::threads;
  std::size_t group = 0;
  std::size_t winner = 0;
  std::size_t loser = 0;
  bool operator==(const Flip&) const = default;
};

inline constexpr double kNoteworthyWaiting = 0.0005;  // share of the workers' time

// What the time of a cell went to: medians over its runs. Nothing: not worth a word.
struct TimeSpent {
  std::size_t cell = 0;
  double waiting_share = 0;                        // for locks, of the workers' time
  std::optional<double> refused_locks_a_transfer;  // try_lock() that found it taken
  std::optional<double> sleeps_in_1000_transfers;
  std::optional<double> fairness;  // Jain's index, where the threads were served unevenly
  bool operator==(const TimeSpent&) const = default;

  bool is_noteworthy() const {
    return waiting_share >= kNoteworthyWaiting || refused_locks_a_transfer || sleeps_in_1000_transfers ||
           fairness;
  }
};

// ---- The gate: is nobody slower than the reference by more than the plan allows?

enum class GateFinding : std::uint8_t {
  held,       // the whole interval of the ratio lies above the bound
  slower,     // the whole interval lies below it
  undecided,  // the bound lies in it or at its end, or there is none
};
constexpr auto enum_names(GateFinding) { return std::to_array({"held", "slower", "undecided"}); }

// One cell against the reference of its group. Every cell but the references has one.
struct GateRow {
  std::size_t cell = 0;
  GateFinding finding = GateFinding::undecided;
  Relative relative;              // no interval: too few rounds in which both were measured
  std::uint32_t runs_needed = 0;  // undecided: about so many would tell; 0: nobody knows
  bool reference_failed = false;  // there was nothing to compare with
  bool cell_failed = false;       // there was nothing to compare
  bool operator==(const GateRow&) const = default;
};

// The whole gate: the worst that a row says. Nothing checked: there is no row that has an interval.
enum class GateVerdict : std::uint8_t { held, undecided, slower, nothing_checked };
constexpr auto enum_names(GateVerdict) {
  return std::to_array({"held", "undecided", "slower", "nothing_checked"});
}

struct Gate {
  double bound = 1;  // of the ratio: 1 - max_slowdown_percent / 100
  GateVerdict verdict = GateVerdict::nothing_checked;
  std::vector<GateRow> rows;
  bool operator==(const Gate&) const = default;
};

struct Conclusions {
  std::vector<std::string> names;  // by cell: the strategy; its second cell in a group "ordered (2)"
  std::vector<Dimension> varied;   // of which there is more than one value
  std::vector<Group> groups;
  std::vector<Flip> flips;            // where the ranking changes
  std::size_t most_contended = 0;     // the group that time_spent is of
  std::vector<TimeSpent> time_spent;  // of its cells that went well with more than one thread
  std::vector<std::size_t> broken_promises;
  std::optional<Gate> gate;  // nothing: the plan has none, or the comparison was interrupted
  bool operator==(const Conclusions&) const = default;
};

// From the cells with their summaries and relatives, and the plan. compare() keeps it in the comparison; whoever
// reads a comparison back, or makes one by hand, calls it again.
Conclusions conclude(const Comparison& comparison);

}  // namespace banksim
