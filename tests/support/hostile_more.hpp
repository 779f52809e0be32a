// More strategies as people bring them, beside those of hostile.hpp: what they do to their process, to its parent and
// to whatever is thrown.
#pragma once

#include "support/hostile.hpp"

#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <atomic>
#include <condition_variable>
#include <csetjmp>
#include <exception>
#include <memory>
#include <vector>

namespace banksim::test::hostile {

// --- To the process ---

[[noreturn]] inline void spin_for_ever() {
  for (static volatile bool for_ever = true; for_ever;) {
  }
  std::abort();
}

namespace deeds {
inline constexpr Deed terminates{"terminates", [] { std::terminate(); }};
inline constexpr Deed exits_quickly{"exits-quickly", [] { std::quick_exit(3); }};
inline constexpr Deed jumps_out{"jumps-out", [] {
                                  static std::jmp_buf out;  // of a frame that is gone
                                  static std::atomic<bool> again{false};
                                  if (again) std::longjmp(out, 1);
                                  if (setjmp(out) == 0) again = true;
                                }};
inline constexpr Deed eats_memory{"eats-memory", [] {
                                    for (;;) {
                                      auto* bytes = new char[std::size_t{64} << 20];
                                      for (std::size_t i = 0; i < std::size_t{64} << 20; i += 4096)
                                        static_cast<volatile char*>(bytes)[i] = 1;
                                    }
                                  }};
inline constexpr Deed joins_its_parents_group{"joins-its-parents-group", [] {
                                                ::setpgid(0, ::getpgid(::getppid()));
                                                spin_for_ever();
                                              }};
inline constexpr Deed traces_itself{"traces-itself", [] {
                                      ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
                                      ::raise(SIGUSR1);
                                      spin_for_ever();
                                    }};
inline constexpr Deed prints_for_ever{"prints-for-ever", [] {
                                        const std::vector<char> much(65536, 'x');
                                        while (::write(STDOUT_FILENO, much.data(), much.size()) > 0) {
                                        }
                                        spin_for_ever();
                                      }};
inline constexpr Deed prints_a_megabyte{"prints-a-megabyte", [] {
                                          static std::once_flag once;
                                          std::call_once(once, [] {
                                            const std::vector<char> much(1 << 20, 'x');
                                            (void)::write(STDOUT_FILENO, much.data(), much.size());
                                          });
                                        }};
inline constexpr Deed scribbles{"scribbles-on-descriptors", [] {
                                  static std::once_flag once;
                                  std::call_once(once, [] {
                                    for (int descriptor = 3; descriptor < 64; ++descriptor)
                                      (void)::write(descriptor, "junk", 4);
                                  });
                                }};
inline constexpr Deed becomes_another_program{"becomes-another-program",
                                              [] { ::execl("/bin/sleep", "sleep", "600", nullptr); }};
inline constexpr Deed forks_and_goes_on{"forks-and-goes-on", [] {
                                          static std::once_flag once;
                                          std::call_once(once, [] { (void)::fork(); });
                                        }};
inline constexpr Deed sets_an_alarm{"sets-an-alarm", [] { ::alarm(1); }};
inline constexpr Deed limits_its_cpu_time{"limits-its-cpu-time", [] {
                                            const rlimit one{1, 1};
                                            ::setrlimit(RLIMIT_CPU, &one);
                                          }};
inline constexpr Deed interrupts_itself{"interrupts-itself", [] { ::raise(SIGINT); }};
inline constexpr Deed interrupts_its_parent{"interrupts-its-parent", [] { ::kill(::getppid(), SIGINT); }};
inline constexpr Deed stops_its_parent{"stops-its-parent", [] { ::kill(::getppid(), SIGSTOP); }};
inline constexpr Deed throws_cancelled{"throws-cancelled", [] { throw Cancelled{}; }};
inline constexpr Deed ends_its_thread{"ends-its-thread", [] { ::pthread_exit(nullptr); }};
}  // namespace deeds

template <class S>
using Terminates = Does<S, deeds::terminates>;
template <class S>
using ExitsQuickly = Does<S, deeds::exits_quickly>;
template <class S>
using JumpsOut = Does<S, deeds::jumps_out>;
template <class S>
using EatsMemory = Does<S, deeds::eats_memory>;
template <class S>
using JoinsItsParentsGroup = Does<S, deeds::joins_its_parents_group>;
template <class S>
using TracesItself = Does<S, deeds::traces_itself>;
template <class S>
using PrintsForEver = Does<S, deeds::prints_for_ever>;
template <class S>
using PrintsAMegabyte = Does<S, deeds::prints_a_megabyte>;
template <class S>
using Scribbles = Does<S, deeds::scribbles>;
template <class S>
using BecomesAnotherProgram = Does<S, deeds::becomes_another_program>;
template <class S>
using ForksAndGoesOn = Does<S, deeds::forks_and_goes_on>;
template <class S>
using SetsAnAlarm = Does<S, deeds::sets_an_alarm>;
template <class S>
using LimitsItsCpuTime = Does<S, deeds::limits_its_cpu_time>;
template <class S>
using InterruptsItself = Does<S, deeds::interrupts_itself>;
template <class S>
using InterruptsItsParent = Does<S, deeds::interrupts_its_parent>;
template <class S>
using StopsItsParent = Does<S, deeds::stops_its_parent>;
template <class S>
using ThrowsCancelled = Does<S, deeds::throws_cancelled>;
template <class S>
using EndsItsThread = Does<S, deeds::ends_its_thread>;

// In a destructor that its thread runs when the run is done with it.
template <class S>
struct ThreadLocalNeverEnds : Ordered<S> {
  static constexpr std::string_view name = "thread-local-never-ends";
  struct Last {
    ~Last() {
      if (armed) spin_for_ever();
    }
    bool armed = false;
  };
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    thread_local Last last;
    last.armed = true;
    return Ordered<S>::lock_pair(bank, transfer);
  }
};

template <class S>
struct AuditorOverflowsItsStack : OverflowsItsStack<S> {
  static constexpr std::string_view name = "auditor-overflows-its-stack";
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) { return Ordered<S>::lock_pair(bank, transfer); }
  Money audit(Bank<S>&) { return Money{this->deeper(1)}; }
};

// --- To what is thrown ---

template <class S>
struct ThrowsInADestructor : Ordered<S> {
  static constexpr std::string_view name = "throws-in-a-destructor";
  struct Throwing {
    ~Throwing() noexcept(false) {
      if (amount > Money{90}) throw std::runtime_error("on its way out");
    }
    Money amount;
  };
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& transfer, [[maybe_unused]] Hold&& hold) {
    const auto guard = this->lock_pair(bank, transfer);
    const Throwing throwing{transfer.amount};
    return apply(bank, transfer, hold);
  }
};

// Goes on as if it had the lock.
template <class S>
struct SwallowsAndGoesOn : Ordered<S> {
  static constexpr std::string_view name = "swallows-and-goes-on";
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& transfer, [[maybe_unused]] Hold&& hold) {
    std::unique_lock<typename S::Mutex> first(bank[transfer.from].mutex, std::defer_lock);
    std::unique_lock<typename S::Mutex> second(bank[transfer.to].mutex, std::defer_lock);
    try {
      first.lock();
      second.lock();
    } catch (...) {
    }
    return apply(bank, transfer, hold);
  }
};

// Makes another exception of it.
template <class S>
struct TranslatesWhatIsThrown : Ordered<S> {
  static constexpr std::string_view name = "translates-what-is-thrown";
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& transfer, [[maybe_unused]] Hold&& hold) {
    try {
      return source_first(bank, transfer, hold);
    } catch (...) {
      throw std::runtime_error("could not lock");
    }
  }
};

// Locks, in the handler and while the stack is unwound, what somebody else of the cycle holds.
template <class S>
struct LocksWhileItUnwinds : Ordered<S> {
  static constexpr std::string_view name = "locks-while-it-unwinds";
  struct Restores {
    ~Restores() { const Guard<S> guard(mutex); }
    typename S::Mutex& mutex;
  };
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& transfer, [[maybe_unused]] Hold&& hold) {
    try {
      const Guard<S> first(bank[transfer.from].mutex);
      const Restores restores{bank[transfer.to].mutex};
      const Guard<S> second(bank[transfer.to].mutex);
      bank[transfer.to].mutex.unlock();
      bank[transfer.to].mutex.lock();
    } catch (...) {
      const Guard<S> again(bank[transfer.from].mutex);
      throw;
    }
    return TransferOutcome::declined;
  }
};

// --- Waits of their own ---

// Nobody wakes who began to wait after the call.
template <class S>
struct LosesAWakeUp : Ordered<S> {
  static constexpr std::string_view name = "loses-a-wake-up";
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    std::unique_lock lock(mutex);
    if (transfer.amount > Money{90}) wake.wait(lock);
    wake.notify_one();
    lock.unlock();
    return Ordered<S>::lock_pair(bank, transfer);
  }
  std::mutex mutex;
  std::condition_variable wake;
};

// Each lets go as soon as somebody else wants in.
template <class S>
struct AfterYou : Ordered<S> {
  static constexpr std::string_view name = "after-you";
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    for (;;) {
      {
        const Guard<S> guard(mutex);
        wanting.set(wanting.get() + 1);
      }
      const Guard<S> guard(mutex);
      if (wanting.get() == 0) break;
    }
    return Ordered<S>::lock_pair(bank, transfer);
  }
  typename S::Mutex mutex;
  typename S::template Cell<int> wanting{kNoAccount, 0};
};

// Reads in a gate of its own and becomes a writer while it reads: two such wait for each other.
template <class S>
struct UpgradesInItsGate : Ordered<S> {
  static constexpr std::string_view name = "upgrades-in-its-gate";
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    add(1);
    std::this_thread::yield();
    while (readers() != 1) {
    }
    add(-1);
    return Ordered<S>::lock_pair(bank, transfer);
  }
  void add(int change) {
    const Guard<S> guard(mutex);
    reading.set(reading.get() + change);
  }
  int readers() {
    const Guard<S> guard(mutex);
    return reading.get();
  }
  typename S::Mutex mutex;
  typename S::template Cell<int> reading{kNoAccount, 0};
};

// A thread of its own holds the bank's locks, now and then or for ever.
template <class S, bool for_ever>
struct StartsALocker : Ordered<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    std::call_once(once, [&bank] {
      std::thread([&bank] {
        for (;;) {
          const Guard<S> guard(bank[AccountId{0}].mutex);
          std::this_thread::sleep_for(for_ever ? std::chrono::hours{1} : std::chrono::hours{0});
        }
      }).detach();
    });
    return Ordered<S>::lock_pair(bank, transfer);
  }
  std::once_flag once;
};
template <class S>
struct LocksFromItsOwnThread : StartsALocker<S, false> {
  static constexpr std::string_view name = "locks-from-its-own-thread";
};
template <class S>
struct HoldsFromItsOwnThread : StartsALocker<S, true> {
  static constexpr std::string_view name = "holds-from-its-own-thread";
};

}  // namespace banksim::test::hostile
