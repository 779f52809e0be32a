// A schedule as people and scripts see it: steps with names and values, and the token that replays it.
#pragma once

#include "explore/search.hpp"

#include <string_view>

namespace banksim::model {

ExploreFinding tell(Model& model, std::string_view strategy, const Counterexample& found);

}  // namespace banksim::model
