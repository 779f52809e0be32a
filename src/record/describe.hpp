// What the records of comparisons, explorations and strategies hold; describe_run.hpp says how.
#pragma once

#include "record/describe_run.hpp"

namespace banksim {

// ---- Comparisons

void describe(auto& v, As<ComparePlan> auto& plan) {
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
void describe_summary(auto& v, const char* key, As<Summary> auto& summary, bool known) {
  v.group(key, [&summary, known](auto& inner) {
    inner.when(known, "median", summary.median);
    inner.when(known, "mean", summary.mean);
    inner.when(known, "stddev", summary.stddev);
    inner.when(known, "min", summary.min);
    inner.when(known, "max", summary.max);
    inner.when(known, "ci95", summary.ci95);
  });
}

void describe_summaries(auto& v, As<CellResult> auto& cell) {
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

void describe(auto& v, As<Relative> auto& relative) {
  v("ratio", relative.ratio);
  v("ci95", relative.ci95);
  v("verdict", relative.standing);
  v.when(relative.runs_needed != 0, "runs_needed", relative.runs_needed);
}

// Each run is the document that it would be alone.
void describe_cell(auto& v, As<CellResult> auto& cell, auto& document) {
  v("group", cell.group);
  v("config", cell.config);
  v("outcome", cell.outcome);
  v("as_promised", cell.as_promised);
  v.group("summary", [&cell](auto& inner) { describe_summaries(inner, cell); });
  v.when(cell.relative != Relative{}, "relative", cell.relative);
  v.list("runs", cell.runs, [&document](auto& inner, auto& run) {
    Document alone{document.banksim_version, document.command, exit_code_of(run.outcome)};
    describe_run(inner, run, alone);
  });
}

void describe(auto& v, const GateRow& row) {
  v("cell", row.cell);
  v("verdict", row.finding);
  v.when(!row.reference_failed && !row.cell_failed, "ratio", row.relative.ratio);
  v("ci95", row.relative.ci95);
  v.when(row.runs_needed != 0, "runs_needed", row.runs_needed);
  v("reference_failed", row.reference_failed);
  v("cell_failed", row.cell_failed);
}

void describe(auto& v, const Gate& gate) {
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

// Of a row that the gate is about.
inline std::optional<GateFinding> gate_finding(const Comparison& comparison, std::size_t cell) {
  const auto& gate = comparison.conclusions.gate;
  if (!gate) return std::nullopt;
  const auto row = std::ranges::find(gate->rows, cell, &GateRow::cell);
  return row == gate->rows.end() ? std::nullopt : std::optional(row->finding);
}

// What is concluded is written for scripts, and drawn anew by whoever reads.
void describe_comparison(auto& v, As<Comparison> auto& comparison, auto& document) {
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
  v.list("results", comparison.cells, [&, place = std::size_t{0}](auto& inner, auto& cell) mutable {
    inner.derived("cell", place);
    describe_cell(inner, cell, document);
    inner.derived("gate", gate_finding(comparison, place++));
  });
  v.sentence("verdict", &Wording::verdict, comparison);
  v.sentence("findings", &Wording::findings, comparison);
  v.sentence("failures", &Wording::failures, comparison);
  v("warnings", comparison.warnings);
  v.derived("gate", comparison.conclusions.gate);
  if constexpr (kIsRead<decltype(comparison)>)
    if (!comparison.complete) comparison.signal = signal_of(document.exit_code);
}

// ---- Explorations

void describe(auto& v, As<ExploreStep> auto& step) {
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
  if constexpr (kIsRead<decltype(step)>)
    if (v.is_auditor(step.held_by) && !held_by_auditor) step.held_by = kNobody;
}

// The transfer that a worker is in at the end of the schedule.
inline std::optional<Transfer> last_transfer(const ExploreFinding& finding, WorkerId worker) {
  std::optional<Transfer> last;
  for (const ExploreStep& step : finding.steps)
    if (step.worker == worker && step.begins) last = step.begins;
  return last;
}

void describe(auto& v, As<ExploreFinding> auto& finding) {
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

void describe_limits(auto& v, As<Exploration> auto& exploration) {
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
  if constexpr (kIsRead<decltype(exploration)>) {
    limits.max_memory_bytes = max_memory_kib * 1024;
    exploration.replayed = !limits.replay.empty();
  }
}

void describe_exploration(auto& v, As<Exploration> auto& exploration, auto& document) {
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
  if constexpr (kIsRead<decltype(exploration)>) exploration.peak_memory_bytes = peak_memory_kib * 1024;
}

void describe(auto& v, const StrategyEntry& entry) {
  v("name", entry.name);
  v("aliases", entry.aliases);
  v("summary", entry.summary);
  v("how", entry.how);
  v("wins", entry.wins);
  v("source", entry.source);
  v("deadlock_free", entry.deadlock_free);
  v("conserves_money", entry.conserves_money);
}

void describe_strategies(auto& v, std::span<const StrategyEntry> entries,
                         const std::string& banksim_version) {
  describe_schema(v, "banksim.strategies");
  v("banksim_version", banksim_version);
  v("strategies", entries);
}

}  // namespace banksim
