// Results as text for people, JSON and CSV for programs: pure functions from a result to a string.
//
// Promises   the same result gives the same bytes; every line ends in LF, the last one too.
//            JSON: one object, stable key order, the unit in each name. A number that is NaN, infinite or not
//            below 2^53 is null. Bytes that are no UTF-8 become U+FFFD.
//            CSV: a header and one row, JSON's names flattened with '_', null is an empty cell, a list is
//            joined with ';'. RFC 4180 but for its CR LF, which cut and awk would take for a part of the last
//            cell. Text is ASCII unless `unicode`; only the verdict's word is coloured, and only if `color`.
// Throws     std::bad_alloc; std::bad_optional_access where the outcome is deadlock and no cycle is given.
// Threads    none needed.
#pragma once

#include "registry.hpp"
#include "report/text.hpp"

#include <banksim/simulate.hpp>

#include <span>
#include <string>
#include <string_view>

namespace banksim {

std::string run_text(const RunResult& result, const TextStyle& style);

std::string warning_text(const Warning& warning);

// A line that GitHub shows at the job: "::error title=banksim::p99 ...". `level` is error, warning or notice.
std::string github_annotation(std::string_view level, std::string_view message);

// `command` is argv as typed; `exit_code` what the program will return.
std::string run_json(const RunResult& result, std::span<const std::string> command, int exit_code);
std::string run_csv(const RunResult& result, int exit_code);

std::string strategies_text(std::span<const StrategyEntry> entries, const TextStyle& style);
std::string strategy_text(const StrategyEntry& entry, const TextStyle& style);
std::string strategies_json(std::span<const StrategyEntry> entries);

}  // namespace banksim
