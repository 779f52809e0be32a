#include "cli/cli.hpp"
#include "cli/log.hpp"
#include "cli/terminal.hpp"

#include <banksim/config.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>

namespace banksim::cli {
namespace {

struct Setting {
  std::string source;  // for messages
  std::string option;  // "--threads"
  std::string value;
};

// Of any command.
std::set<std::string> settable_names(const Program& program) {
  std::set<std::string> names;
  for (const Command& command : program.commands)
    for (const CLI::Option* option : options_of(command)) names.insert(long_name(*option));
  for (const char* typed : {"--help", "--version", "--config"}) names.erase(typed);
  return names;
}

std::vector<Setting> from_environment(const Program& program) {
  std::vector<Setting> settings;
  for (const std::string& option : settable_names(program)) {
    std::string variable = "BANKSIM_" + option.substr(2);  // --max-states: BANKSIM_MAX_STATES
    std::ranges::transform(variable, variable.begin(), [](char c) {
      return c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    if (const auto value = environment(variable.c_str())) settings.push_back({variable, option, *value});
  }
  return settings;
}

// The lines of the file that are for this command, those of its own section first.
std::vector<Setting> from_file(const Program& program, const std::string& path, const std::string& command) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) throw ConfigError("--config: '" + path + "' is a folder");
  std::vector<Setting> settings;
  const std::set<std::string> known = settable_names(program);
  const Words names(known.begin(), known.end());
  const Words sections = command_names(program);
  try {
    for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_file(path)) {
      if (item.name == "++" || item.name == "--") continue;  // a section begins or ends
      const std::string section = joined(item.parents, ".");
      if (!section.empty() && std::ranges::find(sections, section) == sections.end())
        throw ConfigError(path + ": unknown section '" + section + "'" + did_you_mean(section, sections));
      const std::string option = "--" + item.name;
      if (!known.contains(option))
        throw ConfigError(path + ": unknown setting '" + item.name + "'" + did_you_mean(option, names));
      if (!section.empty() && section != command) continue;
      const Setting setting{path + ": " + item.name, option, joined(item.inputs, ",")};
      settings.insert(section.empty() ? settings.end() : settings.begin(), setting);
    }
  } catch (const CLI::FileError&) {
    throw ConfigError("--config: cannot read '" + path + "'");
  }
  return settings;
}

// Reads the value into the option. Returns why not, or nothing.
std::optional<std::string> refusal(CLI::Option& option, const std::string& value) {
  try {
    option.clear();
    option.add_result(is_flag(option) ? option.get_flag_value(long_name(option), value) : value);
    option.run_callback();
    return std::nullopt;
  } catch (const std::exception& error) {  // ours, or CLI11's of a flag
    option.clear();
    const std::string why = error.what();
    const std::string name = long_name(option) + ": ";
    return why.starts_with(name) ? why.substr(name.size())
           : is_flag(option)     ? "'" + value + "' is neither true nor false"
                                 : why;
  }
}

bool is_for_another(const Program& program, const Command& command, const Setting& setting) {
  return std::ranges::any_of(program.commands, [&](const Command& other) {
    CLI::Option* option = &other == &command ? nullptr : find_option(other, setting.option);
    return option != nullptr && !refusal(*option, setting.value);
  });
}

void apply(const Program& program, const Command& command, const Setting& setting) {
  CLI::Option* option = find_option(command, setting.option);
  const bool is_decided = option == nullptr || option->count() > 0 ||
                          std::ranges::any_of(option->get_excludes(), [](auto* o) { return o->count() > 0; });
  if (is_decided) {
    log_step(fmt::format("{} is not needed: {} {}", setting.source, setting.option,
                         option == nullptr ? "is of other commands" : "is set already, or what excludes it"));
    return;
  }
  const std::optional<std::string> why = refusal(*option, setting.value);
  if (!why) return log(fmt::format("{} sets {} {}", setting.source, setting.option, setting.value));
  if (!is_for_another(program, command, setting)) throw ConfigError(setting.source + ": " + *why);
  log(fmt::format("{} is for other commands: {}", setting.source, *why));
}

}  // namespace

void apply_settings(const Program& program, const Command& command) {
  for (const Setting& setting : from_environment(program)) apply(program, command, setting);
  const CLI::Option* config = find_option(command, "--config");
  const std::string path =
      config->count() > 0 ? config->results().back() : environment("BANKSIM_CONFIG").value_or("");
  if (path.empty()) return;
  for (const Setting& setting : from_file(program, path, command.app->get_name()))
    apply(program, command, setting);
}

}  // namespace banksim::cli
