// Small strategies from the corners: what the explorer must see, and what it must not be misled by.
#include "support/sanitizers.hpp"
#include "support/zoo_cases.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <mutex>

using namespace banksim;
using Catch::Matchers::ContainsSubstring;

namespace {

unsigned variant = 0;  // of a strategy: as if its source had been changed; no transfer changes it

ExploreLimits size(std::uint32_t transfers, bool auditor = false) {
  ExploreLimits limits;
  limits.transfers = transfers;
  limits.auditor = auditor;
  return limits;
}

template <template <class> class Strategy>
FindingKind found(const ExploreLimits& limits) {
  return explore<Strategy>(limits).findings.at(0).kind;
}

// --- What must be seen ---

template <class S>
struct WritesFirst : zoo::Broken<S> {
  static constexpr std::string_view name = "writes-first";
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    last_.set(t.amount);
    return Ordered<S>{}.lock_pair(bank, t);
  }
  typename S::template Cell<Money> last_{kNoAccount, Money{0}};
};

template <class S>
struct AuditorPeeks : zoo::Broken<S> {
  static constexpr std::string_view name = "auditor-peeks";
  auto lock_all(Bank<S>& bank) {
    bank[AccountId{0}].balance.get();
    return AllAccountsGuard<S>(bank);
  }
};

// Every second audit locks downwards.
template <class S>
struct AuditsInTurns : zoo::Broken<S> {
  static constexpr std::string_view name = "audits-in-turns";
  struct Both {
    std::unique_lock<typename S::Mutex> first, second;
  };
  Both lock_all(Bank<S>& bank) {
    const bool upwards = next();
    return {std::unique_lock(bank[AccountId{upwards ? 0U : 1U}].mutex),
            std::unique_lock(bank[AccountId{upwards ? 1U : 0U}].mutex)};
  }

 private:
  bool next() {
    const std::lock_guard guard(mutex_);
    const bool upwards = upwards_.get();
    upwards_.set(!upwards);
    return upwards;
  }
  typename S::Mutex mutex_;
  typename S::template Cell<bool> upwards_{kNoAccount, true};
};

// Takes a failed try_lock for news of what its holder wrote before: it synchronises nothing.
template <class S>
struct TryLockAsSignal : zoo::Broken<S> {
  static constexpr std::string_view name = "try-lock-as-signal";
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

 private:
  typename S::Mutex writers_;
  typename S::Mutex signal_;
  typename S::template Cell<bool> written_{kNoAccount, false};
  typename S::template Cell<int> news_{kNoAccount, 0};
};

// --- What must not mislead ---

// A cell of its own that is named after an account: right, while the account is emptied.
template <class S>
struct KeepsBooksOfItsOwn : zoo::Broken<S> {
  static constexpr std::string_view name = "keeps-books-of-its-own";
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
  static constexpr std::string_view name = "doorbell";
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    if (std::unique_lock gate(gate_, std::try_to_lock); gate.owns_lock()) {
      while (!rung()) {
      }
    } else {
      const std::lock_guard guard(mutex_);
      rung_.set(true);
    }
    return Ordered<S>{}.lock_pair(bank, t);
  }

 private:
  bool rung() {
    const std::lock_guard guard(mutex_);
    return rung_.get();
  }
  typename S::Mutex gate_;
  typename S::Mutex mutex_;
  typename S::template Cell<bool> rung_{kNoAccount, false};
};

// Throws and catches around an operation.
template <class S>
struct CatchesItself : zoo::Broken<S> {
  static constexpr std::string_view name = "catches-itself";
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    try {
      throw 1;
    } catch (int) {
      return Ordered<S>{}.lock_pair(bank, t);
    }
  }
};

template <class S>
struct NeedsMuchStack : zoo::Broken<S> {
  static constexpr std::string_view name = "needs-much-stack";
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    std::array<volatile char, 600'000> much;
    for (volatile char& byte : much) byte = 1;
    return Ordered<S>{}.lock_pair(bank, t);
  }
};

// --- Tokens of what was changed since ---

// Variant 0 spins for ever against another that does; 1 is mended.
template <class S>
struct SpinsUntilMended : zoo::HoldsAndSpins<S> {
  static constexpr std::string_view name = "spins-until-mended";
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
  static constexpr std::string_view name = "makes-money";
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, Hold&&) {
    const auto guard = Ordered<S>{}.lock_pair(bank, t);
    bank[variant == 1 ? t.to : t.from].balance.get();
    bank[t.to].balance.set(Money{variant == 2 ? 6 : 5});
    return TransferOutcome::done;
  }
};

}  // namespace

TEST_CASE("A first operation that writes races with another's", "[explore]") {
  CHECK(found<WritesFirst>(size(1)) == FindingKind::race);
}

TEST_CASE("An auditor's first look races with a worker that writes", "[explore]") {
  CHECK(found<AuditorPeeks>(size(1, true)) == FindingKind::race);
}

TEST_CASE("The auditor audits as often as a worker transfers", "[explore]") {
  CHECK(explore<AuditsInTurns>(size(1, true)).verdict == ExploreVerdict::proved);
  CHECK(found<AuditsInTurns>(size(2, true)) == FindingKind::deadlock);
}

TEST_CASE("A failed try_lock is no news: it may fail for no reason", "[explore]") {
  const Exploration result = explore<TryLockAsSignal>(size(1));
  REQUIRE(result.verdict == ExploreVerdict::violation);
  CHECK(result.findings[0].kind == FindingKind::race);
  const auto& steps = result.findings[0].steps;
  const auto refused = std::ranges::find_if(steps, [](const ExploreStep& step) {
    return step.op == StepOp::try_lock_failed && step.held_by == kNobody;
  });
  CHECK(refused != steps.end());
  ExploreLimits again = size(1);
  again.replay = result.findings[0].token;
  CHECK(explore<TryLockAsSignal>(again).findings.at(0).token == again.replay);
}

TEST_CASE("A strategy's own cell is no balance, whatever account it is named after", "[explore]") {
  variant = 0;  // of two accounts every transfer locks both
  CHECK(explore<KeepsBooksOfItsOwn>(size(1)).verdict == ExploreVerdict::proved);
  variant = 1;
  CHECK(found<KeepsBooksOfItsOwn>(size(1)) == FindingKind::wrong_total);
}

TEST_CASE("Who waits for another to come, and is not in its way, is not trapped", "[explore]") {
  CHECK(explore<Doorbell>(size(1)).verdict == ExploreVerdict::proved);
  ExploreLimits alone = size(1);
  alone.workers = 1;
  CHECK(found<Doorbell>(alone) == FindingKind::livelock);
}

TEST_CASE("An exception under way in a strategy does not leak into its caller", "[explore]") {
  if (test::kAddressSanitizer) SKIP("the exceptions of dropped bodies are leaks");
  CHECK(explore<CatchesItself>(size(1)).verdict == ExploreVerdict::proved);
  CHECK(std::uncaught_exceptions() == 0);
  CHECK(std::current_exception() == nullptr);
}

TEST_CASE("A strategy that overflows its stack is refused", "[explore]") {
  CHECK_THROWS_WITH(explore<NeedsMuchStack>(size(1)), ContainsSubstring("stack"));
  CHECK(explore<Ordered>(size(1)).verdict == ExploreVerdict::proved);
}

TEST_CASE("The token of a livelock is refused once the strategy can get out of the loop", "[explore]") {
  variant = 0;
  ExploreLimits limits = size(1);
  const Exploration broken = explore<SpinsUntilMended>(limits);
  REQUIRE(broken.findings.at(0).kind == FindingKind::livelock);
  limits.replay = broken.findings[0].token;
  CHECK(explore<SpinsUntilMended>(limits).verdict == ExploreVerdict::livelock);
  variant = 1;
  CHECK(explore<SpinsUntilMended>(size(1)).verdict == ExploreVerdict::proved);
  CHECK_THROWS_AS(explore<SpinsUntilMended>(limits), BadReplayToken);
}

TEST_CASE("A loop that can be left is no livelock, though a token says so", "[explore]") {
  ExploreLimits limits = size(1);
  limits.replay = "scoped.w2a2k1-00000000:0-0.1-2~0.1.0.1.0.1.0.1.0.1.0.1";
  CHECK_THROWS_WITH(explore<ScopedLock>(limits), ContainsSubstring("get out of that loop"));
}

TEST_CASE("A token is refused where the source differs in an account or in a value", "[explore]") {
  variant = 0;
  const std::string token = explore<MakesMoney>(size(1)).findings.at(0).token;
  for (const unsigned other : {1U, 2U}) {
    variant = other;
    INFO(variant);
    ExploreLimits limits = size(1);
    CHECK(found<MakesMoney>(limits) == FindingKind::wrong_total);
    limits.replay = token;
    CHECK_THROWS_AS(explore<MakesMoney>(limits), BadReplayToken);
  }
}
