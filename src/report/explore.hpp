// Explorations as text for people, JSON for scripts, and a Chrome trace for a timeline viewer.
//
// Promises   pure functions: the same Exploration gives the same document. Text is ASCII and ends with a
//            newline; the verdict stands on the second line. No line but the heading (by a long name) and the
//            command that replays is wider than 80 columns.
// Cost       that of the strings.
// Source     The trace format: "Trace Event Format" (Google), which chrome://tracing and Perfetto read.
#pragma once

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

// One line for stderr during a long search, or a long sample.
std::string explore_progress_line(const ExploreLimits& limits, const ExploreProgress& progress);

}  // namespace banksim
