// The fast explorer against a slow one, and against counting by hand.
#include "support/faulty_explorers.hpp"
#include "support/oracle.hpp"
#include "support/zoo_cases.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace banksim;
using zoo::size;

namespace {

template <template <class> class Strategy>
struct Explored {
  static oracle::Tally slowly() { return oracle::two_workers<Strategy>(2); }
  static Exploration fast() { return explore<Strategy>(size(2, 2, 1)); }
};

}  // namespace

TEMPLATE_TEST_CASE(
    "The slow enumeration of all schedules agrees on verdict, steps and number of interleavings", "[oracle]",
    Explored<Unsafe>, Explored<Global>, Explored<Naive>, Explored<Ordered>, Explored<zoo::LocksOnlySource>,
    Explored<zoo::ReleasesFirstEarly>, Explored<zoo::ChecksFundsBeforeLocking>,
    Explored<zoo::ReadsBeforeLocking>, Explored<zoo::UnlocksBeforeWriting>, Explored<zoo::LosesCreditToEmpty>,
    Explored<zoo::SaysDoneThoughDeclined>, Explored<zoo::TwoHalves>, Explored<zoo::OrderDependsOnPair>) {
  const oracle::Tally slow = TestType::slowly();
  const Exploration fast = TestType::fast();
  const bool slow_found = slow.race || slow.deadlock || slow.wrong_money;
  CHECK((fast.verdict == ExploreVerdict::proved) == !slow_found);
  if (!slow_found) {
    CHECK(fast.interleavings == slow.schedules);
    return;
  }
  const ExploreFinding& finding = fast.findings.at(0);
  CHECK(finding.steps.size() <= slow.fewest_steps);
  // A wrong ledger is seen as soon as all are quiet, also before the last worker has begun.
  if (finding.kind != FindingKind::wrong_ledger) CHECK(finding.steps.size() == slow.fewest_steps);
}

TEST_CASE("One worker alone has as many interleavings as it has transfers to choose from") {
  // 2 pairs x 2 amounts. Done: lock, read, write, read, write, unlock. Declined: lock, read, unlock.
  const Exploration one = explore<Global>(size(1, 2, 1));
  CHECK(one.interleavings == 4.0);
  CHECK(one.depth == 6);
  // The root; 5 places on the way of each that is done, 2 of each declined; the ends: two balances, or as
  // before.
  CHECK(one.states == 1 + 2 * 5 + 2 * 2 + 2 + 1);

  CHECK(explore<Global>(size(1, 2, 2)).interleavings == 16.0);
  CHECK(explore<Global>(size(1, 3, 1)).interleavings == 12.0);
}

TEST_CASE("Two workers and one lock: who gets it first, times what each of them does") {
  CHECK(explore<Global>(size(2, 2, 1)).interleavings == 2.0 * 4 * 4);
  CHECK(explore<Global>(size(3, 2, 1)).interleavings == 6.0 * 4 * 4 * 4);
  // Two transfers each: 4 choose 2 orders of the transfers, times 4 to the power of 4.
  CHECK(explore<Global>(size(2, 2, 2)).interleavings == 6.0 * 256);
}

TEST_CASE("Symmetry changes the number of states, and nothing else") {
  const zoo::Case strategy =
      GENERATE(zoo::animal<Ordered>(size(3, 3, 1)), zoo::animal<ScopedLock>(size(3, 2, 1)),
               zoo::animal<Global>(size(3, 2, 2)));
  INFO(strategy.name);
  const Exploration whole = strategy.explore(strategy.limits);
  const Exploration plain = strategy.explore<faulty::WithoutSymmetry>(strategy.limits);
  CHECK(plain.verdict == whole.verdict);
  CHECK(plain.interleavings == whole.interleavings);
  CHECK(plain.may_retry == whole.may_retry);
  CHECK(plain.depth == whole.depth);
  CHECK(plain.states > whole.states);
}

TEST_CASE("Stack bytes and history agree as keys, where histories end") {
  const ExploreLimits limits = GENERATE(size(2, 2, 1), size(2, 2, 2), size(2, 3, 1), size(3, 3, 1));
  const zoo::Case ordered = zoo::animal<Ordered>(limits);
  const Exploration by_stack = ordered.explore(limits);
  const Exploration by_history = ordered.explore<faulty::ByHistory>(limits);
  CHECK(by_history.verdict == by_stack.verdict);
  CHECK(by_history.interleavings == by_stack.interleavings);
  CHECK(by_history.depth == by_stack.depth);
  CHECK(by_history.states >= by_stack.states);
}

TEST_CASE("Without symmetry and by another key the same animals are found, in as many steps") {
  for (const zoo::Case& animal : zoo::cases()) {
    if (animal.kind == FindingKind::livelock) continue;  // any loop does, and histories of loops are endless
    DYNAMIC_SECTION(animal.name) {
      const ExploreFinding found = animal.explore(animal.limits).findings.at(0);
      for (const Exploration& other : {animal.explore<faulty::WithoutSymmetry>(animal.limits),
                                       animal.explore<faulty::ByHistory>(animal.limits)}) {
        CHECK(other.findings.at(0).kind == found.kind);
        CHECK(other.findings.at(0).steps.size() == found.steps.size());
      }
    }
  }
}

TEST_CASE("With histories as keys a retry loop is endless, and endless is inconclusive") {
  ExploreLimits limits = size(2, 2, 1);
  limits.max_states = 20'000;
  const Exploration result = zoo::animal<ScopedLock>(limits).explore<faulty::ByHistory>(limits);
  CHECK(result.verdict == ExploreVerdict::inconclusive);
  CHECK(result.bounds_hit == std::vector<std::string>{"max_states"});
}
