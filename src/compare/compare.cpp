// The plan and its cells, the rounds, and the numbers of each cell.
#include "compare/compare.hpp"

#include "registry.hpp"
#include "run/platform.hpp"

#include <banksim/random.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <numeric>
#include <span>
#include <utility>

namespace banksim {
namespace {

using Clock = std::chrono::steady_clock;

// ---- The plan.

void check_lists_and_gate(const ComparePlan& plan) {
  const auto require = [](bool holds, const std::string& complaint) {
    if (!holds) throw ConfigError(complaint);
  };
  const std::vector<std::string>& strategies = plan.strategies;
  const std::optional<std::string>& reference = plan.reference;
  require(!strategies.empty() && !plan.threads.empty() && !plan.accounts.empty() && !plan.holds.empty() &&
              !plan.mutexes.empty(),
          "nothing to compare: a list is empty");
  require(plan.runs > 0, "no runs: nothing would be measured");
  require(!reference || std::ranges::count(strategies, *reference) > 0,
          "the reference '" + reference.value_or("") + "' is not among the strategies compared");
  require(plan.max_slowdown_percent || !plan.undecided_fails,
          "--undecided needs a --max-slowdown: nothing else can be undecided");
  if (!plan.max_slowdown_percent) return;
  const double percent = *plan.max_slowdown_percent;
  require(percent >= 0 && percent < 100,
          fmt::format("--max-slowdown {} checks nothing: it is a percentage below 100", percent));
  require(reference.has_value(), "--max-slowdown needs a --reference: slower than which strategy?");
  require(strategies.size() > 1,
          "--max-slowdown checks nothing: there is no strategy beside the --reference");
  require(plan.runs >= kFewestPairsForInterval,
          fmt::format("--max-slowdown needs -r {} or more: fewer runs have no 95 % interval to judge by",
                      kFewestPairsForInterval));
}

std::vector<CellResult> lay_out(const ComparePlan& plan) {
  check_lists_and_gate(plan);
  std::vector<CellResult> cells;
  for (const std::uint32_t accounts : plan.accounts)
    for (const Hold& hold : plan.holds)
      for (const MutexKind mutex : plan.mutexes)
        for (const std::uint32_t threads : plan.threads)
          for (const std::string& strategy : plan.strategies) {
            CellResult cell;
            cell.group = cells.size() / plan.strategies.size();
            cell.outcome = Outcome::interrupted;  // until it has run
            cell.config = plan.base;
            cell.config.strategy = strategy;
            cell.config.threads = threads;
            cell.config.accounts = accounts;
            cell.config.hold = hold;
            cell.config.mutex = mutex;
            validate(cell.config);
            cells.push_back(std::move(cell));
          }
  return cells;
}

// ---- The rounds.

// What says most against a strategy. Of what was interrupted nothing is known.
Outcome worse(Outcome a, Outcome b) {
  static constexpr std::array kWorstFirst = {Outcome::violation, Outcome::deadlock,   Outcome::crashed,
                                             Outcome::stalled,   Outcome::timeout,    Outcome::failed,
                                             Outcome::ok,        Outcome::interrupted};
  const auto place = [](Outcome outcome) { return std::ranges::find(kWorstFirst, outcome); };
  return place(a) < place(b) ? a : b;
}

// Once a cell ran out of time it would only do so again, and take as long; or could not be run.
bool is_hopeless(const CellResult& cell) {
  static constexpr std::array kHopeless = {Outcome::timeout, Outcome::stalled, Outcome::crashed,
                                           Outcome::failed};
  return std::ranges::find(kHopeless, cell.outcome) != kHopeless.end();
}

void draw_up(Comparison& comparison, double load);

class Rounds {
 public:
  Rounds(Comparison& comparison, double load, RunControl& control, const OnProgress& on_progress,
         const Runner& runner)
      : comparison_(comparison),
        load_(load),
        plan_(comparison.plan),
        control_(control),
        on_progress_(on_progress),
        runner_(runner),
        random_(plan_.base.seed),
        order_(comparison.cells.size()),
        of_each_run_(std::move(control.on_progress)) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    control_.on_progress = [this](const RunProgress& progress) {
      if (of_each_run_) of_each_run_(progress);
      report();
    };
  }
  ~Rounds() { control_.on_progress = std::move(of_each_run_); }
  Rounds(const Rounds&) = delete;

  void run() {
    while (rounds_done_ < plan_.warmup)
      if (!run_round(false)) return;
    const double warmup_s = comparison_.running_s;
    while (wants_round(comparison_.running_s - warmup_s))
      if (!run_round(true)) return;
  }

 private:
  bool wants_round(double measured_s) {
    const std::uint32_t done = rounds_done_ - plan_.warmup;
    if (done < plan_.runs) return true;
    const double wanted_s = in_seconds(plan_.min_time) * static_cast<double>(order_.size());
    if (done >= kMostRounds || measured_s >= wanted_s) return false;
    const double at_this_pace = measured_s > 0 ? wanted_s / measured_s * done + 1 : kMostRounds;
    rounds_expected_ = plan_.warmup + static_cast<std::uint32_t>(std::min<double>(kMostRounds, at_this_pace));
    return true;
  }

  // False: a signal came, and there will be no more rounds.
  bool run_round(bool measured) {
    if (measured && (rounds_done_ - plan_.warmup) % 2 == 1)
      std::ranges::reverse(order_);  // what only the place in a round does cancels
    else
      for (std::size_t left = order_.size(); left > 1; --left)
        std::swap(order_[left - 1], order_[random_() % left]);
    for (const std::size_t cell : order_)
      if (!is_hopeless(comparison_.cells[cell]) && !run_cell(cell, measured)) return false;
    report(true);
    ++rounds_done_;
    return true;
  }

  // What was paused is run once more: how long the others waited nobody knows.
  RunResult run_unpaused(const Config& config) {
    RunResult result = runner_(config, control_);
    if (result.machine.paused_s == 0 || result.outcome == Outcome::interrupted) return result;
    ++comparison_.runs_repeated;
    return runner_(config, control_);
  }

  bool fail(CellResult& cell, const char* why) {
    current_ = nullptr;
    cell.outcome = worse(cell.outcome, Outcome::failed);
    cell.failure = why;
    return true;
  }

  bool run_cell(std::size_t index, bool measured) {
    CellResult& cell = comparison_.cells[index];
    current_ = &cell.config;
    comparison_.order.push_back(index);
    report();
    const Clock::time_point start = Clock::now();
    RunResult result;
    try {
      result = run_unpaused(cell.config);
    } catch (const SimulationError& error) {
      return fail(cell, error.what());
    } catch (const std::bad_alloc&) {
      return fail(cell, "out of memory");
    }
    comparison_.running_s += in_seconds(Clock::now() - start);
    if (comparison_.started_at.empty()) comparison_.started_at = result.started_at;
    current_ = nullptr;
    if (result.outcome == Outcome::interrupted) {
      comparison_.complete = false;
      comparison_.signal = result.signal;
      return false;
    }
    cell.outcome = worse(cell.outcome, result.outcome);
    if (!cell.ended_by) cell.ended_by = result.ended_by;
    if (measured) cell.runs.push_back(std::move(result));
    report();
    return true;
  }

  void report(bool round_ended = false) const {
    if (!on_progress_) return;
    const auto hopeless = static_cast<std::size_t>(std::ranges::count_if(comparison_.cells, is_hopeless));
    const std::size_t rounds_after_this = rounds_expected_ - rounds_done_ - 1;
    on_progress_({comparison_.order.size() - (current_ != nullptr ? 1 : 0),
                  rounds_expected_ * order_.size() - rounds_after_this * hopeless, Clock::now() - start_,
                  current_, round_ended, [this] {
                    Comparison partial = comparison_;
                    partial.complete = false;
                    partial.elapsed_s = in_seconds(Clock::now() - start_);
                    draw_up(partial, load_);
                    return partial;
                  }});
  }

  Comparison& comparison_;
  const double load_;
  const ComparePlan& plan_;
  RunControl& control_;
  const OnProgress& on_progress_;
  const Runner& runner_;
  SplitMix64 random_;
  std::vector<std::size_t> order_;
  std::function<void(const RunProgress&)> of_each_run_;  // the caller's
  const Clock::time_point start_ = Clock::now();
  const Config* current_ = nullptr;
  std::uint32_t rounds_done_ = 0;
  std::uint32_t rounds_expected_ = plan_.warmup + plan_.runs;
};

// ---- The numbers.

std::vector<double> over_runs(const CellResult& cell, const std::function<double(const RunResult&)>& number) {
  std::vector<double> values;
  for (const RunResult& run : cell.runs)
    if (is_measured(run)) values.push_back(number(run));
  return values;
}

void summarize_cell(CellResult& cell) {
  cell.as_promised = !breaks_promise(cell.config.strategy, cell.outcome);
  // What deadlocks now and then has no throughput: the runs that got through are no sample of anything.
  if (cell.outcome != Outcome::ok && cell.outcome != Outcome::violation) return;
  const auto quantile = [&cell](double fraction) {
    return summarize(
        over_runs(cell, [=](const RunResult& run) { return run.latency.quantile_ns(fraction); }));
  };
  cell.throughput_per_s = summarize(over_runs(cell, &RunResult::throughput_per_s));
  cell.runs_measured = static_cast<std::uint32_t>(std::ranges::count_if(cell.runs, is_measured));
  cell.p50_ns = quantile(0.5);
  cell.p90_ns = quantile(0.9);
  cell.p95_ns = quantile(0.95);
  cell.p99_ns = quantile(0.99);
  cell.p99_9_ns = quantile(0.999);
}

// The candidate to which no other has a paired ratio above 1, from the one with the highest median on. Ratios
// of ranks need not be transitive: who would go round in circles stops.
CellResult& fastest_of(std::span<CellResult> group) {
  const auto speed = [](const CellResult& cell) {
    return is_candidate(cell) ? cell.throughput_per_s.median : 0;
  };
  const auto top = std::ranges::max_element(group, {}, speed);
  std::size_t fastest = static_cast<std::size_t>(top - group.begin());
  for (std::size_t step = 0, next = fastest; step < group.size(); ++step, fastest = next) {
    double most = 1;
    for (std::size_t i = 0; i < group.size(); ++i)
      if (const double ratio = speed(group[i]) > 0 ? relate_cells(group[i], group[fastest]).ratio : 0;
          ratio > most) {
        most = ratio;
        next = i;
      }
  }
  return group[fastest];
}

// Against the named reference, else the fastest candidate. With one that failed nothing can be compared.
void relate_group(Comparison& comparison, std::span<CellResult> group) {
  const bool is_named = comparison.plan.reference.has_value();
  CellResult& reference =
      is_named ? comparison.cells[named_reference(comparison, group.front().group)] : fastest_of(group);
  if (is_named ? reference.runs_measured == 0 : !is_candidate(reference)) return;
  for (CellResult& cell : group)
    if (&cell == &reference)
      cell.relative.standing = Standing::reference;
    else if (cell.outcome == Outcome::ok)
      cell.relative = relate_cells(cell, reference);
}

// What follows from the runs.
void draw_up(Comparison& comparison, double load) {
  for (CellResult& cell : comparison.cells) summarize_cell(cell);
  const std::size_t strategies = comparison.plan.strategies.size();
  for (std::size_t first = 0; first < comparison.cells.size(); first += strategies)
    relate_group(comparison, std::span(comparison.cells).subspan(first, strategies));
  comparison.conclusions = conclude(comparison);
  comparison.warnings = find_warnings(comparison, load);
}

}  // namespace

void check(const ComparePlan& plan) { lay_out(plan); }

Comparison compare(const ComparePlan& plan, RunControl& control, const OnProgress& on_progress,
                   const Runner& runner) {
  const Clock::time_point start = Clock::now();
  Comparison comparison;
  comparison.plan = plan;
  comparison.cells = lay_out(plan);
  comparison.host = host();
  const double load = load_average();
  Rounds(comparison, load, control, on_progress, runner).run();
  draw_up(comparison, load);
  comparison.elapsed_s = in_seconds(Clock::now() - start);
  return comparison;
}

Outcome outcome_of(const Comparison& comparison) {
  if (!comparison.complete) return Outcome::interrupted;
  Outcome worst = Outcome::ok;
  for (const CellResult& cell : comparison.cells)
    if (!cell.as_promised || cell.outcome == Outcome::failed) worst = worse(worst, cell.outcome);
  return worst;
}

bool is_measured(const RunResult& run) {
  return run.outcome == Outcome::ok || run.outcome == Outcome::violation;
}

bool is_ranked(const CellResult& cell) {
  const double speed = cell.throughput_per_s.median;
  return cell.outcome == Outcome::ok && cell.runs_measured > 0 && std::isfinite(speed) && speed > 0;
}

bool is_candidate(const CellResult& cell) { return is_ranked(cell) && claims_safety(cell.config.strategy); }

std::size_t named_reference(const Comparison& comparison, std::size_t group) {
  const auto is_named = [&](const CellResult& cell) {
    return cell.group == group && cell.config.strategy == comparison.plan.reference;
  };
  return static_cast<std::size_t>(std::ranges::find_if(comparison.cells, is_named) -
                                  comparison.cells.begin());
}

Relative relate_cells(const CellResult& cell, const CellResult& reference) {
  std::vector<double> values, references;
  for (std::size_t round = 0; round < std::min(cell.runs.size(), reference.runs.size()); ++round) {
    if (!is_measured(cell.runs[round]) || !is_measured(reference.runs[round])) continue;
    values.push_back(cell.runs[round].throughput_per_s());
    references.push_back(reference.runs[round].throughput_per_s());
  }
  return relate(values, references);
}

double median_over_runs(const CellResult& cell, const std::function<double(const RunResult&)>& number) {
  return sample_median(over_runs(cell, number));
}

}  // namespace banksim
