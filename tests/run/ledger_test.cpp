#include "run/run_log.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <vector>

using namespace banksim;

namespace {

// Logs as workers leave them: worker w did every transfer of its share that `done` says.
std::vector<WorkerRecord> logs(std::uint32_t workers, std::uint64_t each, auto done) {
  std::vector<WorkerRecord> records(workers);
  for (std::uint32_t w = 0; w < workers; ++w) {
    records[w].share = {w, workers, each};
    records[w].attempted = each;
    records[w].done_log = DoneLog((each + kBlock - 1) / kBlock);
    for (std::uint64_t begin = 0; begin < each; begin += kBlock) {
      std::uint64_t word = 0;
      for (std::uint64_t i = begin; i < std::min(begin + kBlock, each); ++i)
        word |= std::uint64_t{done(records[w].share.plan_index(i))} << i % kBlock;
      records[w].done_log.push_back(word);
    }
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
  std::vector<WorkerRecord> records = logs(workers, each, done);
  Books books(workload);
  books.open(opening);
  for (int times = GENERATE(0, 2); times > 0; --times)
    for (WorkerRecord& record : records) books.add_some(record);
  const Ledger ledger = books.replay(records).value();
  CHECK(ledger.expected == by_hand);
  CHECK(ledger.counts.done == count);
  CHECK(ledger.counts.declined == workers * each - count);
}

TEST_CASE("A log that is full has room again for what was added up of it", "[ledger]") {
  DoneLog log(3);
  for (std::uint64_t word = 0; word < 3; ++word) log.push_back(word);
  CHECK(log.is_full());
  log.drop_to(2);
  log.push_back(3);
  CHECK(log.begin() == 2);
  CHECK(log.end() == 4);
  CHECK(log[2] == 2);
  CHECK(log[3] == 3);
  CHECK_FALSE(log.is_full());
}

TEST_CASE("A replay that is to end knows nothing", "[ledger]") {
  const Workload workload({3, 7, {}, Money{1}, Money{100}});
  Books books(workload);
  books.open(std::vector<Money>(7, Money{500}));
  const auto everything = [](std::uint64_t) { return true; };
  CHECK_FALSE(books.replay(logs(2, 1'000'000, everything), [] { return true; }));
}
