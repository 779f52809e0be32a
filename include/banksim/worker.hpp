// A worker: the measured loop.
//
// Worker w of N does transfers w, w + N, w + 2N, ... of the plan; no job queue, which would measure itself.
// The transfers are generated just ahead of use, and both accounts of each are prefetched: at a million
// accounts that alone doubles the speed. Some 16,000 transfers of a run are timed, and few more: to read the clock
// twice costs as much as three transfers. Where each holds or thinks for a microsecond or more all are timed.
//
// Cost, besides the strategy and the bank: some 3 ns to plan a transfer, and a store to the worker's own cache line.
// No allocation. After half a thousand million transfers a run adds up what was done as it goes on, some 4 ns each.
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
#include <functional>
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

// Which transfers of a worker's share were done, a bit each and kBlock to a word, the rest of them declined. It holds
// the last of them, up to so many words, so that no run is too long for it: when it is full, the oldest are added up.
class DoneLog {
 public:
  explicit DoneLog(std::size_t most_words = 0) : most_words_(most_words) { words_.reserve(most_words); }

  bool is_full() const { return end_ - begin_ >= most_words_; }
  void push_back(std::uint64_t word) {
    if (words_.size() < most_words_)
      words_.push_back(word);
    else
      words_[end_ % most_words_] = word;
    ++end_;
  }
  // Block by block, from the first that is not added up.
  std::uint64_t begin() const { return begin_; }
  std::uint64_t end() const { return end_; }
  std::uint64_t operator[](std::uint64_t block) const { return words_[block % most_words_]; }
  void drop_to(std::uint64_t block) { begin_ = block; }

 private:
  std::size_t most_words_;
  std::vector<std::uint64_t> words_;  // never more than was reserved: what is not used is not touched
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
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
  DoneLog done_log;
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
  std::function<void(WorkerRecord&)>
      add_up;                  // some of its log, by the worker itself; to be called when it is full
  std::function<void()> look;  // by the caller's thread while it builds the bank; throws if that is to end
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
  [[gnu::noinline]] void replace_burst(std::size_t begin) {
    const auto prefetch = [accounts = bank_.accounts()](const Transfer& transfer) {
      __builtin_prefetch(&accounts[index(transfer.from)], 1);
      __builtin_prefetch(&accounts[index(transfer.to)], 1);
    };
    workload_.fill({ring_.data() + begin, kBurst}, next_, stride_, prefetch);
    next_ += kBurst * stride_;
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

// Inlined, or the guards' calls would cost more than the guards.
template <class Strategy, Sync S, class Hold>
[[gnu::always_inline]] inline std::uint64_t perform_one(Workplace<Strategy, S> place,
                                                        const Transfer& transfer, const Hold& hold) {
  const auto work = [&] { return perform(place.strategy, place.bank, transfer, hold); };
  return std::uint64_t{undertake(work) == TransferOutcome::done};
}

template <class Strategy, Sync S, class Hold>
[[gnu::noinline]] std::uint64_t perform_timed(Workplace<Strategy, S> place, const Transfer& transfer,
                                              WorkerRecord& me, const Hold& hold) {
  const auto begin = std::chrono::steady_clock::now();
  const std::uint64_t done = perform_one(place, transfer, hold);
  me.latency.record(static_cast<std::uint64_t>((std::chrono::steady_clock::now() - begin).count()));
  return done;
}

// A burst without pauses or audits, up to `end` of its block; which has a transfer to be timed, or none. What it keeps
// in registers it writes to the log when it leaves, by whichever way.
template <class Strategy, Sync S>
void work_burst(const Workplace<Strategy, S> place, const Lookahead<S>& ahead, std::size_t end,
                std::size_t timed, WorkerRecord& me, BlockLog& log) {
  const Transfer* const block = &ahead[0];
  const Transfer* next = block + log.decided;
  std::uint64_t attempted = me.attempted.load(std::memory_order_relaxed);
  std::uint64_t done = std::rotr(log.done, static_cast<int>(log.decided));  // the next bit is the lowest
  const auto note = [&](std::uint64_t is_done) {
    done = std::rotr(done | is_done, 1);
    me.attempted.store(++attempted, std::memory_order_relaxed);
    ++next;
  };
  const auto write_log = [&] {
    log.decided = static_cast<std::size_t>(next - block);
    log.done = std::rotl(done, static_cast<int>(log.decided));
  };
  try {
    const bool has_timed = log.decided <= timed && timed < end;
    for (const Transfer* stop = block + (has_timed ? timed : end);; stop = block + end) {
      while (next != stop) note(perform_one(place, *next, [] {}));
      if (next == block + end) break;
      note(perform_timed(place, *next, me, [] {}));
    }
  } catch (...) {
    write_log();
    throw;
  }
  write_log();
}

// A block in which each transfer may take long: flags for each.
template <class Strategy, Sync S>
void work_block_slowly(const Workplace<Strategy, S>& place, Lookahead<S>& ahead, std::size_t size,
                       std::size_t timed, WorkerRecord& me, BlockLog& log) {
  const std::uint64_t before = me.attempted.load(std::memory_order_relaxed);
  const auto hold = [&place] { place.setup.pace.hold(); };
  while (log.decided < size && !place.setup.pace.should_stop()) {
    const std::size_t i = log.decided;
    const bool is_timed = i == timed || me.share.all_timed;
    log.done |= (is_timed ? perform_timed(place, ahead[i], me, hold) : perform_one(place, ahead[i], hold))
                << i;
    me.attempted.store(before + ++log.decided, std::memory_order_relaxed);
    if (log.decided % ahead.kBurst == 0) ahead.replace_burst(log.decided - ahead.kBurst);
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
  const Workplace<Strategy, S> place{strategy, bank, setup};
  Lookahead<S> ahead(setup.workload, bank, me.share);
  const bool slowly = setup.audit_each || setup.pace.has_pauses();
  bool ended = false;
  for (std::uint64_t attempted = 0; attempted < me.share.count && !ended && !setup.pace.should_stop();) {
    const std::size_t size = std::min<std::uint64_t>(kBlock, me.share.count - attempted);
    const std::size_t timed = me.share.timed_in(attempted / kBlock);
    BlockLog log;
    try {
      if (slowly) work_block_slowly(place, ahead, size, timed, me, log);
      for (std::size_t begin = 0; begin < size && !slowly && !setup.pace.should_stop();
           begin += ahead.kBurst) {
        work_burst(place, ahead, std::min(begin + ahead.kBurst, size), timed, me, log);
        ahead.replace_burst(begin);
      }
    } catch (...) {
      ended = true;
      note_end(me, {me.share.plan_index(attempted + log.decided), ahead[log.decided]});
    }
    if (me.done_log.is_full()) [[unlikely]]
      setup.add_up(me);
    me.done_log.push_back(log.done);
    const auto done = static_cast<std::uint64_t>(std::popcount(log.done));
    me.done += done;
    me.declined += log.decided - done;
    attempted += log.decided;
  }
  me.locks = this_worker.locks;
  me.overdrafts = this_worker.overdrafts;
}

}  // namespace banksim
