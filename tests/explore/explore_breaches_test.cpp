// Faults that few strategies show: a check with a hole would let them pass, or accuse who is right.
#include "support/zoo_cases.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

using namespace banksim;
using zoo::size;

namespace {

// --- Wrong ---

// Asks for the locks of its accounts again, while it has them.
template <class S>
struct TriesItsOwn : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    std::unique_lock first(bank[zoo::lower(t)].mutex);
    if (bank[zoo::lower(t)].mutex.try_lock()) bank[zoo::lower(t)].mutex.unlock();
    return typename zoo::Broken<S>::TwoLocks{std::move(first), std::unique_lock(bank[zoo::upper(t)].mutex)};
  }
};

// Declines, with its reason gone: somebody else may have paid in since.
template <class S>
struct DeclinesLater : zoo::Broken<S> {
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, auto&& hold) {
    note();
    {
      const auto guard = Ordered<S>{}.lock_pair(bank, t);
      if (apply(bank, t, hold) == TransferOutcome::done) return TransferOutcome::done;
    }
    note();
    return TransferOutcome::declined;
  }
  void note() { const std::lock_guard guard(journal_); }
  typename S::Mutex journal_;
};

template <class S>
struct DeclinesToItself : zoo::Broken<S> {
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, auto&& hold) {
    if (t.from == t.to) return TransferOutcome::declined;
    const auto guard = Ordered<S>{}.lock_pair(bank, t);
    return apply(bank, t, hold);
  }
};

// Wrong after an odd number of transfers, and right again after an even one.
template <class S>
struct WrongEverySecondTime : zoo::Broken<S> {
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, auto&& hold) {
    const std::lock_guard guard(mutex_);
    const TransferOutcome outcome = apply(bank, t, hold);
    const Money borrowed = borrowed_.get() == Money{} ? Money{1} : Money{};
    auto& balance = bank[AccountId{0}].balance;
    balance.set(balance.get() + borrowed - borrowed_.get());
    borrowed_.set(borrowed);
    return outcome;
  }
  typename S::Mutex mutex_;
  typename S::template Cell<Money> borrowed_{kNoAccount, Money{}};
};

// Upwards by one lock first, downwards by the other.
template <class S>
struct NamesItsLocks : zoo::Broken<S> {
  auto lock_pair(Bank<S>&, const Transfer& t) {
    auto &first = t.from < t.to ? up_ : down_, &second = t.from < t.to ? down_ : up_;
    return PairGuard<typename S::Mutex>(first, second);
  }
  typename S::Mutex up_{"up"}, down_{"down"};
};

// Uses many locks, and keeps the last one.
template <class S>
struct KeepsTheLastOfMany : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    for (auto& mutex : many_) {
      const std::lock_guard guard(mutex);
    }
    if (t.amount > Money{1}) many_.back().lock();
    return Ordered<S>{}.lock_pair(bank, t);
  }
  std::array<typename S::Mutex, 12> many_;
};

// Keeps back the last of a balance.
template <class S>
struct WantsMoreThanTheAmount : zoo::Broken<S> {
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, [[maybe_unused]] Hold&& hold) {
    const auto guard = Ordered<S>{}.lock_pair(bank, t);
    if (bank[t.from].balance.get() <= t.amount) return TransferOutcome::declined;
    return apply(bank, t, hold);
  }
};

// Locks the higher account first, and keeps both.
template <class S>
struct KeepsBoth : zoo::Broken<S> {
  NoGuard lock_pair(Bank<S>& bank, const Transfer& t) {
    bank[zoo::upper(t)].mutex.lock();
    bank[zoo::lower(t)].mutex.lock();
    return {};
  }
};

// Races in three steps, or lets go of what it does not hold in two, which is seen later.
template <class S>
struct RacesOrLetsGo : zoo::Broken<S> {
  NoGuard lock_pair(Bank<S>& bank, const Transfer& t) {
    if (t.amount == Money{1}) return {};
    bank[t.from].mutex.lock();
    bank[t.to].mutex.unlock();
    return {};
  }
};

// --- Right ---

// Two values that are guarded by two locks, many values apart.
template <class S>
struct HasManyValues : zoo::Broken<S> {
  HasManyValues() : HasManyValues(std::make_index_sequence<80>{}) {}
  template <std::size_t... I>
  explicit HasManyValues(std::index_sequence<I...>) : values_{{(void(I), Value(kNoAccount, 0))...}} {}

  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    {
      const std::size_t which = t.amount > Money{1} ? 1 : 0;
      const std::lock_guard guard(mutexes_[which]);
      values_[which == 0 ? 2 : 66].set(1);
    }
    return Ordered<S>{}.lock_pair(bank, t);
  }
  using Value = typename S::template Cell<int>;
  std::array<typename S::Mutex, 2> mutexes_;
  std::array<Value, 80> values_;
};

// Remembers something in the upper half of a word, which may be negative: it is no balance.
template <class S>
struct NeedsAllBits : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    const std::lock_guard guard(mutex_);
    if (word_.get() != kFar) bank[t.from].balance.set(Money{1});
    word_.set(kFar);
    return Ordered<S>{}.lock_pair(bank, t);
  }
  static constexpr std::int64_t kFar = -(std::int64_t{1} << 40);
  typename S::Mutex mutex_;
  typename S::template Cell<std::int64_t> word_{kNoAccount, kFar};
};

template <template <class> class Strategy>
ExploreFinding replayed(const ExploreFinding& finding) {
  ExploreLimits limits;
  limits.replay = finding.token;
  return explore<Strategy>(limits).findings.at(0);
}

}  // namespace

TEST_CASE("A try_lock of one's own mutex is told with its holder, and replays", "[explore]") {
  const ExploreFinding finding = explore<TriesItsOwn>({}).findings.at(0);
  CHECK(finding.kind == FindingKind::own_try_lock);
  CHECK(finding.account == AccountId{0});
  REQUIRE(finding.steps.size() == 2);
  CHECK(finding.steps[1].op == StepOp::try_lock_failed);
  CHECK(finding.steps[1].held_by == finding.steps[1].worker);
  CHECK(replayed<TriesItsOwn>(finding).steps == finding.steps);
}

TEST_CASE("A transfer that is declined must have had its reason, at some moment of it", "[explore]") {
  CHECK(explore<DeclinesLater>(size(2, 2, 2)).verdict == ExploreVerdict::proved);
  const ExploreFinding refused = explore<zoo::GivesUp>({}).findings.at(0);
  CHECK(refused.kind == FindingKind::unjust_decline);
  REQUIRE(refused.steps[0].begins);
  CHECK(refused.account == refused.steps[0].begins->from);

  ExploreLimits limits = size(1, 2);
  CHECK(explore<DeclinesToItself>(limits).verdict == ExploreVerdict::proved);
  limits.self_transfers = true;
  const ExploreFinding declined = explore<DeclinesToItself>(limits).findings.at(0);
  CHECK(declined.kind == FindingKind::unjust_decline);
  CHECK(declined.steps.front().begins->amount == Money{1});  // of what the account has
}

TEST_CASE("A balance that is just enough is no reason to decline", "[explore]") {
  const ExploreFinding finding = explore<WantsMoreThanTheAmount>(size(1, 2)).findings.at(0);
  CHECK(finding.kind == FindingKind::unjust_decline);
}

TEST_CASE("Money is looked at as soon as all are quiet, not only at the end", "[explore]") {
  const ExploreFinding finding = explore<WrongEverySecondTime>(size(1, 2, 2)).findings.at(0);
  CHECK(finding.kind == FindingKind::wrong_total);
  CHECK(std::ranges::count_if(finding.steps,
                              [](const ExploreStep& step) { return step.begins.has_value(); }) == 1);
}

TEST_CASE("A lock that the strategy named is told by its name", "[explore]") {
  const ExploreFinding finding = explore<NamesItsLocks>(size(2, 2)).findings.at(0);
  REQUIRE(finding.kind == FindingKind::deadlock);
  for (const WaitForEdge& edge : finding.cycle) {
    CHECK(edge.holds_name == (edge.waits_for_name == "up" ? "down" : "up"));
    CHECK(edge.waits_for == kNoAccount);
  }
  CHECK(finding.steps.front().own_name == finding.cycle.front().holds_name);
}

TEST_CASE("A lock that is kept is seen, however many there are", "[explore]") {
  const ExploreFinding last = explore<KeepsTheLastOfMany>(size(1, 2)).findings.at(0);
  CHECK(last.kind == FindingKind::lock_kept);
  CHECK(last.steps.front().own_number == 1);
  CHECK(std::ranges::max(last.steps, {}, &ExploreStep::own_number).own_number == 12);
  // Of several the lowest is named, in whatever order they were locked.
  const ExploreFinding both = explore<KeepsBoth>(size(1, 2)).findings.at(0);
  CHECK(both.kind == FindingKind::lock_kept);
  CHECK(both.account == AccountId{0});
}

TEST_CASE("A cycle of waits is seen, however many wait in it", "[explore]") {
  const std::uint32_t many = GENERATE(4U, 5U);
  ExploreLimits limits = size(many, many);
  for (std::uint32_t from = 0; from < many; ++from)
    limits.choices.push_back({AccountId{from}, AccountId{(from + 1) % many}, Money{1}});
  const ExploreFinding finding = explore<Naive>(limits).findings.at(0);
  CHECK(finding.kind == FindingKind::deadlock);
  CHECK(finding.cycle.size() == many);
  CHECK(finding.steps.size() == 2 * many);
}

TEST_CASE("A step that is wrong is found before a race of one step more, though that is seen first",
          "[explore]") {
  const ExploreFinding finding = explore<RacesOrLetsGo>({}).findings.at(0);
  CHECK(finding.kind == FindingKind::foreign_unlock);
  CHECK(finding.steps.size() == 2);
}

TEST_CASE("Values are told apart by all of their number and of their bits", "[explore]") {
  CHECK(explore<HasManyValues>({}).verdict == ExploreVerdict::proved);
  CHECK(explore<NeedsAllBits>({}).verdict == ExploreVerdict::proved);
}
