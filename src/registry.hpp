// The strategies by name: what the command line, the tests and the comparison choose from at run time. There
// is one entry for each member of AllStrategies, made at compile time.
//
// Cost: one call through a pointer for a run or an exploration, none for a transfer.
#pragma once

#include <banksim/explore.hpp>
#include <banksim/simulate.hpp>

#include <span>
#include <string_view>

namespace banksim {

struct StrategyEntry {
  std::string_view name;  // canonical
  std::span<const std::string_view> aliases;
  std::string_view summary;
  std::string_view how;
  std::string_view why_safe;  // why what it claims holds; empty where it does not say
  std::string_view wins;
  std::string_view source;
  bool deadlock_free;
  bool conserves_money;
  bool own_transfer;  // transfers go by a transfer() of its own, and so do their declines
  RunResult (*run)(const Config&, RunControl&);
  Exploration (*explore)(const ExploreLimits&);
};

std::span<const StrategyEntry> strategies();

// By canonical name or alias; '-' and '_' are the same. Null when there is none.
const StrategyEntry* find_strategy(std::string_view name);

// Throws ConfigError where there is no strategy of that name.
RunResult run_registered(const Config& config, RunControl& control);

// Of a strategy that nobody knows it was never said that it may fail: it claims everything.
bool claims_safety(std::string_view strategy);                    // that it neither loses money nor deadlocks
bool breaks_promise(std::string_view strategy, Outcome outcome);  // a timeout breaks everybody's

}  // namespace banksim
