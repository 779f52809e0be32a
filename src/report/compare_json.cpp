// A comparison for programs: schema banksim.compare.
#include "record/exit_code.hpp"
#include "report/compare.hpp"
#include "report/json.hpp"
#include "report/parts.hpp"
#include "run/platform.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <utility>

namespace banksim {
namespace {

const char* to_string(Standing standing) {
  switch (standing) {
    case Standing::reference:
      return "reference";
    case Standing::faster:
      return "faster";
    case Standing::slower:
      return "slower";
    case Standing::no_clear_difference:
      return "no_clear_difference";
    case Standing::not_ranked:
      break;
  }
  return "not_ranked";
}

Json interval_json(const std::optional<std::array<double, 2>>& interval) {
  if (!interval) return nullptr;
  return Json::array({number((*interval)[0]), number((*interval)[1])});
}

// A statistic of nothing is null.
Json summary_json(const Summary& summary, bool known) {
  const auto if_known = [known](double value) { return known ? number(value) : Json(nullptr); };
  return {{"median", if_known(summary.median)},
          {"mean", if_known(summary.mean)},
          {"stddev", summary.stddev ? number(*summary.stddev) : Json(nullptr)},
          {"min", if_known(summary.min)},
          {"max", if_known(summary.max)},
          {"ci95", interval_json(summary.ci95)}};
}

Json summaries_json(const CellResult& cell) {
  const bool known = cell.runs_measured > 0;
  Json latency;
  latency["p50"] = summary_json(cell.p50_ns, known);
  latency["p90"] = summary_json(cell.p90_ns, known);
  latency["p95"] = summary_json(cell.p95_ns, known);
  latency["p99"] = summary_json(cell.p99_ns, known);
  latency["p99_9"] = summary_json(cell.p99_9_ns, known);
  Json json;
  json["runs_measured"] = cell.runs_measured;
  json["throughput_per_s"] = summary_json(cell.throughput_per_s, known);
  json["latency_ns"] = std::move(latency);
  return json;
}

// Null where there was nothing to compare, or nothing to compare with.
Json relative_json(const Relative& relative) {
  if (relative.standing == Standing::not_ranked) return nullptr;
  const Json needed = relative.runs_needed == 0 ? Json(nullptr) : Json(relative.runs_needed);
  return {{"ratio", number(relative.ratio)},
          {"ci95", interval_json(relative.ci95)},
          {"verdict", to_string(relative.standing)},
          {"runs_needed", needed}};
}

Json cell_json(const CellResult& cell, std::size_t place, std::span<const std::string> command) {
  Json runs = Json::array();
  for (const RunResult& run : cell.runs) runs.push_back(run_object(run, command, exit_code_of(run.outcome)));
  Json json;
  json["cell"] = place;
  json["group"] = cell.group;
  json["config"] = config_json(cell.config);
  json["outcome"] = to_string(cell.outcome);
  json["as_promised"] = cell.as_promised;
  json["summary"] = summaries_json(cell);
  json["relative"] = relative_json(cell.relative);
  json["runs"] = std::move(runs);
  return json;
}

Json hold_json(const Hold& hold) { return hold.yield ? Json("yield") : Json(hold.spin.count()); }

Json plan_json(const ComparePlan& plan) {
  Json holds = Json::array();
  for (const Hold& hold : plan.holds) holds.push_back(hold_json(hold));
  Json json;
  json["strategies"] = plan.strategies;
  json["threads"] = plan.threads;
  json["accounts"] = plan.accounts;
  json["hold_ns"] = std::move(holds);
  json["runs_at_least"] = plan.runs;
  json["warmup"] = plan.warmup;
  json["min_time_s"] = number(std::chrono::duration<double>(plan.min_time).count());
  json["reference"] = plan.reference ? Json(*plan.reference) : Json(nullptr);
  json["base"] = config_json(plan.base);
  return json;
}

// The one strategy that all groups are compared with; null where they differ.
Json reference_json(const Comparison& comparison) {
  std::optional<std::string> reference;
  for (const CellResult& cell : comparison.cells) {
    if (cell.relative.standing != Standing::reference) continue;
    if (reference && *reference != cell.config.strategy) return nullptr;
    reference = cell.config.strategy;
  }
  return reference ? Json(*reference) : Json(nullptr);
}

}  // namespace

std::string compare_json(const Comparison& comparison, std::span<const std::string> command, int exit_code) {
  Json results = Json::array();
  for (const CellResult& cell : comparison.cells) results.push_back(cell_json(cell, results.size(), command));
  Json json;
  json["schema"] = "banksim.compare";
  json["schema_version"] = 1;
  json["banksim_version"] = version();
  json["command"] = Json(command);
  json["started_at"] = comparison.started_at;
  json["outcome"] = to_string(outcome_of(comparison));
  json["exit_code"] = exit_code;
  json["complete"] = comparison.complete;
  json["plan"] = plan_json(comparison.plan);
  json["host"] = host_json(comparison.host);
  json["elapsed_s"] = number(comparison.elapsed_s);
  json["running_s"] = number(comparison.running_s);
  json["reference"] = reference_json(comparison);
  json["order"] = comparison.order;
  json["results"] = std::move(results);
  json["verdict"] = verdict_sentence(comparison);
  json["findings"] = finding_sentences(comparison);
  json["warnings"] = warnings_json(comparison.warnings);
  return document(json);
}

}  // namespace banksim
