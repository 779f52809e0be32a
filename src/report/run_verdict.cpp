#include "report/run_verdict.hpp"

#include "report/markup.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>
#include <utility>
#include <vector>

namespace banksim {
namespace {

constexpr std::size_t kLongestThrown = 200;  // letters of what a strategy threw

// Signals of a program's own making.
bool is_fault(int signal) {
  static constexpr std::array kFaults{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
  return std::ranges::find(kFaults, signal) != kFaults.end();
}

std::string failed_text(const Check& check) {
  const int ran = check.audits.audits > 0 ? 5 : 4;  // without live audits there is no fifth
  return fmt::format("{} of {} checks failed", check.failed(), ran);
}

// For verdicts that are about something else than the money.
std::string money_phrase(const Check& check) {
  if (!check.performed) return "; the money was not checked";
  return check.failed() > 0 ? "; " + failed_text(check) : "; what was done is right";
}

std::string cycle_phrase(const Told& told) {
  const auto& [after_s, cycle, behind, auditor] = told.run.deadlock.value();
  return (cycle.size() == 1 ? "a thread waits for itself,"
                            : fmt::format("a cycle of {} threads", cycle.size())) +
         " after " + told.time(after_s);
}

RunVerdict money_verdict(const Told& told) {
  const Check& check = told.run.check;
  const StrategyEntry* strategy = told.strategy;
  if (!check.performed) return {Tone::undecided, "NOT CHECKED", "nothing was checked, so nothing is claimed"};
  if (check.failed() == 0) return {Tone::good, "OK", "no money made or lost, no deadlock"};
  const std::string failed =
      parts_text({{check.total_is_wrong(), "the total"},
                  {check.accounts_wrong > 0, "the ledger"},
                  {check.negative_accounts + check.overdrafts > 0, "balances below zero"},
                  {!check.attempts_agree, "the count of attempts"},
                  {check.audits.wrong > 0, "live audits"}});
  RunVerdict verdict{Tone::bad, "VIOLATION", failed_text(check) + ": " + failed};
  if (told.run.deadlock) verdict.text += "; and a deadlock: " + cycle_phrase(told);
  if (strategy == nullptr) return verdict;
  verdict.why = fmt::format("{} It {} to conserve money{}", strategy->how,
                            strategy->conserves_money ? "claims" : "does not claim",
                            strategy->conserves_money ? ": that is wrong." : ".");
  if (!strategy->conserves_money) verdict.fix = "a strategy that locks both accounts (--strategy ordered).";
  if (check.overdrafts > 0 && check.failed() == 1)
    verdict.fix = "ask for the funds and take them under one lock: what another lock showed may be gone.";
  return verdict;
}

// Of a run that was ended early.
std::string ended_text(const Told& told, const std::string& how_ended) {
  return fmt::format("{}, {} attempted{}", how_ended, told.attempted(), money_phrase(told.run.check));
}

RunVerdict stalled_verdict(const Told& told) {
  const Config& config = told.run.config;
  RunVerdict verdict{
      Tone::undecided, "STALLED", "no cycle of waits",
      "No thread finished a transfer for that long, yet no threads wait in a circle: a livelock,\n"
      "        a lock that nobody gave back, or a starved machine. It proves nothing about the strategy.",
      "a longer --stall, if transfers are that slow here."};
  if (config.slice >= config.stall) {
    verdict.text = "no wait as long as --slice: no cycle was looked for";
    verdict.why = "A wait is checked for deadlock after --slice, and --stall ended the run before that.";
    verdict.fix = "a --slice below --stall.";
  }
  verdict.text = ended_text(
      told, fmt::format("no transfer by any thread for {} and {}", told.time(config.stall), verdict.text));
  return verdict;
}

// ---- An end by the strategy explained.

// Why, and what to do.
std::pair<std::string, std::string> advice_on(const EndedBy& ended_by) {
  const std::string or_decline = ended_by.role == Role::auditor
                                     ? "."
                                     : "; where the source cannot pay, return TransferOutcome::declined.";
  switch (ended_by.kind) {
    case EndKind::never_came_back:
      if (ended_by.role == Role::unknown)
        return {"Its constructor or destructor never ended, or its process stood still.", ""};
      return {
          "The run was over, and waits for an S::Mutex were called off: this one waits or loops elsewhere, had"
          " written already, or catches everything and goes on.",
          "wait for S::Mutex alone, which the strategy's own locks are too" + or_decline};
    case EndKind::threw:
      return {"Nothing may be thrown out of a transfer or an audit. The other threads were called off.",
              "catch it" + or_decline};
    case EndKind::signal:
      if (!is_fault(ended_by.number))
        return {"Somebody sent it: the strategy, the system, or a person. It says nothing of the locks.", ""};
      return {
          "Memory that is not its own, a full stack, a failed assert, or an exception that nobody could catch.",
          "run it under a debugger, where banksim needs no child process: gdb --args banksim ..."};
    case EndKind::exited:
      return {"An exit ends all threads, and what they did cannot be checked any more.",
              "do not exit" + or_decline};
    case EndKind::memory:
      return {"The accounts, and what the strategy allocates, were more than there is.",
              "fewer --accounts, or a strategy that keeps less."};
  }
  return {};
}

RunVerdict ended_verdict(const Told& told, const char* word) {
  const EndedBy& ended_by = *told.run.ended_by;
  auto [why, fix] = advice_on(ended_by);
  return {Tone::undecided, word, ended_by_text(ended_by, told.unicode) + money_phrase(told.run.check), why,
          fix};
}

// ---- A deadlock explained.

std::string circle_sentence(const std::vector<DeadlockMember>& cycle, std::size_t audits) {
  const std::size_t size = cycle.size();
  if (size == 2 && audits == 0) {
    const Transfer& a = cycle[0].transfer->transfer;
    const Transfer& b = cycle[1].transfer->transfer;
    if (a.from == b.to && a.to == b.from)
      return "Two opposite transfers each took one lock and wait for the other for ever.";
  }
  const auto some = [size](std::size_t count, const std::string& what) {
    if (count <= 1) return count == 0 ? "" : "a " + what;
    return count == 2 && size == 2 ? "two " + what + "s" : counted(count, what);
  };
  std::string they = parts_text({some(audits, "live audit"), some(size - audits, "transfer")}, " and ");
  they[0] = static_cast<char>(std::toupper(they[0]));
  if (size == 1) return they + " asked for a lock that it holds, and waits for itself for ever.";
  if (size == 2) return they + " each hold a lock that the other waits for, for ever.";
  return they + " stand in a circle, each holding what the one before it waits for, for ever.";
}

std::string deadlock_fix(std::string_view current, std::size_t members, std::size_t audits) {
  if (members == 1) return "lock each mutex once: whoever holds it must not ask for it again.";
  // A strategy is not its own way out.
  const char* ordered = current == "ordered" ? "" : " (--strategy ordered)";
  const char* scoped = current == "scoped" ? "" : " (--strategy scoped)";
  if (audits == 0) return fmt::format("lock in one fixed order{} or together{}.", ordered, scoped);
  return fmt::format(
      "let transfers and audits lock in one fixed order{}, or transfers take both locks together{}.", ordered,
      scoped);
}

RunVerdict deadlock_verdict(const Told& told) {
  const RunResult& run = told.run;
  const StrategyEntry* strategy = told.strategy;
  const std::vector<DeadlockMember>& cycle = run.deadlock.value().cycle;
  const auto audits = static_cast<std::size_t>(
      std::ranges::count_if(cycle, [](const DeadlockMember& member) { return !member.transfer; }));
  RunVerdict verdict{Tone::bad, "DEADLOCK",
                     cycle_phrase(told) + ", " +
                         (told.knows_counts() ? counted(run.transfers.done, "transfer") + " done"
                                              : counted(run.transfers.attempted, "transfer") + " attempted")};
  if (!run.check.ok()) verdict.text += money_phrase(run.check);  // right money has its own line below
  // What a strategy claims, it claims of transfers between two accounts.
  const bool claims = strategy != nullptr && strategy->deadlock_free && !run.config.self_transfers;
  verdict.why =
      parts_text({strategy == nullptr ? "" : strategy->how, circle_sentence(cycle, audits),
                  claims ? fmt::format("{} claims that it cannot: that is wrong.", strategy->name) : ""},
                 " ");
  verdict.fix = deadlock_fix(run.config.strategy, cycle.size(), audits);
  return verdict;
}

}  // namespace

std::string Told::attempted() const {
  const std::string attempted = grouped(run.transfers.attempted);
  if (run.config.duration) return counted(run.transfers.attempted, "transfer");
  return attempted + " of " + counted(run.config.transfers, "transfer");
}

std::string planned_text(const PlannedTransfer& planned, bool unicode) {
  const auto& [from, to, amount] = planned.transfer;
  return fmt::format("transfer #{}: {} {} {}, {}", grouped(planned.index), index(from),
                     unicode ? "\u2192" : "->", index(to), grouped(amount));
}

std::string ended_by_text(const EndedBy& ended_by, bool unicode) {
  const bool is_auditor = ended_by.role == Role::auditor, is_known = ended_by.role != Role::unknown;
  const std::string who = is_auditor ? "the auditor"
                          : is_known ? fmt::format("worker {}", index(ended_by.worker))
                                     : "the strategy";
  const std::string what = ended_by.transfer ? planned_text(*ended_by.transfer, unicode) : "an audit";
  const std::string in = !is_known ? "" : is_auditor ? " in " + who : fmt::format(" in {}, {}", who, what);
  std::string thrown = printable(ended_by.thrown);
  if (!unicode)
    std::ranges::replace_if(
        thrown, [](char c) { return (c & 0x80) != 0; }, '?');
  thrown.resize(cut_to(thrown, kLongestThrown).size());
  switch (ended_by.kind) {
    case EndKind::never_came_back:
      return who + " never came back" + (is_known ? " from " + what : "") +
             (ended_by.others > 0 ? "; nor did " + counted(ended_by.others, "other thread") : "");
    case EndKind::threw:
      return fmt::format("{} threw {}{}", who, thrown, is_known ? ", in " + what : "");
    case EndKind::signal:
      return (is_known || is_fault(ended_by.number) ? "the strategy ended the process: "
                                                    : "the process was ended by ") +
             signal_name(ended_by.number) + in;
    case EndKind::exited:
      return fmt::format("the strategy ended the process: exit status {}{}", ended_by.number, in);
    case EndKind::memory:
      return "the system ended the process for want of memory";
  }
  return "";
}

RunVerdict verdict_on(const Told& told) {
  const RunResult& run = told.run;
  switch (run.outcome) {
    case Outcome::deadlock:
      return deadlock_verdict(told);
    case Outcome::stalled:
      return run.ended_by ? ended_verdict(told, "STALLED") : stalled_verdict(told);
    case Outcome::crashed:
      if (run.ended_by) return ended_verdict(told, "CRASHED");
      break;
    case Outcome::timeout:
      return {Tone::undecided, "TIMEOUT", ended_text(told, "stopped after " + told.time(run.config.timeout)),
              "--timeout ended the run before it was complete: no verdict on the rest.",
              run.config.duration ? "a longer --timeout." : "a longer --timeout, or fewer --transfers."};
    case Outcome::interrupted:
      return {Tone::undecided, "INTERRUPTED",
              ended_text(told, signal_text(run.signal) + " after " + told.time(run.elapsed_s)),
              "The run was stopped from outside: no verdict on the rest, which was not run."};
    case Outcome::failed:
    case Outcome::ok:
    case Outcome::violation:
      break;
  }
  return money_verdict(told);
}

}  // namespace banksim
