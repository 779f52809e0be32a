#include "cli/cli.hpp"

#include <CLI/CLI.hpp>

#include <array>

namespace banksim::cli {
namespace {

const std::string kFiles = ":files";

// Each asks the program and drops what the answer says of a word where the shell cannot show it.
constexpr std::array<const char*, 3> kScripts = {
    R"bash(# bash completion for banksim. Load it with: source <(banksim completion bash)
_banksim() {
  local current=${COMP_WORDS[COMP_CWORD]}
  mapfile -t COMPREPLY < <("${1/#\~/$HOME}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=("${COMPREPLY[@]%%$'\t'*}")
  if [ "${COMPREPLY[0]}" = :files ]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "${current#=}")
  fi
}
complete -F _banksim banksim
)bash",
    R"zsh(#compdef banksim
# zsh completion for banksim. Save it as _banksim in a folder of $fpath, or: source <(banksim completion zsh)
_banksim() {
  local -a offers=("${(@f)$("${(Q)words[1]}" __complete "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
  if [[ $offers[1] == :files ]]; then
    compset -P '--*='
    _files
  elif [[ -n $offers[1] ]]; then
    offers=("${(@)${(@)offers//:/\\:}/$'\t'/:}")
    _describe -V banksim offers
  fi
}
if [ "$funcstack[1]" = _banksim ]; then
  _banksim "$@"
else
  compdef _banksim banksim
fi
)zsh",
    R"fish(# fish completion for banksim. Load it with: banksim completion fish | source
function __banksim_offers
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l offers ($words[1] __complete $words[2..] "$current" 2>/dev/null)
  if test "$offers[1]" = :files
    set -l name (string match -r -- '^--[^=]*=' "$current")
    printf "$name%s\n" (__fish_complete_path (string replace -r -- '^--[^=]*=' '' "$current"))
  else
    string join \n -- $offers
  end
end
complete -c banksim -f -a '(__banksim_offers)'
)fish"};

const Words kShells = {"bash", "zsh", "fish"};

// "--format", "=", "j" is "--format=j" again, and "zipf", ":", "0" is "zipf:0". Returns where the last word
// as it was given begins in the last one as it is now.
std::size_t rejoin(Words& words) {
  Words whole;
  std::size_t from = 0;
  bool is_open = false;
  for (const std::string& word : words) {
    const bool is_break = word == "=" || word == ":";
    const bool continues = !whole.empty() && (is_break || is_open);
    if (!continues) whole.emplace_back();
    from = continues ? whole.back().size() + (is_break ? 1 : 0) : 0;
    whole.back() += word;
    is_open = is_break;
  }
  words = whole;
  return from;
}

// Of a list, what may follow the last comma: what is not in it yet. `before` is "--name=", or nothing.
std::vector<Row> values_of(const Command& command, const CLI::Option& option, const std::string& before,
                           const std::string& value) {
  if (option.get_type_name() == "FILE") return {{kFiles, ""}};
  const auto choices = command.choices.find(&option);
  if (choices == command.choices.end()) return {};
  const std::size_t comma = option.get_type_name() == "LIST" ? value.rfind(',') : std::string::npos;
  const std::string items = value.substr(0, comma + 1);  // nothing: there is no comma
  std::vector<Row> rows;
  for (const std::string& choice : choices->second)
    if (("," + items).find("," + choice + ",") == std::string::npos)
      rows.push_back({before + items + choice, ""});
  return rows;
}

// The option that waits for its value after this word: --threads, -t, -qt.
const CLI::Option* open_option(const Command& command, const std::string& word) {
  const bool is_cluster = word.size() > 2 && word[0] == '-' && word[1] != '-';
  const CLI::Option* option = find_option(command, is_cluster ? std::string("-") + word.back() : word);
  return option == nullptr || is_flag(*option) ? nullptr : option;
}

// Whatever may follow these words, as far as `last` decides it; it may begin otherwise.
std::vector<Row> candidates(const Program& program, const Words& words, const std::string& last) {
  const std::size_t leading = leading_general_options(program, words);
  const Command* named = leading < words.size() ? find_command(program, words[leading]) : nullptr;
  const Command& command = named == nullptr ? program.commands.front() : *named;
  if (!words.empty())
    if (const CLI::Option* option = open_option(command, words.back()))
      return values_of(command, *option, "", last);
  std::vector<Row> rows;
  if (const std::size_t equals = last.find('='); last.starts_with("--") && equals != std::string::npos) {
    if (const CLI::Option* option = open_option(command, last.substr(0, equals)))
      rows = values_of(command, *option, last.substr(0, equals + 1), last.substr(equals + 1));
  } else if (last.starts_with('-')) {
    for (const CLI::Option* option : options_of(command))
      for (const std::string& name : {long_name(*option), short_name(*option)})
        if (!name.empty()) rows.push_back({name, option->get_description()});
  } else if (leading == words.size()) {
    for (const Command& other : program.commands)
      rows.push_back({other.app->get_name(), other.app->get_description()});
  } else if (named != nullptr) {
    for (const CLI::Option* argument : arguments_of(command)) rows = values_of(command, *argument, "", last);
  }
  return rows;
}

}  // namespace

std::string offers_for(const Program& program, Words words) {
  const std::size_t from = rejoin(words);
  const std::string last = words.empty() ? "" : words.back();
  if (!words.empty()) words.pop_back();
  std::string text;
  for (const Row& row : candidates(program, words, last)) {
    if (row.left == kFiles) return row.left + "\n";
    if (row.left.starts_with(last))
      text += row.left.substr(from) + (row.right.empty() ? "" : "\t" + row.right) + "\n";
  }
  return text;
}

void declare_completion(Program& program) {
  Command& command = add_command(program, "completion", "print a completion script for bash, zsh or fish");
  command.examples = {{"source <(banksim completion bash)", "for this shell"},
                      {"banksim completion fish | source", "the same in fish"}};
  command.exit_codes = kPrinterExitCodes;
  auto& shell =
      command.executes<std::size_t>([](std::size_t& of, const Request&) { return print(kScripts[of]); });
  Group(command, "Arguments").choose("SHELL", "", joined(kShells), shell, kShells)->required();
}

}  // namespace banksim::cli
