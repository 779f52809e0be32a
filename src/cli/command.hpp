// What the command line is made of, as plain values: commands, groups of options, options.
//
// The parser (cli.cpp), the help (help.cpp), the manual page (manual.cpp) and the completion scripts
// (completion.cpp) all read these tables, so an option that works is also explained and completed. To add a
// command: one file with one function that returns its Command, and one line in commands(). Threads values;
// an option's `set` writes to the options that its command owns.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace banksim::cli {

struct Option {
  std::string names;          // "-t,--threads"; of an argument: "NAME"
  std::string value = {};     // "N"; empty: a flag
  std::string fallback = {};  // the default as typed; empty: none
  std::string help = {};
  std::vector<std::string> choices = {};             // words that a shell may offer
  bool is_path = false;                              // or files
  bool required = false;                             // of arguments only
  bool repeatable = false;                           // each counts; else the last does
  std::function<void(const std::string&)> set = {};  // throws ConfigError; a flag is given ""

  std::string long_name() const;   // "--threads"; of an argument: its name
  std::string short_name() const;  // "-t", or empty
  bool is_flag() const { return value.empty(); }
};

struct OptionGroup {
  std::string title;
  std::vector<Option> options;
};

// A line of two columns: an example and what it shows, an exit code and what it means.
struct Row {
  std::string left;
  std::string right;
};

using Arguments = std::vector<std::string>;  // argv as typed

struct Command {
  std::string name;
  std::string summary;
  std::vector<Row> examples = {};
  std::vector<Option> arguments = {};  // positional, each at most once
  std::vector<OptionGroup> groups = {};
  std::vector<Row> exit_codes = {};
  std::function<int(const Arguments&)> execute = {};  // returns the exit code

  const Option* find(const std::string& name) const;  // by long or short name
  std::vector<std::string> long_names() const;
};

// Every command that exists; the first is the one that runs when none is named.
std::vector<Command> commands();
std::vector<std::string> command_names(const std::vector<Command>& table);
const Command* find_command(const std::vector<Command>& table, const std::string& name);

// One function a command, each in a file of its own.
Command run_command();
Command compare_command();
Command explore_command();
Command strategies_command();
Command completion_command();
Command help_command();

// On every command, and allowed before its name. -h and -V are the parser's.
struct GeneralOptions {
  enum class Color { automatic, always, never };
  Color color = Color::automatic;
  bool quiet = false;
  bool verbose = false;
};
OptionGroup general_options(GeneralOptions& options);

// What the help and the manual page say alike.
std::string synopsis(const Command& command);  // "banksim help [OPTIONS] [COMMAND]"
std::string_view program_summary();            // what banksim does, without an end
std::string_view value_conventions();          // lines on how times and numbers are written

std::string program_help(const std::vector<Command>& table);
std::string command_help(const Command& command);

}  // namespace banksim::cli
