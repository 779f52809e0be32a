// After the last thread: what was measured, whether the money is right, and what to say of it.
#include "run/ledger.hpp"
#include "run/platform.hpp"
#include "run/run_log.hpp"

#include <algorithm>
#include <utility>

namespace banksim {
namespace {

Fairness fairness_of(const std::vector<std::uint64_t>& work) {
  double sum = 0, squares = 0;
  for (const std::uint64_t amount : work) {
    const auto value = static_cast<double>(amount);
    sum += value;
    squares += value * value;
  }
  const auto [least, most] = std::ranges::minmax(work);
  // Jain, Chiu, Hawe (1984).
  const double jain = squares > 0 ? sum * sum / (static_cast<double>(work.size()) * squares) : 1;
  return {jain, least, most};
}

std::vector<Warning> warnings_for(const RunResult& result) {
  std::vector<Warning> warnings;
  const double threads = result.config.threads, cpus = result.host.logical_cpus;
  if (threads > cpus) warnings.push_back({"oversubscribed", "", {{"threads", threads}, {"cpus", cpus}}});
  if (auto warning = build_warning(result.host)) warnings.push_back(std::move(*warning));
  if (result.transfers.done == 0 && result.outcome == Outcome::ok)
    warnings.push_back({"nothing_done", "", {}});
  return warnings;
}

}  // namespace

std::optional<Warning> build_warning(const Host& host) {
  if (!host.sanitizers.empty()) return Warning{"sanitizer_build", "", {}};
  if (host.build_type == "Release" || host.build_type == "RelWithDebInfo") return std::nullopt;
  return Warning{"unoptimised_build", "", {}};
}

RunResult sum_up(const Config& config, const RunSetup& setup, const RunLog& log,
                 std::span<const Money> found) {
  RunResult result;
  result.config = config;
  result.host = host();
  result.started_at = log.started_at;
  result.used = log.used;
  result.fairness = fairness_of(log.first_finish);
  result.signal = log.signal;
  result.deadlock = log.deadlock;
  Clock::time_point end = log.start;
  AuditLog audits = log.audits;
  for (const WorkerRecord& record : log.records) {
    result.transfers.attempted += record.attempted.load(std::memory_order_relaxed) + record.cancelled();
    result.transfers.done += record.done;
    result.transfers.declined += record.declined;
    result.transfers.cancelled += record.cancelled();
    result.latency += record.latency;
    result.locks += record.locks;
    audits += record.audits;
    end = std::max(end, record.finished);
  }
  result.elapsed_s = in_seconds(end - log.start);

  Ledger ledger = replay(setup.workload, setup.opening, log.records);
  ledger.counts.cancelled = result.transfers.cancelled;
  // A run that was let finish has done the plan, the whole plan, and nothing but the plan.
  const bool whole_plan = log.ending == Outcome::ok && !config.duration;
  ledger.counts.attempted = whole_plan ? config.transfers : result.transfers.attempted;
  result.check = check_money(setup.total, ledger.expected, found, result.transfers, ledger.counts, audits);
  const bool stands = result.check.ok() || log.ending == Outcome::interrupted;
  result.outcome = stands ? log.ending : Outcome::violation;
  result.warnings = warnings_for(result);
  return result;
}

}  // namespace banksim
