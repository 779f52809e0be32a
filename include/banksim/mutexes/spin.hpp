// spin: test and test-and-set on the tag, with exponential back-off. Who waits long yields its processor, and never
// sleeps.
//
// Cost: nothing beside the tag; a release is a plain store. Waiters burn processors that holders may need.
//
// Source: Anderson, The Performance of Spin Lock Alternatives for Shared-Memory Multiprocessors (1990).
#pragma once

#include <banksim/mutexes/watched.hpp>

#include <atomic>
#include <chrono>

namespace banksim {

class SpinLock {
 public:
  static constexpr MutexKind kind = MutexKind::spin;

  class Waiter {
   public:
    Waiter(SpinLock& lock, HolderTag& tag, WorkerId self) : lock_(lock), tag_(tag), self_(self) {}
    bool spin();
    bool wait_for(std::chrono::nanoseconds time);

   private:
    bool takes_it() { return tag_.holder() == kNobody && lock_.try_lock(tag_, self_); }

    SpinLock& lock_;
    HolderTag& tag_;
    WorkerId self_;
  };

  bool try_lock(HolderTag& tag, WorkerId self) {
    HolderTag::Word free = HolderTag::kFree;
    return tag.word().compare_exchange_strong(free, HolderTag::held_by(self), std::memory_order_acquire,
                                              std::memory_order_relaxed);
  }
  void unlock(HolderTag& tag) { tag.word().store(HolderTag::kFree, std::memory_order_release); }
};

}  // namespace banksim
