#include "registry.hpp"
#include "run/platform.hpp"

#include <banksim/strategies/ordered.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <limits>
#include <mutex>
#include <thread>

using namespace banksim;
using namespace std::chrono_literals;

namespace {

Config small(std::uint32_t accounts, std::uint32_t threads, std::uint64_t transfers) {
  Config config;
  config.accounts = accounts;
  config.threads = threads;
  config.transfers = transfers;
  return config;
}

// And checks the books, which must be in order whatever went wrong.
RunResult run(const StrategyEntry& entry, const Config& config) {
  RunControl control;
  const RunResult result = entry.run(config, control);
  const TransferCounts& transfers = result.transfers;
  CHECK(transfers.attempted == transfers.done + transfers.declined + transfers.cancelled);
  CHECK(result.check.performed);
  CHECK(result.check.accounts_checked == config.accounts);
  return result;
}
RunResult run_ordered(const Config& config) { return run(*find_strategy("ordered"), config); }

// Its constructor, which no worker runs, keeps a lock that every transfer wants.
template <class S>
struct LockedFromTheStart : Ordered<S> {
  LockedFromTheStart() { mutex.lock(); }
  ~LockedFromTheStart() { mutex.unlock(); }
  auto lock_pair(Bank<S>&, const Transfer&) { return std::lock_guard(mutex); }
  auto lock_all(Bank<S>&) { return std::lock_guard(mutex); }
  typename S::Mutex mutex;
};

template <class S>
struct MadeForFiveAndTwo : Ordered<S> {
  explicit MadeForFiveAndTwo(const Setup& setup) {
    if (setup.accounts != 5 || setup.workers != 2) throw std::logic_error("made for another bank");
  }
};

}  // namespace

TEST_CASE("A transfer from an account to itself moves nothing, and waits for itself where it locks twice",
          "[simulation]") {
  Config config = small(3, 2, 2000);
  config.self_transfers = true;
  const RunResult right = run(*find_strategy("global"), config);
  CHECK(right.outcome == Outcome::ok);
  CHECK(right.transfers.done > 0);
  const RunResult stuck = run_ordered(config);
  CHECK(stuck.outcome == Outcome::deadlock);
  CHECK(stuck.deadlock.value().cycle.size() == 1);
}

TEST_CASE("A run makes its strategy for its bank and its workers", "[simulation]") {
  RunControl control;
  CHECK(simulate<MadeForFiveAndTwo>(small(5, 2, 100), control).outcome == Outcome::ok);
}

TEST_CASE("A lock that no worker holds is no deadlock of any worker: the run is stalled", "[simulation]") {
  Config config = small(2, GENERATE(1u, 2u), 100);
  config.slice = 1ms;
  config.stall = 100ms;
  RunControl control;
  const RunResult result = simulate<LockedFromTheStart>(config, control);
  CHECK(result.outcome == Outcome::stalled);
  CHECK_FALSE(result.deadlock);
  CHECK(result.transfers.done == 0);
}

TEST_CASE("What claims to be safe is ok at every size, and does the whole plan", "[simulation]") {
  const auto [accounts, threads] =
      GENERATE(std::pair{2u, 1u}, std::pair{2u, 2u}, std::pair{3u, 8u}, std::pair{1000u, 4u});
  for (const StrategyEntry& entry : strategies()) {
    if (!entry.deadlock_free || !entry.conserves_money) continue;
    INFO(entry.name);
    const RunResult result = run(entry, small(accounts, threads, 20'011));
    CHECK(result.outcome == Outcome::ok);
    CHECK(result.transfers.attempted == 20'011);
    CHECK(result.transfers.cancelled == 0);
    CHECK(result.check.ok());
    CHECK(result.check.total_found == Money{1000 * accounts});
    CHECK(result.latency.count() > 0);
    CHECK(result.locks.acquired >= 20'011);
  }
}

TEST_CASE("One thread alone is right under every strategy, and alike", "[simulation]") {
  TransferCounts first;
  for (const StrategyEntry& entry : strategies()) {
    Config config = small(5, 1, 10'000);
    config.audit.kind = AuditPolicy::Kind::off;
    const RunResult result = run(entry, config);
    CHECK(result.outcome == Outcome::ok);
    if (first.attempted == 0) first = result.transfers;
    CHECK(result.transfers == first);
  }
}

TEST_CASE("What claims to lose money is caught losing it", "[simulation]") {
  for (const StrategyEntry& entry : strategies()) {
    if (entry.conserves_money) continue;
    INFO(entry.name);
    bool caught = false;  // in the first run, but on a machine with nothing to spare
    for (int tries = 0; tries < 100 && !caught; ++tries) {
      const RunResult result = run(entry, small(2, 4, 200'000));
      caught = result.check.accounts_wrong > 0;
      CHECK((!caught || result.outcome == Outcome::violation));  // which an audit alone may see as well
    }
    CHECK(caught);
  }
}

TEST_CASE("What claims to deadlock does, with a true cycle and the money intact", "[simulation]") {
  const auto [accounts, threads] = GENERATE(std::pair{2u, 2u}, std::pair{6u, 5u}, std::pair{20u, 50u});
  for (const StrategyEntry& entry : strategies()) {
    if (entry.deadlock_free) continue;
    INFO(entry.name);
    Config config = small(accounts, threads, 1'000'000'000);
    config.slice = 2ms;
    config.audit.kind = AuditPolicy::Kind::off;
    config.hold.yield = true;
    const RunResult result = run(entry, config);
    REQUIRE(result.outcome == Outcome::deadlock);
    CHECK(result.check.ok());
    REQUIRE(result.deadlock);
    const auto& cycle = result.deadlock->cycle;
    CHECK(cycle.size() >= 2);
    CHECK(cycle.size() + result.deadlock->blocked_workers.size() <= threads);
    for (std::size_t i = 0; i < cycle.size(); ++i) {
      const DeadlockMember& member = cycle[i];
      const DeadlockMember& next = cycle[(i + 1) % cycle.size()];
      CHECK(member.edge.held_by == next.edge.waiter);
      CHECK(member.edge.waits_for == next.edge.holds);
      REQUIRE(member.transfer);  // naive holds its source and wants its target
      CHECK(member.transfer->transfer.from == member.edge.holds);
      CHECK(member.transfer->transfer.to == member.edge.waits_for);
      CHECK(member.transfer->index % threads == index(member.edge.waiter));
    }
  }
}

TEST_CASE("Fairness is of what each had done when the first was done, not of the plan", "[simulation]") {
  bool unfair = false;  // two that finish within the same block of transfers are alike
  for (int tries = 0; tries < 50 && !unfair; ++tries) {
    const RunResult result = run_ordered(small(100, 2, 200'000));
    CHECK(result.fairness.max_per_worker == 100'000);
    unfair = result.fairness.min_per_worker < 100'000 && result.fairness.jain_index < 1;
  }
  CHECK(unfair);
}

TEST_CASE("The classroom's run audits after each transfer", "[simulation]") {
  Config config = small(6, 5, 5000);
  config.balance = {Money{5000}, Money{10000}, Money{7500}, Money{7000}, Money{6000}, Money{9000}};
  config.hold.yield = true;
  config.audit.kind = AuditPolicy::Kind::each;
  for (const StrategyEntry& entry : strategies()) {
    INFO(entry.name);
    const Outcome expected = !entry.deadlock_free     ? Outcome::deadlock
                             : !entry.conserves_money ? Outcome::violation
                                                      : Outcome::ok;
    RunResult result;
    for (int tries = 0;
         tries == 0 || (expected != Outcome::ok && result.outcome == Outcome::ok && tries < 100); ++tries)
      result = run(entry, config);  // a broken strategy may be lucky once
    CHECK(result.check.total_expected == Money{44500});
    CHECK(result.outcome == expected);
    if (result.outcome == Outcome::ok) CHECK(result.check.audits == AuditLog{5000, 0, {}});
  }
}

TEST_CASE("The auditor audits while the workers work", "[simulation]") {
  Config config = small(10, 2, 1'000'000);
  config.duration = 100ms;
  config.audit.interval = 1ms;
  std::uint64_t audits = 0;  // an audit that was kept from its processor puts off the next one
  for (int tries = 0; tries < 50 && audits < 2; ++tries) {
    const RunResult result = run_ordered(config);
    CHECK(result.outcome == Outcome::ok);
    CHECK(result.check.audits.wrong == 0);
    audits = result.check.audits.audits;
  }
  CHECK(audits >= 2);
}

TEST_CASE("A duration ends the run with everything checked", "[simulation]") {
  Config config = small(10, 3, 1);
  config.duration = 30ms;
  const RunResult result = run_ordered(config);
  CHECK(result.outcome == Outcome::ok);
  CHECK(result.elapsed_s >= 0.03);
  CHECK(result.transfers.attempted > 1);
}

TEST_CASE("A timeout is no verdict, and what was done is right", "[simulation]") {
  Config config = small(10, 3, 1'000'000'000'000);
  config.timeout = 30ms;
  const RunResult result = run_ordered(config);
  CHECK(result.outcome == Outcome::timeout);
  CHECK(result.check.ok());
}

TEST_CASE("Memory that is not there is refused before it is touched", "[simulation]") {
  Config config = small(4'000'000'000, 1, 1);
  config.balance = {Money{1}};
  if (available_memory_bytes() > 0 && available_memory_bytes() < (std::uint64_t{1} << 37))
    CHECK_THROWS_AS(run_ordered(config), SimulationError);
}

TEST_CASE("A configuration that makes no sense is refused in words", "[simulation]") {
  const auto refused = [](auto change) {
    Config config;
    change(config);
    CHECK_THROWS_AS(validate(config), ConfigError);
  };
  refused([](Config& c) { c.threads = 0; });
  refused([](Config& c) { c.threads = kMaxThreads + 1; });
  refused([](Config& c) { c.accounts = 1; });
  refused([](Config& c) { c.balance = {}; });
  refused([](Config& c) { c.balance = {Money{-1}}; });
  refused([](Config& c) { c.balance.assign(1001, Money{1}); });
  refused([](Config& c) { c.transfers = 0; });
  refused([](Config& c) { c.duration = 0ns; });
  refused([](Config& c) { c.duration = 61s; });
  refused([](Config& c) { c.min_amount = Money{0}; });
  refused([](Config& c) { c.min_amount = Money{101}; });
  refused([](Config& c) { c.access = {Access::Kind::zipf, 0, 0, 0}; });
  refused([](Config& c) { c.access = {Access::Kind::hot, 0, 101, 1}; });
  refused([](Config& c) { c.hold.spin = 11s; });
  refused([](Config& c) { c.slice = 0ns; });
  refused([](Config& c) { c.timeout = 0ns; });
  refused([](Config& c) { c.audit.interval = 0ns; });
}

TEST_CASE("A bank's total is exact, up to the largest that there may be", "[simulation]") {
  const auto total = [](std::uint32_t accounts, std::vector<Money> balance) {
    Config config = small(accounts, 1, 1);
    config.balance = std::move(balance);
    return validate(config);
  };
  CHECK(total(5, {Money{1}, Money{10}}) == Money{23});
  CHECK(total(2, {kMaxTotal, Money{0}}) == kMaxTotal);
  CHECK_THROWS_AS(total(3, {kMaxTotal, Money{0}}), ConfigError);
  const Money huge{std::numeric_limits<std::int64_t>::max()};
  CHECK_THROWS_AS(total(4'000'000'000, {huge, huge}), ConfigError);
}
