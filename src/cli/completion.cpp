#include "cli/completion.hpp"

#include "cli/suggest.hpp"

namespace banksim::cli {
namespace {

std::string with_escapes(std::string_view text, std::string_view special) {
  std::string result;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

template <class Visit>
void for_each_option(const Command& command, Visit visit) {
  for (const OptionGroup& group : command.groups)
    for (const Option& option : group.options) visit(option);
}

// ---- bash ----

// "run:--threads|run:-t"
std::string bash_pattern(const Command& command, const Option& option) {
  const std::string pattern = command.name + ":" + option.long_name();
  return option.short_name().empty() ? pattern : pattern + "|" + command.name + ":" + option.short_name();
}

// What may follow an option: the cases of the script.
std::string bash_values(const Command& command) {
  std::string cases;
  for_each_option(command, [&](const Option& option) {
    if (option.is_flag()) return;
    const std::string action =
        option.is_path ? "_banksim_files \"$cur\"; return" : "words='" + joined(option.choices, " ") + "'";
    cases += "    " + bash_pattern(command, option) + ") " + action + " ;;\n";
  });
  return cases;
}

// What may stand where no value is due.
std::string bash_words(const Command& command) {
  std::vector<std::string> options;
  for_each_option(command, [&](const Option& option) {
    options.push_back(option.long_name());
    if (!option.short_name().empty()) options.push_back(option.short_name());
  });
  std::vector<std::string> arguments;
  for (const Option& argument : command.arguments)
    arguments.insert(arguments.end(), argument.choices.begin(), argument.choices.end());
  return "    " + command.name + ":-*) words='" + joined(options, " ") + "' ;;\n" +  //
         "    " + command.name + ":*) words='" + joined(arguments, " ") + "' ;;\n";
}

// ---- zsh ----

std::string zsh_text(const std::string& text) {
  std::string result;
  for (const char c : with_escapes(text, "[]:\\"))
    result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result;
}

std::string zsh_value(const Option& option) {
  std::string value(":");
  value += zsh_text(option.value);
  if (option.is_path) return value + ":_files";
  if (option.choices.empty()) return value + ": ";
  return value.append(":(").append(zsh_text(joined(option.choices, " "))).append(")");
}

std::string zsh_spec(const std::string& name, const Option& option) {
  const std::string glue = option.is_flag() ? "" : name.starts_with("--") ? "=" : "+";
  return "      '*" + name + glue + "[" + zsh_text(option.help) + "]" +
         (option.is_flag() ? "" : zsh_value(option)) + "' \\\n";
}

std::string zsh_command(const Command& command, const std::string& names) {
  std::string text = "    " + command.name + ") _arguments -s \\\n";
  for_each_option(command, [&](const Option& option) {
    if (!option.short_name().empty()) text += zsh_spec(option.short_name(), option);
    text += zsh_spec(option.long_name(), option);
  });
  text += "      '1:command:(" + names + ")'";
  for (const Option& argument : command.arguments) text += " \\\n      '2" + zsh_value(argument) + "'";
  return text + " ;;\n";
}

// ---- fish ----

std::string fish_text(const std::string& text) {
  return std::string("'").append(with_escapes(text, "'\\")).append("'");
}

std::string fish_option(const std::string& condition, const Option& option) {
  std::string line = "complete -c banksim -n " + fish_text(condition);
  if (!option.short_name().empty()) line += " -s " + option.short_name().substr(1);
  line += " -l " + option.long_name().substr(2);
  if (option.is_path)
    line += " -r -F";
  else if (!option.is_flag())
    line += " -x";
  if (!option.choices.empty()) line += " -a " + fish_text(joined(option.choices, " "));
  return line + " -d " + fish_text(option.help) + "\n";
}

}  // namespace

std::string bash_completion(const std::vector<Command>& table) {
  const std::vector<std::string> names = command_names(table);
  const std::string alternatives = joined(names, "|");
  std::string values;
  std::string words;
  for (const Command& command : table) {
    values += bash_values(command);
    words += bash_words(command);
  }
  return R"(# bash completion for banksim. Load it with: source <(banksim completion bash)
_banksim_files() {
  local IFS=$'\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -f -- "$1"))
}
_banksim() {
  local cur=${COMP_WORDS[COMP_CWORD]} option='' command='' words=none i
  COMPREPLY=()
  [ "$COMP_CWORD" -gt 0 ] && option=${COMP_WORDS[COMP_CWORD-1]}
  # --name=value arrives as three words
  if [ "$cur" = = ]; then
    cur=''
  elif [ "$option" = = ] && [ "$COMP_CWORD" -gt 1 ]; then
    option=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
    )" + alternatives +
         R"() command=${COMP_WORDS[i]}; break ;;
    esac
  done
  case ${command:-)" +
         names.front() + R"(}:$option in
)" + values +
         R"(  esac
  if [ "$words" = none ]; then
    case ${command:-)" +
         names.front() + R"(}:$cur in
)" + words +
         R"(    esac
    case $command:$cur in
    :-*) ;;
    :*) words=')" +
         joined(names, " ") + R"(' ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _banksim banksim
)";
}

std::string zsh_completion(const std::vector<Command>& table) {
  const std::string names = joined(command_names(table), " ");
  std::string cases;
  for (const Command& command : table) cases += zsh_command(command, names);
  return R"(#compdef banksim
# zsh completion for banksim. Save it as _banksim in a folder of $fpath, or: source <(banksim completion zsh)
_banksim() {
  local command=)" +
         table.front().name + R"( word
  for word in ${words[2,CURRENT-1]}; do
    if [[ " )" +
         names + R"( " == *" $word "* ]]; then
      command=$word
      break
    fi
  done
  case $command in
)" + cases +
         R"(  esac
}
if [ "$funcstack[1]" = _banksim ]; then
  _banksim "$@"
else
  compdef _banksim banksim
fi
)";
}

std::string fish_completion(const std::vector<Command>& table) {
  std::vector<std::string> others = command_names(table);
  const std::string main = others.front();
  others.erase(others.begin());
  std::string text = "# fish completion for banksim. Load it with: banksim completion fish | source\n";
  text += "complete -c banksim -f\n";
  for (const Command& command : table) {
    text += "complete -c banksim -n __fish_use_subcommand -a " + command.name + " -d " +
            fish_text(command.summary) + "\n";
    const std::string seen = "__fish_seen_subcommand_from ";
    const std::string condition =
        command.name == main ? "not " + seen + joined(others, " ") : seen + command.name;
    for (const Option& argument : command.arguments)
      text += "complete -c banksim -n " + fish_text(condition) + " -a " +
              fish_text(joined(argument.choices, " ")) + "\n";
    for_each_option(command, [&](const Option& option) { text += fish_option(condition, option); });
  }
  return text;
}

}  // namespace banksim::cli
