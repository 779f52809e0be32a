// The steps of a finding for people: the pieces that explore_text.cpp puts together. Pure functions.
#pragma once

#include <banksim/exploration.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace banksim {

inline constexpr std::size_t kExploreColumns = 80;  // texts of explorations are no wider

std::string place_text(const ExploreStep& step);  // what it is about: "account 1", "the strategy's lock 2"

// Who does what, a line each.
std::string errands_text(const Exploration& e, const std::vector<ExploreStep>& steps);
std::string steps_text(const Exploration& e, const std::vector<ExploreStep>& steps);

}  // namespace banksim
