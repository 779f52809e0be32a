// A comparison as lines of text. In a terminal: a table with bars to one scale for each group, what follows from it,
// a verdict. In a pull request, as Markdown: the verdict, one table, what follows from it, where it was measured.
#include "report/compare_view.hpp"
#include "report/markup.hpp"
#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace banksim {
namespace {

// `share` of `width` columns, in eighths of a column where the terminal has such letters.
std::string text_bar(double share, std::size_t width, bool unicode) {
  static constexpr std::string_view kEighths[] = {"",       "\u258f", "\u258e", "\u258d",
                                                  "\u258c", "\u258b", "\u258a", "\u2589"};
  if (width == 0) return {};
  const std::size_t parts_a_column = unicode ? std::size(kEighths) : 1;
  const auto parts = static_cast<std::size_t>(
      std::max(1L, std::lround(share * static_cast<double>(width * parts_a_column))));
  std::string text;
  for (std::size_t i = 0; i < parts / parts_a_column; ++i) text += unicode ? "\u2588" : "#";
  return text.append(kEighths[parts % parts_a_column]);
}

// ---- The table.

// "faster; may deadlock; held", or how it failed: "DEADLOCK in 5 of 6 runs, against its promise".
std::string words_of(const CellView& view, const TextStyle& style) {
  const CellResult& cell = *view.result;
  if (cell.outcome != Outcome::ok && cell.outcome != Outcome::interrupted)
    return colored(in_capitals(view.outcome), Tone::bad, style) + view.outcome_more;
  if (!view.ranked) return view.outcome;
  const Standing standing = cell.relative.standing;
  std::string words = view.standing;
  if (standing == Standing::faster) words = colored(words, Tone::good, style);
  if (standing == Standing::slower) words = colored(words, Tone::bad, style);
  if (standing == Standing::no_clear_difference) words = colored(words, Tone::undecided, style);
  words += view.outcome_more;
  return parts_text({words, view.gate == "held" ? view.gate : colored(view.gate, Tone::bad, style)}, "; ");
}

// One table for all groups, so that their columns line up. What is left out, the least important first: the p99 (1),
// the ratio's interval (2), the ratio (3). A row that did not end well says how, in place of a ratio and a standing.
Table table_of(const CompareView& view, const TextStyle& style, std::size_t bar_width, int left_out) {
  Table table({{.title = "strategy", .least = 8},
               {.title = "transfers/s", .to_the_right = true, .least = 11},
               {},
               {.title = "p99", .to_the_right = true},
               {.title = "ratio"},
               {.title = "(95 %)", .gap = 1},
               {}},
              2);
  for (const Group& group : view.conclusions.groups)
    for (const std::size_t i : view.in_order(group)) {
      const CellView& cell = view.cells[i];
      std::vector<std::string> row{cell.name, cell.per_s, "", ""};
      if (cell.ranked)
        row[2] = text_bar(cell.speed.per_s / view.cells[group.ranked.front()].speed.per_s, bar_width,
                          style.unicode);
      if (const Summary* const p99 = percentile_ns(cell, 3); p99 != nullptr && left_out < 1)
        row[3] = duration_text(p99->median * 1e-9, style.unicode);
      if (cell.ranked)
        row.insert(row.end(), {left_out < 3 ? cell.ratio : "", left_out < 2 ? cell.ratio_ci : ""});
      row.push_back(words_of(cell, style));
      table.add(std::move(row));
    }
  return table;
}

std::string text_tables(const CompareView& view, const TextStyle& style, std::size_t columns) {
  constexpr std::size_t kGap = 2, kNarrowestBar = 6, kWidestBar = 60;
  Table table = table_of(view, style, 0, 0);
  if (const std::size_t width = table.width(); columns >= width + kGap + kNarrowestBar)
    table = table_of(view, style, std::min(columns - width - kGap, kWidestBar), 0);
  for (int left_out = 1; left_out <= 3 && table.width() > columns; ++left_out)
    table = table_of(view, style, 0, left_out);  // words are broken at last
  std::string text;
  std::size_t row = 0;
  for (const Group& group : view.conclusions.groups) {
    const std::string setting = view.setting(view.config(group));
    text += '\n' + wrapped(setting + (setting.empty() ? "" : "\n"), columns) + table.title_line();
    for (std::size_t i = 0; i < group.cells.size(); ++i) text += table.line(row++, columns);
    for (const std::size_t i : group.cells)
      if (const std::uint32_t needed = view.cell(i).relative.runs_needed; needed > 0)
        text += wrapped(fmt::format("  {}: if the difference is real, about {} would tell\n",
                                    view.cells[i].name, counted(needed, "run")),
                        columns);
  }
  return text;
}

// ---- The verdict: a line for each thing that went wrong.

std::string verdict_lines(const CompareView& view, const TextStyle& style) {
  std::vector<std::string> broken, open;
  for (const std::size_t i : view.conclusions.broken_promises)
    (proves_nothing(view.cell(i).outcome) ? open : broken)
        .push_back(view.subject(i) + ": " + view.cells[i].outcome);
  std::string text;
  if (!broken.empty())
    text += verdict_line("BROKEN PROMISE", Tone::bad, fmt::format("{}", fmt::join(broken, ", ")), style);
  if (!open.empty())
    text += verdict_line("NO VERDICT", Tone::undecided, fmt::format("{}", fmt::join(open, ", ")), style);
  for (const std::string& failure : view.failures) text += verdict_line("FAILED", Tone::bad, failure, style);
  if (!view.interrupted.empty())
    text += verdict_line("INTERRUPTED", Tone::undecided, view.interrupted, style);
  return text.empty() ? verdict_line("OK", Tone::good, view.promises, style) : text;
}

// ---- Markdown.

std::string markdown_table(const DocumentTable& table) {
  std::string head = "|", rule = "|", rows;
  for (const auto& [title, is_word] : table.columns) {
    head += fmt::format(" {} |", markdown_escaped(title));
    rule += is_word ? " --- |" : " --: |";
  }
  for (const DocumentTable::Row& row : table.rows) {
    rows += "\n|";
    for (const std::string& text : row.texts) rows += fmt::format(" {} |", markdown_escaped(text));
  }
  return fmt::format("{}\n{}{}\n\n", head, rule, rows);
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
  std::string text = wrapped(view.fixed() + '\n' + view.rounds() + '\n', columns);
  text += text_tables(view, style, columns) + '\n' + wrapped("  " + view.verdict + '\n', columns);
  for (const std::string& finding : view.findings) text += wrapped("  - " + finding + '\n', columns);
  if (!view.how_to_read.empty()) text += wrapped("  " + view.how_to_read + '\n', columns);
  return text + '\n' + wrapped(verdict_lines(view, style), columns);
}

std::string compare_markdown(const Comparison& comparison, std::span<const std::string> command) {
  const CompareView view(comparison);
  const auto paragraph = [](const std::string& text) {
    return text.empty() ? "" : markdown_escaped(text) + "\n\n";
  };
  std::string text = "### banksim compare\n\n";
  if (!view.interrupted.empty()) text += "**Interrupted " + markdown_escaped(view.interrupted) + "**\n\n";
  text += paragraph(view.verdict);
  if (!view.cells.empty())
    text += paragraph("Each with " + view.fixed() + '.') + markdown_table(view.table()) +
            paragraph(view.how_to_read);
  if (!view.failures.empty()) text += "Failed conditions:\n\n" + markdown_bullets(view.failures) + '\n';
  const std::string said = markdown_bullets(view.findings) + markdown_bullets(view.warnings, "Warning: ");
  text += said + (said.empty() ? "" : "\n") + paragraph(view.rounds() + '.');
  text += markdown_escaped(view.origin()) + ".\n";
  return command.empty() ? text : text + '\n' + markdown_code_block(shell_line(command));
}

}  // namespace banksim
