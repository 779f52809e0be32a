// The strategies by name: what the command line, the tests and the comparison choose from at run time. There
// is one entry for each member of AllStrategies, made at compile time.
//
// Cost: one call through a pointer for a run or an exploration, none for a transfer.
#pragma once

#include <banksim/strategy_entry.hpp>

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace banksim {

std::span<const StrategyEntry> strategies();  // that the program has

// By canonical name or alias; '-' and '_' are the same. Null when there is none.
const StrategyEntry* find_strategy(std::string_view name);

// Of a strategy that was added: what it says of itself, which its file may have in memory that does not last.
struct StrategyWords {
  std::string own_name, summary, how, why_safe, wins, source;
  bool deadlock_free, conserves_money, own_transfer;
};
// From now on it is found by `name` as well. `open` is called where it is run or explored, which may be another process
// forked from this one: it returns the strategy's own entry, made for such mutexes. Adding a name again replaces it.
using OpenStrategy = std::function<const StrategyEntry&(MutexKind)>;
void add_strategy(const std::string& name, StrategyWords words, OpenStrategy open);
// What it calls itself, and its tokens: of those that the program has, `name`.
std::string own_name(std::string_view name);

// Throw ConfigError where there is no strategy of that name.
RunResult run_registered(const Config& config, RunControl& control);
Exploration explore_registered(const std::string& name, const ExploreLimits& limits);

// Of a strategy that nobody knows it was never said that it may fail: it claims everything.
bool claims_safety(std::string_view strategy);                    // that it neither loses money nor deadlocks
bool breaks_promise(std::string_view strategy, Outcome outcome);  // a timeout breaks everybody's

}  // namespace banksim
