// What a locking strategy is: about ten lines that say how the two accounts of a transfer are locked.
//
//   template <class S> struct MyStrategy {
//     static constexpr std::string_view name, summary, how, wins, source;   // words for people
//     static constexpr bool deadlock_free, conserves_money;                 // claims; the tests hold it to
//     them auto lock_pair(Bank<S>&, const Transfer&);   // -> guard: excludes every overlapping pair, and
//     lock_all auto lock_all(Bank<S>&);                     // -> guard: excludes every lock_pair; the
//     validator's lock
//   };
//
// Order      lock_pair must not lock downwards where lock_all goes upwards: worker and auditor would
// deadlock. Rules      Touch shared state only through S. Release only in guards' destructors: lock() may
// throw. Keep no
//            state in statics, thread-locals or on the heap while a transfer runs: the explorer would not see
//            it. Schemes that abort and retry loop inside lock_pair, before any write.
//            A scheme that is no lock around apply() may define transfer(bank, transfer, hold) instead.
// Threads    One object a run, shared by all its workers and its auditor.
// Cost       Static dispatch: the guard compiles to the hand-written code.
#pragma once

#include <banksim/bank.hpp>

#include <concepts>
#include <cstddef>
#include <mutex>
#include <string_view>
#include <utility>

namespace banksim {

template <class T, class S>
concept LockingStrategy = Sync<S> && std::default_initializable<T> &&
    requires(T strategy, Bank<S>& bank, const Transfer& transfer) {
  { T::name } -> std::convertible_to<std::string_view>;
  { T::summary } -> std::convertible_to<std::string_view>;
  { T::how } -> std::convertible_to<std::string_view>;
  { T::wins } -> std::convertible_to<std::string_view>;
  { T::source } -> std::convertible_to<std::string_view>;
  { T::deadlock_free } -> std::convertible_to<bool>;
  { T::conserves_money } -> std::convertible_to<bool>;
  strategy.lock_pair(bank, transfer);
  strategy.lock_all(bank);
};

// Two locks, taken in the order given and released in the other. If the second throws, the first is released.
template <class Mutex>
struct PairGuard {
  PairGuard(Mutex& first_mutex, Mutex& second_mutex) : first(first_mutex), second(second_mutex) {}
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
      for (; locked_ < bank.size(); ++locked_) bank.accounts()[locked_].mutex.lock();
    } catch (...) {
      release();
      throw;
    }
  }
  ~AllAccountsGuard() { release(); }
  AllAccountsGuard(const AllAccountsGuard&) = delete;
  AllAccountsGuard& operator=(const AllAccountsGuard&) = delete;

 private:
  void release() {
    while (locked_ > 0) bank_.accounts()[--locked_].mutex.unlock();
  }

  Bank<S>& bank_;
  std::size_t locked_ = 0;
};

// One transfer under a strategy; the single way in which workers, tests and the explorer do it.
template <class Strategy, Sync S, class Hold>
TransferOutcome perform(Strategy& strategy, Bank<S>& bank, const Transfer& transfer, Hold&& hold) {
  if constexpr (requires { strategy.transfer(bank, transfer, hold); }) {
    return strategy.transfer(bank, transfer, hold);
  } else {
    [[maybe_unused]] const auto guard = strategy.lock_pair(bank, transfer);
    return apply(bank, transfer, std::forward<Hold>(hold));
  }
}

// One audit under a strategy: all balances, added up at one moment. The single way as well.
template <class Strategy, Sync S>
Money audit_total(Strategy& strategy, Bank<S>& bank) {
  if constexpr (requires { strategy.audit(bank); }) {
    return strategy.audit(bank);
  } else {
    [[maybe_unused]] const auto guard = strategy.lock_all(bank);
    return bank.total();
  }
}

}  // namespace banksim
