// What the reports share: the names that text, JSON and CSV must give alike, and the pieces of the text.
#pragma once

#include "report/report.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace banksim {

inline constexpr const char* kRunSchema = "banksim.run";
inline constexpr int kRunSchemaVersion = 1;

struct Percentile {
  const char* key;    // in JSON and CSV
  const char* label;  // for people
  double fraction;
};
inline constexpr Percentile kPercentiles[] = {
    {"p50", "p50", 0.5}, {"p90", "p90", 0.9}, {"p99", "p99", 0.99}, {"p99_9", "p99.9", 0.999}};

inline const char* to_string(AuditPolicy::Kind kind) {
  switch (kind) {
    case AuditPolicy::Kind::off:
      return "off";
    case AuditPolicy::Kind::each:
      return "each";
    case AuditPolicy::Kind::interval:
      break;
  }
  return "interval";
}

// "1,000 before, 1,000 after; 6 of 6 accounts match their ledger", or "not checked".
std::string money_text(const Check& check);

// A step of an exploration: "read account 1 = 2", "lock the strategy's lock 2".
std::string step_text(const ExploreStep& step);

// What is behind a verdict that is not ok: the cycle, the wrong accounts, why, and what to do. Empty if it
// is.
std::string findings_text(const RunResult& result, const TextStyle& style);

}  // namespace banksim
