// Which exploration a run's report points to: one that shows what that run has met, and no other fault.
#include "cli/engine.hpp"
#include "support/results.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace banksim;

TEST_CASE("A run's report points to a cycle like the run's own, not to the first that there is") {
  const RunResult three =
      deadlocked_run({doing(member(0, 0, 1, 1), 0, 0, 1, 7), doing(member(1, 1, 2, 2), 1, 1, 2, 7),
                      doing(member(2, 2, 0, 0), 2, 2, 0, 7)});
  cli::Engine engine(true);
  const std::string shown = cli::see_again(engine, three);
  INFO(shown);
  CHECK(shown.starts_with("--strategy naive --replay naive.w3a3k1"));

  const RunResult two =
      deadlocked_run({doing(member(0, 0, 1, 1), 0, 0, 1, 7), doing(member(1, 1, 0, 0), 1, 1, 0, 7)});
  CHECK(cli::see_again(engine, two) == "--strategy naive");
}
