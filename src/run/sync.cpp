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

#if BANKSIM_THREAD_SANITIZER
// The thread sanitizers of GCC 12 and clang 14 do not know pthread_mutex_clocklock, which waits on the steady
// clock use, and then report races that are none.
using WaitClock = std::chrono::system_clock;
#else
using WaitClock = std::chrono::steady_clock;
#endif

// How often a wait looks whether it was called off: 50 times a second costs nothing and ends soon enough.
constexpr std::chrono::nanoseconds kPoll = std::chrono::milliseconds{20};

bool try_lock_for(std::timed_mutex& mutex, std::chrono::nanoseconds time) {
  return mutex.try_lock_until(WaitClock::now() + std::chrono::duration_cast<WaitClock::duration>(time));
}

// Nobody gives up while another exception passes: a destructor waits, and that it throws would end the program.
bool must_give_up(const ThreadContext& self) {
  return self.is_called_off() && std::uncaught_exceptions() == 0;
}

[[noreturn]] void give_up(ThreadContext& self) {
  self.gave_up = true;
  throw Cancelled{};
}
// Waits from this on may contain a pause of the whole process, of which we learn only afterwards.
constexpr std::chrono::nanoseconds kLong = std::chrono::milliseconds{250};

// The first slice, before the waiter declares itself. True when the mutex was had.
bool wait_a_slice(std::timed_mutex& mutex, ThreadContext& self) {
  const auto end = std::chrono::steady_clock::now() + self.slice;
  for (auto left = self.slice; left.count() > 0; left = end - std::chrono::steady_clock::now()) {
    if (try_lock_for(mutex, std::min(left, kPoll))) return true;
    if (must_give_up(self)) give_up(self);
  }
  return false;
}

// From the waiting room. Everyone who was part of a cycle gives up, even if it gets the mutex in the end:
// that can only be because another member gave up before it, and the report must name what each was about.
void wait_declared(std::timed_mutex& mutex, const HolderTag& wanted, ThreadContext& self) {
  const bool own = wanted.holder() == self.self;  // the holder may not even try it again
  if (self.room->enter(self.self, wanted)) self.listener->on_cycle();
  bool locked = false;
  while (!locked && !must_give_up(self)) {
    if (own)
      std::this_thread::sleep_for(kPoll);
    else
      locked = try_lock_for(mutex, kPoll);
  }
  self.room->leave(self.self);
  if (!must_give_up(self)) return;
  if (locked) mutex.unlock();
  give_up(self);
}

}  // namespace

void WatchedMutex::wait() {
  ThreadContext& self = this_worker;
  if (self.room == nullptr) {
    ++self.locks.contended;
    return mutex_.lock();
  }

  struct Meter {  // also when the wait ends in Cancelled
    ThreadContext& self;
    std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
    ~Meter() {
      const TimeSpan wait{begin, std::chrono::steady_clock::now()};
      self.locks.wait_ns += static_cast<std::uint64_t>((wait.end - wait.begin).count());
      std::vector<TimeSpan>* const known = self.long_waits;
      if (known != nullptr && wait.end - wait.begin >= kLong && known->size() < known->capacity())
        known->push_back(wait);
    }
  } const meter{self};

  if (must_give_up(self)) give_up(self);
  // For oneself at once: nobody else can end that wait.
  if (tag_.holder() == self.self || !wait_a_slice(mutex_, self)) wait_declared(mutex_, tag_, self);
  ++self.locks.contended;  // those that were called off are not counted: nothing was acquired
}

void WatchedMutex::refused() {
  ThreadContext& self = this_worker;
  ++self.locks.try_failed;
  if (must_give_up(self)) give_up(self);
}

void WatchedMutex::look_up() {
  ThreadContext& self = this_worker;
  if (!must_give_up(self)) return;
  unlock();
  give_up(self);
}

void note_overdraft(AccountId account, Money balance) {
  Overdrafts& overdrafts = this_worker.overdrafts;
  if (overdrafts.seen++ > 0) return;
  const WorkerRecord* record = this_worker.record;
  overdrafts.account = account;
  overdrafts.balance = balance;
  overdrafts.at = std::chrono::steady_clock::now();
  if (record != nullptr && !record->auditing) overdrafts.transfer = record->attempted.load();
}

}  // namespace banksim
