// The look of --help and of the manual page, both made from the live tree, and the command that shows them.
#include "cli/cli.hpp"
#include "registry.hpp"
#include "report/text.hpp"
#include "run/platform.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace banksim::cli {
namespace {

// ---- What both say ----

constexpr const char* kSummary =
    "runs, measures and exhaustively checks strategies for locking bank accounts";
constexpr const char* kConventions =
    "TIME is a number and ns, us, ms, s, m or h, as 250ms or 1m30s; a bare number is seconds.\n"
    "N may end in k, m or g, as 1.5m, or be 1e6. If an option is repeated, the last value wins.\n"
    "Options are also set by the environment (--threads by BANKSIM_THREADS) and by lines of the file of\n"
    "--config (threads = 50). What is typed wins over the environment, and that over the file.";

std::string name_of(const Command& command) { return command.app->get_name(); }

// " [OPTIONS] [COMMAND]"
std::string usage(const Command& command) {
  std::string text = " [OPTIONS]";
  for (const CLI::Option* argument : arguments_of(command))
    text += argument->get_required() ? " " + long_name(*argument) : " [" + long_name(*argument) + "]";
  return text;
}

// None of the group of arguments, which are no options.
std::vector<CLI::Option*> options_in(const Command& command, const std::string& group) {
  return command.app->get_options([&group](const CLI::Option* option) {
    return !option->get_positional() && option->get_group() == group;
  });
}

// "-t, --threads N" and what it means, of each. Long names stand below each other.
std::vector<Row> rows_of(const std::vector<CLI::Option*>& options) {
  std::vector<Row> rows;
  for (const CLI::Option* option : options) {
    std::string left = long_name(*option);
    const std::string letter = short_name(*option), fallback = option->get_default_str();
    if (!option->get_positional()) left = (letter.empty() ? "    " : letter + ", ") + left;
    if (!option->get_positional() && !is_flag(*option)) left += " " + option->get_type_name();
    rows.push_back({left, option->get_description() + (fallback.empty() ? "" : " [" + fallback + "]")});
  }
  return rows;
}

// ---- Help ----

std::size_t width_of(const std::vector<Row>& rows) {
  std::size_t width = 0;
  for (const Row& row : rows) width = std::max(width, row.left.size());
  return width;
}

std::string section(const std::string& title, const std::vector<Row>& rows, std::size_t width = 0) {
  if (rows.empty()) return {};
  width = std::max(width, width_of(rows));
  std::string text = "\n" + title + ":\n";
  for (const Row& row : rows) text += fmt::format("  {:<{}}  {}\n", row.left, width, row.right);
  return text;
}

std::string options_text(const Command& command) {
  const std::size_t width = width_of(rows_of(options_of(command)));
  std::string text = section("Arguments", rows_of(arguments_of(command)), width);
  for (const std::string& group : command.app->get_groups())
    text += section(group, rows_of(options_in(command, group)), width);
  return text;
}

std::vector<Row> topic_rows() {
  std::vector<Row> rows;
  for (const Topic& topic : topics())
    rows.push_back({"help " + std::string(topic.name), std::string(topic.summary)});
  return rows;
}

// ---- The manual page, as roff ----

// man(7) macros alone, which groff and mandoc both know. Plain ASCII; the same for the same program, so it
// carries no date. A reader may copy a quote or a minus, and no line is taken for a request.
std::string roff(std::string_view text) {
  static const std::map<char, std::string_view> escapes = {{'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"},
                                                           {'`', "\\(ga"}, {'^', "\\(ha"}, {'~', "\\(ti"},
                                                           {'"', "\\(dq"}};
  std::string result(text.starts_with('.') ? "\\&" : "");
  for (const char c : text) {
    const auto escape = escapes.find(c);
    result += escape == escapes.end() ? std::string_view(&c, 1) : escape->second;
  }
  return result;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

// The texts that `text_of` makes of each, one after the other.
template <class Range, class TextOf>
std::string each_text(const Range& range, TextOf text_of) {
  std::string text;
  for (const auto& one : range) text += text_of(one);
  return text;
}

std::string item(const std::string& left, const std::string& right) {
  return fmt::format(".TP\n{}\n{}\n", left, right);
}

std::string plain_items(const std::vector<Row>& rows) {
  return each_text(rows, [](const Row& row) { return item(bold(row.left), roff(row.right)); });
}

std::string option_items(const std::vector<CLI::Option*>& options) {
  return each_text(options, [](const CLI::Option* option) {
    const std::string name = long_name(*option), letter = short_name(*option);
    const std::string fallback = option->get_default_str();
    const std::string value = is_flag(*option) ? "" : " " + italic(option->get_type_name());
    const std::string names = (letter.empty() ? "" : bold(letter) + ", ") + bold(name) + value;
    return item(option->get_positional() ? italic(name) : names,
                roff(option->get_description()) + (fallback.empty() ? "" : " [" + bold(fallback) + "]"));
  });
}

// A group that another command has too is explained once, and then referred to.
std::string commands_text(const Program& program) {
  std::map<std::string, std::string> explained;  // a group, word for word, and by which command
  return each_text(program.commands, [&](const Command& command) {
    const std::string name = name_of(command);
    std::string text = fmt::format(".SS {}\n{}.\n", roff("banksim " + name + usage(command)),
                                   roff(command.app->get_description()));
    if (&command == &program.commands.front()) text += "This is what runs when no command is named.\n";
    text += option_items(arguments_of(command));
    for (const std::string& group : command.app->get_groups()) {
      const std::string body = option_items(options_in(command, group));
      if (body.empty()) continue;
      const std::string heading = fmt::format(".PP\n{}\n", italic(group));
      const auto [first, is_new] = explained.emplace(heading + body, name);
      text += heading + (is_new ? body : ".RS\nsee " + bold("banksim " + first->second) + "\n.RE\n");
    }
    return text;
  });
}

// What prints shares one list.
std::string exit_codes_text(const Program& program) {
  std::map<std::string, Words> names;  // by list
  for (const Command& command : program.commands)
    names[plain_items(command.exit_codes)].push_back(name_of(command));
  return each_text(names,
                   [](const auto& one) { return fmt::format(".SS {}\n{}", joined(one.second), one.first); });
}

const std::vector<Row> kVariables = {
    {"BANKSIM_THREADS", "and so on: an option of the command, with its name in capitals and _ for -"},
    {"BANKSIM_CONFIG", "as --config"},
    {"NO_COLOR", "not empty: no colour where --color is auto"},
    {"CLICOLOR_FORCE", "neither empty nor 0: colour even where the output is no terminal"},
    {"TERM", "dumb or not set: no colour"},
    {"LC_ALL, LC_CTYPE, LANG", "the first that is set: UTF-8 or plain ASCII"},
    {"COLUMNS", "how wide a text is, where the terminal does not say"},
    {"CI", "set: no progress, unless --progress always"},
    {"GITHUB_ACTIONS", "true: warnings and failures are written as annotations"}};

// Options and numbers are not to be broken or pulled apart.
constexpr const char* kManual =
    R"(.TH BANKSIM 1 "" "banksim {version}" "User Commands"
.nh
.ad l
.SH NAME
banksim \- {summary}
.SH SYNOPSIS
\fBbanksim\fR [\fIOPTIONS\fR]
{synopsis}.SH DESCRIPTION
banksim {summary}.
The result is one document on standard output; everything else goes to standard error.
.PP
{conventions}
.SH COMMANDS
{commands}.SH STRATEGIES
{strategies}.SH EXIT STATUS
{exit_codes}.SH ENVIRONMENT
{variables}.SH HELP TOPICS
{topics}.SH FILES
A file named to \-\-output or \-\-export is tried before the first run, so that a hopeless one )"
    R"(is never started. What it held is replaced only once there is a result.
.PP
The file of \-\-config has a line for each setting, as threads = 50, for every command that has )"
    R"(the option; lines below [compare] are for that command alone. A setting that a command has no )"
    R"(use for, or that is out of its range, does not bind it.
.PP
JSON carries schema and schema_version; fields are added without a new version. CSV has a )"
    R"(header, one row a run, and new columns only at the end.
.SH EXAMPLES
{examples})";

std::string manual_page(const Program& program) {
  const auto synopsis = [](const Command& command) {
    return fmt::format(".br\n{}{}\n", bold("banksim " + name_of(command)), roff(usage(command)));
  };
  const auto strategy = [](const StrategyEntry& entry) {
    return item(bold(entry.name), roff(entry.summary) + "\n.br\n" + roff("wins: " + std::string(entry.wins)));
  };
  const auto examples = [](const Command& command) { return plain_items(command.examples); };
  using fmt::arg;
  return fmt::format(
      kManual, arg("version", version()), arg("summary", roff(kSummary)),
      arg("conventions", roff(kConventions)), arg("synopsis", each_text(program.commands, synopsis)),
      arg("commands", commands_text(program)), arg("strategies", each_text(strategies(), strategy)),
      arg("exit_codes", exit_codes_text(program)), arg("variables", plain_items(kVariables)),
      arg("topics", plain_items(topic_rows())), arg("examples", each_text(program.commands, examples)));
}

Words subjects(const Program& program) {
  Words names = command_names(program);
  for (const Topic& topic : topics()) names.emplace_back(topic.name);
  return names;
}

struct HelpOptions {
  std::string subject;  // empty: the program
  bool manual = false;
};

std::string text_of(const HelpOptions& options, const Program& program) {
  const std::string& name = options.subject;
  if (options.manual && !name.empty())
    throw ConfigError("--man is one page for all commands; leave out '" + name + "'");
  if (options.manual) return manual_page(program);
  if (name.empty()) return help_of(program);
  if (const Command* command = find_command(program, name)) return help_of(*command);
  for (const Topic& topic : topics())
    if (topic.name == name) return topic.text;
  const Words known = subjects(program);
  throw ConfigError("unknown command or topic '" + name + "'" + did_you_mean(name, known));
}

}  // namespace

std::string help_of(const Command& command) {
  const std::string name = name_of(command);
  return fmt::format("banksim {0}: {1}\n\nUsage: banksim {0}{2}\n", name, command.app->get_description(),
                     usage(command)) +
         section("Examples", command.examples) + options_text(command) +
         section("Exit codes", command.exit_codes) +
         (name == "run" ? std::string("\n") + kConventions + "\n" : "");
}

std::string help_of(const Program& program) {
  const Command& main = program.commands.front();
  std::vector<Row> rows;
  for (const Command& command : program.commands)
    rows.push_back({name_of(command), command.app->get_description()});
  rows.front().right += " (the default)";
  return fmt::format("banksim {}: {}\n\nUsage: banksim [OPTIONS]\n       banksim COMMAND [OPTIONS]\n",
                     version(), kSummary) +
         section("Examples", main.examples) + section("Commands", rows) +
         section("Topics of help", topic_rows()) + options_text(main) +
         section("Exit codes", main.exit_codes) + "\n" + kConventions + "\n";
}

void declare_help(Program& program) {
  Command& command =
      add_command(program, "help", "explain the program, a command or a topic; or print the manual page");
  command.examples = {{"banksim help run", "every option of run"},
                      {"banksim help words", "what the words of the reports mean"},
                      {"banksim help --man | man -l -", "the manual page, where it is not installed"}};
  command.exit_codes = kPrinterExitCodes;
  HelpOptions& options = command.executes<HelpOptions>([](HelpOptions& chosen, const Request& request) {
    return print(text_of(chosen, request.program), !chosen.manual);
  });
  const auto subject = [](const std::string& text) { return text; };
  Group(command, "Arguments")
      .add("SUBJECT", "SUBJECT", "", "a command, or a topic; none: the program", options.subject, subject,
           subjects(program));
  Group(command, "Output").flag("--man", "the manual page of all commands, as roff", options.manual);
}

}  // namespace banksim::cli
