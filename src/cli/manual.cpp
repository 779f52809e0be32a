#include "cli/manual.hpp"

#include "cli/suggest.hpp"
#include "registry.hpp"
#include "run/platform.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace banksim::cli {
namespace {

// ---- roff ----

// Text that is printed as it is: a reader may copy a quote or a minus, and no line is taken for a request.
std::string roff(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '\\':
        result += "\\e";
        break;
      case '-':
        result += "\\-";
        break;
      case '\'':
        result += "\\(aq";
        break;
      case '`':
        result += "\\(ga";
        break;
      case '^':
        result += "\\(ha";
        break;
      case '~':
        result += "\\(ti";
        break;
      case '"':
        result += "\\(dq";
        break;
      default:
        result += c;
    }
  }
  return result.starts_with('.') ? "\\&" + result : result;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }
std::string section(const std::string& title) { return ".SH " + title + "\n"; }
std::string subsection(std::string_view title) { return ".SS " + roff(title) + "\n"; }
std::string paragraph(const std::string& text) { return ".PP\n" + text + "\n"; }
std::string item(const std::string& tag, const std::string& text) {
  return ".TP\n" + tag + "\n" + text + "\n";
}

std::string sentence(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text.ends_with('.') ? text : text + ".";
}

// ---- Options ----

std::string tag(const Option& option) {
  if (!option.long_name().starts_with('-')) return italic(option.long_name());
  const std::string before = option.short_name().empty() ? "" : bold(option.short_name()) + ", ";
  return before + bold(option.long_name()) + (option.is_flag() ? "" : " " + italic(option.value));
}

// The words that a shell would offer and nothing else here names.
std::string words_besides(const Option& option) {
  std::vector<std::string> words;
  for (const std::string& choice : option.choices)
    if (option.value.find(choice) == std::string::npos && option.help.find(choice) == std::string::npos &&
        choice != option.fallback)
      words.push_back(choice);
  return joined(words);
}

std::string explained(const Option& option) {
  std::string text = roff(option.help);
  if (const std::string words = words_besides(option); !words.empty()) text += " (" + roff(words) + ")";
  if (!option.fallback.empty()) text += " [" + bold(option.fallback) + "]";
  return text;
}

std::string items(const std::vector<Option>& options) {
  std::string text;
  for (const Option& option : options) text += item(tag(option), explained(option));
  return text;
}

// Where a group has been explained, word for word, and by which command.
using Explained = std::map<std::string, std::string>;

std::string groups_of(const Command& command, Explained& explained) {
  std::string text;
  for (const OptionGroup& group : command.groups) {
    const std::string title = paragraph(italic(group.title));
    const std::string body = items(group.options);
    const auto [first, is_new] = explained.emplace(title + body, command.name);
    text += title + (is_new ? body : ".RS\nsee " + bold("banksim " + first->second) + "\n.RE\n");
  }
  return text;
}

std::string commands_section(const std::vector<Command>& table) {
  std::string text = section("COMMANDS");
  Explained explained;
  for (const Command& command : table) {
    text += subsection(synopsis(command)) + roff(sentence(command.summary)) + "\n";
    if (&command == &table.front()) text += "This is what runs when no command is named.\n";
    text += items(command.arguments) + groups_of(command, explained);
  }
  return text;
}

// ---- The rest ----

std::string synopsis_section(const std::vector<Command>& table) {
  std::string text = section("SYNOPSIS") + bold("banksim") + " [" + italic("OPTIONS") + "]\n";
  for (const Command& command : table) {
    const std::string whole = synopsis(command);
    const std::size_t rest = std::string("banksim ").size() + command.name.size();
    text += ".br\n" + bold(whole.substr(0, rest)) + roff(whole.substr(rest)) + "\n";
  }
  return text;
}

std::string strategies_section() {
  std::string text = section("STRATEGIES");
  for (const StrategyEntry& entry : strategies())
    text +=
        item(bold(entry.name), roff(entry.summary) + "\n.br\n" + roff("wins: " + std::string(entry.wins)));
  return text;
}

// Commands with the same codes share a list.
std::string exit_section(const std::vector<Command>& table) {
  std::vector<std::pair<std::string, std::string>> lists;  // names, items
  for (const Command& command : table) {
    std::string codes;
    for (const Row& row : command.exit_codes) codes += item(bold(row.left), roff(row.right));
    const auto same = std::ranges::find(lists, codes, &std::pair<std::string, std::string>::second);
    if (same == lists.end())
      lists.emplace_back(command.name, codes);
    else
      same->first += ", " + command.name;
  }
  std::string text = section("EXIT STATUS");
  for (const auto& [names, codes] : lists) text += subsection(names) + codes;
  return text;
}

std::string examples_section(const std::vector<Command>& table) {
  std::string text = section("EXAMPLES");
  for (const Command& command : table)
    for (const Row& row : command.examples) text += item(bold(row.left), roff(row.right));
  return text;
}

std::string environment_section() {
  return section("ENVIRONMENT") +
         item(bold("NO_COLOR"), "not empty: no colour where " + bold("--color") + " is auto") +
         item(bold("CLICOLOR_FORCE"), "neither empty nor 0: colour even where the output is no terminal") +
         item(bold("TERM"), "dumb or not set: no colour") +
         item(bold("LC_ALL") + ", " + bold("LC_CTYPE") + ", " + bold("LANG"),
              "the first that is set: UTF\\-8 or plain ASCII") +
         item(bold("COLUMNS"), "how wide a comparison is, where the terminal does not say") +
         item(bold("CI"), "set: no progress, unless " + bold("--progress always")) +
         item(bold("GITHUB_ACTIONS"),
              "true: the warnings and failures of a comparison are written as annotations");
}

std::string files_section() {
  return section("FILES") + "A file named to " + bold("--output") + " or " + bold("--export") +
         " is opened before the first run, so that a hopeless one is never started.\n"
         "What it held is replaced only once there is a result.\n"
         "JSON carries " +
         bold("schema") + " and " + bold("schema_version") +
         "; fields are added without a new version.\n"
         "CSV has a header, one row a run, and new columns only at the end.\n";
}

}  // namespace

std::string manual_page(const std::vector<Command>& table) {
  return std::string(".TH BANKSIM 1 \"\" \"banksim ") + version() + "\" \"User Commands\"\n" +
         ".nh\n.ad l\n" +  // options and numbers are not to be broken or pulled apart
         section("NAME") + "banksim \\- " + roff(program_summary()) + "\n" + synopsis_section(table) +
         section("DESCRIPTION") + "banksim " + roff(program_summary()) + ".\n" +
         "The result is one document on standard output; everything else goes to standard error.\n" +
         paragraph(roff(value_conventions())) + commands_section(table) + strategies_section() +
         exit_section(table) + environment_section() + files_section() + examples_section(table);
}

}  // namespace banksim::cli
