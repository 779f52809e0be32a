// All schedules, breadth first.
//
// Promises: finds a schedule with the fewest steps that breaks anything, or visits every state.
//
// Threads: as the model.
//
// Source: breadth-first search with stored parents; Kahn (1962) for the number of paths; backward reachability
// for what cannot finish (CTL's EF: Clarke, Emerson 1981).
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

// Fills in what `result` says of a search: states, transitions, bounds_hit and the like.
std::optional<Counterexample> search_all(Model& model, Exploration& result);

}  // namespace banksim::model
