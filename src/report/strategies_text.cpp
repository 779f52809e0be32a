// The strategies for people: all of them in a table, or one explained.
#include "report/explain.hpp"
#include "report/report.hpp"

#include <fmt/format.h>

namespace banksim {

std::string strategies_text(std::span<const StrategyEntry> entries, const TextStyle& style) {
  Table table({{"strategy"}, {"what it does"}, {"deadlock-free"}, {"keeps money"}});
  for (const StrategyEntry& entry : entries)
    table.add({std::string(entry.name), std::string(entry.summary), entry.deadlock_free ? "yes" : "no",
               entry.conserves_money ? "yes" : "no"});
  const std::string text = fmt::format(
      "{}{}\nThe default is {}. banksim strategies NAME explains one;\n"
      "banksim explore --strategy NAME proves or refutes its claims.\n",
      table.title_line(), table.lines(), Config{}.strategy);
  return wrapped(text, style.columns);
}

std::string strategy_text(const StrategyEntry& entry, const TextStyle& style) {
  std::string text = fmt::format("{}\n\n", entry.name);
  text += block(
      8, {{"What", entry.summary},
          {"How", rule_text(&entry)},
          {"Wins", entry.wins},
          {"Claims", fmt::format("{}; {}", entry.deadlock_free ? "cannot deadlock" : "can deadlock",
                                 entry.conserves_money ? "conserves money" : "does not conserve money")},
          {"Source", entry.source}});
  for (const std::string_view alias : entry.aliases)
    text += block(8, {{"Alias", fmt::format("--strategy {}", alias)}});
  return wrapped(text + block(8, {{"See", fmt::format("banksim explore --strategy {}", entry.name)}}),
                 style.columns);
}

}  // namespace banksim
