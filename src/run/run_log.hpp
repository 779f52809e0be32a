// What a run leaves behind when all its threads were joined, who runs it, and what its money must be.
#pragma once

#include <banksim/simulate.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
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

// What every balance must be, from the plan and from which transfers were done: independent of the bank.
struct Ledger {
  std::vector<Money> expected;  // by account
  TransferCounts counts;        // done and declined as the logs have them
};

// The ledger, and how transfers come into it: some of them in long runs, by workers whose log is full; the rest when
// all are joined.
//
// Threads: add_some() may be called by several, each with its own record. replay() uses all processors where that
// pays, and takes 8 bytes for each account and processor.
class Books {
 public:
  explicit Books(const Workload& workload) : workload_(workload) {}

  void open(std::vector<Money> opening) { ledger_.expected = std::move(opening); }
  // The oldest of the record's log, about a millisecond's worth; and room for as many.
  void add_some(WorkerRecord& record);
  // All that is left. `look` is called by the caller's thread some hundred times a second; true ends it, and nothing
  // is known then.
  std::optional<Ledger> replay(std::span<const WorkerRecord> records, const std::function<bool()>& look = {});

 private:
  const Workload& workload_;
  std::mutex mutex_;
  Ledger ledger_;
};

// A run that is set up, and all that its threads share.
struct Run {
  Run(const Config& to_run, std::vector<Money> opening, Money total)
      : config(to_run),
        setup{Workload(config.workload()),
              std::move(opening),
              total,
              config.threads,
              config.layout,
              config.audit.kind == AuditPolicy::Kind::each,
              Pace(config.hold, config.think),
              [this](WorkerRecord& record) { books.add_some(record); },
              {}} {}

  Config config;
  RunSetup setup;
  std::unique_ptr<RunSubject> subject;
  Books books{setup.workload};
};
// How much of a time is within pauses, which do not overlap.
inline nanoseconds paused_within(std::span<const TimeSpan> pauses, const TimeSpan& time) {
  nanoseconds sum{0};
  for (const TimeSpan& pause : pauses)
    sum += std::max(nanoseconds{0}, std::min(time.end, pause.end) - std::max(time.begin, pause.begin));
  return sum;
}

// Of a thread's waits or audits that lasted a quarter of a second or more, and so may hold a pause.
inline constexpr std::size_t kLongWaitsKept = 64;

struct RunLog {
  bool left_behind = false;           // some threads never came back: what they may still write is not here
  std::vector<WorkerRecord> records;  // by worker; none where some are left behind
  AuditLog audits;                    // the auditor's
  nanoseconds audits_took{0};         // as well, pauses included
  std::vector<TimeSpan> long_audits;  // of them, that may hold a pause
  Overdrafts overdrafts;              // the auditor's
  std::uint64_t attempted = 0;        // transfers decided
  std::optional<EndedBy> ended_by;
  Outcome ending = Outcome::ok;  // why it ended, whatever the money says; the first reason stands
  int signal = 0;                // that interrupted it
  std::optional<Deadlock> deadlock;
  std::string started_at;  // UTC, ISO 8601
  Clock::time_point start;
  Clock::time_point end;
  std::vector<std::uint64_t> first_finish;  // what each worker had decided when the first was finished
  ResourceUsage used;
  Machine machine;  // without paused_s, which follows from:
  std::vector<TimeSpan> pauses;
};

// Starts the threads of a run behind one latch, waits for what ends it, and joins them, also when it throws. Those
// that do not come back within 2 s after the run was called off are left behind. `records` say who does what.
//
// Errors: SimulationError if the threads cannot be started; whatever on_progress threw.
RunLog supervise(std::shared_ptr<Run> run, RunControl& control, std::vector<WorkerRecord> records);

}  // namespace banksim
