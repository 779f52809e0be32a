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

#include "record/record.hpp"
#include "registry.hpp"

#include <banksim/simulate.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace banksim {

struct TextStyle {
  bool color = false;
  bool unicode = false;
  bool quiet = false;       // the verdict line alone
  std::size_t columns = 0;  // longer lines are broken; 0: none is, as for files and pipes
};

std::string run_text(const RunResult& result, const TextStyle& style);

std::string warning_text(const Warning& warning);

// The sentences in records.
const Wording& wording();

// A line that GitHub shows at the job: "::error title=banksim::p99 ...". `level` is error, warning or notice.
std::string github_annotation(std::string_view level, std::string_view message);

std::string strategies_text(std::span<const StrategyEntry> entries, const TextStyle& style);
std::string strategy_text(const StrategyEntry& entry, const TextStyle& style);

// 19,200,000 -> "19.2 M"; 1234567 -> "1,234,567"; 210e-9 s -> "210 ns": as the text reports write them, with
// three significant digits and no zeros at the end.
std::string si_number(double value);
std::string duration_text(double seconds, bool unicode = false);
std::string grouped(std::string integer);
template <std::integral Integer>
std::string grouped(Integer value) {
  return grouped(std::to_string(value));
}

}  // namespace banksim
