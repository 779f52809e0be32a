// What runs and explorations say alike: what a transfer moves, why threads wait for each other for ever, what helps, and
// a picture of it. Pure functions.
#pragma once

#include "registry.hpp"

#include <banksim/exploration.hpp>
#include <banksim/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace banksim {

// A claim that holds is explained by the strategy's own rule: "ordered locks ... So no cycle can close."
std::string rule_text(const StrategyEntry* strategy);  // null: nobody knows it, and nothing is said

std::string move_text(const Transfer& transfer);                  // "40 from account 1 to account 4"
std::string worker_text(WorkerId worker, std::uint32_t workers);  // after the last of them comes the auditor
std::string lock_text(AccountId account,
                      std::uint32_t own_number = 0);  // "account 4", "the strategy's lock 2"

// ---- A cycle of waits, in each of whose members `holds` is what the one before it waits for.

using Cycle = std::vector<DeadlockMember>;

Cycle cycle_of(const Exploration& exploration, const ExploreFinding& finding);
std::size_t audits_in(const Cycle& cycle);
std::string cycle_why(const Cycle& cycle, std::uint32_t workers);
std::string cycle_fix(const Cycle& cycle, std::string_view strategy);

}  // namespace banksim
