// An exploration as text for people. Pure functions, for any thread.
//
// Promises: the same Exploration gives the same text. It is ASCII and ends with a line feed; the verdict stands
// on the second line. No line but the heading (by a long name) and the command that replays is wider than 80
// columns.
#pragma once

#include "report/text.hpp"

#include <banksim/exploration.hpp>

#include <string>

namespace banksim {

// Whether somebody asked it to stop before it had a verdict.
bool was_interrupted(const Exploration& exploration);

std::string explore_text(const Exploration& exploration, const TextStyle& style = {});

// One line for stderr during a long search.
std::string explore_progress_line(const ExploreProgress& progress);

}  // namespace banksim
