// THE SEAM: everything through which a strategy may touch shared state.
//
// S::Mutex is a standard Lockable (lock, try_lock, unlock). It is constructed with the account that it
// guards, or with nothing when it belongs to the strategy itself.
//
// S::Cell<T> is a shared value with get() and set(). It is needed as much as Mutex: with mutexes alone a
// strategy that locks nothing would look correct in every schedule.
//
// The same source of a strategy is compiled against each implementation. ThreadSync<Lock> is real threads and plain
// memory, for strategies that claim to conserve money, so that the thread sanitizer can hold them to it. Lock is what
// its mutexes are made of (mutexes/watched.hpp). RacySync<Lock> is real threads and relaxed atomics, for the others:
// they lose updates without undefined behaviour. ModelSync is the explorer's own (explore.hpp): every operation is a scheduling point.
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

#include <banksim/ids.hpp>
#include <banksim/money.hpp>
#include <banksim/mutexes/std.hpp>
#include <banksim/mutexes/watched.hpp>
#include <banksim/thread_context.hpp>

#include <atomic>
#include <concepts>
#include <cstdint>
#include <type_traits>

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

template <class Lock, template <class> class SharedCell>
struct WatchedSync {
  using Mutex = WatchedMutex<Lock>;
  template <class T>
  using Cell = StrictCell<SharedCell<T>, T>;
};
template <class Lock = StdLock>
using ThreadSync = WatchedSync<Lock, PlainCell>;
template <class Lock = StdLock>
using RacySync = WatchedSync<Lock, RacyCell>;

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
static_assert(Sync<ThreadSync<>> && Sync<RacySync<>> && Sync<MarkingSync<ThreadSync<>>>);

}  // namespace banksim
