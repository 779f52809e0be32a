// The only file that knows CLI11. CLI11 splits the tokens (-t8, -t 8, --threads=8, -qv, --); which options
// there are, what their values may be, what errors and help say is ours, so it is the same with every
// version.
#include "cli/cli.hpp"

#include "cli/output.hpp"
#include "cli/suggest.hpp"
#include "registry.hpp"
#include "run/platform.hpp"

#include <banksim/simulate.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace banksim::cli {
namespace {

using Tokens = std::vector<std::string>;

bool is_option(std::string_view token) { return token.size() > 1 && token[0] == '-'; }
bool is_help(std::string_view token) { return token == "-h" || token == "--help"; }
bool is_version(std::string_view token) { return token == "-V" || token == "--version"; }
std::string up_to_equals(const std::string& token) { return token.substr(0, token.find('=')); }

int print(const std::string& text) {
  ResultStream::open("-").write(text);
  return 0;
}
Action print_version() {
  return [] { return print(std::string("banksim ") + version() + "\n"); };
}

// How many leading tokens are options that every command has, with their values.
std::size_t leading_general_options(const Tokens& tokens) {
  GeneralOptions ignored;
  const Command general{.name = "", .summary = "", .groups = {general_options(ignored)}};
  std::size_t count = 0;
  while (count < tokens.size()) {
    const Option* option = general.find(up_to_equals(tokens[count]));
    if (option == nullptr || is_help(tokens[count]) || is_version(tokens[count])) break;
    const bool value_follows = !option->is_flag() && tokens[count].find('=') == std::string::npos;
    count += value_follows ? 2 : 1;
  }
  return std::min(count, tokens.size());
}

ConfigError unknown_command(const std::string& name, const std::vector<Command>& table) {
  if (find_strategy(name) != nullptr)
    return ConfigError("unknown command '" + name + "'; did you mean '--strategy " + name + "'?");
  const std::vector<std::string> names = command_names(table);
  const std::string suggestion = did_you_mean(name, names);
  return ConfigError("unknown command '" + name + "'" +
                     (suggestion.empty() ? "; one of " + joined(names) : suggestion));
}

ConfigError unknown_option(const std::string& token, const Command& command) {
  const std::string name = up_to_equals(token);
  return ConfigError("unknown option '" + name + "'" + did_you_mean(name, command.long_names()));
}

// CLI11 would give `--seed=` the next token as its value, a flag any value at all, and `-o=x` the value "=x".
void check_equals_sign(const std::string& token, const Command& command) {
  const std::size_t equals = token.find('=');
  const Option* option = equals == std::string::npos ? nullptr : command.find(up_to_equals(token));
  if (option == nullptr) return;
  const std::string name = up_to_equals(token);
  if (option->is_flag()) throw ConfigError("option '" + name + "' takes no value");
  if (equals + 1 == token.size()) throw ConfigError("option '" + name + "' needs a value");
  if (name == option->short_name())
    throw ConfigError("'" + token + "': write " + name + " VALUE or " + option->long_name() + "=VALUE");
}

// `-threads 8` is `-t hreads` to every parser of this kind. Once that has failed, say what was meant.
void suggest_second_dash(const Tokens& tokens, const Command& command) {
  for (const std::string& token : tokens) {
    if (token == "--") return;
    if (token.size() < 3 || token[0] != '-' || token[1] == '-') continue;
    if (command.find("-" + up_to_equals(token)) != nullptr)
      throw ConfigError("unknown option '" + up_to_equals(token) + "'; did you mean '-" +
                        up_to_equals(token) + "'?");
  }
}

struct Split {
  std::vector<std::pair<const Option*, std::string>> given;  // of a repeated option the last value, or each
  Tokens unexpected;
};

// Only the last token can lack its value.
ConfigError missing_value(const Tokens& tokens) {
  const std::string& last = tokens.back();
  const std::string name = last.starts_with("--") ? last : std::string("-") + last.back();
  return ConfigError("option '" + name + "' needs a value");
}

Split split(const Tokens& tokens, const Command& command) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::vector<std::pair<const Option*, CLI::Option*>> known;
  const auto add = [&](const Option& option, bool flag) {
    CLI::Option* added = flag ? app.add_flag(option.names) : app.add_option(option.names);
    added->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);  // its results are all there all the same
    known.emplace_back(&option, added);
  };
  for (const Option& argument : command.arguments) add(argument, false);
  for (const OptionGroup& group : command.groups)
    for (const Option& option : group.options) add(option, option.is_flag());
  try {
    app.parse(Tokens(tokens.rbegin(), tokens.rend()));  // CLI11 takes them from the back
  } catch (const CLI::ArgumentMismatch&) {
    throw missing_value(tokens);
  } catch (const CLI::ParseError& error) {
    throw ConfigError(error.what());
  }
  Split result;
  for (const auto& [option, parsed] : known)
    if (parsed->count() > 0) {
      const Tokens values = option->repeatable ? parsed->results() : Tokens{parsed->results().back()};
      for (const std::string& value : values) result.given.emplace_back(option, value);
    }
  result.unexpected = app.remaining();
  std::erase(result.unexpected, "--");
  return result;
}

bool asked(const Split& split, std::string_view long_name) {
  return std::ranges::any_of(split.given,
                             [&](const auto& given) { return given.first->long_name() == long_name; });
}

// `--threads --seed 5`: somebody forgot a number.
void refuse_options_as_values(const Split& split, const Command& command) {
  for (const auto& [option, value] : split.given)
    if (is_option(value) && command.find(up_to_equals(value)) != nullptr)
      throw ConfigError("option '" + option->long_name() + "' needs a value, but '" + value + "' follows");
}

void refuse_unexpected(const Split& split, const Tokens& tokens, const Command& command) {
  if (split.unexpected.empty()) return;
  suggest_second_dash(tokens, command);
  const std::string& first = split.unexpected.front();
  if (is_option(first)) throw unknown_option(first, command);
  throw ConfigError("unexpected argument '" + first + "'");
}

void set(const Option& option, const std::string& value, const Tokens& tokens, const Command& command) {
  try {
    option.set(value);
  } catch (const ConfigError& error) {
    suggest_second_dash(tokens, command);
    if (!is_option(option.names)) throw;
    throw ConfigError(option.long_name() + ": " + error.what());
  }
}

Action parse_command(const Arguments& argv, const Tokens& tokens, const Command& command) {
  for (const std::string& token : tokens) {
    if (token == "--") break;
    check_equals_sign(token, command);
  }
  const Split split = cli::split(tokens, command);
  if (asked(split, "--help")) return [&command] { return print(command_help(command)); };
  if (asked(split, "--version")) return print_version();
  refuse_options_as_values(split, command);
  refuse_unexpected(split, tokens, command);
  for (const Option& argument : command.arguments)
    if (argument.required && !asked(split, argument.names))
      throw ConfigError(argument.names + " is missing: one of " + joined(argument.choices));
  for (const auto& [option, value] : split.given) set(*option, value, tokens, command);
  return [&command, argv] { return command.execute(argv); };
}

}  // namespace

Action parse(const Arguments& argv, const std::vector<Command>& table) {
  Tokens tokens(argv.empty() ? argv.begin() : argv.begin() + 1, argv.end());
  const std::size_t leading = leading_general_options(tokens);
  if (leading == tokens.size() || is_option(tokens[leading])) {
    if (leading < tokens.size() && is_help(tokens[leading]))
      return [&table] { return print(program_help(table)); };
    if (leading < tokens.size() && is_version(tokens[leading])) return print_version();
    return parse_command(argv, tokens, table.front());
  }
  const std::string name = tokens[leading];
  const Command* command = find_command(table, name);
  if (command == nullptr) throw unknown_command(name, table);
  tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(leading));
  return parse_command(argv, tokens, *command);
}

}  // namespace banksim::cli
