// Strategies as people bring them: they loop, throw, swallow what is thrown, lock on their way out. A run of each
// must end, and accuse it of nothing but what it did. Those that end the whole process come last.
#pragma once

#include <banksim/simulate.hpp>
#include <banksim/strategies/ordered.hpp>

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace banksim::test::hostile {

template <class S>
using Guard = std::lock_guard<typename S::Mutex>;

// Both locks, the source's first: deadlocks.
template <Sync S>
TransferOutcome source_first(Bank<S>& bank, const Transfer& transfer, auto&& hold) {
  const Guard<S> first(bank[transfer.from].mutex);
  const Guard<S> second(bank[transfer.to].mutex);
  return apply(bank, transfer, hold);
}

template <class S>
struct LocksOnItsWayOut {
  ~LocksOnItsWayOut() { const Guard<S> guard(mutex); }
  typename S::Mutex& mutex;
};

// --- Never come back ---

// At a value that nobody sets, through the seam.
template <class S>
struct LooksForEver : Ordered<S> {
  static constexpr std::string_view name = "looks-for-ever";
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    while (!seen()) {
    }
    return Ordered<S>::lock_pair(bank, transfer);
  }
  bool seen() {
    const Guard<S> guard(mutex);
    return value.get() != 0;
  }
  typename S::Mutex mutex;
  typename S::template Cell<int> value{kNoAccount, 0};
};

// Outside the seam.
template <class S>
struct SpinsForEver : Ordered<S> {
  static constexpr std::string_view name = "spins-for-ever";
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    while (!never) {
    }
    return Ordered<S>::lock_pair(bank, transfer);
  }
  volatile bool never = false;
};

template <class S>
struct SleepsAnHour : Ordered<S> {
  static constexpr std::string_view name = "sleeps-an-hour";
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    std::this_thread::sleep_for(std::chrono::hours(1));
    return Ordered<S>::lock_pair(bank, transfer);
  }
};

template <class S>
struct LocksItsOwnStdMutexTwice : Ordered<S> {
  static constexpr std::string_view name = "locks-its-own-std-mutex-twice";
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    mutex.lock();
    mutex.lock();
    return Ordered<S>::lock_pair(bank, transfer);
  }
  std::mutex mutex;
};

template <class S>
struct WaitsForFundsWithBothLocks : Ordered<S> {
  static constexpr std::string_view name = "waits-for-funds-with-both-locks";
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& transfer, [[maybe_unused]] Hold&& hold) {
    const auto guard = this->lock_pair(bank, transfer);
    while (bank[transfer.from].balance.get() < transfer.amount) {
    }
    return apply(bank, transfer, hold);
  }
};

template <class S>
struct AuditsForEver : Ordered<S> {
  static constexpr std::string_view name = "audits-for-ever";
  Money audit(Bank<S>&) {
    while (!never) {
    }
    return Money{};
  }
  volatile bool never = false;
};

// --- Throw, and swallow ---

template <class S>
struct ThrowsAnInt : Ordered<S> {
  static constexpr std::string_view name = "throws-an-int";
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    if (transfer.amount > Money{90}) throw 42;
    return Ordered<S>::lock_pair(bank, transfer);
  }
};

template <class S>
struct ThrowsAfterTheDebit : Ordered<S> {
  static constexpr std::string_view name = "throws-after-the-debit";
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& transfer, [[maybe_unused]] Hold&& hold) {
    const auto guard = this->lock_pair(bank, transfer);
    auto& balance = bank[transfer.from].balance;
    balance.set(balance.get() - transfer.amount);
    throw std::out_of_range("no such account");
  }
};

template <class S>
struct AuditorThrows : Ordered<S> {
  static constexpr std::string_view name = "auditor-throws";
  Money audit(Bank<S>&) { throw "an audit"; }
};

// Catches whatever comes out of a wait, and tries again.
template <class S>
struct SwallowsAndTriesAgain : Ordered<S> {
  static constexpr std::string_view name = "swallows-and-tries-again";
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& transfer, [[maybe_unused]] Hold&& hold) {
    for (;;) {
      try {
        return source_first(bank, transfer, hold);
      } catch (...) {
      }
    }
  }
};

// Catches whatever comes out of a wait, and says that all is well.
template <class S>
struct SwallowsAndSaysDone : Ordered<S> {
  static constexpr std::string_view name = "swallows-and-says-done";
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& transfer, [[maybe_unused]] Hold&& hold) {
    try {
      return source_first(bank, transfer, hold);
    } catch (...) {
      return TransferOutcome::done;
    }
  }
};

// --- Lock late ---

// Correct.
template <class S>
struct OrderedThenLog : Ordered<S> {
  static constexpr std::string_view name = "ordered-then-log";
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& transfer, [[maybe_unused]] Hold&& hold) {
    const TransferOutcome outcome = [&] {
      const auto guard = this->lock_pair(bank, transfer);
      return apply(bank, transfer, hold);
    }();
    const Guard<S> note(log);
    return outcome;
  }
  typename S::Mutex log;
};

// Deadlocks with the money in flight.
template <class S>
struct DebitsThenWaits : Ordered<S> {
  static constexpr std::string_view name = "debits-then-waits";
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& transfer, [[maybe_unused]] Hold&& hold) {
    const Guard<S> first(bank[transfer.from].mutex);
    const Money balance = bank[transfer.from].balance.get();
    if (balance < transfer.amount) return TransferOutcome::declined;
    bank[transfer.from].balance.set(balance - transfer.amount);
    hold();
    const Guard<S> second(bank[transfer.to].mutex);
    bank[transfer.to].balance.set(bank[transfer.to].balance.get() + transfer.amount);
    return TransferOutcome::done;
  }
};

// Locks source first, and a counter in a destructor.
template <class S>
struct CountsOnItsWayOut : Ordered<S> {
  static constexpr std::string_view name = "counts-on-its-way-out";
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& transfer, [[maybe_unused]] Hold&& hold) {
    const LocksOnItsWayOut<S> counted{counter};
    return source_first(bank, transfer, hold);
  }
  typename S::Mutex counter;
};

// A hand-made gate: correct, and entered by one at a time.
template <class S>
struct LocksInTheGuardsDestructor : Ordered<S> {
  static constexpr std::string_view name = "locks-in-the-guards-destructor";
  struct Gate {
    explicit Gate(LocksInTheGuardsDestructor& strategy) : owner(strategy) {
      for (;;) {
        const Guard<S> guard(owner.mutex);
        if (owner.taken.get() != 0) continue;
        owner.taken.set(1);
        return;
      }
    }
    ~Gate() {
      const Guard<S> guard(owner.mutex);
      owner.taken.set(0);
    }
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;
    LocksInTheGuardsDestructor& owner;
  };
  auto lock_pair(Bank<S>&, const Transfer&) { return Gate(*this); }
  auto lock_all(Bank<S>&) { return Gate(*this); }
  typename S::Mutex mutex;
  typename S::template Cell<int> taken{kNoAccount, 0};
};

// --- Wrong with the money while it runs ---

// Overdraws, and is even again at the end.
template <class S>
struct AsksThenDebits : Ordered<S> {
  static constexpr std::string_view name = "asks-then-debits";
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& transfer, [[maybe_unused]] Hold&& hold) {
    {
      const Guard<S> guard(bank[transfer.from].mutex);
      if (bank[transfer.from].balance.get() < transfer.amount) return TransferOutcome::declined;
    }
    hold();
    const auto guard = this->lock_pair(bank, transfer);
    auto& from = bank[transfer.from].balance;
    auto& to = bank[transfer.to].balance;
    from.set(from.get() - transfer.amount);
    to.set(to.get() + transfer.amount);
    return TransferOutcome::done;
  }
};

// --- End the process ---

// Does something to the process in a transfer of more than 90.
struct Deed {
  std::string_view name;
  void (*act)();
};
template <class S, const Deed& deed>
struct Does : Ordered<S> {
  static constexpr std::string_view name = deed.name;
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    if (transfer.amount > Money{90}) deed.act();
    return Ordered<S>::lock_pair(bank, transfer);
  }
};

namespace deeds {
inline constexpr Deed exits{"exits", [] { std::exit(0); }};
inline constexpr Deed exits_at_once{"exits-at-once", [] { ::_exit(7); }};
inline constexpr Deed aborts{"aborts", [] { std::abort(); }};
inline constexpr Deed reads_null{"reads-null", [] { *static_cast<volatile int*>(nullptr) = 1; }};
inline constexpr Deed kills_itself{"kills-itself", [] { ::kill(::getpid(), SIGKILL); }};
inline constexpr Deed kills_its_group{"kills-its-group", [] { ::kill(0, SIGTERM); }};
inline constexpr Deed stops_itself{"stops-itself", [] { ::kill(::getpid(), SIGSTOP); }};
inline constexpr Deed kills_its_parent{"kills-its-parent", [] { ::kill(::getppid(), SIGKILL); }};
inline constexpr Deed throws{"throws", [] { throw std::runtime_error("broken down"); }};
inline constexpr Deed prints{"prints", [] { (void)::write(STDOUT_FILENO, "hello\n", 6); }};
}  // namespace deeds

template <class S>
using Exits = Does<S, deeds::exits>;
template <class S>
using ExitsAtOnce = Does<S, deeds::exits_at_once>;
template <class S>
using Aborts = Does<S, deeds::aborts>;
template <class S>
using ReadsNull = Does<S, deeds::reads_null>;
template <class S>
using KillsItself = Does<S, deeds::kills_itself>;
template <class S>
using KillsItsGroup = Does<S, deeds::kills_its_group>;
template <class S>
using StopsItself = Does<S, deeds::stops_itself>;
template <class S>
using KillsItsParent = Does<S, deeds::kills_its_parent>;
template <class S>
using Throws = Does<S, deeds::throws>;
template <class S>
using Prints = Does<S, deeds::prints>;

// And goes on.
template <class S>
struct ClosesEverything : Ordered<S> {
  static constexpr std::string_view name = "closes-everything";
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    std::call_once(once, [] {
      for (int descriptor = 0; descriptor < 100; ++descriptor) ::close(descriptor);
    });
    return Ordered<S>::lock_pair(bank, transfer);
  }
  std::once_flag once;
};

template <class S>
struct OverflowsItsStack : Ordered<S> {
  static constexpr std::string_view name = "overflows-its-stack";
  static int deeper(int depth) { return depth < 0 ? 0 : deeper(depth + 1) + depth; }
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    if (transfer.amount > Money{90}) deeper(1);
    return Ordered<S>::lock_pair(bank, transfer);
  }
};

// That lives on in a session of its own.
template <class S>
struct LeavesADaemon : Ordered<S> {
  static constexpr std::string_view name = "leaves-a-daemon";
  LeavesADaemon() {
    if (::fork() != 0) return;
    ::setsid();
    if (::fork() != 0) ::_exit(0);
    ::sleep(600);
    ::_exit(0);
  }
};

// That uses the bank after it is gone, and throws.
template <class S>
struct LeavesAThread : Ordered<S> {
  static constexpr std::string_view name = "leaves-a-thread";
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    std::call_once(once, [] {
      std::thread([] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        throw std::runtime_error("nobody catches this");
      }).detach();
    });
    return Ordered<S>::lock_pair(bank, transfer);
  }
  std::once_flag once;
};

template <class S>
struct NeverConstructed : Ordered<S> {
  static constexpr std::string_view name = "never-constructed";
  NeverConstructed() {
    while (!never) {
    }
  }
  volatile bool never = false;
};

template <class S>
struct NeverDestroyed : Ordered<S> {
  static constexpr std::string_view name = "never-destroyed";
  ~NeverDestroyed() {
    while (!never) {
    }
  }
  volatile bool never = false;
};

template <class S>
struct BlocksEverySignal : Ordered<S> {
  static constexpr std::string_view name = "blocks-every-signal";
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    while (!never) {
    }
    return Ordered<S>::lock_pair(bank, transfer);
  }
  volatile bool never = false;
};

}  // namespace banksim::test::hostile
