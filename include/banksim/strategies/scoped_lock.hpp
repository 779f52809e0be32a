// scoped: the standard library's std::scoped_lock, as it is installed.
//
// It never waits while it holds: it locks one, tries the other, and on failure releases and waits for the one
// that it could not get. So there is no hold-and-wait, at the price of retries.
// Source: C++ [thread.lock.algorithm]; the algorithm is the library's own.
#pragma once

#include <banksim/strategy.hpp>

#include <mutex>

namespace banksim {

template <class S>
struct ScopedLock {
  static constexpr std::string_view name = "scoped";
  static constexpr std::string_view aliases[] = {"scoped_lock", "std::scoped_lock"};
  static constexpr std::string_view summary = "std::scoped_lock: both or none, retries";
  static constexpr std::string_view how = "scoped lets std::scoped_lock take both locks or none.";
  static constexpr std::string_view why_safe =
      "It never waits for one lock while it holds the other, so no cycle of waits can close.";
  static constexpr std::string_view wins = "where no order is known; near ordered when contention is low";
  static constexpr std::string_view source = "C++ standard, [thread.lock.algorithm]";
  static constexpr bool deadlock_free = true;
  static constexpr bool conserves_money = true;

  using Mutex = typename S::Mutex;
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    return std::scoped_lock<Mutex, Mutex>(bank[transfer.from].mutex, bank[transfer.to].mutex);
  }
  auto lock_all(Bank<S>& bank) { return AllAccountsGuard<S>(bank); }
};

}  // namespace banksim
