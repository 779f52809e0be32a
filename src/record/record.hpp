// Records: runs, comparisons and explorations as JSON and back, and as CSV.
//
// JSON: one object, always the same keys in the same order, with the unit in each name; it ends with a line
// feed. A number that is not finite is null, and an integer that is not below 2^53, and whatever is not
// known. Bytes that are no UTF-8 become U+FFFD.
//
// Reading: a key that is missing or null leaves the value that is there by default. A key that nobody knows
// is skipped, and named. What is not null reads back as the same value.
//
// CSV: a header and a row for each run. The columns are JSON's names joined with '_', do not depend on the
// runs, and never change their places: a new one comes last. Null is an empty cell, a list is joined with
// ';'. RFC 4180 but for its CR LF, which cut and awk would take for a part of the last cell.
//
// A record computes nothing and has no words: its sentences are handed in. They are written, and not read.
//
// Errors: RecordError for a text that is no such record, whatever it is; std::bad_alloc.
//
// Threads: pure functions.
#pragma once

#include "check/check.hpp"
#include "compare/compare.hpp"
#include "registry.hpp"

#include <banksim/exploration.hpp>
#include <banksim/result.hpp>

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace banksim {

// No JSON, another schema, or a value of the wrong kind: one line, which names the key.
struct RecordError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What a record says beside its value.
struct Document {
  std::string banksim_version;       // that wrote it
  std::vector<std::string> command;  // argv as typed
  int exit_code = 0;                 // of the program
};

template <class Value>
struct Record : Document {
  Value value;
  std::vector<std::string> unknown;  // keys that nobody knows: "config.colour", "results[2].runs[0].mood"
};

// The sentences that a record carries, for people who look into it. Where there is none it is null.
struct Wording {
  std::string (*warning)(const Warning&) = nullptr;
  std::string (*verdict)(const Comparison&) = nullptr;
  std::vector<std::string> (*findings)(const Comparison&) = nullptr;
  std::vector<std::string> (*failures)(const Comparison&) = nullptr;  // what the gate did not let pass
  std::string (*check_row)(const CheckRow&) = nullptr;
};

// The quantiles of latency that are recorded and shown.
struct Percentile {
  const char* key;    // in records
  const char* label;  // for people
  double fraction;
};
inline constexpr Percentile kPercentiles[] = {{"p50", "p50", 0.5},
                                              {"p90", "p90", 0.9},
                                              {"p95", "p95", 0.95},
                                              {"p99", "p99", 0.99},
                                              {"p99_9", "p99.9", 0.999}};

using Argv = std::span<const std::string>;  // as typed

// `exit_code` is what the program will return.
std::string run_json(const RunResult& run, Argv command, int exit_code, const Wording& wording);
std::string run_csv(const RunResult& run, int exit_code);
Record<RunResult> read_run(std::string_view json);

std::string compare_json(const Comparison& comparison, Argv command, int exit_code, const Wording& wording);
// A row for each measured run; after the columns of old, its cell and its round.
std::string compare_csv(const Comparison& comparison);
Record<Comparison> read_comparison(std::string_view json);

std::string explore_json(const Exploration& exploration, Argv command, int exit_code);
Record<Exploration> read_exploration(std::string_view json);

std::string check_json(std::span<const Checked> all, Argv command, int exit_code, const Wording& wording);
std::string strategies_json(std::span<const StrategyEntry> entries);

// The whole of a result, for a process that goes on where another one ended. It is a record without sentences
// that keeps back nothing: integers of any size, an infinite number (as "inf"), and values that mean nothing.
// read_run() and read_exploration() give the same value again, but for what is no value (the functions of the
// limits), memory, which is kept to the KiB, a sum of latencies above 2^51 ns, and bytes that are no UTF-8.
std::string whole_json(const RunResult& run);
std::string whole_json(const Exploration& exploration);

}  // namespace banksim
