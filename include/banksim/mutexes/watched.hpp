// The mutex of the seam: any of several locks, so watched that nobody can hang in it unseen.
//
// It names its holder, counts what happens to it, and a wait that lasts longer than a slice enters the waiting room
// (deadlock.hpp). A wait can be called off.
//
// lock() tries first. Who must wait spins for a microsecond or two, and only then reads the clock and sleeps.
//
// A Lock is the bare lock, and knows nothing of that:
//
//   static constexpr MutexKind kind;
//   bool try_lock(HolderTag& tag, WorkerId self);  // names the holder as well
//   void unlock(HolderTag& tag);
//   Waiter(Lock&, HolderTag&, WorkerId self)       // a member type: somebody who waits
//     bool spin();                                 // so long as no clock need be read; true: has it
//     bool wait_for(std::chrono::nanoseconds);     // true: has it
//     ~Waiter();                                   // gives up, unless it has it
//
// Threads: a Waiter belongs to one thread.
//
// Cost, uncontended, beside the bare lock: a thread-local increment, and a store of the tag where the lock is not the
// tag itself.
#pragma once

#include <banksim/deadlock.hpp>
#include <banksim/ids.hpp>
#include <banksim/names.hpp>
#include <banksim/thread_context.hpp>

#include <array>
#include <cstdint>
#include <exception>
#include <mutex>
#include <type_traits>

namespace banksim {

enum class MutexKind : std::uint8_t { standard, word, spin, ticket };
constexpr auto enum_names(MutexKind) { return std::to_array({"std", "word", "spin", "ticket"}); }

// The processor's hint that a loop only waits.
inline void relax_cpu() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

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

template <class Lock>
class WatchedMutex : public StrictMutex {
 public:
  WatchedMutex() : WatchedMutex(kNoAccount) {}
  explicit WatchedMutex(AccountId account) : tag_(account) {}
  // One of a strategy's own, called so where it is in a deadlock.
  explicit WatchedMutex(const char* name) : WatchedMutex(number_of_name(name)) {}
  WatchedMutex(const WatchedMutex&) = delete;
  WatchedMutex& operator=(const WatchedMutex&) = delete;

  void lock() {
    ThreadContext& self = this_worker;
    if (!lock_.try_lock(tag_, self.self)) [[unlikely]]
      wait();
    if (++self.locks.acquired % kCircling == 0) [[unlikely]]
      look_up();
  }

  bool try_lock() {
    ThreadContext& self = this_worker;
    if (!lock_.try_lock(tag_, self.self)) {
      refused();
      return false;
    }
    ++self.locks.acquired;
    return true;
  }

  void unlock() { lock_.unlock(tag_); }

 private:
  // Who locks so often may be going in circles, and never have to wait.
  static constexpr std::uint64_t kCircling = 65'536;

  // Each may throw Cancelled. refused(), so that a loop around try_lock ends as well. look_up(), after it has
  // unlocked, so that a loop of locks which are free ends. Defined for the locks of this folder (run/sync.cpp).
  [[gnu::cold]] void wait();
  [[gnu::cold]] void refused();
  [[gnu::cold]] void look_up();

  [[no_unique_address]] Lock lock_;
  HolderTag tag_;
};

}  // namespace banksim
