// What records hold: each field of a run, a comparison, an exploration and a strategy, described once.
//
// describe() shows a visitor every field under its name, in the order in which records have them;
// describe_document() shows it a whole document.
#pragma once

#include "record/exit_code.hpp"
#include "record/visitor.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace banksim {

inline constexpr int kSchemaVersion = 1;  // of each schema

// What every document begins with. Throws RecordError where another schema is read.
inline void describe_schema(Visitor& v, const std::string& schema, Document& document) {
  std::string found = schema;
  int found_version = kSchemaVersion;
  v("schema", found, "schema_version", found_version);
  if (found != schema) throw RecordError("schema: \"" + schema + "\" was expected, not \"" + found + '"');
  if (found_version != kSchemaVersion)
    throw RecordError("schema_version: 1 was expected, not " + std::to_string(found_version));
  v("banksim_version", document.banksim_version);
}

// ---- Runs
inline void describe(Visitor& v, Config& config) {
  v("strategy", config.strategy, "threads", config.threads, "accounts", config.accounts);
  v("balance", config.balance);
  v.when(!config.duration, "transfers", config.transfers);
  v("duration_s", config.duration, "amount_min", config.min_amount, "amount_max", config.max_amount);
  v("access", config.access, "hold_ns", config.hold.spin, "hold_yield", config.hold.yield);
  v("think_ns", config.think, "seed", config.seed, "audit", config.audit.kind);
  v.when(config.audit.kind == AuditPolicy::Kind::interval, "audit_interval_ns", config.audit.interval);
  v("timeout_s", config.timeout, "stall_s", config.stall, "slice_ns", config.slice);
  v("self_transfers", config.self_transfers, "expect", config.expect, "mutex", config.mutex);
  v("layout", config.layout);
}

inline void describe(Visitor& v, Host& host) {
  v("os", host.os, "kernel", host.kernel, "arch", host.arch, "cpu_model", host.cpu_model);
  v("logical_cpus", host.logical_cpus, "compiler", host.compiler, "build_type", host.build_type);
  v("sanitizers", host.sanitizers);
}

// The sum is in the mean, exactly as long as it is below 2^51.
inline void describe(Visitor& v, LatencyHistogram& latency) {
  const bool any = latency.count() > 0;
  std::uint64_t min_ns = latency.min_ns(), max_ns = latency.max_ns();
  double mean_ns = latency.mean_ns();
  auto buckets = latency.buckets();
  v.derived("count", latency.count());
  v.when(any, "min", min_ns, "mean", mean_ns);
  for (const Percentile& percentile : kPercentiles)
    v.derived(percentile.key, any ? std::optional(latency.quantile_ns(percentile.fraction)) : std::nullopt);
  v.when(any, "max", max_ns);
  v("buckets", buckets);
  if (v.reads()) latency = LatencyHistogram(buckets, mean_ns, min_ns, std::max(min_ns, max_ns));
}

inline void describe(Visitor& v, WrongAccount& wrong) {
  v("account", wrong.account, "expected", wrong.expected, "found", wrong.found);
  v.derived("difference", wrong.difference());
}

inline void describe(Visitor& v, Transfer& t) { v("from", t.from, "to", t.to, "amount", t.amount); }

inline void describe(Visitor& v, PlannedTransfer& planned) {
  v("index", planned.index);
  describe(v, planned.transfer);
}

inline void describe(Visitor& v, Overdraft& overdraft) {
  v("account", overdraft.account, "balance", overdraft.balance, "after_s", overdraft.after_s);
  v("transfer", overdraft.transfer);
}

// Where nothing was checked, nothing was found.
inline void describe(Visitor& v, Check& check) {
  v("total_expected", check.total_expected);
  v.when(check.performed, "total_found", check.total_found);
  v("accounts_checked", check.accounts_checked, "accounts_wrong", check.accounts_wrong);
  v("negative_accounts", check.negative_accounts);
  v("audits", check.audits.audits, "audits_wrong", check.audits.wrong);
  v("first_wrong", check.first_wrong, "worst", check.worst);
  v.when(check.performed, "attempts_agree", check.attempts_agree);
  v("performed", check.performed);
  v.derived("failed", check.performed ? std::optional(check.failed()) : std::nullopt);
  v("audits_first_wrong_total", check.audits.first_wrong_total);
  v("accounts_in_flight", check.accounts_in_flight, "overdrafts", check.overdrafts);
  v("first_overdraft", check.first_overdraft);
}

inline void describe(Visitor& v, WaitForEdge& edge) {
  v.derived("role", v.role(edge.waiter));
  v("worker", edge.waiter, "holds_account", edge.holds, "waits_for_account", edge.waits_for);
  v("held_by", edge.held_by);
  v.if_any("holds_own_lock", edge.holds_own, "waits_for_own_lock", edge.waits_for_own);
  v.if_any("holds_lock_name", edge.holds_name, "waits_for_lock_name", edge.waits_for_name);
}

inline void describe(Visitor& v, DeadlockMember& member) {
  describe(v, member.edge);
  v("transfer", member.transfer);
  if (v.reads()) member.is_auditor = v.is_auditor(member.edge.waiter);
}

inline void describe(Visitor& v, Deadlock& deadlock) {
  v("detected_after_s", deadlock.detected_after_s, "cycle", deadlock.cycle);
  v("blocked_workers", deadlock.blocked_workers, "auditor_blocked", deadlock.auditor_blocked);
}

inline void describe(Visitor& v, EndedBy& ended_by) {
  v("kind", ended_by.kind, "role", ended_by.role, "worker", ended_by.worker, "transfer", ended_by.transfer);
  v("others", ended_by.others, "number", ended_by.number, "thrown", ended_by.thrown);
  if (ended_by.role != Role::worker) ended_by.worker = kNobody;
}

inline void describe(Visitor& v, Warning& warning) {
  v("code", warning.code);
  v.sentence("message", &Wording::warning, warning);
  v.if_any("subject", warning.subject);
  v("numbers", warning.numbers);
}

inline void describe(Visitor& v, Machine& machine) {
  auto& [periods, throttled_periods, throttled_s] = machine.throttling;
  v.if_any("quota_cpus", machine.quota_cpus);
  v("periods", periods, "throttled_periods", throttled_periods, "throttled_s", throttled_s);
  v("other_cpus", machine.other_cpus, "late_s", machine.late_s);
}

// The signal that interrupted a run is in its exit code.
inline void describe_document(Visitor& v, RunResult& run, Document& document) {
  auto& [jain_index, least, most] = run.fairness;
  auto& [user_s, system_s, voluntary, involuntary, max_rss_kib] = run.used;
  auto& [acquired, contended, try_failed, wait_ns] = run.locks;
  auto& [attempted, done, declined, cancelled] = run.transfers;
  describe_schema(v, "banksim.run", document);
  v("command", document.command, "started_at", run.started_at, "outcome", run.outcome);
  v("exit_code", document.exit_code, "config", run.config);
  v.auditor(WorkerId{run.config.threads});
  v("host", run.host);
  v.group("transfers", "attempted", attempted, "done", done, "declined", declined, "cancelled", cancelled);
  v("elapsed_s", run.elapsed_s, "paused_s", run.machine.paused_s, "audits_s", run.audits_s);
  v.derived("throughput_per_s", run.throughput_per_s());
  v("latency_ns", run.latency);
  v.group("locks", "acquired", acquired, "contended", contended, "wait_ns", wait_ns, "try_failed",
          try_failed);
  v.group("fairness", "jain_index", jain_index, "min_per_worker", least, "max_per_worker", most);
  v.group("cpu_s", "user", user_s, "system", system_s);
  v.group("context_switches", "voluntary", voluntary, "involuntary", involuntary);
  v("max_rss_kib", max_rss_kib);
  v.derived("cpu_share", run.cpu_share());
  v("machine", run.machine, "check", run.check, "deadlock", run.deadlock, "warnings", run.warnings);
  v("ended_by", run.ended_by);
  v.if_any("see", run.see);
  if (v.reads() && run.outcome == Outcome::interrupted) run.signal = signal_of(document.exit_code);
}

// ---- Comparisons
inline void describe(Visitor& v, ComparePlan& plan) {
  v("strategies", plan.strategies, "threads", plan.threads, "accounts", plan.accounts);
  v("hold_ns", plan.holds, "runs_at_least", plan.runs, "warmup", plan.warmup);
  v("min_time_s", plan.min_time, "reference", plan.reference, "base", plan.base);
  v("max_slowdown_percent", plan.max_slowdown_percent, "undecided_fails", plan.undecided_fails);
  v("mutexes", plan.mutexes);
}

// Statistics of nothing are null.
inline void describe_summary(Visitor& v, const char* key, Summary& summary, bool known) {
  v.group(key, [&](Visitor& inner) {
    inner.when(known, "median", summary.median, "mean", summary.mean, "stddev", summary.stddev);
    inner.when(known, "min", summary.min, "max", summary.max, "ci95", summary.ci95);
  });
}

inline void describe(Visitor& v, Relative& relative) {
  v("ratio", relative.ratio, "ci95", relative.ci95, "verdict", relative.standing);
  v.if_any("runs_needed", relative.runs_needed);
}

// Each run is the document that it would be alone.
inline void describe_cell(Visitor& v, CellResult& cell, Document& document) {
  v("group", cell.group, "config", cell.config, "outcome", cell.outcome, "as_promised", cell.as_promised);
  v.if_any("failure", cell.failure);
  v("ended_by", cell.ended_by);
  v.group("summary", [&cell](Visitor& inner) {
    inner("runs_measured", cell.runs_measured);
    const bool known = cell.runs_measured > 0;
    describe_summary(inner, "throughput_per_s", cell.throughput_per_s, known);
    inner.group("latency_ns", [&](Visitor& latency) {
      describe_summary(latency, "p50", cell.p50_ns, known);
      describe_summary(latency, "p90", cell.p90_ns, known);
      describe_summary(latency, "p95", cell.p95_ns, known);
      describe_summary(latency, "p99", cell.p99_ns, known);
      describe_summary(latency, "p99_9", cell.p99_9_ns, known);
    });
  });
  v.if_any("relative", cell.relative);
  v.list("runs", cell.runs, [&document](Visitor& inner, auto& run) {
    Document alone{document.banksim_version, document.command, exit_code_of(run.outcome)};
    describe_document(inner, run, alone);
  });
}

inline void describe(Visitor& v, GateRow& row) {
  v("cell", row.cell, "verdict", row.finding);
  v.when(!row.reference_failed && !row.cell_failed, "ratio", row.relative.ratio);
  v("ci95", row.relative.ci95);
  v.if_any("runs_needed", row.runs_needed);
  v("reference_failed", row.reference_failed, "cell_failed", row.cell_failed);
}

inline void describe(Visitor& v, Gate& g) { v("bound", g.bound, "verdict", g.verdict, "rows", g.rows); }

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

// Of a row that the gate is about.
inline std::optional<GateFinding> gate_finding(const Comparison& comparison, std::size_t cell) {
  const auto& gate = comparison.conclusions.gate;
  if (!gate) return std::nullopt;
  const auto row = std::ranges::find(gate->rows, cell, &GateRow::cell);
  return row == gate->rows.end() ? std::nullopt : std::optional(row->finding);
}

// What is concluded is written for scripts, and drawn anew by whoever reads.
inline void describe_document(Visitor& v, Comparison& comparison, Document& document) {
  describe_schema(v, "banksim.compare", document);
  v("command", document.command, "started_at", comparison.started_at);
  v.derived("outcome", outcome_of(comparison));
  v("exit_code", document.exit_code, "complete", comparison.complete);
  v("runs_repeated", comparison.runs_repeated, "plan", comparison.plan);
  v("host", comparison.host, "elapsed_s", comparison.elapsed_s, "running_s", comparison.running_s);
  v.derived("reference", reference_of(comparison));
  v("order", comparison.order);
  v.list("results", comparison.cells, [&, place = std::size_t{0}](Visitor& inner, auto& cell) mutable {
    inner.derived("cell", place);
    describe_cell(inner, cell, document);
    inner.derived("gate", gate_finding(comparison, place++));
  });
  v.sentence("verdict", &Wording::verdict, comparison);
  v.sentence("findings", &Wording::findings, comparison);
  v.sentence("failures", &Wording::failures, comparison);
  v("warnings", comparison.warnings);
  v.derived("gate", comparison.conclusions.gate);
  if (v.reads() && !comparison.complete) comparison.signal = signal_of(document.exit_code);
}

// ---- Explorations
inline void describe(Visitor& v, ExploreStep& step) {
  bool held_by_auditor = v.is_auditor(step.held_by);
  v("step", step.step, "worker", step.worker);
  v.derived("role", v.role(step.worker));
  v("op", step.op, "account", step.account, "value", step.value, "held_by", step.held_by);
  v("begins", step.begins, "in_loop", step.in_loop);
  v.if_any("own_number", step.own_number, "own_name", step.own_name);
  v("held_by_auditor", held_by_auditor);
  if (v.reads() && v.is_auditor(step.held_by) && !held_by_auditor) step.held_by = kNobody;
}

// The transfer that a worker is in at the end of the schedule.
inline std::optional<Transfer> last_transfer(const ExploreFinding& finding, WorkerId worker) {
  std::optional<Transfer> last;
  for (const ExploreStep& step : finding.steps)
    if (step.worker == worker && step.begins) last = step.begins;
  return last;
}

inline void describe(Visitor& v, ExploreFinding& finding) {
  v("kind", finding.kind, "token", finding.token, "preemptions", finding.preemptions);
  v("fewest_steps", finding.fewest_steps, "account", finding.account);
  v("expected", finding.expected, "found", finding.found, "steps", finding.steps);
  v.list("cycle", finding.cycle, [&finding](Visitor& inner, auto& edge) {
    describe(inner, edge);
    inner.derived("transfer", last_transfer(finding, edge.waiter));
  });
}

inline void describe(Visitor& v, Wanted& wanted) {
  v("what", wanted.what, "members", wanted.members, "through_auditor", wanted.through_auditor);
}

inline void describe_inputs(Visitor& v, ExploreSize& size) {
  v("amounts", size.amounts, "balance", size.balance, "self_transfers", size.self_transfers);
}

inline void describe(Visitor& v, ExploreSize& size) {
  v("threads", size.workers, "accounts", size.accounts, "transfers", size.transfers);
  v("auditor", size.auditor);
  describe_inputs(v, size);
}

inline void describe(Visitor& v, ExploreRung& rung) {
  describe(v, rung.size);
  v("outcome", rung.verdict, "states", rung.states, "transitions", rung.transitions);
  v.count("interleavings", rung.interleavings);
  v("elapsed_s", rung.elapsed_s);
  v.kib("peak_memory_kib", rung.peak_memory_bytes);
  v("bounds_hit", rung.bounds_hit);
}

inline constexpr const char* kCollisionsNotMet = "collisions_not_met";  // a warning

inline void describe_document(Visitor& v, Exploration& exploration, Document& document) {
  auto& limits = exploration.limits;
  auto& [done, declined, audited] = exploration.outcomes_seen;
  std::vector<std::string> warnings;
  if (exploration.collisions_not_met) warnings.emplace_back(kCollisionsNotMet);
  describe_schema(v, "banksim.explore", document);
  v("command", document.command);
  v.if_any("started_at", exploration.started_at);
  v("outcome", exploration.verdict, "exit_code", document.exit_code);
  v.group("config", [&](Visitor& inner) {
    inner("strategy", exploration.strategy, "threads", limits.workers, "accounts", limits.accounts);
    inner("transfers", limits.transfers, "auditor", limits.auditor, "max_states", limits.max_states);
    inner.kib("max_memory_kib", limits.max_memory_bytes);
    inner.if_any("replay", limits.replay);
    describe_inputs(inner, limits);
    inner("choices", limits.choices, "find", limits.find, "budget_s", limits.budget);
  });
  v.auditor(WorkerId{limits.workers});
  v("complete", exploration.complete, "states", exploration.states, "transitions", exploration.transitions);
  v.count("interleavings", exploration.interleavings);
  v("depth", exploration.depth, "elapsed_s", exploration.elapsed_s);
  v.kib("peak_memory_kib", exploration.peak_memory_bytes);
  v.group("outcomes_seen", "done", done, "declined", declined, "audited", audited);
  v("may_retry", exploration.may_retry, "bounds_hit", exploration.bounds_hit);
  v("findings", exploration.findings, "can_refuse_for_ever", exploration.can_refuse_for_ever);
  v("passed_over", exploration.passed_over, "warnings", warnings, "sizes", exploration.rungs, "not_searched",
    exploration.not_searched);
  v.if_any("heap_not_seen", exploration.heap_not_seen);
  if (!v.reads()) return;
  exploration.collisions_not_met = std::ranges::count(warnings, kCollisionsNotMet) > 0;
  exploration.replayed = !limits.replay.empty();
}

// ---- Checks
inline void describe(Visitor& v, CheckRow& row) {
  v("stage", row.stage, "state", row.state);
  v.when(row.stage == CheckStage::runs, "accounts", row.accounts, "runs", row.runs);
  v.sentence("message", &Wording::check_row, row);
  if (row.exploration && !row.exploration->findings.empty())
    v("token", row.exploration->findings.front().token);
  v("elapsed_s", row.elapsed_s);
}

inline void describe(Visitor& v, Checked& checked) {
  v("strategy", checked.strategy);
  v.derived("state", checked.state());
  v.derived("exit_code", exit_code_of(checked));
  v("deadlock_free", checked.deadlock_free, "conserves_money", checked.conserves_money);
  v.if_any("same_as", checked.same_as);
  v("rows", checked.rows);
}

inline void describe_document(Visitor& v, std::vector<Checked>& all, Document& document) {
  describe_schema(v, "banksim.check", document);
  v("command", document.command, "exit_code", document.exit_code, "results", all);
}

// ---- Strategies
inline void describe(Visitor& v, StrategyEntry& entry) {
  v("name", entry.name);
  v.derived("aliases", std::vector(entry.aliases.begin(), entry.aliases.end()));
  v("summary", entry.summary, "how", entry.how);
  v.if_any("why_safe", entry.why_safe);
  v("wins", entry.wins, "source", entry.source);
  v("deadlock_free", entry.deadlock_free, "conserves_money", entry.conserves_money);
}

inline void describe_document(Visitor& v, std::vector<StrategyEntry>& entries, Document& document) {
  describe_schema(v, "banksim.strategies", document);
  v("strategies", entries);
}

}  // namespace banksim
