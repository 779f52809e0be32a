// THE SEAM: everything through which a strategy may touch shared state.
//
// S::Mutex is a standard Lockable (lock, try_lock, unlock). It is constructed with the account that it
// guards, or with nothing when it belongs to the strategy itself.
//
// S::Cell<T> is a shared value with get() and set(). It is needed as much as Mutex: with mutexes alone a
// strategy that locks nothing would look correct in every schedule.
//
// The same source of a strategy is compiled against each implementation. ThreadSync is real threads and plain
// memory, for strategies that claim to conserve money, so that the thread sanitizer can hold them to it.
// RacySync is real threads and relaxed atomics, for the others: they lose updates without undefined
// behaviour. ModelSync is the explorer's own (explore.hpp): every operation is a scheduling point.
//
// Errors: lock() and try_lock() may throw Cancelled when the run is called off, while the caller waits or locks
// again and again in a loop. So only RAII releases locks, and std::scoped_lock works on every Sync as it is.
//
// A run that is called off first gives everybody half a second to finish, and more while transfers still end.
// Then waits throw, but for those of a transfer that has written to an account, or has the guard of lock_pair:
// it is let finish. Only in a deadlock, where it never would, its waits throw too. A destructor that locks while
// an exception unwinds the stack waits, and never throws.
//
// Threads: a Cell is safe under the locks that the strategy says guard it.
#pragma once

#include <banksim/deadlock.hpp>
#include <banksim/ids.hpp>
#include <banksim/money.hpp>

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <type_traits>
#include <vector>

namespace banksim {

template <class S>
concept Sync = std::default_initializable<typename S::Mutex> &&
    std::constructible_from<typename S::Mutex, AccountId> &&
    std::constructible_from<typename S::template Cell<Money>, AccountId, Money> &&
    requires(typename S::Mutex& mutex, typename S::template Cell<Money>& cell) {
  mutex.lock();
  { mutex.try_lock() } -> std::same_as<bool>;
  mutex.unlock();
  { cell.get() } -> std::same_as<Money>;
  cell.set(Money{});
};

// Thrown out of a wait when the run is called off: a deadlock was proved, a limit passed, a signal came.
// Deliberately no std::exception: nothing but the worker's loop may catch it.
struct Cancelled {};

// What a thread counted about its own locking. Plain numbers: nobody else reads them before the join.
struct LockStats {
  std::uint64_t acquired = 0;    // successful lock() and try_lock()
  std::uint64_t contended = 0;   // lock() calls that had to wait, and got it
  std::uint64_t try_failed = 0;  // try_lock() calls that failed: the retries of schemes that abort
  std::uint64_t wait_ns = 0;     // time that the contended calls waited

  LockStats& operator+=(const LockStats& other) {
    acquired += other.acquired;
    contended += other.contended;
    try_failed += other.try_failed;
    wait_ns += other.wait_ns;
    return *this;
  }
  bool operator==(const LockStats&) const = default;
};

// Balances below zero that a thread saw while the run went on, under their locks. All but the number is of the
// first one.
struct Overdrafts {
  std::uint64_t seen = 0;
  AccountId account = kNoAccount;
  Money balance;
  std::chrono::steady_clock::time_point at;
  std::optional<std::uint64_t> transfer;  // its place in the worker's share, from 0; nothing: an audit saw it
};

struct WorkerRecord;

struct TimeSpan {
  std::chrono::steady_clock::time_point begin, end;
};

// Told when a cycle was found, by the thread that found it. Must not block for long.
class CycleListener {
 public:
  virtual void on_cycle() noexcept = 0;

 protected:
  ~CycleListener() = default;
};

// How far a run is called off. Pauses: only the waits on purpose (--hold, --think) are cut short. Unwritten:
// whoever has not written to an account gives up its waits. Everybody: in a deadlock.
enum class CallOff : std::uint8_t { nobody, pauses, unwritten, everybody };

// Who the calling thread is, for the mutexes that it locks, and how far its transfer or audit is.
// Constant-initialised and trivially destructible, so that access is one segment-relative load.
//
// A thread without a room is an outsider and just waits: should it wait for itself, nobody finds out.
struct ThreadContext {
  WorkerId self = kOutsider;
  LockStats locks;
  WaitingRoom* room = nullptr;
  CycleListener* listener = nullptr;
  const std::atomic<CallOff>* call_off = nullptr;
  std::chrono::nanoseconds slice{0};
  bool wrote = false;                    // to an account
  bool has_all = false;                  // the locks of what it is about: it only has to finish
  bool gave_up = false;                  // Cancelled was thrown, whether or not the strategy let it pass
  const WorkerRecord* record = nullptr;  // a worker's; how far it is
  Overdrafts overdrafts;
  std::vector<TimeSpan>* long_waits = nullptr;  // that may hold a pause: the first ones, up to its capacity

  CallOff who_is_called_off() const {
    return call_off == nullptr ? CallOff::nobody : call_off->load(std::memory_order_relaxed);
  }
  bool is_called_off() const {
    const CallOff who = who_is_called_off();
    return who == CallOff::everybody || (who == CallOff::unwritten && !wrote && !has_all);
  }
};
inline constinit thread_local ThreadContext this_worker{};

// A balance below zero was seen by the calling thread, which holds the lock for it.
[[gnu::cold]] void note_overdraft(AccountId account, Money balance);

template <class T>
concept StdMutex = std::is_same_v<T, std::mutex> || std::is_same_v<T, std::timed_mutex> ||
    std::is_same_v<T, std::recursive_mutex>;

// Who takes a lock of the seam for one of std gets an error that says what to write.
struct StrictMutex {
  template <StdMutex Other>
  operator Other&() {
    static_assert(sizeof(Other) == 0, "S::Mutex is no std::mutex: write std::lock_guard<typename S::Mutex>");
    std::terminate();
  }
  bool try_lock_for(const auto& time) {
    static_assert(sizeof(time) == 0, "S::Mutex has no time limits: call try_lock() again in a loop");
    return false;
  }
};

// A std::timed_mutex that counts, and that can be waited for without the risk of waiting for ever.
//
// lock() tries first; only a caller that must wait reads the clock. After a slice it enters the waiting room.
//
// Cost, uncontended: two relaxed stores and one thread-local increment over a std::mutex, which is within the
// noise (tests/bench). A contended wait arms a timer, which a std::mutex does not.
class WatchedMutex : public StrictMutex {
 public:
  WatchedMutex() : WatchedMutex(kNoAccount) {}
  explicit WatchedMutex(AccountId account) : tag_(account) {}
  WatchedMutex(const WatchedMutex&) = delete;
  WatchedMutex& operator=(const WatchedMutex&) = delete;

  void lock() {
    if (!mutex_.try_lock()) wait();
    acquired();
    if (this_worker.locks.acquired % kCircling == 0) [[unlikely]]
      look_up();
  }

  bool try_lock() {
    if (!mutex_.try_lock()) {
      refused();
      return false;
    }
    acquired();
    return true;
  }

  void unlock() {
    tag_.clear();  // before the release: see deadlock.hpp, why it is sound
    mutex_.unlock();
  }

 private:
  void acquired() {
    ThreadContext& self = this_worker;
    ++self.locks.acquired;
    tag_.set(self.self);
  }

  // Who locks so often may be going in circles, and never have to wait.
  static constexpr std::uint64_t kCircling = 65'536;

  // Each may throw Cancelled. refused(), so that a loop around try_lock ends as well. look_up(), after it has
  // unlocked, so that a loop of locks which are free ends.
  [[gnu::cold]] void wait();
  [[gnu::cold]] void refused();
  [[gnu::cold]] void look_up();

  std::timed_mutex mutex_;
  HolderTag tag_;
};

template <class T>
class PlainCell {
 public:
  PlainCell(AccountId, T value) : value_(value) {}
  T get() const { return value_; }
  void set(T value) { value_ = value; }

 private:
  T value_;
};

template <class T>
class RacyCell {
 public:
  RacyCell(AccountId, T value) : value_(value) {}
  T get() const { return value_.load(std::memory_order_relaxed); }
  void set(T value) { value_.store(value, std::memory_order_relaxed); }

 private:
  static_assert(std::atomic<T>::is_always_lock_free);
  std::atomic<T> value_;
};

// A Cell as strategies see it: who takes it for the value itself gets an error that says what to write.
template <class Base, class T>
class StrictCell : public Base {
  static_assert(
      std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(std::uint64_t),
      "a Cell holds at most eight bytes that are copied as they are: a number or Money, no std::string");

 public:
  using Base::Base;
  using Base::set;
  StrictCell(const StrictCell& other) : Base(kNoAccount, other) {}
  StrictCell& operator=(const StrictCell& other) { return refuse(other), *this; }
  operator T() const { return refuse(T{}), this->get(); }
  auto set(PlainNumber auto n) requires std::is_same_v<T, Money> { Money::refuse(n); }
  auto operator=(const auto& value) { refuse(value); }
  auto operator+=(const auto& value) { refuse(value); }
  auto operator-=(const auto& value) { refuse(value); }
  auto operator++() { refuse(T{}); }

 private:
  static auto refuse(const auto& value) {
    static_assert(sizeof(value) == 0,
                  "a Cell is read with get(), written with set(), not copied: x.set(x.get() - amount)");
  }
};

template <template <class> class SharedCell>
struct WatchedSync {
  using Mutex = WatchedMutex;
  template <class T>
  using Cell = StrictCell<SharedCell<T>, T>;
};
using ThreadSync = WatchedSync<PlainCell>;
using RacySync = WatchedSync<RacyCell>;

// The same for a strategy with a transfer() of its own: each write that may be to an account is marked, for
// nobody else knows when it has begun to write. Those with lock_pair write once they have its guard, and a mark
// a write costs them some three parts in a hundred.
template <class BaseSync>
struct MarkingSync : BaseSync {
  template <class T>
  struct MarkedCell : BaseSync::template Cell<T> {
    using BaseSync::template Cell<T>::Cell;
    void set(T value) {
      BaseSync::template Cell<T>::set(value);
      if constexpr (std::is_same_v<T, Money>) this_worker.wrote = true;
    }
  };
  template <class T>
  using Cell = StrictCell<MarkedCell<T>, T>;
};
static_assert(Sync<ThreadSync> && Sync<RacySync> && Sync<MarkingSync<ThreadSync>>);

}  // namespace banksim
