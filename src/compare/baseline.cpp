// An earlier comparison, read back from its JSON, and what has become slower since.
#include "compare/thresholds.hpp"
#include "report/compare_parts.hpp"
#include "report/json.hpp"
#include "report/parts.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace banksim {
namespace {

// What changes how much work a transfer is. An audit by every worker after each of its transfers costs more
// than all the rest; limits and the seed cost nothing.
constexpr const char* kKeyFields[] = {
    "strategy",   "threads", "accounts", "balance",    "transfers", "duration_s", "amount_min",
    "amount_max", "access",  "hold_ns",  "hold_yield", "think_ns",  "audit",      "audit_interval_ns"};

std::string key_of(const Json& config) {
  Json key;
  for (const char* field : kKeyFields) key[field] = config.at(field);
  return key.dump();
}

std::string name_of(const Json& config) {
  std::string hold;
  if (config.at("hold_yield").get<bool>())
    hold = ", hold yield";
  else if (const auto hold_ns = config.at("hold_ns").get<double>(); hold_ns > 0)
    hold = ", hold " + duration_text(hold_ns * 1e-9);
  return fmt::format("{} ({}, {}{})", config.at("strategy").get<std::string>(),
                     counted(config.at("threads").get<std::uint64_t>(), "thread"),
                     counted(config.at("accounts").get<std::uint64_t>(), "account"), hold);
}

Baseline::Cell cell_of(const Json& result) {
  Baseline::Cell cell;
  cell.key = key_of(result.at("config"));
  cell.name = name_of(result.at("config"));
  const Json& summary = result.at("summary");
  const auto outcome = result.at("outcome").get<std::string>();
  cell.ok = outcome == "ok" && summary.at("runs_measured").get<int>() > 0;
  if (!cell.ok) {
    cell.gap = outcome == "ok" || outcome == "interrupted" ? "not measured" : outcome;
    return cell;
  }
  const Json& throughput = summary.at("throughput_per_s");
  cell.throughput_per_s = throughput.at("median").get<double>();
  if (cell.throughput_per_s <= 0)
    throw ConfigError("the baseline has a throughput that is not above 0, of " + cell.name);
  const Json& interval = throughput.at("ci95");
  if (interval.is_null())
    cell.gap = "no 95 % interval";
  else
    cell.ci95 = {interval.at(0).get<double>(), interval.at(1).get<double>()};
  return cell;
}

bool went_well(const CellResult& cell) { return cell.outcome == Outcome::ok && cell.runs_measured > 0; }

std::string key_of(const CellResult& cell) { return key_of(config_json(cell.config)); }

const Baseline::Cell* find(const Baseline& baseline, const std::string& key) {
  const auto found = std::ranges::find(baseline.cells, key, &Baseline::Cell::key);
  return found == baseline.cells.end() ? nullptr : &*found;
}

// Why there is nothing to compare; empty where there is. What was ok and now fails can be compared.
std::string gap_of(const Baseline::Cell* before, const CellResult& now) {
  if (now.outcome == Outcome::interrupted) return "not run now";
  if (before == nullptr) return "not in the baseline";
  if (!before->ok) return before->gap + " in the baseline";
  if (!went_well(now)) return "";
  if (!before->ci95) return before->gap + " in the baseline";
  return now.throughput_per_s.ci95 ? "" : "no 95 % interval now";
}

bool can_compare(const Baseline& baseline, const Comparison& comparison) {
  return std::ranges::any_of(comparison.cells, [&baseline](const CellResult& cell) {
    return gap_of(find(baseline, key_of(cell)), cell).empty();
  });
}

// "ordered (2 threads, 1,000 accounts): not in the baseline; global ...".
std::string gaps_text(const Baseline& baseline, const Comparison& comparison) {
  std::vector<std::string> gaps, keys;
  for (const CellResult& cell : comparison.cells) {
    keys.push_back(key_of(cell));
    if (const std::string gap = gap_of(find(baseline, keys.back()), cell); !gap.empty())
      gaps.push_back(name_of(config_json(cell.config)) + ": " + gap);
  }
  for (const Baseline::Cell& before : baseline.cells)
    if (std::ranges::find(keys, before.key) == keys.end())
      gaps.push_back(before.name + ": in the baseline, not run now");
  return fmt::format("{}", fmt::join(gaps, "; "));
}

std::optional<std::string> regression(const Baseline::Cell& before, const CellResult& now, double percent) {
  if (!went_well(now))
    return fmt::format("{} was ok in the baseline and is {} now", before.name,
                       now.outcome == Outcome::ok ? "not measured" : to_string(now.outcome));
  const Summary& summary = now.throughput_per_s;
  const double lost_percent = 100 * (1 - summary.median / before.throughput_per_s);
  const bool overlap = (*summary.ci95)[1] >= (*before.ci95)[0];
  if (lost_percent <= percent || overlap) return std::nullopt;
  return fmt::format("{} is {:.1f} % slower than the baseline, of {} % allowed: {}/s, was {}/s", before.name,
                     lost_percent, percent, si_number(summary.median), si_number(before.throughput_per_s));
}

// In the words of its reader, without the name of the exception.
std::string reason(const nlohmann::json::exception& error) {
  const std::string_view what = error.what();
  const std::size_t end = what.find("] ");
  return std::string(end == std::string_view::npos ? what : what.substr(end + 2));
}

}  // namespace

Baseline parse_baseline(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    if (json.at("schema") != "banksim.compare")
      throw ConfigError("the baseline is not the JSON of a comparison");
    if (json.at("schema_version") != kCompareSchemaVersion)
      throw ConfigError(fmt::format("the baseline has version {} of its schema: this banksim reads {}",
                                    json.at("schema_version").dump(), kCompareSchemaVersion));
    Baseline baseline;
    baseline.complete = json.at("complete").get<bool>();
    baseline.cpu_model = json.at("host").at("cpu_model").get<std::string>();
    baseline.logical_cpus = json.at("host").at("logical_cpus").get<unsigned>();
    for (const Json& result : json.at("results").get_ref<const Json::array_t&>())
      baseline.cells.push_back(cell_of(result));
    return baseline;
  } catch (const nlohmann::json::parse_error& error) {
    throw ConfigError(fmt::format("the baseline is not JSON, from byte {} on", error.byte));
  } catch (const nlohmann::json::exception& error) {
    throw ConfigError(fmt::format("the baseline is not the JSON of a comparison: {}", reason(error)));
  }
}

std::vector<std::string> regressions(const Baseline& baseline, const Comparison& comparison,
                                     double max_regression_percent) {
  if (!can_compare(baseline, comparison))
    return {"nothing was checked against the baseline: " + gaps_text(baseline, comparison)};
  std::vector<std::string> failures;
  for (const CellResult& cell : comparison.cells) {
    const Baseline::Cell* before = find(baseline, key_of(cell));
    if (!gap_of(before, cell).empty()) continue;
    if (auto failure = regression(*before, cell, max_regression_percent))
      failures.push_back(std::move(*failure));
  }
  return failures;
}

std::vector<Warning> baseline_warnings(const Baseline& baseline, const Comparison& comparison) {
  std::vector<Warning> warnings;
  const Host& host = comparison.host;
  if (baseline.cpu_model != host.cpu_model || baseline.logical_cpus != host.logical_cpus)
    warnings.push_back(
        {"other_machine", fmt::format("the baseline is of another machine: {}, {}", baseline.cpu_model,
                                      counted(baseline.logical_cpus, "CPU"))});
  if (!baseline.complete)
    warnings.push_back({"incomplete_baseline", "the baseline was interrupted: it is what there was"});
  // Where it is all of them, that is a failure, and says so itself.
  const std::string gaps = gaps_text(baseline, comparison);
  if (!gaps.empty() && can_compare(baseline, comparison))
    warnings.push_back({"not_compared", "not compared with the baseline: " + gaps});
  return warnings;
}

}  // namespace banksim
