// The verdict on a run: what it ended with, why, and what helps.
#include "report/explain.hpp"
#include "report/markup.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

namespace banksim {
namespace {

constexpr std::size_t kLongestThrown = 200;  // letters of what a strategy threw

// Signals of a program's own making.
bool is_fault(int signal) {
  static constexpr std::array kFaults{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
  return std::ranges::find(kFaults, signal) != kFaults.end();
}

// One line, whatever it threw.
std::string thrown_text(const EndedBy& ended_by, bool unicode) {
  std::string thrown = printable(ended_by.thrown);
  if (!unicode)
    std::ranges::replace_if(
        thrown, [](char c) { return (c & 0x80) != 0; }, '?');
  return std::string(cut_to(thrown, kLongestThrown));
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

// Of a run that was ended early.
std::string ended_text(const Told& told, const std::string& how_ended) {
  return fmt::format("{}, {} attempted{}", how_ended, told.attempted(), money_phrase(told.run.check));
}

// ---- A run that came to its end.

// One that does not claim to be safe may be lucky, and then its OK says nothing.
RunVerdict ok_verdict(const Told& told) {
  const StrategyEntry* strategy = told.strategy;
  if (strategy == nullptr || (strategy->deadlock_free && strategy->conserves_money))
    return {Tone::good,
            "OK",
            "no money made or lost, no deadlock",
            {strategy == nullptr || strategy->why_safe.empty() ? "" : rule_text(strategy)}};
  const std::string fault = parts_text(
      {{!strategy->deadlock_free, "deadlock"}, {!strategy->conserves_money, "lose money"}}, " and ");
  if (told.run.config.threads == 1 && told.run.config.audit.kind != AuditPolicy::Kind::interval)
    return {Tone::good,
            "OK",
            "no money made or lost, no deadlock",
            {parts_text({strategy->how,
                         fmt::format("One thread alone meets nobody: with more of them it may {}.", fault)},
                        " ")}};
  return {Tone::good,
          "OK",
          fmt::format("this time, by luck: {} can {}", strategy->name, fault),
          {parts_text(
              {strategy->how,
               fmt::format("It does not claim to be safe, so this OK claims nothing: the next run may {}.",
                           fault)},
              " ")},
          fmt::format("banksim --strategy {} --accounts 2 --threads 4 --hold yield", strategy->name)};
}

// As far as what was found says. Where a strategy claims to conserve money nobody knows how it lost some.
std::string cause_of(const Told& told) {
  const Check& check = told.run.check;
  if (check.accounts_wrong > 0 && told.strategy->conserves_money) return "";
  if (check.accounts_wrong > 0 && told.run.config.threads > 1)
    return "Two transfers that change one account at once both read the old balance, and the later write wins: the "
           "other change is lost. Some of these lose money and some make it, so the total may look right.";
  if (check.negative_accounts + check.overdrafts > 0) return "More was taken from an account than it had.";
  if (check.accounts_wrong == 0 && check.audits.wrong > 0)
    return "An audit added up while a transfer had taken from one account and not yet given to the other.";
  return "";
}

RunVerdict violation_verdict(const Told& told) {
  const Check& check = told.run.check;
  const StrategyEntry* strategy = told.strategy;
  RunVerdict verdict{Tone::bad, "VIOLATION", failed_text(check) + ": " + checks_text(check, true)};
  if (told.run.deadlock) verdict.text += "; and a deadlock";
  if (strategy == nullptr) return verdict;
  const bool claims = strategy->conserves_money;
  verdict.advice.why = parts_text(
      {strategy->how, cause_of(told),
       claims ? "It claims to conserve money: that is wrong." : "It does not claim to conserve money."},
      " ");
  if (!claims) verdict.advice.fix = "a strategy that locks both accounts (--strategy ordered).";
  if (check.overdrafts > 0 && check.failed() == 1)
    verdict.advice.fix =
        "ask for the funds and take them under one lock: what another lock showed may be gone.";
  return verdict;
}

// ---- A run that was ended by a limit.

// Threads that keep refusing each other try far more often than those that wait their turn; while somebody holds the
// locks on purpose, either do.
std::string livelock_text(const RunResult& run) {
  constexpr double kMany = 1000;
  const double tries =
      static_cast<double>(run.locks.try_failed) / std::max(1.0, static_cast<double>(run.transfers.attempted));
  if (tries < kMany || run.config.hold.spin.count() > 0) return "";
  return fmt::format(
      "Threads keep refusing each other, a livelock: {} refused try_lock calls, {} for each transfer.",
      grouped(run.locks.try_failed), si_number(tries));
}
constexpr const char* kLivelockFix =
    "wait for the first lock while holding none, or lock in one fixed order (--strategy ordered).";

RunVerdict stalled_verdict(const Told& told) {
  const Config& config = told.run.config;
  const bool had_no_look = config.slice >= config.stall;
  RunVerdict verdict{
      Tone::undecided,
      "STALLED",
      ended_text(told, fmt::format("no transfer by any thread for {} and {}", told.time(config.stall),
                                   had_no_look ? "no wait as long as --slice: no cycle was looked for"
                                               : "no cycle of waits")),
      {livelock_text(told.run), kLivelockFix}};
  if (had_no_look) {
    verdict.advice.why =
        "A wait is checked for deadlock after --slice, and --stall ended the run before that.";
    verdict.advice.fix = "a --slice below --stall.";
  } else if (verdict.advice.why.empty()) {
    verdict.advice.why =
        "No thread finished a transfer for that long, yet no threads wait in a cycle: a livelock,\n"
        "        a lock that nobody gave back, or a starved machine. It proves nothing about the strategy.";
    verdict.advice.fix = "a longer --stall, if transfers are that slow here.";
  }
  return verdict;
}

RunVerdict timeout_verdict(const Told& told) {
  Advice advice{livelock_text(told.run), kLivelockFix};
  if (advice.why.empty())
    advice = {"--timeout ended the run before it was complete: no verdict on the rest.",
              told.run.config.duration ? "a longer --timeout." : "a longer --timeout, or fewer --transfers."};
  return {Tone::undecided, "TIMEOUT", ended_text(told, "stopped after " + told.time(told.run.config.timeout)),
          advice};
}

// ---- A deadlock.

RunVerdict deadlock_verdict(const Told& told) {
  const RunResult& run = told.run;
  const StrategyEntry* strategy = told.strategy;
  const auto& [after_s, cycle, behind, auditor] = run.deadlock.value();
  const bool with_auditor = std::ranges::any_of(cycle, &DeadlockMember::is_auditor);
  RunVerdict verdict{
      Tone::bad, "DEADLOCK",
      fmt::format("{} after {}, {}",
                  cycle.size() == 1 ? "a thread waits for itself,"
                                    : fmt::format("a cycle of {} threads{}", cycle.size(),
                                                  with_auditor ? ", one of them the auditor," : ""),
                  told.time(after_s),
                  told.knows_counts() ? counted(run.transfers.done, "transfer") + " done"
                                      : counted(run.transfers.attempted, "transfer") + " attempted")};
  if (!run.check.ok()) verdict.text += money_phrase(run.check);  // right money has its own line below
  verdict.advice = cycle_advice(cycle, run.config.threads, run.config.strategy);
  if (strategy == nullptr) return verdict;
  // What a strategy claims, it claims of transfers between two accounts.
  const bool claims = strategy->deadlock_free && !run.config.self_transfers;
  const std::string wrong = fmt::format("{} claims that it cannot deadlock: that is wrong.", strategy->name);
  verdict.advice.why = parts_text({strategy->how, verdict.advice.why, {claims, wrong}}, " ");
  return verdict;
}

}  // namespace

std::string Told::attempted() const {
  const std::string attempted = grouped(run.transfers.attempted);
  if (run.config.duration) return counted(run.transfers.attempted, "transfer");
  return attempted + " of " + counted(run.config.transfers, "transfer");
}

std::string checks_text(const Check& check, bool failed) {
  const bool total = check.total_is_wrong(), ledger = check.accounts_wrong > 0;
  return parts_text(
      {{total == failed,
        ledger && !total ? "the total, in which the differences of the accounts cancel out" : "the total"},
       {ledger == failed, "the ledger"},
       {(check.negative_accounts + check.overdrafts > 0) == failed,
        failed ? "balances below zero" : "no balance below zero"},
       {check.attempts_agree != failed, "the count of attempts"},
       {check.audits.audits > 0 && (check.audits.wrong > 0) == failed, "live audits"}});
}

EndWords end_words(const EndedBy& ended_by, bool unicode) {
  const bool is_auditor = ended_by.role == Role::auditor, is_known = ended_by.role != Role::unknown;
  const std::string who = is_auditor ? "the auditor"
                          : is_known ? fmt::format("worker {}", index(ended_by.worker))
                                     : "the strategy";
  const std::string what =
      ended_by.transfer ? "moving " + move_text(ended_by.transfer->transfer) : "an audit";
  const std::string as_it = (ended_by.transfer ? "while " : "in ") + what;
  const std::string in = !is_known ? "" : " in " + (is_auditor ? who : who + ", " + as_it);
  const std::string or_decline =
      is_auditor ? "." : "; where the source cannot pay, return TransferOutcome::declined.";
  switch (ended_by.kind) {
    case EndKind::never_came_back: {
      const std::string others =
          ended_by.others > 0 ? "; nor did " + counted(ended_by.others, "other thread") : "";
      if (!is_known)
        return {who + " never came back" + others,
                {"Its constructor or destructor never ended, or its process stood still."}};
      return {
          who + " never came back from " + what + others,
          {"The run was over, and waits for an S::Mutex were called off: this one waits or loops elsewhere, had"
           " written already, or catches everything and goes on.",
           "wait for S::Mutex alone, which the strategy's own locks are too" + or_decline}};
    }
    case EndKind::threw:
      return {fmt::format("{} threw {}{}", who, thrown_text(ended_by, unicode), is_known ? ", " + as_it : ""),
              {"Nothing may be thrown out of a transfer or an audit. The other threads were called off.",
               "catch it" + or_decline}};
    case EndKind::signal:
      if (!is_fault(ended_by.number))
        return {(is_known ? "the strategy ended the process: " : "the process was ended by ") +
                    signal_name(ended_by.number) + in,
                {"Somebody sent it: the strategy, the system, or a person. It says nothing of the locks."}};
      return {
          "the strategy ended the process: " + signal_name(ended_by.number) + in,
          {"Memory that is not its own, a full stack, a failed assert, or an exception that nobody could catch.",
           "run it under a debugger, where banksim needs no child process: gdb --args banksim ..."}};
    case EndKind::exited:
      return {fmt::format("the strategy ended the process: exit status {}{}", ended_by.number, in),
              {"An exit ends all threads, and what they did cannot be checked any more.",
               "do not exit" + or_decline}};
    case EndKind::memory:
      return {"the system ended the process for want of memory",
              {"The accounts, and what the strategy allocates, were more than there is.",
               "fewer --accounts, or a strategy that keeps less."}};
  }
  return {};
}

RunVerdict verdict_on(const Told& told) {
  const RunResult& run = told.run;
  if (run.outcome == Outcome::deadlock) return deadlock_verdict(told);
  if (run.outcome == Outcome::timeout) return timeout_verdict(told);
  if (run.outcome == Outcome::interrupted)
    return {Tone::undecided,
            "INTERRUPTED",
            ended_text(told, signal_text(run.signal) + " after " + told.time(run.elapsed_s)),
            {"The run was stopped from outside: no verdict on the rest, which was not run."}};
  const bool is_stalled = run.outcome == Outcome::stalled;
  if (run.ended_by && (is_stalled || run.outcome == Outcome::crashed)) {
    const auto [text, advice] = end_words(*run.ended_by, told.unicode);
    return {Tone::undecided, is_stalled ? "STALLED" : "CRASHED", text + money_phrase(run.check), advice};
  }
  if (is_stalled) return stalled_verdict(told);
  if (!run.check.performed)
    return {Tone::undecided, "NOT CHECKED", "nothing was checked, so nothing is claimed"};
  return run.check.failed() == 0 ? ok_verdict(told) : violation_verdict(told);
}

}  // namespace banksim
