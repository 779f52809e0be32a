// The comparison: several strategies, thread counts, bank sizes, hold times and mutexes, interleaved, with an honest
// answer.
//
// A cell is one Config; a round runs every cell once, in a random order, on the same plan of transfers. So
// whatever the machine does meanwhile, it does to all, and ratios are taken within a round. Every second
// measured round is the one before it backwards, so that what the place in a round does cancels. The order
// follows from the seed.
//
// Promises: a cell that deadlocks or loses money is a result like any other, and the comparison goes on. Speeds
// are ranked by the paired ratios, and so are what is printed and drawn of them. With two strategies the rank
// test errs in about 1 of 20 comparisons, however times are distributed. Each row's interval stands for itself:
// nothing is corrected for many rows. The reference that nobody named is the fastest in paired rounds, lucky
// among equals: that some row is slower is then wrong in about 12 of 100 comparisons of three of them, in about
// 27 of five. The gate judges by the same intervals: a row that is exactly as slow as it allows fails it in about
// 1 of 40 comparisons, one that is as fast as the reference much more seldom.
//
// Errors: ConfigError for a plan or a cell that makes no sense, before anything runs. A cell for which the
// machine has too few threads or too little memory (SimulationError, std::bad_alloc) is a row that failed, and
// the others go on. What else the runner throws passes.
//
// Threads: call from one thread. RunControl's rules hold for the control.
//
// Cost: beside the runs microseconds a run, and the square of the rounds for each pair of strategies in a
// group.
//
// Source: interleaving and pairing: Kalibera and Jones, Rigorous Benchmarking in Reasonable Time (2013).
#pragma once

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
  std::vector<MutexKind> mutexes{MutexKind::standard};
  std::uint32_t runs = 5;  // measured rounds
  std::uint32_t warmup = 1;
  // More rounds than `runs`, kMostRounds at most, until the measured runs of a cell took so long on average:
  // short runs are noisy, and cheap. Time decides, never the results: who stops where he likes them fools
  // himself.
  nanoseconds min_time{0};
  // A strategy; of two cells of that name the first. Nothing: in each group the fastest that claims safety, in
  // paired rounds.
  std::optional<std::string> reference;
  // The gate: no row may be slower than the named reference by more than this, in the paired rounds.
  std::optional<double> max_slowdown_percent;
  bool undecided_fails = false;  // a row that the gate cannot tell is as good as a failed one
  bool operator==(const ComparePlan&) const = default;
};

struct CellResult {
  Config config;
  std::size_t group = 0;            // cells that differ in the strategy alone: compared with each other
  std::vector<RunResult> runs;      // measured, by round; one that a signal cut short is dropped
  Outcome outcome = Outcome::ok;    // the worst of the runs, warm-up included; interrupted: there was none
  std::string failure;              // why the machine could not run it
  std::optional<EndedBy> ended_by;  // the first of the runs that the strategy ended, warm-up included
  bool as_promised = true;          // the strategy did what its claims say; a timeout keeps no promise
  // 0, and no summary: it did not always come to its end, and the runs that did are no sample of anything.
  std::uint32_t runs_measured = 0;
  Summary throughput_per_s;
  Summary p50_ns, p90_ns, p95_ns, p99_ns, p99_9_ns;
  Relative relative;  // to the group's reference; only what went well is ranked
  bool operator==(const CellResult&) const = default;
};

// ---- What follows from the cells: values, not a sentence. Every report says these. A cell is told by its
// place in Comparison::cells, a group by its place in Conclusions::groups.

// What a plan varies beside the strategies.
enum class Dimension : std::uint8_t { threads, accounts, hold, mutex };
constexpr auto enum_names(Dimension) { return std::to_array({"threads", "accounts", "hold", "mutex"}); }
inline constexpr Dimension kDimensions[] = {Dimension::threads, Dimension::accounts, Dimension::hold,
                                            Dimension::mutex};

// How fast a cell is: what is ranked, printed and drawn of it. Of a reference, and of who has no ratio to it, the
// median of its runs. Of the others the reference's median times their ratio in paired rounds, so that order,
// bars and ratios never contradict each other, as medians and ratios can on a machine that has slow spells.
struct Speed {
  double per_s = 0;
  std::optional<Interval> ci95;
  bool operator==(const Speed&) const = default;
};

// The leader of a group against one of those whom it clearly leads.
struct Lead {
  std::size_t cell = 0;  // the slower one
  Relative relative;     // of the leader to it: a ratio above 1
  bool operator==(const Lead&) const = default;
};

// Cells that differ in the strategy alone, and who of them leads: nobody that does not claim to be safe,
// unless nothing safe was ranked.
struct Group {
  std::vector<std::size_t> cells;     // as the plan has them
  std::vector<std::size_t> ranked;    // those that ended well and have a speed, fastest first
  std::vector<std::size_t> unranked;  // the others, as the plan has them
  std::vector<std::size_t> leaders;   // the fastest, then whoever cannot be told from it
  std::optional<std::size_t> reference;
  bool unsafe_was_faster = false;  // than the leaders
  bool too_few_runs = false;       // more than one leader, and that because nobody has an interval
  std::vector<Lead> leads;  // of the first leader, over every candidate who is no leader; fastest first
  bool operator==(const Group&) const = default;
};

// A measured round in which a cell was far from its usual speed, and in most others was not.
struct Outlier {
  std::size_t cell = 0;
  std::size_t round = 0;  // from 0
  double factor = 1;      // of its median speed: 0.1 is ten times slower
  bool operator==(const Outlier&) const = default;
};

// From this group on, along this dimension, the winner is faster than the loser, which was faster before.
struct Flip {
  Dimension dimension = Dimension::threads;
  std::size_t group = 0;
  std::size_t winner = 0;
  std::size_t loser = 0;
  bool operator==(const Flip&) const = default;
};

// What the time of a cell went to: medians over its runs.
struct TimeSpent {
  std::size_t cell = 0;
  double waiting_share = 0;        // for locks, of the workers' time
  std::optional<double> fairness;  // Jain's index, where the threads were served unevenly
  bool operator==(const TimeSpent&) const = default;
};

// Held, or slower: the whole interval of the ratio lies above the gate's bound, or below. Undecided: the
// bound lies in it or at its end, or there is no interval. The gate finds the worst that a row says; nothing
// checked: no row has an interval.
enum class GateFinding : std::uint8_t { held, slower, undecided, nothing_checked };
constexpr auto enum_names(GateFinding) {
  return std::to_array({"held", "slower", "undecided", "nothing_checked"});
}

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

struct Gate {
  double bound = 1;  // of the ratio: 1 - max_slowdown_percent / 100
  GateFinding verdict = GateFinding::nothing_checked;
  std::vector<GateRow> rows;
  bool operator==(const Gate&) const = default;
};

struct Conclusions {
  std::vector<std::string> names;  // by cell: the strategy; its second cell in a group "ordered (2)"
  std::vector<Dimension> varied;   // of which there is more than one value
  std::vector<Speed> speeds;       // by cell
  std::vector<Group> groups;
  std::vector<Flip> flips;            // where the ranking changes
  std::vector<Outlier> outliers;      // the furthest off first
  std::size_t most_contended = 0;     // the group that time_spent is of
  std::vector<TimeSpent> time_spent;  // of its cells that went well with more than one thread
  std::vector<std::size_t> broken_promises;
  std::optional<Gate> gate;  // nothing: the plan has none, or the comparison was interrupted
  bool operator==(const Conclusions&) const = default;
};

struct Comparison {
  ComparePlan plan;
  Host host;
  std::string started_at;
  double elapsed_s = 0;  // all of it
  double running_s = 0;  // spent inside the runs
  bool complete = true;  // false: interrupted, and this is what there was
  int signal = 0;
  std::uint32_t runs_repeated = 0;  // that were paused, and run once more
  std::vector<std::size_t> order;   // cells as they were run, warm-up rounds included
  std::vector<CellResult> cells;    // group by group, in each of them every strategy
  std::vector<Warning> warnings;
  Conclusions conclusions;
  bool operator==(const Comparison&) const = default;
};

// ---- To compare

struct CompareProgress {
  std::size_t runs_done = 0;
  std::size_t runs_total = 0;
  nanoseconds elapsed{0};
  const Config* current = nullptr;
  bool round_ended = false;
  // The comparison as it would be if it ended now, which is not complete. Dear: all of it is drawn up.
  std::function<Comparison()> so_far;
};
using OnProgress = std::function<void(const CompareProgress&)>;
using Runner = std::function<RunResult(const Config&, RunControl&)>;  // how one cell is run

// Throws ConfigError for a plan that makes no sense; compare() does as much before anything runs.
void check(const ComparePlan& plan);

// A signal to `control` ends the run under way and the comparison, which then is what there was.
// `on_progress` is called between the runs and about ten times a second within them; it may be empty.
Comparison compare(const ComparePlan& plan, RunControl& control, const OnProgress& on_progress,
                   const Runner& runner);

// Interrupted, as a run is whatever it had found; else the worst outcome that broke a promise, or ok.
Outcome outcome_of(const Comparison& comparison);

// ---- The stages of compare() after the rounds, and what they ask of a cell: pure functions.

// From the cells with their summaries and relatives, and the plan. Whoever reads a comparison back, or makes
// one by hand, calls it again.
Conclusions conclude(const Comparison& comparison);

// Also from the conclusions. `load`: runnable threads of the machine before the first run; below 0: unknown.
std::vector<Warning> find_warnings(const Comparison& comparison, double load);

std::uint64_t value_order(Dimension dimension, const Config& config);  // ascending; a yield is the last
bool is_measured(const RunResult& run);     // went to its end, right or wrong: its throughput means something
bool is_ranked(const CellResult& cell);     // ended well, every time, and has a speed to show
bool is_candidate(const CellResult& cell);  // to be the fastest: ranked, and claims to be safe

// The cell of a group that the plan names as the reference: of two of that name the first.
std::size_t named_reference(const Comparison& comparison, std::size_t group);

// Throughput of `cell` against `reference` over the rounds in which both were measured.
Relative relate_cells(const CellResult& cell, const CellResult& reference);

// Median of a number over the cell's measured runs; 0: there is none.
double median_over_runs(const CellResult& cell, const std::function<double(const RunResult&)>& number);

}  // namespace banksim
