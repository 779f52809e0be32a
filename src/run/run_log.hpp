// What a run leaves behind when all its threads were joined, and how it is summed up.
#pragma once

#include <banksim/audit.hpp>
#include <banksim/result.hpp>
#include <banksim/worker.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace banksim {

using Clock = std::chrono::steady_clock;

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

  std::uint64_t attempted() const {
    std::uint64_t sum = 0;
    for (const WorkerRecord& record : records) sum += record.attempted.load(std::memory_order_relaxed);
    return sum;
  }
};

// Checks the money that was found on the accounts, and sums up.
RunResult sum_up(const Config& config, const RunSetup& setup, const RunLog& log,
                 std::span<const Money> found);

}  // namespace banksim
