// banksim help: the text that --help prints, for the program or for one command.
#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/suggest.hpp"

#include <banksim/simulation.hpp>

#include <memory>

namespace banksim::cli {
namespace {

struct HelpOptions {
  std::string command;  // empty: the program
  GeneralOptions general;
};

std::string help_on(const std::string& name) {
  const std::vector<Command> table = commands();
  if (name.empty()) return program_help(table);
  if (const Command* command = find_command(table, name)) return command_help(*command);
  throw ConfigError("unknown command '" + name + "'" + did_you_mean(name, command_names(table)));
}

}  // namespace

Command help_command() {
  const auto options = std::make_shared<HelpOptions>();
  return {
      .name = "help",
      .summary = "explain the program, or a command",
      .examples = {{"banksim help run", "every option of run"}},
      .arguments = {{.names = "COMMAND",
                     .value = "COMMAND",
                     .help = "none: the program",
                     .set = [options](const std::string& text) { options->command = text; }}},
      .groups = {general_options(options->general)},
      .exit_codes = {{"0", "printed"}, {"1", "could not be written"}, {"2", "usage"}},
      .execute =
          [options](const Arguments&) {
            ResultStream::open("-").write(help_on(options->command));
            return 0;
          },
  };
}

}  // namespace banksim::cli
