// explore() from the inside: a search or a replay finds a counterexample, which is then told as steps.
//
// Promises: finds a schedule with the fewest steps that breaks anything, or visits every state.
// Threads: as the model.
#pragma once

#include "explore/model.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace banksim::model {

// Why nothing of that size can be explored, in words for who asked for it; nothing if it can.
std::optional<std::string> out_of_range(const ExploreSize& size);

// What `limits` ask for, or their token. Throws as check_limits().
Setup setup_for(std::string_view strategy, const ExploreLimits& limits);

// As banksim::explore(), of a model that was set up for these limits.
Exploration explore(Model& model, const ExploreLimits& limits);

// A schedule, and what is wrong at its end.
struct Counterexample {
  std::vector<Move> moves;
  Breach breach{};
  std::size_t loop_begin = 0;  // of a livelock: the moves from here on come back to where they began
  std::vector<Move> kept_from_beginning{};  // of a livelock: by a first lock that is never free
};

// Searches all schedules. Fills in what `result` says of a search: states, transitions, bounds_hit and the like.
std::optional<Counterexample> search_all(Model& model, Exploration& result);

// The schedule as people see it, step by step with names and values, and its token.
ExploreFinding tell(Model& model, const Counterexample& found);

// The token that replays a schedule, a word that can be printed and typed:
//
//   STRATEGY.wWaAkK[bBALANCE][mAMOUNT[_AMOUNT...]][au][self][+FAULT]-FINGERPRINT:MOVE.MOVE...[~MOVE...[!MOVE...]]
//
// The balance and the amounts are there if they are not the usual ones, and the fault if one was looked for and
// others passed over: as --find has it, but deadlock3au for a deadlock of three with the auditor.
// A move is a worker, with -N where it begins its transfer number N, and x where a try_lock fails though
// nobody holds the lock. The moves after ~ repeat for ever, and those after ! never become possible. The
// fingerprint is taken over the operations and values met on the way: it fits every build of the same source,
// and no other strategy, size or source.
std::string token_of(const Setup& setup, const ExploreFinding& story, const Counterexample& found);

// What a token was made for. Throws BadReplayToken.
Setup read_head(std::string_view token);

// The schedule of a token, as far as something goes wrong. Throws BadReplayToken.
Counterexample follow(Model& model, std::string_view token);

}  // namespace banksim::model
