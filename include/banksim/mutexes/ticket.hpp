// ticket: first come, first served. Who finds it taken draws a number, and yields until it is called.
//
// With more threads than processors the next in the queue seldom has one: each hand-over then waits for the scheduler.
// That collapse is what it is here to show.
//
// Who gives up leaves a number that nobody answers to. From then on the order is no more: whoever comes first takes
// the lock, so that those who must finish all the same can have it.
//
// Cost: 8 bytes beside the tag; a compare-exchange each for lock and unlock.
//
// Source: Mellor-Crummey and Scott, Algorithms for Scalable Synchronization on Shared-Memory Multiprocessors (1991),
// 2.2.
#pragma once

#include <banksim/mutexes/watched.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>

namespace banksim {

class TicketLock {
  using State = std::uint64_t;

 public:
  static constexpr MutexKind kind = MutexKind::ticket;

  class Waiter {
   public:
    Waiter(TicketLock& lock, HolderTag& tag, WorkerId self)
        : lock_(lock), tag_(tag), self_(self), mine_(number(lock.draw() >> kNextShift)) {}
    ~Waiter() {
      if (!has_it_) lock_.state_.fetch_or(kOutOfOrder, std::memory_order_relaxed);
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    bool spin();
    bool wait_for(std::chrono::nanoseconds time);

   private:
    bool takes_it();

    TicketLock& lock_;
    HolderTag& tag_;
    WorkerId self_;
    State mine_;
    bool has_it_ = false;
  };

  bool try_lock(HolderTag& tag, WorkerId self) {
    State state = state_.load(std::memory_order_relaxed);
    const bool in_turn = called(state) == number(state >> kNextShift) || (state & kOutOfOrder) != 0;
    if ((state & kLocked) != 0 || !in_turn) return false;
    if (!state_.compare_exchange_strong(state, (state + kOneDrawn) | kLocked, std::memory_order_acquire,
                                        std::memory_order_relaxed))
      return false;
    tag.set(self);
    return true;
  }
  void unlock(HolderTag& tag) {
    tag.clear();
    State state = state_.load(std::memory_order_relaxed);
    State next = 0;
    do next = (state & ~(kLocked | kCalledMask)) | ((state + kOneCalled) & kCalledMask);
    while (!state_.compare_exchange_weak(state, next, std::memory_order_release, std::memory_order_relaxed));
  }

 private:
  // From the lowest bit: taken; somebody gave up; the number that is called, of 30 bits; the next to be drawn, which
  // may run over the top.
  static constexpr State kLocked = 1, kOutOfOrder = 2, kOneCalled = 4, kCalledMask = 0xffff'fffc;
  static constexpr int kNextShift = 32;
  static constexpr State kOneDrawn = State{1} << kNextShift;
  static constexpr State number(State drawn) { return drawn & (kCalledMask >> 2); }
  static constexpr State called(State state) { return (state & kCalledMask) >> 2; }
  State draw() { return state_.fetch_add(kOneDrawn, std::memory_order_relaxed); }

  std::atomic<State> state_{0};
};

}  // namespace banksim
