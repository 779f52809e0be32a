// One animal of the zoo in a process of its own: `banksim_zoo_animal real|serial NAME ACCOUNTS`.
//
// Animals leave mutexes locked, race, and may hang a checker that is broken; none of it may reach the tests.
//
// real     Real threads, watched and checked as any run. Prints the names of the checkers that noticed.
// serial   For the thread sanitizer, which looks at what orders two accesses and not at whether they met. Two
//          threads take one turn each, one after the other, and hand over by a relaxed store, which orders
//          nothing: so a race is reported whenever a pair of turns has one, without luck, and nothing can
//          deadlock, spin or lose money. All pairs of turns at the size are done; then all turns on one bank,
//          for orders of locks that contradict each other.
#include "support/zoo.hpp"

#include <banksim/simulate.hpp>
#include <banksim/strategies/all.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace banksim;
using namespace std::chrono_literals;

namespace {

// --- Real runs ---

Config small_run(std::uint32_t accounts) {
  Config config;
  config.threads = 4;
  config.accounts = accounts;
  config.balance = {Money{3}};
  config.min_amount = Money{1};
  config.max_amount = Money{3};
  config.transfers = 10'000;
  config.hold.yield = true;
  config.audit.kind = AuditPolicy::Kind::each;
  config.timeout = 20s;
  config.stall = 1s;
  config.slice = 2ms;
  return config;
}

template <template <class> class Strategy>
RunResult real(const Config& config) {
  RunControl control;
  return simulate<Strategy>(config, control);
}

template <Sync S>
std::vector<Money> balances(Bank<S>& bank) {
  std::vector<Money> found;
  for (Account<S>& account : bank.accounts()) found.push_back(account.balance.get());
  return found;
}

// The parts of a run, for mistakes that are not the strategy's.
template <template <class> class Strategy>
struct Run {
  using S = ThreadSync;
  explicit Run(const Config& config)
      : supervisor(config, control), bank(supervisor.opening()), audit_each(config.audit.kind) {}

  void work_with(const std::function<void(WorkerRecord&)>& before) {
    Workplace<Strategy<S>, S> place{strategy,
                                    bank,
                                    supervisor.workload(),
                                    supervisor.pace(),
                                    audit_each == AuditPolicy::Kind::each,
                                    supervisor.total()};
    supervisor.run(
        [&](WorkerRecord& record) {
          before(record);
          work(place, record);
        },
        [&place] { return place.audit(); });
  }

  RunControl control;
  Supervisor supervisor;
  Bank<S> bank;
  Strategy<S> strategy;
  AuditPolicy::Kind audit_each;
};

// A worker that ends one transfer before its share does. All money is right: only the count of the plan sees
// it.
RunResult skips_the_last_transfer(const Config& config) {
  Run<Ordered> run(config);
  run.work_with([](WorkerRecord& record) { --record.share.count; });
  return run.supervisor.finish(balances(run.bank));
}

// A ledger that replays the plan through the strategy itself, and so makes the same mistake. Why the total is
// checked at all: a right ledger would see whatever the total sees, but the total needs no replay to be
// right, and no audit to have been made.
RunResult ledger_by_the_strategy(const Config& audited) {
  Config config = audited;
  config.threads = 1;  // the order of the replay is that of the run
  config.audit.kind = AuditPolicy::Kind::off;
  Run<zoo::LosesCreditToEmpty> run(config);
  run.work_with([](WorkerRecord&) {});
  const std::vector<Money> found = balances(run.bank);
  Run<zoo::LosesCreditToEmpty> replay(config);
  for (std::uint64_t k = 0; k < config.transfers; ++k)
    perform(replay.strategy, replay.bank, run.supervisor.workload().transfer(k), [] {});
  RunResult result = run.supervisor.finish(found);
  result.check = check_money(result.check.total_expected, balances(replay.bank), found, result.transfers,
                             result.transfers, result.check.audits);
  return result;
}

std::string noticed_by(const RunResult& result) {
  std::string names;
  const auto add = [&names](bool noticed, const char* name) {
    if (noticed) names += std::string(names.empty() ? "" : " ") + name;
  };
  add(result.check.total_found != result.check.total_expected, "total");
  add(result.check.accounts_wrong > 0, "ledger");
  add(result.check.negative_accounts > 0, "negatives");
  add(!result.check.attempts_agree, "attempts");
  add(result.check.audits.wrong > 0, "audit");
  add(result.outcome == Outcome::deadlock, "room");
  add(result.outcome == Outcome::stalled, "stall");
  return names;
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
    count_call();
    if (locked_.load(std::memory_order_relaxed)) throw Cancelled{};
    mutex_.lock();
    locked_.store(true, std::memory_order_relaxed);
  }
  bool try_lock() {
    count_call();
    if (locked_.load(std::memory_order_relaxed) || !mutex_.try_lock()) return false;
    locked_.store(true, std::memory_order_relaxed);
    return true;
  }
  void unlock() {
    locked_.store(false, std::memory_order_relaxed);
    mutex_.unlock();
  }

 private:
  static void count_call() {
    if (++calls_this_turn > kMostCalls) throw Cancelled{};
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

template <class Strategy>
struct Serial {
  using Turn = std::function<void(Strategy&, Bank<SerialSync>&)>;

  explicit Serial(std::uint32_t accounts) : opening(accounts, Money{2}) {
    for (std::uint32_t from = 0; from < accounts; ++from)
      for (std::uint32_t to = 0; to < accounts; ++to)
        for (const Money amount : {Money{1}, Money{3}})  // the second is more than there is
          if (from != to) add_transfer({AccountId{from}, AccountId{to}, amount});
    turns.push_back([](Strategy& strategy, Bank<SerialSync>& bank) {
      // Used, or the compiler leaves out the reads.
      [[maybe_unused]] const volatile std::int64_t sum = audit_total(strategy, bank).minor_units();
    });
  }

  void add_transfer(const Transfer& transfer) {
    turns.push_back(
        [transfer](Strategy& strategy, Bank<SerialSync>& bank) { perform(strategy, bank, transfer, [] {}); });
  }

  static void take(const Turn& turn, Strategy& strategy, Bank<SerialSync>& bank) {
    calls_this_turn = 0;
    try {
      turn(strategy, bank);
    } catch (const Cancelled&) {  // it would wait for ever: not the sanitizer's business
    }
  }

  void take_two(const Turn& first, const Turn& second) const {
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

  void take_all() const {
    Bank<SerialSync> bank(opening);
    Strategy strategy;
    for (const Turn& turn : turns) take(turn, strategy, bank);
  }

  std::vector<Money> opening;
  std::vector<Turn> turns;
};

template <template <class> class Strategy>
void serial(std::uint32_t accounts) {
  const Serial<Strategy<SerialSync>> turns(accounts);
  for (const auto& first : turns.turns)
    for (const auto& second : turns.turns) turns.take_two(first, second);
  turns.take_all();
}

// --- The table ---

struct Entry {
  std::string_view name;
  RunResult (*real)(const Config&);
  void (*serial)(std::uint32_t accounts);
};

template <template <class> class... Strategies>
std::vector<Entry> entries(StrategyList<Strategies...>) {
  return {{Strategies<ThreadSync>::name, &real<Strategies>, &serial<Strategies>}...};
}

using Animals =
    StrategyList<Global, Ordered, ScopedLock, Naive, Unsafe, zoo::LocksOnlySource, zoo::ReleasesFirstEarly,
                 zoo::ChecksFundsBeforeLocking, zoo::PeeksAtFunds, zoo::ReadsBeforeLocking,
                 zoo::UnlocksBeforeWriting, zoo::TwoHalves, zoo::OrderDependsOnPair, zoo::OrderKeyTies,
                 zoo::StripedInRequestOrder, zoo::ForgetsSourceWhenDeclined, zoo::ForgetsTargetWhenDeclined,
                 zoo::HoldsAndSpins, zoo::WaitsForASmallOne, zoo::RetriesThenBlocks, zoo::LosesCreditToEmpty,
                 zoo::SaysDoneThoughDeclined, zoo::ChecksNoFunds, zoo::OverdrawsForAMoment,
                 zoo::LocksEachAccess, zoo::AuditsInDescendingOrder, zoo::AuditsOneAtATime,
                 zoo::AuditsWithoutLocks>;

std::vector<Entry> all_entries() {
  std::vector<Entry> all = entries(Animals{});
  all.push_back({"skips-the-last-transfer", &skips_the_last_transfer, nullptr});
  all.push_back({"ledger-by-the-strategy", &ledger_by_the_strategy, nullptr});
  return all;
}

// What a run shows depends on luck, for some: the first of a few that shows anything stands.
void run_for_real(const Entry& entry, std::uint32_t accounts) {
  constexpr int kTries = 3;
  const Config config = small_run(accounts);
  validate(config);
  std::string noticed;
  for (int i = 0; i < kTries && noticed.empty(); ++i) noticed = noticed_by(entry.real(config));
  std::puts(noticed.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string_view mode = argv[1];
  const std::vector<Entry> all = all_entries();
  const auto entry = std::ranges::find(all, std::string_view(argv[2]), &Entry::name);
  if (entry == all.end()) return 2;
  const auto accounts = static_cast<std::uint32_t>(std::strtoul(argv[3], nullptr, 10));
  if (mode == "real") {
    run_for_real(*entry, accounts);
    return 0;
  }
  if (mode != "serial" || entry->serial == nullptr) return 2;
  entry->serial(accounts);
  return 0;
}
