// Explorations as text for people and JSON for scripts.
//
// Promises   pure functions: the same Exploration gives the same document. Text is ASCII and ends with a
//            newline; the verdict stands on the second line. No line but the heading (by a long name) and the
//            command that replays is wider than 80 columns.
// Cost       that of the strings.
#pragma once

#include "report/report.hpp"

#include <banksim/exploration.hpp>

#include <span>
#include <string>
#include <string_view>

namespace banksim {

// Whether somebody asked it to stop before it had a verdict.
bool was_interrupted(const Exploration& exploration);

std::string explore_text(const Exploration& exploration, const TextStyle& style = {});

// One line for stderr during a long search.
std::string explore_progress_line(const ExploreProgress& progress);

}  // namespace banksim
