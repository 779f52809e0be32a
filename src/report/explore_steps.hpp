// The steps of a finding for people. Pure functions, without locks or state.
#pragma once

#include <banksim/exploration.hpp>

#include <cstddef>
#include <string>

namespace banksim {

inline constexpr std::size_t kExploreColumns = 80;  // texts of explorations are no wider

// What a step is about: "account 1", "the strategy's lock 2".
std::string place_text(const ExploreStep& step);

// "read account 1 = 2", "lock the strategy's lock 2".
std::string step_text(const ExploreStep& step);

// All of them within 80 columns: a column for each worker that takes part; where those are too wide, a list.
std::string steps_text(const Exploration& exploration, const ExploreFinding& finding);

}  // namespace banksim
