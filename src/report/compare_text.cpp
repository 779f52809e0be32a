// A comparison for people: a table a group, its bars to one scale, then what follows from it, and a verdict.
#include "report/compare.hpp"
#include "report/compare_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace banksim {
namespace {

constexpr std::size_t kNarrowestBar = 6;
constexpr std::size_t kWidestBar = 60;

// `share` of `width` columns, in eighths of a column where the terminal has such letters. One that is longer is
// cut, and shows it.
std::string bar(double share, std::size_t width, bool unicode) {
  static constexpr std::string_view kEighths[] = {"",       "\u258f", "\u258e", "\u258d",
                                                  "\u258c", "\u258b", "\u258a", "\u2589"};
  if (width == 0) return {};
  const bool is_cut = share > 1;
  const double length = std::clamp(share, 0.0, 1.0) * static_cast<double>(is_cut ? width - 1 : width);
  const auto at_least_one = [](double value) {
    return std::max(1UL, static_cast<std::size_t>(std::lround(value)));
  };
  if (!unicode) return std::string(at_least_one(length), '#') + (is_cut ? ">" : "");
  const std::size_t eighths = at_least_one(length * 8);
  std::string text;
  for (std::size_t i = 0; i < eighths / 8; ++i) text += "\u2588";
  return text.append(kEighths[eighths % 8]).append(is_cut ? ">" : "");
}

// ---- Heading.

std::string heading(const CompareView& view) {
  const ComparePlan& plan = view.comparison.plan;
  const std::string subject = plan.strategies.size() == 1
                                  ? plan.strategies.front()
                                  : fmt::format("{} strategies", plan.strategies.size());
  return fmt::format("{}, {}\n{} of {}, random order, after {}; {} in all\n", subject, view.work(),
                     counted(most_rounds(view.comparison), "round"), counted(view.cells.size(), "run"),
                     plan.warmup == 0 ? "no warm-up" : counted(plan.warmup, "warm-up round"),
                     duration_text(view.comparison.elapsed_s, view.unicode));
}

// ---- The table.

enum ColumnPlace : std::size_t {
  kStrategy,
  kSpeed,
  kBarColumn,
  kInterval,
  kP99,
  kRatio,
  kRatioInterval,
  kWords
};

Table empty_table() {
  return Table({{.title = "strategy", .least = 8},
                {.title = "transfers/s", .to_the_right = true, .least = 11},
                {},
                {.title = "95 %"},
                {.title = "p99", .to_the_right = true},
                {.title = "ratio"},
                {.title = "(95 %)", .gap = 1},
                {}},
               2);
}

std::string ratio_text(double ratio, const Relative& relative) {
  return unlike_one(ratio,
                    fmt::format("{:.{}f}", ratio,
                                ratio < 0.0995 ? 3
                                : ratio < 99.5 ? 2
                                               : 0),
                    relative);
}

// "DEADLOCK in 5 of 6 runs, against its promise".
std::string failure_words(const CellResult& cell, const TextStyle& style) {
  const auto times = std::ranges::count(cell.runs, cell.outcome, &RunResult::outcome);
  std::string word = to_string(cell.outcome);
  for (char& c : word)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  std::string text = colored(word, Tone::bad, style);
  text +=
      times > 0 ? fmt::format(" in {} of {}", times, counted(cell.runs.size(), "run")) : " while warming up";
  return text + (cell.as_promised ? "" : ", against its promise");
}

std::string standing_words(const CellView& view, const TextStyle& style) {
  const Standing standing = view.result->relative.standing;
  std::string words = standing_word(standing);
  if (standing == Standing::faster) words = colored(words, Tone::good, style);
  if (standing == Standing::slower) words = colored(words, Tone::bad, style);
  if (standing == Standing::no_clear_difference) words = colored(words, Tone::undecided, style);
  if (view.gate.empty()) return words;
  return words + "; " + (view.gate == "held" ? view.gate : colored(view.gate, Tone::bad, style));
}

// A row that did not end well says how, in place of a ratio and a standing.
std::vector<std::string> row_of(const CellView& view, const TextStyle& style) {
  const CellResult& cell = *view.result;
  const Summary& speed = cell.throughput_per_s;
  const bool measured = cell.runs_measured > 0;
  std::vector<std::string> row{
      view.name, measured ? si_number(speed.median) : "", "",
      measured && speed.ci95 ? si_number((*speed.ci95)[0]) + " - " + si_number((*speed.ci95)[1]) : "",
      measured ? duration_text(cell.p99_ns.median * 1e-9, style.unicode) : ""};
  if (cell.outcome != Outcome::ok) {
    row.push_back(cell.outcome == Outcome::interrupted ? "not run" : failure_words(cell, style));
    return row;
  }
  const Relative& relative = cell.relative;
  row.resize(kWords + 1);
  if (measured && relative.ci95) {
    row[kRatio] = ratio_text(relative.ratio, relative) + 'x';
    row[kRatioInterval] = fmt::format("({}-{})", ratio_text((*relative.ci95)[0], relative),
                                      ratio_text((*relative.ci95)[1], relative));
  }
  row[kWords] = cell.runs.empty() ? "not measured" : standing_words(view, style);
  return row;
}

// What a narrow terminal has no room for goes, the least important first; words are broken at last.
void fit(Table& table, bool any_bar, std::size_t columns) {
  constexpr std::size_t kBetween = 2;
  const auto room = [&] { return columns - std::min(columns, table.width()); };
  if (room() < kBetween + 2 * kNarrowestBar) table.set_width(kInterval, 0);  // the ratio's matters more
  if (any_bar && room() >= kBetween + kNarrowestBar)
    table.set_width(kBarColumn, std::min(room() - kBetween, kWidestBar));
  for (const std::size_t column : {kP99, kRatioInterval, kRatio})
    if (table.width() > columns) table.set_width(column, 0);
}

std::string notes(const CompareView& view, const Group& group) {
  std::string text;
  for (const std::size_t i : group.cells)
    if (const std::uint32_t needed = view.cell(i).relative.runs_needed; needed > 0)
      text += fmt::format("  {}: if the difference is real, about {} would tell\n", view.cells[i].name,
                          counted(needed, "run"));
  return text;
}

// One table for all groups, so that their columns line up.
std::string tables(const CompareView& view, const TextStyle& style, std::size_t columns) {
  Table table = empty_table();
  bool any_bar = false;
  for (const CellView& cell : view.cells) {
    table.add(row_of(cell, style));
    any_bar = any_bar || cell.ranked;
  }
  fit(table, any_bar, columns);
  std::string text;
  for (const Group& group : view.conclusions.groups) {
    const double end = bars_end(view, group.ranked, false);
    text += '\n' + wrapped(view.whole_setting(view.cell(group.cells.front()).config) + '\n', columns) +
            table.title_line();
    for (const std::size_t i : view.in_order(group)) {
      if (view.cells[i].ranked)
        table.cell(i, kBarColumn) =
            bar(bar_length(view.cell(i), false) / end, table.width(kBarColumn), style.unicode);
      text += table.line(i, columns);
    }
    text += wrapped(notes(view, group), columns);
  }
  return text;
}

// ---- What follows from it.

std::string conclusions_text(const CompareView& view, std::size_t columns) {
  std::string text = '\n' + wrapped("  " + view.verdict + '\n', columns);
  for (const std::string& finding : view.findings) text += wrapped("  - " + finding + '\n', columns);
  return text;
}

std::string broken_promises(const CompareView& view) {
  std::vector<std::string> broken;
  for (const std::size_t i : view.conclusions.broken_promises)
    broken.push_back(fmt::format("{}: {} ({})", view.cells[i].name, to_string(view.cell(i).outcome),
                                 view.whole_setting(view.cell(i).config)));
  return fmt::format("{}", fmt::join(broken, ", "));
}

// "; 3 rows at most 10 % slower than ordered, 1 undecided".
std::string gate_words(const CompareView& view) {
  if (!view.conclusions.gate) return "";
  const auto& rows = view.conclusions.gate->rows;
  const auto held = std::ranges::count(rows, GateFinding::held, &GateRow::finding);
  const auto undecided = std::ranges::count(rows, GateFinding::undecided, &GateRow::finding);
  return fmt::format("; {} at most {} % slower than {}{}", counted(static_cast<std::uint64_t>(held), "row"),
                     si_number(*view.comparison.plan.max_slowdown_percent), *view.comparison.plan.reference,
                     undecided == 0 ? "" : fmt::format(", {} undecided", undecided));
}

// A line for each thing that went wrong.
std::string verdict(const CompareView& view, const TextStyle& style) {
  const Comparison& comparison = view.comparison;
  std::string text;
  if (const std::string broken = broken_promises(view); !broken.empty())
    text += verdict_line("BROKEN PROMISE", Tone::bad, broken, style);
  for (const std::string& failure : view.failures) text += verdict_line("FAILED", Tone::bad, failure, style);
  if (!comparison.complete) {
    const std::size_t runs = comparison.order.size() - std::min<std::size_t>(1, comparison.order.size());
    text +=
        verdict_line("INTERRUPTED", Tone::undecided,
                     fmt::format("{} after {}, {}; this is what there was", signal_text(comparison.signal),
                                 duration_text(comparison.elapsed_s, style.unicode), counted(runs, "run")),
                     style);
  }
  if (!text.empty()) return text;
  return verdict_line("OK", Tone::good, "every strategy did what it promises" + gate_words(view), style);
}

}  // namespace

std::string compare_text(const Comparison& comparison, const TextStyle& style, std::size_t columns) {
  const CompareView view(comparison, style.unicode);
  if (style.quiet) return verdict(view, style);
  return wrapped(heading(view), columns) + tables(view, style, columns) + conclusions_text(view, columns) +
         '\n' + wrapped(verdict(view, style), columns);
}

}  // namespace banksim
