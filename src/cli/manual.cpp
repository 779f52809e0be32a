#include "cli/help.hpp"
#include "cli/suggest.hpp"
#include "registry.hpp"
#include "run/platform.hpp"

#include <CLI/CLI.hpp>

#include <map>
#include <string_view>

namespace banksim::cli {
namespace {

// ---- roff ----

// Text that is printed as it is: a reader may copy a quote or a minus, and no line is taken for a request.
std::string roff(std::string_view text) {
  static const std::map<char, std::string_view> escapes = {{'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"},
                                                           {'`', "\\(ga"}, {'^', "\\(ha"}, {'~', "\\(ti"},
                                                           {'"', "\\(dq"}};
  std::string result;
  for (const char c : text) {
    const auto escape = escapes.find(c);
    result += escape == escapes.end() ? std::string(1, c) : std::string(escape->second);
  }
  return result.starts_with('.') ? "\\&" + result : result;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }
std::string heading(const std::string& title) { return ".SH " + title + "\n"; }
std::string subheading(std::string_view title) { return ".SS " + roff(title) + "\n"; }
std::string paragraph(const std::string& text) { return ".PP\n" + text + "\n"; }
std::string item(const std::string& tag, const std::string& text) {
  return ".TP\n" + tag + "\n" + text + "\n";
}
std::string items(const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) text += item(bold(row.left), roff(row.right));
  return text;
}

// ---- Options ----

std::string tag(const CLI::Option& option) {
  if (is_argument(option)) return italic(long_name(option));
  const std::string before = short_name(option).empty() ? "" : bold(short_name(option)) + ", ";
  return before + bold(long_name(option)) + (is_flag(option) ? "" : " " + italic(option.get_type_name()));
}

std::string items(const std::vector<const CLI::Option*>& options) {
  std::string text;
  for (const CLI::Option* option : options) {
    const std::string fallback = option->get_default_str();
    text += item(tag(*option),
                 roff(option->get_description()) + (fallback.empty() ? "" : " [" + bold(fallback) + "]"));
  }
  return text;
}

// A group that another command has too is explained once, and then referred to.
std::string commands_section(const Program& program) {
  std::string text = heading("COMMANDS");
  std::map<std::string, std::string> explained;  // a group, word for word, and by which command
  for (const Command& command : program.commands) {
    const std::string name = command.app->get_name();
    text += subheading(synopsis(command)) + roff(command.app->get_description()) + ".\n";
    if (&command == &program.commands.front()) text += "This is what runs when no command is named.\n";
    text += items(arguments_of(command));
    for (const TitledOptions& group : groups_of(command)) {
      const std::string title = paragraph(italic(group.title));
      const std::string body = items(group.options);
      const auto [first, is_new] = explained.emplace(title + body, name);
      text += title + (is_new ? body : ".RS\nsee " + bold("banksim " + first->second) + "\n.RE\n");
    }
  }
  return text;
}

// ---- The rest ----

std::string synopsis_section(const Program& program) {
  std::string text = heading("SYNOPSIS") + bold("banksim") + " [" + italic("OPTIONS") + "]\n";
  for (const Command& command : program.commands) {
    const std::string whole = synopsis(command);
    const std::size_t rest = std::string("banksim ").size() + command.app->get_name().size();
    text += ".br\n" + bold(whole.substr(0, rest)) + roff(whole.substr(rest)) + "\n";
  }
  return text;
}

std::string strategies_section() {
  std::string text = heading("STRATEGIES");
  for (const StrategyEntry& entry : strategies())
    text +=
        item(bold(entry.name), roff(entry.summary) + "\n.br\n" + roff("wins: " + std::string(entry.wins)));
  return text;
}

// What prints shares one list.
std::string exit_section(const Program& program) {
  std::map<std::string, std::string> names;  // by list
  for (const Command& command : program.commands) {
    std::string& same = names[items(command.exit_codes)];
    same += (same.empty() ? "" : ", ") + command.app->get_name();
  }
  std::string text = heading("EXIT STATUS");
  for (const auto& [codes, commands] : names) text += subheading(commands) + codes;
  return text;
}

std::string examples_section(const Program& program) {
  std::string text = heading("EXAMPLES");
  for (const Command& command : program.commands) text += items(command.examples);
  return text;
}

std::string environment_section() {
  return heading("ENVIRONMENT") +
         items({{"BANKSIM_THREADS",
                 "and so on: an option of the command, with its name in capitals and _ for -"},
                {"BANKSIM_CONFIG", "as --config"},
                {"NO_COLOR", "not empty: no colour where --color is auto"},
                {"CLICOLOR_FORCE", "neither empty nor 0: colour even where the output is no terminal"},
                {"TERM", "dumb or not set: no colour"},
                {"LC_ALL, LC_CTYPE, LANG", "the first that is set: UTF-8 or plain ASCII"},
                {"COLUMNS", "how wide a comparison is, where the terminal does not say"},
                {"CI", "set: no progress, unless --progress always"},
                {"GITHUB_ACTIONS",
                 "true: the warnings and failures of a comparison are written as annotations"}});
}

std::string files_section() {
  return heading("FILES") +
         roff(
             "A file named to --output or --export is tried before the first run, so that a hopeless one is "
             "never started. What it held is replaced only once there is a result.") +
         "\n" +
         paragraph(
             roff("The file of --config has a line for each setting, as threads = 50, for every command "
                  "that has the option; lines below [compare] are for that command alone. A setting that "
                  "a command has no use for, or that is out of its range, does not bind it.")) +
         paragraph(roff("JSON carries schema and schema_version; fields are added without a new version. CSV "
                        "has a header, one row a run, and new columns only at the end."));
}

}  // namespace

std::string manual_page(const Program& program) {
  return std::string(".TH BANKSIM 1 \"\" \"banksim ") + version() + "\" \"User Commands\"\n" +
         ".nh\n.ad l\n" +  // options and numbers are not to be broken or pulled apart
         heading("NAME") + "banksim \\- " + roff(program_summary()) + "\n" + synopsis_section(program) +
         heading("DESCRIPTION") + "banksim " + roff(program_summary()) + ".\n" +
         "The result is one document on standard output; everything else goes to standard error.\n" +
         paragraph(roff(joined(conventions(), "\n"))) + commands_section(program) + strategies_section() +
         exit_section(program) + environment_section() + files_section() + examples_section(program);
}

}  // namespace banksim::cli
