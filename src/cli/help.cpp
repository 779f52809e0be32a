// The look of --help and of the manual page, both made from the live tree, and the command that shows them.
#include "cli/cli.hpp"
#include "registry.hpp"
#include "run/platform.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

namespace banksim::cli {
namespace {

// ---- What both say ----

constexpr const char* kSummary = "runs, watches, measures and proves ways of locking a bank's accounts";
constexpr const char* kConventions =
    "TIME is a number and ns, us, ms, s, m or h, as 250ms or 1m30s; a bare number is seconds.\n"
    "N may end in k, m or g, as 1.5m, or be written as 1e6. Of an option given twice the last counts.\n"
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

// How the parts of an explanation are marked: text, what is typed as it stands, what stands for something.
struct Marks {
  using Mark = std::string (*)(std::string_view);
  Mark text;
  Mark bold;
  Mark italic;
  const char* no_short_name;
};

// "-t, --threads N" and what it means.
Row row_of(const CLI::Option& option, const Marks& mark) {
  const std::string fallback = option.get_default_str();
  const std::string right =
      mark.text(option.get_description()) + (fallback.empty() ? "" : " [" + mark.bold(fallback) + "]");
  if (is_argument(option)) return {mark.italic(long_name(option)), right};
  const std::string first =
      short_name(option).empty() ? mark.no_short_name : mark.bold(short_name(option)) + ", ";
  const std::string value = is_flag(option) ? "" : " " + mark.italic(option.get_type_name());
  return {first + mark.bold(long_name(option)) + value, right};
}

std::vector<Row> rows_of(const std::vector<CLI::Option*>& options, const Marks& marks) {
  std::vector<Row> rows;
  for (const CLI::Option* option : options) rows.push_back(row_of(*option, marks));
  return rows;
}

// ---- Help ----

std::string plain(std::string_view text) { return std::string(text); }
constexpr Marks kPlain = {plain, plain, plain, "    "};  // long names stand below each other

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
  const std::size_t width = width_of(rows_of(options_of(command), kPlain));
  std::string text = section("Arguments", rows_of(arguments_of(command), kPlain), width);
  for (const TitledOptions& group : groups_of(command))
    text += section(group.title, rows_of(group.options, kPlain), width);
  return text;
}

std::string command_help(const Command& command) {
  const std::string name = name_of(command);
  return fmt::format("banksim {0}: {1}\n\nUsage: banksim {0}{2}\n", name, command.app->get_description(),
                     usage(command)) +
         section("Examples", command.examples) + options_text(command) +
         section("Exit codes", command.exit_codes) +
         (name == "run" ? fmt::format("\n{}\n", kConventions) : "");
}

std::string program_help(const Program& program) {
  const Command& main = program.commands.front();
  std::vector<Row> rows;
  for (const Command& command : program.commands)
    rows.push_back({name_of(command), command.app->get_description()});
  rows.front().right += " (the default)";
  return fmt::format("banksim {}: {}\n\nUsage: banksim [OPTIONS]\n       banksim COMMAND [OPTIONS]\n",
                     version(), kSummary) +
         section("Examples", main.examples) + section("Commands", rows) + options_text(main) +
         section("Exit codes", main.exit_codes) + fmt::format("\n{}\n", kConventions);
}

class HelpFormatter final : public CLI::Formatter {
 public:
  explicit HelpFormatter(const Program& program) : program_(program) {}

  std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const override {
    const auto command = std::ranges::find(program_.commands, app, &Command::app);
    return command == program_.commands.end() ? program_help(program_) : command_help(*command);
  }

 private:
  const Program& program_;
};

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
constexpr Marks kRoff = {roff, bold, italic, ""};

std::string heading(const char* title) { return fmt::format(".SH {}\n", title); }
std::string paragraph(std::string_view text) { return fmt::format(".PP\n{}\n", text); }

std::string items(const std::vector<Row>& marked) {
  std::string text;
  for (const Row& row : marked) text += fmt::format(".TP\n{}\n{}\n", row.left, row.right);
  return text;
}

std::string plain_items(std::vector<Row> rows) {
  for (Row& row : rows) row = {bold(row.left), roff(row.right)};
  return items(rows);
}

// A group that another command has too is explained once, and then referred to.
std::string commands_section(const Program& program) {
  std::string text = heading("COMMANDS");
  std::map<std::string, std::string> explained;  // a group, word for word, and by which command
  for (const Command& command : program.commands) {
    const std::string name = name_of(command);
    text += fmt::format(".SS {}\n{}.\n", roff("banksim " + name + usage(command)),
                        roff(command.app->get_description()));
    if (&command == &program.commands.front()) text += "This is what runs when no command is named.\n";
    text += items(rows_of(arguments_of(command), kRoff));
    for (const TitledOptions& group : groups_of(command)) {
      const std::string title = paragraph(italic(group.title));
      const std::string body = items(rows_of(group.options, kRoff));
      const auto [first, is_new] = explained.emplace(title + body, name);
      text += title + (is_new ? body : ".RS\nsee " + bold("banksim " + first->second) + "\n.RE\n");
    }
  }
  return text;
}

std::string synopsis_section(const Program& program) {
  std::string text = heading("SYNOPSIS") + bold("banksim") + " [" + italic("OPTIONS") + "]\n";
  for (const Command& command : program.commands)
    text += fmt::format(".br\n{}{}\n", bold("banksim " + name_of(command)), roff(usage(command)));
  return text;
}

std::string strategies_section() {
  std::vector<Row> rows;
  for (const StrategyEntry& entry : strategies())
    rows.push_back(
        {bold(entry.name), roff(entry.summary) + "\n.br\n" + roff("wins: " + std::string(entry.wins))});
  return heading("STRATEGIES") + items(rows);
}

// What prints shares one list.
std::string exit_section(const Program& program) {
  std::map<std::string, Words> names;  // by list
  for (const Command& command : program.commands)
    names[plain_items(command.exit_codes)].push_back(name_of(command));
  std::string text = heading("EXIT STATUS");
  for (const auto& [codes, commands] : names) text += fmt::format(".SS {}\n{}", joined(commands), codes);
  return text;
}

std::string examples_section(const Program& program) {
  std::string text = heading("EXAMPLES");
  for (const Command& command : program.commands) text += plain_items(command.examples);
  return text;
}

const std::vector<Row> kVariables = {
    {"BANKSIM_THREADS", "and so on: an option of the command, with its name in capitals and _ for -"},
    {"BANKSIM_CONFIG", "as --config"},
    {"NO_COLOR", "not empty: no colour where --color is auto"},
    {"CLICOLOR_FORCE", "neither empty nor 0: colour even where the output is no terminal"},
    {"TERM", "dumb or not set: no colour"},
    {"LC_ALL, LC_CTYPE, LANG", "the first that is set: UTF-8 or plain ASCII"},
    {"COLUMNS", "how wide a comparison is, where the terminal does not say"},
    {"CI", "set: no progress, unless --progress always"},
    {"GITHUB_ACTIONS", "true: the warnings and failures of a comparison are written as annotations"}};

constexpr const char* kOutputFiles =
    "A file named to --output or --export is tried before the first run, so that a hopeless one is never "
    "started. What it held is replaced only once there is a result.";
constexpr const char* kSettingsFile =
    "The file of --config has a line for each setting, as threads = 50, for every command that has the "
    "option; lines below [compare] are for that command alone. A setting that a command has no use for, or "
    "that is out of its range, does not bind it.";
constexpr const char* kSchemas =
    "JSON carries schema and schema_version; fields are added without a new version. CSV has a header, one "
    "row a run, and new columns only at the end.";

std::string manual_page(const Program& program) {
  return fmt::format(".TH BANKSIM 1 \"\" \"banksim {}\" \"User Commands\"\n", version()) +
         ".nh\n.ad l\n" +  // options and numbers are not to be broken or pulled apart
         heading("NAME") + "banksim \\- " + roff(kSummary) + "\n" + synopsis_section(program) +
         heading("DESCRIPTION") + "banksim " + roff(kSummary) + ".\n" +
         "The result is one document on standard output; everything else goes to standard error.\n" +
         paragraph(roff(kConventions)) + commands_section(program) + strategies_section() +
         exit_section(program) + heading("ENVIRONMENT") + plain_items(kVariables) + heading("FILES") +
         roff(kOutputFiles) + "\n" + paragraph(roff(kSettingsFile)) + paragraph(roff(kSchemas)) +
         examples_section(program);
}

struct HelpOptions {
  std::string command;  // empty: the program
  bool manual = false;
};

std::string text_of(const HelpOptions& options, const Program& program) {
  const std::string& name = options.command;
  if (options.manual && !name.empty())
    throw ConfigError("--man is one page for all commands; leave out '" + name + "'");
  if (options.manual) return manual_page(program);
  if (name.empty()) return program_help(program);
  if (const Command* command = find_command(program, name)) return command_help(*command);
  throw ConfigError("unknown command '" + name + "'" + did_you_mean(name, command_names(program)));
}

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_formatter(const Program& program) {
  return std::make_shared<HelpFormatter>(program);
}

void declare_help(Program& program) {
  const auto options = std::make_shared<HelpOptions>();
  Command& command =
      add_command(program, "help", "explain the program, or a command; or print the manual page");
  command.examples = {{"banksim help run", "every option of run"},
                      {"banksim help --man | man -l -", "the manual page, where it is not installed"}};
  command.exit_codes = kPrinterExitCodes;
  const auto set_command = [options](const std::string& text) { options->command = text; };
  Group(command, "Arguments")
      .read("COMMAND", "COMMAND", "", "none: the program", set_command, command_names(program));
  Group(command, "Output").flag("--man", "the manual page of all commands, as roff", options->manual);
  add_general_options(command);
  command.execute = [options, &program](const Request&) { return print(text_of(*options, program)); };
}

}  // namespace banksim::cli
