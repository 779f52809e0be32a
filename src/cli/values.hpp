// What people type, as values: counts, durations, lists, policies; and what they may have meant.
//
// A value is read from the whole text or refused with ConfigError, one line that says what would be right. No
// sign wraps, no digit is dropped, no locale matters, nothing is rounded in silence.
// NUMBER is DIGITS, DIGITS.DIGITS or .DIGITS, then perhaps an exponent: 1e6, 1.5e3.
//
// Pure functions, but for what the system is asked: `random` as a seed, `auto` as a count of threads; and for the file
// of a strategy, which is compiled.
#pragma once

#include <banksim/config.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace banksim::cli {

using Words = std::vector<std::string>;

// NUMBER[k|m|g], in capitals too: 10^3, 10^6, 10^9. The result is exact, so 1.5m is a count and 1.5 is none.
std::uint64_t parse_count(std::string_view text);
std::uint32_t parse_count_32(std::string_view text);

// A count; 0 and `auto` are as many as there are CPUs that may be used.
std::uint32_t parse_threads(std::string_view text);

// NUMBER[ns|us|ms|s|m|h], or several of these from the largest unit down, as 1m30s. A bare number is seconds.
// Whole nanoseconds, and at most a year, so that a deadline can always be computed.
nanoseconds parse_duration(std::string_view text);

double parse_decimal(std::string_view text);      // NUMBER of at most 15 digits, which a double holds exactly
double parse_percent(std::string_view text);      // that, with or without %
std::uint64_t parse_seed(std::string_view text);  // 0 to 2^53-1, or `random`: from the system's own source
std::vector<Money> parse_balance(std::string_view text);      // N[,N...]
Access parse_access(std::string_view text);                   // uniform, zipf:S, hot:PCT:PCT
Hold parse_hold(std::string_view text);                       // TIME, yield
AuditPolicy parse_audit(std::string_view text);               // TIME, off, each
std::pair<Money, Money> parse_amount(std::string_view text);  // MIN:MAX

Words strategy_names();                             // canonical ones
std::string parse_strategy(std::string_view text);  // the canonical name; of a file see load.hpp
// Of each item: a strategy's name or file, `all` of them, or the `safe` ones that claim to be right.
Words parse_strategies(std::string_view text);

std::string parse_file(std::string_view text);  // any name but none

// The names of an enumeration's values, in their order.
template <Named Enum>
Words names_of() {
  const auto names = enum_names(Enum{});
  return {names.begin(), names.end()};
}

// Which of the words it is.
std::size_t parse_choice(std::string_view text, std::span<const std::string> words);

// The items of a comma list, at least one. An empty item is an error.
std::vector<std::string_view> parse_list(std::string_view text);

// Reads a list of what `parse` reads.
template <class Parse>
auto each(Parse parse) {
  return [parse](std::string_view text) {
    std::vector<decltype(parse(text))> values;
    for (const std::string_view item : parse_list(text)) values.push_back(parse(item));
    return values;
  };
}

// "; did you mean 'ordered'?", or nothing. It is the candidate that begins with `typed`, if there is just
// one; else the nearest, the first of several, unless it is so far away that it would puzzle.
std::string did_you_mean(std::string_view typed, std::span<const std::string> candidates);

// {a, b, c} -> "a, b, c"
std::string joined(std::span<const std::string> words, std::string_view separator = ", ");

}  // namespace banksim::cli
