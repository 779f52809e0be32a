// banksim completion: a script for the user's shell.
#include "cli/command.hpp"
#include "cli/completion.hpp"
#include "cli/output.hpp"
#include "cli/suggest.hpp"
#include "cli/values.hpp"

#include <memory>

namespace banksim::cli {
namespace {

struct CompletionOptions {
  std::size_t shell = 0;
  GeneralOptions general;
};

const std::vector<std::string>& shells() {
  static const std::vector<std::string> names = {"bash", "zsh", "fish"};
  return names;
}

std::string script(std::size_t shell) {
  const std::vector<Command> table = commands();
  if (shell == 0) return bash_completion(table);
  return shell == 1 ? zsh_completion(table) : fish_completion(table);
}

}  // namespace

Command completion_command() {
  const auto options = std::make_shared<CompletionOptions>();
  return {
      .name = "completion",
      .summary = "print a completion script for bash, zsh or fish",
      .examples = {{"source <(banksim completion bash)", "for this shell"},
                   {"banksim completion fish | source", "the same in fish"}},
      .arguments = {{.names = "SHELL",
                     .value = "SHELL",
                     .help = joined(shells()),
                     .choices = shells(),
                     .required = true,
                     .set = [options](
                                const std::string& text) { options->shell = parse_choice(text, shells()); }}},
      .groups = {general_options(options->general)},
      .exit_codes = {{"0", "printed"}, {"1", "could not be written"}, {"2", "usage"}},
      .execute =
          [options](const Arguments&) {
            ResultStream::open("-").write(script(options->shell));
            return 0;
          },
  };
}

}  // namespace banksim::cli
