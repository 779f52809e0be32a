// A worker: the measured loop.
//
// Worker w of N does transfers w, w + N, w + 2N, ... of the plan; no job queue, which would measure itself.
// The transfers are generated in blocks just ahead of use, and both accounts of each are prefetched: at a
// million accounts that alone doubles the speed. One transfer in 64 is timed; in long runs fewer, because
// reading the clock twice costs as much as two transfers. Cost       a block costs one vector push; a
// transfer one store to the worker's own cache line, besides the
//            strategy and the bank. No allocation, unless a duration is asked for (amortised).
// Threads    each record is written by its worker; `attempted` may be read by anyone at any time, the rest
//            after the join.
#pragma once

#include <banksim/audit.hpp>
#include <banksim/bank.hpp>
#include <banksim/histogram.hpp>
#include <banksim/strategy.hpp>
#include <banksim/sync.hpp>
#include <banksim/workload.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <thread>
#include <vector>

namespace banksim {

// Transfers a block, and bits a word of the log of what was done.
inline constexpr std::size_t kBlock = 64;

// The part of the plan that is one worker's: transfer i of it is number first + i * stride of the plan.
struct WorkShare {
  std::uint64_t first = 0;
  std::uint64_t stride = 1;
  std::uint64_t count = 0;
  std::uint64_t timed_every = 1;  // so many blocks: one transfer of the block is timed

  // Where in its block the timed transfer is, at no fixed place; kBlock: in this one there is none.
  std::size_t timed_in(std::uint64_t block) const {
    return block % timed_every == 0 ? block / timed_every * 37 % kBlock : kBlock;
  }
  std::uint64_t plan_index(std::uint64_t i) const { return first + i * stride; }
};

struct alignas(kCacheLineBytes) WorkerRecord {
  std::atomic<std::uint64_t> attempted{0};  // published as it goes: decided, whether done or declined
  // The rest is the worker's own until it is joined.
  alignas(kCacheLineBytes) WorkShare share;
  std::uint64_t done = 0;
  std::uint64_t declined = 0;
  bool auditing = false;                      // in its own lock_all, not in a transfer
  std::optional<PlannedTransfer> called_off;  // the transfer whose lock_pair was cancelled
  std::vector<std::uint64_t> done_log;        // one bit a transfer, kBlock to a word
  LatencyHistogram latency;
  LockStats locks;
  AuditLog audits;
  std::chrono::steady_clock::time_point finished;

  std::uint64_t cancelled() const { return called_off ? 1 : 0; }
};

// How a worker waits on purpose, and when it stops.
class Pace {
 public:
  Pace(std::chrono::nanoseconds hold, bool yield, std::chrono::nanoseconds think,
       const std::atomic<bool>& stop, const std::atomic<bool>& cancelled)
      : hold_(hold), think_(think), stop_(stop), cancelled_(cancelled), yield_(yield) {}

  bool should_stop() const { return stop_.load(std::memory_order_relaxed); }
  bool has_pauses() const { return yield_ || hold_.count() > 0 || think_.count() > 0; }

  // Between debit and credit, with the locks held. A cancelled run cuts it short; the credit still follows.
  void hold() const {
    if (yield_) std::this_thread::yield();
    if (hold_.count() > 0) spin(hold_);
  }

  // Between transfers. Long ones sleep, so that thinking threads leave the processor to others.
  void think() const {
    if (think_.count() == 0) return;
    if (think_ < std::chrono::microseconds{100}) return spin(think_);
    sleep(think_);
  }

 private:
  void spin(std::chrono::nanoseconds time) const;
  void sleep(std::chrono::nanoseconds time) const;

  std::chrono::nanoseconds hold_;
  std::chrono::nanoseconds think_;
  const std::atomic<bool>& stop_;
  const std::atomic<bool>& cancelled_;
  bool yield_;
};

// Everything that the workers of one run share.
template <class Strategy, Sync S>
struct Workplace {
  Strategy& strategy;
  Bank<S>& bank;
  const Workload& workload;
  const Pace& pace;
  bool audit_each;
  Money total;

  Money audit() const { return audit_total(strategy, bank); }
};

// The next transfers of a worker's share, generated and their accounts prefetched a block ahead of use. One
// at a time, right behind the transfer whose place it takes: the arithmetic hides in the shadow of the locks'
// atomic operations, which a whole block at once does not.
template <Sync S>
class Lookahead {
 public:
  Lookahead(const Workload& workload, Bank<S>& bank, const WorkShare& share)
      : workload_(workload), bank_(bank), stride_(share.stride), next_(share.first) {
    for (std::size_t i = 0; i < kBlock; ++i) replace(i);
  }

  const Transfer& operator[](std::size_t i) const { return ring_[i]; }

  // Transfer i of the block is decided: its place is for the one a block later. Beyond the end of the share
  // the plan goes on; those are never done.
  void replace(std::size_t i) {
    ring_[i] = workload_.transfer(next_);
    next_ += stride_;
    __builtin_prefetch(&bank_[ring_[i].from], 1);
    __builtin_prefetch(&bank_[ring_[i].to], 1);
  }

 private:
  const Workload& workload_;
  Bank<S>& bank_;
  std::uint64_t stride_;
  std::uint64_t next_;
  std::array<Transfer, kBlock> ring_;
};

// How far a block has come: how many transfers were decided, and which of them done.
struct BlockLog {
  std::size_t decided = 0;
  std::uint64_t done = 0;

  void add(TransferOutcome outcome) {
    done |= std::uint64_t{outcome == TransferOutcome::done} << decided;
    ++decided;
  }
};

// The transfer, timed or not; inlined, or the guards' calls would cost more than the guards.
template <class Strategy, Sync S, class Hold>
[[gnu::always_inline]] inline TransferOutcome perform_one(Workplace<Strategy, S>& place,
                                                          const Transfer& transfer, bool timed,
                                                          WorkerRecord& me, const Hold& hold) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin;
  if (timed) [[unlikely]]
    begin = Clock::now();
  const TransferOutcome outcome = perform(place.strategy, place.bank, transfer, hold);
  if (timed) [[unlikely]]
    me.latency.record(static_cast<std::uint64_t>((Clock::now() - begin).count()));
  return outcome;
}

// A block without pauses or audits: flags are read, and progress is published, once for all of it.
template <class Strategy, Sync S>
void work_block(Workplace<Strategy, S>& place, Lookahead<S>& ahead, std::size_t size, std::size_t timed,
                WorkerRecord& me, BlockLog& log) {
  while (log.decided < size) {
    const std::size_t i = log.decided;
    log.add(perform_one(place, ahead[i], i == timed, me, [] {}));
    ahead.replace(i);
  }
}

// A block in which each transfer may take long: flags and progress for each.
template <class Strategy, Sync S>
void work_block_slowly(Workplace<Strategy, S>& place, Lookahead<S>& ahead, std::size_t size,
                       std::size_t timed, WorkerRecord& me, BlockLog& log) {
  const std::uint64_t before = me.attempted.load(std::memory_order_relaxed);
  const auto hold = [&place] { place.pace.hold(); };
  while (log.decided < size && !place.pace.should_stop()) {
    const std::size_t i = log.decided;
    log.add(perform_one(place, ahead[i], i == timed, me, hold));
    ahead.replace(i);
    me.attempted.store(before + log.decided, std::memory_order_relaxed);
    if (place.audit_each) {
      me.auditing = true;
      me.audits.record(place.total, place.audit());
      me.auditing = false;
    }
    place.pace.think();
  }
}

// Does the worker's share, or as much of it as the run lasts.
template <class Strategy, Sync S>
void work(Workplace<Strategy, S>& place, WorkerRecord& me) {
  Lookahead<S> ahead(place.workload, place.bank, me.share);
  const bool slowly = place.audit_each || place.pace.has_pauses();
  bool cancelled = false;
  for (std::uint64_t attempted = 0; attempted < me.share.count && !cancelled && !place.pace.should_stop();) {
    const std::size_t size = std::min<std::uint64_t>(kBlock, me.share.count - attempted);
    const std::size_t timed = me.share.timed_in(attempted / kBlock);
    BlockLog log;
    try {
      if (slowly)
        work_block_slowly(place, ahead, size, timed, me, log);
      else
        work_block(place, ahead, size, timed, me, log);
    } catch (const Cancelled&) {
      cancelled = true;
      if (!me.auditing)  // else that transfer was decided, and the audit after it was called off
        me.called_off = PlannedTransfer{me.share.plan_index(attempted + log.decided), ahead[log.decided]};
    }
    me.done_log.push_back(log.done);
    const auto done = static_cast<std::uint64_t>(std::popcount(log.done));
    me.done += done;
    me.declined += log.decided - done;
    attempted += log.decided;
    me.attempted.store(attempted, std::memory_order_relaxed);
  }
  me.locks = this_worker.locks;
}

}  // namespace banksim
