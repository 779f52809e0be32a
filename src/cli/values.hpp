// What people type, as values: counts, durations, lists, policies.
//
// Promises   a value is read from the whole text or refused with ConfigError, one line that says what would
// be
//            right. No sign wraps, no digit is dropped, no locale matters, nothing is rounded in silence.
// Grammar    count     DIGITS[k|m|g]                        10^3, 10^6, 10^9
//            duration  DIGITS[.DIGITS][ns|us|ms|s|m|h]      a bare number is seconds; at most a year
// Threads    pure functions, but for `random` as a seed.
#pragma once

#include <banksim/money.hpp>
#include <banksim/simulate.hpp>
#include <banksim/workload.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace banksim::cli {

std::uint64_t parse_count(std::string_view text);
std::uint32_t parse_count_32(std::string_view text);
std::chrono::nanoseconds parse_duration(std::string_view text);

// DIGITS[.DIGITS] of at most 15 digits, which is exact.
double parse_decimal(std::string_view text);

// N, or `random`: drawn from the system's own source.
std::uint64_t parse_seed(std::string_view text);

struct AmountRange {
  Money min;
  Money max;
};
AmountRange parse_amount(std::string_view text);     // MIN:MAX
std::vector<Money> parse_balance(std::string_view);  // N[,N...]
Access parse_access(std::string_view text);          // uniform, zipf:S, hot:PCT:PCT
Hold parse_hold(std::string_view text);              // TIME, yield
AuditPolicy parse_audit(std::string_view text);      // TIME, off, each
std::string parse_strategy(std::string_view text);   // the canonical name
std::vector<std::string> strategy_names();           // canonical ones

// Which of the words it is.
std::size_t parse_choice(std::string_view text, std::span<const std::string> words);

// The items of a comma list, at least one. An empty item is an error.
std::vector<std::string_view> parse_list(std::string_view text);

}  // namespace banksim::cli
