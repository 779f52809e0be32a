#include "run/ledger.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <numeric>
#include <vector>

using namespace banksim;

namespace {

// Logs as workers leave them: worker w did every transfer of its share that `done` says.
std::vector<WorkerRecord> logs(std::uint32_t workers, std::uint64_t each, auto done) {
  std::vector<WorkerRecord> records(workers);
  for (std::uint32_t w = 0; w < workers; ++w) {
    records[w].share = {w, workers, each};
    records[w].attempted = each;
    records[w].done_log.assign((each + kBlock - 1) / kBlock, 0);
    for (std::uint64_t i = 0; i < each; ++i)
      if (done(records[w].share.plan_index(i)))
        records[w].done_log[i / kBlock] |= std::uint64_t{1} << i % kBlock;
  }
  return records;
}

}  // namespace

TEST_CASE("The replay moves exactly the transfers that were done", "[ledger]") {
  constexpr std::uint32_t kAccounts = 7;
  constexpr std::uint64_t kEach = 1000;
  const std::uint32_t workers = GENERATE(1u, 3u);
  const auto done = [](std::uint64_t k) { return k % 5 != 2; };
  const Workload workload({3, kAccounts, {}, Money{1}, Money{100}});
  const std::vector<Money> opening(kAccounts, Money{500});
  const auto records = logs(workers, kEach, done);

  std::vector<Money> by_hand = opening;
  std::uint64_t count = 0;
  for (std::uint64_t k = 0; k < workers * kEach; ++k) {
    if (!done(k)) continue;
    const Transfer transfer = workload.transfer(k);
    by_hand[index(transfer.from)] -= transfer.amount;
    by_hand[index(transfer.to)] += transfer.amount;
    ++count;
  }
  const Ledger ledger = replay(workload, opening, records);
  CHECK(ledger.expected == by_hand);
  CHECK(ledger.counts.done == count);
  CHECK(ledger.counts.declined == workers * kEach - count);
}

TEST_CASE("A replay by several threads gives the same as by one", "[ledger]") {
  constexpr std::uint64_t kEach = 600'000;  // enough for it to use threads
  const Workload workload({3, 10, {}, Money{1}, Money{100}});
  const std::vector<Money> opening(10, Money{500});
  const auto two = logs(2, kEach, [](std::uint64_t k) { return k % 3 == 0; });
  const auto one = logs(1, 2 * kEach, [](std::uint64_t k) { return k % 3 == 0; });
  const Ledger a = replay(workload, opening, two), b = replay(workload, opening, one);
  CHECK(a.expected == b.expected);
  CHECK(a.counts == b.counts);
}

TEST_CASE("Nothing attempted leaves the opening balances", "[ledger]") {
  const Workload workload({3, 4, {}, Money{1}, Money{100}});
  const std::vector<Money> opening{Money{1}, Money{2}, Money{3}, Money{4}};
  const std::vector<WorkerRecord> records(2);
  CHECK(replay(workload, opening, records).expected == opening);
}
