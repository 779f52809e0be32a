// The command line: from argv to the command that it asks for, its options set; and what reads CLI11's tree for
// that: settings, help, completion.
#pragma once

#include "cli/command.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class FormatterBase;
}

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

// How many leading words are options that every command has, with their values.
std::size_t leading_general_options(const Program& program, const Words& words);

// Options that nobody typed, taken from the environment (--threads from BANKSIM_THREADS) or the file of
// --config, in CLI11's TOML: `threads = 50` for every command, or below `[compare]` for that one alone.
// What is typed wins over the environment, and that over the file. A setting binds only commands that have the
// option and whose range it fits: BANKSIM_THREADS=50 is for run, and explore goes on as if it were not there.
// What fits no command is an error: ConfigError names the variable, or the file and its key.
// CLI11 can do both by itself, but reads the environment for every command at once, lets a file win over it,
// ignores keys that it does not know and keeps the first value of a list.
void apply_settings(const Program& program, const Command& command);

// Makes CLI11's --help ours: examples first, then the options by group, then the exit codes. Plain ASCII, at
// most 100 columns. `program` must outlive it.
std::shared_ptr<CLI::FormatterBase> help_formatter(const Program& program);

// `banksim __complete WORDS...` gives the words typed after banksim, the last one as far as it is typed. The answer
// is what may stand for the last word, a line each with what it means after a tab; or ":files". bash gives the
// parts of --name=value and of a:b as words of their own: the answer is for the last part alone.
inline constexpr const char* kCompletionRequest = "__complete";
std::string offers_for(const Program& program, const Words& words);

int print(const std::string& text);  // to standard output; returns the exit code

}  // namespace banksim::cli
