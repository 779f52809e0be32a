// The command line: from argv to the command that it asks for, its options set.
#pragma once

#include "cli/command.hpp"

#include <banksim/simulate.hpp>

#include <functional>
#include <vector>

namespace banksim::cli {

// What was asked for; returns the exit code.
using Action = std::function<int()>;

// Finds the command (the default one where none is named), checks and sets its options. `table` must outlive
// the action. Throws ConfigError, one line, on anything that the contract does not allow.
Action parse(const Arguments& argv, const std::vector<Command>& table);

}  // namespace banksim::cli
