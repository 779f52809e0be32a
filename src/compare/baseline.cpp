// An earlier comparison, read back from its JSON, and what has become slower since.
#include "compare/parts.hpp"
#include "report/json.hpp"
#include "report/parts.hpp"

#include <banksim/thresholds.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace banksim {
namespace {

// Limits, audits and the seed do not change how much work a transfer is.
constexpr const char* kKeyFields[] = {"strategy",  "threads",    "accounts",   "balance",
                                      "transfers", "duration_s", "amount_min", "amount_max",
                                      "access",    "hold_ns",    "hold_yield", "think_ns"};

std::string key_of(const Json& config) {
  Json key;
  for (const char* field : kKeyFields) key[field] = config.at(field);
  return key.dump();
}

std::string name_of(const Json& config) {
  return fmt::format("{} ({}, {})", config.at("strategy").get<std::string>(),
                     counted(config.at("threads").get<std::uint64_t>(), "thread"),
                     counted(config.at("accounts").get<std::uint64_t>(), "account"));
}

Baseline::Cell cell_of(const Json& result) {
  Baseline::Cell cell;
  cell.key = key_of(result.at("config"));
  cell.name = name_of(result.at("config"));
  const Json& summary = result.at("summary");
  cell.ok = result.at("outcome") == "ok" && summary.at("runs_measured").get<int>() > 0;
  if (!cell.ok) return cell;
  const Json& throughput = summary.at("throughput_per_s");
  const bool has_interval = !throughput.at("ci95").is_null();
  cell.throughput_per_s = throughput.at("median").get<double>();
  cell.low = has_interval ? throughput.at("ci95").at(0).get<double>() : throughput.at("min").get<double>();
  cell.high = has_interval ? throughput.at("ci95").at(1).get<double>() : throughput.at("max").get<double>();
  return cell;
}

std::array<double, 2> interval_of(const Summary& summary) {
  return summary.ci95.value_or(std::array<double, 2>{summary.min, summary.max});
}

std::optional<std::string> regression(const Baseline::Cell& before, const CellResult& now, double percent) {
  if (!before.ok) return std::nullopt;
  if (now.outcome != Outcome::ok || now.runs_measured == 0)
    return fmt::format("{} was ok in the baseline and is {} now", before.name,
                       now.outcome == Outcome::ok ? "not measured" : to_string(now.outcome));
  const Summary& summary = now.throughput_per_s;
  const double lost_percent = 100 * (1 - summary.median / before.throughput_per_s);
  if (lost_percent <= percent || interval_of(summary)[1] >= before.low) return std::nullopt;
  return fmt::format("{} is {:.1f} % slower than the baseline, of {} % allowed: {}/s, was {}/s", before.name,
                     lost_percent, percent, si_number(summary.median), si_number(before.throughput_per_s));
}

}  // namespace

Baseline parse_baseline(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    if (json.at("schema") != "banksim.compare")
      throw ConfigError("the baseline is not the JSON of a comparison");
    Baseline baseline;
    baseline.cpu_model = json.at("host").at("cpu_model").get<std::string>();
    baseline.logical_cpus = json.at("host").at("logical_cpus").get<unsigned>();
    for (const Json& result : json.at("results")) baseline.cells.push_back(cell_of(result));
    return baseline;
  } catch (const nlohmann::json::exception& error) {
    throw ConfigError(fmt::format("the baseline is not the JSON of a comparison: {}", error.what()));
  }
}

std::vector<std::string> regressions(const Baseline& baseline, const Comparison& comparison,
                                     double max_regression_percent) {
  std::vector<std::string> failures;
  bool matched = false;
  for (const CellResult& cell : comparison.cells) {
    if (cell.outcome == Outcome::interrupted) continue;  // was never run
    const auto before =
        std::ranges::find(baseline.cells, key_of(config_json(cell.config)), &Baseline::Cell::key);
    if (before == baseline.cells.end()) continue;
    matched = true;
    if (auto failure = regression(*before, cell, max_regression_percent))
      failures.push_back(std::move(*failure));
  }
  if (!matched)
    failures.push_back("nothing was checked against the baseline: it has none of these configurations");
  return failures;
}

std::optional<Warning> baseline_warning(const Baseline& baseline, const Comparison& comparison) {
  const Host& host = comparison.host;
  if (baseline.cpu_model == host.cpu_model && baseline.logical_cpus == host.logical_cpus) return std::nullopt;
  return Warning{"other_machine", fmt::format("the baseline is of another machine: {}, {}",
                                              baseline.cpu_model, counted(baseline.logical_cpus, "CPU"))};
}

}  // namespace banksim
