// A comparison as lines of text. In a terminal: a table with bars to one scale for each group, what follows from it,
// a verdict. In a pull request, as Markdown: the verdict, one table, what follows from it, where it was measured.
#include "report/compare_view.hpp"
#include "report/markup.hpp"
#include "report/report.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace banksim {
namespace {

constexpr std::size_t kNarrowestBar = 6;
constexpr std::size_t kWidestBar = 60;

// `share` of `width` columns, in eighths of a column where the terminal has such letters. One that is longer is
// cut, and shows it.
std::string text_bar(double share, std::size_t width, bool unicode) {
  static constexpr std::string_view kEighths[] = {"",       "\u258f", "\u258e", "\u258d",
                                                  "\u258c", "\u258b", "\u258a", "\u2589"};
  if (width == 0) return {};
  const bool is_cut = share > 1;
  const std::size_t parts_a_column = unicode ? std::size(kEighths) : 1;
  const double whole = static_cast<double>((is_cut ? width - 1 : width) * parts_a_column);
  const auto parts = static_cast<std::size_t>(std::max(1L, std::lround(std::clamp(share, 0.0, 1.0) * whole)));
  std::string text;
  for (std::size_t i = 0; i < parts / parts_a_column; ++i) text += unicode ? "\u2588" : "#";
  return text.append(kEighths[parts % parts_a_column]).append(is_cut ? ">" : "");
}

std::string heading(const CompareView& view) {
  const ComparePlan& plan = view.comparison.plan;
  const std::size_t strategies = plan.strategies.size();
  return fmt::format("{}, {}\n{} of {}, random order, after {}; {} in all\n",
                     strategies == 1 ? plan.strategies.front() : fmt::format("{} strategies", strategies),
                     view.work(), counted(most_rounds(view.comparison), "round"),
                     counted(view.cells.size(), "run"),
                     plan.warmup == 0 ? "no warm-up" : counted(plan.warmup, "warm-up round"),
                     duration_text(view.comparison.elapsed_s, view.unicode));
}

// ---- The table.

// Those of its columns that may be left out.
constexpr std::size_t kBarColumn = 2, kInterval = 3, kP99 = 4, kRatio = 5, kRatioInterval = 6;

std::string ratio_text(double ratio, const Relative& relative) {
  const int decimals = ratio < 0.0995 ? 3 : ratio < 99.5 ? 2 : 0;
  return unlike_one(ratio, fmt::format("{:.{}f}", ratio, decimals), relative);
}

// "DEADLOCK in 5 of 6 runs, against its promise".
std::string failure_words(const CellResult& cell, const TextStyle& style) {
  std::string word = to_string(cell.outcome);
  for (char& c : word) c = static_cast<char>(c - 'a' + 'A');
  return colored(word, Tone::bad, style) + how_often_failed(cell) +
         (cell.as_promised ? "" : ", against its promise");
}

std::string standing_words(const CellView& view, const TextStyle& style) {
  const Standing standing = view.result->relative.standing;
  std::string words = standing_word(standing);
  if (standing == Standing::faster) words = colored(words, Tone::good, style);
  if (standing == Standing::slower) words = colored(words, Tone::bad, style);
  if (standing == Standing::no_clear_difference) words = colored(words, Tone::undecided, style);
  return parts_text({words, view.gate == "held" ? view.gate : colored(view.gate, Tone::bad, style)}, "; ");
}

// A row that did not end well says how, in place of a ratio and a standing.
std::vector<std::string> row_of(const CellView& view, const TextStyle& style) {
  const CellResult& cell = *view.result;
  const auto& [ratio, ratio_ci95, standing, runs_needed] = cell.relative;
  std::vector<std::string> row{view.name, "", "", "", ""};
  if (cell.runs_measured > 0) {
    const Summary& speed = cell.throughput_per_s;
    row[1] = si_number(speed.median);
    if (speed.ci95) row[kInterval] = si_number((*speed.ci95)[0]) + " - " + si_number((*speed.ci95)[1]);
    row[kP99] = duration_text(cell.p99_ns.median * 1e-9, style.unicode);
  }
  if (cell.outcome != Outcome::ok) {
    row.push_back(cell.outcome == Outcome::interrupted ? "not run" : failure_words(cell, style));
    return row;
  }
  const bool has_ratio = cell.runs_measured > 0 && ratio_ci95;
  const auto text = [&cell](double number) { return ratio_text(number, cell.relative); };
  row.push_back(has_ratio ? text(ratio) + 'x' : "");
  row.push_back(has_ratio ? fmt::format("({}-{})", text((*ratio_ci95)[0]), text((*ratio_ci95)[1])) : "");
  row.push_back(cell.runs.empty() ? "not measured" : standing_words(view, style));
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

// One table for all groups, so that their columns line up.
std::string text_tables(const CompareView& view, const TextStyle& style, std::size_t columns) {
  Table table({{.title = "strategy", .least = 8},
               {.title = "transfers/s", .to_the_right = true, .least = 11},
               {},
               {.title = "95 %"},
               {.title = "p99", .to_the_right = true},
               {.title = "ratio"},
               {.title = "(95 %)", .gap = 1},
               {}},
              2);
  for (const CellView& cell : view.cells) table.add(row_of(cell, style));
  fit(table, std::ranges::any_of(view.cells, &CellView::ranked), columns);
  std::string text;
  for (const Group& group : view.conclusions.groups) {
    const double end = view.bars_end(group);
    text += '\n' + wrapped(view.whole_setting(view.config(group)) + '\n', columns) + table.title_line();
    for (const std::size_t i : view.in_order(group)) {
      if (view.cells[i].ranked)
        table.cell(i, kBarColumn) =
            text_bar(view.cell(i).throughput_per_s.median / end, table.width(kBarColumn), style.unicode);
      text += table.line(i, columns);
    }
    for (const std::size_t i : group.cells)
      if (const std::uint32_t needed = view.cell(i).relative.runs_needed; needed > 0)
        text += wrapped(fmt::format("  {}: if the difference is real, about {} would tell\n",
                                    view.cells[i].name, counted(needed, "run")),
                        columns);
  }
  return text;
}

// ---- The verdict: a line for each thing that went wrong.

// "; 3 rows at most 10 % slower than ordered, 1 undecided".
std::string gate_words(const CompareView& view) {
  if (!view.conclusions.gate) return "";
  const ComparePlan& plan = view.comparison.plan;
  const std::vector<GateRow>& rows = view.conclusions.gate->rows;
  const auto held = std::ranges::count(rows, GateFinding::held, &GateRow::finding);
  const auto undecided = std::ranges::count(rows, GateFinding::undecided, &GateRow::finding);
  return fmt::format("; {} at most {} % slower than {}{}", counted(static_cast<std::uint64_t>(held), "row"),
                     si_number(*plan.max_slowdown_percent), *plan.reference,
                     undecided == 0 ? "" : fmt::format(", {} undecided", undecided));
}

std::string verdict_lines(const CompareView& view, const TextStyle& style) {
  const Comparison& comparison = view.comparison;
  std::vector<std::string> broken;
  for (const std::size_t i : view.conclusions.broken_promises)
    broken.push_back(fmt::format("{}: {} ({})", view.cells[i].name, to_string(view.cell(i).outcome),
                                 view.whole_setting(view.cell(i).config)));
  std::string text;
  if (!broken.empty())
    text += verdict_line("BROKEN PROMISE", Tone::bad, fmt::format("{}", fmt::join(broken, ", ")), style);
  for (const std::string& failure : view.failures) text += verdict_line("FAILED", Tone::bad, failure, style);
  if (!comparison.complete) {
    const std::size_t begun = comparison.order.size();  // the last of them did not end
    const std::string what = fmt::format(
        "{} after {}, {}; this is what there was", signal_text(comparison.signal),
        duration_text(comparison.elapsed_s, style.unicode), counted(begun == 0 ? 0 : begun - 1, "run"));
    text += verdict_line("INTERRUPTED", Tone::undecided, what, style);
  }
  if (!text.empty()) return text;
  return verdict_line("OK", Tone::good, "every strategy did what it promises" + gate_words(view), style);
}

// ---- Markdown.

std::string markdown_row(const DocumentTable::Row& row) {
  std::string text = "|";
  for (const DocumentTable::Cell& cell : row) text += ' ' + markdown_escaped(cell.text) + " |";
  return text + '\n';
}

std::string markdown_table(const DocumentTable& table) {
  std::string text = markdown_row(table.head) + '|';
  for (const DocumentTable::Cell& title : table.head) text += title.is_word ? " --- |" : " --: |";
  text += '\n';
  for (const auto& body : table.bodies)
    for (const DocumentTable::Row& row : body) text += markdown_row(row);
  return text + '\n';
}

std::string markdown_bullets(const std::vector<std::string>& items, std::string_view before = "") {
  std::string text;
  for (const std::string& item : items) text += fmt::format("- {}{}\n", before, markdown_escaped(item));
  return text;
}

}  // namespace

std::string compare_text(const Comparison& comparison, const TextStyle& style, std::size_t columns) {
  const CompareView view(comparison, style.unicode);
  if (style.quiet) return verdict_lines(view, style);
  std::string text = wrapped(heading(view), columns) + text_tables(view, style, columns);
  text += '\n' + wrapped("  " + view.verdict + '\n', columns);
  for (const std::string& finding : view.findings) text += wrapped("  - " + finding + '\n', columns);
  return text + '\n' + wrapped(verdict_lines(view, style), columns);
}

std::string compare_markdown(const Comparison& comparison, std::span<const std::string> command) {
  const CompareView view(comparison);
  const auto line = [](const std::string& text) { return markdown_escaped(text) + "\n\n"; };
  std::string text = "### banksim compare\n\n";
  if (!view.interrupted.empty()) text += "**" + markdown_escaped(view.interrupted) + "**\n\n";
  text += line(view.verdict);
  if (!view.cells.empty())
    text += line("Each with " + view.fixed() + '.') +
            markdown_table(view.table({"transfers/s [95 %]", "ratio [95 %]", "standing", "gate", "p50", "p99",
                                       "waiting", "outcome"}));
  if (!view.failures.empty()) text += "Failed conditions:\n\n" + markdown_bullets(view.failures) + '\n';
  const std::string said = markdown_bullets(view.findings) + markdown_bullets(view.warnings, "Warning: ");
  text += said + (said.empty() ? "" : "\n") + line(rounds_sentence(comparison));
  text += markdown_escaped(fmt::format("banksim {}, {}, on {}.", version(), comparison.started_at,
                                       host_text(comparison.host))) +
          '\n';
  return command.empty() ? text : text + '\n' + markdown_code_block(shell_line(command));
}

}  // namespace banksim
