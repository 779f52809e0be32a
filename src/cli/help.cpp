// The look of --help, and the command that shows it.
#include "cli/help.hpp"

#include "cli/cli.hpp"
#include "cli/output.hpp"
#include "cli/suggest.hpp"
#include "run/platform.hpp"

#include <banksim/config.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>

namespace banksim::cli {
namespace {

std::string section(const std::string& title, const std::vector<Row>& rows, std::size_t width = 0) {
  if (rows.empty()) return {};
  for (const Row& row : rows) width = std::max(width, row.left.size());
  std::string text = "\n" + title + ":\n";
  for (const Row& row : rows)
    text += "  " + row.left + std::string(width + 2 - row.left.size(), ' ') + row.right + "\n";
  return text;
}

// "-t, --threads N"; long names stand below each other.
std::string signature(const CLI::Option& option) {
  if (is_argument(option)) return long_name(option);
  const std::string before = short_name(option).empty() ? "    " : short_name(option) + ", ";
  return before + long_name(option) + (is_flag(option) ? "" : " " + option.get_type_name());
}

std::vector<Row> rows_of(const std::vector<const CLI::Option*>& options) {
  std::vector<Row> rows;
  for (const CLI::Option* option : options) {
    const std::string fallback = option->get_default_str();
    rows.push_back(
        {signature(*option), option->get_description() + (fallback.empty() ? "" : " [" + fallback + "]")});
  }
  return rows;
}

std::string options_text(const Command& command) {
  std::size_t width = 0;
  const std::vector<TitledOptions> groups = groups_of(command);
  for (const TitledOptions& group : groups)
    for (const CLI::Option* option : group.options) width = std::max(width, signature(*option).size());
  std::string text = section("Arguments", rows_of(arguments_of(command)), width);
  for (const TitledOptions& group : groups) text += section(group.title, rows_of(group.options), width);
  return text;
}

std::string conventions_text() { return "\n" + joined(conventions(), "\n") + "\n"; }

std::string command_help(const Command& command) {
  const std::string name = command.app->get_name();
  return "banksim " + name + ": " + command.app->get_description() + "\n\nUsage: " + synopsis(command) +
         "\n" + section("Examples", command.examples) + options_text(command) +
         section("Exit codes", command.exit_codes) + (name == "run" ? conventions_text() : "");
}

std::string program_help(const Program& program) {
  const Command& main = program.commands.front();
  std::vector<Row> rows;
  for (const Command& command : program.commands)
    rows.push_back({command.app->get_name(), command.app->get_description()});
  rows.front().right += " (the default)";
  return std::string("banksim ") + version() + ": " + std::string(program_summary()) +
         "\n\nUsage: banksim [OPTIONS]\n       banksim COMMAND [OPTIONS]\n" +
         section("Examples", main.examples) + section("Commands", rows) + options_text(main) +
         section("Exit codes", main.exit_codes) + conventions_text();
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

struct HelpOptions {
  std::string command;  // empty: the program
  bool manual = false;
  GeneralOptions general;
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

std::string synopsis(const Command& command) {
  std::string text = "banksim " + command.app->get_name() + " [OPTIONS]";
  for (const CLI::Option* argument : arguments_of(command))
    text += argument->get_required() ? " " + long_name(*argument) : " [" + long_name(*argument) + "]";
  return text;
}

std::string_view program_summary() {
  return "runs, watches, measures and proves ways of locking a bank's accounts";
}

const std::vector<std::string>& conventions() {
  static const std::vector<std::string> sentences = {
      "TIME is a number and ns, us, ms, s, m or h, as 250ms or 1m30s; a bare number is seconds.",
      "N may end in k, m or g, as 1.5m, or be written as 1e6. Of an option given twice the last counts.",
      "Options are also set by the environment (--threads by BANKSIM_THREADS) and by lines of the file of",
      "--config (threads = 50). What is typed wins over the environment, and that over the file."};
  return sentences;
}

void declare_help(Program& program) {
  const auto options = std::make_shared<HelpOptions>();
  Command& command =
      add_command(program, "help", "explain the program, or a command; or print the manual page");
  command.examples = {{"banksim help run", "every option of run"},
                      {"banksim help --man | man -l -", "the manual page, where it is not installed"}};
  command.exit_codes = kPrinterExitCodes;
  Words names = command_names(program);
  Group(command, "Arguments")
      .add(
          "COMMAND", "COMMAND", "", "none: the program", options->command,
          [](const std::string& text) { return text; }, std::move(names));
  Group(command, "Output").flag("--man", "the manual page of all commands, as roff", options->manual);
  add_general_options(command, options->general);
  command.execute = [options, &program](const Arguments&) {
    ResultStream::open("-").write(text_of(*options, program));
    return 0;
  };
}

}  // namespace banksim::cli
