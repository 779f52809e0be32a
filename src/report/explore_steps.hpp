// The steps of a finding for people: the pieces that explore_text.cpp puts together. Pure functions.
#pragma once

#include <banksim/exploration.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace banksim {

std::string place_text(const ExploreStep& step);  // what it is about: "account 1", "the strategy's lock 2"

// Who does what, a line each.
std::string errands_text(const Exploration& e, const std::vector<ExploreStep>& steps);
// A column for each worker, or a line for each step where that is wider than so many columns.
std::string steps_text(const Exploration& e, const std::vector<ExploreStep>& steps, std::size_t columns);
// What the accounts have after them.
std::string balances_text(const Exploration& e, const std::vector<ExploreStep>& steps);

}  // namespace banksim
