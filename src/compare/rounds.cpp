// The rounds: every cell once, in a random order, round after round.
#include "compare/stages.hpp"

#include <banksim/random.hpp>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

namespace banksim {
namespace {

using Clock = std::chrono::steady_clock;

// Once a cell ran out of time it would only do so again, and take as long.
bool is_hopeless(const CellResult& cell) {
  return cell.outcome == Outcome::timeout || cell.outcome == Outcome::stalled;
}

class Rounds {
 public:
  Rounds(Comparison& comparison, RunControl& control,
         const std::function<void(const CompareProgress&)>& on_progress, const Runner& runner)
      : comparison_(comparison),
        control_(control),
        on_progress_(on_progress),
        runner_(runner),
        random_(comparison.plan.base.seed),
        order_(comparison.cells.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    of_each_run_ = std::move(control.on_progress);
    control_.on_progress = [this](const RunProgress& progress) {
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
    if (measured && is_drawn_)
      std::ranges::reverse(order_);
    else
      for (std::size_t left = order_.size(); left > 1; --left)
        std::swap(order_[left - 1], order_[random_() % left]);
    is_drawn_ = measured && !is_drawn_;
  }

  bool run_cell(std::size_t index, bool measured) {
    CellResult& cell = comparison_.cells[index];
    current_ = &cell.config;
    comparison_.order.push_back(index);
    report();
    const Clock::time_point start = Clock::now();
    RunResult result = runner_(cell.config, control_);
    comparison_.running_s += std::chrono::duration<double>(Clock::now() - start).count();
    if (comparison_.started_at.empty()) comparison_.started_at = result.started_at;
    current_ = nullptr;
    if (result.outcome == Outcome::interrupted) {
      comparison_.complete = false;
      comparison_.signal = result.signal;
      return false;
    }
    cell.outcome = worse(cell.outcome, result.outcome);
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
  SplitMix64 random_;
  std::vector<std::size_t> order_;
  bool is_drawn_ = false;  // and not yet run backwards
  std::function<void(const RunProgress&)> of_each_run_;
  Clock::time_point start_ = Clock::now();
  const Config* current_ = nullptr;
  std::uint32_t rounds_done_ = 0;
  std::uint32_t rounds_expected_ = 0;
};

}  // namespace

void run_rounds(Comparison& comparison, RunControl& control,
                const std::function<void(const CompareProgress&)>& on_progress, const Runner& runner) {
  Rounds(comparison, control, on_progress, runner).run();
}

}  // namespace banksim
