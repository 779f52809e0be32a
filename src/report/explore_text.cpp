// An exploration for people: what was explored, a verdict, and the steps that lead to what was found.
#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace banksim {
namespace {

constexpr std::size_t kExploreColumns = 80;  // texts of explorations are no wider

// ---- The steps of a finding.

constexpr std::size_t kUsualWidth = 27;  // of a worker's column, where there is room

// What a step is about: "account 1", "the strategy's lock 2".
std::string place_text(const ExploreStep& step) {
  if (step.account != kNoAccount) return fmt::format("account {}", index(step.account));
  const bool is_value = step.op == StepOp::read || step.op == StepOp::write ||
                        step.op == StepOp::about_to_read || step.op == StepOp::about_to_write;
  const char* what = is_value ? "the strategy's value" : "the strategy's lock";
  return step.own_number == 0 ? what : fmt::format("{} {}", what, step.own_number);
}

// "read account 1 = 2", "lock the strategy's lock 2".
std::string step_text(const ExploreStep& step) {
  // In the order of StepOp.
  constexpr const char* kTexts[] = {"lock {place}",
                                    "try_lock {place}",
                                    "try_lock {place}: no",
                                    "unlock {place}",
                                    "read {place} = {value}",
                                    "write {place} = {value}",
                                    "finish",
                                    "wants {place}",
                                    "about to read {place}",
                                    "about to write {place}"};
  return fmt::format(fmt::runtime(kTexts[static_cast<std::size_t>(step.op)]),
                     fmt::arg("place", place_text(step)), fmt::arg("value", step.value.value_or(0)));
}

std::string transfer_text(const Transfer& transfer) {
  return fmt::format("{} -> {}, {}", index(transfer.from), index(transfer.to), transfer.amount.minor_units());
}

std::string worker_name(const Exploration& e, WorkerId worker) {
  return index(worker) == e.limits.workers ? "auditor" : fmt::format("worker {}", index(worker));
}

std::string holder_text(const Exploration& e, const ExploreStep& step) {
  return fmt::format("(held by {})", step.held_by == step.worker ? "itself" : worker_name(e, step.held_by));
}

// What the table has in front of the steps that are repeated.
bool begins_loop(const std::vector<ExploreStep>& steps, std::size_t i) {
  return steps[i].in_loop && (i == 0 || !steps[i - 1].in_loop);
}
constexpr const char* kForEver = "        for ever:";

// A column for each worker that takes part, at least so wide. Who waits points to the holder with dots.
Table columns_of(const Exploration& e, const std::vector<ExploreStep>& steps, std::size_t least) {
  std::map<WorkerId, std::size_t> columns;
  for (const ExploreStep& step : steps) columns[step.worker] = 0;
  std::vector<std::vector<std::string>> rows{{"  step"}};
  for (auto& [worker, column] : columns) {
    column = rows[0].size();
    rows[0].push_back(worker_name(e, worker));
  }
  const auto add = [&rows](std::string left, std::size_t column, std::string text) {
    std::vector<std::string>& row = rows.emplace_back(rows[0].size());
    row[0] = std::move(left);
    row[column] = std::move(text);
  };
  std::set<WorkerId> begun;
  std::vector<std::pair<std::size_t, std::size_t>> waits;  // row and column
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const ExploreStep& step = steps[i];
    const std::size_t mine = columns[step.worker];
    if (begins_loop(steps, i)) rows.push_back({kForEver});
    if (step.begins && begun.insert(step.worker).second)
      rows[0][mine] += ": " + transfer_text(*step.begins);
    else if (step.begins)
      add("", mine, "then " + transfer_text(*step.begins));
    add(fmt::format("{:>6}", step.step), mine, step_text(step));
    if (step.op != StepOp::wants) continue;
    if (step.held_by == step.worker) {
      rows.back()[mine] += ' ' + holder_text(e, step);
    } else if (const auto holder = columns.find(step.held_by); holder != columns.end()) {
      rows.back()[holder->second] = holder_text(e, step);
      waits.emplace_back(rows.size() - 1, mine);
    }
  }
  Table table(std::vector<Table::Column>(rows[0].size(), {.least = least}));
  table.set_width(0, 6);
  for (std::vector<std::string>& row : rows) table.add(std::move(row));
  constexpr std::string_view kDots = " ........";
  for (const auto& [row, column] : waits)
    if (std::string& cell = table.cell(row, column); cell.size() + kDots.size() <= table.width(column))
      cell += kDots;
  return table;
}

// A line for each step, with its worker in front.
Table list_of(const Exploration& e, const std::vector<ExploreStep>& steps) {
  Table table({{}, {.least = 8}, {}});
  table.add({"  step"});
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const ExploreStep& step = steps[i];
    if (begins_loop(steps, i)) table.add({kForEver});
    std::string text = step.begins ? fmt::format("begins {}: ", transfer_text(*step.begins)) : "";
    text += step_text(step);
    if (step.op == StepOp::wants) text += ' ' + holder_text(e, step);
    table.add({fmt::format("{:>6}", step.step), worker_name(e, step.worker), text});
  }
  return table;
}

std::string steps_text(const Exploration& e, const std::vector<ExploreStep>& steps) {
  for (const std::size_t least : {kUsualWidth, std::size_t{0}})
    if (const Table table = columns_of(e, steps, least); table.width() <= kExploreColumns)
      return table.lines();
  return list_of(e, steps).lines();
}

// ---- The verdict: its word, the rest of its line, and what stands below.

struct ExploreWords {
  Tone tone;
  std::string word;
  std::string text;
  std::vector<std::string> below = {};
};

// 2.4e9, and 3,408 where that is exact and short.
std::string large(double number) {
  if (number < 1e6) return grouped(static_cast<std::uint64_t>(number));
  const double exponent = std::floor(std::log10(number));
  return fmt::format("{:.1f}e{:.0f}", number / std::pow(10.0, exponent), exponent);
}

ExploreWords proved(const Exploration& e) {
  const char* end = e.may_retry ? "may retry, can always finish" : "every run can finish";
  return {Tone::good,
          "PROVED",
          fmt::format("  no deadlock, no race, no money lost, {}", end),
          {fmt::format("{}, {} interleavings  ({})", counted(e.states, "state"),
                       e.interleavings ? large(*e.interleavings) : "endless", duration_text(e.elapsed_s)),
           "assumes: mutexes work, no hidden state; amounts 1 and 2; no larger banks"}};
}

bool hit(const Exploration& e, std::string_view bound) {
  return std::ranges::find(e.bounds_hit, bound) != e.bounds_hit.end();
}

std::string why_stopped(const Exploration& e) {
  return parts_text({{hit(e, "cancelled"), "interrupted"},
                     {hit(e, "max_states"), "stopped by --max-states"},
                     {hit(e, "max_memory"), "stopped by --max-memory"}});
}

ExploreWords inconclusive(const Exploration& e) {
  const auto& [done, declined, audited] = e.outcomes_seen;
  const std::string why = parts_text({why_stopped(e),
                                      {e.complete && !done, "no transfer was ever done"},
                                      {e.complete && !declined, "no transfer was ever declined"},
                                      {e.complete && e.limits.auditor && !audited, "no audit ever ended"}});
  const std::string nothing = "nothing wrong in " + counted(e.states, "state") + ", which is no proof  (" +
                              duration_text(e.elapsed_s) + ")";
  return {Tone::undecided, "INCONCLUSIVE", "  " + why, {nothing}};
}

ExploreWords found(const Exploration& e, const ExploreFinding& f) {
  // In the order of FindingKind: the word, and what continues it.
  static constexpr std::pair<const char*, const char*> kKinds[] = {
      {"DEADLOCK", ""},
      {"DATA RACE", " on {place}"},
      {"UNLOCK", " of {place}, which it does not hold,"},
      {"LOCK KEPT", " after the transfer, {whose},"},
      {"NEGATIVE BALANCE", " of {account}: {found},"},
      {"WRONG TOTAL", ": {found} instead of {expected},"},
      {"WRONG LEDGER", ": {account} has {found} instead of {expected},"},
      {"WRONG AUDIT", ": the auditor found {found} instead of {expected},"},
      {"LIVELOCK", ": a run that cannot finish any more,"},
      {"FALSE DECLINE", ": {account} could pay all the while,"},
      {"TRY_LOCK", " of {place}, which it holds itself,"},
      {"LONGEST WAIT", ": a good run"},
  };
  const auto& [word, detail] = kKinds[static_cast<std::size_t>(f.kind)];
  const std::string account = fmt::format("account {}", index(f.account));
  std::string text =
      fmt::format(fmt::runtime(detail), fmt::arg("account", account),
                  fmt::arg("place", f.steps.empty() ? account : place_text(f.steps.back())),
                  fmt::arg("whose", f.account == kNoAccount ? "one of the strategy's own" : account),
                  fmt::arg("found", f.found.value_or(0)), fmt::arg("expected", f.expected.value_or(0)));
  text +=
      fmt::format(" in {}{}", counted(f.steps.size(), "step"), f.fewest_steps ? ", the fewest possible" : "");
  const std::string size = parts_text({{e.states > 0, counted(e.states, "state")}, why_stopped(e)});
  if (!size.empty()) text += fmt::format(" ({})", size);
  return {Tone::bad, word, text};
}

std::string verdict_text(const Exploration& e, const TextStyle& style) {
  auto [tone, word, text, below] = !e.findings.empty()                   ? found(e, e.findings.front())
                                   : e.verdict == ExploreVerdict::proved ? proved(e)
                                                                         : inconclusive(e);
  if (style.quiet) return colored(word, tone, style) + text + '\n';
  const std::string line_end = '\n' + std::string(word.size() + 2, ' ');
  const std::size_t steps = text.rfind(" in ");
  if (line_end.size() - 1 + text.size() > kExploreColumns && steps != std::string::npos)
    text.replace(steps, 1, line_end);
  for (const std::string& line : below) text += line_end + line;
  return colored(word, tone, style) + text + '\n';
}

}  // namespace

bool was_interrupted(const Exploration& e) { return e.findings.empty() && hit(e, "cancelled"); }

std::string explore_text(const Exploration& e, const TextStyle& style) {
  const std::string verdict = verdict_text(e, style);
  if (style.quiet) return verdict;
  const ExploreLimits& limits = e.limits;
  const std::string text = fmt::format(
      "{}: {} x {}{}, {} accounts, {}\n{}", e.strategy, counted(limits.workers, "worker"),
      counted(limits.transfers, "transfer"), limits.auditor ? " + " + counted(limits.transfers, "audit") : "",
      limits.accounts, e.replayed ? "one schedule, replayed" : "every choice of transfer", verdict);
  if (e.findings.empty()) return text;
  const ExploreFinding& finding = e.findings.front();
  return fmt::format("{}\n{}\n  replay  banksim explore --strategy {} --replay {}\n", text,
                     steps_text(e, finding.steps), e.strategy, finding.token);
}

std::string explore_progress_line(const ExploreProgress& progress) {
  return fmt::format("{} states, {} waiting, depth {}", grouped(progress.states), grouped(progress.waiting),
                     progress.depth);
}

}  // namespace banksim
