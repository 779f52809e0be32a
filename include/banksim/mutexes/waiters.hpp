// How one waits for a lock that anybody may take who finds it free.
#pragma once

#include <banksim/mutexes/watched.hpp>

#include <chrono>

namespace banksim {

// Some 2 us: longer than a transfer holds a lock, shorter than it takes to sleep and to be woken.
inline constexpr int kSpins = 40;

template <class Lock>
class SpinThenSleep {
 public:
  SpinThenSleep(Lock& lock, HolderTag& tag, WorkerId self) : lock_(lock), tag_(tag), self_(self) {}

  bool spin() {
    for (int spins = 0; spins < kSpins; ++spins) {
      if (tag_.holder() == kNobody && lock_.try_lock(tag_, self_)) return true;
      relax_cpu();
    }
    return false;
  }
  bool wait_for(std::chrono::nanoseconds time) { return lock_.lock_within(tag_, self_, time); }

 private:
  Lock& lock_;
  HolderTag& tag_;
  WorkerId self_;
};

}  // namespace banksim
