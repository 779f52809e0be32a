#include "run/run_log.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

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
  const std::uint32_t workers = GENERATE(1u, 3u);
  const std::uint64_t each = GENERATE(std::uint64_t{0}, std::uint64_t{1000},
                                      std::uint64_t{400'000});  // three times that is worth threads
  const auto done = [](std::uint64_t k) { return k % 5 != 2; };
  const Workload workload({3, 7, {}, Money{1}, Money{100}});
  const std::vector<Money> opening(7, Money{500});

  std::vector<Money> by_hand = opening;
  std::uint64_t count = 0;
  for (std::uint64_t k = 0; k < workers * each; ++k) {
    if (!done(k)) continue;
    const Transfer transfer = workload.transfer(k);
    by_hand[index(transfer.from)] -= transfer.amount;
    by_hand[index(transfer.to)] += transfer.amount;
    ++count;
  }
  const Ledger ledger = replay(workload, opening, logs(workers, each, done));
  CHECK(ledger.expected == by_hand);
  CHECK(ledger.counts.done == count);
  CHECK(ledger.counts.declined == workers * each - count);
}
