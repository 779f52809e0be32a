// How often a comparison is right, measured on the machine at hand: a strategy against itself under two
// names, which must be "no clear difference", and against itself slowed by 20 % inside the locks, which must
// be "slower".
//   banksim_compare_rates [COMPARISONS] [ROUNDS, 0: as many as the command takes] [TRANSFERS]
#include <banksim/compare.hpp>
#include <banksim/strategies/ordered.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
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

// The best of several: what a transfer takes when nothing is in its way.
double ns_per_transfer(const Config& config) {
  Config alone = config;
  alone.threads = 1;
  alone.hold = {};
  double best = 1e9;
  for (int i = 0; i < 10; ++i) {
    RunControl control;
    best = std::min(best, 1e9 / simulate<Ordered>(alone, control).throughput_per_s());
  }
  return best + static_cast<double>(config.hold.spin.count());
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
  if (rounds == 0) plan.min_time = kUsualMinTime;
  plan.base.transfers = argc > 3 ? static_cast<std::uint64_t>(std::atoll(argv[3])) : 200'000;
  const double step_ns = ns_per_step();
  struct Condition {
    std::uint32_t threads;
    nanoseconds hold;
  };
  for (const Condition& condition :
       {Condition{1, nanoseconds{0}}, {2, nanoseconds{0}}, {2, nanoseconds{1000}}}) {
    plan.threads = {condition.threads};
    plan.holds = {Hold{condition.hold}};
    plan.base.hold = plan.holds.front();
    const double transfer_ns = ns_per_transfer(plan.base);
    extra_steps = static_cast<std::uint64_t>(0.2 * transfer_ns / step_ns);
    fmt::print("{} threads, hold {} ns: a transfer takes {:.0f} ns, slowed by {} steps of {:.2f} ns\n",
               condition.threads, condition.hold.count(), transfer_ns, extra_steps, step_ns);
    report("  against itself: no difference",
           measure(plan, "twin", Standing::no_clear_difference, comparisons), comparisons);
    report("  20 % slower in the locks: slower", measure(plan, "slowed", Standing::slower, comparisons),
           comparisons);
  }
}
