// A comparison for people: a table a group, its bars to one scale, then what follows from it, and a verdict.
#include "report/compare.hpp"
#include "report/compare_parts.hpp"
#include "report/compare_view.hpp"
#include "report/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

// `share` of `width` columns, in eighths of a column where the terminal has such letters. One that is longer
// is cut, and shows it.
std::string bar(double share, std::size_t width, const TextStyle& style) {
  static constexpr std::string_view kEighths[] = {"",       "\u258f", "\u258e", "\u258d",
                                                  "\u258c", "\u258b", "\u258a", "\u2589"};
  if (width == 0) return {};
  const bool is_cut = share > 1;
  const auto columns = static_cast<double>(is_cut ? width - 1 : width);
  const double length = std::clamp(share, 0.0, 1.0) * columns;
  if (!style.unicode)
    return std::string(std::max(1UL, static_cast<std::size_t>(std::lround(length))), '#') +
           (is_cut ? ">" : "");
  const auto eighths = std::max(1UL, static_cast<std::size_t>(std::lround(length * 8)));
  std::string text;
  for (std::size_t i = 0; i < eighths / 8; ++i) text += "\u2588";
  return text.append(kEighths[eighths % 8]).append(is_cut ? ">" : "");
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
  std::string text = fmt::format("{}, {}\n", subject_text(plan), work_text(plan.base, style));
  text += fmt::format("{} of {}, random order, after {}; {} in all\n",
                      counted(most_rounds(comparison), "round"), counted(comparison.cells.size(), "run"),
                      plan.warmup == 0 ? "no warm-up" : counted(plan.warmup, "warm-up round"),
                      duration_text(comparison.elapsed_s, style.unicode));
  return text;
}

// ---- A row.

struct Line {
  std::string strategy, throughput, interval, p99, ratio, ratio_interval;
  double bar = -1;    // of the scale; below 0: none
  std::string words;  // the last column, coloured
  bool has_ended_ok = true;
};

std::string ratio_number(double ratio) {
  return fmt::format("{:.{}f}", ratio, ratio < 0.0995 ? 3 : ratio < 99.5 ? 2 : 0);
}

std::string ratio_text(const Relative& relative, double value) {
  return unlike_one(value, ratio_number(value), relative);
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

Line line_of(const CellResult& cell, const std::string& name, double scale, const TextStyle& style) {
  Line line;
  line.strategy = name;
  line.has_ended_ok = cell.outcome == Outcome::ok;
  const bool measured = cell.runs_measured > 0;
  if (measured) {
    line.throughput = si_number(cell.throughput_per_s.median);
    line.interval = interval_text(cell.throughput_per_s);
    line.p99 = duration_text(cell.p99_ns.median * 1e-9, style.unicode);
    if (cell.relative.ci95) {
      const std::array<double, 2>& ci95 = *cell.relative.ci95;
      line.ratio = ratio_text(cell.relative, cell.relative.ratio) + 'x';
      line.ratio_interval =
          fmt::format("({}-{})", ratio_text(cell.relative, ci95[0]), ratio_text(cell.relative, ci95[1]));
    }
    if (line.has_ended_ok && scale > 0) line.bar = cell.throughput_per_s.median / scale;
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

// A column of no width is left out.
struct Widths {
  std::size_t strategy = 8, throughput = 11, interval = 0, p99 = 0, ratio = 0, ratio_interval = 0, words = 0,
              outcome = 0, bar = 0;
};

Line titles() {
  Line line;
  line.strategy = "strategy";
  line.throughput = "transfers/s";
  line.interval = "95 %";
  line.p99 = "p99";
  line.ratio = "ratio";
  line.ratio_interval = "(95 %)";
  return line;
}

Widths widths_of_all(const std::vector<Line>& lines) {
  Widths widths;
  const Line title = titles();
  const auto grow = [](std::size_t& width, std::string_view text, std::string_view heading) {
    if (!text.empty()) width = std::max({width, columns_of(text), columns_of(heading)});
  };
  for (const Line& line : lines) {
    grow(widths.strategy, line.strategy, title.strategy);
    grow(widths.throughput, line.throughput, title.throughput);
    grow(widths.interval, line.interval, title.interval);
    grow(widths.p99, line.p99, title.p99);
    grow(widths.ratio, line.ratio, title.ratio);
    grow(widths.ratio_interval, line.ratio_interval, title.ratio_interval);
    grow(line.has_ended_ok ? widths.words : widths.outcome, line.words, "");
  }
  return widths;
}

std::size_t with_gap(std::size_t width) { return width > 0 ? width + 2 : 0; }

std::size_t ratio_columns(const Widths& widths) {
  return widths.ratio + (widths.ratio_interval > 0 ? 1 + widths.ratio_interval : 0);
}

// Up to where a row says how it ended, in place of a ratio and a standing.
std::size_t columns_before_outcome(const Widths& widths) {
  return 2 + with_gap(widths.strategy) + with_gap(widths.throughput) + with_gap(widths.bar) +
         with_gap(widths.interval) + with_gap(widths.p99);
}

std::size_t columns_before_words(const Widths& widths) {
  return columns_before_outcome(widths) + with_gap(ratio_columns(widths));
}

std::size_t columns_taken(const Widths& widths) {
  return std::max(columns_before_words(widths) + widths.words,
                  columns_before_outcome(widths) + widths.outcome);
}

// What a narrow terminal has no room for goes, the least important first; words are broken at last.
Widths fitted(Widths widths, bool any_bar, std::size_t columns) {
  const auto room = [&] { return columns - std::min(columns, columns_taken(widths)); };
  if (room() < with_gap(2 * kShortestBar)) widths.interval = 0;  // the ratio's matters more
  if (any_bar && room() >= with_gap(kShortestBar)) widths.bar = std::min(room() - 2, kLongestBar);
  for (const auto column : {&Widths::p99, &Widths::ratio_interval, &Widths::ratio})
    if (columns_taken(widths) > columns) widths.*column = 0;
  return widths;
}

// The words, broken where they are too wide, the rest below them.
std::string last_column(const std::string& words, std::size_t before, std::size_t columns) {
  std::string text = wrapped(words, columns > before ? columns - before : 1);
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
    text.insert(at + 1, before, ' ');
  return text;
}

std::string table_line(const Line& line, const Widths& widths, const std::string& bar, std::size_t columns) {
  std::string text = "  " + padded(line.strategy, widths.strategy) + "  " +
                     padded(line.throughput, widths.throughput, true) + "  ";
  if (widths.bar > 0) text += padded(bar, widths.bar) + "  ";
  if (widths.interval > 0) text += padded(line.interval, widths.interval) + "  ";
  if (widths.p99 > 0) text += padded(line.p99, widths.p99, true) + "  ";
  if (line.has_ended_ok && widths.ratio > 0) {
    text += padded(line.ratio, widths.ratio);
    if (widths.ratio_interval > 0) text += ' ' + padded(line.ratio_interval, widths.ratio_interval);
    text += "  ";
  }
  text += last_column(
      line.words, line.has_ended_ok ? columns_before_words(widths) : columns_before_outcome(widths), columns);
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

// What a bar of full length means: the fastest, or little more than the fastest safe one where one that locks
// nothing would press them to the wall.
double bar_scale(std::span<const CellResult> group) {
  double safe = 0;
  double any = 0;
  for (const CellResult& cell : group) {
    if (cell.outcome != Outcome::ok) continue;
    any = std::max(any, cell.throughput_per_s.median);
    if (claims_safety(cell.config.strategy)) safe = std::max(safe, cell.throughput_per_s.median);
  }
  constexpr double kFarLonger = 2;
  constexpr double kCutAt = 1.25;
  return safe > 0 && any > kFarLonger * safe ? kCutAt * safe : any;
}

std::vector<Line> lines_of(const Comparison& comparison, const TextStyle& style) {
  std::vector<Line> lines;
  const std::vector<std::string> names = CompareView(comparison).names;
  const std::size_t strategies = comparison.plan.strategies.size();
  for (std::size_t first = 0; first < comparison.cells.size(); first += strategies) {
    const auto group = std::span(comparison.cells).subspan(first, strategies);
    const double scale = bar_scale(group);
    for (const CellResult& cell : group) lines.push_back(line_of(cell, names[lines.size()], scale, style));
  }
  return lines;
}

std::string tables(const Comparison& comparison, const TextStyle& style, std::size_t columns) {
  // As wide as without colours.
  const std::vector<Line> plain = lines_of(comparison, {.color = false, .unicode = style.unicode});
  const bool any_bar = std::ranges::any_of(plain, [](const Line& line) { return line.bar >= 0; });
  const Widths widths = fitted(widths_of_all(plain), any_bar, columns);
  const std::vector<Line> lines = lines_of(comparison, style);
  std::string text;
  const std::vector<std::string> names = CompareView(comparison).names;
  const std::size_t strategies = comparison.plan.strategies.size();
  for (std::size_t first = 0; first < comparison.cells.size(); first += strategies) {
    const auto group = std::span(comparison.cells).subspan(first, strategies);
    text += '\n' + wrapped(condition_text(comparison.plan, group.front().config, true) + '\n', columns) +
            table_line(titles(), widths, "", columns);
    for (const CellResult* cell : ranked(group)) {
      const Line& line = lines[static_cast<std::size_t>(cell - comparison.cells.data())];
      text += table_line(line, widths, line.bar < 0 ? "" : bar(line.bar, widths.bar, style), columns);
    }
    text += wrapped(notes(group, std::span(names).subspan(first, strategies)), columns);
  }
  return text;
}

// ---- What follows from it.

std::string findings_of(const Comparison& comparison, std::size_t columns) {
  std::string text = '\n' + wrapped("  " + verdict_sentence(CompareView(comparison)) + '\n', columns);
  for (const std::string& finding : findings(comparison)) text += wrapped("  - " + finding + '\n', columns);
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
  return wrapped(heading(comparison, style), columns) + tables(comparison, style, columns) +
         findings_of(comparison, columns) + '\n' + wrapped(verdict(comparison, style), columns);
}

}  // namespace banksim
