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

const char* to_string(ExploreVerdict verdict);
const char* to_string(FindingKind kind);
const char* to_string(StepOp op);

// Whether somebody asked it to stop before it had a verdict.
bool was_interrupted(const Exploration& exploration);

std::string explore_text(const Exploration& exploration, const TextStyle& style = {});

// `command` is the command line as it was given; `started_at` is UTC in ISO 8601, or empty for null;
// `exit_code` what the program will return.
std::string explore_json(const Exploration& exploration, std::span<const std::string> command,
                         std::string_view started_at, int exit_code);

// One line for stderr during a long search.
std::string explore_progress_line(const ExploreProgress& progress);

}  // namespace banksim
