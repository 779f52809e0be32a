// explore() from the inside: for the tests, which break one rule of the model at a time.
#pragma once

#include "explore/model.hpp"

#include <string_view>

namespace banksim::model {

// What `limits` ask for, or their token. Throws as check_limits().
Setup setup_for(std::string_view strategy, const ExploreLimits& limits);

// As banksim::explore(), of a model that was set up for these limits.
Exploration explore(Model& model, std::string_view strategy, const ExploreLimits& limits);

}  // namespace banksim::model
