// The mutants of the checkers of real runs: a checker with a fault must be noticed, by the test that is named
// after it. The laws that notice are the ones that audit_test.cpp and deadlock_test.cpp hold the real
// checkers to. The explorer's mutants are in explore_faults_test.cpp.
#include "support/checker_laws.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace banksim;
using namespace banksim::test;

TEST_CASE("A validator that skips the last account misses what was lost there, and only that", "[mutant]") {
  CHECK(losses_misjudged(validate_but_the_last) == 1);
  CHECK(nothing_called_ok(validate_but_the_last) == 0);  // no other test would do
}

TEST_CASE("A validator that passes on zero checks calls an empty bank right", "[mutant]") {
  CHECK(nothing_called_ok(validate_nothing_as_ok) > 0);
  CHECK(losses_misjudged(validate_nothing_as_ok) == 0);
}

TEST_CASE("A waiting room that ignores the auditor misses every cycle through it, and no other", "[mutant]") {
  CHECK(rings_misjudged<RoomWithoutAuditor>(true) == 2 + 3 + 4 + 5);
  CHECK(rings_misjudged<RoomWithoutAuditor>(false) == 0);
}
