// The validator: what must be true of the money, checked and put in numbers.
// A right total is not enough: `banksim explore -s unsafe --find accounts` shows in eight steps how it hides wrong
// accounts. So there are five checks:
//
// 1. Total: the sum of all balances is what it was.
// 2. Ledger: each account is its opening balance and its completed transfers, replayed from the plan.
// 3. Negatives: no balance is below zero, and none was seen below zero while the run went on.
// 4. Attempts: attempted is done and declined and cancelled together, by two independent counts.
// 5. Audits: each live audit under the strategy's own lock_all saw the right total.
//
// A transfer that was called off in a deadlock after it had written may have moved its money, or half of it. What
// such transfers explain is no fault: each account may differ from its ledger by any of their debits and credits.
//
// Only where something was checked is anything ok. Pure functions and values.
#pragma once

#include <banksim/bank.hpp>
#include <banksim/ids.hpp>
#include <banksim/money.hpp>
#include <banksim/workload.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace banksim {

// What the live audits of one thread saw of the total.
struct AuditLog {
  std::uint64_t audits = 0;
  std::uint64_t wrong = 0;
  std::optional<Money> first_wrong_total;

  void record(Money expected, Money found) {
    ++audits;
    if (found == expected) return;
    ++wrong;
    if (!first_wrong_total) first_wrong_total = found;
  }
  AuditLog& operator+=(const AuditLog& other) {
    audits += other.audits;
    wrong += other.wrong;
    if (!first_wrong_total) first_wrong_total = other.first_wrong_total;
    return *this;
  }
  bool operator==(const AuditLog&) const = default;
};

struct TransferCounts {
  std::uint64_t attempted = 0;
  std::uint64_t done = 0;
  std::uint64_t declined = 0;   // for insufficient funds
  std::uint64_t cancelled = 0;  // called off while waiting for a lock
  friend bool operator==(const TransferCounts&, const TransferCounts&) = default;
};

struct WrongAccount {
  AccountId account;
  Money expected;
  Money found;
  Money difference() const { return found - expected; }
  friend bool operator==(const WrongAccount&, const WrongAccount&) = default;
};

// A balance below zero that somebody saw under its lock.
struct Overdraft {
  AccountId account = kNoAccount;
  Money balance;
  double after_s = 0;
  std::optional<PlannedTransfer> transfer;  // that came upon it; nothing: an audit did
  friend bool operator==(const Overdraft&, const Overdraft&) = default;
};

struct Check {
  bool performed = false;  // false: nothing was checked, which is never ok
  Money total_expected;
  Money total_found;
  std::uint64_t accounts_checked = 0;
  std::uint64_t accounts_wrong = 0;
  std::uint64_t accounts_in_flight = 0;  // differ, and called-off transfers explain by how much
  std::uint64_t negative_accounts = 0;
  std::uint64_t overdrafts = 0;  // times that a balance below zero was seen
  std::optional<Overdraft> first_overdraft;
  bool attempts_agree = true;
  AuditLog audits;
  std::optional<WrongAccount> first_wrong;  // lowest account
  std::optional<WrongAccount> worst;        // largest difference either way

  bool total_is_wrong() const {
    const bool is_explained = accounts_in_flight > 0 && accounts_wrong == 0;
    return total_found != total_expected && !is_explained;
  }
  // How many of the five checks failed.
  int failed() const {
    return int{total_is_wrong()} + int{accounts_wrong > 0} + int{negative_accounts + overdrafts > 0} +
           int{!attempts_agree} + int{audits.wrong > 0};
  }
  bool ok() const { return performed && failed() == 0; }
  bool operator==(const Check&) const = default;
};

// Compares the balances found with those that the ledger expects; both have one entry for each account.
// `counted` is what the workers counted as they went, `replayed` what the replay of the plan counted. `in_flight`
// are the transfers that were called off after they had written.
Check check_money(Money total_expected, std::span<const Money> expected, std::span<const Money> found,
                  const TransferCounts& counted, const TransferCounts& replayed, const AuditLog& audits,
                  std::span<const Transfer> in_flight);

}  // namespace banksim
