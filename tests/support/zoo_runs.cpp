#include "zoo_runs.hpp"

#include "zoo.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace banksim::zoo {
namespace {

// --- Real runs ---

template <template <class> class Strategy>
RunResult run(const Config& config) {
  RunControl control;
  return simulate<Strategy>(config, control);
}

// A worker that ends one transfer before its share does. All money is right: only the count of the plan sees
// it.
struct SkipsTheLast : SimulatedStrategy<Ordered<ThreadSync<>>, ThreadSync<>> {
  using SimulatedStrategy::SimulatedStrategy;
  void work(WorkerRecord& mine) override {
    --mine.share.count;
    SimulatedStrategy::work(mine);
  }
};

RunResult skip_the_last_transfer(const Config& config) {
  RunControl control;
  const RunSubjectFactory make = [](const RunSetup& setup) -> std::unique_ptr<RunSubject> {
    return std::make_unique<SkipsTheLast>(setup);
  };
  return simulate(config, control, make, kCacheLineBytes);
}

// A ledger that replays the plan through the strategy itself, and so makes the same mistake. Why the total is
// checked at all: a right ledger would see whatever the total sees, but the total needs no replay to be
// right, and no audit to have been made.
RunResult keep_the_ledger_by_the_strategy(const Config& audited) {
  Config config = audited;
  config.threads = 1;  // the order of the replay is that of the run
  config.audit.kind = AuditPolicy::Kind::off;
  RunResult result = run<LosesCreditToEmpty>(config);

  Bank<ThreadSync<>> bank(std::vector<Money>(config.accounts, config.opening(0)));
  LosesCreditToEmpty<ThreadSync<>> strategy;
  const Workload workload(config.workload());
  for (std::uint64_t k = 0; k < config.transfers; ++k) perform(strategy, bank, workload.transfer(k), [] {});
  std::vector<Money> left;
  for (std::uint32_t i = 0; i < bank.size(); ++i) left.push_back(bank[AccountId{i}].balance.get());
  if (bank.total() != result.check.total_found) throw std::logic_error("the replay is not the run");
  result.check =
      check_money(result.check.total_expected, left, left, result.transfers, result.transfers, {}, {});
  return result;
}

// --- Serial turns ---

// Calls of one turn. Who needs more waits for another turn: a spin that would never end.
constexpr int kMostCalls = 1000;
thread_local int calls_this_turn = 0;

// A std::mutex that the sanitizer knows, and that is never waited for: one turn at a time, so what is locked
// was left locked, or is the caller's own.
class SerialMutex {
 public:
  SerialMutex() = default;
  explicit SerialMutex(AccountId) {}
  SerialMutex(const SerialMutex&) = delete;
  SerialMutex& operator=(const SerialMutex&) = delete;

  void lock() {
    if (is_locked()) throw Cancelled{};
    mutex_.lock();  // a try_lock would tell the sanitizer nothing of orders
    locked_.store(true, std::memory_order_relaxed);
  }
  bool try_lock() {
    if (is_locked() || !mutex_.try_lock()) return false;
    locked_.store(true, std::memory_order_relaxed);
    return true;
  }
  void unlock() {
    locked_.store(false, std::memory_order_relaxed);
    mutex_.unlock();
  }

 private:
  bool is_locked() const {
    if (++calls_this_turn > kMostCalls) throw Cancelled{};
    return locked_.load(std::memory_order_relaxed);
  }

  std::mutex mutex_;
  std::atomic<bool> locked_{false};  // relaxed: it orders nothing that the mutex does not order
};

struct SerialSync {
  using Mutex = SerialMutex;
  template <class T>
  using Cell = PlainCell<T>;
};
static_assert(Sync<SerialSync>);

// A transfer, or an audit.
using Turn = std::optional<Transfer>;

std::vector<Turn> all_turns(std::uint32_t accounts) {
  std::vector<Turn> turns{std::nullopt};
  for (std::uint32_t from = 0; from < accounts; ++from)
    for (std::uint32_t to = 0; to < accounts; ++to)
      for (const Money amount : {Money{1}, Money{3}})  // the second is more than there is
        if (from != to) turns.push_back(Transfer{AccountId{from}, AccountId{to}, amount});
  return turns;
}

template <class Strategy>
void take(const Turn& turn, Strategy& strategy, Bank<SerialSync>& bank) {
  calls_this_turn = 0;
  try {
    if (turn) {
      perform(strategy, bank, *turn, [] {});
    } else {  // the sum is used, or the compiler leaves out the reads
      [[maybe_unused]] const volatile std::int64_t sum = audit_total(strategy, bank).minor_units();
    }
  } catch (const Cancelled&) {
    // It would wait for ever: not the sanitizer's business.
  }
}

template <template <class> class Animal>
void take_turns(std::uint32_t accounts) {
  using Strategy = Animal<SerialSync>;
  const std::vector<Money> opening(accounts, Money{2});
  const std::vector<Turn> turns = all_turns(accounts);
  for (const Turn& first : turns)
    for (const Turn& second : turns) {
      Bank<SerialSync> bank(opening);
      Strategy strategy;
      std::atomic<bool> handed_over{false};
      std::thread one([&] {
        take(first, strategy, bank);
        handed_over.store(true, std::memory_order_relaxed);
      });
      std::thread other([&] {
        while (!handed_over.load(std::memory_order_relaxed)) std::this_thread::yield();
        take(second, strategy, bank);
      });
      one.join();
      other.join();
    }
  Bank<SerialSync> bank(opening);
  Strategy strategy;
  for (const Turn& turn : turns) take(turn, strategy, bank);
}

// --- The table ---

template <template <class> class... Strategies>
std::vector<Runner> runners(StrategyList<Strategies...>) {
  return {{Strategies<ThreadSync<>>::name, &run<Strategies>, &take_turns<Strategies>}...,
          {"skips-the-last-transfer", &skip_the_last_transfer, nullptr},
          {"ledger-by-the-strategy", &keep_the_ledger_by_the_strategy, nullptr}};
}

using All =
    StrategyList<Global, Ordered, ScopedLock, Naive, Unsafe, LocksOnlySource, ReleasesFirstEarly,
                 ChecksFundsBeforeLocking, PeeksAtFunds, ReadsBeforeLocking, UnlocksBeforeWriting, TwoHalves,
                 OrderDependsOnPair, OrderKeyTies, StripedInRequestOrder, ForgetsSourceWhenDeclined,
                 ForgetsTargetWhenDeclined, HoldsAndSpins, WaitsForASmallOne, RetriesThenBlocks,
                 LosesCreditToEmpty, SaysDoneThoughDeclined, ChecksNoFunds, OverdrawsForAMoment, GivesUp,
                 LocksEachAccess, AuditsInDescendingOrder, AuditsOneAtATime, AuditsWithoutLocks>;

}  // namespace

const Runner& runner(std::string_view name) {
  static const std::vector<Runner> all = runners(All{});
  const auto found = std::ranges::find(all, name, &Runner::name);
  if (found == all.end()) throw std::invalid_argument("no such animal in zoo_runs.cpp: " + std::string(name));
  return *found;
}

}  // namespace banksim::zoo
