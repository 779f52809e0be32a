// What a run leaves behind when all its threads were joined, who runs it, and what its money must be.
#pragma once

#include <banksim/simulate.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace banksim {

using Clock = std::chrono::steady_clock;

inline std::uint64_t attempted_by(std::span<const WorkerRecord> records) {
  std::uint64_t sum = 0;
  for (const WorkerRecord& record : records) sum += record.attempted.load(std::memory_order_relaxed);
  return sum;
}

// How much of a time is within pauses, which do not overlap.
inline nanoseconds paused_within(std::span<const TimeSpan> pauses, const TimeSpan& time) {
  nanoseconds sum{0};
  for (const TimeSpan& pause : pauses)
    sum += std::max(nanoseconds{0}, std::min(time.end, pause.end) - std::max(time.begin, pause.begin));
  return sum;
}

struct RunLog {
  std::vector<WorkerRecord> records;  // by worker
  AuditLog audits;                    // the auditor's
  Outcome ending = Outcome::ok;       // why it ended, whatever the money says; the first reason stands
  int signal = 0;                     // that interrupted it
  std::optional<Deadlock> deadlock;
  std::string started_at;  // UTC, ISO 8601
  Clock::time_point start;
  std::vector<std::uint64_t> first_finish;  // what each worker had decided when the first was finished
  ResourceUsage used;
  Machine machine;  // without paused_s, which follows from:
  std::vector<TimeSpan> pauses;
};

// Starts the threads of a run behind one latch, waits for what ends it, and joins them, also when it throws.
// `records` say who does what.
//
// Errors: SimulationError if the threads cannot be started; whatever a worker, the auditor or on_progress
// threw.
RunLog supervise(const Config& config, RunControl& control, RunSetup& setup,
                 std::vector<WorkerRecord> records, RunSubject& subject);

// What every balance must be, from the plan and from which transfers were done: independent of the bank.
struct Ledger {
  std::vector<Money> expected;  // by account
  TransferCounts counts;        // done and declined as the logs have them
};

// `opening` becomes the expected balances. One pass over the plan, on all processors where that pays; 8 bytes
// for each account and processor.
Ledger replay(const Workload& workload, std::vector<Money> opening, std::span<const WorkerRecord> records);

}  // namespace banksim
