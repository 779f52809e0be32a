// CLI11 holds the tree and parses. What is said of what it refuses is ours: the same with every version.
#include "cli/cli.hpp"

#include "cli/output.hpp"
#include "record/exit_code.hpp"
#include "registry.hpp"
#include "report/text.hpp"
#include "run/platform.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace banksim::cli {
namespace {

std::string version_text() { return std::string("banksim ") + version(); }
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

// The last of a command's options.
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
  command.app->set_version_flag("-V,--version", version_text(), "print the version")->group(kGeneral);
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
  if (find_option(command, "--help")->count() > 0) return print(help_of(command), true);
  if (find_option(command, "--version")->count() > 0) return print(version_text() + "\n");
  if (error) {
    suggest_second_dash(typed, command);
    refuse_unexpected(program, command, is_bad_value);
    throw *error;
  }
  apply_settings(program, command);
  return command.execute({argv, command.general, program});
}

}  // namespace

Command& add_command(Program& program, const char* name, const char* summary) {
  CLI::App* app = program.app->add_subcommand(name, summary);
  app->set_help_flag();  // comes last, with the other general options
  return program.commands.emplace_back(Command{.app = app});
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
  CLI::Option* option = command_.app->add_option(names, read_texts, std::move(help))
                            ->type_name(std::move(value))
                            ->type_size(1)
                            ->group(title_)
                            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  if (option->get_positional()) option->expected(-1);  // at least one
  return option;
}

CLI::Option* Group::read(const char* names, std::string value, const char* fallback, std::string help,
                         Read read, Words choices) const {
  CLI::Option* option = read_each(names, std::move(value), std::move(help), std::move(read));
  option->take_last()->expected(1)->allow_extra_args(false);
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

int print(const std::string& text, bool may_break) {
  ResultStream out("-");
  out.write(may_break ? wrapped(text, text_columns(out.is_terminal())) : text);
  return 0;
}

int execute(const Words& argv, const std::vector<Declare>& table) {
  Program program{std::make_shared<CLI::App>()};
  program.app->set_help_flag();
  program.app->require_subcommand(1);  // so that the word after a command is never a command
  std::string named;                   // the command, where one is
  try {
    for (const Declare declare : table) {
      declare(program);
      add_general_options(program.commands.back());
    }
    Words tokens(argv.empty() ? argv.begin() : argv.begin() + 1, argv.end());
    if (!tokens.empty() && tokens[0] == kCompletionRequest)
      return print(offers_for(program, Words(tokens.begin() + 1, tokens.end())));
    const std::size_t leading = leading_general_options(program, tokens);
    const std::string next = leading < tokens.size() ? tokens[leading] : "-";
    if (next == "-h" || next == "--help") return print(help_of(program), true);
    if (leading == tokens.size() || is_option(next))
      return execute_command(program, program.commands.front(), argv, tokens);
    const Command* command = find_command(program, next);
    if (command == nullptr) throw unknown_command(next, program);
    named = ' ' + next;
    tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(leading));
    return execute_command(program, *command, argv, tokens);
  } catch (const ConfigError& error) {
    print_error(error.what());
    print_text("Try 'banksim" + named + " --help' for more information.\n");
    return static_cast<int>(ExitCode::usage);
  }
}

}  // namespace banksim::cli
