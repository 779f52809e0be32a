// banksim help: the text that --help prints, for the program or for one command; or the manual page.
#include "cli/command.hpp"
#include "cli/manual.hpp"
#include "cli/output.hpp"
#include "cli/suggest.hpp"

#include <banksim/simulate.hpp>

#include <memory>

namespace banksim::cli {
namespace {

struct HelpOptions {
  std::string command;  // empty: the program
  bool manual = false;
  GeneralOptions general;
};

std::string text_of(const HelpOptions& options) {
  const std::vector<Command> table = commands();
  const std::string& name = options.command;
  if (options.manual && !name.empty())
    throw ConfigError("--man is one page for all commands; leave out '" + name + "'");
  if (options.manual) return manual_page(table);
  if (name.empty()) return program_help(table);
  if (const Command* command = find_command(table, name)) return command_help(*command);
  throw ConfigError("unknown command '" + name + "'" + did_you_mean(name, command_names(table)));
}

}  // namespace

Command help_command() {
  const auto options = std::make_shared<HelpOptions>();
  return {
      .name = "help",
      .summary = "explain the program, or a command; or print the manual page",
      .examples = {{"banksim help run", "every option of run"},
                   {"banksim help --man | man -l -", "the manual page, where it is not installed"}},
      .arguments = {{.names = "COMMAND",
                     .value = "COMMAND",
                     .help = "none: the program",
                     .set = [options](const std::string& text) { options->command = text; }}},
      .groups = {{"Output",
                  {{.names = "--man",
                    .help = "the manual page of all commands, as roff",
                    .set = [options](const std::string&) { options->manual = true; }}}},
                 general_options(options->general)},
      .exit_codes = {{"0", "printed"}, {"1", "could not be written"}, {"2", "usage"}},
      .execute =
          [options](const Arguments&) {
            ResultStream::open("-").write(text_of(*options));
            return 0;
          },
  };
}

}  // namespace banksim::cli
