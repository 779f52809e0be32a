// ordered: locks the account with the lower number first, whichever way the money goes.
//
// A cycle of waits would need someone who holds a higher lock and wants a lower one. Nobody does.
// Source: hierarchical ordering, Havender, Avoiding Deadlock in Multitasking Systems (1968).
#pragma once

#include <banksim/strategy.hpp>

namespace banksim {

template <class S>
struct Ordered {
  static constexpr std::string_view name = "ordered";
  static constexpr std::string_view summary = "lower account first: cannot deadlock";
  static constexpr std::string_view how = "ordered locks the account with the lower number first.";
  static constexpr std::string_view why_safe =
      "Whoever waits, an audit too, holds only lower accounts, so no cycle of waits can close.";
  static constexpr std::string_view wins = "several threads, many accounts; the default";
  static constexpr std::string_view source = "resource ordering (Havender 1968)";
  static constexpr bool deadlock_free = true;
  static constexpr bool conserves_money = true;

  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    const bool upward = transfer.from < transfer.to;
    return PairGuard<typename S::Mutex>(bank[upward ? transfer.from : transfer.to].mutex,
                                        bank[upward ? transfer.to : transfer.from].mutex);
  }
  auto lock_all(Bank<S>& bank) { return AllAccountsGuard<S>(bank); }
};

}  // namespace banksim
