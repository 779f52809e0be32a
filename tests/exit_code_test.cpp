#include "cli/exit_code.hpp"

#include "record/exit_code.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <csignal>

using namespace banksim;
using namespace banksim::cli;

namespace {

constexpr std::array kOutcomes = {Outcome::ok,      Outcome::violation, Outcome::deadlock,
                                  Outcome::stalled, Outcome::timeout,   Outcome::interrupted};
constexpr std::array kExpectations = {Expectation::ok, Expectation::violation, Expectation::deadlock,
                                      Expectation::stalled, Expectation::any};

}  // namespace

TEST_CASE("Where ok is expected every outcome has its own code") {
  CHECK(exit_code(Expectation::ok, Outcome::ok, 0) == 0);
  CHECK(exit_code(Expectation::ok, Outcome::violation, 0) == 3);
  CHECK(exit_code(Expectation::ok, Outcome::deadlock, 0) == 4);
  CHECK(exit_code(Expectation::ok, Outcome::stalled, 0) == 5);
  CHECK(exit_code(Expectation::ok, Outcome::timeout, 0) == 5);
}

TEST_CASE("The code is 0 if and only if the expectation is met") {
  for (const Expectation expected : kExpectations)
    for (const Outcome outcome : kOutcomes)
      CHECK((exit_code(expected, outcome, SIGINT) == 0) == is_met(expected, outcome));
}

TEST_CASE("An interruption is never what was expected") {
  for (const Expectation expected : kExpectations) {
    CHECK(exit_code(expected, Outcome::interrupted, SIGINT) == 130);
    CHECK(exit_code(expected, Outcome::interrupted, SIGTERM) == 143);
  }
}

TEST_CASE("ok is a failure of its own where something else was expected") {
  for (const Expectation expected : {Expectation::violation, Expectation::deadlock, Expectation::stalled})
    CHECK(exit_code(expected, Outcome::ok, 0) == 6);
}

TEST_CASE("The names of the expectations are in their order") {
  REQUIRE(kExpectationNames.size() == kExpectations.size());
  CHECK(name_of(Expectation::deadlock) == "deadlock");
  CHECK(name_of(Expectation::any) == "any");
}

TEST_CASE("The verdict of an exploration gives its code") {
  CHECK(exit_code_of(ExploreVerdict::proved) == 0);
  CHECK(exit_code_of(ExploreVerdict::violation) == 3);
  CHECK(exit_code_of(ExploreVerdict::deadlock) == 4);
  CHECK(exit_code_of(ExploreVerdict::livelock) == 5);
  CHECK(exit_code_of(ExploreVerdict::inconclusive) == 5);
}
