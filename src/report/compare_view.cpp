#include "report/compare_view.hpp"

#include "registry.hpp"
#include "report/report.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

namespace banksim {
namespace {

// ---- Numbers.

// What is said to differ from 1 is not shown as 1: with more digits where it needs them.
std::string ratio_number(double ratio, const Relative& relative) {
  const std::string usual = fmt::format("{:.{}f}", ratio, ratio < 0.0995 ? 3 : ratio < 99.5 ? 2 : 0);
  const bool differs = relative.standing == Standing::faster || relative.standing == Standing::slower;
  if (!differs || usual != "1.00") return usual;
  for (const std::string_view one : {"1.000", "1.0000"})
    if (std::string closer = fmt::format("{:.{}f}", ratio, one.size() - 2); closer != one) return closer;
  return ratio < 1 ? "0.9999" : "1.0001";
}

// ---- One cell.

// "; may deadlock", of who says so of himself: that nothing happened is no promise.
std::string risk_of(const CellResult& cell) {
  const StrategyEntry* entry = find_strategy(cell.config.strategy);
  if (entry == nullptr) return "";
  return !entry->conserves_money ? "; may lose money" : !entry->deadlock_free ? "; may deadlock" : "";
}

bool had_auditor(const RunResult& run) {
  return run.deadlock && std::ranges::any_of(run.deadlock->cycle, &DeadlockMember::is_auditor);
}

// What failed in the warm-up has no run that was measured, and was run all the same.
void put_outcome(CellView& view) {
  const CellResult& cell = *view.result;
  view.outcome = to_string(cell.outcome);
  if (cell.outcome == Outcome::interrupted) {
    view.outcome = "not run";
  } else if (cell.outcome == Outcome::ok) {
    view.outcome_more = cell.runs.empty() ? "" : risk_of(cell);
    if (cell.runs.empty()) view.outcome = "not measured";
    if (!view.outcome_more.empty()) view.outcome = "no fault seen";
  } else {
    const auto times = std::ranges::count(cell.runs, cell.outcome, &RunResult::outcome);
    const std::string often =
        fmt::format(" in {} of {}{}", times, counted(cell.runs.size(), "run"),
                    std::ranges::count_if(cell.runs, had_auditor) == times ? ", with the auditor" : "");
    if (cell.outcome != Outcome::failed) view.outcome_more = times == 0 ? " while warming up" : often;
    if (!cell.as_promised && !proves_nothing(cell.outcome)) view.outcome_more += ", against its promise";
  }
}

CellView view_of(const CellResult& cell, const Conclusions& conclusions, std::size_t place) {
  CellView view{&cell, conclusions.names[place], conclusions.speeds[place], is_ranked(cell)};
  const Relative& relative = cell.relative;
  put_outcome(view);
  view.standing = view.ranked ? to_string(relative.standing) : "not ranked";
  std::ranges::replace(view.standing, '_', ' ');
  const double median = cell.throughput_per_s.median;  // of runs that never ended it means nothing
  if (cell.runs_measured == 0 || !std::isfinite(median) || median <= 0) return view;
  view.has_latency =
      std::ranges::all_of(cell.runs, [](const RunResult& run) { return run.latency.count() > 0; });
  view.per_s = si_number(view.speed.per_s);
  if (const auto& ci95 = view.speed.ci95; tells_size(ci95))
    view.per_s_ci = fmt::format("({} - {})", si_number((*ci95)[0]), si_number((*ci95)[1]));
  if (view.ranked && relative.standing == Standing::reference) view.ratio = "1x";
  if (!view.ranked || !relative.ci95) return view;
  const bool is_told = tells_size(relative.ci95);
  view.ratio = is_told ? ratio_number(relative.ratio, relative) + 'x' : "too noisy";
  if (is_told) view.ratio_ci = '(' + ratio_interval(relative) + ')';
  return view;
}

// ---- The table.

constexpr auto kTitles = std::to_array<std::string_view>(
    {"strategy", "threads", "accounts", "hold", "mutex", "transfers/s (95 %)", "ratio (95 %)", "standing",
     "outcome", "gate", "p50", "p90", "p95", "p99", "p99.9", "waiting"});
constexpr auto kOfWords = std::to_array<std::string_view>({"strategy", "standing", "outcome", "gate"});

// What a cell is and did, in the order of the titles; empty: there is nothing to say.
std::vector<std::string> row_of(const CompareView& view, const CellView& cell) {
  const CellResult& result = *cell.result;
  std::vector<std::string> row{cell.name};
  for (const Dimension it : kDimensions)
    row.push_back(view.varies(it) ? view.value_text(it, result.config) : "");
  row.push_back(parts_text({cell.per_s, cell.per_s_ci}, " "));
  row.push_back(parts_text({cell.ratio, cell.ratio_ci}, " "));
  const std::uint32_t needed = result.relative.runs_needed;
  row.push_back(cell.standing +
                (needed == 0 ? "" : fmt::format(" (about {} would tell, if any)", counted(needed, "run"))));
  row.push_back(cell.outcome + cell.outcome_more);
  row.push_back(cell.gate);
  for (std::size_t i = 0; i < std::size(kPercentiles); ++i) {
    const Summary* const ns = percentile_ns(cell, i);
    row.push_back(ns != nullptr ? duration_text(ns->median * 1e-9, true) : "");
  }
  const double waiting = 100 * median_over_runs(result, &RunResult::waiting_share);
  const bool tells = !cell.per_s.empty() && std::ranges::all_of(result.runs, &RunResult::tells_contention);
  row.push_back(tells ? fmt::format("{:.1f} %", waiting) : "");
  return row;
}

// ---- The whole.

std::string interrupted_sentence(const Comparison& comparison) {
  if (comparison.complete) return "";
  std::size_t runs = 0;
  for (const CellResult& cell : comparison.cells) runs += cell.runs.size();
  // Where time decides, nobody knows how many there were to be.
  const std::string of_all = comparison.plan.min_time.count() > 0
                                 ? ""
                                 : " of " + grouped(comparison.cells.size() * comparison.plan.runs);
  return fmt::format("{} after {}{} measured runs: this is what there was", signal_text(comparison.signal),
                     grouped(runs), of_all);
}

// Of the dimensions that vary, or of the others, the values. Of no hold nobody speaks unless others have one.
std::string values_text(const CompareView& view, const Config& config, bool varied,
                        std::optional<Dimension> without = {}) {
  std::vector<std::string> values;
  for (const Dimension it : kDimensions)
    if (const bool varies = view.varies(it);
        varies == varied && it != without &&
        (varies || (it != Dimension::hold && it != Dimension::mutex) || value_order(it, config) > 0))
      values.push_back(view.named_value(it, config));
  return fmt::format("{}", fmt::join(values, ", "));
}

}  // namespace

CompareView::CompareView(const Comparison& compared, bool with_unicode)
    : comparison(compared),
      conclusions(compared.conclusions),
      unicode(with_unicode),
      interrupted(interrupted_sentence(compared)) {
  for (std::size_t i = 0; i < compared.cells.size(); ++i)
    cells.push_back(view_of(compared.cells[i], conclusions, i));
  constexpr const char* kGateWords[] = {"held", "too slow", "cannot tell"};  // in the order of GateFinding
  if (conclusions.gate)
    for (const GateRow& row : conclusions.gate->rows)
      cells[row.cell].gate = kGateWords[static_cast<std::size_t>(row.finding)];
  for (const Warning& warning : compared.warnings) warnings.push_back(warning_text(warning));
  if (std::ranges::any_of(cells, [](const CellView& cell) { return cell.result->relative.ci95.has_value(); }))
    how_to_read =
        "Ratio: how many times as fast as the reference in the same rounds, with its 95 % interval. "
        "Transfers/s: the reference's median times that.";
  put_into_sentences(*this);
}

bool CompareView::varies(Dimension dimension) const {
  return std::ranges::count(conclusions.varied, dimension) > 0;
}

std::vector<std::size_t> CompareView::in_order(const Group& group) const {
  std::vector<std::size_t> order = group.ranked;
  order.insert(order.end(), group.unranked.begin(), group.unranked.end());
  return order;
}

DocumentTable CompareView::table() const {
  std::vector<std::vector<std::string>> texts;
  for (const CellView& cell : cells) texts.push_back(row_of(*this, cell));
  DocumentTable table;
  table.rows.resize(cells.size());
  for (std::size_t column = 0; column < kTitles.size(); ++column) {
    if (std::ranges::all_of(texts, [column](const auto& row) { return row[column].empty(); })) continue;
    table.columns.push_back(
        {std::string(kTitles[column]), std::ranges::count(kOfWords, kTitles[column]) > 0});
    auto row = table.rows.begin();
    for (const Group& group : conclusions.groups)
      for (bool is_first = true; const std::size_t i : in_order(group)) {
        row->texts.push_back(texts[i][column].empty() ? "\u2013" : texts[i][column]);
        row->begins_group = std::exchange(is_first, false);
        row++->has_failed = !cells[i].ranked;
      }
  }
  return table;
}

std::string CompareView::value_text(Dimension dimension, const Config& config) const {
  if (dimension == Dimension::threads) return grouped(config.threads);
  if (dimension == Dimension::accounts) return grouped(config.accounts);
  if (dimension == Dimension::mutex) return to_string(config.mutex);
  if (config.hold.yield) return "yield";
  return config.hold.spin.count() == 0 ? "0" : duration_text(config.hold.spin, unicode);
}

std::string CompareView::named_value(Dimension dimension, const Config& config) const {
  if (dimension == Dimension::threads) return counted(config.threads, "thread");
  if (dimension == Dimension::accounts) return counted(config.accounts, "account");
  return fmt::format("{} {}", to_string(dimension), value_text(dimension, config));
}

std::string CompareView::setting(const Config& config, std::optional<Dimension> without) const {
  return values_text(*this, config, true, without);
}

std::string CompareView::fixed() const {
  const Config& base = comparison.plan.base;
  const Config& config = cells.empty() ? base : cell(0).config;
  return parts_text(
      {values_text(*this, config, false),
       (base.duration ? duration_text(*base.duration, unicode) : counted(base.transfers, "transfer")) +
           " a run",
       base.access.kind == Access::Kind::uniform ? "" : "access " + base.access.to_string(),
       base.think.count() == 0 ? "" : "think " + duration_text(base.think, unicode),
       fmt::format("seed {}", base.seed)});
}

std::string CompareView::rounds() const {
  std::size_t rounds = 0;
  for (const CellView& cell : cells) rounds = std::max(rounds, cell.result->runs.size());
  const std::uint32_t warmup = comparison.plan.warmup;
  return fmt::format(
      "{}{}, in random order; {} in all, {} of it in the runs", counted(rounds, "measured round"),
      warmup == 0 ? "" : fmt::format(" after {} to warm up", grouped(warmup)),
      duration_text(comparison.elapsed_s, unicode), duration_text(comparison.running_s, unicode));
}

std::string CompareView::origin() const {
  const Host& host = comparison.host;
  const std::string machine = parts_text(
      {fmt::format("{} {} {}", host.os, host.kernel, host.arch), host.cpu_model,
       counted(host.logical_cpus, "CPU"), host.compiler,
       host.build_type.empty() ? "" : host.build_type + " build",
       host.sanitizers.empty() ? "" : fmt::format("sanitizers {}", fmt::join(host.sanitizers, ", "))},
      "; ");
  return fmt::format("banksim {}, {}, on {}", version(), comparison.started_at, machine);
}

std::string ratio_interval(const Relative& relative) {
  const auto& [low, high] = relative.ci95.value();
  return fmt::format("{}-{}", ratio_number(low, relative), ratio_number(high, relative));
}

std::string ratio_phrase(const Relative& relative) {
  if (!relative.ci95) return ratio_number(relative.ratio, relative);
  if (!tells_size(relative.ci95)) return "too noisy to say how many";
  return fmt::format("{} ({})", ratio_number(relative.ratio, relative), ratio_interval(relative));
}

std::string verdict_sentence(const Comparison& comparison) { return CompareView(comparison).verdict; }
std::vector<std::string> finding_sentences(const Comparison& comparison) {
  return CompareView(comparison).findings;
}
const Summary* percentile_ns(const CellView& cell, std::size_t nth) {
  const CellResult& result = *cell.result;
  const std::array all{&result.p50_ns, &result.p90_ns, &result.p95_ns, &result.p99_ns, &result.p99_9_ns};
  const auto tells = [nth](const RunResult& run) { return run.latency.tells(kPercentiles[nth].fraction); };
  return cell.has_latency && std::ranges::all_of(result.runs, tells) ? all.at(nth) : nullptr;
}

std::vector<std::string> failure_sentences(const Comparison& comparison) {
  return CompareView(comparison).failures;
}

}  // namespace banksim
