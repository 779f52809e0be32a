#include "support/sanitizers.hpp"
#include "support/zoo_cases.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace banksim;
using zoo::Case;

TEST_CASE("The explorer catches every animal of the zoo, at the size and as the kind that is known of it") {
  for (const Case& animal : zoo::cases()) {
    INFO(animal.name);
    const Exploration result = animal.explore(animal.limits);
    REQUIRE(result.findings.size() == 1);
    const ExploreFinding& finding = result.findings.front();
    CHECK(finding.kind == animal.kind);
    if (animal.steps != 0) CHECK(finding.steps.size() == animal.steps);
    if (animal.cycle != 0) CHECK(finding.cycle.size() == animal.cycle);
    CHECK(result.verdict != ExploreVerdict::proved);

    if (!animal.passes_below) continue;
    ExploreLimits smaller = animal.limits;
    if (!smaller.auditor) smaller.workers = smaller.accounts = 2;
    smaller.auditor = false;
    CHECK(animal.explore(smaller).verdict == ExploreVerdict::proved);
  }
}

TEST_CASE("Every token of the zoo replays its finding each time, and no other animal takes it") {
  for (const Case& animal : zoo::cases()) {
    DYNAMIC_SECTION(animal.name) {
      const ExploreFinding found = animal.explore(animal.limits).findings.at(0);
      ExploreLimits replay;
      replay.replay = found.token;
      constexpr int kTimes = test::kTimesMeanNothing ? 5 : 100;
      int same = 0;
      for (int run = 0; run < kTimes; ++run) {
        const ExploreFinding again = animal.explore(replay).findings.at(0);
        same += again.kind == found.kind && again.token == found.token &&
                again.steps.size() == found.steps.size();
      }
      CHECK(same == kTimes);
      for (const Case& other : zoo::cases())
        if (&other != &animal) CHECK_THROWS_AS(other.explore(replay), BadReplayToken);
    }
  }
}
