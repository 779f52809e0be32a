// What is said of one run, and its verdict: one line that says it all, and what to make of it. Pure functions.
#pragma once

#include "registry.hpp"
#include "report/text.hpp"

#include <banksim/result.hpp>

#include <string>
#include <vector>

namespace banksim {

// A run, and what all that is said of it needs.
struct Told {
  const RunResult& run;
  bool unicode;
  const StrategyEntry* strategy = find_strategy(run.config.strategy);  // null: nobody knows it

  std::string time(auto value) const { return duration_text(value, unicode); }
  std::string attempted() const;  // "5,000 of 1,000,000 transfers"
  // Where somebody did not come back only what was attempted is known, or the least of it.
  bool knows_counts() const { return run.check.performed || !run.ended_by; }
};

struct RunVerdict {
  Tone tone;
  const char* word;
  std::string text;
  std::string why = {};
  std::string fix = {};
  std::string see = {};  // the command that shows it
};
RunVerdict verdict_on(const Told& told);

// The five checks of the money: those that failed, or those that passed.
std::string checks_text(const Check& check, bool failed);

// How the strategy ended a run: "worker 3 never came back from moving 40 from account 3 to account 1". One line,
// whatever the strategy threw.
std::string ended_by_text(const EndedBy& ended_by, bool unicode);

}  // namespace banksim
