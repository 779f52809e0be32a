// What shows again what a run has met.
#include "explore/likeness.hpp"

#include "support/results.hpp"
#include "support/zoo.hpp"

#include <banksim/explore.hpp>
#include <banksim/strategies/naive.hpp>

#include <catch2/catch_test_macros.hpp>

namespace banksim {
namespace {

RunResult with_cycle(std::vector<DeadlockMember> cycle) { return deadlocked_run(std::move(cycle)); }

}  // namespace

TEST_CASE("A run's cycle is explored as it was: its transfers alone, its accounts in their order") {
  const RunResult run = with_cycle({doing(member(7, 900, 12, 3), 40, 900, 12, 61),
                                    doing(member(3, 12, 400, 5), 41, 12, 400, 77),
                                    doing(member(5, 400, 900, 7), 42, 400, 900, 61)});
  const auto like = likeness_of(*run.deadlock);
  REQUIRE(like);
  CHECK(like->workers == 3);
  CHECK(like->accounts == 3);
  CHECK_FALSE(like->auditor);
  CHECK(like->choices == std::vector<Transfer>{{AccountId{2}, AccountId{0}, Money{61}},
                                               {AccountId{0}, AccountId{1}, Money{77}},
                                               {AccountId{1}, AccountId{2}, Money{61}}});
  CHECK(like->amounts == std::vector<Money>{Money{61}, Money{77}});
  CHECK(like->balance == Money{77});
  const Exploration found = explore<Naive>(*like);
  CHECK(found.verdict == ExploreVerdict::deadlock);
  CHECK(shows(found, run));
  // What a shorter search finds is another cycle.
  CHECK_FALSE(shows(explore<Naive>({}), run));
  // And the token needs none of it.
  ExploreLimits replay;
  replay.replay = found.findings.at(0).token;
  CHECK(explore<Naive>(replay).findings.at(0).steps == found.findings.at(0).steps);
}

TEST_CASE("A cycle through the auditor is explored with one, and a cycle of workers does not pass for it") {
  const RunResult run = deadlocked_run({doing(member(3, 1, 0, 5), 12, 1, 0, 40), auditor(0, 1, 3)});
  const auto like = likeness_of(*run.deadlock);
  REQUIRE(like);
  CHECK(like->workers == 1);
  CHECK(like->auditor);
  CHECK(shows(explore<Naive>(*like), run));
  CHECK_FALSE(shows(explore<Naive>({}), run));
  CHECK(wanted_by(run) == Wanted{Sought::deadlock, 0, true});
}

TEST_CASE("In a bank that is small enough the accounts of a cycle can keep their numbers") {
  const RunResult run = deadlocked_run({auditor(0, 2, 3), doing(member(3, 2, 0, 5), 12, 2, 0, 40)});
  const auto like = likeness_of(*run.deadlock, 5);
  REQUIRE(like);
  CHECK(like->accounts == 5);
  CHECK(like->choices == std::vector<Transfer>{{AccountId{2}, AccountId{0}, Money{40}}});
  CHECK(shows(explore<Naive>(*like), run));
  CHECK_FALSE(likeness_of(*run.deadlock, 9));
}

TEST_CASE("Where no exploration has room for a cycle there is none like it") {
  std::vector<DeadlockMember> nine;
  for (std::uint32_t i = 0; i < 9; ++i)
    nine.push_back(doing(member(i, i, (i + 1) % 9, (i + 1) % 9), i, i, (i + 1) % 9, 1));
  CHECK_FALSE(likeness_of(*with_cycle(nine).deadlock));
  CHECK_FALSE(likeness_of(*with_cycle({auditor(0, 1, 3), auditor(1, 0, 0)}).deadlock));
}

TEST_CASE("A wait for oneself is shown by a wait for oneself") {
  const RunResult run = with_cycle({doing(member(2, 1, 1, 2), 7, 1, 1, 5)});
  const auto like = likeness_of(*run.deadlock);
  REQUIRE(like);
  CHECK(like->self_transfers);
  CHECK(shows(explore<Naive>(*like), run));
}

TEST_CASE("Wrong audits are shown by a wrong audit, and lost money by whatever loses it") {
  RunResult run = with_outcome(ok_run(), Outcome::violation);
  run.check.audits.wrong = 1;
  CHECK(wanted_by(run) == Wanted{Sought::audit});
  run.check.accounts_wrong = 2;
  CHECK(wanted_by(run) == Wanted{Sought::accounts});
  CHECK(shows(explore<zoo::LocksOnlySource>({}), run));
}

TEST_CASE("Wrong money is not shown by a deadlock, and is looked for by the check that failed") {
  RunResult run = with_outcome(ok_run(), Outcome::violation);
  run.check.overdrafts = 1;
  CHECK(wanted_by(run) == Wanted{Sought::negative});
  CHECK_FALSE(shows(explore<Naive>({}), run));
  run.check.total_found += Money{1};
  run.check.accounts_wrong = 1;
  CHECK(wanted_by(run) == Wanted{Sought::total});
  run.check.total_found = run.check.total_expected;
  CHECK(wanted_by(run) == Wanted{Sought::accounts});
}

TEST_CASE("A stall is shown by what stands still, and not by a race") {
  const RunResult run = with_outcome(ok_run(), Outcome::stalled);
  CHECK(wanted_by(run) == Wanted{Sought::trap});
  CHECK(shows(explore<Naive>({}), run));
  CHECK_FALSE(shows(explore<zoo::LocksOnlySource>({}), run));
}

TEST_CASE("A deadlock may come of a try_lock of one's own mutex, behind which nothing is searched") {
  const RunResult run = with_cycle({doing(member(2, 1, 1, 2), 7, 1, 1, 5)});
  ExploreLimits limits;
  limits.self_transfers = true;
  const Exploration found = explore<zoo::RetriesThenBlocks>(limits);
  CHECK_FALSE(shows(found, run));
  CHECK(explains(found, run));
  CHECK_FALSE(explains(explore<Naive>({}), run));
  CHECK_FALSE(explains(found, with_outcome(run, Outcome::violation)));
}

}  // namespace banksim
