// Help as text, from the tables: examples first, then the options by group, then the exit codes. Plain ASCII,
// at most 100 columns.
#include "cli/command.hpp"
#include "run/platform.hpp"

#include <algorithm>
#include <string>

namespace banksim::cli {
namespace {

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(text.size() < width ? width - text.size() : 0, ' ');
}

std::string section(const std::string& title, const std::vector<Row>& rows, std::size_t width = 0) {
  if (rows.empty()) return {};
  for (const Row& row : rows) width = std::max(width, row.left.size());
  std::string text = "\n" + title + ":\n";
  for (const Row& row : rows) text += "  " + padded(row.left, width) + "  " + row.right + "\n";
  return text;
}

// "-t, --threads N"; long names stand below each other.
std::string signature(const Option& option) {
  std::string name = option.long_name();
  if (!name.starts_with('-')) return name;
  const std::string before = option.short_name().empty() ? "    " : option.short_name() + ", ";
  return before + name + (option.is_flag() ? "" : " " + option.value);
}

std::vector<Row> rows_of(const std::vector<Option>& options) {
  std::vector<Row> rows;
  for (const Option& option : options) {
    const std::string fallback = option.fallback.empty() ? "" : " [" + option.fallback + "]";
    rows.push_back({signature(option), option.help + fallback});
  }
  return rows;
}

std::string options_text(const Command& command) {
  std::size_t width = 0;
  for (const OptionGroup& group : command.groups)
    for (const Option& option : group.options) width = std::max(width, signature(option).size());
  std::string text = section("Arguments", rows_of(command.arguments), width);
  for (const OptionGroup& group : command.groups) text += section(group.title, rows_of(group.options), width);
  return text;
}

std::string conventions() { return "\n" + std::string(value_conventions()) + "\n"; }

}  // namespace

std::string_view program_summary() {
  return "runs, watches, measures and proves ways of locking a bank's accounts";
}

std::string_view value_conventions() {
  return "TIME is a number and ns, us, ms, s, m or h; a bare number is seconds. N may end in k, m or g.\n"
         "Of an option given twice the last counts.";
}

std::string synopsis(const Command& command) {
  std::string text = "banksim " + command.name + " [OPTIONS]";
  for (const Option& argument : command.arguments)
    text += argument.required ? " " + argument.names : " [" + argument.names + "]";
  return text;
}

std::string command_help(const Command& command) {
  return "banksim " + command.name + ": " + command.summary + "\n\nUsage: " + synopsis(command) + "\n" +
         section("Examples", command.examples) + options_text(command) +
         section("Exit codes", command.exit_codes) + (command.name == "run" ? conventions() : "");
}

std::string program_help(const std::vector<Command>& table) {
  const Command& main = table.front();
  std::vector<Row> rows;
  rows.reserve(table.size());
  for (const Command& command : table) rows.push_back({command.name, command.summary});
  rows.front().right += " (the default)";
  return std::string("banksim ") + version() + ": " + std::string(program_summary()) +
         "\n\nUsage: banksim [OPTIONS]\n       banksim COMMAND [OPTIONS]\n" +
         section("Examples", main.examples) + section("Commands", rows) + options_text(main) +
         section("Exit codes", main.exit_codes) + conventions();
}

}  // namespace banksim::cli
