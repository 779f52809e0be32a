// The comparison: several strategies, thread counts, bank sizes and hold times, interleaved, with an honest
// answer.
//
// A cell is one Config; a round runs every cell once, in a seeded random order, on the same plan of
// transfers. So whatever the machine does meanwhile, it does to all, and ratios are taken within a round.
// Every second round is the one before it backwards, so that what the place in a round does cancels.
// Every strategy locks the same WatchedMutex: all rows are on the same footing, and no column says so.
//
// Promises   a cell that deadlocks or loses money is a result like any other, and the comparison goes on.
//            "faster" and "slower" are said only where the 95 % interval of the ratio excludes 1. Of two
//            strategies that are the same, a coin decides which has the better place in a round: with two
//            strategies and a reference that was named before, the rank test errs in about 1 of 20
//            comparisons, however times are distributed.
//            Each row's interval stands for itself, and nothing is corrected for many rows: of several
//            strategies that are all the same, some row says "slower" more often. The reference that nobody
//            named is the fastest as measured, lucky among equals: of a pair of them "slower" is then wrong
//            in up to 8 of 100 comparisons, some row's in 7 to 13 of 100 with three of them, in 17 to 24
//            with five (measured on runs of equal speed).
//            "no clear difference" says that the runs do not tell two apart, and not that they are the same.
// Errors     ConfigError for a plan or a cell that makes no sense, before anything runs; SimulationError
//            as simulate() does.
// Cost       beside the runs: microseconds a run, and the square of the rounds for each ratio.
// Source     median and its interval by order statistics (Le Boudec, Performance Evaluation, 2010, 2.2);
//            ratio by signed ranks of the rounds' log ratios (Hollander and Wolfe, Nonparametric
//            Statistical Methods, 3.1 to 3.3), below 6 rounds by Student's interval stretched over all;
//            interleaving and pairing: Kalibera and Jones, Rigorous Benchmarking in Reasonable Time (2013).
// Threads    call from one thread. RunControl's rules hold for the control.
#pragma once

#include <banksim/simulate.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace banksim {

inline constexpr std::uint32_t kMostRounds = 50;                       // of those that min_time asks for
inline constexpr std::uint32_t kFewestRunsForInterval = 6;             // of the median, at 95 %
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
  bool random_order = true;
  std::optional<std::string>
      reference;  // strategy; nothing: of each group the fastest that claims to be right
  std::optional<double> max_slowdown_percent;  // of each against the reference
  bool undecided_fails = false;                // of that
};

// A statistic over the measured runs of one cell.
struct Summary {
  double median = 0;
  double mean = 0;
  double stddev = 0;
  double min = 0;
  double max = 0;
  std::optional<std::array<double, 2>> ci95;  // of the median; nothing: too few runs for 95 %
};

enum class Standing : std::uint8_t { reference, faster, slower, no_clear_difference, not_ranked };
const char* to_string(Standing standing);

// Throughput against the reference of the same group, from paired rounds. Only what was right is ranked.
struct Relative {
  double ratio = 1;
  std::optional<std::array<double, 2>> ci95;
  Standing standing = Standing::not_ranked;
  std::uint32_t runs_needed = 0;  // if the difference is real, about so many would tell; 0: nobody knows
};

struct CellResult {
  Config config;
  std::size_t group = 0;            // cells that differ in the strategy alone: compared with each other
  std::vector<RunResult> runs;      // measured, by round; one that a signal cut short is dropped
  Outcome outcome = Outcome::ok;    // the worst of the runs, warm-up included; interrupted: there was none
  bool as_promised = true;          // the strategy did what its claims say; a timeout keeps no promise
  std::uint32_t runs_measured = 0;  // those of the summaries; 0: it did not always come to its end
  Summary throughput_per_s;
  Summary p50_ns, p90_ns, p99_ns, p99_9_ns;
  Relative relative;
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
  std::vector<std::string> findings;  // where the ranking flips and where the time went, in sentences
  std::vector<Warning> warnings;
  // Conditions that whoever asked for the comparison holds it to, and that failed, one line each. Empty until
  // he fills it in: compare() knows of promises only.
  std::vector<std::string> failures;
};

struct CompareProgress {
  std::size_t runs_done = 0;
  std::size_t runs_total = 0;
  nanoseconds elapsed{0};
  const Config* current = nullptr;
};

// How one cell is run; the tests put something else here.
using Runner = std::function<RunResult(const Config&, RunControl&)>;

// The runner of every day: the strategy that the registry has by that name.
RunResult run_registered(const Config& config, RunControl& control);

// Throws ConfigError for a plan that makes no sense; compare() does as much before anything runs.
void check(const ComparePlan& plan);

// A signal to `control` ends the run under way and the comparison, which then is what there was.
// `on_progress` is called between the runs and about ten times a second within them; it may be empty.
Comparison compare(const ComparePlan& plan, RunControl& control,
                   const std::function<void(const CompareProgress&)>& on_progress,
                   const Runner& runner = run_registered);

// Did this outcome break a promise of the strategy?
bool breaks_promise(std::string_view strategy, Outcome outcome);

// The statistics alone, for what is built on them and for their tests.
// Values are positive and paired by their place; what one of the two lacks is left out.
Summary summarize(std::vector<double> values);
Relative relate(const std::vector<double>& values, const std::vector<double>& reference);

}  // namespace banksim
