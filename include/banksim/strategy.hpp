// A locking strategy: about ten lines that say how the two accounts of a transfer are locked.
//
// To add one, write strategies/mine.hpp as below, then include and list it in strategies/all.hpp. The command
// line, the help, the laws of the tests, the explorer's proofs and the comparison follow from the list.
//
//   template <class S>
//   struct Mine {
//     // Words for people. The summary is a line of a table, at most 50 characters; `how` is a sentence. One more may
//     // be `why_safe`: why what it claims holds.
//     static constexpr std::string_view name = "mine";
//     static constexpr std::string_view summary = "lower account first: cannot deadlock";
//     static constexpr std::string_view how = "mine locks the account with the lower number first.";
//     static constexpr std::string_view wins = "where it is the best choice";
//     static constexpr std::string_view source = "whose idea it is (Author 1968)";
//
//     // Claims. The tests hold it to them both ways: who does not claim to be free of deadlock must be caught
//     // in one. A scheme whose workers can only refuse each other, and never wait for ever, is free of it.
//     static constexpr bool deadlock_free = true;
//     static constexpr bool conserves_money = true;
//
//     // Returns a guard. While it lives, nobody has the guard of a transfer that shares an account with this
//     // one, and nobody has lock_all's.
//     auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
//       const bool upward = transfer.from < transfer.to;
//       return PairGuard<typename S::Mutex>(bank[upward ? transfer.from : transfer.to].mutex,
//                                           bank[upward ? transfer.to : transfer.from].mutex);
//     }
//
//     // Returns a guard that excludes every lock_pair: who audits the bank holds it. Where transfers lock
//     // the accounts' mutexes this is all of them; a strategy with mutexes of its own locks these.
//     auto lock_all(Bank<S>& bank) { return AllAccountsGuard<S>(bank); }
//   };
//
// A strategy's own mutexes are members of type typename S::Mutex; with a name, as in Mutex gate{"gate"}, a deadlock
// tells of them by it. Shared values are typename S::template Cell<T>, made of (kNoAccount, value). T has at most eight
// bytes and is trivially copyable. One object serves a whole run. It is made from nothing, or from a Setup: tables that
// follow the bank's size shrink with it, so that the explorer meets two accounts that share a lock. Other names that
// the strategy may be called by are an array of string_view `aliases`, as in scoped_lock.hpp.
//
// Rules: touch shared state only through S. Release only in destructors of guards, since lock() and try_lock()
// may throw. Whoever waits for a lock while it holds another takes them in an order that agrees with lock_all's,
// which goes upwards, or a worker and the auditor deadlock; who only tries its second lock need not. A scheme
// that backs off tries again in a loop inside lock_pair, before anything is written; it may yield or sleep. Keep
// no state in statics or thread-locals while a transfer runs: the explorer would not see it. What a transfer
// allocates with new is its own, and seen. A counter of tries makes the search endless.
//
// A scheme that is more than two locks around one apply() defines, instead of being asked for lock_pair,
//
//   template <class Hold>
//   TransferOutcome transfer(Bank<S>& bank, const Transfer& transfer, Hold&& hold);
//   Money audit(Bank<S>& bank);  // if need be: the total, where lock_all's guard would not show all the money
//
// transfer() asks whether the source can pay, and declines with nothing written; it calls hold() once, between
// debit and credit. lock_pair and lock_all exist all the same: as guards that keep the promises above, for whoever
// else locks the bank. What enforces each of these rules is said in explore.hpp.
//
// Try it with `banksim run -s mine`, `banksim explore -s mine` and `banksim compare -s mine,ordered`.
//
// Threads: all workers and the auditor call one object at once; its locks are what makes that safe.
//
// Cost: static dispatch. The guard compiles to the hand-written code.
#pragma once

#include <banksim/bank.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string_view>
#include <type_traits>
#include <utility>

namespace banksim {

// What a strategy may be made from: it is constructible from this, or from nothing.
struct Setup {
  std::uint32_t accounts;
  std::uint32_t workers;  // without the auditor
};

template <class Strategy>
Strategy make_strategy(const Setup& setup) {
  if constexpr (std::is_constructible_v<Strategy, const Setup&>)
    return Strategy(setup);
  else
    return Strategy();
}

// Who copies a guard, as in `PairGuard guard(a, b); return guard;`, gets an error that says what to write.
template <class Guarded>
Guarded& refuse_copy() {
  static_assert(sizeof(Guarded) == 0, "a guard is not copied: return it where it is made");
  std::terminate();
}

// Two locks, taken in the order given and released in the opposite one. If the second throws, the first is
// released.
template <class Mutex>
struct PairGuard {
  PairGuard(Mutex& first_mutex, Mutex& second_mutex) : first(first_mutex), second(second_mutex) {}
  PairGuard(const PairGuard&) : PairGuard(refuse_copy<Mutex>(), refuse_copy<Mutex>()) {}
  std::lock_guard<Mutex> first;
  std::lock_guard<Mutex> second;
};

// Nothing is locked.
struct NoGuard {
  NoGuard() {}  // not trivial, so that an unused guard is no warning
};

// Every account's lock, taken in ascending order: with any strategy that locks in that order, no cycle.
template <Sync S>
class AllAccountsGuard {
 public:
  explicit AllAccountsGuard(Bank<S>& bank) : bank_(bank) {
    try {
      for (; locked_ < bank.size(); ++locked_) bank[AccountId{locked_}].mutex.lock();
    } catch (...) {
      release();
      throw;
    }
  }
  ~AllAccountsGuard() { release(); }
  AllAccountsGuard(const AllAccountsGuard&) : AllAccountsGuard(refuse_copy<Bank<S>>()) {}
  AllAccountsGuard& operator=(const AllAccountsGuard&) = delete;

 private:
  void release() {
    while (locked_ > 0) bank_[AccountId{--locked_}].mutex.unlock();
  }

  Bank<S>& bank_;
  std::uint32_t locked_ = 0;
};

// Whether transfers go by a transfer() of the strategy's own.
template <class Strategy, Sync S>
inline constexpr bool kHasOwnTransfer = requires(Strategy& strategy, Bank<S>& bank, const Transfer& transfer,
                                                 void (&hold)()) {
  strategy.transfer(bank, transfer, hold);
};

// One transfer under a strategy; the single way in which workers, tests and the explorer do it.
template <class Strategy, Sync S, class Hold>
TransferOutcome perform(Strategy& strategy, Bank<S>& bank, const Transfer& transfer, Hold&& hold) {
  if constexpr (requires { strategy.transfer(bank, transfer, hold); }) {
    this_worker.wrote = false;
    return strategy.transfer(bank, transfer, hold);
  } else {
    this_worker.has_all = false;
    [[maybe_unused]] const auto guard = strategy.lock_pair(bank, transfer);
    if constexpr (!std::is_same_v<decltype(guard), const NoGuard>) this_worker.has_all = true;
    return apply(bank, transfer, std::forward<Hold>(hold));
  }
}

// One audit under a strategy: all balances, added up at one moment. It too has this single way.
template <class Strategy, Sync S>
Money audit_total(Strategy& strategy, Bank<S>& bank) {
  this_worker.wrote = false;
  if constexpr (requires { strategy.audit(bank); }) {
    this_worker.has_all = false;
    return strategy.audit(bank);
  } else {
    this_worker.has_all = false;
    [[maybe_unused]] const auto guard = strategy.lock_all(bank);
    this_worker.has_all = true;
    return bank.total();
  }
}

}  // namespace banksim
