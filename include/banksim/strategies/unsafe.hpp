// unsafe: no lock at all. The control group: it shows what the locks are for.
//
// Two transfers that read the same balance and both write it lose one of the updates. On real threads it runs
// on relaxed atomics, so the lost update is all that goes wrong: no undefined behaviour.
// Source: the lost-update anomaly, Gray and Reuter, Transaction Processing (1993), 7.5.
#pragma once

#include <banksim/strategy.hpp>

namespace banksim {

template <class S>
struct Unsafe {
  static constexpr std::string_view name = "unsafe";
  static constexpr std::string_view aliases[] = {"none"};
  static constexpr std::string_view summary = "no lock: loses updates";
  static constexpr std::string_view how = "unsafe locks nothing.";
  static constexpr std::string_view wins = "never: it is fast and wrong";
  static constexpr std::string_view source = "the lost-update anomaly (Gray and Reuter 1993)";
  static constexpr bool deadlock_free = true;
  static constexpr bool conserves_money = false;

  NoGuard lock_pair(Bank<S>&, const Transfer&) { return {}; }
  NoGuard lock_all(Bank<S>&) { return {}; }
};

}  // namespace banksim
