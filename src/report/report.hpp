// Runs, explorations, comparisons and strategies for people: as text, as Markdown for a pull request, as a page, as a
// picture; and what else the program says of them.
//
// Promises: the same value gives the same bytes, and every line ends in LF, the last one too. Text is ASCII unless
// `unicode`; only a verdict's word and what a comparison's row stands for are coloured, and only if `color`. No line
// on an exploration is wider than 80 columns, but for the heading (by a long name) and the command that replays.
// All reports on a comparison say the same values, from one view (compare_view.hpp); every number is the
// comparison's own. Only cells that ended ok are ranked, the others are named with how they ended. HTML and SVG are
// well-formed XML without script, and refer to nothing outside themselves; text from the user is escaped.
// Errors: std::bad_optional_access where the outcome is deadlock and no cycle is given.
// Threads: pure functions.
#pragma once

#include "record/record.hpp"
#include "report/text.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace banksim {

std::string run_text(const RunResult& run, const TextStyle& style);

std::string cycle_mermaid(const RunResult& run);  // a deadlock as a graph, for Markdown
std::string cycle_mermaid(const Exploration& exploration);

std::string explore_text(const Exploration& exploration, const TextStyle& style = {});
std::string explore_progress_line(const ExploreProgress& progress);  // for stderr, during a long search
bool was_interrupted(const Exploration& exploration);                // before it had a verdict

// A table of each strategy's rows and its verdict; of several a table of all comes last.
std::string check_text(std::span<const Checked> all, const TextStyle& style);
std::string check_row_text(const CheckRow& row);        // what came of it, in a line
std::string check_junit(std::span<const Checked> all);  // XML: a suite each, a case a row

std::string strategies_text(std::span<const StrategyEntry> entries, const TextStyle& style);
std::string strategy_text(const StrategyEntry& entry, const TextStyle& style);

// Bars fill what is left of `columns`. `style.columns` is not looked at: a table needs a width in any case.
std::string compare_text(const Comparison& comparison, const TextStyle& style, std::size_t columns = 80);

// `command` is argv as typed, to repeat it by; it may be empty.
std::string compare_markdown(const Comparison& comparison, std::span<const std::string> command = {});
std::string compare_html(const Comparison& comparison, std::span<const std::string> command);
std::string compare_svg(const Comparison& comparison);  // to be shown at up to 800 pixels of width

// What a run did, by its outcome: "ordered was not run".
inline constexpr std::array kOutcomeVerbs{
    "has no speed to show", "got the money wrong", "deadlocked", "stalled",
    "ran out of time",      "was not run",         "crashed",    "could not be run"};

// ---- The sentences that records carry.

std::string warning_text(const Warning& warning);            // of a run and of a comparison alike
std::string verdict_sentence(const Comparison& comparison);  // who is the fastest where, and who failed
std::vector<std::string> finding_sentences(const Comparison& comparison);
std::vector<std::string> failure_sentences(const Comparison& comparison);
const Wording& wording();  // all of these

// A line that GitHub shows at the job: "::error title=banksim::p99 ...". `level` is error, warning or notice.
std::string github_annotation(std::string_view level, std::string_view message);

}  // namespace banksim
