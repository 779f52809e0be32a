// What must hold of a checker of real runs, as counts of what it gets wrong: 0 for the real one, which the
// tests of its header assert, and not 0 for a faulty one, which checker_faults_test.cpp asserts. Then the
// faulty ones.
#pragma once

#include <banksim/audit.hpp>
#include <banksim/deadlock.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

namespace banksim::test {

// --- The validator ---

inline const std::vector<Money> kLedger{Money{100}, Money{250}, Money{0}, Money{50}};
inline constexpr Money kLedgerTotal{400};
inline constexpr TransferCounts kLedgerCounts{10, 7, 2, 1};

// A loss planted in each account in turn, and none: how often it is not reported, or not of that account.
int losses_misjudged(auto validator) {
  const auto judge = [&](const std::vector<Money>& found) {
    return validator(kLedgerTotal, kLedger, found, kLedgerCounts, kLedgerCounts, AuditLog{});
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
  const std::vector<Money> none, shorter{kLedgerTotal};
  return int{validator(Money{}, none, none, TransferCounts{}, TransferCounts{}, AuditLog{}).ok()} +
         int{validator(kLedgerTotal, kLedger, shorter, kLedgerCounts, kLedgerCounts, AuditLog{}).ok()};
}

// Counts and sums one account less.
inline constexpr auto validate_but_the_last = [](Money total, std::span<const Money> expected,
                                                 std::span<const Money> found, const auto&... counts) {
  if (expected.empty() || found.empty()) return check_money(total, expected, found, counts...);
  return check_money(total - expected.back(), expected.first(expected.size() - 1),
                     found.first(found.size() - 1), counts...);
};

// Takes "found nothing wrong" for "checked".
inline constexpr auto validate_nothing_as_ok = [](const auto&... arguments) {
  Check check = check_money(arguments...);
  check.performed = true;
  return check;
};

// --- The waiting room ---

// A hand-made wait-for graph: mutexes with their holders, and a room.
template <class Room>
struct GraphIn {
  GraphIn(std::uint32_t mutexes, std::size_t waiters) : room(waiters) {
    for (std::uint32_t i = 0; i < mutexes; ++i) tags.emplace_back(AccountId{i});
  }
  void holds(std::uint32_t worker, std::uint32_t mutex) { tags[mutex].set(WorkerId{worker}); }
  bool wants(std::uint32_t worker, std::uint32_t mutex) { return room.enter(WorkerId{worker}, tags[mutex]); }

  std::deque<HolderTag> tags;
  Room room;
};

// Rings of two to five, the auditor one of them (it is numbered after the workers) or not, closed by each in
// turn: how many are not found, or found before they are closed.
template <class Room>
int rings_misjudged(bool with_auditor) {
  int misjudged = 0;
  for (std::uint32_t length = 2; length <= 5; ++length) {
    for (std::uint32_t last = 0; last < length; ++last) {
      GraphIn<Room> graph(length, with_auditor ? length : length + 1);
      for (std::uint32_t i = 0; i < length; ++i) graph.holds(i, i);
      bool early = false;
      for (std::uint32_t i = 0; i < length; ++i)
        if (i != last) early = graph.wants(i, (i + 1) % length) || early;
      const bool found = graph.wants(last, (last + 1) % length) && graph.room.cycle().has_value();
      misjudged += int{early || !found};
    }
  }
  return misjudged;
}

// Believes that only workers can deadlock.
struct RoomWithoutAuditor : WaitingRoom {
  explicit RoomWithoutAuditor(std::size_t waiters)
      : WaitingRoom(waiters), auditor{static_cast<std::uint32_t>(waiters - 1)} {}
  bool enter(WorkerId waiter, const HolderTag& wanted) {
    return waiter != auditor && WaitingRoom::enter(waiter, wanted);
  }
  WorkerId auditor;
};

}  // namespace banksim::test
