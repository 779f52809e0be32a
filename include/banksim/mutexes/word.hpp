// word: the lock is the tag. A word of 32 bits says that it is free, or who holds it, and in its top bit that somebody
// may sleep.
//
// lock() is one compare-exchange, unlock() one exchange; both are inlined. The exchange, and no store: who came to
// sleep in between must be seen, or nobody wakes him.
//
// Cost: nothing beside the tag. Who sleeps asks the system (Linux: futex), and so does who wakes him.
//
// Source: Drepper, Futexes are tricky (2011), the second mutex. The holder's name in the word is what priority-
// inheriting and robust futexes do.
#pragma once

#include <banksim/mutexes/waiters.hpp>

#include <atomic>
#include <chrono>

namespace banksim {

class WordLock {
 public:
  static constexpr MutexKind kind = MutexKind::word;
  using Waiter = SpinThenSleep<WordLock>;

  bool try_lock(HolderTag& tag, WorkerId self) {
    HolderTag::Word free = HolderTag::kFree;
    return tag.word().compare_exchange_strong(free, HolderTag::held_by(self), std::memory_order_acquire,
                                              std::memory_order_relaxed);
  }
  void unlock(HolderTag& tag) {
    if ((tag.word().exchange(HolderTag::kFree, std::memory_order_release) & HolderTag::kTopBit) != 0)
        [[unlikely]]
      wake_one(tag);
  }
  bool lock_within(HolderTag& tag, WorkerId self, std::chrono::nanoseconds time);

 private:
  [[gnu::cold]] static void wake_one(HolderTag& tag);
};

}  // namespace banksim
