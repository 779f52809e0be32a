// What came out of a run: the verdict, what was measured, what was checked, and on which machine. Values
// alone.
#pragma once

#include <banksim/audit.hpp>
#include <banksim/config.hpp>
#include <banksim/deadlock.hpp>
#include <banksim/histogram.hpp>
#include <banksim/names.hpp>
#include <banksim/sync.hpp>
#include <banksim/workload.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace banksim {

// Failed: the machine could not run it. Only rows of a comparison fail so; a run alone throws instead.
enum class Outcome : std::uint8_t { ok, violation, deadlock, stalled, timeout, interrupted, crashed, failed };
constexpr auto enum_names(Outcome) {
  return std::to_array(
      {"ok", "violation", "deadlock", "stalled", "timeout", "interrupted", "crashed", "failed"});
}

// A member of a cycle: a wait-for edge, and the transfer that the worker was about. There is none for the
// auditor, or for a worker that was auditing.
struct DeadlockMember {
  WaitForEdge edge;
  bool is_auditor = false;
  std::optional<PlannedTransfer> transfer;
  bool operator==(const DeadlockMember&) const = default;
};

struct Deadlock {
  double detected_after_s = 0;
  std::vector<DeadlockMember> cycle;
  std::vector<WorkerId> blocked_workers;  // behind the cycle, not in it
  bool auditor_blocked = false;
  bool operator==(const Deadlock&) const = default;
};

// How the strategy itself ended a run, or kept it from ending.
enum class EndKind : std::uint8_t {
  never_came_back,  // a thread, from its transfer or audit, although the run was called off
  threw,
  signal,  // that the process died of: SIGSEGV, SIGABRT
  exited,  // the process, without a result
  memory,  // the system ended the process for want of it
};
constexpr auto enum_names(EndKind) {
  return std::to_array({"never_came_back", "threw", "signal", "exited", "memory"});
}

// Which thread it was.
enum class Role : std::uint8_t { unknown, worker, auditor };
constexpr auto enum_names(Role) { return std::to_array({"unknown", "worker", "auditor"}); }

struct EndedBy {
  EndKind kind = EndKind::never_came_back;
  Role role = Role::unknown;
  WorkerId worker = kNobody;                // of a worker
  std::optional<PlannedTransfer> transfer;  // that it was about
  std::uint32_t others = 0;                 // threads that did not come back either
  int number = 0;                           // the signal, or the exit status
  std::string thrown;                       // its type, and its text if it has one
  bool operator==(const EndedBy&) const = default;
};

// Of the work that each worker had done when the first one was finished.
struct Fairness {
  double jain_index = 1;
  std::uint64_t min_per_worker = 0;
  std::uint64_t max_per_worker = 0;
  bool operator==(const Fairness&) const = default;
};

// The machine that a run had. Whatever is not known is zero or empty.
struct Host {
  std::string os;      // "Linux"
  std::string kernel;  // "6.1.0"
  std::string arch;    // "x86_64"
  std::string cpu_model;
  unsigned logical_cpus = 1;  // that this process may use
  std::string compiler;
  std::string build_type;
  std::vector<std::string> sanitizers;
  bool operator==(const Host&) const = default;
};

// Of the whole process.
struct ResourceUsage {
  double user_s = 0;
  double system_s = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  std::uint64_t max_rss_kib = 0;
  bool operator==(const ResourceUsage&) const = default;
};

// What the quotas of control groups did: in how many of their periods somebody was kept waiting. The time is of
// all processors together, and may exceed that of the wall.
struct Throttling {
  std::uint64_t periods = 0;
  std::uint64_t throttled_periods = 0;
  double throttled_s = 0;
  bool operator==(const Throttling&) const = default;
};

// What the machine did to a run, besides running it.
struct Machine {
  double quota_cpus = 0;  // processors that control groups allow; 0: all
  Throttling throttling;  // during the run
  double other_cpus = 0;  // processors that others had, of those that the run could use; of a short run 0
  double late_s = 0;  // the longest that the supervisor was kept from looking, without pauses; a little is 0
  double paused_s = 0;  // nobody could run: the process was stopped or frozen; counted nowhere else
  bool operator==(const Machine&) const = default;
};

// What makes the numbers worth less than they look. A value: the reports make the sentence.
struct Warning {
  std::string code;                       // which one; stable, for scripts
  std::string subject;                    // the one word that some need: an option, a strategy
  std::map<std::string, double> numbers;  // by name: "threads", "cpus"
  bool operator==(const Warning&) const = default;
};

std::optional<Warning> build_warning(const Host& host);  // of a build whose timings mean nothing

struct RunResult {
  Config config;
  Host host;
  std::string started_at;  // UTC, ISO 8601
  Outcome outcome = Outcome::ok;
  int signal = 0;  // that interrupted it
  TransferCounts transfers;
  double audits_s = 0;   // that the auditor was about its audits, in which nobody else may write
  double elapsed_s = 0;  // from the latch to the last worker's end, without pauses
  LatencyHistogram latency;
  LockStats locks;  // of the workers
  Fairness fairness;
  ResourceUsage used;  // during the run; max_rss_kib: of the process
  Machine machine;
  Check check;
  std::optional<Deadlock> deadlock;
  std::optional<EndedBy> ended_by;
  std::string see;  // the rest of a `banksim explore` that was seen to show the same; empty: none is known
  std::vector<Warning> warnings;

  // Of transfers that were decided: done and declined.
  double throughput_per_s() const {
    return elapsed_s > 0 ? static_cast<double>(transfers.done + transfers.declined) / elapsed_s : 0;
  }
  // Share of the workers' time spent waiting for locks.
  double waiting_share() const {
    const double worker_ns = elapsed_s * 1e9 * config.threads;
    return worker_ns > 0 ? static_cast<double>(locks.wait_ns) / worker_ns : 0;
  }
  // A thread must have had some 20 turns on a processor before its waits, and who did how much, are more than chance.
  bool tells_contention() const {
    constexpr double kTurns_s = 20 * 0.003;
    return elapsed_s * usable_cpus() / config.threads >= kTurns_s;
  }
  // Processors that it could have used at once, of those that it may use.
  double usable_cpus() const {
    const double cpus = std::min(config.threads, host.logical_cpus);
    return machine.quota_cpus > 0 ? std::min(cpus, machine.quota_cpus) : cpus;
  }
  // Of those, how much it got.
  double cpu_share() const {
    return elapsed_s > 0 ? (used.user_s + used.system_s) / (elapsed_s * usable_cpus()) : 0;
  }
  // Waiting for locks was mostly waiting for holders that had no processor, and no contention: there were more
  // threads than processors, and no processor idled while they waited.
  bool waits_for_cpu() const;
  bool operator==(const RunResult&) const = default;
};

}  // namespace banksim
