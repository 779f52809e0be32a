#include "cli/cli.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
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

// Of any command, sorted.
Words settable_names(const Program& program) {
  std::set<std::string> names;
  for (const Command& command : program.commands)
    for (const CLI::Option* option : options_of(command)) names.insert(long_name(*option));
  for (const char* typed : {"--help", "--version", "--config"}) names.erase(typed);
  return {names.begin(), names.end()};
}

// The lines of the file that are for this command, those of its own section first.
std::vector<Setting> from_file(const std::string& path, const Program& program, const std::string& command,
                               const Words& names) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) throw ConfigError("--config: '" + path + "' is a folder");
  const auto require_known = [&path](const std::string& what, const std::string& word, const Words& words) {
    if (std::ranges::find(words, word) == words.end())
      throw ConfigError(path + ": unknown " + what + did_you_mean(word, words));
  };
  std::vector<Setting> settings;
  try {
    for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_file(path)) {
      if (item.name == "++" || item.name == "--") continue;  // a section begins or ends
      const std::string section = joined(item.parents, "."), option = "--" + item.name;
      if (!section.empty()) require_known("section '" + section + "'", section, command_names(program));
      require_known("setting '" + item.name + "'", option, names);
      const Setting setting{path + ": " + item.name, option, joined(item.inputs, ",")};
      if (section.empty()) settings.push_back(setting);
      if (section == command) settings.insert(settings.begin(), setting);
    }
  } catch (const CLI::FileError&) {
    throw ConfigError("--config: cannot read '" + path + "'");
  }
  return settings;
}

// What a flag's value says; nothing where it says neither.
std::optional<bool> truth(std::string value) {
  std::ranges::transform(value, value.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
  for (const char* yes : {"true", "on", "yes", "1"})
    if (value == yes) return true;
  for (const char* no : {"false", "off", "no", "0"})
    if (value == no) return false;
  return std::nullopt;
}

// Reads the value into the option. Returns why not, or nothing. CLI11 2.1 and 2.4 differ in which flags they refuse.
std::optional<std::string> refusal(CLI::Option& option, const std::string& value) {
  const std::optional<bool> flag = is_flag(option) ? truth(value) : true;
  if (!flag) return "'" + value + "' is neither true nor false";
  try {
    option.clear();
    option.add_result(is_flag(option) ? option.get_flag_value(long_name(option), *flag ? "true" : "false")
                                      : value);
    option.run_callback();
    return std::nullopt;
  } catch (const std::exception& error) {
    option.clear();
    const std::string why = error.what();
    const std::string name = long_name(option) + ": ";
    return why.starts_with(name) ? why.substr(name.size()) : why;
  }
}

void apply(const Program& program, const Command& command, const Setting& setting) {
  CLI::Option* option = find_option(command, setting.option);
  const auto is_set = [](const CLI::Option* other) { return other->count() > 0; };
  if (option == nullptr || is_set(option) || std::ranges::any_of(option->get_excludes(), is_set))
    return log_step(
        fmt::format("{} is not needed: {} {}", setting.source, setting.option,
                    option == nullptr ? "is of other commands" : "is set already, or what excludes it"));
  const std::optional<std::string> why = refusal(*option, setting.value);
  if (!why) return log(fmt::format("{} sets {} {}", setting.source, setting.option, setting.value));
  const auto is_for = [&](const Command& other) {
    CLI::Option* same = &other == &command ? nullptr : find_option(other, setting.option);
    return same != nullptr && !refusal(*same, setting.value);
  };
  if (std::ranges::none_of(program.commands, is_for)) throw ConfigError(setting.source + ": " + *why);
  log(fmt::format("{} is for other commands: {}", setting.source, *why));
}

}  // namespace

void apply_settings(const Program& program, const Command& command) {
  const Words names = settable_names(program);
  for (const std::string& option : names) {
    std::string variable = "BANKSIM_";  // --max-states: BANKSIM_MAX_STATES
    for (const char c : option.substr(2)) variable += static_cast<char>(c == '-' ? '_' : std::toupper(c));
    if (const auto value = environment(variable.c_str())) apply(program, command, {variable, option, *value});
  }
  const std::string& typed = command.general.config;
  const std::string path = typed.empty() ? environment("BANKSIM_CONFIG").value_or("") : typed;
  if (path.empty()) return;
  for (const Setting& setting : from_file(path, program, command.app->get_name(), names))
    apply(program, command, setting);
}

}  // namespace banksim::cli
