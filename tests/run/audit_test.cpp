// The validator is trusted only because each kind of corruption, planted here, is found, and because faulty
// validators are noticed.
#include <banksim/audit.hpp>
#include <banksim/worker.hpp>

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <vector>

using namespace banksim;

namespace {

const std::vector<Money> kLedger{Money{100}, Money{250}, Money{0}, Money{50}};
constexpr Money kTotal{400};
constexpr TransferCounts kCounts{10, 7, 2, 1};
constexpr std::span<const Transfer> kNone;

Check check_of(const std::vector<Money>& found, TransferCounts counted = kCounts, AuditLog audits = {},
               std::span<const Transfer> in_flight = {}) {
  return check_money(kTotal, kLedger, found, counted, kCounts, audits, in_flight);
}

// A loss planted in each account in turn, and none: how often it is not reported, or not of that account.
int losses_misjudged(auto validator) {
  const auto judge = [&](const std::vector<Money>& found) {
    return validator(kTotal, kLedger, found, kCounts, kCounts, AuditLog{}, kNone);
  };
  int misjudged = int{!judge(kLedger).ok()};
  for (std::size_t victim = 0; victim < kLedger.size(); ++victim) {
    auto found = kLedger;
    found[victim] -= Money{1};
    const Check check = judge(found);
    const bool named = check.first_wrong && index(check.first_wrong->account) == victim;
    misjudged += int{check.ok() || !named};
  }
  return misjudged;
}

// A bank without accounts, and a ledger of another bank: how often it says ok of what it could not check.
int nothing_called_ok(auto validator) {
  const std::vector<Money> none, shorter{kTotal};
  return int{validator(Money{}, none, none, TransferCounts{}, TransferCounts{}, AuditLog{}, kNone).ok()} +
         int{validator(kTotal, kLedger, shorter, kCounts, kCounts, AuditLog{}, kNone).ok()};
}

}  // namespace

TEST_CASE("A bank as the ledger says it is passes", "[audit]") {
  const Check check = check_of(kLedger);
  CHECK(check.ok());
  CHECK(check.accounts_checked == 4);
  CHECK(check.total_found == kTotal);
  CHECK_FALSE(check.first_wrong);
  CHECK_FALSE(check.worst);
}

TEST_CASE("Lost money is found in the total and in the account, whichever that is", "[audit]") {
  auto found = kLedger;
  found[3] += Money{1};
  CHECK(check_of(found).failed() == 2);
  CHECK(check_of(found).accounts_wrong == 1);
  CHECK(losses_misjudged(check_money) == 0);
}

TEST_CASE("Money on the wrong account is found though the total is right", "[audit]") {
  const Check check = check_of({Money{90}, Money{290}, Money{0}, Money{20}});
  CHECK(check.total_found == kTotal);
  CHECK(check.failed() == 1);
  CHECK(check.accounts_wrong == 3);
  CHECK(check.first_wrong == WrongAccount{AccountId{0}, Money{100}, Money{90}});
  CHECK(check.worst == WrongAccount{AccountId{1}, Money{250}, Money{290}});
  CHECK(check.worst->difference() == Money{40});
}

TEST_CASE("A balance below zero is found though ledger and total agree", "[audit]") {
  const std::vector<Money> overdrawn{Money{-1}, Money{401}};
  const Check check = check_money(kTotal, overdrawn, overdrawn, kCounts, kCounts, {}, {});
  CHECK(check.negative_accounts == 1);
  CHECK(check.failed() == 1);
}

TEST_CASE("A transfer that is counted wrongly is found", "[audit]") {
  CHECK_FALSE(check_of(kLedger, {10, 8, 1, 1}).ok());  // says done though declined
  CHECK_FALSE(check_of(kLedger, {11, 7, 2, 1}).ok());  // one more than the plan
  CHECK_FALSE(
      check_money(kTotal, kLedger, kLedger, {10, 7, 2, 0}, {10, 7, 2, 0}, {}, {}).ok());  // one vanished
}

TEST_CASE("What transfers in flight can have moved explains an account, and no more than that", "[audit]") {
  const auto in_flight_with = [](std::size_t transfers, Money amount, Money difference) {
    const std::vector<Transfer> in_flight(transfers, {AccountId{1}, AccountId{0}, amount});
    auto found = kLedger;
    found[0] += difference;
    return check_of(found, kCounts, {}, in_flight).accounts_in_flight == 1;
  };
  CHECK(in_flight_with(2, Money{30}, Money{60}));
  CHECK(in_flight_with(10, Money{3}, Money{27}));
  CHECK_FALSE(in_flight_with(2, Money{30}, Money{31}));  // no sum of them
  CHECK_FALSE(in_flight_with(10, Money{3}, Money{29}));
  CHECK_FALSE(in_flight_with(2, Money{30}, Money{90}));
  CHECK_FALSE(in_flight_with(2, Money{30}, Money{-30}));
  // Of more than ten only the bounds are known.
  CHECK(in_flight_with(11, Money{3}, Money{29}));
  CHECK(in_flight_with(11, Money{3}, Money{33}));
  CHECK_FALSE(in_flight_with(11, Money{3}, Money{34}));
  CHECK_FALSE(in_flight_with(11, Money{3}, Money{-1}));
}

TEST_CASE("One wrong live audit among right ones is found", "[audit]") {
  AuditLog audits;
  for (const Money found : {kTotal, Money{399}, Money{398}}) audits.record(kTotal, found);
  const Check check = check_of(kLedger, kCounts, audits);
  CHECK_FALSE(check.ok());
  CHECK(check.audits == AuditLog{3, 2, Money{399}});
}

TEST_CASE("Where nothing was checked nothing is ok", "[audit]") {
  CHECK_FALSE(Check{}.ok());
  CHECK(nothing_called_ok(check_money) == 0);
}

TEST_CASE("A validator that skips the last account misses what was lost there, and only that", "[mutant]") {
  const auto skips = [](Money total, auto expected, auto found, const auto&... counts) {
    if (expected.empty() || found.empty()) return check_money(total, expected, found, counts...);
    total -= expected.back();
    expected.pop_back();
    found.pop_back();
    return check_money(total, expected, found, counts...);
  };
  CHECK(losses_misjudged(skips) == 1);
  CHECK(nothing_called_ok(skips) == 0);  // no other test would do
}

TEST_CASE("A validator that passes on zero checks calls an empty bank right", "[mutant]") {
  const auto passes = [](const auto&... arguments) {
    Check check = check_money(arguments...);
    check.performed = true;
    return check;
  };
  CHECK(nothing_called_ok(passes) > 0);
  CHECK(losses_misjudged(passes) == 0);
}

TEST_CASE("An audit that ends after a deadlock was called off counts for nothing", "[audit]") {
  std::atomic<CallOff> call_off{CallOff::everybody};
  this_worker.call_off = &call_off;
  AuditLog audits;
  const auto sees_money_in_flight = [&audits] { audit_once(audits, kTotal, [] { return Money{300}; }); };
  sees_money_in_flight();
  CHECK(audits == AuditLog{});
  call_off = CallOff::unwritten;  // who has written still finishes
  sees_money_in_flight();
  this_worker.call_off = nullptr;
  CHECK(audits == AuditLog{1, 1, Money{300}});
}
