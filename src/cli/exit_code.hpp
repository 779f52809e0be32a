// What --expect makes of an outcome. Pure functions.
#pragma once

#include "record/exit_code.hpp"

#include <string>
#include <vector>

namespace banksim::cli {

// What --expect asks for; `any` is every end but an interruption.
enum class Expectation { ok, violation, deadlock, stalled, any };
inline const std::vector<std::string> kExpectationNames = {"ok", "violation", "deadlock", "stalled", "any"};
inline const std::string& name_of(Expectation e) { return kExpectationNames[static_cast<std::size_t>(e)]; }

inline bool is_met(Expectation expected, Outcome outcome) {
  return expected == Expectation::any ? outcome != Outcome::interrupted
                                      : name_of(expected) == to_string(outcome);
}

// 0 if and only if the expectation is met; else the outcome's own code, and 6 where it was ok. `signal`: of an
// interruption.
inline int exit_code(Expectation expected, Outcome outcome, int signal) {
  if (is_met(expected, outcome)) return 0;
  return outcome == Outcome::ok ? static_cast<int>(ExitCode::unexpected) : exit_code_of(outcome, signal);
}

}  // namespace banksim::cli
