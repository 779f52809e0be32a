#include "report/explore.hpp"
#include "report/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

namespace banksim {

namespace {

constexpr std::size_t kColumns = 80;

// 2.4e9, and 3,408 where that is exact and short.
std::string large(double number) {
  if (number < 1e6) return grouped(static_cast<std::uint64_t>(number));
  const double exponent = std::floor(std::log10(number));
  return fmt::format("{:.1f}e{:.0f}", number / std::pow(10.0, exponent), exponent);
}

std::string text_of(const Transfer& transfer) {
  return fmt::format("{} -> {}, {}", index(transfer.from), index(transfer.to), transfer.amount.minor_units());
}

std::string headline(const Exploration& e) {
  const ExploreLimits& l = e.limits;
  return fmt::format("{}: {} x {}{}, {} accounts, {}\n", e.strategy, counted(l.workers, "worker"),
                     counted(l.transfers, "transfer"),
                     l.auditor ? " + " + counted(l.transfers, "audit") : std::string(), l.accounts,
                     e.replayed ? "one schedule, replayed" : "every choice of transfer");
}

// --- The verdict: its word, the rest of its line, and the lines below ---

enum class Tone { good, bad, undecided };

struct Verdict {
  Tone tone;
  std::string word;
  std::string text;                     // continues the line
  std::vector<std::string> below = {};  // left out when quiet
};

std::string took(const Exploration& e) { return fmt::format("  ({})", duration_text(e.elapsed_s)); }

Verdict proved(const Exploration& e) {
  const std::string interleavings =
      e.interleavings ? large(*e.interleavings) + " interleavings" : "endless interleavings";
  return {Tone::good,
          "PROVED",
          fmt::format("  no deadlock, no race, no money lost, {}",
                      e.may_retry ? "may retry, can always finish" : "every run can finish"),
          {fmt::format("{}, {}{}", counted(e.states, "state"), interleavings, took(e)),
           "assumes: mutexes work, no hidden state; amounts 1 and 2; no larger banks"}};
}

bool hit(const Exploration& e, std::string_view bound) {
  return std::find(e.bounds_hit.begin(), e.bounds_hit.end(), bound) != e.bounds_hit.end();
}

std::vector<std::string> why_stopped(const Exploration& e) {
  std::vector<std::string> reasons;
  if (hit(e, "cancelled")) reasons.emplace_back("interrupted");
  if (hit(e, "max_states")) reasons.emplace_back("stopped by --max-states");
  if (hit(e, "max_memory")) reasons.emplace_back("stopped by --max-memory");
  return reasons;
}

Verdict inconclusive(const Exploration& e) {
  std::vector<std::string> reasons = why_stopped(e);
  if (e.complete && !e.outcomes_seen.done) reasons.emplace_back("no transfer was ever done");
  if (e.complete && !e.outcomes_seen.declined) reasons.emplace_back("no transfer was ever declined");
  if (e.complete && e.limits.auditor && !e.outcomes_seen.audited) reasons.emplace_back("no audit ever ended");
  return {Tone::undecided,
          "INCONCLUSIVE",
          fmt::format("  {}", fmt::join(reasons, ", ")),
          {fmt::format("nothing wrong in {}, which is no proof{}", counted(e.states, "state"), took(e))}};
}

// What a step is about.
std::string place_text(const ExploreStep& step) {
  if (step.account != kNoAccount) return fmt::format("account {}", index(step.account));
  const bool is_value = step.op == StepOp::read || step.op == StepOp::write ||
                        step.op == StepOp::about_to_read || step.op == StepOp::about_to_write;
  const char* what = is_value ? "the strategy's value" : "the strategy's lock";
  return step.own_number == 0 ? what : fmt::format("{} {}", what, step.own_number);
}

// The word, and what continues it.
std::pair<std::string, std::string> what_is_wrong(const ExploreFinding& f) {
  const std::string account = fmt::format("account {}", index(f.account));
  const std::string place = f.steps.empty() ? account : place_text(f.steps.back());
  const std::int64_t found = f.found.value_or(0);
  const std::int64_t expected = f.expected.value_or(0);
  switch (f.kind) {
    case FindingKind::deadlock:
      return {"DEADLOCK", ""};
    case FindingKind::race:
      return {"DATA RACE", " on " + place};
    case FindingKind::foreign_unlock:
      return {"UNLOCK", fmt::format(" of {}, which it does not hold,", place)};
    case FindingKind::lock_kept:
      return {"LOCK KEPT", fmt::format(" after the transfer, {},",
                                       f.account == kNoAccount ? "one of the strategy's own" : account)};
    case FindingKind::negative_balance:
      return {"NEGATIVE BALANCE", fmt::format(" of {}: {},", account, found)};
    case FindingKind::wrong_total:
      return {"WRONG TOTAL", fmt::format(": {} instead of {},", found, expected)};
    case FindingKind::wrong_ledger:
      return {"WRONG LEDGER", fmt::format(": {} has {} instead of {},", account, found, expected)};
    case FindingKind::wrong_audit:
      return {"WRONG AUDIT", fmt::format(": the auditor found {} instead of {},", found, expected)};
    case FindingKind::livelock:
      break;
  }
  return {"LIVELOCK", ": a run that cannot finish any more,"};
}

Verdict found(const Exploration& e, const ExploreFinding& f) {
  const auto [word, detail] = what_is_wrong(f);
  std::vector<std::string> reasons = why_stopped(e);
  if (e.states > 0) reasons.insert(reasons.begin(), counted(e.states, "state"));
  std::string text =
      fmt::format(" in {}{}", counted(f.steps.size(), "step"), f.fewest_steps ? ", the fewest possible" : "");
  if (!reasons.empty()) text += fmt::format(" ({})", fmt::join(reasons, ", "));
  return {Tone::bad, word, detail + text};
}

Verdict verdict_on(const Exploration& e) {
  if (!e.findings.empty()) return found(e, e.findings.front());
  return e.verdict == ExploreVerdict::proved ? proved(e) : inconclusive(e);
}

std::string colored(const Verdict& verdict) {
  const int green_red_yellow[] = {32, 31, 33};
  return fmt::format("\x1b[{}m{}\x1b[0m", green_red_yellow[static_cast<std::size_t>(verdict.tone)],
                     verdict.word);
}

std::string verdict_text(Verdict verdict, const TextStyle& style) {
  const std::size_t indent = verdict.word.size() + 2;
  const std::size_t steps = verdict.text.rfind(" in ");
  if (!style.quiet && indent + verdict.text.size() > kColumns && steps != std::string::npos)
    verdict.text.replace(steps, 1, "\n" + std::string(indent, ' '));
  std::string text = (style.color ? colored(verdict) : verdict.word) + verdict.text + "\n";
  if (style.quiet) return text;
  for (const std::string& line : verdict.below) text += std::string(indent, ' ') + line + "\n";
  return text;
}

// --- The steps: a column for each worker that takes part; where that is too wide, a list ---

class Steps {
 public:
  Steps(const Exploration& e, const ExploreFinding& f) : exploration_(e), finding_(f) {
    for (const ExploreStep& step : f.steps)
      if (std::find(workers_.begin(), workers_.end(), index(step.worker)) == workers_.end())
        workers_.push_back(index(step.worker));
    std::sort(workers_.begin(), workers_.end());
  }

  std::string text() const {
    const std::vector<Row> rows = table();
    const std::vector<std::size_t> widths = widths_of(rows);
    return std::accumulate(widths.begin(), widths.end(), kIndent) > kColumns + kGap ? list()
                                                                                    : aligned(rows, widths);
  }

 private:
  static constexpr std::size_t kIndent = 8;  // the step's number stands there
  static constexpr std::size_t kUsualWidth = 29;
  static constexpr std::size_t kGap = 2;
  static constexpr std::string_view kDots = " ........";
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  struct Row {
    std::string left;
    std::vector<std::string> cells;
    std::size_t waits = kNone;  // whose dots point to the holder
  };

  std::vector<Row> table() const {
    std::vector<Row> rows{{"  step", std::vector<std::string>(workers_.size()), kNone}};
    for (std::size_t column = 0; column < workers_.size(); ++column)
      rows.front().cells[column] = head(workers_[column]);
    std::vector<bool> begun(workers_.size());
    bool in_loop = false;
    for (const ExploreStep& step : finding_.steps) {
      if (step.in_loop && !in_loop) rows.push_back({"        for ever:", {}, kNone});
      in_loop = step.in_loop;
      const std::size_t column = column_of(step.worker);
      if (step.begins) {  // the first one heads the column
        if (begun[column]) rows.push_back(row("", column, fmt::format("then {}", text_of(*step.begins))));
        begun[column] = true;
      }
      rows.push_back(row(fmt::format("{:>6}", step.step), column, step_text(step)));
      if (step.op == StepOp::wants) show_holder(rows.back(), step);
    }
    return rows;
  }

  Row row(std::string left, std::size_t column, std::string text) const {
    Row made{std::move(left), std::vector<std::string>(workers_.size()), kNone};
    made.cells[column] = std::move(text);
    return made;
  }

  // In the row of a wait, the holder's column says so.
  void show_holder(Row& waiting, const ExploreStep& step) const {
    const std::size_t mine = column_of(step.worker);
    const std::size_t holder = column_of(step.held_by);
    if (holder == mine) {
      waiting.cells[mine] += " (held by itself)";
    } else if (holder < workers_.size()) {
      waiting.cells[holder] = fmt::format("(held by {})", name(index(step.held_by)));
      waiting.waits = mine;
    }
  }

  // As usual if that fits, else as narrow as can be. The last one's gap does not count.
  std::vector<std::size_t> widths_of(const std::vector<Row>& rows) const {
    std::vector<std::size_t> narrow(workers_.size());
    for (const Row& row : rows)
      for (std::size_t column = 0; column < row.cells.size(); ++column)
        narrow[column] = std::max(narrow[column], row.cells[column].size() + kGap);
    std::vector<std::size_t> usual;
    usual.reserve(narrow.size());
    for (const std::size_t width : narrow) usual.push_back(std::max(width, kUsualWidth));
    return std::accumulate(usual.begin(), usual.end(), kIndent) > kColumns + kGap ? narrow : usual;
  }

  static std::string aligned(const std::vector<Row>& rows, const std::vector<std::size_t>& widths) {
    std::string text = "\n";
    for (const Row& row : rows) {
      std::string line = row.cells.empty() ? row.left : fmt::format("{:<{}}", row.left, kIndent);
      for (std::size_t column = 0; column < row.cells.size(); ++column) {
        std::string cell = row.cells[column];
        if (row.waits == column && cell.size() + kDots.size() + kGap <= widths[column]) cell += kDots;
        line += fmt::format("{:<{}}", cell, widths[column]);
      }
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
    }
    return text;
  }

  std::string list() const {
    std::string text = "\n  step\n";
    bool in_loop = false;
    for (const ExploreStep& step : finding_.steps) {
      if (step.in_loop && !in_loop) text += "        for ever:\n";
      in_loop = step.in_loop;
      const std::string begins = step.begins ? fmt::format("begins {}: ", text_of(*step.begins)) : "";
      const std::string held = step.op != StepOp::wants ? ""
                               : step.held_by == step.worker
                                   ? " (held by itself)"
                                   : fmt::format(" (held by {})", name(index(step.held_by)));
      text += fmt::format("{:>6}  {:<8}  {}{}{}\n", step.step, name(index(step.worker)), begins,
                          step_text(step), held);
    }
    return text;
  }

  std::size_t column_of(WorkerId worker) const {
    return static_cast<std::size_t>(std::find(workers_.begin(), workers_.end(), index(worker)) -
                                    workers_.begin());
  }

  std::string name(std::uint32_t worker) const {
    return worker == exploration_.limits.workers ? "auditor" : fmt::format("worker {}", worker);
  }

  std::string head(std::uint32_t worker) const {
    for (const ExploreStep& step : finding_.steps)
      if (index(step.worker) == worker && step.begins)
        return fmt::format("{}: {}", name(worker), text_of(*step.begins));
    return name(worker);
  }

  const Exploration& exploration_;
  const ExploreFinding& finding_;
  std::vector<std::uint32_t> workers_;
};

std::string replay_line(const Exploration& e, const ExploreFinding& f) {
  return fmt::format("\n  replay  banksim explore --strategy {} --replay {}\n", e.strategy, f.token);
}

}  // namespace

std::string step_text(const ExploreStep& step) {
  const std::string place = place_text(step);
  switch (step.op) {
    case StepOp::lock:
      return "lock " + place;
    case StepOp::try_lock:
      return "try_lock " + place;
    case StepOp::try_lock_failed:
      return fmt::format("try_lock {}: no", place);
    case StepOp::unlock:
      return "unlock " + place;
    case StepOp::read:
      return fmt::format("read {} = {}", place, step.value.value_or(0));
    case StepOp::write:
      return fmt::format("write {} = {}", place, step.value.value_or(0));
    case StepOp::finish:
      return "finish";
    case StepOp::wants:
      return "wants " + place;
    case StepOp::about_to_read:
      return "about to read " + place;
    case StepOp::about_to_write:
      return "about to write " + place;
  }
  return "";
}

bool was_interrupted(const Exploration& e) { return e.findings.empty() && hit(e, "cancelled"); }

std::string explore_text(const Exploration& e, const TextStyle& style) {
  std::string verdict = verdict_text(verdict_on(e), style);
  if (style.quiet) return verdict;
  std::string text = headline(e) + verdict;
  if (e.findings.empty()) return text;
  const ExploreFinding& finding = e.findings.front();
  return text + Steps(e, finding).text() + replay_line(e, finding);
}

std::string explore_progress_line(const ExploreProgress& progress) {
  return fmt::format("{} states, {} waiting, depth {}", grouped(progress.states), grouped(progress.waiting),
                     progress.depth);
}

}  // namespace banksim
