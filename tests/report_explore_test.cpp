#include "report/report.hpp"
#include "support/zoo_cases.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <sstream>

using namespace banksim;

namespace {

Exploration at_rest(Exploration e) {
  e.elapsed_s = 0.12;
  return e;
}

ExploreStep step(std::uint32_t worker, StepOp op, AccountId account) {
  ExploreStep made{};
  made.step = worker + 1;
  made.worker = WorkerId{worker};
  made.op = op;
  made.account = account;
  return made;
}

}  // namespace

TEST_CASE("A deadlock is shown as a column for each worker, with the command that replays it") {
  Exploration e = at_rest(explore<Naive>({}));
  e.states = 29;
  const std::string token = e.findings[0].token;
  CHECK(explore_text(e) ==
        "naive: 2 workers x 1 transfer, 2 accounts, every choice of transfer\n"
        "DEADLOCK in 4 steps, the fewest possible (29 states)\n"
        "\n"
        "  step  worker 0: 0 -> 1, 1          worker 1: 1 -> 0, 1\n"
        "     1  lock account 0\n"
        "     2                               lock account 1\n"
        "     3  wants account 1 ........     (held by worker 1)\n"
        "     4  (held by worker 0)           wants account 0 ........\n"
        "\n"
        "  replay  banksim explore --strategy naive --replay " +
            token + "\n");
}

TEST_CASE("A proof says what was searched, what was found, and what it rests on") {
  Exploration e = at_rest(explore<Ordered>({}));
  e.states = 70935;
  e.interleavings = 2.4e9;
  CHECK(explore_text(e) ==
        "ordered: 2 workers x 1 transfer, 2 accounts, every choice of transfer\n"
        "PROVED  no deadlock, no race, no money lost, every run can finish\n"
        "        70,935 states, 2.4e9 interleavings  (120 ms)\n"
        "        assumes: mutexes work, no hidden state; amounts 1 and 2; no larger banks\n");
}

TEST_CASE("A proof with loops says that it may retry") {
  CHECK(explore_text(explore<ScopedLock>({})).find("endless interleavings") != std::string::npos);
  CHECK(explore_text(explore<ScopedLock>({})).find("may retry, can always finish") != std::string::npos);
}

TEST_CASE("A bound is named") {
  ExploreLimits limits;
  limits.max_states = 10;
  CHECK(explore_text(explore<Ordered>(limits)).find("INCONCLUSIVE  stopped by --max-states\n") !=
        std::string::npos);
}

TEST_CASE("Text is ASCII in 80 columns but for a long name and the command that replays it") {
  const auto check = [](const Exploration& e) {
    const std::string text = explore_text(e);
    INFO(text);
    CHECK(text.find("replay  banksim explore --strategy") != std::string::npos);
    for (const char c : text) CHECK((c == '\n' || (c >= ' ' && c <= '~')));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      if (!line.starts_with("  replay  "))
        CHECK(line.size() <= 80 + (line.starts_with(e.strategy + ": ") ? e.strategy.size() : 0));
  };
  for (const zoo::Case& animal : zoo::cases()) check(animal.explore(animal.limits));
  ExploreLimits limits;
  limits.auditor = true;
  limits.workers = limits.accounts = 3;
  check(explore<zoo::OrderDependsOnPair>(limits));
  check(explore<Unsafe>(limits));
  limits.workers = limits.accounts = 7;
  check(explore<Naive>(limits));
}

TEST_CASE("Each kind of finding has its words") {
  Exploration e;
  e.limits.accounts = 3;
  ExploreFinding finding{};
  finding.account = AccountId{1};
  finding.found = -1;
  finding.expected = 2;
  finding.steps.push_back(step(0, StepOp::about_to_read, AccountId{2}));
  const auto verdict = [&](FindingKind kind) {
    finding.kind = kind;
    e.findings = {finding};
    return explore_text(e, {.quiet = true});
  };
  CHECK(verdict(FindingKind::deadlock) == "DEADLOCK in 1 step\n");
  CHECK(verdict(FindingKind::race) == "DATA RACE on account 2 in 1 step\n");
  CHECK(verdict(FindingKind::foreign_unlock) == "UNLOCK of account 2, which it does not hold, in 1 step\n");
  CHECK(verdict(FindingKind::lock_kept) == "LOCK KEPT after the transfer, account 1, in 1 step\n");
  CHECK(verdict(FindingKind::negative_balance) == "NEGATIVE BALANCE of account 1: -1, in 1 step\n");
  CHECK(verdict(FindingKind::wrong_total) == "WRONG TOTAL: -1 instead of 2, in 1 step\n");
  CHECK(verdict(FindingKind::wrong_ledger) == "WRONG LEDGER: account 1 has -1 instead of 2, in 1 step\n");
  CHECK(verdict(FindingKind::wrong_audit) == "WRONG AUDIT: the auditor found -1 instead of 2, in 1 step\n");
  CHECK(verdict(FindingKind::livelock) == "LIVELOCK: a run that cannot finish any more, in 1 step\n");
  finding.account = kNoAccount;
  CHECK(verdict(FindingKind::lock_kept)
            .starts_with("LOCK KEPT after the transfer, one of the strategy's own,"));
}

TEST_CASE("Each step has its words") {
  constexpr AccountId kThree{3};
  Exploration e;
  ExploreFinding finding{};
  for (const auto& [op, account] :
       {std::pair(StepOp::lock, kThree), std::pair(StepOp::try_lock, kThree),
        std::pair(StepOp::try_lock_failed, kThree), std::pair(StepOp::unlock, kNoAccount),
        std::pair(StepOp::read, kThree), std::pair(StepOp::write, kNoAccount),
        std::pair(StepOp::finish, kThree), std::pair(StepOp::wants, kThree),
        std::pair(StepOp::about_to_read, kThree), std::pair(StepOp::about_to_write, kThree)}) {
    finding.steps.push_back(step(0, op, account));
    finding.steps.back().value = 7;
    finding.steps.back().held_by = WorkerId{0};
  }
  finding.steps.back().in_loop = true;
  e.findings = {finding};
  const std::string text = explore_text(e);
  CHECK(text.substr(text.find("  step")) ==
        "  step  worker 0\n"
        "     1  lock account 3\n"
        "     1  try_lock account 3\n"
        "     1  try_lock account 3: no\n"
        "     1  unlock the strategy's lock\n"
        "     1  read account 3 = 7\n"
        "     1  write the strategy's value = 7\n"
        "     1  finish\n"
        "     1  wants account 3 (held by itself)\n"
        "     1  about to read account 3\n"
        "        for ever:\n"
        "     1  about to write account 3\n"
        "\n"
        "  replay  banksim explore --strategy  --replay \n");
}

TEST_CASE("Where a column for each worker would be too wide the steps are a list") {
  ExploreLimits limits;
  limits.workers = limits.accounts = 4;
  Exploration e = explore<Naive>(limits);
  REQUIRE(e.findings.size() == 1);
  ExploreFinding& finding = e.findings[0];
  constexpr AccountId kFirst{0};
  finding.steps = {step(0, StepOp::lock, kFirst), step(1, StepOp::about_to_write, kFirst),
                   step(2, StepOp::about_to_write, kFirst), step(3, StepOp::wants, kFirst)};
  finding.steps.front().begins = Transfer{AccountId{0}, AccountId{1}, Money{1}};
  finding.steps.back().held_by = WorkerId{0};
  const std::string text = explore_text(e);
  CHECK(text.find("\n  step\n"
                  "     1  worker 0  begins 0 -> 1, 1: lock account 0\n"
                  "     2  worker 1  about to write account 0\n") != std::string::npos);
  CHECK(text.find("     4  worker 3  wants account 0 (held by worker 0)\n") != std::string::npos);
}

TEST_CASE("A strategy's own locks are numbered where there are several") {
  const zoo::Case& striped = zoo::find("striped-in-request-order");
  const Exploration e = striped.explore(striped.limits);
  const std::string text = explore_text(e);
  CHECK(text.find("wants the strategy's lock 1") != std::string::npos);
  CHECK(text.find("wants the strategy's lock 2") != std::string::npos);

  ExploreLimits again;
  again.replay = e.findings[0].token;
  const std::string replayed = explore_text(striped.explore(again));
  CHECK(replayed.substr(replayed.find("\n  step")) == text.substr(text.find("\n  step")));
}

TEST_CASE("An exploration that was stopped says so") {
  ExploreLimits limits;
  const std::atomic<bool> cancel{true};
  limits.cancel = &cancel;
  const Exploration stopped = explore<Ordered>(limits);
  CHECK(was_interrupted(stopped));
  CHECK(explore_text(stopped).find("INCONCLUSIVE  interrupted\n") != std::string::npos);
  CHECK_FALSE(was_interrupted(explore<Ordered>({})));
}
