// After the last thread: what was measured, whether the money is right, and what to say of it.
#include "run/ledger.hpp"
#include "run/supervisor.hpp"

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

Outcome outcome_of(Ending ending, const Check& check) {
  if (ending == Ending::interrupted) return Outcome::interrupted;
  if (!check.ok()) return Outcome::violation;
  switch (ending) {
    case Ending::deadlock:
      return Outcome::deadlock;
    case Ending::stalled:
      return Outcome::stalled;
    case Ending::timeout:
      return Outcome::timeout;
    default:
      return Outcome::ok;
  }
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

Deadlock Supervisor::State::describe_deadlock(const Config& config) const {
  Deadlock deadlock;
  deadlock.detected_after_s = deadlock_after_s.value_or(0);
  const WorkerId auditor{config.threads};
  for (const WaitForEdge& edge : room.cycle().value_or(WaitForCycle{})) {
    DeadlockMember member{edge, edge.waiter == auditor, std::nullopt};
    if (!member.is_auditor) member.transfer = records[index(edge.waiter)].called_off;
    deadlock.cycle.push_back(member);
  }
  for (const WorkerId waiter : blocked) {
    if (waiter == auditor)
      deadlock.auditor_blocked = true;
    else
      deadlock.blocked_workers.push_back(waiter);
  }
  return deadlock;
}

RunResult Supervisor::finish(std::vector<Money> found) {
  State& state = *state_;
  state.report(RunProgress::Phase::checking);
  RunResult result;
  result.config = config_;
  result.host = host();
  result.started_at = state.started_at;
  result.used = state.used;
  result.fairness = fairness_of(state.first_finish);
  Clock::time_point end = state.start;
  AuditLog audits = state.audits;
  for (const WorkerRecord& record : state.records) {
    result.transfers.attempted += record.attempted.load(std::memory_order_relaxed) + record.cancelled();
    result.transfers.done += record.done;
    result.transfers.declined += record.declined;
    result.transfers.cancelled += record.cancelled();
    result.latency += record.latency;
    result.locks += record.locks;
    audits += record.audits;
    end = std::max(end, record.finished);
  }
  result.elapsed_s = seconds(end - state.start);

  Ledger ledger = replay(workload_, opening(), state.records);
  ledger.counts.cancelled = result.transfers.cancelled;
  // A run that was let finish has done the plan, the whole plan, and nothing but the plan.
  const bool whole_plan = state.ending == Ending::completed && !config_.duration;
  ledger.counts.attempted = whole_plan ? config_.transfers : result.transfers.attempted;
  result.check = check_money(total_, ledger.expected, found, result.transfers, ledger.counts, audits);

  result.outcome = outcome_of(state.ending, result.check);
  if (state.ending == Ending::interrupted) {
    const std::lock_guard lock(state.control.mutex_);
    result.signal = state.control.signal_;
  }
  if (state.ending == Ending::deadlock) result.deadlock = state.describe_deadlock(config_);
  result.warnings = warnings_for(result);
  return result;
}

}  // namespace banksim
