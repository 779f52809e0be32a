// The explorer's own mutants: an explorer with a fault must be noticed, by the test that is named after it.
#include "explore/search.hpp"
#include "support/zoo_cases.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace banksim;
using model::explore_with_faults;
using model::Faults;

namespace {

Exploration look(const zoo::Case& animal, const Faults& faults) {
  return explore_with_faults(animal.name, animal.make, animal.limits, faults);
}

template <template <class> class Strategy>
Exploration look(const ExploreLimits& limits, const Faults& faults) {
  return explore_with_faults(Strategy<ModelSync>::name, &ExploredStrategy<Strategy<ModelSync>>::make, limits,
                             faults);
}

std::size_t missed(const Faults& faults) {
  std::size_t count = 0;
  for (const zoo::Case& animal : zoo::cases()) {
    const Exploration result = look(animal, faults);
    count += result.findings.empty() || result.findings[0].kind != animal.kind;
  }
  return count;
}

}  // namespace

TEST_CASE("An explorer without a fault misses nothing") { CHECK(missed({}) == 0); }

TEST_CASE("An explorer that takes try_lock for blocking calls the spinning animal a deadlock") {
  const Faults faults{.try_lock_blocks = true};
  CHECK(look(zoo::find("holds-and-spins"), faults).verdict == ExploreVerdict::deadlock);
  // And it accuses std::scoped_lock, which never waits while it holds.
  CHECK(look<ScopedLock>({}, faults).verdict == ExploreVerdict::deadlock);
}

TEST_CASE("An explorer that forgets a worker's history when it holds no lock proves a deadlocking strategy") {
  zoo::Case animal = zoo::find("retries-then-blocks");
  animal.limits.key = StateKey::history;
  CHECK(look(animal, {}).verdict == ExploreVerdict::deadlock);
  CHECK(look(animal, {.forgets_when_unlocked = true}).verdict == ExploreVerdict::proved);
}

TEST_CASE("An explorer that sees no races misses the animals that race without losing money") {
  const Faults faults{.sees_no_race = true};
  CHECK(missed(faults) >= 7);
  // A check of funds before locking never harms at this size but by its race.
  CHECK(look(zoo::find("unsafe"), faults).findings.at(0).steps.size() > 3);
}

TEST_CASE("An explorer that waits until all block misses a cycle of some") {
  ExploreLimits limits;
  limits.workers = limits.accounts = 3;
  CHECK(look<Naive>(limits, {}).findings.at(0).steps.size() == 4);
  const Exploration late = look<Naive>(limits, {.deadlock_only_when_all_block = true});
  CHECK((late.findings.empty() ||
         late.findings[0].steps.size() > 4));  // the third one has to come to a stop first
}

TEST_CASE("An explorer that looks for no traps proves the spinning animal") {
  CHECK(look(zoo::find("holds-and-spins"), {.checks_no_trap = true}).findings.empty());
}

TEST_CASE(
    "An explorer that lets a waiting worker choose again proves what never ends on a plan of large ones") {
  const zoo::Case& animal = zoo::find("waits-for-a-small-one");
  CHECK(look(animal, {}).verdict == ExploreVerdict::livelock);
  CHECK(look(animal, {.waiter_chooses_again = true}).verdict == ExploreVerdict::proved);
}

TEST_CASE("A validator that skips the last account misses what went wrong there") {
  const Faults faults{.skips_last_account = true};
  const Exploration right = look(zoo::find("loses-credit-to-empty"), {});
  const Exploration wrong = look(zoo::find("loses-credit-to-empty"), faults);
  CHECK(right.findings.at(0).kind == FindingKind::wrong_total);
  CHECK((wrong.findings.empty() || wrong.findings[0].kind != FindingKind::wrong_total));
}

TEST_CASE("An explorer whose amounts are always covered proves nothing, because nothing was ever declined") {
  const Faults faults{.only_small_amounts = true};
  ExploreLimits one;
  one.workers = 1;
  CHECK(look<Ordered>(one, {}).verdict == ExploreVerdict::proved);
  CHECK(look<Ordered>(one, faults).verdict == ExploreVerdict::inconclusive);
}
