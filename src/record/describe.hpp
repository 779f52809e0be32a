// What a record holds: each field of a run, a comparison and an exploration, described once.
//
// describe(visitor, value) shows every field under its name, in the order in which records have them. The JSON
// writer, the JSON reader and the CSV are visitors; `value` is const for those that write. A visitor has
//   v(key, member)              a field
//   v.when(known, key, member)  a field that is null where it means nothing
//   v.derived(key, value)       written, and never read back: it follows from the other fields
//   v.count(key, number)        an integer where it is exact, though the member is a double
//   v.group(key, fields)        an object of its own for members that have none
//   v.list(key, items, fields)  a list, whose items need more than their own describe()
//   v.auditor(worker)           from here on, that worker is the auditor: it has a role and no number
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
inline constexpr bool kIsRead = !std::is_const_v<T>;

template <class V, As<Config> T>
void describe(V& v, T& config) {
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

template <class V, As<Host> T>
void describe(V& v, T& host) {
  v("os", host.os);
  v("kernel", host.kernel);
  v("arch", host.arch);
  v("cpu_model", host.cpu_model);
  v("logical_cpus", host.logical_cpus);
  v("compiler", host.compiler);
  v("build_type", host.build_type);
  v("sanitizers", host.sanitizers);
}

template <class V, As<TransferCounts> T>
void describe(V& v, T& transfers) {
  v("attempted", transfers.attempted);
  v("done", transfers.done);
  v("declined", transfers.declined);
  v("cancelled", transfers.cancelled);
}

// The sum is in the mean, exactly as long as it is below 2^51.
template <class V, As<LatencyHistogram> T>
void describe(V& v, T& latency) {
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
  if constexpr (kIsRead<T>) latency = LatencyHistogram(buckets, mean_ns, min_ns, max_ns);
}

template <class V, As<LockStats> T>
void describe(V& v, T& locks) {
  v("acquired", locks.acquired);
  v("contended", locks.contended);
  v("wait_ns", locks.wait_ns);
  v("try_failed", locks.try_failed);
}

template <class V, As<Fairness> T>
void describe(V& v, T& fairness) {
  v("jain_index", fairness.jain_index);
  v("min_per_worker", fairness.min_per_worker);
  v("max_per_worker", fairness.max_per_worker);
}

template <class V, As<WrongAccount> T>
void describe(V& v, T& wrong) {
  v("account", wrong.account);
  v("expected", wrong.expected);
  v("found", wrong.found);
  v.derived("difference", wrong.difference());
}

// Where nothing was checked, nothing was found.
template <class V, As<Check> T>
void describe(V& v, T& check) {
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

template <class V, As<Transfer> T>
void describe(V& v, T& transfer) {
  v("from", transfer.from);
  v("to", transfer.to);
  v("amount", transfer.amount);
}

template <class V, As<PlannedTransfer> T>
void describe(V& v, T& planned) {
  v("index", planned.index);
  describe(v, planned.transfer);
}

template <class V, As<WaitForEdge> T>
void describe(V& v, T& edge) {
  v.derived("role", v.role(edge.waiter));
  v("worker", edge.waiter);
  v("holds_account", edge.holds);
  v("waits_for_account", edge.waits_for);
  v("held_by", edge.held_by);
}

template <class V, As<DeadlockMember> T>
void describe(V& v, T& member) {
  describe(v, member.edge);
  v("transfer", member.transfer);
  if constexpr (kIsRead<T>) member.is_auditor = v.is_auditor(member.edge.waiter);
}

template <class V, As<Deadlock> T>
void describe(V& v, T& deadlock) {
  v("detected_after_s", deadlock.detected_after_s);
  v("cycle", deadlock.cycle);
  v("blocked_workers", deadlock.blocked_workers);
  v("auditor_blocked", deadlock.auditor_blocked);
}

template <class V, As<Warning> T>
void describe(V& v, T& warning) {
  v("code", warning.code);
  v.derived("message", v.words(warning));
  v.when(!warning.subject.empty(), "subject", warning.subject);
  v("numbers", warning.numbers);
}

// What every document begins with.
template <class V, class D>
void describe_head(V& v, const char* schema, D& document) {
  v.schema(schema);
  v("banksim_version", document.banksim_version);
  v("command", document.command);
}

// The signal that interrupted a run is in its exit code.
template <class V, As<RunResult> T, class D>
void describe_run(V& v, T& run, D& document) {
  describe_head(v, "banksim.run", document);
  v("started_at", run.started_at);
  v("outcome", run.outcome);
  v("exit_code", document.exit_code);
  v("config", run.config);
  v.auditor(WorkerId{run.config.threads});
  v("host", run.host);
  v("transfers", run.transfers);
  v("elapsed_s", run.elapsed_s);
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
  v("check", run.check);
  v("deadlock", run.deadlock);
  v("warnings", run.warnings);
  if constexpr (kIsRead<T>)
    if (run.outcome == Outcome::interrupted) run.signal = signal_of(document.exit_code);
}

// ---- Comparisons

template <class V, As<ComparePlan> T>
void describe(V& v, T& plan) {
  v("strategies", plan.strategies);
  v("threads", plan.threads);
  v("accounts", plan.accounts);
  v("hold_ns", plan.holds);
  v("runs_at_least", plan.runs);
  v("warmup", plan.warmup);
  v("min_time_s", plan.min_time);
  v("reference", plan.reference);
  v("base", plan.base);
  v("max_slowdown_percent", plan.max_slowdown_percent);
  v("undecided_fails", plan.undecided_fails);
}

// A statistic of nothing is null.
template <class V, As<Summary> T>
void describe_summary(V& v, const char* key, T& summary, bool known) {
  v.group(key, [&summary, known](auto& inner) {
    inner.when(known, "median", summary.median);
    inner.when(known, "mean", summary.mean);
    inner.when(known, "stddev", summary.stddev);
    inner.when(known, "min", summary.min);
    inner.when(known, "max", summary.max);
    inner.when(known, "ci95", summary.ci95);
  });
}

template <class V, As<CellResult> T>
void describe_summaries(V& v, T& cell) {
  const bool known = cell.runs_measured > 0;
  v("runs_measured", cell.runs_measured);
  describe_summary(v, "throughput_per_s", cell.throughput_per_s, known);
  v.group("latency_ns", [&cell, known](auto& inner) {
    describe_summary(inner, "p50", cell.p50_ns, known);
    describe_summary(inner, "p90", cell.p90_ns, known);
    describe_summary(inner, "p95", cell.p95_ns, known);
    describe_summary(inner, "p99", cell.p99_ns, known);
    describe_summary(inner, "p99_9", cell.p99_9_ns, known);
  });
}

template <class V, As<Relative> T>
void describe(V& v, T& relative) {
  v("ratio", relative.ratio);
  v("ci95", relative.ci95);
  v("verdict", relative.standing);
  v.when(relative.runs_needed != 0, "runs_needed", relative.runs_needed);
}

// Each run is the document that it would be alone.
template <class V, As<CellResult> T, class D>
void describe_cell(V& v, T& cell, D& document) {
  v("group", cell.group);
  v("config", cell.config);
  v("outcome", cell.outcome);
  v("as_promised", cell.as_promised);
  v.group("summary", [&cell](auto& inner) { describe_summaries(inner, cell); });
  v.when(cell.relative.standing != Standing::not_ranked, "relative", cell.relative);
  v.list("runs", cell.runs, [&document](auto& inner, auto& run) {
    Document alone{document.banksim_version, document.command, exit_code_of(run.outcome)};
    describe_run(inner, run, alone);
  });
}

template <class V>
void describe(V& v, const GateRow& row) {
  v("cell", row.cell);
  v("verdict", row.finding);
  v("ratio", row.relative.ratio);
  v("ci95", row.relative.ci95);
  v.when(row.runs_needed != 0, "runs_needed", row.runs_needed);
  v("reference_failed", row.reference_failed);
  v("cell_failed", row.cell_failed);
}

template <class V>
void describe(V& v, const Gate& gate) {
  v("bound", gate.bound);
  v("verdict", gate.verdict);
  v("rows", gate.rows);
}

// The one strategy that all groups are compared with; nothing where they differ.
inline std::optional<std::string> reference_of(const Comparison& comparison) {
  std::optional<std::string> reference;
  for (const CellResult& cell : comparison.cells) {
    if (cell.relative.standing != Standing::reference) continue;
    if (reference && *reference != cell.config.strategy) return std::nullopt;
    reference = cell.config.strategy;
  }
  return reference;
}

// What is concluded is written for scripts, and drawn anew by whoever reads.
template <class V, As<Comparison> T, class D>
void describe_comparison(V& v, T& comparison, D& document) {
  describe_head(v, "banksim.compare", document);
  v("started_at", comparison.started_at);
  v.derived("outcome", outcome_of(comparison));
  v("exit_code", document.exit_code);
  v("complete", comparison.complete);
  v("plan", comparison.plan);
  v("host", comparison.host);
  v("elapsed_s", comparison.elapsed_s);
  v("running_s", comparison.running_s);
  v.derived("reference", reference_of(comparison));
  v("order", comparison.order);
  v.list("results", comparison.cells, [&document, place = 0](auto& inner, auto& cell) mutable {
    inner.derived("cell", place++);
    describe_cell(inner, cell, document);
  });
  v.derived("verdict", v.verdict(comparison));
  v.derived("findings", v.findings(comparison));
  v("warnings", comparison.warnings);
  v.derived("gate", comparison.conclusions.gate);
  if constexpr (kIsRead<T>)
    if (!comparison.complete) comparison.signal = signal_of(document.exit_code);
}

// ---- Explorations

template <class V, As<ExploreStep> T>
void describe(V& v, T& step) {
  bool held_by_auditor = v.is_auditor(step.held_by);
  v("step", step.step);
  v("worker", step.worker);
  v.derived("role", v.role(step.worker));
  v("op", step.op);
  v("account", step.account);
  v("value", step.value);
  v("held_by", step.held_by);
  v("begins", step.begins);
  v("in_loop", step.in_loop);
  v.when(step.own_number != 0, "own_number", step.own_number);
  v("held_by_auditor", held_by_auditor);
  if constexpr (kIsRead<T>)
    if (v.is_auditor(step.held_by) && !held_by_auditor) step.held_by = kNobody;
}

// The transfer that a worker is in at the end of the schedule.
inline std::optional<Transfer> last_transfer(const ExploreFinding& finding, WorkerId worker) {
  std::optional<Transfer> last;
  for (const ExploreStep& step : finding.steps)
    if (step.worker == worker && step.begins) last = step.begins;
  return last;
}

template <class V, As<ExploreFinding> T>
void describe(V& v, T& finding) {
  v("kind", finding.kind);
  v("token", finding.token);
  v("preemptions", finding.preemptions);
  v("fewest_steps", finding.fewest_steps);
  v("account", finding.account);
  v("expected", finding.expected);
  v("found", finding.found);
  v("steps", finding.steps);
  v.list("cycle", finding.cycle, [&finding](auto& inner, auto& edge) {
    describe(inner, edge);
    inner.derived("transfer", last_transfer(finding, edge.waiter));
  });
}

template <class V, As<Exploration> T>
void describe_limits(V& v, T& exploration) {
  auto& limits = exploration.limits;
  std::uint64_t max_memory_kib = limits.max_memory_bytes / 1024;
  v("strategy", exploration.strategy);
  v("threads", limits.workers);
  v("accounts", limits.accounts);
  v("transfers", limits.transfers);
  v("auditor", limits.auditor);
  v("max_states", limits.max_states);
  v("max_memory_kib", max_memory_kib);
  v.when(!limits.replay.empty(), "replay", limits.replay);
  if constexpr (kIsRead<T>) {
    limits.max_memory_bytes = max_memory_kib * 1024;
    exploration.replayed = !limits.replay.empty();
  }
}

template <class V, As<Exploration> T, class D>
void describe_exploration(V& v, T& exploration, D& document) {
  std::uint64_t peak_memory_kib = exploration.peak_memory_bytes / 1024;
  describe_head(v, "banksim.explore", document);
  v.when(!exploration.started_at.empty(), "started_at", exploration.started_at);
  v("outcome", exploration.verdict);
  v("exit_code", document.exit_code);
  v.group("config", [&exploration](auto& inner) { describe_limits(inner, exploration); });
  v.auditor(WorkerId{exploration.limits.workers});
  v("complete", exploration.complete);
  v("states", exploration.states);
  v("transitions", exploration.transitions);
  v.count("interleavings", exploration.interleavings);
  v("depth", exploration.depth);
  v("elapsed_s", exploration.elapsed_s);
  v("peak_memory_kib", peak_memory_kib);
  v.group("outcomes_seen", [&exploration](auto& inner) {
    inner("done", exploration.outcomes_seen.done);
    inner("declined", exploration.outcomes_seen.declined);
    inner("audited", exploration.outcomes_seen.audited);
  });
  v("may_retry", exploration.may_retry);
  v("bounds_hit", exploration.bounds_hit);
  v("findings", exploration.findings);
  if constexpr (kIsRead<T>) exploration.peak_memory_bytes = peak_memory_kib * 1024;
}

template <class V>
void describe(V& v, const StrategyEntry& entry) {
  v("name", entry.name);
  v("aliases", entry.aliases);
  v("summary", entry.summary);
  v("how", entry.how);
  v("wins", entry.wins);
  v("source", entry.source);
  v("deadlock_free", entry.deadlock_free);
  v("conserves_money", entry.conserves_money);
}

}  // namespace banksim
