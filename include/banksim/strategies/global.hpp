// global: one mutex for the whole bank. Plainly right, and one transfer at a time.
//
// The accounts' own mutexes are never touched; so the validator's lock is this one as well.
// Source: Hoare's monitor (1974), with the bank as the monitor.
#pragma once

#include <banksim/strategy.hpp>

#include <mutex>

namespace banksim {

template <class S>
struct Global {
  static constexpr std::string_view name = "global";
  static constexpr std::string_view summary = "one mutex for the whole bank";
  static constexpr std::string_view how = "global locks the bank, whatever the accounts.";
  static constexpr std::string_view why_safe =
      "Whoever waits for the one lock holds none, so no cycle of waits can close.";
  static constexpr std::string_view wins = "one thread, or transfers so short that a second lock costs more";
  static constexpr std::string_view source = "monitor (Hoare 1974)";
  static constexpr bool deadlock_free = true;
  static constexpr bool conserves_money = true;

  using Guard = std::lock_guard<typename S::Mutex>;
  Guard lock_pair(Bank<S>&, const Transfer&) { return Guard(bank_mutex); }
  Guard lock_all(Bank<S>&) { return Guard(bank_mutex); }

  typename S::Mutex bank_mutex;
};

}  // namespace banksim
