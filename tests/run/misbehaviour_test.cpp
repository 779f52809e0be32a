// A run ends with a true verdict whatever the strategy's code does, as far as one process can hold it to that.
#include "support/hostile_more.hpp"
#include "support/odd_but_correct.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <thread>
#include <tuple>

using namespace banksim;
using namespace banksim::test::hostile;
using namespace banksim::test::odd;
using namespace std::chrono_literals;

namespace {

// What ends by itself may take its time, on whatever machine.
Config patient(std::uint32_t accounts, std::uint32_t threads) {
  Config config;
  config.accounts = accounts;
  config.threads = threads;
  config.transfers = 1'000'000'000'000;
  config.timeout = 20s;
  config.slice = 5ms;
  config.audit.kind = AuditPolicy::Kind::off;
  return config;
}

// Ends by its timeout, when everybody has begun.
Config quick(std::uint32_t accounts, std::uint32_t threads) {
  Config config = patient(accounts, threads);
  config.timeout = 400ms;
  return config;
}

template <template <class> class Strategy>
struct Of {
  static RunResult run(const Config& config) {
    RunControl control;
    return simulate<Strategy>(config, control);
  }
};
// Whoever comes first leaves -1 on the first account, the second one leaves -2, and each sees its own in its audit.
template <class S>
struct OverdrawsInTurns : Ordered<S> {
  static constexpr std::string_view name = "overdraws-in-turns";
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer&, [[maybe_unused]] Hold&& hold) {
    const int turn = turns++;
    while (audits < turn) std::this_thread::yield();
    bank[AccountId{0}].balance.set(Money{-1 - turn});
    return TransferOutcome::done;
  }
  Money audit(Bank<S>& bank) {
    const Money sum = bank.total();
    ++audits;
    return sum;
  }
  std::atomic<int> turns{0}, audits{0};
};

std::atomic<bool> asleep{false};

template <class S>
struct SaysThatItSleeps : SleepsAnHour<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    asleep = true;
    return SleepsAnHour<S>::lock_pair(bank, transfer);
  }
};

using NeverBack = std::tuple<Of<SpinsForEver>, Of<SleepsAnHour>, Of<LocksItsOwnStdMutexTwice>,
                             Of<WaitsForFundsWithBothLocks>>;
using OddButCorrect = std::tuple<Of<PoliteTicketLock>, Of<ReaderWriterGate>, Of<OptimisticRetry>,
                                 Of<TriesAndLetsGo>, Of<JournalInTheDestructor>>;

}  // namespace

TEMPLATE_LIST_TEST_CASE("Who never comes back ends the run all the same, and is named", "[misbehaviour]",
                        NeverBack) {
  const Config config = quick(2, 1);  // alone, so that no wait calls it off
  const RunResult result = TestType::run(config);
  CHECK_FALSE(result.check.performed);
  CHECK((result.outcome == Outcome::stalled || result.outcome == Outcome::deadlock));
  REQUIRE(result.ended_by);
  CHECK(result.ended_by->kind == EndKind::never_came_back);
  CHECK(index(result.ended_by->worker) == 0);
  REQUIRE(result.ended_by->transfer);
  CHECK(result.ended_by->transfer->transfer ==
        Workload(config.workload()).transfer(result.ended_by->transfer->index));
}

TEST_CASE("An auditor that alone never comes back is named when all transfers are done", "[misbehaviour]") {
  Config config = quick(2, 2);
  config.transfers = 1000;
  config.stall = 100ms;
  config.audit = {AuditPolicy::Kind::interval, 1ms};
  config.hold.spin = 10us;
  const RunResult result = Of<AuditsForEver>::run(config);
  CHECK(result.outcome == Outcome::stalled);
  REQUIRE(result.ended_by);
  CHECK(result.ended_by->role == Role::auditor);
  CHECK_FALSE(result.ended_by->transfer);
  CHECK(result.transfers.attempted == 1000);
}

TEST_CASE("What a strategy throws ends the run, which says who threw what and where", "[misbehaviour]") {
  const RunResult number = Of<ThrowsAnInt>::run(patient(3, 2));
  CHECK(number.outcome == Outcome::crashed);
  CHECK(number.check.ok());
  REQUIRE(number.ended_by);
  CHECK(number.ended_by->kind == EndKind::threw);
  CHECK(number.ended_by->thrown == "int");
  REQUIRE(number.ended_by->transfer);
  CHECK(number.ended_by->transfer->transfer.amount > Money{90});

  const RunResult error = Of<Throws>::run(patient(3, 2));
  CHECK(error.ended_by.value().thrown == "std::runtime_error: broken down");

  Config audited = patient(3, 2);
  audited.audit = {AuditPolicy::Kind::interval, 1ms};
  const RunResult auditor = Of<AuditorThrows>::run(audited);
  CHECK(auditor.outcome == Outcome::crashed);
  CHECK(auditor.ended_by.value().role == Role::auditor);
  CHECK(auditor.check.ok());
}

TEST_CASE("What a strategy has written before it threw is no money lost", "[misbehaviour]") {
  const RunResult result = Of<ThrowsAfterTheDebit>::run(patient(5, 3));
  CHECK(result.outcome == Outcome::crashed);
  CHECK(result.check.ok());
  CHECK(result.check.accounts_wrong == 0);
  CHECK(result.check.accounts_in_flight >= 1);
  CHECK(result.check.total_found != result.check.total_expected);
}

TEST_CASE("A transfer that swallowed its end is called off, whatever it says", "[misbehaviour]") {
  Config config = patient(2, 4);
  config.hold.yield = true;
  for (int i = 0; i < 5; ++i) {
    const RunResult result =
        i % 2 == 0 ? Of<SwallowsAndSaysDone>::run(config) : Of<SwallowsAndTriesAgain>::run(config);
    CHECK(result.outcome == Outcome::deadlock);
    CHECK(result.check.ok());
    CHECK(result.check.total_found == result.check.total_expected);
  }
}

TEST_CASE("Called off is not undone: what locks after its writes is finished, and the money is right",
          "[misbehaviour]") {
  Config config = patient(3, 4);
  config.timeout = 30ms;
  // On a machine with nothing to spare somebody may not be back in time: then nothing is said of the money.
  const auto check_end = [](const RunResult& result) {
    CHECK(result.outcome == (result.ended_by ? Outcome::stalled : Outcome::timeout));
    CHECK(result.check.ok() == !result.ended_by);
    CHECK(result.check.accounts_wrong + result.check.accounts_in_flight == 0);
  };
  for (int i = 0; i < 10; ++i) {
    check_end(Of<OrderedThenLog>::run(config));
    check_end(Of<LocksInTheGuardsDestructor>::run(config));
  }
}

TEMPLATE_LIST_TEST_CASE("What is odd but correct is accused of nothing when the run is called off",
                        "[misbehaviour]", OddButCorrect) {
  Config config = patient(3, 6);
  config.timeout = 20ms;
  config.balance = {
      Money{GENERATE(0, 50)}};  // one declines all, and has written nothing when it leaves its gate
  for (int i = 0; i < 5; ++i) {
    const RunResult result = TestType::run(config);
    CHECK(result.outcome == Outcome::timeout);
    CHECK(result.check.ok());
    CHECK(result.check.accounts_in_flight == 0);
  }
}

TEST_CASE("Who locks again and again without waiting is called off as well", "[misbehaviour]") {
  const RunResult result = Of<LooksForEver>::run(quick(2, 1));
  CHECK(result.outcome == Outcome::timeout);
  CHECK(result.check.ok());
  CHECK(result.transfers.cancelled == 1);
}

TEST_CASE("What a strategy makes of being called off is not its own end", "[misbehaviour]") {
  Config config = patient(2, 4);
  config.hold.yield = true;
  const RunResult result = Of<TranslatesWhatIsThrown>::run(config);
  CHECK(result.outcome == Outcome::deadlock);
  CHECK_FALSE(result.ended_by);
}

TEST_CASE("Who throws what only the run may throw is named like any other", "[misbehaviour]") {
  const RunResult result = Of<ThrowsCancelled>::run(patient(3, 2));
  CHECK(result.outcome == Outcome::crashed);
  CHECK(result.check.ok());
  CHECK(result.ended_by.value().thrown == "banksim::Cancelled");
}

TEST_CASE("A thread that does not come out of its thread-local destructors is left behind",
          "[misbehaviour]") {
  Config config = quick(3, 1);
  config.transfers = 1000;
  const RunResult result = Of<ThreadLocalNeverEnds>::run(config);
  CHECK(result.outcome == Outcome::stalled);
  CHECK(result.ended_by.value().kind == EndKind::never_came_back);
  CHECK(index(result.ended_by->worker) == 0);

  config.audit = {AuditPolicy::Kind::interval, 1ms};  // whose thread was started first, and is back
  const RunResult audited = Of<ThreadLocalNeverEnds>::run(config);
  CHECK(audited.ended_by.value().role == Role::worker);
  CHECK(index(audited.ended_by->worker) == 0);
}

TEST_CASE("Who never comes back is named with how many others do not either", "[misbehaviour]") {
  const RunResult result = Of<SleepsAnHour>::run(quick(3, 3));
  CHECK(index(result.ended_by.value().worker) == 0);
  CHECK(result.ended_by->others == 2);
}

TEST_CASE("Who is interrupted is told by which signal, also where somebody never comes back",
          "[misbehaviour]") {
  Config config = patient(2, 1);
  RunControl control;
  control.on_progress = [&control](const RunProgress&) {
    if (asleep) control.request_stop(SIGTERM);  // who has not begun yet comes back
  };
  const RunResult result = simulate<SaysThatItSleeps>(config, control);
  CHECK(result.outcome == Outcome::interrupted);
  CHECK(result.signal == SIGTERM);
  CHECK(result.ended_by);
}

TEST_CASE("A deadlock with money in flight is a deadlock, and no money lost", "[misbehaviour]") {
  Config config = patient(2, 4);
  config.hold.yield = true;
  config.accounts = GENERATE(2u, 6u);
  const RunResult result = Of<DebitsThenWaits>::run(config);
  CHECK(result.outcome == Outcome::deadlock);
  CHECK(result.check.ok());
  CHECK(result.check.accounts_wrong == 0);
  CHECK(result.check.accounts_in_flight >= 2);
}

TEST_CASE("A destructor that locks in a deadlock is never thrown through", "[misbehaviour]") {
  Config config = patient(2, 4);
  config.hold.yield = true;
  for (int i = 0; i < 20; ++i) CHECK(Of<CountsOnItsWayOut>::run(config).outcome == Outcome::deadlock);
}

TEST_CASE("Of several overdrafts the first is told, whichever worker saw it", "[misbehaviour]") {
  Config config = patient(2, 2);
  config.transfers = 2;
  config.audit.kind = AuditPolicy::Kind::each;
  const RunResult result = Of<OverdrawsInTurns>::run(config);
  CHECK(result.check.overdrafts == 2);
  CHECK(result.check.first_overdraft.value().balance == Money{-1});
}

TEST_CASE("An overdraft in flight is a violation, with account, balance and time", "[misbehaviour]") {
  Config config = quick(2, 4);
  config.balance = {Money{50}};
  config.audit.kind = AuditPolicy::Kind::each;
  config.hold.yield = true;
  const RunResult result = Of<AsksThenDebits>::run(config);
  CHECK(result.outcome == Outcome::violation);
  CHECK(result.check.overdrafts > 0);
  REQUIRE(result.check.first_overdraft);
  CHECK(index(result.check.first_overdraft->account) < 2);
  CHECK(result.check.first_overdraft->balance < Money{});
  CHECK(result.check.first_overdraft->after_s > 0);
}
