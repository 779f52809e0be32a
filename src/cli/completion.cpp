#include "cli/completion.hpp"

#include "cli/cli.hpp"
#include "cli/output.hpp"
#include "cli/run_options.hpp"
#include "cli/suggest.hpp"
#include "cli/values.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace banksim::cli {
namespace {

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

const Words& shells() {
  static const Words names = {"bash", "zsh", "fish"};
  return names;
}

// "--format", "=", "j" is "--format=j" again, and "zipf", ":", "0" is "zipf:0". `from` is where the last word
// as it was given begins in the last one as it is returned.
struct Rejoined {
  Words words;
  std::size_t from = 0;
};
Rejoined rejoin(const Words& given) {
  const auto is_break = [](const std::string& word) { return word == "=" || word == ":"; };
  Rejoined result;
  bool is_open = false;
  for (const std::string& word : given) {
    const bool continues = !result.words.empty() && (is_break(word) || is_open);
    if (!continues) result.words.emplace_back();
    std::string& whole = result.words.back();
    result.from = continues ? whole.size() + (is_break(word) ? 1 : 0) : 0;
    whole += word;
    is_open = is_break(word);
  }
  return result;
}

class Offers {
 public:
  explicit Offers(std::string begun, std::size_t from) : begun_(std::move(begun)), from_(from) {}
  void add(const std::string& word, const std::string& meaning = {}) {
    if (!word.starts_with(begun_)) return;
    text_ += word.substr(from_) + (meaning.empty() ? "" : "\t" + meaning) + "\n";
  }
  const std::string& text() const { return text_; }

 private:
  std::string begun_;
  std::size_t from_;
  std::string text_;
};

// Of a list, what may follow the last comma: what is not in it yet.
void add_values(Offers& offers, const Command& command, const CLI::Option& option, const std::string& before,
                const std::string& value) {
  const auto choices = command.choices.find(&option);
  if (choices == command.choices.end()) return;
  const std::size_t comma = option.get_type_name() == "LIST" ? value.rfind(',') : std::string::npos;
  const std::string items = comma == std::string::npos ? std::string() : value.substr(0, comma + 1);
  for (const std::string& choice : choices->second)
    if (("," + items).find("," + choice + ",") == std::string::npos) offers.add(before + items + choice);
}

std::string values_for(const Command& command, const CLI::Option& option, const std::string& before,
                       const std::string& value, std::size_t from) {
  if (option.get_type_name() == "FILE") return ":files\n";
  Offers offers(before + value, from);
  add_values(offers, command, option, before, value);
  return offers.text();
}

// The option that waits for its value after this word: --threads, -t, -qt.
const CLI::Option* open_option(const Command& command, const std::string& word) {
  const bool is_cluster = word.size() > 2 && word[0] == '-' && word[1] != '-';
  const CLI::Option* option =
      is_cluster ? find_option(command, std::string("-") + word.back()) : find_option(command, word);
  return option == nullptr || is_flag(*option) ? nullptr : option;
}

}  // namespace

std::string offers_for(const Program& program, Words given) {
  auto [words, from] = rejoin(given);
  if (words.empty()) words.emplace_back();
  const std::string last = words.back();
  words.pop_back();
  const std::size_t leading = leading_general_options(program, words);
  const auto named =
      leading < words.size()
          ? std::ranges::find_if(program.commands,
                                 [&](const Command& c) { return c.app->get_name() == words[leading]; })
          : program.commands.end();
  const Command& command = named == program.commands.end() ? program.commands.front() : *named;
  if (!words.empty())
    if (const CLI::Option* option = open_option(command, words.back()))
      return values_for(command, *option, "", last, from);
  const std::size_t equals = last.find('=');
  if (last.starts_with("--") && equals != std::string::npos) {
    const CLI::Option* option = open_option(command, last.substr(0, equals));
    return option == nullptr
               ? std::string()
               : values_for(command, *option, last.substr(0, equals + 1), last.substr(equals + 1), from);
  }
  Offers offers(last, from);
  if (last.starts_with('-'))
    for (const TitledOptions& group : groups_of(command))
      for (const CLI::Option* option : group.options) {
        offers.add(long_name(*option), option->get_description());
        if (!short_name(*option).empty()) offers.add(short_name(*option), option->get_description());
      }
  else if (leading == words.size())
    for (const Command& other : program.commands)
      offers.add(other.app->get_name(), other.app->get_description());
  else if (named != program.commands.end())
    for (const CLI::Option* argument : arguments_of(command))
      add_values(offers, command, *argument, "", last);
  return offers.text();
}

void declare_completion(Program& program) {
  const auto shell = std::make_shared<std::size_t>(0);
  const auto general = std::make_shared<GeneralOptions>();
  Command& command = add_command(program, "completion", "print a completion script for bash, zsh or fish");
  command.examples = {{"source <(banksim completion bash)", "for this shell"},
                      {"banksim completion fish | source", "the same in fish"}};
  command.exit_codes = kPrinterExitCodes;
  Group(command, "Arguments").choose("SHELL", "SHELL", "", joined(shells()), *shell, shells())->required();
  add_general_options(command, *general);
  command.execute = [shell, general](const Arguments&) {
    ResultStream::open("-").write(kScripts[*shell]);
    return 0;
  };
}

}  // namespace banksim::cli
