// A comparison for people: a table a group, its bars to one scale, then what follows from it, and a verdict.
#include "compare/parts.hpp"
#include "compare/view.hpp"
#include "report/parts.hpp"

#include <banksim/report_compare.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace banksim {
namespace {

constexpr std::size_t kShortestBar = 6;
constexpr std::size_t kLongestBar = 60;
constexpr int kGreen = 32, kRed = 31, kYellow = 33;

std::string colored(std::string_view text, int color, const TextStyle& style) {
  return style.color ? fmt::format("\x1b[{}m{}\x1b[0m", color, text) : std::string(text);
}

// What terminals show: bytes that only continue a character take no column.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string padded(std::string text, std::size_t width, bool to_the_right = false) {
  const std::size_t columns = columns_of(text);
  if (columns < width) text.insert(to_the_right ? 0 : text.size(), width - columns, ' ');
  return text;
}

// `share` of `width` columns; in eighths of a column where the terminal has such letters.
std::string bar(double share, std::size_t width, const TextStyle& style) {
  static constexpr std::string_view kEighths[] = {"",       "\u258f", "\u258e", "\u258d",
                                                  "\u258c", "\u258b", "\u258a", "\u2589"};
  const double length = std::clamp(share, 0.0, 1.0) * static_cast<double>(width);
  if (!style.unicode) return std::string(std::max(1UL, static_cast<std::size_t>(std::lround(length))), '#');
  const auto eighths = std::max(1UL, static_cast<std::size_t>(std::lround(length * 8)));
  std::string text;
  for (std::size_t i = 0; i < eighths / 8; ++i) text += "\u2588";
  return text.append(kEighths[eighths % 8]);
}

// ---- Heading.

std::string work_text(const Config& base, const TextStyle& style) {
  std::string text = base.duration ? duration_text(in_seconds(*base.duration), style.unicode) + " a run"
                                   : counted(base.transfers, "transfer") + " a run";
  if (base.access.kind != Access::Kind::uniform) text += ", access " + base.access.to_string();
  if (base.think.count() > 0) text += ", think " + duration_text(in_seconds(base.think), style.unicode);
  return text + fmt::format(", seed {}", base.seed);
}

std::string subject_text(const ComparePlan& plan) {
  if (plan.strategies.size() == 1) return plan.strategies.front();
  return fmt::format("{} strategies", plan.strategies.size());
}

std::string heading(const Comparison& comparison, const TextStyle& style) {
  const ComparePlan& plan = comparison.plan;
  const char* order = plan.random_order ? "random" : "sequential";
  std::string text = fmt::format("{}, {}\n", subject_text(plan), work_text(plan.base, style));
  text += fmt::format("{} of {}, {} order, after {}; {} in all\n", counted(most_rounds(comparison), "round"),
                      counted(comparison.cells.size(), "run"), order,
                      plan.warmup == 0 ? "no warm-up" : counted(plan.warmup, "warm-up round"),
                      duration_text(comparison.elapsed_s, style.unicode));
  return text;
}

// ---- A row.

struct Line {
  std::string strategy, throughput, interval, p99, ratio;
  double bar = -1;    // of the longest; below 0: none
  std::string words;  // the last column, coloured
};

std::string ratio_number(double ratio) {
  return fmt::format("{:.{}f}", ratio, ratio < 0.0995 ? 3 : ratio < 99.5 ? 2 : 0);
}

std::string ratio_text(const Relative& relative) {
  if (!relative.ci95) return {};
  const auto text = [&relative](double value) { return unlike_one(value, ratio_number(value), relative); };
  return fmt::format("{}x ({}-{})", text(relative.ratio), text((*relative.ci95)[0]),
                     text((*relative.ci95)[1]));
}

std::string interval_text(const Summary& summary) {
  if (!summary.ci95) return {};
  return si_number((*summary.ci95)[0]) + " - " + si_number((*summary.ci95)[1]);
}

std::string outcome_words(const CellResult& cell, const TextStyle& style) {
  const auto times = std::ranges::count(cell.runs, cell.outcome, &RunResult::outcome);
  std::string word = to_string(cell.outcome);
  std::ranges::transform(word, word.begin(),
                         [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c); });
  std::string text = colored(word, kRed, style);
  if (times > 0)
    text += fmt::format(" in {} of {}", times, counted(cell.runs.size(), "run"));
  else
    text += " while warming up";
  return text + (cell.as_promised ? "" : ", against its promise");
}

std::string standing_words(const Relative& relative, const TextStyle& style) {
  switch (relative.standing) {
    case Standing::reference:
      return "reference";
    case Standing::faster:
      return colored("faster", kGreen, style);
    case Standing::slower:
      return colored("slower", kRed, style);
    case Standing::no_clear_difference:
      return colored("no clear difference", kYellow, style);
    case Standing::not_ranked:
      break;
  }
  return "not ranked";
}

Line line_of(const CellResult& cell, const std::string& name, double longest, const TextStyle& style) {
  Line line;
  line.strategy = name;
  const bool measured = cell.runs_measured > 0;
  if (measured) {
    line.throughput = si_number(cell.throughput_per_s.median);
    line.interval = interval_text(cell.throughput_per_s);
    line.p99 = duration_text(cell.p99_ns.median * 1e-9, style.unicode);
    line.ratio = ratio_text(cell.relative);
    line.bar = longest > 0 ? cell.throughput_per_s.median / longest : 0;
  }
  if (cell.outcome == Outcome::interrupted)
    line.words = "not run";
  else if (cell.outcome == Outcome::ok && cell.runs.empty())
    line.words = "not measured";
  else
    line.words =
        cell.outcome == Outcome::ok ? standing_words(cell.relative, style) : outcome_words(cell, style);
  return line;
}

// ---- The table.

struct Widths {
  std::size_t strategy = 8, throughput = 11, interval = 0, p99 = 3, ratio = 0, words = 0, bar = 0;
};

Widths widths_of(const std::vector<Line>& lines, std::size_t columns, std::size_t words) {
  Widths widths;
  const auto grow = [](std::size_t& width, std::string_view text) {
    width = std::max(width, columns_of(text));
  };
  for (const Line& line : lines) {
    grow(widths.strategy, line.strategy);
    grow(widths.throughput, line.throughput);
    grow(widths.interval, line.interval);
    grow(widths.p99, line.p99);
    grow(widths.ratio, line.ratio);
  }
  widths.words = words;
  const auto taken = [&widths] {
    return 2 + widths.strategy + 2 + widths.throughput + 2 + 2 +
           (widths.interval > 0 ? widths.interval + 2 : 0) + widths.p99 + 2 +
           (widths.ratio > 0 ? widths.ratio + 2 : 0) + widths.words;
  };
  if (taken() + 2 * kShortestBar > columns) widths.interval = 0;  // the ratio's interval matters more
  const std::size_t left = columns > taken() ? columns - taken() : 0;
  widths.bar = std::clamp(left, kShortestBar, kLongestBar);
  return widths;
}

std::string table_line(const Line& line, const Widths& widths, const std::string& bar) {
  std::string text = "  " + padded(line.strategy, widths.strategy) + "  " +
                     padded(line.throughput, widths.throughput, true) + "  " + padded(bar, widths.bar) + "  ";
  if (widths.interval > 0) text += padded(line.interval, widths.interval) + "  ";
  text += padded(line.p99, widths.p99, true) + "  ";
  if (widths.ratio > 0) text += padded(line.ratio, widths.ratio) + "  ";
  text += line.words;
  text.erase(text.find_last_not_of(' ') + 1);
  return text + '\n';
}

// Fastest first, then those that are not ranked.
std::vector<const CellResult*> ranked(std::span<const CellResult> group) {
  std::vector<const CellResult*> cells;
  for (const CellResult& cell : group) cells.push_back(&cell);
  std::ranges::stable_sort(cells, std::greater<>{}, [](const CellResult* cell) {
    return std::pair(cell->outcome == Outcome::ok, cell->throughput_per_s.median);
  });
  return cells;
}

std::string notes(std::span<const CellResult> group, std::span<const std::string> names) {
  std::string text;
  for (std::size_t i = 0; i < group.size(); ++i)
    if (group[i].relative.runs_needed > 0)
      text += fmt::format("  {}: if the difference is real, about {} would tell\n", names[i],
                          counted(group[i].relative.runs_needed, "run"));
  return text;
}

// The bars of a group have one scale: it is the strategies that are compared.
std::vector<Line> lines_of(const Comparison& comparison, const TextStyle& style) {
  std::vector<Line> lines;
  const std::vector<std::string> names = CompareView(comparison).names;
  const std::size_t strategies = comparison.plan.strategies.size();
  for (std::size_t first = 0; first < comparison.cells.size(); first += strategies) {
    const auto group = std::span(comparison.cells).subspan(first, strategies);
    double longest = 0;
    for (const CellResult& cell : group) longest = std::max(longest, cell.throughput_per_s.median);
    for (const CellResult& cell : group) lines.push_back(line_of(cell, names[lines.size()], longest, style));
  }
  return lines;
}

std::string tables(const Comparison& comparison, const TextStyle& style, std::size_t columns) {
  std::size_t words = 0;
  for (const Line& line : lines_of(comparison, {})) words = std::max(words, columns_of(line.words));
  const std::vector<Line> lines = lines_of(comparison, style);
  const Widths widths = widths_of(lines, columns, words);
  Line titles{"strategy", "transfers/s", "95 %", "p99", "", -1, ""};
  if (widths.ratio > 0) titles.ratio = "ratio (95 %)";
  std::string text;
  const std::vector<std::string> names = CompareView(comparison).names;
  const std::size_t strategies = comparison.plan.strategies.size();
  for (std::size_t first = 0; first < comparison.cells.size(); first += strategies) {
    const auto group = std::span(comparison.cells).subspan(first, strategies);
    text += '\n' + condition_text(comparison.plan, group.front().config, true) + '\n' +
            table_line(titles, widths, "");
    for (const CellResult* cell : ranked(group)) {
      const Line& line = lines[static_cast<std::size_t>(cell - comparison.cells.data())];
      text += table_line(line, widths, line.bar < 0 ? "" : bar(line.bar, widths.bar, style));
    }
    text += notes(group, std::span(names).subspan(first, strategies));
  }
  return text;
}

// ---- What follows from it.

std::string findings_of(const Comparison& comparison, std::size_t columns) {
  std::string text = '\n' + wrapped("  " + verdict_sentence(CompareView(comparison)) + '\n', columns);
  for (const std::string& finding : comparison.findings) text += wrapped("  - " + finding + '\n', columns);
  return text;
}

std::string broken_promises(const Comparison& comparison) {
  const CompareView view(comparison);
  std::string text;
  for (std::size_t i = 0; i < comparison.cells.size(); ++i)
    if (const CellResult& cell = view.cell(i); !cell.as_promised)
      text += fmt::format("{}{}: {} ({})", text.empty() ? "" : ", ", view.names[i], to_string(cell.outcome),
                          condition_text(comparison.plan, cell.config, true));
  return text;
}

std::string signal_words(int signal) {
  if (signal == SIGINT) return "by SIGINT";
  if (signal == SIGTERM) return "by SIGTERM";
  return signal == 0 ? "on request" : fmt::format("by signal {}", signal);
}

std::string verdict_line(const char* word, int color, const std::string& text, const TextStyle& style) {
  return fmt::format("{}  {}\n", colored(word, color, style), text);
}

// A line for each thing that went wrong.
std::string verdict(const Comparison& comparison, const TextStyle& style) {
  std::string text;
  if (const std::string broken = broken_promises(comparison); !broken.empty())
    text += verdict_line("BROKEN PROMISE", kRed, broken, style);
  for (const std::string& failure : comparison.failures) text += verdict_line("FAILED", kRed, failure, style);
  if (!comparison.complete)
    text += verdict_line(
        "INTERRUPTED", kYellow,
        fmt::format(
            "{} after {}, {}; this is what there was", signal_words(comparison.signal),
            duration_text(comparison.elapsed_s, style.unicode),
            counted(comparison.order.size() - std::min<std::size_t>(1, comparison.order.size()), "run")),
        style);
  return text.empty() ? verdict_line("OK", kGreen, "every strategy did what it promises", style) : text;
}

}  // namespace

std::string compare_text(const Comparison& comparison, const TextStyle& style, std::size_t columns) {
  if (style.quiet) return verdict(comparison, style);
  return heading(comparison, style) + tables(comparison, style, columns) + findings_of(comparison, columns) +
         '\n' + verdict(comparison, style);
}

}  // namespace banksim
