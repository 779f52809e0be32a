// Three ways through the model: all schedules, random ones, and one given.
//
// Promises   search_all() finds a schedule with the fewest steps that breaks anything, or visits every state.
// Threads    as the model.
// Source     Breadth-first search with stored parents; Kahn (1962) for the number of paths; backward
//            reachability for what cannot finish (CTL's EF: Clarke, Emerson 1981).
#pragma once

#include "explore/model.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace banksim::model {

// A schedule, and what is wrong at its end.
struct Counterexample {
  std::vector<Move> moves;
  Breach breach{};
  std::size_t loop_begin = 0;  // of a livelock: the moves from here on come back to where they began
  std::vector<Move> kept_from_beginning{};  // of a livelock: by a first lock that is never free
};

// Each fills in verdict-free facts of `result` (states, transitions, bounds_hit ...).
std::optional<Counterexample> search_all(Model& model, Exploration& result, const Faults& faults);
std::optional<Counterexample> sample(Model& model, Exploration& result);

// The schedule of a token, as far as it goes. Throws BadReplayToken.
Counterexample follow(Model& model, std::string_view token);

// Whether from `state` on those under way can never end a transfer, while `kept` has for each of the others
// one that it can never begin. Visits every state that they can reach, and remembers them.
bool is_trap(Model& model, const State& state, std::span<const Move> kept);

// The size that a token was made for, in place of the one in `limits`. Throws BadReplayToken.
void adopt_size(std::string_view token, ExploreLimits& limits);

// The schedule told step by step, with its token.
ExploreFinding tell(Model& model, std::string_view strategy, const ExploreLimits& limits,
                    const Counterexample& found);

// explore(), with a fault in the explorer itself: for the tests that must notice.
Exploration explore_with_faults(std::string_view strategy, ExploreSubjectFactory make,
                                const ExploreLimits& limits, const Faults& faults);

}  // namespace banksim::model
