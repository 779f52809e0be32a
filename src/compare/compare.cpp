#include "compare/statistics.hpp"
#include "registry.hpp"
#include "report/compare_parts.hpp"
#include "run/platform.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <span>
#include <utility>

namespace banksim {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// ---- The plan.

void check_lists(const ComparePlan& plan) {
  if (plan.strategies.empty() || plan.threads.empty() || plan.accounts.empty() || plan.holds.empty())
    throw ConfigError("nothing to compare: a list is empty");
  if (plan.runs == 0) throw ConfigError("no runs: nothing would be measured");
  if (plan.reference && std::ranges::find(plan.strategies, *plan.reference) == plan.strategies.end())
    throw ConfigError("the reference '" + *plan.reference + "' is not among the strategies compared");
}

// Group by group, within a group strategy by strategy.
std::vector<CellResult> lay_out(const ComparePlan& plan) {
  std::vector<CellResult> cells;
  std::size_t group = 0;
  for (const std::uint32_t accounts : plan.accounts)
    for (const Hold& hold : plan.holds)
      for (const std::uint32_t threads : plan.threads) {
        for (const std::string& strategy : plan.strategies) {
          CellResult& cell = cells.emplace_back();
          cell.config = plan.base;
          cell.config.strategy = strategy;
          cell.config.threads = threads;
          cell.config.accounts = accounts;
          cell.config.hold = hold;
          cell.group = group;
          cell.outcome = Outcome::interrupted;  // until it has run
          validate(cell.config);
        }
        ++group;
      }
  return cells;
}

// SplitMix64 (Steele, Lea, Flood 2014), as the workload: the same order on every machine.
class Shuffler {
 public:
  explicit Shuffler(std::uint64_t seed) : state_(seed) {}

  void shuffle(std::vector<std::size_t>& values) {
    for (std::size_t left = values.size(); left > 1; --left)
      std::swap(values[left - 1], values[static_cast<std::size_t>(next() % left)]);
  }

 private:
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e37'79b9'7f4a'7c15;
    z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9;
    z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11eb;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

// ---- The rounds.

// Once a cell ran out of time it would only do so again, and take as long.
bool is_hopeless(const CellResult& cell) {
  return cell.outcome == Outcome::timeout || cell.outcome == Outcome::stalled;
}

int badness(Outcome outcome) {
  switch (outcome) {
    case Outcome::interrupted:
      return 0;  // nothing is known yet
    case Outcome::ok:
      return 1;
    case Outcome::timeout:
      return 2;
    case Outcome::stalled:
      return 3;
    case Outcome::deadlock:
      return 4;
    case Outcome::violation:
      break;
  }
  return 5;
}

class Rounds {
 public:
  Rounds(Comparison& comparison, RunControl& control,
         const std::function<void(const CompareProgress&)>& on_progress, const Runner& runner)
      : comparison_(comparison),
        control_(control),
        on_progress_(on_progress),
        runner_(runner),
        shuffler_(comparison.plan.base.seed),
        order_(comparison.cells.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    of_each_run_ = std::move(control.on_progress);
    control_.on_progress = [this](const Progress& progress) {
      if (of_each_run_) of_each_run_(progress);
      report();
    };
  }
  ~Rounds() { control_.on_progress = std::move(of_each_run_); }
  Rounds(const Rounds&) = delete;
  Rounds& operator=(const Rounds&) = delete;

  void run() {
    const ComparePlan& plan = comparison_.plan;
    rounds_expected_ = plan.warmup + plan.runs;
    for (std::uint32_t round = 0; round < plan.warmup; ++round)
      if (!run_round(false)) return;
    const double warmup_s = comparison_.running_s;
    for (std::uint32_t done = 0; wants_round(done, comparison_.running_s - warmup_s); ++done)
      if (!run_round(true)) return;
  }

 private:
  bool wants_round(std::uint32_t done, double measured_s) {
    const ComparePlan& plan = comparison_.plan;
    if (done < plan.runs) return true;
    const double wanted_s =
        std::chrono::duration<double>(plan.min_time).count() * static_cast<double>(comparison_.cells.size());
    if (done >= kMostRounds || measured_s >= wanted_s) return false;
    const double rounds = measured_s > 0 ? wanted_s / measured_s * done + 1 : kMostRounds;
    rounds_expected_ =
        plan.warmup + std::max(done + 1, static_cast<std::uint32_t>(std::min<double>(kMostRounds, rounds)));
    return true;
  }

  // False: a signal came, and there will be no more rounds.
  bool run_round(bool measured) {
    draw_order(measured);
    for (const std::size_t cell : order_)
      if (!is_hopeless(comparison_.cells[cell]) && !run_cell(cell, measured)) return false;
    ++rounds_done_;
    return true;
  }

  // Every second measured round is the one before it backwards: what only the place in a round does cancels.
  void draw_order(bool measured) {
    if (!comparison_.plan.random_order) return;
    if (measured && is_drawn_)
      std::ranges::reverse(order_);
    else
      shuffler_.shuffle(order_);
    is_drawn_ = measured && !is_drawn_;
  }

  bool run_cell(std::size_t index, bool measured) {
    CellResult& cell = comparison_.cells[index];
    current_ = &cell.config;
    comparison_.order.push_back(index);
    report();
    const Clock::time_point start = Clock::now();
    RunResult result = runner_(cell.config, control_);
    comparison_.running_s += seconds_since(start);
    if (comparison_.started_at.empty()) comparison_.started_at = result.started_at;
    current_ = nullptr;
    if (result.outcome == Outcome::interrupted) {
      comparison_.complete = false;
      comparison_.signal = result.signal;
      return false;
    }
    if (badness(result.outcome) > badness(cell.outcome)) cell.outcome = result.outcome;
    if (measured) cell.runs.push_back(std::move(result));
    report();
    return true;
  }

  void report() {
    if (!on_progress_) return;
    const std::size_t cells = comparison_.cells.size();
    const auto hopeless = static_cast<std::size_t>(std::ranges::count_if(comparison_.cells, is_hopeless));
    const std::size_t done = comparison_.order.size() - (current_ != nullptr ? 1 : 0);
    const std::size_t left_after_this_round = rounds_expected_ - std::min(rounds_expected_, rounds_done_ + 1);
    const std::size_t this_round = (rounds_done_ + 1) * cells;
    const std::size_t total = std::min(this_round, std::size_t{rounds_expected_} * cells) +
                              left_after_this_round * (cells - hopeless);
    on_progress_({done, std::max(done, total), std::chrono::duration_cast<nanoseconds>(Clock::now() - start_),
                  current_});
  }

  Comparison& comparison_;
  RunControl& control_;
  const std::function<void(const CompareProgress&)>& on_progress_;
  const Runner& runner_;
  Shuffler shuffler_;
  std::vector<std::size_t> order_;
  bool is_drawn_ = false;  // and not yet run backwards
  std::function<void(const Progress&)> of_each_run_;
  Clock::time_point start_ = Clock::now();
  const Config* current_ = nullptr;
  std::uint32_t rounds_done_ = 0;
  std::uint32_t rounds_expected_ = 0;
};

// ---- The conclusions.

template <class Value>
Summary summarize_measured(const CellResult& cell, Value value) {
  std::vector<double> values;
  for (const RunResult& run : cell.runs)
    if (is_measured(run)) values.push_back(static_cast<double>(value(run)));
  return summarize(std::move(values));
}

void conclude(CellResult& cell) {
  const auto quantile = [&cell](double fraction) {
    return summarize_measured(cell,
                              [fraction](const RunResult& run) { return run.latency.quantile_ns(fraction); });
  };
  cell.as_promised = !breaks_promise(cell.config.strategy, cell.outcome);
  // What deadlocks now and then has no throughput: the runs that got through are no sample of anything.
  if (cell.outcome != Outcome::ok && cell.outcome != Outcome::violation) return;
  cell.runs_measured = static_cast<std::uint32_t>(std::ranges::count_if(cell.runs, is_measured));
  cell.throughput_per_s =
      summarize_measured(cell, [](const RunResult& run) { return run.throughput_per_s(); });
  cell.p50_ns = quantile(0.5);
  cell.p90_ns = quantile(0.9);
  cell.p99_ns = quantile(0.99);
  cell.p99_9_ns = quantile(0.999);
}

// The fastest one of a group, if none was named. Null where nothing of the group can be compared with.
CellResult* reference_of(const ComparePlan& plan, std::span<CellResult> group) {
  CellResult* best = nullptr;
  for (CellResult& cell : group) {
    if (plan.reference) {
      if (cell.runs_measured > 0 && cell.config.strategy == *plan.reference) return &cell;
      continue;
    }
    if (!may_lead(cell)) continue;
    if (best == nullptr || cell.throughput_per_s.median > best->throughput_per_s.median) best = &cell;
  }
  return best;
}

void rank(const ComparePlan& plan, std::span<CellResult> group) {
  CellResult* reference = reference_of(plan, group);
  if (reference == nullptr) return;
  for (CellResult& cell : group) {
    if (&cell == reference) {
      cell.relative.standing = Standing::reference;
      continue;
    }
    if (cell.outcome == Outcome::ok) cell.relative = relate_cells(cell, *reference);
  }
}

}  // namespace

Outcome outcome_of(const Comparison& comparison) {
  if (!comparison.complete) return Outcome::interrupted;
  Outcome worst = Outcome::ok;
  for (const CellResult& cell : comparison.cells)
    if (!cell.as_promised && badness(cell.outcome) > badness(worst)) worst = cell.outcome;
  return worst;
}

bool is_safe(const CellResult& cell) {
  const StrategyEntry* entry = find_strategy(cell.config.strategy);
  return entry == nullptr || (entry->deadlock_free && entry->conserves_money);
}

bool may_lead(const CellResult& cell) {
  return cell.outcome == Outcome::ok && cell.runs_measured > 0 && is_safe(cell);
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

void check(const ComparePlan& plan) {
  check_lists(plan);
  lay_out(plan);
}

RunResult run_registered(const Config& config, RunControl& control) {
  const StrategyEntry* entry = find_strategy(config.strategy);
  if (entry == nullptr) throw ConfigError("unknown strategy '" + config.strategy + "'");
  return entry->run(config, control);
}

bool breaks_promise(std::string_view strategy, Outcome outcome) {
  const StrategyEntry* entry = find_strategy(strategy);  // null: it was never said that it may fail
  switch (outcome) {
    case Outcome::ok:
    case Outcome::interrupted:
      return false;
    case Outcome::violation:
      return entry == nullptr || entry->conserves_money;
    case Outcome::deadlock:
    case Outcome::stalled:
      return entry == nullptr || entry->deadlock_free;
    case Outcome::timeout:
      break;
  }
  return true;
}

Comparison compare(const ComparePlan& plan, RunControl& control,
                   const std::function<void(const CompareProgress&)>& on_progress, const Runner& runner) {
  const Clock::time_point start = Clock::now();
  check_lists(plan);
  Comparison comparison;
  comparison.plan = plan;
  comparison.cells = lay_out(plan);
  comparison.host = host();
  const double load = load_average();
  Rounds(comparison, control, on_progress, runner).run();
  for (CellResult& cell : comparison.cells) conclude(cell);
  const std::size_t strategies = plan.strategies.size();
  for (std::size_t first = 0; first < comparison.cells.size(); first += strategies)
    rank(plan, std::span(comparison.cells).subspan(first, strategies));
  comparison.findings = find_findings(comparison);
  comparison.elapsed_s = seconds_since(start);
  comparison.warnings = find_warnings(comparison, load);
  return comparison;
}

}  // namespace banksim
