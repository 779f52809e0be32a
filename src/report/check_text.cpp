// What can be said against strategies, for people and for graders.
#include "report/markup.hpp"
#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace banksim {
namespace {

std::string stage_text(const CheckRow& row) {
  switch (row.stage) {
    case CheckStage::source:
      return "its source";
    case CheckStage::proof:
      return "proof";
    case CheckStage::runs:
      return "runs, " + counted(row.accounts, "account");
    case CheckStage::self_transfers:
      return "self-transfers";
  }
  return "";
}

std::string one_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  std::ranges::replace(text, '\n', ' ');
  return text;
}

struct Word {
  const char* word;
  Tone tone;
};
Word word_of(CheckState state) {
  // In their order.
  constexpr Word kWords[] = {{"HOLDS", Tone::good},
                             {"FAILS", Tone::bad},
                             {"UNDECIDED", Tone::undecided},
                             {"REFUSED", Tone::undecided},
                             {"informs", Tone::good}};
  return kWords[static_cast<std::size_t>(state)];
}

const CheckRow* worst_row(const Checked& checked) {
  const CheckState worst = checked.state();
  const auto found = std::ranges::find(checked.rows, worst, &CheckRow::state);
  return worst == CheckState::holds || found == checked.rows.end() ? nullptr : &*found;
}

std::string held_to(const Checked& checked) {
  return parts_text(
      {{checked.deadlock_free, "freedom from deadlock"}, {checked.conserves_money, "the money"}}, " and ");
}

// The command that shows it.
std::string see(const Checked& checked, const CheckRow& row) {
  if (row.exploration && !row.exploration->findings.empty())
    return fmt::format("banksim explore --strategy {} --replay {}", checked.strategy,
                       row.exploration->findings.front().token);
  if (!row.worst) return "";
  const Config& config = row.worst->config;
  // For longer than the row was, since it may have been lucky.
  return fmt::format("banksim -s {} -a {} -t {} -d 2s --seed {}{} --audit {}", checked.strategy,
                     config.accounts, config.threads, config.seed, config.hold.yield ? " --hold yield" : "",
                     config.audit.kind == AuditPolicy::Kind::each ? "each" : "1ms");
}

std::string verdict_of(const Checked& checked, const TextStyle& style) {
  const auto [word, tone] = word_of(checked.state());
  const CheckRow* const row = worst_row(checked);
  if (row == nullptr)
    return verdict_line(word, tone, checked.strategy + ": nothing was found against it", style);
  std::string text =
      verdict_line(word, tone, fmt::format("{}: {}", checked.strategy, check_row_text(*row)), style);
  if (const std::string command = see(checked, *row); !style.quiet && !command.empty())
    text += "\n" + block(8, {{"See", command}});
  return text;
}

std::string one_text(const Checked& checked, const TextStyle& style) {
  if (style.quiet) return verdict_of(checked, style);
  std::string text =
      checked.strategy + (held_to(checked).empty() ? "" : ": held to " + held_to(checked)) + "\n\n";
  if (!checked.same_as.empty()) text += fmt::format("  the same text as {}\n\n", checked.same_as);
  Table table({{}, {}, {"", true}, {}}, 2);
  for (const CheckRow& row : checked.rows) {
    std::string state = word_of(row.state).word;
    std::ranges::transform(state, state.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    table.add({stage_text(row), state, duration_text(row.elapsed_s), check_row_text(row)});
  }
  if (std::ranges::any_of(checked.rows, [](const CheckRow& row) { return row.state == CheckState::informs; }))
    table.add({"", "", "", "(from an account to itself: for information, and does not count)"});
  return text + table.lines() + "\n" + verdict_of(checked, style);
}

}  // namespace

std::string check_row_text(const CheckRow& row) {
  if (!row.refusal.empty()) return one_line(row.refusal);
  if (row.exploration) return one_line(explore_text(*row.exploration, {.quiet = true}));
  if (row.worst) return one_line(run_text(*row.worst, {.quiet = true}));
  return row.runs > 0 ? counted(row.runs, "run") + " as promised" : "compiles";
}

std::string check_text(std::span<const Checked> all, const TextStyle& style) {
  std::string text;
  for (const Checked& checked : all)
    text += (text.empty() || style.quiet ? "" : "\n") + one_text(checked, style);
  if (all.size() < 2 || style.quiet) return wrapped(text, style.columns);
  Table table({{"strategy"}, {"verdict"}, {"why"}});
  for (const Checked& checked : all) {
    const CheckRow* const row = worst_row(checked);
    table.add({checked.strategy, word_of(checked.state()).word,
               (row == nullptr ? "" : stage_text(*row) + ": " + check_row_text(*row)) +
                   (checked.same_as.empty() ? "" : " (the same text as " + checked.same_as + ")")});
  }
  return wrapped(text + "\n" + table.title_line() + table.lines(), style.columns);
}

std::string check_junit(std::span<const Checked> all) {
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"banksim check\">\n";
  for (const Checked& checked : all) {
    const auto in_state = [&checked](CheckState state) {
      return std::ranges::count(checked.rows, state, &CheckRow::state);
    };
    double elapsed_s = 0;
    for (const CheckRow& row : checked.rows) elapsed_s += row.elapsed_s;
    xml +=
        fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{:.3f}\">\n",
                    xml_escaped(checked.strategy), checked.rows.size(), in_state(CheckState::fails),
                    in_state(CheckState::undecided) + in_state(CheckState::refused), elapsed_s);
    for (const CheckRow& row : checked.rows) {
      const char* const kind = row.state == CheckState::fails ? "failure"
                               : row.state == CheckState::undecided || row.state == CheckState::refused
                                   ? "error"
                                   : "system-out";
      const std::string said = xml_escaped(check_row_text(row));
      xml += fmt::format("    <testcase name=\"{}\" time=\"{:.3f}\">", xml_escaped(stage_text(row)),
                         row.elapsed_s);
      xml += std::string_view(kind) == "system-out"
                 ? fmt::format("<system-out>{}</system-out>", said)
                 : fmt::format("<{0} message=\"{1}\">{2}</{0}>", kind, said, xml_escaped(see(checked, row)));
      xml += "</testcase>\n";
    }
    xml += "  </testsuite>\n";
  }
  return xml + "</testsuites>\n";
}

}  // namespace banksim
