// Small strategies from the corners: what the explorer must see, and what it must not be misled by.
#include "support/zoo_cases.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <mutex>

using namespace banksim;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using zoo::size;

namespace {

unsigned variant = 0;  // of a strategy: as if its source had been changed; no transfer changes it

template <template <class> class Strategy>
FindingKind found(const ExploreLimits& limits) {
  return explore<Strategy>(limits).findings.at(0).kind;
}

ExploreLimits replay_of(const std::string& token) {
  ExploreLimits limits;
  limits.replay = token;
  return limits;
}

// --- What must be seen ---

template <class S>
struct WritesFirst : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    last_.set(t.amount);
    return Ordered<S>{}.lock_pair(bank, t);
  }
  typename S::template Cell<Money> last_{kNoAccount, Money{0}};
};

template <class S>
struct AuditorPeeks : zoo::Broken<S> {
  auto lock_all(Bank<S>& bank) {
    bank[AccountId{0}].balance.get();
    return AllAccountsGuard<S>(bank);
  }
};

// Every second audit locks downwards.
template <class S>
struct AuditsInTurns : zoo::Broken<S> {
  auto lock_all(Bank<S>& bank) {
    std::unique_lock turn(mutex_);
    const std::uint32_t first = first_.get();
    first_.set(1 - first);
    turn.unlock();
    return std::array{std::unique_lock(bank[AccountId{first}].mutex),
                      std::unique_lock(bank[AccountId{1 - first}].mutex)};
  }
  typename S::Mutex mutex_;
  typename S::template Cell<std::uint32_t> first_{kNoAccount, 0};
};

// Takes a failed try_lock for news of what its holder wrote before: it synchronises nothing.
template <class S>
struct TryLockAsSignal : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    if (t.amount > Money{1}) {
      const std::lock_guard once(writers_);
      if (!written_.get()) {
        written_.set(true);
        news_.set(42);
        signal_.lock();  // for good, if the lock is to be a signal
        signal_.unlock();
      }
    } else if (!signal_.try_lock()) {
      news_.get();
    } else {
      signal_.unlock();
    }
    return Ordered<S>{}.lock_pair(bank, t);
  }

  typename S::Mutex writers_;
  typename S::Mutex signal_;
  typename S::template Cell<bool> written_{kNoAccount, false};
  typename S::template Cell<int> news_{kNoAccount, 0};
};

// --- What must not mislead ---

// A cell of its own that is named after an account: right, while the account is emptied.
template <class S>
struct KeepsBooksOfItsOwn : zoo::Broken<S> {
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, Hold&& hold) {
    const auto guard = Ordered<S>{}.lock_pair(bank, t);
    const TransferOutcome outcome = apply(bank, t, hold);
    if (variant == 1) bank[t.to].balance.set(Money{0});
    moved_.set(moved_.get() + (outcome == TransferOutcome::done ? t.amount : Money{0}));
    return outcome;
  }
  typename S::template Cell<Money> far_{AccountId{4'000'000}, Money{7}};
  typename S::template Cell<Money> moved_{AccountId{0}, Money{0}};
};

// Who comes first waits at the gate for a second one, who need not wait for it.
template <class S>
struct Doorbell : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    const std::unique_lock gate(gate_, std::try_to_lock);
    for (bool rung = false; !rung;) {
      const std::lock_guard guard(mutex_);
      if (!gate.owns_lock()) rung_.set(true);
      rung = rung_.get();
    }
    return Ordered<S>{}.lock_pair(bank, t);
  }
  typename S::Mutex gate_;
  typename S::Mutex mutex_;
  typename S::template Cell<bool> rung_{kNoAccount, false};
};

// Throws and catches around an operation.
template <class S>
struct CatchesItself : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    try {
      throw 1;
    } catch (int) {
      return Ordered<S>{}.lock_pair(bank, t);
    }
  }
};

// --- What must be refused ---

template <class S>
struct NeedsMuchStack : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    std::array<volatile char, 600'000> much;
    for (volatile char& byte : much) byte = 1;
    return Ordered<S>{}.lock_pair(bank, t);
  }
};

// Touches the end of it alone.
template <class S>
struct SkipsMuchStack : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    std::array<volatile char, 600'000> much;
    asm volatile("" : : "r"(&much) : "memory");  // all of it, for all that the compiler knows
    much[0] = 1;
    return Ordered<S>{}.lock_pair(bank, t);
  }
};

// A lock of one's own making, in a plain member: on real threads two take it at once.
template <class S>
struct LocksWithABool : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    while (busy_) bank[t.from].balance.get();
    busy_ = true;
    return std::unique_ptr<bool, void (*)(bool*)>(&busy_, [](bool* busy) { *busy = false; });
  }
  bool busy_ = false;
};

template <class S>
struct Throws : zoo::Broken<S> {
  NoGuard lock_pair(Bank<S>&, const Transfer&) { throw 1; }
};

template <class S>
struct LocksOnItsStack : zoo::Broken<S> {
  NoGuard lock_pair(Bank<S>&, const Transfer&) {
    typename S::Mutex mine;
    const std::lock_guard guard(mine);
    return {};
  }
};

// Hidden in a static, it is noticed when a repetition goes another way.
template <class S>
struct HidesState : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    static int hidden = 0;
    if (++hidden % 3 == 0) bank[t.from].balance.get();
    return Ordered<S>{}.lock_pair(bank, t);
  }
};

// --- Tokens of what was changed since ---

// Variant 0 spins for ever against another that does; 1 is mended.
template <class S>
struct SpinsUntilMended : zoo::HoldsAndSpins<S> {
  typename zoo::HoldsAndSpins<S>::TwoLocks lock_pair(Bank<S>& bank, const Transfer& t) {
    for (;;) {
      typename zoo::HoldsAndSpins<S>::TwoLocks locks{std::unique_lock(bank[t.from].mutex),
                                                     std::unique_lock(bank[t.to].mutex, std::defer_lock)};
      while (!locks.second.try_lock())
        if (variant == 1) break;
      if (locks.second.owns_lock()) return locks;
    }
  }
};

// Makes money: how much, and where it looks first, is the variant's.
template <class S>
struct MakesMoney : zoo::Broken<S> {
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, Hold&&) {
    const auto guard = Ordered<S>{}.lock_pair(bank, t);
    bank[variant == 1 ? t.to : t.from].balance.get();
    bank[t.to].balance.set(Money{variant == 2 ? 6 : 5});
    return TransferOutcome::done;
  }
};

}  // namespace

TEST_CASE("A first operation may already race: a worker's that writes, an auditor's that looks",
          "[explore]") {
  CHECK(found<WritesFirst>(size(2, 2)) == FindingKind::race);
  CHECK(found<AuditorPeeks>(size(2, 2, 1, true)) == FindingKind::race);
}

TEST_CASE("The auditor audits as often as a worker transfers", "[explore]") {
  CHECK(explore<AuditsInTurns>(size(2, 2, 1, true)).verdict == ExploreVerdict::proved);
  CHECK(found<AuditsInTurns>(size(2, 2, 2, true)) == FindingKind::deadlock);
}

TEST_CASE("A failed try_lock is no news: it may fail for no reason", "[explore]") {
  const ExploreFinding finding = explore<TryLockAsSignal>({}).findings.at(0);
  CHECK(finding.kind == FindingKind::race);
  CHECK(std::ranges::any_of(finding.steps, [](const ExploreStep& step) {
    return step.op == StepOp::try_lock_failed && step.held_by == kNobody;
  }));
  CHECK(explore<TryLockAsSignal>(replay_of(finding.token)).findings.at(0).token == finding.token);
}

TEST_CASE("A strategy's own cell is no balance, whatever account it is named after", "[explore]") {
  variant = 0;  // of two accounts every transfer locks both
  CHECK(explore<KeepsBooksOfItsOwn>({}).verdict == ExploreVerdict::proved);
  variant = 1;
  CHECK(found<KeepsBooksOfItsOwn>({}) == FindingKind::wrong_total);
}

TEST_CASE("Who waits for another to come, and is not in its way, is not trapped", "[explore]") {
  CHECK(explore<Doorbell>({}).verdict == ExploreVerdict::proved);
  CHECK(found<Doorbell>(size(1, 2)) == FindingKind::livelock);
}

TEST_CASE("An exception under way in a strategy does not leak into its caller", "[explore]") {
  CHECK(explore<CatchesItself>({}).verdict == ExploreVerdict::proved);
  CHECK(std::uncaught_exceptions() == 0);
  CHECK(std::current_exception() == nullptr);
}

TEST_CASE("What cannot be explored is refused with its reason, and leaves nothing behind", "[explore]") {
  const auto& [explore_it, why] = GENERATE(
      std::pair(&explore<NeedsMuchStack>, "more than 60 KiB of stack"),
      std::pair(&explore<SkipsMuchStack>, "more than 60 KiB of stack"),
      std::pair(&explore<LocksWithABool>, "changes byte 0 of its own 1"),
      std::pair(&explore<Throws>, "it throws"), std::pair(&explore<LocksOnItsStack>, "makes an S::Mutex"),
      std::pair(&explore<HidesState>, "it keeps what the explorer does not see"));
  CHECK_THROWS_MATCHES(explore_it({}), NotExplorable, MessageMatches(ContainsSubstring(why)));
  CHECK(explore<Ordered>({}).verdict == ExploreVerdict::proved);
}

TEST_CASE("The token of a livelock is refused once the strategy can get out of the loop", "[explore]") {
  variant = 0;
  const ExploreFinding broken = explore<SpinsUntilMended>({}).findings.at(0);
  REQUIRE(broken.kind == FindingKind::livelock);
  CHECK(explore<SpinsUntilMended>(replay_of(broken.token)).verdict == ExploreVerdict::livelock);
  variant = 1;
  CHECK(explore<SpinsUntilMended>({}).verdict == ExploreVerdict::proved);
  CHECK_THROWS_AS(explore<SpinsUntilMended>(replay_of(broken.token)), BadReplayToken);
}

TEST_CASE("A loop that can be left is no livelock, though a token says so", "[explore]") {
  CHECK_THROWS_WITH(explore<ScopedLock>(replay_of("scoped.w2a2k1-00000000:0-0.1-2~0.1.0.1.0.1.0.1.0.1.0.1")),
                    ContainsSubstring("get out of that loop"));
}

TEST_CASE("A token is refused where the source differs in an account or in a value", "[explore]") {
  variant = 0;
  const std::string token = explore<MakesMoney>({}).findings.at(0).token;
  for (const unsigned other : {1U, 2U}) {
    variant = other;
    INFO(variant);
    CHECK(found<MakesMoney>({}) == FindingKind::wrong_total);
    CHECK_THROWS_AS(explore<MakesMoney>(replay_of(token)), BadReplayToken);
  }
}
