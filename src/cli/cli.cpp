// CLI11 parses; what is said of what it refuses is ours, so it is the same with every version.
#include "cli/cli.hpp"

#include "cli/output.hpp"
#include "registry.hpp"
#include "run/platform.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace banksim::cli {
namespace {

bool is_option(std::string_view token) { return token.size() > 1 && token[0] == '-'; }
std::string up_to_equals(const std::string& token) { return token.substr(0, token.find('=')); }

ConfigError unknown_command(const std::string& name, const Program& program) {
  const std::string unknown = "unknown command '" + name + "'";
  if (find_strategy(name) != nullptr)
    return ConfigError(unknown + "; did you mean '--strategy " + name + "'?");
  const Words names = command_names(program);
  const std::string meant = did_you_mean(name, names);
  return ConfigError(unknown + (meant.empty() ? "; one of " + joined(names) : meant));
}

// CLI11 would give `--seed=` the next token as its value, a flag any value at all, and `-o=x` the value "=x".
void check_equals_sign(const std::string& token, const Command& command) {
  const std::string name = up_to_equals(token);
  const CLI::Option* option = name == token ? nullptr : find_option(command, name);
  if (option == nullptr) return;
  if (is_flag(*option)) throw ConfigError("option '" + name + "' takes no value");
  if (token.size() == name.size() + 1) throw ConfigError("option '" + name + "' needs a value");
  if (name == short_name(*option))
    throw ConfigError("'" + token + "': write " + name + " VALUE or " + long_name(*option) + "=VALUE");
}

// `-threads 8` is `-t hreads` to every parser of this kind. Once that has failed, say what was meant.
void suggest_second_dash(const Words& tokens, const Command& command) {
  for (const std::string& token : tokens) {
    if (token == "--") return;
    const std::string name = up_to_equals(token);
    const bool has_one_dash = token.size() > 2 && token[0] == '-' && token[1] != '-';
    if (has_one_dash && find_option(command, "-" + name) != nullptr)
      throw ConfigError("unknown option '" + name + "'; did you mean '-" + name + "'?");
  }
}

// An unknown option is the better explanation of whatever else is wrong; a word that is too many is not.
void refuse_unexpected(const Program& program, const Command& command, bool only_options) {
  Words left = program.app->remaining(true);
  std::erase(left, "--");
  if (left.empty() || (only_options && !is_option(left.front()))) return;
  if (!is_option(left.front())) throw ConfigError("unexpected argument '" + left.front() + "'");
  const std::string name = up_to_equals(left.front());
  Words known;
  for (const CLI::Option* option : options_of(command)) known.push_back(long_name(*option));
  throw ConfigError("unknown option '" + name + "'" + did_you_mean(name, known));
}

// What CLI11 found wrong, in our words.
ConfigError explained(const CLI::ParseError& error, const Words& tokens, const Command& command) {
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    const std::string& last = tokens.back();  // only that can lack its value
    const std::string name = last.starts_with("--") ? last : std::string("-") + last.back();
    return ConfigError("option '" + name + "' needs a value");
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    const CLI::Option* argument = arguments_of(command).front();
    return ConfigError(long_name(*argument) + " is missing: one of " + joined(command.choices.at(argument)));
  }
  std::string what = error.what();
  const std::string excludes = " excludes ";
  if (const std::size_t at = what.find(excludes); at != std::string::npos)
    what = what.replace(at, excludes.size(), " and ") + " exclude each other";
  return ConfigError(what);
}

// Help and the version are given whatever else is wrong.
int execute_command(const Program& program, const Command& command, const Words& argv, const Words& typed) {
  for (auto token = typed.begin(); token != typed.end() && *token != "--"; ++token)
    check_equals_sign(*token, command);
  std::optional<ConfigError> error;
  bool is_bad_value = false;
  try {
    Words tokens(typed.rbegin(), typed.rend());  // CLI11 takes them from the back
    tokens.push_back(command.app->get_name());
    program.app->parse(std::move(tokens));
  } catch (const CLI::ParseError& refused) {
    error = explained(refused, typed, command);
  } catch (const ConfigError& refused) {
    error = refused;
    is_bad_value = true;
  }
  if (find_option(command, "--help")->count() > 0) return print(help_of(command));
  if (find_option(command, "--version")->count() > 0)
    return print(std::string("banksim ") + version() + "\n");
  if (error) {
    suggest_second_dash(typed, command);
    refuse_unexpected(program, command, is_bad_value);
    throw *error;
  }
  apply_settings(program, command);
  return command.execute({argv, command.general});
}

}  // namespace

std::size_t leading_general_options(const Program& program, const Words& tokens) {
  const auto general = [&program](const std::string& name) -> const CLI::Option* {
    const CLI::Option* option = find_option(program.commands.front(), name);
    if (option == nullptr || option->get_group() != kGeneral) return nullptr;
    return long_name(*option) == "--help" || long_name(*option) == "--version" ? nullptr : option;
  };
  const auto is_general_flag = [&general](char letter) {
    const CLI::Option* option = general({'-', letter});
    return option != nullptr && is_flag(*option);
  };
  std::size_t count = 0;
  for (; count < tokens.size(); ++count) {
    const std::string& token = tokens[count];
    if (is_option(token) && std::all_of(token.begin() + 1, token.end(), is_general_flag)) continue;  // -vv
    const std::string name = up_to_equals(token);
    const CLI::Option* option = general(name);
    if (option == nullptr) break;
    if (name == token && !is_flag(*option)) ++count;
  }
  return std::min(count, tokens.size());
}

int print(const std::string& text) {
  ResultStream("-").write(text);
  return 0;
}

int execute(const Words& argv, const std::vector<Declare>& table) {
  Program program{std::make_shared<CLI::App>()};
  program.app->set_help_flag();
  program.app->require_subcommand(1);  // so that the word after a command is never a command
  for (const Declare declare : table) declare(program);

  Words tokens(argv.empty() ? argv.begin() : argv.begin() + 1, argv.end());
  if (!tokens.empty() && tokens[0] == kCompletionRequest)
    return print(offers_for(program, Words(tokens.begin() + 1, tokens.end())));
  const std::size_t leading = leading_general_options(program, tokens);
  const std::string next = leading < tokens.size() ? tokens[leading] : "-";
  if (next == "-h" || next == "--help") return print(help_of(program));
  if (leading == tokens.size() || is_option(next))
    return execute_command(program, program.commands.front(), argv, tokens);
  const Command* command = find_command(program, next);
  if (command == nullptr) throw unknown_command(next, program);
  tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(leading));
  return execute_command(program, *command, argv, tokens);
}

}  // namespace banksim::cli
