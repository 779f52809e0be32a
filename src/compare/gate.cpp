// The gate: each row's paired interval against the bound, and what follows from all of them.
#include "compare/stages.hpp"

#include <algorithm>

namespace banksim {
namespace {

GateFinding finding_of(const Relative& relative, double bound) {
  if (!relative.ci95) return GateFinding::undecided;
  if ((*relative.ci95)[0] > bound) return GateFinding::held;
  return (*relative.ci95)[1] < bound ? GateFinding::slower : GateFinding::undecided;
}

GateRow judge_row(const Comparison& comparison, const Group& group, std::size_t place, double bound) {
  const CellResult& cell = comparison.cells[place];
  GateRow row;
  row.cell = place;
  row.reference_failed = !group.reference;
  row.cell_failed = !is_ranked(cell);
  if (row.reference_failed || row.cell_failed) return row;
  row.relative = cell.relative;
  row.finding = finding_of(row.relative, bound);
  if (row.finding == GateFinding::undecided) {
    const std::size_t pairs = std::min(cell.runs.size(), comparison.cells[*group.reference].runs.size());
    row.runs_needed = runs_needed(row.relative, pairs, bound);
  }
  return row;
}

GateVerdict verdict_of(const std::vector<GateRow>& rows) {
  const auto any = [&rows](GateFinding finding) {
    return std::ranges::count(rows, finding, &GateRow::finding) > 0;
  };
  const auto has_interval = [](const GateRow& row) { return row.relative.ci95.has_value(); };
  if (std::ranges::none_of(rows, has_interval)) return GateVerdict::nothing_checked;
  if (any(GateFinding::slower)) return GateVerdict::slower;
  return any(GateFinding::undecided) ? GateVerdict::undecided : GateVerdict::held;
}

}  // namespace

std::size_t named_reference(const Comparison& comparison, const Group& group) {
  return *std::ranges::find(group.cells, *comparison.plan.reference,
                            [&comparison](std::size_t i) { return comparison.cells[i].config.strategy; });
}

std::optional<Gate> judge(const Comparison& comparison, const std::vector<Group>& groups) {
  const ComparePlan& plan = comparison.plan;
  if (!plan.max_slowdown_percent || !comparison.complete) return std::nullopt;
  Gate gate;
  gate.bound = 1 - *plan.max_slowdown_percent / 100;
  for (const Group& group : groups) {
    const std::size_t reference = named_reference(comparison, group);
    for (const std::size_t i : group.cells)
      if (i != reference) gate.rows.push_back(judge_row(comparison, group, i, gate.bound));
  }
  gate.verdict = verdict_of(gate.rows);
  return gate;
}

}  // namespace banksim
