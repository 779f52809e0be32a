// A Sync on one thread that never waits: a lock() that would have to wait throws WouldBlock, and the nth
// lock() can be told to throw. So exclusion and release can be tested without threads or sleeps.
#pragma once

#include <banksim/sync.hpp>

namespace banksim::test {

struct WouldBlock {};
struct Refused {};

// lock() and try_lock() calls still allowed before one throws Refused; negative: all.
inline int locks_before_refusal = -1;
inline int locks_held = 0;

class TracingMutex {
 public:
  TracingMutex() = default;
  explicit TracingMutex(AccountId) {}
  TracingMutex(const TracingMutex&) = delete;
  TracingMutex& operator=(const TracingMutex&) = delete;

  void lock() {
    if (!try_lock()) throw WouldBlock{};
  }
  bool try_lock() {
    if (locks_before_refusal == 0) throw Refused{};
    if (locks_before_refusal > 0) --locks_before_refusal;
    if (held_) return false;
    ++locks_held;
    return held_ = true;
  }
  void unlock() {
    held_ = false;
    --locks_held;
  }

 private:
  bool held_ = false;
};

struct TracingSync {
  using Mutex = TracingMutex;
  template <class T>
  using Cell = PlainCell<T>;
};
static_assert(Sync<TracingSync>);

}  // namespace banksim::test
