// The validator is trusted only because each kind of corruption, planted here, is found.
#include "support/checker_laws.hpp"

#include <banksim/audit.hpp>

#include <catch2/catch_test_macros.hpp>

#include <vector>

using namespace banksim;
using namespace banksim::test;

namespace {

Check check_of(const std::vector<Money>& found, TransferCounts counted = kLedgerCounts,
               AuditLog audits = {}) {
  return check_money(kLedgerTotal, kLedger, found, counted, kLedgerCounts, audits);
}

}  // namespace

TEST_CASE("A bank as the ledger says it is passes", "[audit]") {
  const Check check = check_of(kLedger);
  CHECK(check.ok());
  CHECK(check.performed);
  CHECK(check.accounts_checked == 4);
  CHECK(check.total_found == kLedgerTotal);
  CHECK_FALSE(check.first_wrong);
  CHECK_FALSE(check.worst);
}

TEST_CASE("Lost money is found in the total and in the account, whichever that is", "[audit]") {
  auto found = kLedger;
  found[3] += Money{1};
  CHECK(check_of(found).failed() == 2);
  CHECK(check_of(found).accounts_wrong == 1);
  CHECK(losses_misjudged(&check_money) == 0);
}

TEST_CASE("Money on the wrong account is found though the total is right", "[audit]") {
  auto found = kLedger;
  found[0] -= Money{10};
  found[1] += Money{40};
  found[3] -= Money{30};
  const Check check = check_of(found);
  CHECK(check.total_found == kLedgerTotal);
  CHECK(check.failed() == 1);
  CHECK(check.accounts_wrong == 3);
  CHECK(check.first_wrong == WrongAccount{AccountId{0}, Money{100}, Money{90}});
  CHECK(check.worst == WrongAccount{AccountId{1}, Money{250}, Money{290}});
  CHECK(check.worst->difference() == Money{40});
}

TEST_CASE("A balance below zero is found though ledger and total agree", "[audit]") {
  const std::vector<Money> overdrawn{Money{-1}, Money{401}};
  const Check check = check_money(kLedgerTotal, overdrawn, overdrawn, kLedgerCounts, kLedgerCounts, {});
  CHECK(check.negative_accounts == 1);
  CHECK(check.failed() == 1);
}

TEST_CASE("A transfer that is counted wrongly is found", "[audit]") {
  CHECK_FALSE(check_of(kLedger, {10, 8, 1, 1}).ok());  // says done though declined
  CHECK_FALSE(check_of(kLedger, {11, 7, 2, 1}).ok());  // one more than the plan
  CHECK_FALSE(
      check_money(kLedgerTotal, kLedger, kLedger, {10, 7, 2, 0}, {10, 7, 2, 0}, {}).ok());  // one vanished
}

TEST_CASE("One wrong live audit among right ones is found", "[audit]") {
  AuditLog audits;
  audits.record(kLedgerTotal, kLedgerTotal);
  audits.record(kLedgerTotal, Money{399});
  audits.record(kLedgerTotal, Money{398});
  const Check check = check_of(kLedger, kLedgerCounts, audits);
  CHECK_FALSE(check.ok());
  CHECK(check.audits.audits == 3);
  CHECK(check.audits.wrong == 2);
  CHECK(check.audits.first_wrong_total == Money{399});
}

TEST_CASE("Where nothing was checked nothing is ok", "[audit]") {
  CHECK_FALSE(Check{}.ok());
  CHECK(nothing_called_ok(&check_money) == 0);
}
