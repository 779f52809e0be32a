// A comparison to be pasted into a pull request: the verdict, a table, the findings, where it was measured.
#include "report/compare.hpp"
#include "report/compare_view.hpp"
#include "report/markup.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

namespace banksim {
namespace {

struct MarkdownColumn {
  const char* title;
  std::string CellView::*text;
  bool is_word = false;
};
constexpr MarkdownColumn kTableColumns[] = {{"transfers/s [95 %]", &CellView::throughput},
                                            {"ratio [95 %]", &CellView::ratio},
                                            {"standing", &CellView::standing, true},
                                            {"gate", &CellView::gate, true},
                                            {"p50", &CellView::p50},
                                            {"p99", &CellView::p99},
                                            {"waiting", &CellView::waiting},
                                            {"outcome", &CellView::outcome, true}};

std::string row(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = markdown_escaped(cell);
  return fmt::format("| {} |\n", fmt::join(cells, " | "));
}

std::string table(const CompareView& view) {
  const auto is_shown = [&view](const MarkdownColumn& column) {
    return column.text != &CellView::gate || view.conclusions.gate.has_value();
  };
  std::vector<std::string> titles{"strategy"};
  std::string rules = "| ---";
  for (const Dimension dimension : view.conclusions.varied) {
    titles.emplace_back(to_string(dimension));
    rules += " | --:";  // numbers stand at the right
  }
  for (const MarkdownColumn& column : kTableColumns) {
    if (!is_shown(column)) continue;
    titles.emplace_back(column.title);
    rules += column.is_word ? " | ---" : " | --:";
  }
  std::string text = row(titles) + rules + " |\n";
  for (const Group& group : view.conclusions.groups)
    for (const std::size_t i : view.in_order(group)) {
      std::vector<std::string> texts{view.cells[i].name};
      for (const Dimension dimension : view.conclusions.varied)
        texts.push_back(view.value_text(dimension, view.cell(i).config));
      for (const MarkdownColumn& column : kTableColumns)
        if (is_shown(column)) texts.push_back(view.cells[i].*column.text);
      text += row(std::move(texts));
    }
  return text;
}

std::string bullets(const std::vector<std::string>& items, std::string_view before = "") {
  std::string text;
  for (const std::string& item : items) text += fmt::format("- {}{}\n", before, markdown_escaped(item));
  return text;
}

}  // namespace

std::string compare_markdown(const Comparison& comparison, std::span<const std::string> command) {
  const CompareView view(comparison);
  std::string text = "### banksim compare\n\n";
  if (!view.interrupted.empty()) text += "**" + markdown_escaped(view.interrupted) + "**\n\n";
  text += markdown_escaped(view.verdict) + "\n\n";
  if (!view.cells.empty())
    text += markdown_escaped("Each with " + view.fixed() + '.') + "\n\n" + table(view) + '\n';
  if (!view.failures.empty()) text += "Failed conditions:\n\n" + bullets(view.failures) + '\n';
  if (!view.findings.empty() || !view.warnings.empty())
    text += bullets(view.findings) + bullets(view.warnings, "Warning: ") + '\n';
  text += fmt::format("{}\n\nbanksim {}, {}, on {}.\n", markdown_escaped(rounds_sentence(comparison)),
                      markdown_escaped(version()), markdown_escaped(comparison.started_at),
                      markdown_escaped(host_text(comparison.host)));
  return command.empty() ? text : text + '\n' + markdown_code_block(shell_line(command));
}

}  // namespace banksim
