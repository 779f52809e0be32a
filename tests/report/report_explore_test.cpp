#include "report/report.hpp"
#include "support/zoo_cases.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <atomic>
#include <sstream>

using namespace banksim;
using Catch::Matchers::ContainsSubstring;

namespace {

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
  Exploration e = explore<Naive>({});
  e.states = 29;
  const std::string token = e.findings[0].token;
  CHECK(explore_text(e) ==
        "naive: 2 workers x 1 transfer, 2 accounts, every pair of accounts\n"
        "DEADLOCK in 4 steps, the fewest possible (29 states searched)\n"
        "\n"
        "  worker 0  moves 1 from account 0 to account 1\n"
        "  worker 1  moves 1 from account 1 to account 0\n"
        "  every account opens with 1\n"
        "\n"
        "  step  worker 0                            worker 1\n"
        "     1  lock account 0\n"
        "     2                                      lock account 1\n"
        "     3  wants account 1 (held by worker 1)\n"
        "     4                                      wants account 0 (held by worker 0)\n"
        "\n"
        "  Why     naive locks the source first. Two transfers in opposite directions\n"
        "          each hold the lock that the other one waits for, for ever.\n"
        "  When    with this order of steps, or one like it: other runs may end well.\n"
        "  Fix     lock in one fixed order (--strategy ordered) or together (--strategy\n"
        "          scoped).\n"
        "  Money   account 0 has 1, account 1 has 1; 2 in all, as at the start\n"
        "  Replay  banksim explore --strategy naive --replay " +
            token + "\n");
}

TEST_CASE("Text is broken to a narrow terminal, but not the command that replays it") {
  std::istringstream lines(explore_text(explore<Naive>({}), {.columns = 60}));
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with("  Replay  ")) CHECK(line.size() <= 60);
}

TEST_CASE("A race is shown until the money is wrong, with what the accounts have then") {
  Exploration e = explore<Unsafe>({});
  REQUIRE(e.findings.front().kind == FindingKind::race);
  ExploreLimits limits;
  limits.find.what = Sought::total;
  e.findings.push_back(explore<Unsafe>(limits).findings.front());
  const std::string text = explore_text(e);
  CHECK_THAT(
      text, ContainsSubstring("DATA RACE on account 0 in 3 steps, the fewest possible") &&
                ContainsSubstring("shown until the money is wrong: WRONG TOTAL: 3 instead of 2") &&
                ContainsSubstring("write account 1 = 3\n") &&
                ContainsSubstring("  Money   account 0 has 0, account 1 has 3; 3 in all, 2 at the start\n") &&
                ContainsSubstring("undoes the earlier one") &&
                ContainsSubstring("  Race    banksim explore"));
}

TEST_CASE("A try_lock that fails though nobody holds the lock is by chance, and that is explained") {
  Exploration e;
  ExploreFinding& finding = e.findings.emplace_back();
  finding.kind = FindingKind::livelock;
  finding.steps = {step(0, StepOp::try_lock_failed, AccountId{0}), step(1, StepOp::wants, AccountId{1})};
  finding.steps.front().held_by = kNobody;
  CHECK_THAT(explore_text(e),
             ContainsSubstring("try_lock account 0: no, by chance\n") &&
                 ContainsSubstring("  Chance  a try_lock may fail for no reason: C++ allows it.\n") &&
                 ContainsSubstring("lead back to where they"));
}

TEST_CASE("The cycle of a deadlock is a graph that Markdown draws") {
  CHECK(cycle_mermaid(explore<Naive>({})) == R"(graph LR
  w0(["worker 0<br>moves 1 from account 0 to account 1"])
  a0["account 0"]
  w1(["worker 1<br>moves 1 from account 1 to account 0"])
  a1["account 1"]
  a0 -->|held by| w0
  w0 -.->|waits for| a1
  a1 -->|held by| w1
  w1 -.->|waits for| a0
)");
  CHECK(cycle_mermaid(explore<Ordered>({})) == "graph LR\n  none[\"no deadlock\"]\n");
}

TEST_CASE("A proof says what was searched, what was found, and what it rests on") {
  Exploration e = explore<Ordered>({});
  e.elapsed_s = 0.12;
  e.states = 70935;
  e.interleavings = 2.4e9;
  CHECK(explore_text(e) ==
        "ordered: 2 workers x 1 transfer, 2 accounts, every pair of accounts\n"
        "PROVED  no deadlock, no race, no money lost; every run will finish\n"
        "        70,935 states, 2.4e9 interleavings  (120 ms)\n"
        "        covers: amounts 1 and 2 on accounts that open with 1; no audits\n"
        "        assumes: mutexes work, each thread goes on sometime, no hidden state\n"
        "        says nothing about larger banks\n"
        "\n"
        "  Why   ordered locks the account with the lower number first. Whoever waits,\n"
        "        an audit too, holds only lower accounts, so no cycle of waits can close.\n");
  e.limits.auditor = true;
  e.limits.amounts = {Money{7}};
  e.limits.self_transfers = e.collisions_not_met = true;
  CHECK_THAT(explore_text(e),
             ContainsSubstring("covers: amounts 7 on accounts that open with 1, self-transfers; audits\n"
                               "        warning: more locks or cells of its own than accounts"));
}

TEST_CASE(
    "That every run finishes, that it may retry, and that some may refuse each other for ever are told apart") {
  Exploration e = explore<ScopedLock>({});
  e.can_refuse_for_ever = 0;
  CHECK_THAT(explore_text(e), ContainsSubstring("endless interleavings") &&
                                  ContainsSubstring("a run can still finish at every moment,") &&
                                  ContainsSubstring("and will if all get their turn"));
  e.can_refuse_for_ever = 2;
  CHECK(
      explore_text(e, {.quiet = true}) ==
      "PROVED  no deadlock, no race, no money lost; a run can still finish at every moment; but 2 threads can "
      "refuse each other for ever if the scheduler lets them\n");
}

TEST_CASE("A ladder says up to which size it is proved, what else was searched, and what was not") {
  ExploreLimits limits;
  limits.budget = std::chrono::seconds{0};
  Exploration e = climb<Ordered>(limits);
  for (ExploreRung& rung : e.rungs) rung.elapsed_s = 0.1;
  CHECK(explore_text(e) ==
        "ordered: sizes of workers x accounts x transfers, every pair of accounts\n"
        "PROVED  for up to 3 workers, 3 accounts, 1 transfer each, with an auditor\n"
        "        and for 2x2x2  (7 sizes, 700 ms)\n"
        "        not searched: 3x3x2, 3x4x1, 2x5x1+auditor, 3x4x1+auditor and 8 more\n"
        "        no deadlock, no race, no money lost; every run will finish\n"
        "        covers: amounts 1 and 2 on accounts that open with 1;\n"
        "          for 2x3x1+auditor also 1, 50 and 100 on accounts that open with 100\n"
        "        assumes: mutexes work, each thread goes on sometime, no hidden state\n"
        "        says nothing about larger banks\n"
        "\n"
        "  Why   ordered locks the account with the lower number first. Whoever waits,\n"
        "        an audit too, holds only lower accounts, so no cycle of waits can close.\n");
  CHECK(explore_text(e, {.quiet = true}) ==
        "PROVED  for up to 3 workers, 3 accounts, 1 transfer each, with an auditor\n");
  e.may_retry = true;
  e.can_refuse_for_ever = 3;
  CHECK_THAT(explore_text(e),
             ContainsSubstring("with an auditor;\n        but 3 threads can refuse each other "
                               "for ever if the scheduler lets them\n"));
  e.passed_over = true;
  e.verdict = ExploreVerdict::inconclusive;
  e.limits.find = {Sought::deadlock, 3, true};
  CHECK_THAT(explore_text(e),
             ContainsSubstring("NOT FOUND  for up to 3 workers") &&
                 ContainsSubstring("no deadlock of 3 threads with the auditor in it\n") &&
                 ContainsSubstring("says nothing about other faults, which were passed over\n"));

  e = climb<zoo::OrderDependsOnPair>(limits);
  CHECK_THAT(explore_text(e), ContainsSubstring("depends-on-pair: 3 workers x 1 transfer, 3 accounts") &&
                                  ContainsSubstring("nothing at 4 sizes before it\n"));
  limits.max_states = 200;
  CHECK_THAT(explore_text(climb<Ordered>(limits)),
             ContainsSubstring("INCONCLUSIVE  stopped by --max-states\n") &&
                 ContainsSubstring("proved for up to 2 workers, 2 accounts, 1 transfer each\n"));
}

TEST_CASE("What ended an exploration early is named") {
  ExploreLimits limits;
  limits.max_states = 10;
  CHECK_THAT(explore_text(explore<Ordered>(limits)),
             ContainsSubstring("INCONCLUSIVE  stopped by --max-states\n"));
  const std::atomic<bool> cancel{true};
  limits.cancel = &cancel;
  const Exploration stopped = explore<Ordered>(limits);
  CHECK(was_interrupted(stopped));
  CHECK_THAT(explore_text(stopped), ContainsSubstring("INCONCLUSIVE  interrupted\n"));
  CHECK_FALSE(was_interrupted(explore<Ordered>({})));
}

TEST_CASE("Text is ASCII in 80 columns but for a long name and the command that replays it") {
  const auto check = [](const Exploration& e) {
    const std::string text = explore_text(e);
    INFO(text);
    CHECK(text.find("Replay  banksim explore --strategy") != std::string::npos);
    for (const char c : text) CHECK((c == '\n' || (c >= ' ' && c <= '~')));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      if (!line.starts_with("  Replay  "))
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
  ExploreFinding& finding = e.findings.emplace_back();
  finding.account = AccountId{1};
  finding.found = -1;
  finding.expected = 2;
  finding.steps.push_back(step(0, StepOp::about_to_read, AccountId{2}));
  std::string text;
  for (std::uint8_t kind = 0; kind < enum_names(FindingKind{}).size(); ++kind) {
    finding.kind = FindingKind{kind};
    text += explore_text(e, {.quiet = true});
  }
  CHECK(text == R"(DEADLOCK in 1 step
DATA RACE on account 2 in 1 step
UNLOCK of account 2, which it does not hold, in 1 step
LOCK KEPT after the transfer, account 1, in 1 step
NEGATIVE BALANCE of account 1: -1, in 1 step
WRONG TOTAL: -1 instead of 2, in 1 step
WRONG ACCOUNTS under a right total: account 1 has -1 instead of 2, in 1 step
WRONG AUDIT: the auditor found -1 instead of 2, in 1 step
LIVELOCK: a run that cannot finish any more, in 1 step
UNJUST DECLINE: account 1 could pay all the while, in 1 step
TRY_LOCK of account 2, which it holds itself, in 1 step
LONGEST WAIT: a run in which nothing goes wrong, in 1 step
)");
  finding.expected = -1;  // which nobody should have
  finding.kind = FindingKind::wrong_ledger;
  CHECK_THAT(
      explore_text(e, {.quiet = true}),
      ContainsSubstring("the transfers that were done took 1 more from account 1 than it had, in 1 step"));
  finding.account = kNoAccount;
  finding.kind = FindingKind::lock_kept;
  CHECK(explore_text(e, {.quiet = true}) ==
        "LOCK KEPT after the transfer, one of the strategy's own, in 1 step\n");
}

TEST_CASE("Each step has its words") {
  Exploration e;
  ExploreFinding& finding = e.findings.emplace_back();
  for (std::uint8_t op = 0; op < enum_names(StepOp{}).size(); ++op) {
    const bool is_own = op % 2 == 1;
    finding.steps.push_back(step(0, StepOp{op}, is_own ? kNoAccount : AccountId{3}));
    finding.steps.back().value = 7;
    finding.steps.back().held_by = WorkerId{0};
  }
  finding.steps.back().in_loop = true;
  const std::string text = explore_text(e);
  CHECK(text.substr(text.find("  step")) ==
        "  step  worker 0\n"
        "     1  lock account 3\n"
        "     1  try_lock the strategy's own lock\n"
        "     1  try_lock account 3: no\n"
        "     1  unlock the strategy's own lock\n"
        "     1  read account 3 = 7\n"
        "     1  write the strategy's own value = 7\n"
        "     1  finish\n"
        "     1  wants the strategy's own lock (held by itself)\n"
        "     1  about to read account 3\n"
        "        for ever:\n"
        "     1  about to write the strategy's own value\n"
        "\n"
        "  Money   account 0 has 1, account 1 has 1; 2 in all, as at the start\n"
        "  Replay  banksim explore --strategy  --replay \n");
}

TEST_CASE("Where a column for each worker would be too wide the steps are a list") {
  Exploration e;
  e.limits.workers = 4;
  ExploreFinding& finding = e.findings.emplace_back();
  constexpr AccountId kFirst{0};
  finding.steps = {step(0, StepOp::lock, kFirst), step(1, StepOp::about_to_write, kFirst),
                   step(2, StepOp::about_to_write, kFirst), step(3, StepOp::wants, kFirst)};
  finding.steps.front().begins = Transfer{AccountId{0}, AccountId{1}, Money{1}};
  finding.steps.back().held_by = WorkerId{0};
  CHECK_THAT(explore_text(e), ContainsSubstring("\n  step\n"
                                                "     1  worker 0  lock account 0\n"
                                                "     2  worker 1  about to write account 0\n"
                                                "     3  worker 2  about to write account 0\n"
                                                "     4  worker 3  wants account 0 (held by worker 0)\n"));
}

TEST_CASE("A strategy's own locks are numbered where there are several") {
  const zoo::Case& striped = zoo::find("striped-in-request-order");
  const Exploration e = striped.explore(striped.limits);
  const std::string text = explore_text(e);
  CHECK_THAT(text, ContainsSubstring("wants the strategy's lock 1") &&
                       ContainsSubstring("wants the strategy's lock 2"));
  ExploreLimits again;
  again.replay = e.findings[0].token;
  const std::string replayed = explore_text(striped.explore(again));
  CHECK(replayed.substr(replayed.find("\n  step")) == text.substr(text.find("\n  step")));
}

TEST_CASE("A livelock is shown as the steps into it and those that are made for ever") {
  Exploration e = explore<zoo::HoldsAndSpins>(zoo::size(2, 2));
  e.states = 107;
  const std::string token = e.findings[0].token;
  // What a compiler has in registers may make the first round of the loop another one than the next.
  const bool is_later = e.findings[0].steps.size() == 4;
  CHECK(explore_text(e) ==
        "holds-and-spins: 2 workers x 1 transfer, 2 accounts, every pair of accounts\n"
        "LIVELOCK: a run that cannot finish any more, in " +
            std::string(is_later ? "4" : "3") +
            " steps (107 states searched)\n"
            "\n"
            "  worker 0  moves 1 from account 0 to account 1\n"
            "  worker 1  moves 1 from account 1 to account 0\n"
            "  every account opens with 1\n"
            "\n"
            "  step  worker 0                     worker 1\n"
            "     1  lock account 0\n"
            "     2                               lock account 1\n" +
            std::string(is_later ? "     3  try_lock account 1: no\n" : "") + "        for ever:\n" +
            (is_later ? "     4" : "     3") +
            "  try_lock account 1: no\n"
            "\n"
            "  Why     The steps marked 'for ever' lead back to where they began,\n"
            "          and nothing that the others can do changes that.\n"
            "  When    with this order of steps, or one like it: other runs may end well.\n"
            "  Fix     wait for a lock while holding none,\n"
            "          or lock in one fixed order (--strategy ordered).\n"
            "  Money   account 0 has 1, account 1 has 1; 2 in all, as at the start\n"
            "  Replay  banksim explore --strategy holds-and-spins --replay " +
            token + "\n");
}
