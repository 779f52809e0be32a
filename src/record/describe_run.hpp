// What the record of a run holds: each field described once, for all who write or read it.
//
// describe(visitor, value) shows every field under its name, in the order in which records have them. The
// writer and the reader are visitors; the value is const for the writer. A visitor has
//   v(key, member)             for a field;
//   v.when(known, key, member) for one that is null where it means nothing;
//   v.derived(key, value)      for one that follows from others: written, and never read;
//   v.sentence(key, of, value) for words that somebody else finds: written, and never read;
//   v.count(key, number)       for a count kept in a double: written as an integer where it is exact;
//   v.group(key, fields)       for an object of its own, made of members that have none;
//   v.list(key, items, fields) for items that need more than their own describe();
//   v.auditor(worker)          to say who is the auditor from here on: it has a role and no number.
// The unit of a duration is the end of its name, _s or _ns.
#pragma once

#include "record/exit_code.hpp"
#include "record/record.hpp"

#include <cmath>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

namespace banksim {

inline constexpr int kSchemaVersion = 1;  // of each schema

// A value to be written, or one to be read into.
template <class T, class Value>
concept As = std::same_as<std::remove_const_t<T>, Value>;
template <class T>
inline constexpr bool kIsRead = !std::is_const_v<std::remove_reference_t<T>>;

void describe(auto& v, As<Config> auto& config) {
  v("strategy", config.strategy);
  v("threads", config.threads);
  v("accounts", config.accounts);
  v("balance", config.balance);
  v.when(!config.duration, "transfers", config.transfers);
  v("duration_s", config.duration);
  v("amount_min", config.min_amount);
  v("amount_max", config.max_amount);
  v("access", config.access);
  v("hold_ns", config.hold.spin);
  v("hold_yield", config.hold.yield);
  v("think_ns", config.think);
  v("seed", config.seed);
  v("audit", config.audit.kind);
  v.when(config.audit.kind == AuditPolicy::Kind::interval, "audit_interval_ns", config.audit.interval);
  v("timeout_s", config.timeout);
  v("stall_s", config.stall);
  v("slice_ns", config.slice);
}

void describe(auto& v, As<Host> auto& host) {
  v("os", host.os);
  v("kernel", host.kernel);
  v("arch", host.arch);
  v("cpu_model", host.cpu_model);
  v("logical_cpus", host.logical_cpus);
  v("compiler", host.compiler);
  v("build_type", host.build_type);
  v("sanitizers", host.sanitizers);
}

void describe(auto& v, As<TransferCounts> auto& transfers) {
  v("attempted", transfers.attempted);
  v("done", transfers.done);
  v("declined", transfers.declined);
  v("cancelled", transfers.cancelled);
}

// The sum is in the mean, exactly as long as it is below 2^51.
void describe(auto& v, As<LatencyHistogram> auto& latency) {
  const bool any = latency.count() > 0;
  std::uint64_t min_ns = latency.min_ns(), max_ns = latency.max_ns();
  double mean_ns = latency.mean_ns();
  auto buckets = latency.buckets();
  v.derived("count", latency.count());
  v.when(any, "min", min_ns);
  v.when(any, "mean", mean_ns);
  for (const Percentile& percentile : kPercentiles) {
    const std::uint64_t quantile_ns = latency.quantile_ns(percentile.fraction);
    v.derived(percentile.key, any ? std::optional(quantile_ns) : std::nullopt);
  }
  v.when(any, "max", max_ns);
  v("buckets", buckets);
  if constexpr (kIsRead<decltype(latency)>) latency = LatencyHistogram(buckets, mean_ns, min_ns, max_ns);
}

void describe(auto& v, As<LockStats> auto& locks) {
  v("acquired", locks.acquired);
  v("contended", locks.contended);
  v("wait_ns", locks.wait_ns);
  v("try_failed", locks.try_failed);
}

void describe(auto& v, As<Fairness> auto& fairness) {
  v("jain_index", fairness.jain_index);
  v("min_per_worker", fairness.min_per_worker);
  v("max_per_worker", fairness.max_per_worker);
}

void describe(auto& v, As<Machine> auto& machine) {
  v.when(machine.quota_cpus > 0, "quota_cpus", machine.quota_cpus);
  v("periods", machine.throttling.periods);
  v("throttled_periods", machine.throttling.throttled_periods);
  v("throttled_s", machine.throttling.throttled_s);
  v("other_cpus", machine.other_cpus);
  v("late_s", machine.late_s);
}

void describe(auto& v, As<WrongAccount> auto& wrong) {
  v("account", wrong.account);
  v("expected", wrong.expected);
  v("found", wrong.found);
  v.derived("difference", wrong.difference());
}

// Where nothing was checked, nothing was found.
void describe(auto& v, As<Check> auto& check) {
  v("total_expected", check.total_expected);
  v.when(check.performed, "total_found", check.total_found);
  v("accounts_checked", check.accounts_checked);
  v("accounts_wrong", check.accounts_wrong);
  v("negative_accounts", check.negative_accounts);
  v("audits", check.audits.audits);
  v("audits_wrong", check.audits.wrong);
  v("first_wrong", check.first_wrong);
  v("worst", check.worst);
  v.when(check.performed, "attempts_agree", check.attempts_agree);
  v("performed", check.performed);
  v.derived("failed", check.performed ? std::optional(check.failed()) : std::nullopt);
  v("audits_first_wrong_total", check.audits.first_wrong_total);
}

void describe(auto& v, As<Transfer> auto& transfer) {
  v("from", transfer.from);
  v("to", transfer.to);
  v("amount", transfer.amount);
}

void describe(auto& v, As<PlannedTransfer> auto& planned) {
  v("index", planned.index);
  describe(v, planned.transfer);
}

void describe(auto& v, As<WaitForEdge> auto& edge) {
  v.derived("role", v.role(edge.waiter));
  v("worker", edge.waiter);
  v("holds_account", edge.holds);
  v("waits_for_account", edge.waits_for);
  v("held_by", edge.held_by);
}

void describe(auto& v, As<DeadlockMember> auto& member) {
  describe(v, member.edge);
  v("transfer", member.transfer);
  if constexpr (kIsRead<decltype(member)>) member.is_auditor = v.is_auditor(member.edge.waiter);
}

void describe(auto& v, As<Deadlock> auto& deadlock) {
  v("detected_after_s", deadlock.detected_after_s);
  v("cycle", deadlock.cycle);
  v("blocked_workers", deadlock.blocked_workers);
  v("auditor_blocked", deadlock.auditor_blocked);
}

void describe(auto& v, As<Warning> auto& warning) {
  v("code", warning.code);
  v.sentence("message", &Wording::warning, warning);
  v.when(!warning.subject.empty(), "subject", warning.subject);
  v("numbers", warning.numbers);
}

// What every document begins with. Throws RecordError where another schema is read.
void describe_schema(auto& v, const std::string& schema) {
  std::string found = schema;  // NOLINT(performance-unnecessary-copy-initialization): a reader changes it
  int found_version = kSchemaVersion;
  v("schema", found);
  v("schema_version", found_version);
  if (found != schema) throw RecordError("schema: \"" + schema + "\" was expected, not \"" + found + '"');
  if (found_version != kSchemaVersion)
    throw RecordError("schema_version: 1 was expected, not " + std::to_string(found_version));
}

void describe_head(auto& v, const std::string& schema, auto& document) {
  describe_schema(v, schema);
  v("banksim_version", document.banksim_version);
  v("command", document.command);
}

// The signal that interrupted a run is in its exit code.
void describe_run(auto& v, As<RunResult> auto& run, auto& document) {
  describe_head(v, "banksim.run", document);
  v("started_at", run.started_at);
  v("outcome", run.outcome);
  v("exit_code", document.exit_code);
  v("config", run.config);
  v.auditor(WorkerId{run.config.threads});
  v("host", run.host);
  v("transfers", run.transfers);
  v("elapsed_s", run.elapsed_s);
  v("paused_s", run.machine.paused_s);
  v.derived("throughput_per_s", run.throughput_per_s());
  v("latency_ns", run.latency);
  v("locks", run.locks);
  v("fairness", run.fairness);
  v.group("cpu_s", [&run](auto& inner) {
    inner("user", run.used.user_s);
    inner("system", run.used.system_s);
  });
  v.group("context_switches", [&run](auto& inner) {
    inner("voluntary", run.used.voluntary_switches);
    inner("involuntary", run.used.involuntary_switches);
  });
  v("max_rss_kib", run.used.max_rss_kib);
  v.derived("cpu_share", run.cpu_share());
  v("machine", run.machine);
  v("check", run.check);
  v("deadlock", run.deadlock);
  v("warnings", run.warnings);
  if constexpr (kIsRead<decltype(run)>)
    if (run.outcome == Outcome::interrupted) run.signal = signal_of(document.exit_code);
}

}  // namespace banksim
