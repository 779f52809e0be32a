// What the reports on runs and explorations are put together from: verdicts, cycles of waits, steps. Pure functions.
#pragma once

#include "registry.hpp"
#include "report/text.hpp"

#include <banksim/exploration.hpp>
#include <banksim/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace banksim {

// Why it is so, and what helps.
struct Advice {
  std::string why = {};
  std::string fix = {};
};
inline constexpr const char* kLockOnce =
    "lock each mutex once, and unlock it in the end: whoever holds it must not ask for it again.";
inline constexpr const char* kUnlockAll =
    "unlock what was locked, whatever happens: std::lock_guard<typename S::Mutex> does.";

// How a strategy locks, and why what it claims holds; nothing of one that nobody knows.
std::string rule_text(const StrategyEntry* strategy);
std::string move_text(const Transfer& transfer);                  // "40 from account 1 to account 4"
std::string worker_text(WorkerId worker, std::uint32_t workers);  // after the last comes the auditor
// "account 4", "the strategy's lock 2", "the strategy's lock 'gate'".
std::string lock_text(AccountId account, std::uint32_t own_number, std::string_view own_name);

// ---- A cycle of waits, in each of whose members `holds` is what the one before it waits for.

using Cycle = std::vector<DeadlockMember>;

Cycle cycle_of(const Exploration& exploration, const ExploreFinding& finding);
Advice cycle_advice(const Cycle& cycle, std::uint32_t workers, std::string_view strategy);

// ---- A run, and what all that is said of it needs.

struct Told {
  const RunResult& run;
  bool unicode;
  const StrategyEntry* strategy = find_strategy(run.config.strategy);  // null: nobody knows it

  std::string time(auto value) const { return duration_text(value, unicode); }
  std::string attempted() const;  // "5,000 of 1,000,000 transfers"
  // Where somebody did not come back only what was attempted is known, or the least of it.
  bool knows_counts() const { return run.check.performed || !run.ended_by; }
};

// One line that says it all, and what to make of it.
struct RunVerdict {
  Tone tone;
  const char* word;
  std::string text;
  Advice advice = {};
  std::string see = {};  // the command that shows it
};
RunVerdict verdict_on(const Told& told);

// The five checks: those that failed, or those that passed.
std::string checks_text(const Check& check, bool failed);

// How the strategy ended a run. One line, whatever it threw: "worker 3 never came back from moving 40 from account 3 to
// account 1".
struct EndWords {
  std::string text;
  Advice advice;
};
EndWords end_words(const EndedBy& ended_by, bool unicode);

// ---- The steps of an exploration's finding.

using Steps = std::vector<ExploreStep>;

std::string place_text(const ExploreStep& step);                      // "account 1", "the strategy's lock 2"
std::string errands_text(const Exploration& e, const Steps& steps);   // who does what, a line each
std::string balances_text(const Exploration& e, const Steps& steps);  // what the accounts have after them
// A column for each worker, or a line for each step where that is wider than so many columns.
std::string steps_text(const Exploration& e, const Steps& steps, std::size_t columns);

}  // namespace banksim
