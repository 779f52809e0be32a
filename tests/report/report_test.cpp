// Golden texts of hand-made runs, and of the strategies.
#include "report/report.hpp"

#include "support/results.hpp"
#include "support/texts.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <chrono>
#include <sstream>

using namespace banksim;
using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr TextStyle kUnicode{.unicode = true};

// Long enough for its waits to be more than chance.
RunResult long_run() {
  RunResult run = ok_run();
  run.elapsed_s *= 100;
  run.transfers = {64'000'000, 63'874'100, 125'900, 0};
  run.config.transfers = 64'000'000;
  run.locks = {128'000'000, 1'152'000, 0, 5'161'500'000};
  run.used = {6, 1, 40, 70, 5'000};
  return run;
}

// All of them no wider than that, and none with a space at its end.
void check_lines(const std::string& text, std::size_t columns) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK((line.size() <= columns && !line.ends_with(' ')));
  }
}

std::string without_spaces(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  return text;
}

}  // namespace

TEST_CASE("A run that is right is reported as a table and OK") {
  CHECK(run_text(long_run(), kPlain) ==
        R"(ordered: 50 threads, 1,000 accounts, 64,000,000 transfers, seed 1

  Throughput    19.2 M transfers/s     63,874,100 done, 125,900 declined (insufficient funds), 3.33 s
  Latency       p50 10 ns   p90 20 ns   p95 20 ns   p99 30 ns   p99.9 31 ns   max 4.1 ms   (1 in 6400 timed)
  Contention    0.9 % of 128,000,000 lock acquisitions waited, 3.1 % of worker time
  Fairness      0.97 (1 = all had done the same when the first was done)
  Money         1,000,000 before, 1,000,000 after; 1,000 of 1,000 accounts match their ledger; 5 of 5 live audits right

OK  no money made or lost, no deadlock

  Why   ordered locks the account with the lower number first. Whoever waits, an audit too, holds only lower accounts, so no cycle of waits can close.
)");
}

TEST_CASE("What would be chance is not shown: waits of a short run, percentiles of a small sample") {
  RunResult run = ok_run();
  run.elapsed_s = 1.4;
  CHECK(
      line_of(run_text(run, kPlain), "  Contention") ==
      "  Contention    -  too short to tell: 56 ms of processor time for each thread; 60 ms would do (-d 2s instead of -n)");
  CHECK(run_text(run, kPlain).find("Fairness") == std::string::npos);
  run.locks = {};
  CHECK(line_of(run_text(run, kPlain), "  Contention") == "  Contention    no locks taken");
  run.latency = {};
  for (int i = 0; i < 999; ++i) run.latency.record(20);
  CHECK(line_of(run_text(run, kPlain), "  Latency").find("p95 20 ns   p99 -   p99.9 -   max 20 ns") !=
        std::string::npos);
  run.latency.record(20);
  CHECK(line_of(run_text(run, kPlain), "p99 ").starts_with("p99 20 ns   p99.9 -"));
}

TEST_CASE("An OK of what does not claim to be safe is called luck, with a command that shows it") {
  const auto& [strategy, fault] =
      GENERATE(table<std::string, std::string>({{"naive", "deadlock"}, {"unsafe", "lose money"}}));
  RunResult run = ok_run();
  run.config.strategy = strategy;
  CHECK(run_text(run, kQuiet) == "OK  this time, by luck: " + strategy + " can " + fault + "\n");
  CHECK(line_of(run_text(run, kPlain), "  See") ==
        "  See   banksim --strategy " + strategy + " --accounts 2 --threads 4 --hold yield");
}

TEST_CASE("Threads that refused each other until the time was over are called a livelock, with the count") {
  RunResult run = with_outcome(ok_run(), GENERATE(Outcome::timeout, Outcome::stalled));
  run.transfers.attempted = 2;
  run.locks.try_failed = 680'000;
  const std::string text = run_text(run, kPlain);
  CHECK(
      line_of(text, "  Why") ==
      "  Why   Threads keep refusing each other, a livelock: 680,000 refused try_lock calls, 340 k for each transfer.");
  CHECK(text.find("a longer") == std::string::npos);
  run.config.hold.spin = std::chrono::milliseconds{1};  // whoever holds on purpose may be tried for as often
  CHECK(run_text(run, kPlain).find("a longer") != std::string::npos);
}

TEST_CASE("Waiting for holders without a CPU is not shown as contention, and a pause is said") {
  RunResult run = long_run();
  run.locks.wait_ns = 100'000'000'000;
  run.machine.paused_s = 2.5;
  CHECK(line_of(run_text(run, kPlain), "  Contention") ==
        "  Contention    0.9 % of 128,000,000 lock acquisitions waited, mostly for a holder without a CPU");
  CHECK(line_of(run_text(run, kPlain), "  Throughput").ends_with(", 3.33 s, paused 2.5 s"));
}

TEST_CASE("A violation names the failed checks, the first and the worst account, and both totals") {
  CHECK(from(run_text(wrong_run(), kPlain), "  Contention") ==
        R"(  Contention    no locks taken
  Money         1,000,000 before, 1,000,123 after; 4 of 1,000 accounts do not match their ledger; 3 of 5 live audits right

VIOLATION  3 of 5 checks failed: the total, the ledger, live audits

  First wrong   account 0: expected 1,000, found 993, difference -7
  Worst         account 17: expected 1,000, found 1,200, difference +200
  Total         expected 1,000,000, found 1,000,123, difference +123
  Live audits   2 of 5 wrong; the first: expected 1,000,000, found 999,900, difference -100
  Passed        no balance below zero, the count of attempts

  Why   unsafe locks nothing. Two transfers that change one account at once both read the old balance, and the later write wins: the other change is lost. Some of these lose money and some make it, so the total may look right. It does not claim to conserve money.
  Fix   a strategy that locks both accounts (--strategy ordered).
)");
}

TEST_CASE("A single wrong account below zero is reported once, and a count that disagrees in words") {
  RunResult run = with_outcome(ok_run(), Outcome::violation);
  run.check.accounts_wrong = run.check.negative_accounts = 1;
  run.check.first_wrong = run.check.worst = WrongAccount{AccountId{3}, Money{10}, Money{-5}};
  run.check.attempts_agree = false;
  run.check.audits = {};
  CHECK(from(run_text(run, kPlain), "VIOLATION") ==
        R"(VIOLATION  3 of 4 checks failed: the ledger, balances below zero, the count of attempts

  Wrong         account 3: expected 10, found -5, difference -15
  Below zero    1 account in the end
  Attempts      what the workers counted and what the replay of the plan counts differ
  Passed        the total, in which the differences of the accounts cancel out

  Why   ordered locks the account with the lower number first. It claims to conserve money: that is wrong.
)");
}

TEST_CASE("A deadlock of opposite transfers is reported as its cycle, who is behind it, why and what to do") {
  RunResult run = opposite_transfers();
  run.see = "--strategy naive --find deadlock:2";
  CHECK(run_text(run, kPlain) == R"(naive: 5 threads, 6 accounts, 1,000,000 transfers, seed 1

DEADLOCK  a cycle of 2 threads after 21 ms, 3,119 transfers done

  worker 3   holds account 1   waits for account 4 (held by worker 0)   wants to move 40 from account 1 to account 4
  worker 0   holds account 4   waits for account 1 (held by worker 3)   wants to move 7 from account 4 to account 1
  also blocked behind them: worker 1, worker 2 and worker 4

  Why   naive locks the source first. Two transfers in opposite directions each hold the lock that the other one waits for, for ever.
  Fix   lock in one fixed order (--strategy ordered) or together (--strategy scoped).
  See   banksim explore --strategy naive --find deadlock:2
  Money 6,000 before, 6,000 after; 6 of 6 accounts match their ledger
)");
  run.deadlock->cycle[0].edge.waits_for = kNoAccount;
  run.deadlock->cycle[0].edge.waits_for_own = 2;
  CHECK(line_of(run_text(run, kPlain), "  worker 3").find("waits for the strategy's lock 2 (") !=
        std::string::npos);
  // A crowd is counted, not listed, and the auditor is named.
  run.config.threads = 50;
  for (std::uint32_t i = 10; i < 17; ++i) run.deadlock->blocked_workers.push_back(WorkerId{i});
  run.deadlock->auditor_blocked = true;
  CHECK(
      line_of(run_text(run, kPlain), "  also") ==
      "  also blocked behind them: the auditor, worker 1, worker 2, worker 4, worker 10, worker 11, worker 12, "
      "worker 13 and 3 more");
}

TEST_CASE("A lock that its strategy named is told by its name") {
  DeadlockMember holder = doing(member(0, kNoAccount, AccountId{2}, 1), 1, 2, 3, 4),
                 waiter = doing(member(1, AccountId{2}, kNoAccount, 0), 2, 2, 5, 6);
  holder.edge.holds_name = waiter.edge.waits_for_name = "gate";
  const std::string text = run_text(deadlocked_run({holder, waiter}), kPlain);
  CHECK_THAT(text, ContainsSubstring("worker 0   holds the strategy's lock 'gate'   waits for account 2"));
  CHECK_THAT(text, ContainsSubstring("waits for the strategy's lock 'gate' (held by worker 0)"));
  holder.edge.holds_name = "a \"gate\" <b>";
  CHECK_THAT(cycle_mermaid(deadlocked_run({holder, waiter})),
             ContainsSubstring("  own0[\"the strategy's lock 'a #quot;gate#quot; #lt;b#gt;'\"]\n"));
  holder.edge.holds_name = "a\x1b[2J";  // what would clear the screen
  CHECK(run_text(deadlocked_run({holder, waiter}), kPlain).find('\x1b') == std::string::npos);
}

TEST_CASE("Each kind of deadlock is told from the others, with a way out") {
  const auto cycle_of = [](std::uint32_t n) {
    std::vector<DeadlockMember> cycle;
    for (std::uint32_t i = 0; i < n; ++i)
      cycle.push_back(doing(member(i, i, (i + 1) % n, (i + 1) % n), i, i, (i + 1) % n, 1));
    return deadlocked_run(cycle);
  };
  const auto& [run, start, text] = GENERATE_COPY(table<RunResult, std::string, std::string>({
      {deadlocked_run({doing(member(3, 1, 0, 5), 12, 1, 0, 40), auditor(0, 1, 3)}), "  worker 3",
       R"(  worker 3      holds account 1   waits for account 0 (held by the auditor)   wants to move 40 from account 1 to account 0
  the auditor   holds account 0   waits for account 1 (held by worker 3)      adds up the money (live audit)

  Why   naive locks the source first. A live audit and a transfer each hold the lock that the other one waits for, for ever. The auditor is one more thread, which now and then takes every lock, one by one, to add up the money.
  Fix   let transfers and audits lock in one fixed order (--strategy ordered), or transfers take both locks together (--strategy scoped).
)"},
      // On a lock of the strategy's own, against its claim.
      {deadlocked_run({doing(member(0, kNoAccount, AccountId{2}, 1), 1, 2, 3, 4),
                       doing(member(1, AccountId{2}, kNoAccount, 0), 2, 2, 5, 6)},
                      "ordered"),
       "  worker 0",
       R"(  worker 0   holds the strategy's own lock   waits for account 2 (held by worker 1)                 wants to move 4 from account 2 to account 3
  worker 1   holds account 2                 waits for the strategy's own lock (held by worker 0)   wants to move 6 from account 2 to account 5

  Why   ordered locks the account with the lower number first. Two transfers each hold the lock that the other one waits for, for ever. ordered claims that it cannot deadlock: that is wrong.
  Fix   lock in one fixed order or together (--strategy scoped).
)"},
      // Of a strategy that nobody knows.
      {deadlocked_run({doing(member(2, 1, 1, 2), 7, 1, 1, 5)}, "broken"), "DEADLOCK",
       R"(DEADLOCK  a thread waits for itself, after 21 ms, 3,119 transfers done

  worker 2   holds account 1   waits for account 1 (held by itself)   wants to move 5 from account 1 to account 1

  Why   A transfer asked for a lock that it holds, and waits for itself for ever.
  Fix   lock each mutex once, and unlock it in the end: whoever holds it must not ask for it again.
)"},
      {deadlocked_run({auditor(1, 1, 5)}, "broken"), "  Why",
       R"(  Why   A live audit asked for a lock that it holds, and waits for itself for ever. The auditor is one more thread, which now and then takes every lock, one by one, to add up the money.
  Fix   lock each mutex once, and unlock it in the end: whoever holds it must not ask for it again.
)"},
      // A lock that an earlier transfer forgot.
      {deadlocked_run({doing(member(1, 3, 0, 0), 5, 0, 1, 1), doing(member(0, 0, 3, 1), 6, 0, 3, 2)}),
       "  Why",
       R"(  Why   naive locks the source first. worker 1 still holds account 3 from an earlier transfer: it was never unlocked.
  Fix   unlock what was locked, whatever happens: std::lock_guard<typename S::Mutex> does.
)"},
      {cycle_of(3), "  Why",
       R"(  Why   naive locks the source first. 3 transfers form a cycle: each holds what the one before it waits for, for ever.
  Fix   lock in one fixed order (--strategy ordered) or together (--strategy scoped).
)"},
  }));
  CHECK(from(run_text(run, kPlain), start, "  Money") == text);
}

TEST_CASE("A verdict that is not about money tells of wrong money as well") {
  RunResult run = opposite_transfers();
  run.check.total_found = Money{5'999};
  CHECK(run_text(run, kQuiet) ==
        "DEADLOCK  a cycle of 2 threads after 21 ms, 3,119 transfers done; 1 of 4 checks failed\n");
  CHECK(line_of(run_text(run, kPlain), "  Total") ==
        "  Total         expected 6,000, found 5,999, difference -1");
  run.outcome = Outcome::violation;
  CHECK(run_text(run, kQuiet) == "VIOLATION  1 of 4 checks failed: the total; and a deadlock\n");
  CHECK(
      line_of(run_text(run, kPlain), "  worker 3").ends_with("wants to move 40 from account 1 to account 4"));
  const Outcome outcome = GENERATE(Outcome::stalled, Outcome::timeout, Outcome::interrupted);
  const std::string text = run_text(with_outcome(wrong_run(), outcome), kPlain);
  CHECK(text.find("; 3 of 5 checks failed\n\n  First wrong   account 0") != std::string::npos);
}

TEST_CASE("A run that was ended early tells why, what was done and checked, and is no verdict") {
  RunResult run = ok_run();
  run.config.transfers = 1'000'000;
  run.transfers.cancelled = 3;
  CHECK(line_of(run_text(run, kPlain), "638,741") ==
        "638,741 done, 1,259 declined (insufficient funds), 3 cancelled, 33.3 ms");
  CHECK(
      from(run_text(with_outcome(run, Outcome::stalled), kPlain), "STALLED") ==
      R"(STALLED  no transfer by any thread for 10 s and no cycle of waits, 640,000 of 1,000,000 transfers attempted; what was done is right

  Why   No thread finished a transfer for that long, yet no threads wait in a cycle: a livelock,
        a lock that nobody gave back, or a starved machine. It proves nothing about the strategy.
  Fix   a longer --stall, if transfers are that slow here.
)");
  CHECK(from(run_text(with_outcome(run, Outcome::timeout), kPlain), "TIMEOUT") ==
        R"(TIMEOUT  stopped after 60 s, 640,000 of 1,000,000 transfers attempted; what was done is right

  Why   --timeout ended the run before it was complete: no verdict on the rest.
  Fix   a longer --timeout, or fewer --transfers.
)");
  run.config.duration = std::chrono::seconds{5};
  run.signal = 2;
  CHECK(from(run_text(with_outcome(run, Outcome::interrupted), kPlain), "INTERRUPTED") ==
        R"(INTERRUPTED  by SIGINT after 33.3 ms, 640,000 transfers attempted; what was done is right

  Why   The run was stopped from outside: no verdict on the rest, which was not run.
)");
  run.signal = 15;
  CHECK(run_text(with_outcome(run, Outcome::interrupted), kQuiet).starts_with("INTERRUPTED  by SIGTERM a"));
  run.config.slice = run.config.stall;
  CHECK(
      from(run_text(with_outcome(run, Outcome::stalled), kPlain), "STALLED") ==
      R"(STALLED  no transfer by any thread for 10 s and no wait as long as --slice: no cycle was looked for, 640,000 transfers attempted; what was done is right

  Why   A wait is checked for deadlock after --slice, and --stall ended the run before that.
  Fix   a --slice below --stall.
)");
}

TEST_CASE("Nothing checked is never OK, nor is a failed check, whatever the outcome says") {
  RunResult run = ok_run();
  run.check = {};
  CHECK(run_text(run, kQuiet) == "NOT CHECKED  nothing was checked, so nothing is claimed\n");
  CHECK(line_of(run_text(run, kPlain), "  Money") == "  Money         not checked");
  CHECK(run_text(with_outcome(run, Outcome::timeout), kQuiet).ends_with("; the money was not checked\n"));
  CHECK(run_text(with_outcome(wrong_run(), Outcome::ok), kQuiet).starts_with("VIOLATION"));
}

TEST_CASE("The heading tells what is not the default") {
  RunResult run = ok_run();
  Config& config = run.config;
  config.threads = 1;
  config.duration = std::chrono::milliseconds{1500};
  config.access = {Access::Kind::hot, 0, 90, 10};
  config.balance = {Money{2'000}};
  config.max_amount = Money{5'000};
  config.hold.spin = nanoseconds{2'500};
  config.think = nanoseconds{10};
  config.audit.kind = AuditPolicy::Kind::each;
  config.seed = 1234567;
  CHECK(line_of(run_text(run, kUnicode), "ordered") ==
        "ordered: 1 thread, 1,000 accounts, for 1.5 s, access hot:90:10, balance 2,000, amounts 1 to 5,000, "
        "hold 2.5 us, think 10 ns, an audit after each transfer, seed 1234567");
  config = Config{};
  config.balance = {Money{0}, Money{1}};
  config.hold.yield = true;
  config.audit.kind = AuditPolicy::Kind::off;
  CHECK(
      line_of(run_text(run, kPlain), "ordered") ==
      "ordered: 8 threads, 1,000 accounts, 1,000,000 transfers, balances dealt from a list of 2, hold yield, "
      "no live audits, seed 1");
}

TEST_CASE("The table says what was not measured, and counts refused try_locks") {
  RunResult run = long_run();
  run.latency = {};
  run.locks = {2'000'000, 1, 12'345, 0};
  CHECK(line_of(run_text(run, kPlain), "  Latency") == "  Latency       not measured");
  CHECK(line_of(run_text(run, kPlain), "  Contention") ==
        "  Contention    under 0.1 % of 2,000,000 lock acquisitions waited, 0 % of worker time, 12,345 "
        "try_lock refused");
  run.locks = {0, 1, 0, 0};
  CHECK(line_of(run_text(run, kPlain), "  Contention") ==
        "  Contention    no lock acquired, 1 waited for one, 0 % of worker time");
}

TEST_CASE(
    "Text is ASCII unless the terminal is not, only the verdict's word is coloured, quiet leaves it alone") {
  const auto is_plain = [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); };
  for (const RunResult& run : {ok_run(), wrong_run(), opposite_transfers()}) {
    CHECK(std::ranges::all_of(run_text(run, kPlain), is_plain));
    CHECK(std::ranges::count(run_text(run, {.color = true}), '\x1b') == 2);
  }
  CHECK(std::ranges::all_of(strategies_text(strategies(), kPlain), is_plain));
  const TextStyle style{.color = true, .quiet = true};
  CHECK(run_text(ok_run(), style) == "\x1b[32mOK\x1b[0m  no money made or lost, no deadlock\n");
  CHECK(run_text(wrong_run(), style).starts_with("\x1b[31mVIOLATION\x1b[0m  3 of 5"));
  CHECK(run_text(opposite_transfers(), style).starts_with("\x1b[31mDEADLOCK\x1b[0m  a cycle"));
  CHECK(run_text(with_outcome(ok_run(), Outcome::stalled), style).starts_with("\x1b[33mSTALLED\x1b[0m  no"));
}

TEST_CASE("A terminal's width breaks lines between words, below where their text begins") {
  CHECK(from(run_text(ok_run(), {.columns = 80}), "  Money")
            .starts_with("  Money         1,000,000 before, 1,000,000 after;\n"
                         "                1,000 of 1,000 accounts match their ledger;"));
  for (const RunResult& run : {ok_run(), wrong_run(), opposite_transfers()})
    for (const std::size_t columns : {40U, 60U, 80U, 100U}) {
      const std::string text = run_text(run, {.columns = columns});
      check_lines(text, columns);
      CHECK(without_spaces(text) == without_spaces(run_text(run, kPlain)));
    }
  CHECK(run_text(ok_run(), {.quiet = true, .columns = 20}) == run_text(ok_run(), kQuiet));
}

// ---- Strategies.

TEST_CASE("The strategies are listed with what they claim, and each is explained") {
  const std::string text = strategies_text(strategies(), kPlain);
  CHECK(text.starts_with("strategy  "));
  CHECK(line_of(text, "unsafe ").ends_with("  yes            no"));
  CHECK(line_of(text, "naive ").ends_with("  no             yes"));
  CHECK(line_of(text, "ordered ").ends_with("  yes            yes"));
  CHECK(text.find("The default is ordered.") != std::string::npos);
  check_lines(text, 80);
  for (const StrategyEntry& entry : strategies()) check_lines(strategy_text(entry, {.columns = 80}), 80);
  CHECK(strategy_text(*find_strategy("scoped"), kPlain) == R"(scoped

  What    std::scoped_lock: both or none, retries
  How     scoped lets std::scoped_lock take both locks or none. It never waits for one lock while it holds the other, so no cycle of waits can close.
  Wins    where no order is known; near ordered when contention is low
  Claims  cannot deadlock; conserves money
  Source  C++ standard, [thread.lock.algorithm]
  Alias   --strategy scoped_lock
  Alias   --strategy std::scoped_lock
  See     banksim explore --strategy scoped
)");
}
