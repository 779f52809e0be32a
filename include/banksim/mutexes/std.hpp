// std: what people have. A std::timed_mutex, with a tag beside it.
//
// Cost: 40 bytes and the tag; two calls into the C library, about 10 ns, for lock and unlock. A sleeper arms a timer.
#pragma once

#include <banksim/mutexes/waiters.hpp>

#include <chrono>
#include <mutex>

namespace banksim {

class StdLock {
 public:
  static constexpr MutexKind kind = MutexKind::standard;
  using Waiter = SpinThenSleep<StdLock>;

  bool try_lock(HolderTag& tag, WorkerId self) {
    if (!mutex_.try_lock()) return false;
    tag.set(self);
    return true;
  }
  void unlock(HolderTag& tag) {
    tag.clear();  // before the release: see deadlock.hpp, why it is sound
    mutex_.unlock();
  }
  bool lock_within(HolderTag& tag, WorkerId self, std::chrono::nanoseconds time);

 private:
  std::timed_mutex mutex_;
};

}  // namespace banksim
