// What people type, as values: counts, durations, lists, policies.
//
// A value is read from the whole text or refused with ConfigError, one line that says what would be right. No
// sign wraps, no digit is dropped, no locale matters, nothing is rounded in silence.
//
// NUMBER is DIGITS, DIGITS.DIGITS or .DIGITS, then perhaps an exponent: 1e6, 1.5e3.
//
// Threads: pure functions, but for what the system is asked: `random` as a seed, `auto` as a count of threads.
#pragma once

#include <banksim/config.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace banksim::cli {

// NUMBER[k|m|g], in capitals too: 10^3, 10^6, 10^9. The result is exact, so 1.5m is a count and 1.5 is none.
std::uint64_t parse_count(std::string_view text);
std::uint32_t parse_count_32(std::string_view text);
std::uint32_t parse_count_between(std::string_view text, std::uint32_t least, std::uint32_t most);

// A count; 0 and `auto` are as many as there are CPUs that may be used.
std::uint32_t parse_threads(std::string_view text);

// NUMBER[ns|us|ms|s|m|h], or several of these from the largest unit down, as 1m30s. A bare number is seconds.
// Whole nanoseconds, and at most a year, so that a deadline can always be computed.
std::chrono::nanoseconds parse_duration(std::string_view text);

// NUMBER of at most 15 digits, which a double holds exactly.
double parse_decimal(std::string_view text);

// A decimal that may end in %.
double parse_percent(std::string_view text);

// 0 to 2^53-1, or `random`: drawn from the system's own source.
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

std::string parse_strategy(std::string_view text);  // the canonical name
std::vector<std::string> strategy_names();          // canonical ones
// Of each item: a strategy's name, `all` of them, or the `safe` ones that claim to be right.
std::vector<std::string> parse_strategies(std::string_view text);

// Which of the words it is.
std::size_t parse_choice(std::string_view text, std::span<const std::string> words);

// The items of a comma list, at least one. An empty item is an error.
std::vector<std::string_view> parse_list(std::string_view text);

}  // namespace banksim::cli
