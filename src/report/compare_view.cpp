#include "report/compare_view.hpp"

#include "registry.hpp"
#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace banksim {
namespace {

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
  const bool is_failure = cell.outcome != Outcome::ok && cell.outcome != Outcome::interrupted;
  return outcome_word(cell) + (is_failure ? how_often_failed(cell) : "") +
         (cell.as_promised ? "" : ", not as promised");
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

// Of each dimension that is asked for, the value. Of no hold nobody speaks unless others have one.
std::string values_text(const CompareView& view, const Config& config, bool varied, bool fixed,
                        std::optional<Dimension> without = {}) {
  std::vector<std::string> values;
  for (const Dimension it : kDimensions) {
    const bool varies = std::ranges::count(view.conclusions.varied, it) > 0;
    const bool is_usual = (it == Dimension::hold || it == Dimension::mutex) && value_order(it, config) == 0;
    if (it != without && (varies ? varied : fixed && !is_usual))
      values.push_back(view.named_value(it, config));
  }
  return fmt::format("{}", fmt::join(values, ", "));
}

}  // namespace

CompareView::CompareView(const Comparison& compared, bool with_unicode)
    : comparison(compared),
      conclusions(compared.conclusions),
      unicode(with_unicode),
      interrupted(interrupted_sentence(compared)) {
  const auto has_timed = [](const RunResult& run) { return run.latency.count() > 0; };
  for (const CellResult& result : compared.cells) {
    CellView cell{&result, conclusions.names[cells.size()], is_ranked(result),
                  has_speed(result) && std::ranges::all_of(result.runs, has_timed)};
    cell.speed_or_outcome = cell.ranked ? throughput_of(cell) : outcome_word(result);
    cell.outcome = outcome_text(result);
    cells.push_back(std::move(cell));
  }
  constexpr const char* kGateWords[] = {"held", "too slow", "cannot tell"};  // in the order of GateFinding
  if (conclusions.gate)
    for (const GateRow& row : conclusions.gate->rows)
      cells[row.cell].gate = kGateWords[static_cast<std::size_t>(row.finding)];
  for (const Warning& warning : compared.warnings) warnings.push_back(warning_text(warning));
  put_into_sentences(*this);
}

std::vector<std::size_t> CompareView::in_order(const Group& group) const {
  std::vector<std::size_t> order = group.ranked;
  order.insert(order.end(), group.unranked.begin(), group.unranked.end());
  return order;
}

// It ends with the longest, or soon after the safe strategies where one that locks nothing would press them to the
// wall.
double CompareView::bars_end(const Group& group) const {
  constexpr double kFarLonger = 2, kCutAt = 1.25;
  double safe = 0, any = 0;
  for (const std::size_t i : group.ranked) {
    const double speed = cell(i).throughput_per_s.median;
    any = std::max(any, speed);
    if (claims_safety(cell(i).config.strategy)) safe = std::max(safe, speed);
  }
  return safe > 0 && any > kFarLonger * safe ? kCutAt * safe : any;
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
  return values_text(*this, config, true, false, without);
}

std::string CompareView::whole_setting(const Config& config) const {
  return values_text(*this, config, true, true);
}

std::string CompareView::work() const {
  const Config& base = comparison.plan.base;
  return parts_text(
      {(base.duration ? duration_text(*base.duration, unicode) : counted(base.transfers, "transfer")) +
           " a run",
       base.access.kind == Access::Kind::uniform ? "" : "access " + base.access.to_string(),
       base.think.count() == 0 ? "" : "think " + duration_text(base.think, unicode),
       fmt::format("seed {}", base.seed)});
}

std::string CompareView::fixed() const {
  const Config& config = comparison.cells.empty() ? comparison.plan.base : comparison.cells.front().config;
  return parts_text({values_text(*this, config, false, true), work()});
}

// ---- Words and numbers.

std::string standing_word(Standing standing) {
  std::string word = to_string(standing);
  std::ranges::replace(word, '_', ' ');
  return word;
}

std::string how_often_failed(const CellResult& cell) {
  const auto times = std::ranges::count(cell.runs, cell.outcome, &RunResult::outcome);
  if (cell.outcome == Outcome::failed) return "";
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

std::size_t most_rounds(const Comparison& comparison) {
  std::size_t rounds = 0;
  for (const CellResult& cell : comparison.cells) rounds = std::max(rounds, cell.runs.size());
  return rounds;
}

std::string rounds_sentence(const Comparison& comparison) {
  const std::size_t rounds = most_rounds(comparison);
  const std::uint32_t warmup = comparison.plan.warmup;
  return fmt::format(
      "{}{}, {}; {} in all, {} of it in the runs.", counted(rounds, "measured round"),
      warmup == 0 ? "" : fmt::format(" after {} to warm up", grouped(warmup)),
      rounds < 2 ? "in a random order" : "in random orders, every second one the one before it backwards",
      duration_text(comparison.elapsed_s, true), duration_text(comparison.running_s, true));
}

std::string host_text(const Host& host) {
  return parts_text(
      {fmt::format("{} {} {}", host.os, host.kernel, host.arch), host.cpu_model,
       counted(host.logical_cpus, "CPU"), host.compiler,
       host.build_type.empty() ? "" : host.build_type + " build",
       host.sanitizers.empty() ? "" : fmt::format("sanitizers {}", fmt::join(host.sanitizers, ", "))},
      "; ");
}

std::string verdict_sentence(const Comparison& comparison) { return CompareView(comparison).verdict; }
std::vector<std::string> finding_sentences(const Comparison& comparison) {
  return CompareView(comparison).findings;
}
std::vector<std::string> failure_sentences(const Comparison& comparison) {
  return CompareView(comparison).failures;
}

}  // namespace banksim
