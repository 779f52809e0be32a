// All schedules, breadth first.
//
// Promises: finds a schedule with the fewest steps that breaks anything, or visits every state.
// Threads: as the model.
// Source: breadth-first search with stored parents; Kahn (1962) for the number of paths; for what cannot
// finish backward reachability (CTL's EF: Clarke, Emerson 1981).
#pragma once

#include "explore/state_graph.hpp"

#include <optional>
#include <vector>

namespace banksim::model {

// A schedule, and what is wrong at its end.
struct Counterexample {
  std::vector<Move> moves;
  Breach breach{};
  std::size_t loop_begin = 0;  // of a livelock: the moves from here on come back to where they began
  std::vector<Move> kept_from_beginning{};  // of a livelock: by a first lock that is never free
};

// Of all that was found the one that is shown in the fewest steps.
struct ShortestBreach {
  FindingKind kind;
  std::uint32_t more_steps;
  StateIndex state;  // the move that breaks it starts here
  std::uint64_t steps;
};

// From states whose workers have lost their names back to schedules of workers with names. The moves along
// the way are made again, at each step all that are possible.
Counterexample counterexample(Model& model, const StateGraph& graph, const ShortestBreach& breach);
Counterexample lasso(Model& model, const StateGraph& graph, const Trap& trap);

// Fills in what `result` says of a search: states, transitions, bounds_hit and the like.
std::optional<Counterexample> search_all(Model& model, Exploration& result);

}  // namespace banksim::model
