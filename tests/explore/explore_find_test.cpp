// What is looked for, and what is passed over on the way to it.
#include "support/zoo_cases.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <mutex>

using namespace banksim;
using zoo::size;

namespace {

ExploreLimits find(Wanted wanted, ExploreLimits limits = size(2, 2)) {
  limits.find = wanted;
  return limits;
}

// The finding, once it was seen to replay.
template <template <class> class Strategy>
ExploreFinding found(const ExploreLimits& limits) {
  const Exploration result = explore<Strategy>(limits);
  REQUIRE(result.findings.size() == 1);
  ExploreLimits replay;
  replay.replay = result.findings[0].token;
  INFO(replay.replay);
  const Exploration again = explore<Strategy>(replay);
  CHECK(again.limits.find == limits.find);
  CHECK(again.findings.at(0).steps == result.findings[0].steps);
  CHECK(again.findings[0].token == replay.replay);
  return result.findings[0];
}

// A large transfer locks its source first; a small one spins on its target's lock while it holds its source's.
template <class S>
struct DeadlocksOrSpins : zoo::HoldsAndSpins<S> {
  using TwoLocks = typename zoo::HoldsAndSpins<S>::TwoLocks;
  TwoLocks lock_pair(Bank<S>& bank, const Transfer& t) {
    if (t.amount == Money{1}) return zoo::HoldsAndSpins<S>::lock_pair(bank, t);
    return {std::unique_lock(bank[t.from].mutex), std::unique_lock(bank[t.to].mutex)};
  }
};

// As that, but who spins comes late: that others are deadlocked is found before.
template <class S>
struct SpinsLater : DeadlocksOrSpins<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    for (int i = 0; i < 3 && t.amount == Money{1}; ++i) const std::lock_guard passing(gate_);
    return DeadlocksOrSpins<S>::lock_pair(bank, t);
  }
  typename S::Mutex gate_;
};

// Lets go of a lock that it does not hold, unless it declines; there the money is doubled.
template <class S>
struct UnlocksOrDoubles : zoo::Broken<S> {
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, auto&&) {
    const auto guard = Ordered<S>{}.lock_pair(bank, t);
    if (bank[t.from].balance.get() >= t.amount) {
      free_.unlock();
      return TransferOutcome::done;
    }
    bank[t.to].balance.set(bank[t.to].balance.get() + t.amount);
    return TransferOutcome::declined;
  }
  typename S::Mutex free_;
};

// Every audit is wrong, and the second one locks downwards.
template <class S>
struct AuditsWrongly : zoo::AuditsInDescendingOrder<S> {
  Money audit(Bank<S>& bank) {
    std::unique_lock turn(mutex_);
    const bool again = again_.get();
    again_.set(true);
    turn.unlock();
    if (again) const auto guard = this->lock_all(bank);
    return Money{};
  }
  typename S::Mutex mutex_;
  typename S::template Cell<bool> again_{kNoAccount, false};
};

template <class S>
struct LosesWhatItOverdraws : zoo::Broken<S> {
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, auto&&) {
    const auto guard = Ordered<S>{}.lock_pair(bank, t);
    const Money left = bank[t.from].balance.get() - t.amount;
    bank[t.from].balance.set(left);
    if (left >= Money{}) bank[t.to].balance.set(bank[t.to].balance.get() + t.amount);
    return TransferOutcome::done;
  }
};

}  // namespace

TEST_CASE("The total can be right and accounts wrong: eight steps, both read 2 and both write 1",
          "[explore]") {
  ExploreLimits limits = find({Sought::accounts});
  limits.balance = Money{2};
  const ExploreFinding lost = found<Unsafe>(limits);
  CHECK(lost.kind == FindingKind::wrong_ledger);
  CHECK(lost.fewest_steps);
  CHECK(lost.account == AccountId{0});
  CHECK(lost.expected == 0);
  CHECK(lost.found == 1);
  std::vector<std::int64_t> values;
  for (const ExploreStep& step : lost.steps) values.push_back(step.value.value_or(-1));
  CHECK(values == std::vector<std::int64_t>{2, 2, 1, 1, 2, 2, 3, 3});
}

TEST_CASE("Each kind of fault is found behind those that are met first", "[explore]") {
  CHECK(found<Unsafe>(find({Sought::total})).kind == FindingKind::wrong_total);
  CHECK(found<Unsafe>(find({Sought::race})).steps.size() == 3);
  CHECK(found<zoo::AuditsWithoutLocks>(find({Sought::audit}, zoo::audited())).kind ==
        FindingKind::wrong_audit);
  CHECK(found<zoo::ChecksFundsBeforeLocking>(find({Sought::negative})).kind == FindingKind::negative_balance);
  CHECK(found<DeadlocksOrSpins>(find({Sought::trap})).kind == FindingKind::livelock);
  CHECK(found<DeadlocksOrSpins>(find({})).kind == FindingKind::deadlock);
  CHECK(found<SpinsLater>(find({Sought::trap})).kind == FindingKind::livelock);
  // What is passed over is carried on: a balance below zero, a wrong sum of an audit.
  CHECK(found<LosesWhatItOverdraws>(find({})).kind == FindingKind::negative_balance);
  CHECK(found<LosesWhatItOverdraws>(find({Sought::total})).kind == FindingKind::wrong_total);
  CHECK(found<AuditsWrongly>(find({Sought::deadlock}, size(1, 2, 2, true))).cycle.size() == 2);
  // What cannot go on is not: the rest is searched.
  CHECK(found<UnlocksOrDoubles>(find({})).kind == FindingKind::foreign_unlock);
  CHECK(found<UnlocksOrDoubles>(find({Sought::total})).kind == FindingKind::wrong_total);
}

TEST_CASE("A deadlock of so many, or with the auditor, is found behind smaller ones", "[explore]") {
  const ExploreFinding three = found<Naive>(find({Sought::deadlock, 3}, size(3, 3)));
  CHECK(three.cycle.size() == 3);
  CHECK(three.steps.size() == 6);
  CHECK(found<Naive>(find({Sought::deadlock}, size(3, 3))).cycle.size() == 2);

  const auto through_auditor = [](const ExploreFinding& finding) {
    return std::ranges::count(finding.cycle, WorkerId{2}, &WaitForEdge::waiter) == 1;
  };
  ExploreLimits audited = size(2, 3, 1, true);
  CHECK_FALSE(through_auditor(found<Naive>(find({Sought::deadlock}, audited))));
  CHECK(through_auditor(found<Naive>(find({Sought::deadlock, 0, true}, audited))));
  const ExploreFinding all = found<Naive>(find({Sought::deadlock, 3, true}, audited));
  CHECK(through_auditor(all));
  CHECK(all.cycle.size() == 3);

  // Its only cycle is of three, and that is none of two.
  const Exploration two = explore<zoo::OrderDependsOnPair>(find({Sought::deadlock, 2}, size(3, 3)));
  CHECK(two.findings.empty());
  CHECK(two.passed_over);
}

TEST_CASE("What has not what is looked for is proved only if nothing else is wrong with it", "[explore]") {
  const Sought what = GENERATE(Sought::deadlock, Sought::race, Sought::total, Sought::accounts, Sought::audit,
                               Sought::negative, Sought::trap);
  INFO(to_string(what));
  for (const ExploreLimits& limits : {size(2, 2), size(2, 2, 1, true)}) {
    CHECK(explore<Ordered>(find({what}, limits)).verdict == ExploreVerdict::proved);
    CHECK(explore<ScopedLock>(find({what}, limits)).can_refuse_for_ever == 2);
  }
  for (const zoo::Case& animal : zoo::cases()) {
    INFO(animal.name);
    const Exploration result = animal.explore(find({what}, animal.limits));
    if (!result.findings.empty()) continue;
    CHECK(result.complete);
    CHECK(result.passed_over);
    CHECK(result.verdict == ExploreVerdict::inconclusive);
    CHECK_FALSE(result.interleavings);
    CHECK_FALSE(result.may_retry);
  }
}

TEST_CASE("Faults that are looked for, and those that are not, are told apart in all of the zoo",
          "[explore]") {
  constexpr std::pair<FindingKind, Sought> kSought[] = {
      {FindingKind::deadlock, Sought::deadlock}, {FindingKind::race, Sought::race},
      {FindingKind::wrong_total, Sought::total}, {FindingKind::wrong_ledger, Sought::accounts},
      {FindingKind::wrong_audit, Sought::audit}, {FindingKind::negative_balance, Sought::negative},
      {FindingKind::livelock, Sought::trap}};
  for (const zoo::Case& animal : zoo::cases())
    for (const auto& [kind, what] : kSought) {
      INFO(animal.name << ", " << to_string(what));
      const Exploration result = animal.explore(find({what}, animal.limits));
      if (animal.kind == kind) REQUIRE(result.findings.size() == 1);
      if (result.findings.empty()) continue;
      CHECK(result.findings[0].kind == kind);
      if (animal.kind == kind && animal.steps != 0) CHECK(result.findings[0].steps.size() == animal.steps);
      ExploreLimits replay;
      replay.replay = result.findings[0].token;
      CHECK(animal.explore(replay).findings.at(0).token == replay.replay);
    }
}

TEST_CASE("The good run with the longest wait is shown with who waits, and the verdict is the search's",
          "[explore]") {
  const ExploreLimits limits = find({Sought::longest_wait});
  CHECK(explore<Ordered>(limits).verdict == ExploreVerdict::proved);
  const ExploreFinding run = found<Ordered>(limits);
  CHECK(run.kind == FindingKind::longest_wait);
  CHECK_FALSE(run.fewest_steps);
  // One waits before its first lock, from the other's first lock on to its release.
  const auto waits = std::ranges::find(run.steps, StepOp::wants, &ExploreStep::op);
  REQUIRE(waits != run.steps.end());
  CHECK(waits->step == 2);
  CHECK(waits->begins);
  CHECK(waits->held_by == run.steps[0].worker);
  CHECK(std::ranges::count(run.steps, StepOp::wants, &ExploreStep::op) == 1);
  CHECK(std::ranges::count(run.steps, StepOp::unlock, &ExploreStep::op) == 4);
  REQUIRE(run.steps.size() > 10);
  CHECK(run.steps[8].op == StepOp::unlock);  // after lock, read, write, read, write, unlock
  CHECK(run.steps[9].worker == waits->worker);

  const ExploreFinding three = found<Ordered>(find({Sought::longest_wait}, size(3, 3)));
  CHECK(std::ranges::count(three.steps, StepOp::wants, &ExploreStep::op) >= 2);
  CHECK(explore<ScopedLock>(limits).verdict == ExploreVerdict::proved);
  CHECK(found<ScopedLock>(limits).kind == FindingKind::longest_wait);
  CHECK(found<Naive>(limits).kind == FindingKind::deadlock);
}
