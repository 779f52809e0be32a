#include "run/ledger.hpp"

#include "run/platform.hpp"

#include <algorithm>
#include <array>
#include <system_error>
#include <thread>

namespace banksim {
namespace {

// Adds one worker's completed transfers to `balances`.
void replay_record(const Workload& workload, const WorkerRecord& record, std::span<Money> balances,
                   TransferCounts& counts) {
  std::array<Transfer, kBlock> block;
  const std::uint64_t attempted = record.attempted.load(std::memory_order_relaxed);
  for (std::uint64_t begin = 0; begin < attempted; begin += kBlock) {
    const std::span<Transfer> transfers(block.data(), std::min<std::uint64_t>(kBlock, attempted - begin));
    for (std::size_t i = 0; i < transfers.size(); ++i) {
      const Transfer& transfer = transfers[i] = workload.transfer(record.share.plan_index(begin + i));
      __builtin_prefetch(&balances[index(transfer.from)], 1);
      __builtin_prefetch(&balances[index(transfer.to)], 1);
    }
    const std::uint64_t done = record.done_log[begin / kBlock];
    for (std::size_t i = 0; i < transfers.size(); ++i) {
      const Money moved = (done >> i & 1) != 0 ? transfers[i].amount : Money{};
      balances[index(transfers[i].from)] -= moved;
      balances[index(transfers[i].to)] += moved;
    }
    const auto done_here = static_cast<std::uint64_t>(std::popcount(done));
    counts.done += done_here;
    counts.declined += transfers.size() - done_here;
  }
}

// Threads pay where there is much to replay and little to merge.
std::size_t replayers(std::size_t accounts, std::span<const WorkerRecord> records) {
  std::uint64_t transfers = 0;
  for (const WorkerRecord& record : records) transfers += record.attempted.load(std::memory_order_relaxed);
  if (transfers < 1'000'000 || accounts > transfers / 8) return 1;
  return std::min<std::size_t>(host_cpus(), records.size());
}

}  // namespace

Ledger replay(const Workload& workload, std::vector<Money> opening, std::span<const WorkerRecord> records) {
  const std::size_t parts = replayers(opening.size(), records);
  std::vector<Ledger> partial(parts);
  const auto replay_part = [&](std::size_t part) {
    Ledger& mine = partial[part];
    TransferCounts counts;
    for (std::size_t w = part; w < records.size(); w += parts)
      replay_record(workload, records[w], mine.expected, counts);
    mine.counts = counts;
  };
  partial[0].expected = std::move(opening);
  for (std::size_t part = 1; part < parts; ++part) partial[part].expected.resize(partial[0].expected.size());

  std::vector<std::thread> threads;
  for (std::size_t part = 1; part < parts; ++part) {
    try {
      threads.emplace_back(replay_part, part);
    } catch (const std::system_error&) {
      replay_part(part);  // no thread to be had: slower, not wrong
    }
  }
  replay_part(0);
  for (std::thread& thread : threads) thread.join();

  Ledger ledger = std::move(partial[0]);
  for (std::size_t part = 1; part < parts; ++part) {
    for (std::size_t i = 0; i < ledger.expected.size(); ++i) ledger.expected[i] += partial[part].expected[i];
    ledger.counts.done += partial[part].counts.done;
    ledger.counts.declined += partial[part].counts.declined;
  }
  return ledger;
}

}  // namespace banksim
