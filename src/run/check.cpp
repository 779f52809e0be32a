// Whether the money is right: the ledger, replayed from the plan, and the validator, which compares with it.
#include "run/platform.hpp"
#include "run/run_log.hpp"

#include <algorithm>
#include <array>
#include <system_error>

namespace banksim {
namespace {

// Adds one worker's completed transfers.
void replay_record(const Workload& workload, const WorkerRecord& record, Ledger& ledger) {
  std::vector<Money>& balances = ledger.expected;
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
    ledger.counts.done += done_here;
    ledger.counts.declined += transfers.size() - done_here;
  }
}

std::uint64_t magnitude(Money difference) {
  const auto units = static_cast<std::uint64_t>(difference.minor_units());
  return difference < Money{} ? ~units + 1 : units;
}

// What transfers that were called off after a write may have done to an account: each of their debits and
// credits, or not. Up to ten are tried in all combinations; of more, only the two bounds are known.
bool explains(std::span<const Transfer> in_flight, AccountId account, Money difference) {
  constexpr std::size_t kMostTried = 10;
  std::vector<Money> moves;
  Money least, most;
  for (const Transfer& transfer : in_flight) {
    if (transfer.to == account) {
      moves.push_back(transfer.amount);
      most += transfer.amount;
    }
    if (transfer.from == account) {
      moves.push_back(Money{} - transfer.amount);
      least -= transfer.amount;
    }
  }
  if (difference < least || most < difference) return false;
  if (moves.size() > kMostTried) return true;
  for (std::size_t chosen = 0; chosen < std::size_t{1} << moves.size(); ++chosen) {
    Money sum;
    for (std::size_t i = 0; i < moves.size(); ++i)
      if ((chosen >> i & 1) != 0) sum += moves[i];
    if (sum == difference) return true;
  }
  return false;
}

}  // namespace

Ledger replay(const Workload& workload, std::vector<Money> opening, std::span<const WorkerRecord> records) {
  // Threads pay where there is much to replay and little to merge.
  const std::uint64_t transfers = attempted_by(records);
  const bool alone = transfers < 1'000'000 || opening.size() > transfers / 8;
  const std::size_t parts = alone ? 1 : std::min<std::size_t>(host_cpus(), records.size());

  std::vector<Ledger> partial(parts);
  for (std::size_t part = 1; part < parts; ++part) partial[part].expected.resize(opening.size());
  Ledger& ledger = partial[0];
  ledger.expected = std::move(opening);
  const auto replay_part = [&](std::size_t part) {
    for (std::size_t w = part; w < records.size(); w += parts)
      replay_record(workload, records[w], partial[part]);
  };
  std::vector<Thread> threads;
  for (std::size_t part = 1; part < parts; ++part) {
    try {
      threads.emplace_back([&replay_part, part] { replay_part(part); });
    } catch (const std::system_error&) {
      replay_part(part);  // no thread to be had: slower, not wrong
    }
  }
  replay_part(0);
  for (Thread& thread : threads) thread.join();

  for (std::size_t part = 1; part < parts; ++part) {
    for (std::size_t i = 0; i < ledger.expected.size(); ++i) ledger.expected[i] += partial[part].expected[i];
    ledger.counts.done += partial[part].counts.done;
    ledger.counts.declined += partial[part].counts.declined;
  }
  return std::move(ledger);
}

Check check_money(Money total_expected, std::span<const Money> expected, std::span<const Money> found,
                  const TransferCounts& counted, const TransferCounts& replayed, const AuditLog& audits,
                  std::span<const Transfer> in_flight) {
  Check check;
  check.total_expected = total_expected;
  check.audits = audits;
  check.attempts_agree =
      counted == replayed && counted.attempted == counted.done + counted.declined + counted.cancelled;
  // An empty bank, or a ledger of another bank, checks nothing.
  if (found.empty() || expected.size() != found.size()) return check;
  for (std::size_t i = 0; i < found.size(); ++i) {
    check.total_found += found[i];
    if (found[i] < Money{}) ++check.negative_accounts;
    if (found[i] == expected[i]) continue;
    const WrongAccount wrong{AccountId{static_cast<std::uint32_t>(i)}, expected[i], found[i]};
    if (explains(in_flight, wrong.account, wrong.difference())) {
      ++check.accounts_in_flight;
      continue;
    }
    ++check.accounts_wrong;
    if (!check.first_wrong) check.first_wrong = wrong;
    if (!check.worst || magnitude(wrong.difference()) > magnitude(check.worst->difference()))
      check.worst = wrong;
  }
  check.accounts_checked = found.size();
  check.performed = true;
  return check;
}

}  // namespace banksim
