// A comparison to be pasted into a pull request: the verdict, a table, the findings, how to repeat it.
#include "report/compare.hpp"
#include "report/compare_view.hpp"
#include "report/markup.hpp"
#include "report/parts.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace banksim {
namespace {

std::string row(const std::vector<std::string>& cells) {
  return fmt::format("| {} |\n", fmt::join(cells, " | "));
}

std::string heading_rows(const CompareView& view) {
  std::vector<std::string> titles{"strategy"};
  std::vector<std::string> rules{"---"};
  for (const Dimension dimension : view.varied) titles.emplace_back(to_string(dimension));
  for (const char* title :
       {"transfers/s \\[95 %\\]", "ratio \\[95 %\\]", "standing", "p50", "p99", "waiting", "outcome"})
    titles.emplace_back(title);
  // Numbers stand at the right.
  for (std::size_t i = 1; i < titles.size(); ++i)
    rules.emplace_back(titles[i] == "standing" || titles[i] == "outcome" ? "---" : "--:");
  return row(titles) + row(rules);
}

std::string cell_row(const CompareView& view, std::size_t i) {
  const CellResult& cell = view.cell(i);
  std::vector<std::string> texts{view.names[i]};
  for (const Dimension dimension : view.varied) texts.push_back(value_text(dimension, cell.config));
  texts.insert(texts.end(),
               {throughput_text(cell), ratio_text(cell), standing_text(cell), latency_text(cell, cell.p50_ns),
                latency_text(cell, cell.p99_ns), waiting_text(cell), outcome_text(cell)});
  for (std::string& text : texts) text = markdown_escaped(text);
  return row(texts);
}

std::string table(const CompareView& view) {
  std::string text = heading_rows(view);
  for (const auto& group : view.groups) {
    for (const std::size_t i : view.ranked(group)) text += cell_row(view, i);
    for (const std::size_t i : view.unranked(group)) text += cell_row(view, i);
  }
  return text;
}

std::string bullets(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += "- " + markdown_escaped(item) + '\n';
  return text.empty() ? text : text + '\n';
}

std::vector<std::string> remarks(const Comparison& comparison) {
  std::vector<std::string> lines = findings(comparison);
  for (const Warning& warning : comparison.warnings) lines.push_back("Warning: " + warning_text(warning));
  return lines;
}

std::string footer(const Comparison& comparison, std::span<const std::string> command) {
  return fmt::format("{}\n\nbanksim {}, {}, on {}.\n\n", markdown_escaped(rounds_sentence(comparison)),
                     markdown_escaped(version()), markdown_escaped(comparison.started_at),
                     markdown_escaped(host_text(comparison.host))) +
         (command.empty() ? "" : markdown_code_block(shell_line(command)));
}

}  // namespace

std::string compare_markdown(const Comparison& comparison, std::span<const std::string> command) {
  const CompareView view(comparison);
  std::string text = "### banksim compare\n\n";
  const std::string interrupted = interrupted_sentence(comparison);
  if (!interrupted.empty()) text += "**" + markdown_escaped(interrupted) + "**\n\n";
  text += markdown_escaped(verdict_sentence(view)) + "\n\n";
  if (!view.groups.empty()) text += markdown_escaped("Each with " + view.fixed() + '.') + "\n\n";
  if (!view.groups.empty()) text += table(view) + '\n';
  text += bullets(remarks(comparison));
  return text + footer(comparison, command);
}

}  // namespace banksim
