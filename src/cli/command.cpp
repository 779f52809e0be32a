// The commands' options as CLI11 holds them, and what is asked of that tree.
#include "cli/cli.hpp"
#include "cli/log.hpp"
#include "run/platform.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace banksim::cli {

Command& add_command(Program& program, const char* name, const char* summary) {
  CLI::App* app = program.app->add_subcommand(name, summary);
  app->set_help_flag();  // comes last, with the other general options
  return program.commands.emplace_back(Command{.app = app});
}

void add_general_options(Command& command) {
  const Group general(command, kGeneral);
  general.choose("--color", "auto", "honours NO_COLOR, CLICOLOR_FORCE and TERM=dumb", command.general.color,
                 kWhen);
  general.flag("-q,--quiet", "the verdict line alone, no warnings", command.general.quiet);
  const auto log_to_stderr = [](std::int64_t times) { enable_log(static_cast<int>(times)); };
  command.app->add_flag_function("-v,--verbose", log_to_stderr, "log to stderr; -vv: every step")
      ->group(kGeneral);
  general.add("--config", "FILE", "", "settings, a line each, as: threads = 50", command.general.config,
              parse_file);
  command.app->set_help_flag("-h,--help", "print the help")->group(kGeneral);
  command.app->set_version_flag("-V,--version", std::string("banksim ") + version(), "print the version")
      ->group(kGeneral);
}

CLI::Option* Group::read_each(const char* names, std::string value, std::string help, Read read) const {
  const std::string all = names;
  const std::string name = all.substr(all.find(',') + 1);  // the long one, or all there is
  const auto read_texts = [name, &command = command_, read = std::move(read)](const Words& texts) {
    for (const std::string& text : texts) {
      // `--threads --seed 5`: somebody forgot a number.
      if (text.size() > 1 && find_option(command, text.substr(0, text.find('='))) != nullptr)
        throw ConfigError("option '" + name + "' needs a value, but '" + text + "' follows");
      try {
        read(text);
      } catch (const ConfigError& error) {
        throw ConfigError((name.starts_with('-') ? name + ": " : "") + error.what());
      }
    }
    return true;
  };
  return command_.app->add_option(names, read_texts, std::move(help))
      ->type_name(std::move(value))
      ->type_size(1)
      ->group(title_)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

CLI::Option* Group::read(const char* names, std::string value, const char* fallback, std::string help,
                         Read read, Words choices) const {
  CLI::Option* option = read_each(names, std::move(value), std::move(help), std::move(read))->take_last();
  if (*fallback != '\0') option->default_str(fallback);
  if (!choices.empty()) command_.choices[option] = std::move(choices);
  return option;
}

CLI::Option* Group::flag(const char* names, std::string help, bool& target) const {
  const auto set = [&target](std::int64_t times) { target = times > 0; };
  return command_.app->add_flag_function(names, set, std::move(help))->group(title_);
}

void exclude(CLI::Option* one, CLI::Option* other) { one->excludes(other); }

std::string long_name(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name(true);
  return option.get_lnames().empty() ? short_name(option) : "--" + option.get_lnames().front();
}

std::string short_name(const CLI::Option& option) {
  return option.get_snames().empty() ? std::string() : "-" + option.get_snames().front();
}

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

CLI::Option* find_option(const Command& command, const std::string& name) {
  return name.starts_with('-') ? command.app->get_option_no_throw(name) : nullptr;
}

std::vector<CLI::Option*> options_of(const Command& command) {
  return command.app->get_options([](const CLI::Option* option) { return !option->get_positional(); });
}

std::vector<CLI::Option*> arguments_of(const Command& command) {
  return command.app->get_options([](const CLI::Option* option) { return option->get_positional(); });
}

Words command_names(const Program& program) {
  Words names;
  for (const Command& command : program.commands) names.push_back(command.app->get_name());
  return names;
}

const Command* find_command(const Program& program, const std::string& name) {
  for (const Command& command : program.commands)
    if (command.app->get_name() == name) return &command;
  return nullptr;
}

}  // namespace banksim::cli
