// Whether the money is right: the ledger, replayed from the plan, and the validator, which compares with it.
#include "run/platform.hpp"
#include "run/run_log.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <system_error>

namespace banksim {
namespace {

// Blocks of a worker's log that are added up at once: some milliseconds' worth.
constexpr std::uint64_t kBlocksAtOnce = 8'192;

struct Piece {
  const WorkerRecord* record;
  std::uint64_t begin, end;  // blocks
};

void add_up(const Workload& workload, const Piece& piece, Ledger& ledger) {
  const WorkerRecord& record = *piece.record;
  Money* const balances = ledger.expected.data();
  std::array<Transfer, kBlock> block;
  const std::uint64_t attempted = record.attempted.load(std::memory_order_relaxed);
  for (std::uint64_t b = piece.begin; b < piece.end; ++b) {
    const std::uint64_t first = b * kBlock;
    const std::span<Transfer> transfers(block.data(), std::min<std::uint64_t>(kBlock, attempted - first));
    workload.fill(transfers, record.share.plan_index(first), record.share.stride,
                  [=](const Transfer& transfer) {
                    __builtin_prefetch(&balances[index(transfer.from)], 1);
                    __builtin_prefetch(&balances[index(transfer.to)], 1);
                  });
    const std::uint64_t done = record.done_log[b];
    std::uint64_t left = done;
    for (const Transfer& transfer : transfers) {
      const Money moved = (left & 1) != 0 ? transfer.amount : Money{};
      balances[index(transfer.from)] -= moved;
      balances[index(transfer.to)] += moved;
      left >>= 1;
    }
    const auto done_here = static_cast<std::uint64_t>(std::popcount(done));
    ledger.counts.done += done_here;
    ledger.counts.declined += transfers.size() - done_here;
  }
}

void merge(const Ledger& part, Ledger& ledger) {
  for (std::size_t i = 0; i < ledger.expected.size(); ++i) ledger.expected[i] += part.expected[i];
  ledger.counts.done += part.counts.done;
  ledger.counts.declined += part.counts.declined;
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

void Books::add_some(WorkerRecord& record) {
  const std::uint64_t begin = record.done_log.begin();
  const std::uint64_t end = std::min(begin + kBlocksAtOnce, record.done_log.end());
  const std::lock_guard lock(mutex_);
  add_up(workload_, {&record, begin, end}, ledger_);
  record.done_log.drop_to(end);
}

std::optional<Ledger> Books::replay(std::span<const WorkerRecord> records,
                                    const std::function<bool()>& look) {
  std::vector<Piece> pieces;
  std::uint64_t blocks = 0;
  for (const WorkerRecord& record : records)
    for (std::uint64_t begin = record.done_log.begin(), end = 0; begin < record.done_log.end(); begin = end) {
      end = std::min(begin + kBlocksAtOnce, record.done_log.end());
      pieces.push_back({&record, begin, end});
      blocks += end - begin;
    }
  // Threads pay where there is much to replay and little to merge.
  const bool alone = blocks * kBlock < 1'000'000 || ledger_.expected.size() > blocks * kBlock / 8;
  std::vector<Ledger> parts(alone ? 0 : std::min<std::size_t>(host_cpus(), pieces.size()) - 1);
  for (Ledger& part : parts) part.expected.resize(ledger_.expected.size());
  std::atomic<std::size_t> next{0};
  std::atomic<bool> ended{false};
  const auto work = [&](Ledger& ledger, const std::function<bool()>& look_up) {
    for (std::size_t i = next++; i < pieces.size() && !ended; i = next++) {
      add_up(workload_, pieces[i], ledger);
      if (look_up && look_up()) ended = true;
    }
  };
  std::vector<Thread> threads;
  for (Ledger& part : parts) {
    try {
      threads.emplace_back([&] { work(part, {}); });
    } catch (const std::system_error&) {
      break;  // no thread to be had: slower, not wrong
    }
  }
  std::exception_ptr thrown;
  try {
    work(ledger_, look);
  } catch (...) {
    thrown = std::current_exception();
    ended = true;
  }
  for (Thread& thread : threads) thread.join();
  if (thrown) std::rethrow_exception(thrown);
  if (ended) return std::nullopt;
  for (const Ledger& part : parts) merge(part, ledger_);
  return std::move(ledger_);
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
