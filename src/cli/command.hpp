// The commands and their options: a CLI::App each, and what CLI11 has no place for.
//
// The parser, the help, the manual page and the completion all read CLI11's own tree, so an option that works
// is also explained and completed. To add an option: one line in a Group. To add a command: one file with one
// function that declares it, and one line in main.cpp.
// This header and the files of the commands do without CLI11's headers, which cost ten seconds a source.
// Threads: none; an option writes to the members that its command owns.
#pragma once

#include "cli/values.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace banksim::cli {

using Arguments = std::vector<std::string>;  // argv as typed
using Words = std::vector<std::string>;

// A line of two columns: an example and what it shows, an exit code and what it means.
struct Row {
  std::string left;
  std::string right;
};

// The exit codes that commands have in common.
inline const Row kCouldNotRun{"1", "could not do the job: threads, memory, input or output"};
inline const Row kUsage{"2", "usage: unknown option, bad value, impossible combination"};
inline const std::vector<Row> kPrinterExitCodes = {
    {"0", "printed"}, {"1", "could not be written"}, {"2", "usage"}};

// On every command, and allowed before its name. --verbose speaks to the log itself.
struct GeneralOptions {
  enum class Color { automatic, always, never };
  Color color = Color::automatic;
  bool quiet = false;
};
inline constexpr const char* kGeneral = "General";  // their title

// What a command is executed for.
struct Request {
  const Arguments& argv;
  const GeneralOptions& general;
};

struct Command {
  CLI::App* app;
  std::vector<Row> examples = {};
  std::vector<Row> exit_codes = {};
  std::function<int(const Request&)> execute = {};   // returns the exit code
  std::map<const CLI::Option*, Words> choices = {};  // words that a shell may offer
  GeneralOptions general = {};
};

struct Program {
  std::shared_ptr<CLI::App> app;
  std::deque<Command> commands = {};  // the first is the one that runs when none is named
};

Command& add_command(Program& program, const char* name, const char* summary);
void add_general_options(Command& command);
std::string version_line();

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

  // One of the words, which stand for the values 0, 1, 2 ... of an enumeration. Few words are their own value.
  template <class Enum>
  CLI::Option* choose(const char* names, std::string value, const char* fallback, std::string help,
                      Enum& target, const Words& words) const {
    const auto parse = [words](const std::string& text) {
      return static_cast<Enum>(parse_choice(text, words));
    };
    return add(names, std::move(value), fallback, std::move(help), target, parse, words);
  }

  // Each value counts, in the order typed.
  CLI::Option* read_each(const char* names, std::string value, std::string help, Read read) const;
  CLI::Option* flag(const char* names, std::string help, bool& target) const;

 private:
  Command& command_;
  std::string title_;
};

void require(CLI::Option* argument);
// Not both may be typed; of two that are set elsewhere the first counts.
void exclude(CLI::Option* one, CLI::Option* other);

// What the readers of the tree ask of an option.
std::string long_name(const CLI::Option& option);   // "--threads"; of an argument its name
std::string short_name(const CLI::Option& option);  // "-t", or empty
bool is_flag(const CLI::Option& option);
bool is_argument(const CLI::Option& option);

// And of a command: its options, in the order declared, which those of a title follow each other in.
CLI::Option* find_option(const Command& command, const std::string& name);  // by long or short name
std::vector<CLI::Option*> arguments_of(const Command& command);
std::vector<CLI::Option*> options_of(const Command& command);  // all others
struct TitledOptions {
  std::string title;
  std::vector<CLI::Option*> options;
};
std::vector<TitledOptions> groups_of(const Command& command);

Words command_names(const Program& program);
const Command* find_command(const Program& program, const std::string& name);

}  // namespace banksim::cli
