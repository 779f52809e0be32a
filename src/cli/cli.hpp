// The command line: its commands with their options, and who reads them: parser, settings, help, completion.
//
// They all read CLI11's own tree, so an option that works is also explained and completed. To add an option:
// one line in a Group. To add a command: one file with one function that declares it, and one line in
// main.cpp.
//
// This header and the files of the commands do without CLI11's headers, which cost ten seconds a source.
//
// Errors: ConfigError, one line, for anything typed or set that the contract does not allow.
//
// Threads: none. An option writes to the members that its command owns.
#pragma once

#include "cli/terminal.hpp"
#include "cli/values.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace banksim::cli {

// A line of two columns: an example and what it shows, an exit code and what it means.
struct Row {
  std::string left;
  std::string right;
};

// The exit codes that commands have in common.
inline const Row kCouldNotRun{"1", "could not do the job: threads, memory, input or output"};
inline const Row kUsage{"2", "usage: unknown option, bad value, impossible combination"};
inline const Row kInterrupted{"130, 143", "interrupted by SIGINT, SIGTERM; what there is is printed"};
inline const Row kBatch{"140, 152", "likewise by SIGUSR2, SIGXCPU; SIGUSR1 says on stderr how far it is"};
inline const std::vector<Row> kPrinterExitCodes = {
    {"0", "printed"}, {"1", "could not be written"}, {"2", "usage"}};

// On every command, and allowed before its name. --verbose speaks to the log itself.
struct GeneralOptions {
  When color = When::automatic;
  bool quiet = false;
  std::string config = {};  // empty: no file
};
inline constexpr const char* kGeneral = "General";  // their title

// What a command is executed for.
struct Request {
  const Words& argv;  // as typed
  const GeneralOptions& general;
  const struct Program& program;
};

struct Command {
  CLI::App* app;
  std::vector<Row> examples = {};
  std::vector<Row> exit_codes = {};
  std::function<int(const Request&)> execute = {};   // returns the exit code
  std::map<const CLI::Option*, Words> choices = {};  // words that a shell may offer
  GeneralOptions general = {};

  // Has it executed by this function, with options that live as long as the program.
  template <class Options>
  Options& executes(int (*function)(Options&, const Request&)) {
    const auto options = std::make_shared<Options>();
    execute = [options, function](const Request& request) { return function(*options, request); };
    return *options;
  }
};

struct Program {
  std::shared_ptr<CLI::App> app;
  std::deque<Command> commands = {};  // the first is the one that runs when none is named
};

// One title of a command's help with its options.
class Group {
 public:
  Group(Command& command, std::string title) : command_(command), title_(std::move(title)) {}

  // An option whose text `read` takes or refuses with ConfigError; the error then names the option. Of a
  // repeated one the last counts. `names` as CLI11 has them: "-t,--threads", or "NAME" of an argument. An
  // empty `fallback` says that there is no default.
  using Read = std::function<void(const std::string&)>;
  CLI::Option* read(const char* names, std::string value, const char* fallback, std::string help, Read read,
                    Words choices = {}) const;

  // The same, where `parse` makes the target's value from the text.
  template <class T, class Parse>
  CLI::Option* add(const char* names, std::string value, const char* fallback, std::string help, T& target,
                   Parse parse, Words choices = {}) const {
    const auto set = [&target, parse](const std::string& text) { target = parse(text); };
    return read(names, std::move(value), fallback, std::move(help), set, std::move(choices));
  }

  // One of a few words, which stand for the values 0, 1, 2 ... of the target.
  template <class T>
  CLI::Option* choose(const char* names, const char* fallback, std::string help, T& target,
                      const Words& words) const {
    const auto parse = [words](const std::string& text) { return static_cast<T>(parse_choice(text, words)); };
    return add(names, joined(words, "|"), fallback, std::move(help), target, parse, words);
  }

  // Each value counts, in the order typed.
  CLI::Option* read_each(const char* names, std::string value, std::string help, Read read) const;
  CLI::Option* flag(const char* names, std::string help, bool& target) const;

 private:
  Command& command_;
  std::string title_;
};

// Not both may be typed; of two that are set elsewhere the first counts.
void exclude(CLI::Option* one, CLI::Option* other);

// Adds a command to the program, all but its general options. One function a command, each in a file of its own.
using Declare = void (*)(Program&);
void declare_run(Program& program);
void declare_compare(Program& program);
void declare_explore(Program& program);
void declare_check(Program& program);
void declare_strategies(Program& program);
void declare_new(Program& program);
void declare_completion(Program& program);
void declare_help(Program& program);

Command& add_command(Program& program, const char* name, const char* summary);

// Finds the command (the first where none is named), reads its options as typed, then as the environment and
// the file of --config set them, and executes it. Returns the exit code; bad input is told, and is the code of usage.
int execute(const Words& argv, const std::vector<Declare>& table);

// To standard output, where its lines may be broken to the width of a terminal; returns the exit code.
int print(const std::string& text, bool may_break = false);

// ---- What the readers of the tree ask.

std::string long_name(const CLI::Option& option);   // "--threads"; of an argument its name
std::string short_name(const CLI::Option& option);  // "-t", or empty
bool is_flag(const CLI::Option& option);
CLI::Option* find_option(const Command& command, const std::string& name);  // by long or short name
// In the order declared, which those of a title follow each other in.
std::vector<CLI::Option*> options_of(const Command& command);
std::vector<CLI::Option*> arguments_of(const Command& command);
Words command_names(const Program& program);
const Command* find_command(const Program& program, const std::string& name);

// How many leading words are options that every command has, with their values.
std::size_t leading_general_options(const Program& program, const Words& words);

// Options that nobody typed, taken from the environment (--threads from BANKSIM_THREADS) or the file of
// --config, in CLI11's TOML: `threads = 50` for every command, or below `[compare]` for that one alone.
// What is typed wins over the environment, and that over the file. A setting binds only commands that have
// the option and whose range it fits: BANKSIM_THREADS=50 is for run, and explore goes on as if it were not
// there. What fits no command is an error: ConfigError names the variable, or the file and its key. CLI11 can
// do both by itself, but reads the environment for every command at once, lets a file win over it, ignores
// keys that it does not know and keeps the first value of a list.
void apply_settings(const Program& program, const Command& command);

// Examples first, then the options by group, then the exit codes. Plain ASCII, at most 100 columns.
std::string help_of(const Program& program);
std::string help_of(const Command& command);

// `banksim __complete WORDS...` gives the words typed after banksim, the last one as far as it is typed. The
// answer is what may stand for the last word, a line each with what it means after a tab; or ":files". bash
// gives the parts of --name=value and of a:b as words of their own: the answer is for the last part alone.
inline constexpr const char* kCompletionRequest = "__complete";
std::string offers_for(const Program& program, Words words);

// What does not fit a command's help: `banksim help TOPIC`. Plain ASCII, a line a paragraph.
struct Topic {
  std::string_view name;
  std::string_view summary;
  std::string text;
};
std::span<const Topic> topics();

}  // namespace banksim::cli
