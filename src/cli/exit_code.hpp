// What --expect makes of an outcome.
#pragma once

#include <banksim/result.hpp>

#include <string>
#include <vector>

namespace banksim::cli {

// What --expect asks for; `any` is every end but an interruption.
enum class Expectation { ok, violation, deadlock, stalled, any };
const std::vector<std::string>& expectation_names();

bool is_met(Expectation expected, Outcome outcome);

// 0 if and only if the expectation is met; else the outcome's own code, and 6 where it was ok. `signal`: of an
// interruption.
int exit_code(Expectation expected, Outcome outcome, int signal);

}  // namespace banksim::cli
