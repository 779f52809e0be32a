// An exploration as text for people, and for now as JSON and as a Chrome trace.
//
// Promises: the same Exploration gives the same text. It is ASCII and ends with a line feed; the verdict stands
// on the second line. No line but the heading (by a long name) and the command that replays is wider than 80
// columns.
//
// Errors: std::bad_alloc.
//
// Threads: none needed.
#pragma once

#include "record/names.hpp"
#include "report/report.hpp"

#include <banksim/explore.hpp>

#include <span>
#include <string>
#include <string_view>

namespace banksim {

// Whether somebody asked it to stop before it had a verdict.
bool was_interrupted(const Exploration& exploration);

std::string explore_text(const Exploration& exploration, const TextStyle& style = {});

// The steps of the first finding, a microsecond each. Empty timeline if there is none.
std::string explore_chrome_trace(const Exploration& exploration);

// One line for stderr during a long search.
std::string explore_progress_line(const ExploreProgress& progress);

}  // namespace banksim
