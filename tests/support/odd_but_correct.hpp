// Strategies that look odd and are right: hand-made gates, tickets, readers and writers, retries, locks after the
// writes and in destructors. However a run of one ends, nothing is to be said against it.
#pragma once

#include "support/hostile.hpp"

#include <thread>

namespace banksim::test::odd {

using hostile::Guard;

template <class S, class T = int>
using Shared = typename S::template Cell<T>;

// What both of a gate's sides are made of: a mutex, and values that are looked at under it.
template <class S>
struct Gate {
  auto under_mutex(auto look) {
    const Guard<S> guard(mutex);
    return look();
  }
  typename S::Mutex mutex;
  Shared<S> first{kNoAccount, 0};
  Shared<S> second{kNoAccount, 0};
};

// A ticket lock of a mutex and two values. The polite one lets others run while it waits.
template <class S, bool polite>
struct Tickets : Ordered<S> {
  struct Turn {
    explicit Turn(Gate<S>& of) : gate(of) {
      const int mine = gate.under_mutex([&] {
        gate.first.set(gate.first.get() + 1);
        return gate.first.get() - 1;
      });
      while (gate.under_mutex([&] { return gate.second.get(); }) != mine)
        if (polite) std::this_thread::yield();
    }
    ~Turn() {
      gate.under_mutex([&] { gate.second.set(gate.second.get() + 1); });
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    Gate<S>& gate;
  };
  auto lock_pair(Bank<S>&, const Transfer&) { return Turn(gate); }
  auto lock_all(Bank<S>&) { return Turn(gate); }
  Gate<S> gate;
};
template <class S>
struct TicketLock : Tickets<S, false> {
  static constexpr std::string_view name = "ticket-lock";
};
template <class S>
struct PoliteTicketLock : Tickets<S, true> {
  static constexpr std::string_view name = "polite-ticket-lock";
};

// A gate of readers and writers around ordered locks: transfers read, audits write.
template <class S>
struct ReaderWriterGate : Ordered<S> {
  static constexpr std::string_view name = "reader-writer-gate";
  struct Reader {
    struct Entered {
      explicit Entered(Gate<S>& of) : gate(of) {
        while (!gate.under_mutex([&] {
          if (gate.second.get() != 0) return false;
          gate.first.set(gate.first.get() + 1);
          return true;
        })) {
        }
      }
      ~Entered() {
        gate.under_mutex([&] { gate.first.set(gate.first.get() - 1); });
      }
      Gate<S>& gate;
    };
    Entered entered;
    PairGuard<typename S::Mutex> pair;
  };
  struct Writer {
    explicit Writer(Gate<S>& of) : gate(of) {
      while (!gate.under_mutex([&] {
        if (gate.first.get() != 0 || gate.second.get() != 0) return false;
        gate.second.set(1);
        return true;
      })) {
      }
    }
    ~Writer() {
      gate.under_mutex([&] { gate.second.set(0); });
    }
    Gate<S>& gate;
  };
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    return Reader{typename Reader::Entered(gate), Ordered<S>::lock_pair(bank, transfer)};
  }
  auto lock_all(Bank<S>&) { return Writer(gate); }
  Gate<S> gate;
};

// Looks at the balance under one lock, and starts again where it has changed when both are held.
template <class S>
struct OptimisticRetry : Ordered<S> {
  static constexpr std::string_view name = "optimistic-retry";
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& transfer, [[maybe_unused]] Hold&& hold) {
    for (;;) {
      const Money seen = [&] {
        const Guard<S> guard(bank[transfer.from].mutex);
        return bank[transfer.from].balance.get();
      }();
      if (seen < transfer.amount) return TransferOutcome::declined;
      const auto guard = this->lock_pair(bank, transfer);
      if (bank[transfer.from].balance.get() == seen) return apply(bank, transfer, hold);
    }
  }
};

// Tries the second lock only, and starts again without it.
template <class S>
struct TriesAndLetsGo : Ordered<S> {
  static constexpr std::string_view name = "tries-and-lets-go";
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& transfer, [[maybe_unused]] Hold&& hold) {
    for (;;) {
      const Guard<S> first(bank[transfer.from].mutex);
      const std::unique_lock<typename S::Mutex> second(bank[transfer.to].mutex, std::try_to_lock);
      if (second) return apply(bank, transfer, hold);
    }
  }
};

// Its guard notes in a journal, under the journal's lock, that it is about to let go.
template <class S>
struct JournalInTheDestructor : Ordered<S> {
  static constexpr std::string_view name = "journal-in-the-destructor";
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& transfer, [[maybe_unused]] Hold&& hold) {
    const auto guard = this->lock_pair(bank, transfer);
    const hostile::LocksOnItsWayOut<S> noted{journal};
    return apply(bank, transfer, hold);
  }
  typename S::Mutex journal;
};

}  // namespace banksim::test::odd
