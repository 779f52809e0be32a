// How often a comparison is right, measured on the machine at hand: a strategy against itself under two
// names, which must be "no clear difference", and against itself slowed by 20 % inside the locks, which must
// be "slower".
//   banksim_compare_rates [COMPARISONS] [ROUNDS, 0: as many as the command takes] [TRANSFERS]
#include "compare/compare.hpp"

#include <banksim/strategies/ordered.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace banksim {
namespace {

using Clock = std::chrono::steady_clock;

// Steps of a loop that no compiler leaves out, and how many of them a transfer is slowed by.
std::uint64_t extra_steps = 0;
void spin(std::uint64_t steps) {
  for (std::uint64_t i = 0; i < steps; ++i) asm volatile("" ::: "memory");
}

// As ordered, but slower while it holds its locks.
template <class S>
struct Slowed : Ordered<S> {
  static constexpr std::string_view name = "slowed";
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    struct Guard : PairGuard<typename S::Mutex> {
      using PairGuard<typename S::Mutex>::PairGuard;
      ~Guard() { spin(extra_steps); }  // the base releases after this
    };
    const bool upward = transfer.from < transfer.to;
    return Guard(bank[upward ? transfer.from : transfer.to].mutex,
                 bank[upward ? transfer.to : transfer.from].mutex);
  }
};

RunResult run_by_name(const Config& config, RunControl& control) {
  return config.strategy == "slowed" ? simulate<Slowed>(config, control) : simulate<Ordered>(config, control);
}

double ns_per_step() {
  constexpr std::uint64_t kSteps = 20'000'000;
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    const auto start = Clock::now();
    spin(kSteps);
    best = std::min(best, std::chrono::duration<double, std::nano>(Clock::now() - start).count() / kSteps);
  }
  return best;
}

// What a transfer takes when nothing is in its way: the best of several runs on one thread.
double ns_per_transfer(Config config, const std::string& strategy) {
  config.strategy = strategy;
  config.threads = 1;
  config.transfers = 50'000;
  double best = 1e9;
  for (int i = 0; i < 15; ++i) {
    RunControl control;
    best = std::min(best, 1e9 / run_by_name(config, control).throughput_per_s());
  }
  return best;
}

// A processor does some of the extra steps beside the rest: find by trial how many make 20 % more.
double slow_down_by_a_fifth(const Config& config) {
  const double plain_ns = ns_per_transfer(config, "ordered");
  extra_steps = static_cast<std::uint64_t>(0.2 * plain_ns / ns_per_step());
  for (int trial = 0; trial < 15; ++trial) {
    const double slowdown = ns_per_transfer(config, "slowed") / plain_ns;
    if (slowdown > 1.19 && slowdown < 1.21) break;
    extra_steps =
        static_cast<std::uint64_t>(static_cast<double>(extra_steps) * (slowdown < 1.2 ? 1.08 : 0.96)) + 1;
  }
  return ns_per_transfer(config, "slowed") / plain_ns;
}

struct Rate {
  int right = 0;
  double rounds = 0;
  double ratio = 0;
};

// `wanted` is the standing of the second strategy; of a slowed one "reference" would be wrong.
Rate measure(ComparePlan plan, const std::string& other, Standing wanted, int comparisons) {
  plan.strategies = {"ordered", other};
  plan.reference = "ordered";
  Rate rate;
  for (int i = 0; i < comparisons; ++i) {
    plan.base.seed = static_cast<std::uint64_t>(i) + 1;
    RunControl control;
    const Comparison comparison = compare(plan, control, {}, run_by_name);
    const CellResult& cell = comparison.cells[1];
    rate.right += cell.relative.standing == wanted ? 1 : 0;
    rate.rounds += cell.runs_measured;
    rate.ratio += cell.relative.ratio;
  }
  rate.rounds /= comparisons;
  rate.ratio /= comparisons;
  return rate;
}

void report(const std::string& what, const Rate& rate, int comparisons) {
  fmt::print("{:<34} {:>3} of {} right  ({:.0f} rounds, mean ratio {:.2f})\n", what, rate.right, comparisons,
             rate.rounds, rate.ratio);
}

}  // namespace
}  // namespace banksim

int main(int argc, char** argv) {
  using namespace banksim;
  const int comparisons = argc > 1 ? std::atoi(argv[1]) : 20;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 0;
  ComparePlan plan;
  plan.accounts = {1000};
  plan.runs = rounds > 0 ? static_cast<std::uint32_t>(rounds) : plan.runs;
  if (rounds == 0) {
    plan.runs = kUsualRuns;
    plan.min_time = kUsualMinTime;
  }
  const std::uint64_t transfers = argc > 3 ? static_cast<std::uint64_t>(std::atoll(argv[3])) : 200'000;
  struct Condition {
    std::uint32_t threads;
    nanoseconds hold;
  };
  for (const Condition& condition :
       {Condition{1, nanoseconds{0}}, {2, nanoseconds{0}}, {2, nanoseconds{1000}}}) {
    plan.threads = {condition.threads};
    plan.holds = {Hold{condition.hold}};
    plan.base.hold = plan.holds.front();
    plan.base.transfers = condition.hold.count() > 0 ? transfers / 4 : transfers;  // or it takes all night
    const double slowdown = slow_down_by_a_fifth(plan.base);
    fmt::print("{} threads, hold {} ns; slowed: {:.2f} times the time of a transfer\n", condition.threads,
               condition.hold.count(), slowdown);
    report("  against itself: no difference",
           measure(plan, "twin", Standing::no_clear_difference, comparisons), comparisons);
    std::fflush(stdout);
    report("  20 % slower in the locks: slower", measure(plan, "slowed", Standing::slower, comparisons),
           comparisons);
  }
}
