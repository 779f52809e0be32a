// How watched mutexes wait: spinning, sleeping, in the waiting room; and how they are called off.
#include "run/platform.hpp"

#include <banksim/mutexes/all.hpp>
#include <banksim/sanitizers.hpp>
#include <banksim/sync.hpp>
#include <banksim/worker.hpp>

#include <algorithm>
#include <exception>
#include <thread>

#if BANKSIM_THREAD_SANITIZER
// Its own deadlock detector gives up once a thread holds more than 64 mutexes, and the validator holds all of
// them. Races are what it is here for.
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() { return "detect_deadlocks=0"; }
#endif

namespace banksim {
namespace {

using Clock = std::chrono::steady_clock;

#if BANKSIM_THREAD_SANITIZER
// The thread sanitizers of GCC 12 and clang 14 do not know pthread_mutex_clocklock, which waits on the steady
// clock use, and then report races that are none.
using WaitClock = std::chrono::system_clock;
#else
using WaitClock = Clock;
#endif

// How often a wait looks whether it was called off: 50 times a second costs nothing and ends soon enough.
constexpr std::chrono::nanoseconds kPoll = std::chrono::milliseconds{20};

// Nobody gives up while another exception passes: a destructor waits, and that it throws would end the program.
bool must_give_up(const ThreadContext& self) {
  return self.is_called_off() && std::uncaught_exceptions() == 0;
}

[[noreturn]] void give_up(ThreadContext& self) {
  self.gave_up = true;
  throw Cancelled{};
}

// Of waits that end while they spin one in so many is timed, and stands for the others: the clock is as dear as they.
constexpr std::uint64_t kSpinsTimed = 16;

template <class Waiter>
bool spins(Waiter& waiter, ThreadContext& self) {
  if (self.locks.contended % kSpinsTimed != kSpinsTimed / 2) return waiter.spin();
  const auto begin = Clock::now();
  const bool locked = waiter.spin();
  self.locks.wait_ns += static_cast<std::uint64_t>((Clock::now() - begin).count()) * kSpinsTimed;
  return locked;
}

// Times what is left of a wait, also when it ends in Cancelled.
class Meter {
 public:
  explicit Meter(ThreadContext& self) : self_(self) {}
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;
  ~Meter() {
    // Waits from this on may contain a pause of the whole process, of which we learn only afterwards.
    constexpr std::chrono::nanoseconds kLong = std::chrono::milliseconds{250};
    const TimeSpan wait{begin_, Clock::now()};
    self_.locks.wait_ns += static_cast<std::uint64_t>((wait.end - wait.begin).count());
    std::vector<TimeSpan>* const known = self_.long_waits;
    if (known != nullptr && wait.end - wait.begin >= kLong && known->size() < known->capacity())
      known->push_back(wait);
  }
  Clock::time_point begin() const { return begin_; }

 private:
  ThreadContext& self_;
  Clock::time_point begin_ = Clock::now();
};

// The first slice, before the waiter declares itself. True when the mutex was had.
template <class Waiter>
bool wait_a_slice(Waiter& waiter, ThreadContext& self, Clock::time_point begin) {
  const auto end = begin + self.slice;
  for (std::chrono::nanoseconds left = self.slice; left.count() > 0; left = end - Clock::now()) {
    if (waiter.wait_for(std::min(left, kPoll))) return true;
    if (must_give_up(self)) give_up(self);
  }
  return false;
}

// From the waiting room; true when the mutex was had. Everyone who was part of a cycle gives up, even if it gets the
// mutex in the end: that can only be because another member gave up before it, and the report must name what each was
// about.
template <class Waiter>
bool wait_declared(Waiter& waiter, const HolderTag& wanted, ThreadContext& self) {
  const bool own = wanted.holder() == self.self;  // the holder may not even try it again
  if (self.room->enter(self.self, wanted)) self.listener->on_cycle();
  bool locked = false;
  while (!locked && !must_give_up(self)) {
    if (own)
      std::this_thread::sleep_for(kPoll);
    else
      locked = waiter.wait_for(kPoll);
  }
  self.room->leave(self.self);
  return locked;
}

// Between two looks at the clock of those who never sleep, and how long they spin before they yield at each.
constexpr int kLooksAClock = 16;
constexpr int kMostRelaxed = 64;

void relax(int times) {
  for (int i = 0; i < times; ++i) relax_cpu();
}

// Yields until it is had, or for so long.
template <class Try>
bool yield_for(std::chrono::nanoseconds time, const Try& takes_it) {
  const auto end = Clock::now() + time;
  do {
    for (int looks = 0; looks < kLooksAClock; ++looks) {
      if (takes_it()) return true;
      std::this_thread::yield();
    }
  } while (Clock::now() < end);
  return false;
}

}  // namespace

bool StdLock::lock_within(HolderTag& tag, WorkerId self, std::chrono::nanoseconds time) {
  const auto until = WaitClock::now() + std::chrono::duration_cast<WaitClock::duration>(time);
  if (!mutex_.try_lock_until(until)) return false;
  tag.set(self);
  return true;
}

// Who has slept, or comes while somebody sleeps, cannot know whether others do, and leaves the bit set.
bool WordLock::lock_within(HolderTag& tag, WorkerId self, std::chrono::nanoseconds time) {
  std::atomic<HolderTag::Word>& word = tag.word();
  const HolderTag::Word mine = HolderTag::held_by(self) | HolderTag::kTopBit;
  const auto end = Clock::now() + time;
  for (bool in_time = true;; in_time = Clock::now() < end) {
    HolderTag::Word seen = HolderTag::kFree;
    if (word.compare_exchange_strong(seen, mine, std::memory_order_acquire, std::memory_order_relaxed)) {
      this_worker.late_wakes += in_time ? 0 : 1;
      return true;
    }
    if (!in_time) return false;
    const HolderTag::Word marked = seen | HolderTag::kTopBit;
    if (seen == marked || word.compare_exchange_strong(seen, marked, std::memory_order_relaxed))
      sleep_on(word, marked, end - Clock::now());
  }
}

void WordLock::wake_one(HolderTag& tag) { wake_one_on(tag.word()); }

bool SpinLock::Waiter::spin() {
  for (int relaxed = 1; relaxed <= kMostRelaxed; relaxed *= 2) {
    if (takes_it()) return true;
    relax(relaxed);
  }
  return false;
}

bool SpinLock::Waiter::wait_for(std::chrono::nanoseconds time) {
  return yield_for(time, [this] { return takes_it(); });
}

bool TicketLock::Waiter::takes_it() {
  State state = lock_.state_.load(std::memory_order_relaxed);
  do {
    const bool is_my_turn = called(state) == mine_ || (state & kOutOfOrder) != 0;
    if ((state & kLocked) != 0 || !is_my_turn) return false;
  } while (!lock_.state_.compare_exchange_weak(state, state | kLocked, std::memory_order_acquire,
                                               std::memory_order_relaxed));
  tag_.set(self_);
  return has_it_ = true;
}

bool TicketLock::Waiter::spin() {
  for (int spins = 0; spins < kSpins; ++spins) {
    if (takes_it()) return true;
    relax_cpu();
  }
  return false;
}

bool TicketLock::Waiter::wait_for(std::chrono::nanoseconds time) {
  return yield_for(time, [this] { return takes_it(); });
}

template <class Lock>
void WatchedMutex<Lock>::wait() {
  ThreadContext& self = this_worker;
  typename Lock::Waiter waiter(lock_, tag_, self.self);
  if (self.room == nullptr) {
    while (!waiter.wait_for(kPoll)) continue;
  } else if (tag_.holder() == self.self ||
             !spins(waiter, self)) {  // nobody else can end the wait for oneself
    const Meter meter(self);
    if (must_give_up(self)) give_up(self);
    const bool own = tag_.holder() == self.self;
    bool locked = !own && wait_a_slice(waiter, self, meter.begin());
    const bool declared = !locked;
    if (declared) locked = wait_declared(waiter, tag_, self);
    if (declared && must_give_up(self)) {
      if (locked) unlock();
      give_up(self);
    }
  }
  ++self.locks.contended;  // those that were called off are not counted: nothing was acquired
}

template <class Lock>
void WatchedMutex<Lock>::refused() {
  ThreadContext& self = this_worker;
  ++self.locks.try_failed;
  if (must_give_up(self)) give_up(self);
}

template <class Lock>
void WatchedMutex<Lock>::look_up() {
  ThreadContext& self = this_worker;
  if (!must_give_up(self)) return;
  unlock();
  give_up(self);
}

template class WatchedMutex<StdLock>;
template class WatchedMutex<WordLock>;
template class WatchedMutex<SpinLock>;
template class WatchedMutex<TicketLock>;

void note_overdraft(AccountId account, Money balance) {
  Overdrafts& overdrafts = this_worker.overdrafts;
  if (overdrafts.seen++ > 0) return;
  const WorkerRecord* record = this_worker.record;
  overdrafts.account = account;
  overdrafts.balance = balance;
  overdrafts.at = Clock::now();
  if (record != nullptr && !record->auditing) overdrafts.transfer = record->attempted.load();
}

}  // namespace banksim
