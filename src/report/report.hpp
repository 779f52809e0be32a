// A run, and the strategies, as text for people: pure functions from a value to a string.
//
// Promises: the same value gives the same bytes; every line ends in LF, the last one too. Text is ASCII unless
// `unicode`; only the verdict's word is coloured, and only if `color`.
//
// Errors: std::bad_alloc; std::bad_optional_access where the outcome is deadlock and no cycle is given.
//
// Threads: none needed.
#pragma once

#include "record/record.hpp"
#include "registry.hpp"
#include "report/text.hpp"

#include <banksim/result.hpp>

#include <span>
#include <string>
#include <string_view>

namespace banksim {

std::string run_text(const RunResult& run, const TextStyle& style);

std::string warning_text(const Warning& warning);

// The sentences in records.
const Wording& wording();

// A line that GitHub shows at the job: "::error title=banksim::p99 ...". `level` is error, warning or notice.
std::string github_annotation(std::string_view level, std::string_view message);

std::string strategies_text(std::span<const StrategyEntry> entries, const TextStyle& style);
std::string strategy_text(const StrategyEntry& entry, const TextStyle& style);

}  // namespace banksim
