// The validator is trusted only because each kind of corruption, planted here, is found.
#include "support/checker_laws.hpp"

#include <banksim/audit.hpp>

#include <catch2/catch_test_macros.hpp>

#include <vector>

using namespace banksim;

namespace {

const std::vector<Money> kExpected{Money{100}, Money{250}, Money{0}, Money{50}};
constexpr Money kTotal{400};
constexpr TransferCounts kCounts{10, 7, 2, 1};

Check check_of(const std::vector<Money>& found, TransferCounts counted = kCounts, AuditLog audits = {}) {
  return check_money(kTotal, kExpected, found, counted, kCounts, audits);
}

}  // namespace

TEST_CASE("A bank as the ledger says it is passes", "[audit]") {
  const Check check = check_of(kExpected);
  CHECK(check.ok());
  CHECK(check.performed);
  CHECK(check.accounts_checked == 4);
  CHECK(check.total_found == kTotal);
  CHECK_FALSE(check.first_wrong);
  CHECK_FALSE(check.worst);
}

TEST_CASE("Lost money is found in the total and in the account", "[audit]") {
  for (std::size_t victim = 0; victim < kExpected.size(); ++victim) {  // the last account too
    auto found = kExpected;
    found[victim] += Money{1};
    const Check check = check_of(found);
    CHECK_FALSE(check.ok());
    CHECK(check.failed() == 2);
    CHECK(check.accounts_wrong == 1);
    CHECK(index(check.first_wrong->account) == victim);
  }
}

TEST_CASE("Money on the wrong account is found though the total is right", "[audit]") {
  auto found = kExpected;
  found[0] -= Money{10};
  found[1] += Money{40};
  found[3] -= Money{30};
  const Check check = check_of(found);
  CHECK(check.total_found == kTotal);
  CHECK(check.failed() == 1);
  CHECK(check.accounts_wrong == 3);
  CHECK(check.first_wrong == WrongAccount{AccountId{0}, Money{100}, Money{90}});
  CHECK(check.worst == WrongAccount{AccountId{1}, Money{250}, Money{290}});
  CHECK(check.worst->difference() == Money{40});
}

TEST_CASE("A balance below zero is found though ledger and total agree", "[audit]") {
  const std::vector<Money> overdrawn{Money{-1}, Money{401}};
  const Check check = check_money(kTotal, overdrawn, overdrawn, kCounts, kCounts, {});
  CHECK(check.negative_accounts == 1);
  CHECK(check.failed() == 1);
}

TEST_CASE("A transfer that is counted wrongly is found", "[audit]") {
  CHECK_FALSE(check_of(kExpected, {10, 8, 1, 1}).ok());  // says done though declined
  CHECK_FALSE(check_of(kExpected, {11, 7, 2, 1}).ok());  // one more than the plan
  CHECK_FALSE(
      check_money(kTotal, kExpected, kExpected, {10, 7, 2, 0}, {10, 7, 2, 0}, {}).ok());  // one vanished
}

TEST_CASE("One wrong live audit among right ones is found", "[audit]") {
  AuditLog audits;
  audits.record(kTotal, kTotal);
  audits.record(kTotal, Money{399});
  audits.record(kTotal, Money{398});
  const Check check = check_of(kExpected, kCounts, audits);
  CHECK_FALSE(check.ok());
  CHECK(check.audits.audits == 3);
  CHECK(check.audits.wrong == 2);
  CHECK(check.audits.first_wrong_total == Money{399});
}

TEST_CASE("Where nothing was checked nothing is ok", "[audit]") {
  CHECK_FALSE(Check{}.ok());
  CHECK_FALSE(check_money(Money{}, {}, {}, {}, {}, {}).ok());
  const std::vector<Money> shorter{Money{400}};
  CHECK_FALSE(check_money(kTotal, kExpected, shorter, kCounts, kCounts, {}).ok());
}

TEST_CASE("The validator keeps the laws that its mutants break", "[audit]") {
  CHECK(test::losses_misjudged(&check_money) == 0);
  CHECK(test::nothing_called_ok(&check_money) == 0);
}
