// A schedule as people and scripts see it: steps with names and values, and the token that replays it, a word
// that can be printed and typed:
//
//   STRATEGY.wWaAkK[au][self]-FINGERPRINT:MOVE.MOVE...[~MOVE...[!MOVE...]]
//
// A move is a worker, with -N where it begins its transfer number N, and x where a try_lock fails though
// nobody holds the lock. The moves after ~ repeat for ever, and those after ! never become possible. The
// fingerprint is taken over the operations and values met on the way: it fits every build of the same source,
// and no other strategy, size or source.
#pragma once

#include "explore/search.hpp"

#include <string>
#include <string_view>

namespace banksim::model {

// The schedule step by step, with its token.
ExploreFinding tell(Model& model, std::string_view strategy, const Counterexample& found);

std::string token_of(std::string_view strategy, const Setup& setup, const ExploreFinding& story,
                     const Counterexample& found);

// What a token was made for, of which it says the size. Throws BadReplayToken.
struct TokenHead {
  std::string_view strategy;  // within the token
  Setup setup;
};
TokenHead read_head(std::string_view token);

// The schedule of a token, as far as something goes wrong. Throws BadReplayToken.
Counterexample follow(Model& model, std::string_view token);

}  // namespace banksim::model
