// Golden texts of runs that the strategy ended, and of money that was not where the ledger has it meanwhile.
#include "report/report.hpp"
#include "support/results.hpp"
#include "support/texts.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace banksim;
using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("How the strategy ended a run is said with the thread and its transfer") {
  const PlannedTransfer planned{812, {AccountId{3}, AccountId{1}, Money{40}}};
  const auto& [ended_by, text] = GENERATE_COPY(table<EndedBy, std::string>({
      {{EndKind::never_came_back, Role::worker, WorkerId{3}, planned, 0, 0, ""},
       "worker 3 never came back from moving 40 from account 3 to account 1"},
      {{EndKind::never_came_back, Role::worker, WorkerId{3}, planned, 2, 0, ""},
       "worker 3 never came back from moving 40 from account 3 to account 1; nor did 2 other threads"},
      {{EndKind::never_came_back, Role::worker, WorkerId{0}, {}, 1, 0, ""},
       "worker 0 never came back from an audit; nor did 1 other thread"},
      {{EndKind::never_came_back, Role::auditor, kNobody, {}, 0, 0, ""},
       "the auditor never came back from an audit"},
      {{EndKind::never_came_back, Role::unknown, kNobody, {}, 0, 0, ""}, "the strategy never came back"},
      {{EndKind::threw, Role::worker, WorkerId{1}, planned, 0, 0, "std::runtime_error: broken down"},
       "worker 1 threw std::runtime_error: broken down, while moving 40 from account 3 to account 1"},
      {{EndKind::threw, Role::auditor, kNobody, {}, 0, 0, "int"}, "the auditor threw int, in an audit"},
      {{EndKind::threw, Role::worker, WorkerId{1}, planned, 0, 0,
        "a\n\x1b[31mb\u00b5" + std::string(300, 'x')},
       "worker 1 threw a ???[31mb??" + std::string(188, 'x') +
           ", while moving 40 from account 3 to account 1"},
      {{EndKind::signal, Role::worker, WorkerId{1}, planned, 0, 11, ""},
       "the strategy ended the process: SIGSEGV in worker 1, while moving 40 from account 3 to account 1"},
      {{EndKind::signal, Role::auditor, kNobody, {}, 0, 8, ""},
       "the strategy ended the process: SIGFPE in the auditor"},
      {{EndKind::signal, Role::unknown, kNobody, {}, 0, 6, ""}, "the strategy ended the process: SIGABRT"},
      {{EndKind::signal, Role::unknown, kNobody, {}, 0, 9, ""}, "the process was ended by SIGKILL"},
      {{EndKind::signal, Role::unknown, kNobody, {}, 0, 40, ""}, "the process was ended by signal 40"},
      {{EndKind::exited, Role::unknown, kNobody, {}, 0, 7, ""},
       "the strategy ended the process: exit status 7"},
      {{EndKind::memory, Role::unknown, kNobody, {}, 0, 9, ""},
       "the system ended the process for want of memory"},
  }));
  const bool is_stalled = ended_by.kind == EndKind::never_came_back;
  const RunResult run = ended_run(ended_by, is_stalled ? Outcome::stalled : Outcome::crashed);
  CHECK(run_text(run, kQuiet) ==
        (is_stalled ? "STALLED  " : "CRASHED  ") + text + "; the money was not checked\n");
  const std::string whole = run_text(run, kPlain);
  CHECK(line_of(whole, "  Why").size() > 40);
  CHECK((ended_by.role != Role::auditor || whole.find("declined") == std::string::npos));
  CHECK(from(whole, "  Ran") ==
        "  Ran   at least 200 ms, 5,000 of 1,000,000 transfers\n  Money not checked\n");
  CHECK(whole.find(" 0 done") == std::string::npos);  // what is not known is not shown as nothing
  CHECK(whole.find("not measured") == std::string::npos);
}

TEST_CASE("What a strategy left is told, with what was checked of it, and what would help") {
  const PlannedTransfer planned{25, {AccountId{2}, AccountId{1}, Money{93}}};
  RunResult threw = ok_run();
  threw.config.strategy = "broken";
  threw.ended_by = EndedBy{EndKind::threw, Role::worker, WorkerId{1}, planned, 0, 0, "int"};
  CHECK(run_text(with_outcome(threw, Outcome::crashed), kPlain) ==
        R"(broken: 50 threads, 1,000 accounts, 640,000 transfers, seed 1

CRASHED  worker 1 threw int, while moving 93 from account 2 to account 1; what was done is right

  Why   Nothing may be thrown out of a transfer or an audit. The other threads were called off.
  Fix   catch it; where the source cannot pay, return TransferOutcome::declined.
  Ran   33.3 ms, 640,000 of 640,000 transfers; 638,741 done, 1,259 declined
  Money 1,000,000 before, 1,000,000 after; 1,000 of 1,000 accounts match their ledger; 5 of 5 live audits right
)");
  threw.check.total_found = Money{999'999};
  CHECK(from(run_text(with_outcome(threw, Outcome::violation), kPlain), "  Also", "  Ran") ==
        "  Also  worker 1 threw int, while moving 93 from account 2 to account 1\n");
  // Before the first sign of life nothing is known.
  RunResult run = ended_run({});
  run.ended_by->kind = EndKind::exited;
  run.elapsed_s = 0;
  run.transfers.attempted = 0;
  CHECK(from(run_text(run, kPlain), "CRASHED") ==
        R"(CRASHED  the strategy ended the process: exit status 0; the money was not checked

  Why   An exit ends all threads, and what they did cannot be checked any more.
  Fix   do not exit; where the source cannot pay, return TransferOutcome::declined.
  Money not checked
)");
  // What has another name keeps it. Who was killed by a second signal had no time to come back.
  RunResult frozen = opposite_transfers();
  frozen.check = {};
  frozen.ended_by = EndedBy{EndKind::never_came_back, Role::worker, WorkerId{2}, planned, 0, 0, ""};
  const std::string deadlock = run_text(frozen, kPlain);
  CHECK(line_of(deadlock, "DEADLOCK") ==
        "DEADLOCK  a cycle of 2 threads after 21 ms, 3,126 transfers attempted; the money was not checked");
  CHECK(line_of(deadlock, "  Also") ==
        "  Also  worker 2 never came back from moving 93 from account 2 to account 1");
  run = ended_run({}, Outcome::interrupted);
  run.signal = 12;
  CHECK(
      from(run_text(run, kPlain), "INTERRUPTED") ==
      R"(INTERRUPTED  by SIGUSR2 after 200 ms, 5,000 of 1,000,000 transfers attempted; the money was not checked

  Why   The run was stopped from outside: no verdict on the rest, which was not run.
  Also  the strategy never came back
  Money not checked
)");
  run.ended_by = EndedBy{EndKind::signal, Role::unknown, kNobody, {}, 0, 9, ""};
  CHECK(run_text(run, kPlain).find("Also") == std::string::npos);
}

TEST_CASE("What called-off transfers had in flight is no fault, and neither is the total") {
  RunResult run = opposite_transfers();
  run.check.total_found = Money{5'977};
  run.check.accounts_in_flight = 2;
  const std::string text = run_text(run, kPlain);
  CHECK(line_of(text, "DEADLOCK").ends_with("3,119 transfers done"));
  CHECK(line_of(text, "  Money") ==
        "  Money 6,000 before, 5,977 after; 4 of 6 accounts match their ledger, 2 but for what called-off "
        "transfers had in flight");
  CHECK(text.find("  Total") == std::string::npos);
  run.check.audits = {3, 1, Money{5'000}};  // what is wrong besides is said without them
  CHECK(from(run_text(with_outcome(run, Outcome::violation), kPlain), "VIOLATION", ";") ==
        "VIOLATION  1 of 5 checks failed: live audits");
  CHECK(run_text(with_outcome(run, Outcome::violation), kPlain).find("  Total") == std::string::npos);
}

TEST_CASE("A balance that was below zero meanwhile is named, though the money is right in the end") {
  RunResult run = with_outcome(ok_run(), Outcome::violation);
  run.check.overdrafts = 149;
  run.check.first_overdraft = {AccountId{1}, Money{-37}, 0.012,
                               PlannedTransfer{25, {AccountId{2}, AccountId{1}, Money{93}}}};
  CHECK(
      from(run_text(run, kPlain), "  Money") ==
      R"(  Money         1,000,000 before, 1,000,000 after; 1,000 of 1,000 accounts match their ledger; 149 overdrafts seen; 5 of 5 live audits right

VIOLATION  1 of 5 checks failed: balances below zero

  Below zero    account 1 stood at -37 after 12 ms, when 93 from account 2 to account 1 were to move; 149 overdrafts seen
  Passed        the total, the ledger, the count of attempts, live audits

  Why   ordered locks the account with the lower number first. More was taken from an account than it had. It claims to conserve money: that is wrong.
  Fix   ask for the funds and take them under one lock: what another lock showed may be gone.
)");
  run.check.first_overdraft->transfer.reset();
  run.check.overdrafts = run.check.negative_accounts = 1;
  CHECK(
      line_of(run_text(run, kPlain), "  Below") ==
      "  Below zero    1 account in the end; account 1 stood at -37 after 12 ms, in an audit; 1 overdraft seen");
}

TEST_CASE("A run with wrong money that a limit ended says so") {
  RunResult run = with_outcome(ok_run(), Outcome::violation);
  run.config.transfers = 1'000'000;
  run.elapsed_s = 60.1;
  run.check.accounts_wrong = 1;
  CHECK_THAT(
      run_text(run, {}),
      ContainsSubstring("  Ran   60.1 s, 640,000 of 1,000,000 transfers attempted: --timeout ended it\n"));
  run.elapsed_s = 10;
  CHECK_THAT(run_text(run, {}), ContainsSubstring("attempted: --stall ended it\n"));
}
