// A run, an exploration and the strategies as text for people, and what else the program says of them.
// Pure functions: the same value gives the same bytes.
//
// Promises: every line ends in LF, the last one too. Text is ASCII unless `unicode`; only the verdict's word is
// coloured, and only if `color`. No line on an exploration is wider than 80 columns, but for the heading (by a
// long name) and the command that replays.
//
// Errors: std::bad_optional_access where the outcome is deadlock and no cycle is given.
#pragma once

#include "record/record.hpp"
#include "registry.hpp"
#include "report/text.hpp"

#include <banksim/exploration.hpp>
#include <banksim/result.hpp>

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace banksim {

std::string run_text(const RunResult& run, const TextStyle& style);

std::string explore_text(const Exploration& exploration, const TextStyle& style = {});
std::string explore_progress_line(const ExploreProgress& progress);  // for stderr, during a long search
bool was_interrupted(const Exploration& exploration);                // before it had a verdict

std::string strategies_text(std::span<const StrategyEntry> entries, const TextStyle& style);
std::string strategy_text(const StrategyEntry& entry, const TextStyle& style);

// What a run did, by its outcome: "ordered was not run".
inline constexpr std::array kOutcomeVerbs{
    "has no speed to show", "got the money wrong", "deadlocked", "stalled", "ran out of time", "was not run"};

std::string warning_text(const Warning& warning);  // of a run and of a comparison alike
const Wording& wording();                          // the sentences in records

// A line that GitHub shows at the job: "::error title=banksim::p99 ...". `level` is error, warning or notice.
std::string github_annotation(std::string_view level, std::string_view message);

}  // namespace banksim
