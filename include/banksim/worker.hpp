// A worker: the measured loop.
//
// Worker w of N does transfers w, w + N, w + 2N, ... of the plan; no job queue, which would measure itself.
// The transfers are generated just ahead of use, and both accounts of each are prefetched: at a million
// accounts that alone doubles the speed. One transfer in 64 is timed; in long runs fewer, because reading the
// clock twice costs as much as two transfers. Where each holds or thinks for a microsecond or more all are timed.
//
// Cost, besides the strategy and the bank: a vector push and a store to the worker's own cache line for each
// block of 64 transfers. No allocation, unless a duration is asked for (amortised).
#pragma once

#include <banksim/audit.hpp>
#include <banksim/bank.hpp>
#include <banksim/config.hpp>
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
#include <exception>
#include <optional>
#include <thread>
#include <vector>

namespace banksim {

// So many transfers are a block, and so many bits a word of the log of what was done.
inline constexpr std::size_t kBlock = 64;

// The part of the plan that is one worker's: transfer i of it is number first + i * stride of the plan.
struct WorkShare {
  std::uint64_t first = 0;
  std::uint64_t stride = 1;
  std::uint64_t count = 0;
  std::uint64_t timed_every = 1;  // in one of so many blocks one transfer is timed
  bool all_timed = false;         // where each takes long anyhow, and there are few

  // Which transfer of the block is timed, at no fixed place; kBlock where none is.
  std::size_t timed_in(std::uint64_t block) const {
    return block % timed_every == 0 ? block / timed_every * 37 % kBlock : kBlock;
  }
  std::uint64_t plan_index(std::uint64_t i) const { return first + i * stride; }
};

// What a worker is to do, and what it did. Before the join others read only `attempted`, transfers decided,
// whether done or declined, and `auditing`.
struct alignas(kCacheLineBytes) WorkerRecord {
  std::atomic<std::uint64_t> attempted{0};
  std::atomic<bool> auditing{false};  // in its own lock_all, not in a transfer
  alignas(kCacheLineBytes) WorkShare share;
  std::uint64_t done = 0;
  std::uint64_t declined = 0;
  std::optional<PlannedTransfer> called_off;  // the transfer that came to no end
  bool called_off_wrote = false;              // and it had written by then
  std::exception_ptr thrown;                  // by the strategy
  std::vector<std::uint64_t> done_log;        // one bit for each transfer, kBlock to a word
  LatencyHistogram latency;
  LockStats locks;
  std::vector<TimeSpan> long_waits;  // for locks
  AuditLog audits;
  Overdrafts overdrafts;
  std::chrono::steady_clock::time_point finished;

  std::uint64_t cancelled() const { return called_off ? 1 : 0; }
};

// How the workers of a run wait on purpose, and when they stop. On cache lines of its own: all read it.
class alignas(kCacheLineBytes) Pace {
 public:
  Pace(const Hold& hold, std::chrono::nanoseconds think) : hold_(hold), think_(think) {}

  // Every worker finishes its transfer, then ends.
  void stop() { stop_ = true; }
  // And these give up their waits.
  void call_off(CallOff who) {
    stop_ = true;
    call_off_ = std::max(call_off_.load(), who);
  }

  bool should_stop() const { return stop_.load(std::memory_order_relaxed); }
  const std::atomic<CallOff>& call_off() const { return call_off_; }
  bool has_pauses() const { return hold_.yield || hold_.spin.count() > 0 || think_.count() > 0; }

  // Between debit and credit, with the locks held. When called off it is cut short; the credit still follows.
  void hold() const {
    if (hold_.yield) std::this_thread::yield();
    if (hold_.spin.count() > 0) spin(hold_.spin);
  }

  // Between transfers. Long ones sleep, so that thinking threads leave the processor to others.
  void think() const {
    if (think_.count() == 0) return;
    if (think_ < std::chrono::microseconds{100}) return spin(think_);
    sleep(think_);
  }

 private:
  void spin(std::chrono::nanoseconds time) const {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end &&
           call_off_.load(std::memory_order_relaxed) == CallOff::nobody) {
    }
  }
  // In naps, so that a run that ends need not wait for it.
  void sleep(std::chrono::nanoseconds time) const {
    constexpr std::chrono::nanoseconds kNap = std::chrono::milliseconds{20};
    const auto end = std::chrono::steady_clock::now() + time;
    for (auto left = time; left.count() > 0 && !should_stop(); left = end - std::chrono::steady_clock::now())
      std::this_thread::sleep_for(std::min(left, kNap));
  }

  Hold hold_;
  std::chrono::nanoseconds think_;
  std::atomic<bool> stop_{false};
  std::atomic<CallOff> call_off_{CallOff::nobody};
};

// What a run settles before its threads start, and they only read.
struct RunSetup {
  Workload workload;
  std::vector<Money> opening;  // by account
  Money total;
  std::uint32_t workers;
  Layout layout;
  bool audit_each;  // a worker audits after each of its transfers
  Pace pace;
};

template <class Strategy, Sync S>
struct Workplace {
  Strategy& strategy;
  Bank<S>& bank;
  const RunSetup& setup;
};

// The next transfers of a worker's share, generated and their accounts prefetched a block ahead of use. This is done
// a burst at a time, behind the transfers whose places it takes: a whole block at once would crowd out what is in the
// cache, and between two locked operations each transfer alone would wait for both.
template <Sync S>
class Lookahead {
 public:
  static constexpr std::size_t kBurst = 16;

  Lookahead(const Workload& workload, Bank<S>& bank, const WorkShare& share)
      : workload_(workload), bank_(bank), stride_(share.stride), next_(share.first) {
    for (std::size_t begin = 0; begin < kBlock; begin += kBurst) replace_burst(begin);
  }

  const Transfer& operator[](std::size_t i) const { return ring_[i]; }

  // The burst from there on is decided: its places are for those a block later. Beyond the end of the share the plan
  // goes on; those are never done.
  void replace_burst(std::size_t begin) {
    const std::span<Transfer> burst(ring_.data() + begin, kBurst);
    workload_.fill(burst, next_, stride_);
    next_ += kBurst * stride_;
    for (const Transfer& transfer : burst) {
      __builtin_prefetch(&bank_[transfer.from], 1);
      __builtin_prefetch(&bank_[transfer.to], 1);
    }
  }

 private:
  const Workload& workload_;
  Bank<S>& bank_;
  std::uint64_t stride_;
  std::uint64_t next_;
  std::array<Transfer, kBlock> ring_;
};

// How far a block has come: how many transfers were decided, and which of them done. Written after each, for whoever
// catches what the next one throws; nobody else reads it.
class BlockLog {
 public:
  explicit BlockLog(WorkerRecord& me) : me_(me), before_(me.attempted.load(std::memory_order_relaxed)) {}

  std::size_t decided() const { return me_.attempted.load(std::memory_order_relaxed) - before_; }
  std::uint64_t done() const { return done_; }
  // Transfer i is the next one.
  void add(std::size_t i, TransferOutcome outcome) {
    done_ |= std::uint64_t{outcome == TransferOutcome::done} << i;
    me_.attempted.store(before_ + i + 1, std::memory_order_relaxed);
  }

 private:
  WorkerRecord& me_;
  std::uint64_t before_;
  std::uint64_t done_ = 0;
};

// A transfer or an audit, as one undertaking of this thread. What was called off in it is called off, even if
// the strategy caught that.
template <class Work>
[[gnu::always_inline]] inline auto undertake(const Work& work) {
  const auto result = work();
  if (this_worker.gave_up) [[unlikely]]
    throw Cancelled{};
  return result;
}

// None counts that ended after everybody was called off: what a transfer has debited by then is credited nowhere, though
// its locks are free.
template <class Audit>
void audit_once(AuditLog& audits, Money expected, const Audit& audit) {
  const Money found = undertake(audit);
  if (this_worker.who_is_called_off() != CallOff::everybody) audits.record(expected, found);
}

// The transfer, timed or not; inlined, or the guards' calls would cost more than the guards.
template <class Strategy, Sync S, class Hold>
[[gnu::always_inline]] inline TransferOutcome perform_one(const Workplace<Strategy, S>& place,
                                                          const Transfer& transfer, bool timed,
                                                          WorkerRecord& me, const Hold& hold) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin;
  if (timed) [[unlikely]]
    begin = Clock::now();
  const auto work = [&] { return perform(place.strategy, place.bank, transfer, hold); };
  const TransferOutcome outcome = undertake(work);
  if (timed) [[unlikely]]
    me.latency.record(static_cast<std::uint64_t>((Clock::now() - begin).count()));
  return outcome;
}

// A block without pauses or audits: flags are read once for all of it.
template <class Strategy, Sync S>
void work_block(Workplace<Strategy, S> place, Lookahead<S>& ahead, std::size_t size, std::size_t timed,
                WorkerRecord& me, BlockLog& log) {
  for (std::size_t begin = 0; begin < size; begin += ahead.kBurst) {
    const std::size_t end = std::min(begin + ahead.kBurst, size);
    for (std::size_t i = begin; i < end; ++i) log.add(i, perform_one(place, ahead[i], i == timed, me, [] {}));
    ahead.replace_burst(begin);
  }
}

// A block in which each transfer may take long: flags for each.
template <class Strategy, Sync S>
void work_block_slowly(Workplace<Strategy, S> place, Lookahead<S>& ahead, std::size_t size, std::size_t timed,
                       WorkerRecord& me, BlockLog& log) {
  const auto hold = [&place] { place.setup.pace.hold(); };
  for (std::size_t i = 0; i < size && !place.setup.pace.should_stop(); ++i) {
    log.add(i, perform_one(place, ahead[i], i == timed || me.share.all_timed, me, hold));
    if ((i + 1) % ahead.kBurst == 0) ahead.replace_burst(i + 1 - ahead.kBurst);
    if (place.setup.audit_each) {
      me.auditing.store(true, std::memory_order_relaxed);
      audit_once(me.audits, place.setup.total, [&] { return audit_total(place.strategy, place.bank); });
      me.auditing.store(false, std::memory_order_relaxed);
    }
    place.setup.pace.think();
  }
}

// Called in the handler of what ended the block: which transfer came to no end, and how far it was.
inline void note_end(WorkerRecord& me, const PlannedTransfer& planned) {
  if (!this_worker.gave_up)
    me.thrown = std::current_exception();  // else it came of Cancelled, whatever the strategy made of that
  if (me.auditing) return;                 // that transfer was decided, and the audit after it came to no end
  me.called_off = planned;
  me.called_off_wrote = this_worker.wrote || this_worker.has_all;
}

// Does the worker's share, until the run is stopped or the strategy throws.
template <class Strategy, Sync S>
void work(Strategy& strategy, Bank<S>& bank, const RunSetup& setup, WorkerRecord& me) {
  Workplace<Strategy, S> place{strategy, bank, setup};
  Lookahead<S> ahead(setup.workload, bank, me.share);
  const bool slowly = setup.audit_each || setup.pace.has_pauses();
  bool ended = false;
  for (std::uint64_t attempted = 0; attempted < me.share.count && !ended && !setup.pace.should_stop();) {
    const std::size_t size = std::min<std::uint64_t>(kBlock, me.share.count - attempted);
    const std::size_t timed = me.share.timed_in(attempted / kBlock);
    BlockLog log(me);
    try {
      if (slowly)
        work_block_slowly(place, ahead, size, timed, me, log);
      else
        work_block(place, ahead, size, timed, me, log);
    } catch (...) {
      ended = true;
      note_end(me, {me.share.plan_index(attempted + log.decided()), ahead[log.decided()]});
    }
    me.done_log.push_back(log.done());
    const auto done = static_cast<std::uint64_t>(std::popcount(log.done()));
    me.done += done;
    me.declined += log.decided() - done;
    attempted += log.decided();
  }
  me.locks = this_worker.locks;
  me.overdrafts = this_worker.overdrafts;
}

}  // namespace banksim
