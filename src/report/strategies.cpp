// The strategies for people: all of them in a table, or one explained.
#include "report/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace banksim {
namespace {

constexpr std::size_t kLabelWidth = 8;

const char* yes_no(bool yes) { return yes ? "yes" : "no"; }

// A column is as wide as its longest cell, its title included.
template <class Text>
std::size_t width_of(std::span<const StrategyEntry> entries, std::string_view title, Text text) {
  std::size_t width = title.size();
  for (const StrategyEntry& entry : entries) width = std::max(width, std::string_view(text(entry)).size());
  return width;
}

std::string claims_text(const StrategyEntry& entry) {
  return fmt::format("{}; {}", entry.deadlock_free ? "cannot deadlock" : "can deadlock",
                     entry.conserves_money ? "conserves money" : "does not conserve money");
}

}  // namespace

std::string strategies_text(std::span<const StrategyEntry> entries, const TextStyle& style) {
  const std::size_t names = width_of(entries, "strategy", [](const auto& e) { return e.name; });
  const std::size_t summaries = width_of(entries, "what it does", [](const auto& e) { return e.summary; });
  std::string text = fmt::format("{:<{}}  {:<{}}  {:<13}  {}\n", "strategy", names, "what it does", summaries,
                                 "deadlock-free", "keeps money");
  for (const StrategyEntry& entry : entries)
    text += fmt::format("{:<{}}  {:<{}}  {:<13}  {}\n", entry.name, names, entry.summary, summaries,
                        yes_no(entry.deadlock_free), yes_no(entry.conserves_money));
  text += fmt::format(
      "\nThe default is {}. banksim strategies NAME explains one;\n"
      "banksim explore --strategy NAME proves or refutes its claims.\n",
      Config{}.strategy);
  return wrapped(text, style.columns);
}

std::string strategy_text(const StrategyEntry& entry, const TextStyle& style) {
  std::string text = fmt::format("{}\n\n", entry.name);
  const auto add = [&text](std::string_view label, std::string_view words) {
    text += labelled(label, kLabelWidth, words);
  };
  add("What", entry.summary);
  add("How", entry.how);
  add("Wins", entry.wins);
  add("Claims", claims_text(entry));
  add("Source", entry.source);
  for (const std::string_view alias : entry.aliases) add("Alias", fmt::format("--strategy {}", alias));
  add("See", fmt::format("banksim explore --strategy {}", entry.name));
  return wrapped(text, style.columns);
}

}  // namespace banksim
