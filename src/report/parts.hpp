// The names that JSON and CSV must give alike.
#pragma once

#include "report/report.hpp"

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

}  // namespace banksim
