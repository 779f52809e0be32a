#include <banksim/report_explore.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace banksim {

int exit_code(ExploreVerdict verdict) {
  switch (verdict) {
    case ExploreVerdict::proved:
      return 0;
    case ExploreVerdict::violation:
      return 3;
    case ExploreVerdict::deadlock:
      return 4;
    case ExploreVerdict::livelock:
    case ExploreVerdict::inconclusive:
      break;
  }
  return 5;
}

const char* to_string(ExploreVerdict verdict) {
  switch (verdict) {
    case ExploreVerdict::proved:
      return "proved";
    case ExploreVerdict::violation:
      return "violation";
    case ExploreVerdict::deadlock:
      return "deadlock";
    case ExploreVerdict::livelock:
      return "livelock";
    case ExploreVerdict::inconclusive:
      break;
  }
  return "inconclusive";
}

const char* to_string(FindingKind kind) {
  switch (kind) {
    case FindingKind::deadlock:
      return "deadlock";
    case FindingKind::race:
      return "race";
    case FindingKind::foreign_unlock:
      return "foreign_unlock";
    case FindingKind::lock_kept:
      return "lock_kept";
    case FindingKind::negative_balance:
      return "negative_balance";
    case FindingKind::wrong_total:
      return "wrong_total";
    case FindingKind::wrong_ledger:
      return "wrong_ledger";
    case FindingKind::wrong_audit:
      return "wrong_audit";
    case FindingKind::livelock:
      break;
  }
  return "livelock";
}

const char* to_string(StepOp op) {
  switch (op) {
    case StepOp::lock:
      return "lock";
    case StepOp::try_lock:
      return "try_lock";
    case StepOp::try_lock_failed:
      return "try_lock_failed";
    case StepOp::unlock:
      return "unlock";
    case StepOp::read:
      return "read";
    case StepOp::write:
      return "write";
    case StepOp::finish:
      return "finish";
    case StepOp::wants:
      return "wants";
    case StepOp::about_to_read:
      return "about_to_read";
    case StepOp::about_to_write:
      break;
  }
  return "about_to_write";
}

namespace {

std::string grouped(std::uint64_t number) {
  const std::string digits = fmt::format("{}", number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

// 2.4e9, and 3,408 where that is exact and short.
std::string large(double number) {
  if (number < 1e6) return grouped(static_cast<std::uint64_t>(number));
  const double exponent = std::floor(std::log10(number));
  return fmt::format("{:.1f}e{:.0f}", number / std::pow(10.0, exponent), exponent);
}

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s");
}

std::string text_of(const Transfer& transfer) {
  return fmt::format("{} -> {}, {}", index(transfer.from), index(transfer.to), transfer.amount.minor_units());
}

// --- The first two lines ---

std::string headline(const Exploration& e) {
  const ExploreLimits& l = e.limits;
  return fmt::format("{}: {} x {}{}, {} accounts, {}\n", e.strategy, plural(l.workers, "worker"),
                     plural(l.transfers, "transfer"), l.auditor ? " and an auditor" : "", l.accounts,
                     e.replayed ? "one schedule, replayed"
                     : l.random_runs > 0
                         ? fmt::format("{} random schedules, seed {}", grouped(l.random_runs), l.seed)
                         : std::string("every choice of transfer"));
}

std::string proof(const Exploration& e) {
  const std::string interleavings =
      e.interleavings ? large(*e.interleavings) + " interleavings" : "endless interleavings";
  return fmt::format(
      "PROVED  {}, {}: no deadlock, no race, no money lost, {}  ({:.1f} s)\n"
      "        assumes: mutexes work, no hidden state in the strategy; says nothing about larger banks\n",
      plural(e.states, "state"), interleavings,
      e.may_retry ? "may retry, can always finish" : "every run can finish", e.elapsed_s);
}

std::string inconclusive(const Exploration& e) {
  if (e.limits.random_runs > 0)
    return fmt::format("NOT A PROOF  {} random schedules, {}: nothing found{}  ({:.1f} s)\n", grouped(e.runs),
                       plural(e.transitions, "step"),
                       e.bounds_hit.empty() ? "" : "; some were cut off as too long", e.elapsed_s);
  std::vector<std::string> reasons;
  for (const std::string& bound : e.bounds_hit) reasons.push_back(fmt::format("stopped by {}", bound));
  if (e.complete && !e.outcomes_seen.done) reasons.emplace_back("no transfer was ever done");
  if (e.complete && !e.outcomes_seen.declined) reasons.emplace_back("no transfer was ever declined");
  if (e.complete && e.limits.auditor && !e.outcomes_seen.audited) reasons.emplace_back("no audit ever ended");
  return fmt::format("INCONCLUSIVE  {}; nothing wrong in {}, which is no proof  ({:.1f} s)\n",
                     fmt::join(reasons, ", "), plural(e.states, "state"), e.elapsed_s);
}

std::string what_is_wrong(const ExploreFinding& f) {
  const std::string place =
      f.account == kNoAccount ? std::string("of the strategy") : fmt::format("account {}", index(f.account));
  switch (f.kind) {
    case FindingKind::deadlock:
      return "DEADLOCK";
    case FindingKind::race:
      return fmt::format("DATA RACE on {}", place);
    case FindingKind::foreign_unlock:
      return fmt::format("UNLOCK of a lock not held, {}", place);
    case FindingKind::lock_kept:
      return fmt::format("LOCK KEPT after the transfer, {}", place);
    case FindingKind::negative_balance:
      return fmt::format("NEGATIVE BALANCE of {}: {}", place, f.found);
    case FindingKind::wrong_total:
      return fmt::format("WRONG TOTAL: expected {}, found {}", f.expected, f.found);
    case FindingKind::wrong_ledger:
      return fmt::format("WRONG LEDGER: {} should have {} and has {}", place, f.expected, f.found);
    case FindingKind::wrong_audit:
      return fmt::format("WRONG AUDIT: expected {}, the auditor found {}", f.expected, f.found);
    case FindingKind::livelock:
      break;
  }
  return "LIVELOCK: a run that cannot finish any more";
}

std::string verdict_line(const Exploration& e, const ExploreFinding& f) {
  return fmt::format("{} in {}{}{}\n", what_is_wrong(f), plural(f.steps.size(), "step"),
                     f.fewest_steps ? ", the fewest possible" : "",
                     e.states > 0 ? fmt::format(" ({})", plural(e.states, "state")) : std::string());
}

// --- The table of steps: a column for each worker that takes part ---

class StepTable {
 public:
  StepTable(const Exploration& e, const ExploreFinding& f) : exploration_(e), finding_(f) {
    for (const ExploreStep& step : f.steps)
      if (std::find(workers_.begin(), workers_.end(), index(step.worker)) == workers_.end())
        workers_.push_back(index(step.worker));
    std::sort(workers_.begin(), workers_.end());
  }

  std::string text() const {
    std::string all = "\n  step";
    std::vector<std::string> heads(workers_.size());
    for (std::size_t column = 0; column < workers_.size(); ++column) heads[column] = head(workers_[column]);
    all += row("", heads).substr(6);
    std::vector<bool> begun(workers_.size());
    bool in_loop = false;
    for (const ExploreStep& step : finding_.steps) {
      if (step.in_loop && !in_loop) all += "        for ever:\n";
      in_loop = step.in_loop;
      const std::size_t column = column_of(step.worker);
      if (step.begins) {  // the first one heads the column
        if (begun[column]) all += row("", cells(column, fmt::format("then {}", text_of(*step.begins))));
        begun[column] = true;
      }
      all += row(fmt::format("{:>6}", step.step), cells(column, what(step)), &step);
    }
    return all;
  }

 private:
  static constexpr std::size_t kWidth = 29;
  static constexpr std::string_view kDots = " ........";

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

  std::vector<std::string> cells(std::size_t column, std::string text) const {
    std::vector<std::string> all(workers_.size());
    all[column] = std::move(text);
    return all;
  }

  static std::string place(const ExploreStep& step, bool is_lock) {
    if (step.account != kNoAccount) return fmt::format("account {}", index(step.account));
    return is_lock ? "the strategy's lock" : "the strategy's value";
  }

  static std::string what(const ExploreStep& step) {
    switch (step.op) {
      case StepOp::lock:
        return fmt::format("lock {}", place(step, true));
      case StepOp::try_lock:
        return fmt::format("try_lock {}", place(step, true));
      case StepOp::try_lock_failed:
        return fmt::format("try_lock {}: no", place(step, true));
      case StepOp::unlock:
        return fmt::format("unlock {}", place(step, true));
      case StepOp::read:
        return fmt::format("read {} = {}", place(step, false), step.value.value_or(0));
      case StepOp::write:
        return fmt::format("write {} = {}", place(step, false), step.value.value_or(0));
      case StepOp::finish:
        return "finish";
      case StepOp::wants:
        return fmt::format("wants {}", place(step, true));
      case StepOp::about_to_read:
        return fmt::format("about to read {}", place(step, false));
      case StepOp::about_to_write:
        return fmt::format("about to write {}", place(step, false));
    }
    return "";
  }

  // In the row of a wait, the holder's column says so.
  std::string row(std::string_view number, std::vector<std::string> cells,
                  const ExploreStep* step = nullptr) const {
    const bool waits = step != nullptr && step->op == StepOp::wants;
    if (waits) {
      const std::size_t holder = column_of(step->held_by);
      std::string& mine = cells[column_of(step->worker)];
      if (holder == column_of(step->worker))
        mine += " (held by itself)";
      else
        cells[holder] = fmt::format("(held by {})", name(index(step->held_by)));
      if (mine.size() + kDots.size() + 1 < kWidth) mine += kDots;
    }
    std::string text = fmt::format("{:<6}  ", number);
    for (const std::string& cell : cells) {
      text += cell;
      text.append(cell.size() + 2 < kWidth ? kWidth - cell.size() : 2, ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  }

  const Exploration& exploration_;
  const ExploreFinding& finding_;
  std::vector<std::uint32_t> workers_;
};

std::string replay_line(const Exploration& e, const ExploreFinding& f) {
  return fmt::format("\n  replay  banksim explore --strategy {} --replay {}\n", e.strategy, f.token);
}

}  // namespace

std::string explore_text(const Exploration& e) {
  std::string text = headline(e);
  if (e.verdict == ExploreVerdict::proved) return text + proof(e);
  if (e.findings.empty()) return text + inconclusive(e);
  const ExploreFinding& finding = e.findings.front();
  return text + verdict_line(e, finding) + StepTable(e, finding).text() + replay_line(e, finding);
}

std::string explore_progress_line(const ExploreProgress& progress) {
  return fmt::format("{} states, {} waiting, depth {}", grouped(progress.states), grouped(progress.waiting),
                     progress.depth);
}

}  // namespace banksim
