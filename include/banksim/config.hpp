// What to run: sizes, work and limits, as a value. Once validate() accepted it, it makes sense, its bank's
// total is counted exactly, and nobody changes it.
#pragma once

#include <banksim/money.hpp>
#include <banksim/names.hpp>
#include <banksim/workload.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace banksim {

using std::chrono::nanoseconds;
inline double in_seconds(nanoseconds time) { return std::chrono::duration<double>(time).count(); }

// Time spent between debit and credit with the locks held: spinning, or one yield of the processor.
struct Hold {
  nanoseconds spin{0};
  bool yield = false;
  bool operator==(const Hold&) const = default;
};

struct AuditPolicy {
  enum class Kind : std::uint8_t { off, interval, each };
  Kind kind = Kind::interval;
  nanoseconds interval{10'000'000};
  bool operator==(const AuditPolicy&) const = default;
};
constexpr auto enum_names(AuditPolicy::Kind) { return std::to_array({"off", "interval", "each"}); }

struct Config {
  std::string strategy = "ordered";  // canonical name
  std::uint32_t threads = 8;
  std::uint32_t accounts = 1000;
  std::vector<Money> balance{Money{1000}};  // dealt round the accounts
  std::uint64_t transfers = 1'000'000;      // over all threads; ignored when a duration is given
  std::optional<nanoseconds> duration;
  Money min_amount{1};
  Money max_amount{100};
  Access access;
  MutexKind mutex = MutexKind::standard;
  Layout layout = Layout::padded;
  bool self_transfers = false;  // an account may be a transfer's source and its target
  Hold hold;
  nanoseconds think{0};  // between two transfers of a worker
  std::uint64_t seed = 1;
  AuditPolicy audit;
  nanoseconds timeout{std::chrono::seconds{60}};     // the run ends without a verdict
  nanoseconds stall{std::chrono::seconds{10}};       // nobody decided a transfer for so long: stalled
  nanoseconds slice{std::chrono::milliseconds{20}};  // a wait that lasts longer enters the waiting room
  std::string expect = "ok";                         // what its caller takes for success; no run looks at it

  WorkloadConfig workload() const { return {seed, accounts, access, min_amount, max_amount, self_transfers}; }
  Money opening(std::uint32_t account) const { return balance[account % balance.size()]; }
  bool operator==(const Config&) const = default;
};

inline constexpr std::uint32_t kMaxThreads = 4096;

// One line for the user.
struct ConfigError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

// Returns the bank's total. Throws ConfigError where a value, or a combination of values, makes no sense.
Money validate(const Config& config);

}  // namespace banksim
