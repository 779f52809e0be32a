#include "compare/thresholds.hpp"

#include "compare/statistics.hpp"
#include "report/compare_parts.hpp"
#include "report/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string>
#include <vector>

namespace banksim {
namespace {

using Metric = Threshold::Metric;
using Relation = Threshold::Relation;

struct Unit {
  std::string_view name;
  double size;
};
constexpr std::array<Unit, 4> kCounts = {{{"", 1}, {"k", 1e3}, {"m", 1e6}, {"g", 1e9}}};
constexpr std::array<Unit, 5> kTimes = {{{"", 1}, {"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1}}};
constexpr std::array<Unit, 2> kShares = {{{"", 1}, {"%", 0.01}}};
constexpr std::array<Unit, 1> kPlain = {{{"", 1}}};

struct MetricName {
  std::string_view name;
  Metric metric;
  std::span<const Unit> units;
};
constexpr std::array<MetricName, 9> kMetrics = {{{"throughput", Metric::throughput, kCounts},
                                                 {"p50", Metric::p50, kTimes},
                                                 {"p90", Metric::p90, kTimes},
                                                 {"p99", Metric::p99, kTimes},
                                                 {"p99.9", Metric::p99_9, kTimes},
                                                 {"max", Metric::max, kTimes},
                                                 {"ratio", Metric::ratio, kPlain},
                                                 {"waiting", Metric::waiting, kShares},
                                                 {"fairness", Metric::fairness, kPlain}}};

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw ConfigError(fmt::format("'{}' {}", text, why));
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

const MetricName& metric_named(std::string_view name, std::string_view condition) {
  if (name == "p99_9") name = "p99.9";  // as the JSON has it
  const auto found = std::ranges::find(kMetrics, name, &MetricName::name);
  if (found != kMetrics.end()) return *found;
  std::vector<std::string_view> names;
  for (const MetricName& metric : kMetrics) names.push_back(metric.name);
  refuse(condition, fmt::format("has no metric that is known: one of {}", fmt::join(names, ", ")));
}

const Unit& unit_named(std::string_view name, const MetricName& metric, std::string_view condition) {
  // Only a count's unit can be meant by a capital: an M of seconds might be a minute.
  std::string lower(name);
  if (metric.units.data() == kCounts.data() && lower.size() == 1)
    lower[0] = static_cast<char>(lower[0] >= 'A' && lower[0] <= 'Z' ? lower[0] + ('a' - 'A') : lower[0]);
  const auto found = std::ranges::find(metric.units, lower, &Unit::name);
  if (found != metric.units.end()) return *found;
  std::vector<std::string_view> names;
  for (const Unit& known : metric.units)
    if (!known.name.empty()) names.push_back(known.name);
  const std::string wanted = names.empty() ? "a plain number" : fmt::format("{}", fmt::join(names, ", "));
  refuse(condition, fmt::format("has '{}' for a unit; {} takes {}", name, metric.name, wanted));
}

double limit_of(std::string_view text, const MetricName& metric, std::string_view condition) {
  if (text.starts_with('-')) refuse(condition, fmt::format("has a limit below 0: {} never is", metric.name));
  if (text.empty() || text.front() < '0' || text.front() > '9')
    refuse(condition, "has no number for a limit, such as 'p99<5ms'");
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{}) refuse(condition, "has a limit that is out of range");
  const std::string_view unit = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
  return number * unit_named(unit, metric, condition).size;
}

bool holds(double value, Relation relation, double limit) {
  switch (relation) {
    case Relation::less:
      return value < limit;
    case Relation::at_most:
      return value <= limit;
    case Relation::greater:
      return value > limit;
    case Relation::at_least:
      break;
  }
  return value >= limit;
}

double median_of_runs(const CellResult& cell, double (*value)(const RunResult&)) {
  std::vector<double> values;
  for (const RunResult& run : cell.runs)
    if (is_measured(run)) values.push_back(value(run));
  return sample_median(std::move(values));
}

double worst_s(const CellResult& cell) {
  std::uint64_t worst_ns = 0;
  for (const RunResult& run : cell.runs) worst_ns = std::max(worst_ns, run.latency.max_ns());
  return static_cast<double>(worst_ns) * 1e-9;
}

double value_of(const CellResult& cell, Metric metric) {
  switch (metric) {
    case Metric::throughput:
      return cell.throughput_per_s.median;
    case Metric::p50:
      return cell.p50_ns.median * 1e-9;
    case Metric::p90:
      return cell.p90_ns.median * 1e-9;
    case Metric::p99:
      return cell.p99_ns.median * 1e-9;
    case Metric::p99_9:
      return cell.p99_9_ns.median * 1e-9;
    case Metric::max:
      return worst_s(cell);
    case Metric::ratio:
      return cell.relative.ratio;
    case Metric::waiting:
      return median_of_runs(cell, [](const RunResult& run) { return run.waiting_share(); });
    case Metric::fairness:
      break;
  }
  return median_of_runs(cell, [](const RunResult& run) { return run.fairness.jain_index; });
}

std::string value_text(double value, Metric metric) {
  switch (metric) {
    case Metric::throughput:
      return si_number(value) + "/s";
    case Metric::ratio:
    case Metric::fairness:
      return fmt::format("{:.3f}", value);
    case Metric::waiting:
      return fmt::format("{:.1f} %", 100 * value);
    default:
      return duration_text(value);
  }
}

bool is_measurable(const CellResult& cell, Metric metric) {
  if (cell.outcome != Outcome::ok || cell.runs_measured == 0) return false;
  const bool is_latency = metric >= Metric::p50 && metric <= Metric::max;
  const bool timed =
      std::ranges::any_of(cell.runs, [](const RunResult& run) { return run.latency.count() > 0; });
  // The reference's ratio against itself is 1, whatever happens.
  const bool has_ratio =
      cell.relative.standing != Standing::not_ranked && cell.relative.standing != Standing::reference;
  return (!is_latency || timed) && (metric != Metric::ratio || has_ratio);
}

}  // namespace

Threshold parse_threshold(std::string_view text) {
  const std::size_t sign = text.find_first_of("<>");
  if (sign == std::string_view::npos || sign == 0) refuse(text, "is no condition such as 'p99<5ms'");
  const bool or_equal = text.substr(sign + 1).starts_with('=');
  const MetricName& metric = metric_named(trimmed(text.substr(0, sign)), text);
  Threshold threshold;
  threshold.metric = metric.metric;
  threshold.relation = text[sign] == '<' ? (or_equal ? Relation::at_most : Relation::less)
                                         : (or_equal ? Relation::at_least : Relation::greater);
  threshold.limit = limit_of(trimmed(text.substr(sign + (or_equal ? 2 : 1))), metric, text);
  threshold.text = text;
  return threshold;
}

std::vector<std::string> failures_of(const Threshold& threshold, const Comparison& comparison) {
  std::vector<std::string> failures;
  bool checked = false;
  for (const CellResult& cell : comparison.cells) {
    if (!is_measurable(cell, threshold.metric)) continue;
    checked = true;
    const double value = value_of(cell, threshold.metric);
    if (!holds(value, threshold.relation, threshold.limit))
      failures.push_back(fmt::format("{} fails for {} ({}): {}", threshold.text, cell.config.strategy,
                                     condition_text(comparison.plan, cell.config, true),
                                     value_text(value, threshold.metric)));
  }
  if (!checked) failures.push_back(threshold.text + " was not checked: no strategy has a result to measure");
  return failures;
}

std::string github_annotation(std::string_view level, std::string_view message) {
  std::string line = fmt::format("::{} title=banksim::", level);
  for (const char c : message) {
    if (c == '%')
      line += "%25";
    else if (c == '\r')
      line += "%0D";
    else if (c == '\n')
      line += "%0A";
    else
      line += c;
  }
  return line;
}

}  // namespace banksim
