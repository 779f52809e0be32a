// The explorer's own mutants: an explorer with a fault must be noticed, by the test that is named after it.
#include "support/faulty_explorers.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace banksim;
using namespace banksim::faulty;

namespace {

template <class Model>
Exploration look(const zoo::Case& animal) {
  return animal.explore<Model>(animal.limits);
}

template <class Model, template <class> class Strategy>
Exploration look(const ExploreLimits& limits) {
  return look<Model>(zoo::animal<Strategy>(limits));
}

template <class Model>
std::ptrdiff_t missed() {
  return std::ranges::count_if(zoo::cases(), [](const zoo::Case& animal) {
    const Exploration result = look<Model>(animal);
    return result.findings.empty() || result.findings[0].kind != animal.kind;
  });
}

}  // namespace

TEST_CASE("An explorer without a fault misses nothing") { CHECK(missed<Model>() == 0); }

TEST_CASE("An explorer that takes try_lock for blocking calls the spinning animal a deadlock") {
  CHECK(look<TakesTryLockForLock>(zoo::find("holds-and-spins")).verdict == ExploreVerdict::deadlock);
  // And it accuses std::scoped_lock, which never waits while it holds.
  CHECK(look<TakesTryLockForLock, ScopedLock>({}).verdict == ExploreVerdict::deadlock);
}

TEST_CASE("An explorer that forgets a worker's history when it holds no lock proves a deadlocking strategy") {
  const zoo::Case& animal = zoo::find("retries-then-blocks");
  CHECK(look<ByHistory>(animal).verdict == ExploreVerdict::deadlock);
  CHECK(look<ForgetsWhenUnlocked>(animal).verdict == ExploreVerdict::proved);
}

TEST_CASE("An explorer that sees no races misses the animals that race without losing money") {
  CHECK(missed<SeesNoRace>() >= 7);
  // A check of funds before locking never harms at this size but by its race.
  CHECK(look<SeesNoRace>(zoo::find("unsafe")).findings.at(0).steps.size() > 3);
}

TEST_CASE("An explorer that waits until all block misses a cycle of some") {
  CHECK(look<Model, Naive>(zoo::size(3, 3)).findings.at(0).steps.size() == 4);
  const Exploration late = look<WaitsUntilAllBlock, Naive>(zoo::size(3, 3));
  CHECK((late.findings.empty() ||
         late.findings[0].steps.size() > 4));  // the third one has to come to a stop first
}

TEST_CASE("An explorer that looks for no traps proves the spinning animal") {
  CHECK(look<LooksForNoTraps>(zoo::find("holds-and-spins")).findings.empty());
}

TEST_CASE(
    "An explorer that lets a waiting worker choose again proves what never ends on a plan of large ones") {
  const zoo::Case& animal = zoo::find("waits-for-a-small-one");
  CHECK(look<Model>(animal).verdict == ExploreVerdict::livelock);
  CHECK(look<LetsWaiterChooseAgain>(animal).verdict == ExploreVerdict::proved);
}

TEST_CASE("A validator that skips the last account misses what went wrong there") {
  const Exploration right = look<Model>(zoo::find("loses-credit-to-empty"));
  const Exploration wrong = look<SkipsLastAccount>(zoo::find("loses-credit-to-empty"));
  CHECK(right.findings.at(0).kind == FindingKind::wrong_total);
  CHECK((wrong.findings.empty() || wrong.findings[0].kind != FindingKind::wrong_total));
}

TEST_CASE("An explorer whose amounts are always covered proves nothing, because nothing was ever declined") {
  CHECK(look<Model, Ordered>(zoo::size(1, 2)).verdict == ExploreVerdict::proved);
  CHECK(look<TriesCoveredAmountsOnly, Ordered>(zoo::size(1, 2)).verdict == ExploreVerdict::inconclusive);
}
