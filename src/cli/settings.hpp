// Options that nobody typed, taken from the environment (--threads from BANKSIM_THREADS) or the file of
// --config, in CLI11's TOML: `threads = 50` for every command, or below `[compare]` for that one alone.
//
// What is typed wins over the environment, and that over the file. A setting binds only commands that have the
// option and whose range it fits: BANKSIM_THREADS=50 is for run, and explore goes on as if it were not there.
// What fits no command is an error.
//
// CLI11 can do both by itself, but reads the environment for every command at once, lets a file win over it,
// ignores keys that it does not know and keeps the first value of a list.
#pragma once

#include "cli/command.hpp"

namespace banksim::cli {

// Call once what was typed is parsed. Throws ConfigError, which names the variable, or the file and its key.
void apply_settings(const Program& program, const Command& command);

}  // namespace banksim::cli
