// Results as text for people, JSON and CSV for programs: pure functions from a result to a string.
//
// Promises   the same result gives the same bytes. JSON: one object, stable key order, the unit in each name,
//            null and never NaN, integers below 2^53. CSV: RFC 4180, JSON's names flattened with '_'.
//            Text is ASCII unless `unicode`; coloured only if `color`.
// Threads    none needed.
#pragma once

#include <banksim/registry.hpp>
#include <banksim/simulation.hpp>

#include <span>
#include <string>
#include <vector>

namespace banksim {

struct TextStyle {
  bool color = false;
  bool unicode = false;
  bool quiet = false;  // the verdict line alone
};

std::string run_text(const RunResult& result, const TextStyle& style);

// `command` is argv as typed; `exit_code` what the program will return.
std::string run_json(const RunResult& result, std::span<const std::string> command, int exit_code);
std::string run_csv(const RunResult& result, int exit_code);

std::string strategies_text(std::span<const StrategyEntry> entries, const TextStyle& style);
std::string strategy_text(const StrategyEntry& entry, const TextStyle& style);
std::string strategies_json(std::span<const StrategyEntry> entries);

// 19,200,000 -> "19.2 M"; 1234567 -> "1,234,567"; 210e-9 s -> "210 ns": as the text reports write them.
std::string si_number(double value);
std::string grouped(std::int64_t value);
std::string duration_text(double seconds);

}  // namespace banksim
