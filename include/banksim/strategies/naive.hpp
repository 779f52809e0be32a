// naive: locks the source, then the target. The classroom's first try, and the reason for this program.
//
// A transfer 1 -> 4 and a transfer 4 -> 1 each take one lock and wait for the other for ever.
// Source: circular wait, the fourth of Coffman's conditions (Coffman, Elphick, Shoshani 1971).
#pragma once

#include <banksim/strategy.hpp>

namespace banksim {

template <class S>
struct Naive {
  static constexpr std::string_view name = "naive";
  static constexpr std::string_view summary = "source first, then target: deadlocks";
  static constexpr std::string_view how = "naive locks the source first.";
  static constexpr std::string_view wins = "never: it is as fast as ordered until it freezes";
  static constexpr std::string_view source = "circular wait (Coffman, Elphick, Shoshani 1971)";
  static constexpr bool deadlock_free = false;
  static constexpr bool conserves_money = true;

  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    return PairGuard<typename S::Mutex>(bank[transfer.from].mutex, bank[transfer.to].mutex);
  }
  auto lock_all(Bank<S>& bank) { return AllAccountsGuard<S>(bank); }
};

}  // namespace banksim
