// The command line: from argv to the command that it asks for, its options set.
#pragma once

#include "cli/command.hpp"

#include <functional>
#include <vector>

namespace banksim::cli {

// Adds a command to the program. One function a command, each in a file of its own.
using Declare = void (*)(Program&);
void declare_run(Program& program);
void declare_compare(Program& program);
void declare_explore(Program& program);
void declare_strategies(Program& program);
void declare_completion(Program& program);
void declare_help(Program& program);

// What was asked for; returns the exit code.
using Action = std::function<int()>;

// Finds the command (the first where none is named), reads its options as typed, then as the environment and
// the file of --config set them. Throws ConfigError, one line, on anything that the contract does not allow.
Action parse(const Arguments& argv, const std::vector<Declare>& table);

}  // namespace banksim::cli
