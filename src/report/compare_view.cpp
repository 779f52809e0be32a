#include "report/compare_view.hpp"

#include "registry.hpp"
#include "report/chart.hpp"
#include "report/compare.hpp"
#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>

namespace banksim {
namespace {

// A strategy keeps its colour from report to report: by its place in the registry, and who is not there takes what
// is free.
std::map<std::string, std::size_t> slots_of(const std::vector<std::string>& names) {
  std::map<std::string, std::size_t> slots;
  std::set<std::size_t> taken;
  const auto take = [&](const std::string& name, std::size_t slot) {
    slots[name] = slot;
    taken.insert(slot);
  };
  for (std::size_t place = 0; place < strategies().size(); ++place)
    if (const std::string name(strategies()[place].name); std::ranges::find(names, name) != names.end())
      take(name, place % kSeriesSlots);
  for (const std::string& name : names) {
    if (slots.contains(name)) continue;
    std::size_t slot = 0;
    while (slot + 1 < kSeriesSlots && taken.contains(slot)) ++slot;
    take(name, slot);
  }
  return slots;
}

// A number, and behind it the interval or that there is none.
template <class Text>
std::string with_interval(double value, const std::optional<Interval>& interval, Text text) {
  if (!interval) return text(value) + ", no interval";
  return fmt::format("{} [{}, {}]", text(value), text((*interval)[0]), text((*interval)[1]));
}

// ---- One cell.

// The speed of a run that never ended means nothing.
bool has_speed(const CellResult& cell) {
  const double speed = cell.throughput_per_s.median;
  return cell.runs_measured > 0 && std::isfinite(speed) && speed > 0;
}

// What failed in the warm-up has no run that was measured, and was run all the same.
std::string outcome_word(const CellResult& cell) {
  if (cell.outcome == Outcome::interrupted) return "not run";
  return cell.outcome == Outcome::ok && cell.runs.empty() ? "not measured" : to_string(cell.outcome);
}

std::string outcome_text(const CellResult& cell) {
  std::string text = outcome_word(cell);
  if (cell.outcome != Outcome::ok && cell.outcome != Outcome::interrupted) text += how_often_failed(cell);
  return cell.as_promised ? text : text + ", not as promised";
}

// ---- The columns of tables.

std::string throughput_of(const CellView& cell) {
  if (!has_speed(*cell.result)) return kNothing;
  const Summary& speed = cell.result->throughput_per_s;
  return with_interval(speed.median, speed.ci95, si_number);
}

std::string ratio_of(const CellView& cell) {
  const Relative& relative = cell.result->relative;
  if (!cell.ranked || relative.standing == Standing::not_ranked) return kNothing;
  if (relative.standing == Standing::reference) return "1";
  const std::string ratio = ratio_phrase(relative);
  return relative.ci95 || ratio == "1" ? ratio : ratio + ", no interval";
}

std::string standing_of(const CellView& cell) {
  if (!cell.ranked) return "not ranked";
  const Relative& relative = cell.result->relative;
  const std::string word = standing_word(relative.standing);
  if (relative.runs_needed == 0) return word;
  return fmt::format("{} (if it is real, about {} would tell)", word, counted(relative.runs_needed, "run"));
}

template <Summary CellResult::*percentile_ns>
std::string latency_of(const CellView& cell) {
  return cell.has_latency ? duration_text((cell.result->*percentile_ns).median * 1e-9, true) : kNothing;
}

std::string waiting_of(const CellView& cell) {
  const double share =
      median_over_runs(*cell.result, [](const RunResult& run) { return run.waiting_share(); });
  return has_speed(*cell.result) ? fmt::format("{:.1f} %", share * 100) : kNothing;
}

struct Column {
  std::string_view title;
  std::string (*text)(const CellView&);
  bool is_word = false;
};
constexpr Column kColumns[] = {{"transfers/s [95 %]", throughput_of},
                               {"ratio [95 %]", ratio_of},
                               {"standing", standing_of, true},
                               {"gate", [](const CellView& cell) { return cell.gate; }, true},
                               {"p50", latency_of<&CellResult::p50_ns>},
                               {"p90", latency_of<&CellResult::p90_ns>},
                               {"p95", latency_of<&CellResult::p95_ns>},
                               {"p99", latency_of<&CellResult::p99_ns>},
                               {"p99.9", latency_of<&CellResult::p99_9_ns>},
                               {"waiting", waiting_of},
                               {"outcome", [](const CellView& cell) { return cell.outcome; }, true}};

// ---- The whole.

std::string interrupted_sentence(const Comparison& comparison) {
  if (comparison.complete) return "";
  std::size_t runs = 0;
  for (const CellResult& cell : comparison.cells) runs += cell.runs.size();
  // Where time decides, nobody knows how many there were to be.
  const std::string of_all = comparison.plan.min_time.count() > 0
                                 ? ""
                                 : " of " + grouped(comparison.cells.size() * comparison.plan.runs);
  const std::string by = comparison.signal == 0 ? "" : ' ' + signal_text(comparison.signal);
  return fmt::format("Interrupted{} after {}{} measured runs: this is what there was.", by, grouped(runs),
                     of_all);
}

// Those dimensions of which `is_said` holds, each with its value.
template <class IsSaid>
std::string joined_values(const CompareView& view, const Config& config, IsSaid is_said) {
  std::vector<std::string> values;
  for (const Dimension dimension : kDimensions) {
    const auto& varied = view.conclusions.varied;
    const bool varies = std::ranges::find(varied, dimension) != varied.end();
    if (is_said(dimension, varies)) values.push_back(view.named_value(dimension, config));
  }
  return fmt::format("{}", fmt::join(values, ", "));
}

// Of no hold nobody speaks unless others have one.
bool is_usual(Dimension dimension, const Config& config) {
  return dimension == Dimension::hold && value_order(dimension, config) == 0;
}

}  // namespace

CompareView::CompareView(const Comparison& compared, bool with_unicode)
    : comparison(compared),
      conclusions(compared.conclusions),
      unicode(with_unicode),
      interrupted(interrupted_sentence(compared)) {
  std::map<std::string, std::size_t> slots = slots_of(conclusions.names);
  const auto has_timed = [](const RunResult& run) { return run.latency.count() > 0; };
  for (const CellResult& result : compared.cells) {
    CellView& cell = cells.emplace_back();
    cell.result = &result;
    cell.name = conclusions.names[cells.size() - 1];
    cell.slot = slots[cell.name];
    cell.ranked = is_ranked(result);
    cell.has_latency = has_speed(result) && std::ranges::all_of(result.runs, has_timed);
    cell.speed_or_outcome = cell.ranked ? throughput_of(cell) : outcome_word(result);
    cell.outcome = outcome_text(result);
  }
  if (conclusions.gate)
    for (const GateRow& row : conclusions.gate->rows)
      cells[row.cell].gate = row.finding == GateFinding::held     ? "held"
                             : row.finding == GateFinding::slower ? "too slow"
                                                                  : "cannot tell";
  for (const Warning& warning : compared.warnings) warnings.push_back(warning_text(warning));
  put_into_sentences(*this);
}

std::vector<std::size_t> CompareView::in_order(const Group& group) const {
  std::vector<std::size_t> order = group.ranked;
  order.insert(order.end(), group.unranked.begin(), group.unranked.end());
  return order;
}

DocumentTable CompareView::table(std::initializer_list<std::string_view> titles) const {
  std::vector<Column> columns;
  std::ranges::copy_if(kColumns, std::back_inserter(columns), [&](const Column& column) {
    return std::ranges::count(titles, column.title) > 0 && (column.title != "gate" || conclusions.gate);
  });
  DocumentTable table{{{"strategy", true}}, {}};
  for (const Dimension dimension : conclusions.varied) table.head.push_back({to_string(dimension)});
  for (const Column& column : columns) table.head.push_back({std::string(column.title), column.is_word});
  for (const Group& group : conclusions.groups) {
    std::vector<DocumentTable::Row>& body = table.bodies.emplace_back();
    for (const std::size_t i : in_order(group)) {
      DocumentTable::Row& row = body.emplace_back(DocumentTable::Row{{cells[i].name, true}});
      for (const Dimension dimension : conclusions.varied)
        row.push_back({value_text(dimension, cell(i).config)});
      for (const Column& column : columns)
        row.push_back({column.text(cells[i]), column.is_word, column.title == "outcome" && !cells[i].ranked});
    }
  }
  return table;
}

std::string CompareView::value_text(Dimension dimension, const Config& config) const {
  if (dimension == Dimension::threads) return grouped(config.threads);
  if (dimension == Dimension::accounts) return grouped(config.accounts);
  if (config.hold.yield) return "yield";
  return config.hold.spin.count() == 0 ? "0" : duration_text(config.hold.spin, unicode);
}

std::string CompareView::named_value(Dimension dimension, const Config& config) const {
  if (dimension == Dimension::threads) return counted(config.threads, "thread");
  if (dimension == Dimension::accounts) return counted(config.accounts, "account");
  return "hold " + value_text(dimension, config);
}

std::string CompareView::setting(const Config& config, std::optional<Dimension> without) const {
  return joined_values(*this, config,
                       [without](Dimension it, bool varies) { return varies && it != without; });
}

std::string CompareView::whole_setting(const Config& config) const {
  return joined_values(*this, config,
                       [&](Dimension it, bool varies) { return varies || !is_usual(it, config); });
}

std::string CompareView::work() const {
  const Config& base = comparison.plan.base;
  std::string text =
      base.duration ? duration_text(*base.duration, unicode) : counted(base.transfers, "transfer");
  text += " a run";
  if (base.access.kind != Access::Kind::uniform) text += ", access " + base.access.to_string();
  if (base.think.count() > 0) text += ", think " + duration_text(base.think, unicode);
  return text + fmt::format(", seed {}", base.seed);
}

std::string CompareView::fixed() const {
  const Config& config = comparison.cells.empty() ? comparison.plan.base : comparison.cells.front().config;
  const std::string alike = joined_values(
      *this, config, [&](Dimension it, bool varies) { return !varies && !is_usual(it, config); });
  return alike.empty() ? work() : alike + ", " + work();
}

// ---- Words and numbers.

std::string standing_word(Standing standing) {
  std::string word = to_string(standing);
  std::ranges::replace(word, '_', ' ');
  return word;
}

std::string how_often_failed(const CellResult& cell) {
  const auto times = std::ranges::count(cell.runs, cell.outcome, &RunResult::outcome);
  if (times == 0) return " while warming up";
  return fmt::format(" in {} of {}", times, counted(cell.runs.size(), "run"));
}

std::string unlike_one(double value, const std::string& usual, const Relative& relative) {
  const bool differs = relative.standing == Standing::faster || relative.standing == Standing::slower;
  if (!differs || (usual != "1" && usual != "1.00")) return usual;
  for (const int decimals : {3, 4}) {
    std::string text = fmt::format("{:.{}f}", value, decimals);
    if (text != "1.000" && text != "1.0000") return text;
  }
  return value < 1 ? "0.9999" : "1.0001";
}

std::string ratio_phrase(const Relative& relative) {
  const auto text = [&relative](double value) { return unlike_one(value, si_number(value), relative); };
  return relative.ci95 ? with_interval(relative.ratio, relative.ci95, text) : text(relative.ratio);
}

double bar_length(const CellResult& cell, bool with_interval) {
  const Summary& speed = cell.throughput_per_s;
  return with_interval && speed.ci95 ? std::max(speed.median, (*speed.ci95)[1]) : speed.median;
}

double bars_end(const CompareView& view, const Group& group, bool with_interval) {
  constexpr double kFarLonger = 2;
  constexpr double kCutAt = 1.25;
  double safe = 0, any = 0;
  for (const std::size_t i : group.ranked) {
    const double length = bar_length(view.cell(i), with_interval);
    any = std::max(any, length);
    if (claims_safety(view.cell(i).config.strategy)) safe = std::max(safe, length);
  }
  return safe > 0 && any > kFarLonger * safe ? kCutAt * safe : any;
}

std::size_t most_rounds(const Comparison& comparison) {
  std::size_t rounds = 0;
  for (const CellResult& cell : comparison.cells) rounds = std::max(rounds, cell.runs.size());
  return rounds;
}

std::string rounds_sentence(const Comparison& comparison) {
  const std::size_t rounds = most_rounds(comparison);
  std::string text = counted(rounds, "measured round");
  if (comparison.plan.warmup > 0)
    text += fmt::format(" after {} to warm up", grouped(comparison.plan.warmup));
  text +=
      rounds < 2 ? ", in a random order" : ", in random orders, every second one the one before it backwards";
  return fmt::format("{}; {} in all, {} of it in the runs.", text, duration_text(comparison.elapsed_s, true),
                     duration_text(comparison.running_s, true));
}

std::string host_text(const Host& host) {
  std::vector<std::string> parts{fmt::format("{} {} {}", host.os, host.kernel, host.arch), host.cpu_model,
                                 counted(host.logical_cpus, "CPU"), host.compiler};
  if (!host.build_type.empty()) parts.push_back(host.build_type + " build");
  if (!host.sanitizers.empty())
    parts.push_back(fmt::format("sanitizers {}", fmt::join(host.sanitizers, ", ")));
  std::erase(parts, "");
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string verdict_sentence(const Comparison& comparison) { return CompareView(comparison).verdict; }
std::vector<std::string> finding_sentences(const Comparison& comparison) {
  return CompareView(comparison).findings;
}
std::vector<std::string> failure_sentences(const Comparison& comparison) {
  return CompareView(comparison).failures;
}

}  // namespace banksim
