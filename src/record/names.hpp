// The names of enumerators, the same in every record, report and message: one vocabulary.
//
// A name is promised to scripts. Each list stands in the order of its enumerators.
// Threads: pure functions.
#pragma once

#include "compare/compare.hpp"

#include <banksim/explore.hpp>
#include <banksim/result.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace banksim {

constexpr auto names_of(Outcome) {
  return std::to_array({"ok", "violation", "deadlock", "stalled", "timeout", "interrupted"});
}
constexpr auto names_of(AuditPolicy::Kind) { return std::to_array({"off", "interval", "each"}); }
constexpr auto names_of(Standing) {
  return std::to_array({"reference", "faster", "slower", "no_clear_difference", "not_ranked"});
}
constexpr auto names_of(ExploreVerdict) {
  return std::to_array({"proved", "violation", "deadlock", "livelock", "inconclusive"});
}
constexpr auto names_of(FindingKind) {
  return std::to_array({"deadlock", "race", "foreign_unlock", "lock_kept", "negative_balance", "wrong_total",
                        "wrong_ledger", "wrong_audit", "livelock"});
}
constexpr auto names_of(StepOp) {
  return std::to_array({"lock", "try_lock", "try_lock_failed", "unlock", "read", "write", "finish", "wants",
                        "about_to_read", "about_to_write"});
}

template <class Enum>
concept Named = requires(Enum value) {
  names_of(value);
};

template <Named Enum>
constexpr const char* to_string(Enum value) {
  return names_of(value)[static_cast<std::size_t>(value)];
}

// The enumerator of that name, if there is one.
template <Named Enum>
constexpr std::optional<Enum> named(std::string_view name) {
  constexpr auto names = names_of(Enum{});
  for (std::size_t i = 0; i < names.size(); ++i)
    if (name == names[i]) return static_cast<Enum>(i);
  return std::nullopt;
}

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

}  // namespace banksim
