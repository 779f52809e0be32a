// The strategies for people: all of them in a table, one explained, and what can be said against them; that for graders
// as well.
#include "report/explain.hpp"
#include "report/markup.hpp"
#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace banksim {
namespace {

std::string stage_text(const CheckRow& row) {
  constexpr const char* kStages[] = {"its source", "proof", "runs, ", "self-transfers"};  // in their order
  return kStages[static_cast<std::size_t>(row.stage)] +
         (row.stage == CheckStage::runs ? counted(row.accounts, "account") : "");
}

std::string one_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  std::ranges::replace(text, '\n', ' ');
  return text;
}

const CheckRow* worst_row(const Checked& checked) {
  const CheckState worst = checked.state();
  const auto found = std::ranges::find(checked.rows, worst, &CheckRow::state);
  return worst == CheckState::holds || found == checked.rows.end() ? nullptr : &*found;
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
  const CheckState state = checked.state();
  const Tone tone = state == CheckState::holds   ? Tone::good
                    : state == CheckState::fails ? Tone::bad
                                                 : Tone::undecided;
  const CheckRow* const row = worst_row(checked);
  const std::string command = row == nullptr || style.quiet ? "" : see(checked, *row);
  return verdict_line(in_capitals(to_string(state)), tone,
                      checked.strategy + ": " +
                          (row != nullptr ? check_row_text(*row)
                           : checked.deadlock_free && checked.conserves_money
                               ? "nothing was found against it"
                               : "nothing was found but what it says it can do"),
                      style) +
         (command.empty() ? "" : "\n" + block(8, {{"See", command}}));
}

std::string one_text(const Checked& checked, const TextStyle& style) {
  if (style.quiet) return verdict_of(checked, style);
  const std::string held_to = parts_text(
      {{checked.deadlock_free, "freedom from deadlock"}, {checked.conserves_money, "the money"}}, " and ");
  std::string text = parts_text({checked.strategy, {!held_to.empty(), "held to " + held_to}}, ": ") + "\n\n";
  if (!checked.same_as.empty()) text += fmt::format("  the same text as {}\n\n", checked.same_as);
  Table table({{}, {}, {"", true}, {}}, 2);
  for (const CheckRow& row : checked.rows)
    table.add({stage_text(row), to_string(row.state), duration_text(row.elapsed_s), check_row_text(row)});
  if (std::ranges::count(checked.rows, CheckState::informs, &CheckRow::state) > 0)
    table.add({"", "", "", "(from an account to itself: for information, and does not count)"});
  return text + table.lines() + "\n" + verdict_of(checked, style);
}

}  // namespace

std::string strategies_text(std::span<const StrategyEntry> entries, const TextStyle& style) {
  Table table({{"strategy"}, {"what it does"}, {"deadlock-free"}, {"keeps money"}});
  for (const StrategyEntry& entry : entries)
    table.add({std::string(entry.name), std::string(entry.summary), entry.deadlock_free ? "yes" : "no",
               entry.conserves_money ? "yes" : "no"});
  const std::string text = fmt::format(
      "{}{}\nThe default is {}. banksim strategies NAME explains one;\n"
      "banksim explore --strategy NAME proves or refutes its claims.\n",
      table.title_line(), table.lines(), Config{}.strategy);
  return wrapped(text, style.columns);
}

std::string strategy_text(const StrategyEntry& entry, const TextStyle& style) {
  std::string text = fmt::format("{}\n\n", entry.name);
  text += block(
      8, {{"What", entry.summary},
          {"How", rule_text(&entry)},
          {"Wins", entry.wins},
          {"Claims", fmt::format("{}; {}", entry.deadlock_free ? "cannot deadlock" : "can deadlock",
                                 entry.conserves_money ? "conserves money" : "does not conserve money")},
          {"Source", entry.source}});
  for (const std::string_view alias : entry.aliases)
    text += block(8, {{"Alias", fmt::format("--strategy {}", alias)}});
  return wrapped(text + block(8, {{"See", fmt::format("banksim explore --strategy {}", entry.name)}}),
                 style.columns);
}

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
    table.add({checked.strategy, in_capitals(to_string(checked.state())),
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
    const auto errors = in_state(CheckState::undecided) + in_state(CheckState::refused);
    xml += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{:.3f}\">\n",
        xml_escaped(checked.strategy), checked.rows.size(), in_state(CheckState::fails), errors, elapsed_s);
    for (const CheckRow& row : checked.rows) {
      const std::string said = xml_escaped(check_row_text(row));
      const char* const kind = row.state == CheckState::fails ? "failure" : "error";
      const bool counts = row.state != CheckState::holds && row.state != CheckState::informs;
      xml += fmt::format(
          "    <testcase name=\"{}\" time=\"{:.3f}\">{}</testcase>\n", xml_escaped(stage_text(row)),
          row.elapsed_s,
          counts ? fmt::format("<{0} message=\"{1}\">{2}</{0}>", kind, said, xml_escaped(see(checked, row)))
                 : fmt::format("<system-out>{}</system-out>", said));
    }
    xml += "  </testsuite>\n";
  }
  return xml + "</testsuites>\n";
}

}  // namespace banksim
