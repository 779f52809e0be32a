#include "compare/compare.hpp"

#include "compare/stages.hpp"
#include "registry.hpp"
#include "run/platform.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace banksim {
namespace {

using Clock = std::chrono::steady_clock;

template <class Number>
Summary summarize_measured(const CellResult& cell, Number number) {
  std::vector<double> values;
  for (const RunResult& run : cell.runs)
    if (is_measured(run)) values.push_back(static_cast<double>(number(run)));
  return summarize(std::move(values));
}

void summarize_cell(CellResult& cell) {
  const auto quantile = [&cell](double fraction) {
    return summarize_measured(cell, [=](const RunResult& run) { return run.latency.quantile_ns(fraction); });
  };
  cell.as_promised = !breaks_promise(cell.config.strategy, cell.outcome);
  // What deadlocks now and then has no throughput: the runs that got through are no sample of anything.
  if (cell.outcome != Outcome::ok && cell.outcome != Outcome::violation) return;
  cell.runs_measured = static_cast<std::uint32_t>(std::ranges::count_if(cell.runs, is_measured));
  cell.throughput_per_s =
      summarize_measured(cell, [](const RunResult& run) { return run.throughput_per_s(); });
  cell.p50_ns = quantile(0.5);
  cell.p90_ns = quantile(0.9);
  cell.p95_ns = quantile(0.95);
  cell.p99_ns = quantile(0.99);
  cell.p99_9_ns = quantile(0.999);
}

// The first one of the name in the plan, else the fastest that claims to be right. Null: nothing of the group can
// be compared with.
CellResult* reference_of(const ComparePlan& plan, std::span<CellResult> group) {
  if (plan.reference) {
    CellResult& named = *std::ranges::find(group, *plan.reference,
                                           [](const CellResult& cell) { return cell.config.strategy; });
    return named.runs_measured > 0 ? &named : nullptr;
  }
  CellResult* best = nullptr;
  for (CellResult& cell : group) {
    if (!is_ranked(cell) || !claims_safety(cell.config.strategy)) continue;
    if (best == nullptr || cell.throughput_per_s.median > best->throughput_per_s.median) best = &cell;
  }
  return best;
}

void relate_group(const ComparePlan& plan, std::span<CellResult> group) {
  CellResult* reference = reference_of(plan, group);
  if (reference == nullptr) return;
  for (CellResult& cell : group)
    if (&cell == reference)
      cell.relative.standing = Standing::reference;
    else if (cell.outcome == Outcome::ok)
      cell.relative = relate_cells(cell, *reference);
}

// By how much is wrong, in the order of the enum; of what was interrupted nothing is known.
int badness(Outcome outcome) {
  constexpr std::array kBadness = {1, 5, 4, 3, 2, 0};
  static_assert(static_cast<int>(Outcome::ok) == 0 && static_cast<int>(Outcome::interrupted) == 5);
  return kBadness.at(static_cast<std::size_t>(outcome));
}

}  // namespace

Outcome worse(Outcome a, Outcome b) { return badness(b) > badness(a) ? b : a; }

bool is_measured(const RunResult& run) {
  return run.outcome == Outcome::ok || run.outcome == Outcome::violation;
}

double median_over_runs(const CellResult& cell, const std::function<double(const RunResult&)>& number) {
  return summarize_measured(cell, number).median;
}

Relative relate_cells(const CellResult& cell, const CellResult& reference) {
  std::vector<double> values, references;
  for (std::size_t round = 0; round < std::min(cell.runs.size(), reference.runs.size()); ++round) {
    if (!is_measured(cell.runs[round]) || !is_measured(reference.runs[round])) continue;
    values.push_back(cell.runs[round].throughput_per_s());
    references.push_back(reference.runs[round].throughput_per_s());
  }
  return relate(values, references);
}

Outcome outcome_of(const Comparison& comparison) {
  if (!comparison.complete) return Outcome::interrupted;
  Outcome worst = Outcome::ok;
  for (const CellResult& cell : comparison.cells)
    if (!cell.as_promised) worst = worse(worst, cell.outcome);
  return worst;
}

Comparison compare(const ComparePlan& plan, RunControl& control,
                   const std::function<void(const CompareProgress&)>& on_progress, const Runner& runner) {
  const Clock::time_point start = Clock::now();
  Comparison comparison;
  comparison.plan = plan;
  comparison.cells = lay_out(plan);
  comparison.host = host();
  const double load = load_average();
  run_rounds(comparison, control, on_progress, runner);
  for (CellResult& cell : comparison.cells) summarize_cell(cell);
  const std::size_t strategies = plan.strategies.size();
  for (std::size_t first = 0; first < comparison.cells.size(); first += strategies)
    relate_group(plan, std::span(comparison.cells).subspan(first, strategies));
  comparison.conclusions = conclude(comparison);
  comparison.warnings = find_warnings(comparison, load);
  comparison.elapsed_s = std::chrono::duration<double>(Clock::now() - start).count();
  return comparison;
}

}  // namespace banksim
