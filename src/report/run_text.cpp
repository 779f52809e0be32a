// One run for people: a heading, the measurements, a verdict, and what is behind it.
#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>
#include <vector>

namespace banksim {
namespace {

constexpr std::size_t kNamedWaiters = 8;          // of those behind a cycle; the JSON names them all
constexpr std::size_t kLargestExploredCycle = 4;  // the search grows exponentially

// ---- Heading: what was run. Besides the sizes, whatever changes the workload from its default.

std::string heading(const Config& config, bool unicode) {
  const Config usual;
  const std::string what = parts_text({
      {true, counted(config.threads, "thread")},
      {true, counted(config.accounts, "account")},
      {!config.duration, counted(config.transfers, "transfer")},
      {config.duration.has_value(),
       "for " + duration_text(config.duration.value_or(nanoseconds{0}), unicode)},
      {config.access.kind != usual.access.kind, "access " + config.access.to_string()},
      {config.balance.size() > 1, fmt::format("balances dealt from a list of {}", config.balance.size())},
      {config.balance.size() == 1 && config.balance != usual.balance,
       "balance " + grouped(config.balance.front())},
      {config.min_amount != usual.min_amount || config.max_amount != usual.max_amount,
       fmt::format("amounts {} to {}", grouped(config.min_amount), grouped(config.max_amount))},
      {config.hold.yield, "hold yield"},
      {config.hold.spin.count() > 0, "hold " + duration_text(config.hold.spin, unicode)},
      {config.think.count() > 0, "think " + duration_text(config.think, unicode)},
      {config.audit.kind == AuditPolicy::Kind::off, "no live audits"},
      {config.audit.kind == AuditPolicy::Kind::each, "an audit after each transfer"},
  });
  return fmt::format("{}: {}, seed {}\n", config.strategy, what, config.seed);
}

// ---- The table of measurements.

std::string throughput_text(const RunResult& run, bool unicode) {
  const auto& [attempted, done, declined, cancelled] = run.transfers;
  return fmt::format("{:<23}", si_number(run.throughput_per_s()) + " transfers/s") +
         parts_text({{true, grouped(done) + " done"},
                     {declined > 0, grouped(declined) + " declined (insufficient funds)"},
                     {cancelled > 0, grouped(cancelled) + " cancelled"},
                     {true, duration_text(run.elapsed_s, unicode)},
                     {run.machine.paused_s > 0, "paused " + duration_text(run.machine.paused_s, unicode)}});
}

std::string latency_text(const RunResult& run, bool unicode) {
  const LatencyHistogram& latency = run.latency;
  if (latency.count() == 0) return "not measured";
  const auto time_text = [unicode](std::uint64_t ns) {
    return duration_text(static_cast<double>(ns) * 1e-9, unicode);
  };
  std::string text;
  for (const Percentile& percentile : kPercentiles)
    text += fmt::format("{} {}   ", percentile.label, time_text(latency.quantile_ns(percentile.fraction)));
  // As it came out: a short run times more than its sample.
  const double one_in =
      std::round(static_cast<double>(run.transfers.attempted) / static_cast<double>(latency.count()));
  return fmt::format("{}max {}   ({} timed)", text, time_text(latency.max_ns()),
                     one_in > 1 ? fmt::format("1 in {:.0f}", one_in) : "all");
}

std::string contention_text(const RunResult& run) {
  const LockStats& locks = run.locks;
  if (locks.acquired == 0 && locks.contended == 0 && locks.try_failed == 0) return "no locks taken";
  const double share = static_cast<double>(locks.contended) / static_cast<double>(locks.acquired);
  return parts_text({{locks.acquired > 0, fmt::format("{} of {} lock acquisitions waited",
                                                      percent_text(share), grouped(locks.acquired))},
                     {locks.acquired == 0, "no lock acquired"},
                     {locks.acquired == 0, grouped(locks.contended) + " waited for one"},
                     {!run.waits_for_cpu(), percent_text(run.waiting_share()) + " of worker time"},
                     {run.waits_for_cpu(), "mostly for a holder without a CPU"},
                     {locks.try_failed > 0, grouped(locks.try_failed) + " try_lock refused"}});
}

std::string money_text(const Check& check) {
  const AuditLog& audits = check.audits;
  const auto of = [](std::uint64_t wrong, std::uint64_t all) {
    return fmt::format("{} of {}", grouped(all - wrong), grouped(all));
  };
  return parts_text(
      {{!check.performed, "not checked"},
       {check.performed, grouped(check.total_expected) + " before, " + grouped(check.total_found) + " after"},
       {check.performed, of(check.accounts_wrong, check.accounts_checked) + " accounts match their ledger"},
       {check.negative_accounts > 0, grouped(check.negative_accounts) + " below zero"},
       {check.performed && audits.audits > 0, of(audits.wrong, audits.audits) + " live audits right"}},
      "; ");
}

std::string measurements(const RunResult& run, bool unicode) {
  return labelled("Throughput", 14, throughput_text(run, unicode)) +
         labelled("Latency", 14, latency_text(run, unicode)) +
         labelled("Contention", 14, contention_text(run)) +
         labelled("Fairness", 14,
                  fmt::format("{:.2f} (1 = all had done the same when the first was done)",
                              run.fairness.jain_index)) +
         labelled("Money", 14, money_text(run.check));
}

// ---- The verdict: one line that says it all, and what to make of it.

struct RunVerdict {
  Tone tone;
  const char* word;
  std::string text;
  std::string why = {};
  std::string fix = {};
  std::string see = {};
};

// An exploration that shows more. A strategy that is not in the registry cannot be explored.
std::string exploration_of(const StrategyEntry* strategy, const std::string& options = "") {
  return strategy == nullptr ? "" : fmt::format("banksim explore --strategy {}{}", strategy->name, options);
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

std::string cycle_phrase(const Deadlock& deadlock, bool unicode) {
  const std::size_t members = deadlock.cycle.size();
  const std::string after = " after " + duration_text(deadlock.detected_after_s, unicode);
  if (members == 1) return "a thread waits for itself," + after;
  return fmt::format("a cycle of {} threads{}", members, after);
}

RunVerdict money_verdict(const RunResult& run, const StrategyEntry* strategy, bool unicode) {
  const Check& check = run.check;
  if (!check.performed) return {Tone::undecided, "NOT CHECKED", "nothing was checked, so nothing is claimed"};
  if (check.failed() == 0) return {Tone::good, "OK", "no money made or lost, no deadlock"};
  std::string text = failed_text(check) + ": " +
                     parts_text({{check.total_found != check.total_expected, "the total"},
                                 {check.accounts_wrong > 0, "the ledger"},
                                 {check.negative_accounts > 0, "balances below zero"},
                                 {!check.attempts_agree, "the count of attempts"},
                                 {check.audits.wrong > 0, "live audits"}});
  if (run.deadlock) text += "; and a deadlock: " + cycle_phrase(*run.deadlock, unicode);
  if (strategy == nullptr) return {Tone::bad, "VIOLATION", text};
  const bool claims = strategy->conserves_money;
  const char* claim =
      claims ? "It claims to conserve money: that is wrong." : "It does not claim to conserve money.";
  return {Tone::bad, "VIOLATION", text, fmt::format("{} {}", strategy->how, claim),
          claims ? "" : "a strategy that locks both accounts (--strategy ordered).",
          // Where the audits alone are wrong, only an explored audit will show it.
          exploration_of(strategy, check.audits.wrong > 0 && check.failed() == 1 ? " --auditor" : "")};
}

// Of a run that was ended early.
std::string ended_text(const RunResult& run, const std::string& how_ended) {
  const std::uint64_t attempted = run.transfers.attempted;
  const std::string how_many = run.config.duration ? counted(attempted, "transfer")
                                                   : fmt::format("{} of {}", grouped(attempted),
                                                                 counted(run.config.transfers, "transfer"));
  return fmt::format("{}, {} attempted{}", how_ended, how_many, money_phrase(run.check));
}

RunVerdict stalled_verdict(const RunResult& run, const StrategyEntry* strategy, bool unicode) {
  const Config& config = run.config;
  const bool looked = config.slice < config.stall;
  return {
      Tone::undecided,
      "STALLED",
      ended_text(
          run,
          fmt::format("no transfer by any thread for {} and {}", duration_text(config.stall, unicode),
                      looked ? "no cycle of waits" : "no wait as long as --slice: no cycle was looked for")),
      looked ? "No thread finished a transfer for that long, yet no threads wait in a circle: a livelock,\n"
               "        a lock that nobody gave back, or a starved machine. It proves nothing "
               "about the strategy."
             : "A wait is checked for deadlock after --slice, and --stall ended the run before that.",
      looked ? "a longer --stall, if transfers are that slow here." : "a --slice below --stall.",
      exploration_of(strategy)};
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
    if (count == 1) return "a " + what;
    return count == 2 && size == 2 ? "two " + what + "s" : counted(count, what);
  };
  std::string they = parts_text(
      {{audits > 0, some(audits, "live audit")}, {audits < size, some(size - audits, "transfer")}}, " and ");
  they[0] = static_cast<char>(std::toupper(they[0]));
  if (size == 1) return they + " asked for a lock that it holds, and waits for itself for ever.";
  if (size == 2) return they + " each hold a lock that the other waits for, for ever.";
  return they + " stand in a circle, each holding what the one before it waits for, for ever.";
}

std::string deadlock_fix(std::string_view current, std::size_t members, std::size_t audits) {
  if (members == 1) return "lock each mutex once: whoever holds it must not ask for it again.";
  // A strategy is not its own way out.
  const std::string ordered = current == "ordered" ? "" : " (--strategy ordered)";
  const std::string scoped = current == "scoped" ? "" : " (--strategy scoped)";
  if (audits == 0) return fmt::format("lock in one fixed order{} or together{}.", ordered, scoped);
  return fmt::format(
      "let transfers and audits lock in one fixed order{}, or transfers take both locks together{}.", ordered,
      scoped);
}

RunVerdict deadlock_verdict(const RunResult& run, const StrategyEntry* strategy, bool unicode) {
  const Deadlock& deadlock = run.deadlock.value();
  const std::vector<DeadlockMember>& cycle = deadlock.cycle;
  const auto audits = static_cast<std::size_t>(
      std::ranges::count_if(cycle, [](const DeadlockMember& member) { return !member.transfer; }));
  std::string why = circle_sentence(cycle, audits);
  if (strategy != nullptr) why = fmt::format("{} {}", strategy->how, why);
  if (strategy != nullptr && strategy->deadlock_free)
    why += fmt::format(" {} claims that it cannot: that is wrong.", strategy->name);
  // The smallest bank that can show such a cycle; the explorer's defaults show one of two.
  const std::size_t size = std::min(cycle.size(), kLargestExploredCycle);
  std::string options = size > 2 ? fmt::format(" --threads {0} --accounts {0}", size) : "";
  if (audits > 0) options += " --auditor";
  return {
      Tone::bad,
      "DEADLOCK",
      fmt::format("{}, {} done{}", cycle_phrase(deadlock, unicode), counted(run.transfers.done, "transfer"),
                  run.check.ok() ? "" : money_phrase(run.check)),  // right money has its own line below
      why,
      deadlock_fix(run.config.strategy, cycle.size(), audits),
      exploration_of(strategy, options)};
}

RunVerdict verdict_on(const RunResult& run, const StrategyEntry* strategy, bool unicode) {
  switch (run.outcome) {
    case Outcome::deadlock:
      return deadlock_verdict(run, strategy, unicode);
    case Outcome::stalled:
      return stalled_verdict(run, strategy, unicode);
    case Outcome::timeout:
      return {Tone::undecided, "TIMEOUT",
              ended_text(run, "stopped after " + duration_text(run.config.timeout, unicode)),
              "--timeout ended the run before it was complete: no verdict on the rest.",
              run.config.duration ? "a longer --timeout." : "a longer --timeout, or fewer --transfers."};
    case Outcome::interrupted:
      return {Tone::undecided, "INTERRUPTED",
              ended_text(run, signal_text(run.signal) + " after " + duration_text(run.elapsed_s, unicode)),
              "The run was stopped from outside: no verdict on the rest, which was not run."};
    case Outcome::ok:
    case Outcome::violation:
      break;
  }
  return money_verdict(run, strategy, unicode);
}

// ---- What is behind it.

std::string waiter_name(WorkerId id, const Config& config) {
  return index(id) < config.threads ? fmt::format("worker {}", index(id)) : "the auditor";
}

std::string mutex_name(AccountId account) {
  return account == kNoAccount ? "the strategy's own lock" : fmt::format("account {}", index(account));
}

std::string errand(const DeadlockMember& member, bool unicode) {
  if (!member.transfer) return "live audit";
  const auto& [index_in_plan, transfer] = *member.transfer;
  return fmt::format("transfer #{}: {} {} {}, {}", grouped(index_in_plan), index(transfer.from),
                     unicode ? "\u2192" : "->", index(transfer.to), grouped(transfer.amount));
}

std::string cycle_text(const Deadlock& deadlock, const Config& config, bool unicode) {
  Table table({{}, {.gap = 3}, {.gap = 3}, {.gap = 3}}, 2);
  for (const DeadlockMember& member : deadlock.cycle) {
    const auto& [waiter, holds, waits_for, held_by] = member.edge;
    const std::string holder = held_by == waiter ? "itself" : waiter_name(held_by, config);
    table.add({waiter_name(waiter, config), "holds " + mutex_name(holds),
               fmt::format("waits for {} (held by {})", mutex_name(waits_for), holder),
               errand(member, unicode)});
  }
  std::vector<std::string> behind;
  for (const WorkerId worker : deadlock.blocked_workers) behind.push_back(waiter_name(worker, config));
  if (behind.size() > kNamedWaiters) {
    const std::string rest = "and " + counted(behind.size() - kNamedWaiters, "more worker");
    behind.resize(kNamedWaiters);
    behind.push_back(rest);
  }
  if (deadlock.auditor_blocked) behind.push_back("the auditor");
  const std::string text = '\n' + table.lines();
  return behind.empty() ? text
                        : text + fmt::format("  also blocked behind it: {}\n", fmt::join(behind, ", "));
}

std::string compared(Money expected, Money found) {
  const Money difference = found - expected;
  return fmt::format("expected {}, found {}, difference {}{}", grouped(expected), grouped(found),
                     difference > Money{0} ? "+" : "", grouped(difference));
}

std::string money_findings(const Check& check) {
  if (!check.performed || check.failed() == 0) return "";
  std::string text = "\n";
  const auto add = [&text](std::string_view label, std::string_view what) {
    text += labelled(label, 14, what);
  };
  const auto add_account = [&add](std::string_view label, const WrongAccount& wrong) {
    add(label, fmt::format("account {}: {}", index(wrong.account), compared(wrong.expected, wrong.found)));
  };
  if (check.first_wrong && check.worst) {
    const bool is_one = check.first_wrong == check.worst;
    const char* which = !is_one ? "First wrong" : check.accounts_wrong == 1 ? "Wrong" : "First, worst";
    add_account(which, *check.first_wrong);
    if (!is_one) add_account("Worst", *check.worst);
  }
  if (check.total_found != check.total_expected)
    add("Total", compared(check.total_expected, check.total_found));
  if (check.negative_accounts > 0) add("Below zero", counted(check.negative_accounts, "account"));
  if (!check.attempts_agree)
    add("Attempts", "what the workers counted and what the replay of the plan counts differ");
  if (const AuditLog& audits = check.audits; audits.wrong > 0) {
    const auto& first = audits.first_wrong_total;
    add("Live audits", fmt::format("{} of {} wrong{}", grouped(audits.wrong), grouped(audits.audits),
                                   first ? "; the first: " + compared(check.total_expected, *first) : ""));
  }
  return text;
}

}  // namespace

std::string run_text(const RunResult& run, const TextStyle& style) {
  const StrategyEntry* strategy = find_strategy(run.config.strategy);
  const RunVerdict verdict = verdict_on(run, strategy, style.unicode);
  const std::string line = verdict_line(verdict.word, verdict.tone, verdict.text, style);
  if (style.quiet) return line;
  // A deadlocked run was over before its measurements could mean anything.
  const bool deadlocked = run.outcome == Outcome::deadlock;
  std::string text = heading(run.config, style.unicode) + '\n';
  if (!deadlocked) text += measurements(run, style.unicode) + '\n';
  text += line;
  // A run can end in a deadlock and have lost money as well; the outcome names only one.
  if (run.deadlock) text += cycle_text(*run.deadlock, run.config, style.unicode);
  text += money_findings(run.check);
  if (!verdict.why.empty()) text += '\n' + labelled("Why", 6, verdict.why);
  text += labelled("Fix", 6, verdict.fix) + labelled("See", 6, verdict.see);
  if (deadlocked) text += labelled("Money", 6, money_text(run.check));
  return wrapped(text, style.columns);
}

}  // namespace banksim
