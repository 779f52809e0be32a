// From states whose workers have lost their names back to schedules of workers with names.
//
// Threads: as the model. Cost: the moves along the way are made again, at each step all that are possible.
#pragma once

#include "explore/search.hpp"

namespace banksim::model {

// Of all that was found the one that is shown in the fewest steps.
struct ShortestBreach {
  FindingKind kind;
  std::uint32_t more_steps;
  StateIndex state;  // the move that breaks it starts here
  std::uint64_t steps;
};

Counterexample counterexample(Model& model, const StateGraph& graph, const ShortestBreach& breach);
Counterexample lasso(Model& model, const StateGraph& graph, const Trap& trap);

}  // namespace banksim::model
