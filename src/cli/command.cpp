#include "cli/command.hpp"

#include "cli/suggest.hpp"
#include "cli/values.hpp"

#include <algorithm>

namespace banksim::cli {

std::string Option::long_name() const {
  const std::size_t comma = names.find(',');
  return comma == std::string::npos ? names : names.substr(comma + 1);
}

std::string Option::short_name() const {
  const std::size_t comma = names.find(',');
  if (comma != std::string::npos) return names.substr(0, comma);
  return names.size() == 2 && names[0] == '-' ? names : std::string();
}

const Option* Command::find(const std::string& wanted) const {
  for (const OptionGroup& group : groups)
    for (const Option& option : group.options)
      if (option.long_name() == wanted || option.short_name() == wanted) return &option;
  return nullptr;
}

std::vector<std::string> Command::long_names() const {
  std::vector<std::string> result;
  for (const OptionGroup& group : groups)
    for (const Option& option : group.options) result.push_back(option.long_name());
  return result;
}

std::vector<Command> commands() {
  std::vector<Command> table = {run_command(),        compare_command(),    explore_command(),
                                strategies_command(), completion_command(), help_command()};
  for (const Command& command : table) table.back().arguments.front().choices.push_back(command.name);
  return table;
}

std::vector<std::string> command_names(const std::vector<Command>& table) {
  std::vector<std::string> names;
  names.reserve(table.size());
  for (const Command& command : table) names.push_back(command.name);
  return names;
}

const Command* find_command(const std::vector<Command>& table, const std::string& name) {
  const auto found = std::ranges::find(table, name, &Command::name);
  return found == table.end() ? nullptr : &*found;
}

OptionGroup general_options(GeneralOptions& options) {
  static const std::vector<std::string> colors = {"auto", "always", "never"};
  const auto set_color = [&options](const std::string& text) {
    options.color = static_cast<GeneralOptions::Color>(parse_choice(text, colors));
  };
  return {"General",
          {
              {.names = "--color",
               .value = joined(colors, "|"),
               .fallback = "auto",
               .help = "honours NO_COLOR, CLICOLOR_FORCE and TERM=dumb",
               .choices = colors,
               .set = set_color},
              {.names = "-q,--quiet",
               .help = "the verdict line alone, no warnings",
               .set = [&options](const std::string&) { options.quiet = true; }},
              {.names = "-v,--verbose",
               .help = "log to stderr",
               .set = [&options](const std::string&) { options.verbose = true; }},
              {.names = "-h,--help", .help = "print the help"},
              {.names = "-V,--version", .help = "print the version"},
          }};
}

}  // namespace banksim::cli
