// Hand-made results, one for each way in which a run can end: what the tests of the reports report.
#pragma once

#include <banksim/simulate.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace banksim {

// The same bits on every standard library: below 32 ns and at the ends the histogram is exact.
inline LatencyHistogram latencies() {
  LatencyHistogram latency;
  constexpr std::pair<int, std::uint64_t> kTimes[] = {
      {6000, 10}, {3500, 20}, {450, 30}, {49, 31}, {1, 4'100'000}};
  for (const auto& [times, ns] : kTimes)
    for (int i = 0; i < times; ++i) latency.record(ns);
  return latency;
}

inline RunResult ok_run() {
  RunResult run;
  run.config.threads = 50;
  run.host = {"Linux", "6.1.0", "x86_64", "A CPU, fast", 2, "gcc 12.2.0", "Release", {}};
  run.started_at = "2026-01-02T03:04:05Z";
  run.transfers = {640'000, 638'741, 1'259, 0};
  run.config.transfers = 640'000;
  run.elapsed_s = 0.0333;
  run.latency = latencies();
  run.locks = {1'280'000, 11'520, 0, 51'615'000};
  run.fairness = {0.97, 12'000, 13'000};
  run.used = {0.06, 0.01, 40, 70, 5'000};
  run.check.performed = true;
  run.check.total_expected = run.check.total_found = Money{1'000'000};
  run.check.accounts_checked = 1'000;
  run.check.audits.audits = 5;
  return run;
}

inline RunResult wrong_run() {
  RunResult run = ok_run();
  run.config.strategy = "unsafe";
  run.outcome = Outcome::violation;
  run.locks = {};
  run.check.total_found = Money{1'000'123};
  run.check.accounts_wrong = 4;
  run.check.first_wrong = WrongAccount{AccountId{0}, Money{1'000}, Money{993}};
  run.check.worst = WrongAccount{AccountId{17}, Money{1'000}, Money{1'200}};
  run.check.audits.wrong = 2;
  run.check.audits.first_wrong_total = Money{999'900};
  return run;
}

inline DeadlockMember member(std::uint32_t waiter, AccountId holds, AccountId waits_for,
                             std::uint32_t held_by) {
  return {{WorkerId{waiter}, holds, waits_for, WorkerId{held_by}}, false, std::nullopt};
}
inline DeadlockMember member(std::uint32_t waiter, std::uint32_t holds, std::uint32_t waits_for,
                             std::uint32_t held_by) {
  return member(waiter, AccountId{holds}, AccountId{waits_for}, held_by);
}

inline DeadlockMember doing(DeadlockMember member, std::uint64_t index, std::uint32_t from, std::uint32_t to,
                            std::int64_t amount) {
  member.transfer = PlannedTransfer{index, {AccountId{from}, AccountId{to}, Money{amount}}};
  return member;
}

inline RunResult deadlocked_run(std::vector<DeadlockMember> cycle, std::string strategy = "naive") {
  RunResult run;
  run.config.strategy = std::move(strategy);
  run.config.threads = 5;
  run.config.accounts = 6;
  run.outcome = Outcome::deadlock;
  run.transfers = {3'126, 3'119, 2, 5};
  run.elapsed_s = 0.0211;
  run.check.performed = true;
  run.check.total_expected = run.check.total_found = Money{6'000};
  run.check.accounts_checked = 6;
  run.deadlock = Deadlock{0.021, std::move(cycle), {}, false};
  return run;
}

inline RunResult opposite_transfers() {
  RunResult run =
      deadlocked_run({doing(member(3, 1, 4, 0), 3'122, 1, 4, 40), doing(member(0, 4, 1, 3), 3'120, 4, 1, 7)});
  run.deadlock->blocked_workers = {WorkerId{1}, WorkerId{2}, WorkerId{4}};
  return run;
}

// Of the auditor, which comes after the last of five workers.
inline DeadlockMember auditor(std::uint32_t holds, std::uint32_t waits_for, std::uint32_t held_by) {
  DeadlockMember auditor = member(5, holds, waits_for, held_by);
  auditor.is_auditor = true;
  return auditor;
}

// As the child's parent tells of it: the counts are the least there was.
inline RunResult ended_run(EndedBy ended_by, Outcome outcome = Outcome::crashed) {
  RunResult run;
  run.config.strategy = "broken";
  run.outcome = outcome;
  run.elapsed_s = 0.2;
  run.transfers.attempted = 5'000;
  run.check.total_expected = Money{1'000'000};
  run.ended_by = std::move(ended_by);
  return run;
}

inline RunResult with_outcome(RunResult run, Outcome outcome) {
  run.outcome = outcome;
  return run;
}

}  // namespace banksim
