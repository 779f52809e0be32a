// One run for people: a heading, the measurements, a verdict, and what is behind it.
#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <tuple>
#include <vector>

namespace banksim {
namespace {

constexpr std::size_t kNamedWaiters = 8;          // of those behind a cycle; the JSON names them all
constexpr std::size_t kLargestExploredCycle = 4;  // the search grows exponentially

// A run, and what all that is said of it needs.
struct Told {
  const RunResult& run;
  bool unicode;
  const StrategyEntry* strategy = find_strategy(run.config.strategy);  // null: nobody knows it

  std::string time(auto value) const { return duration_text(value, unicode); }
};

// What was run: the sizes, and whatever changes the workload from its default.
std::string heading(const Told& told) {
  const Config& config = told.run.config;
  const Config usual;
  const auto& [kind, interval] = config.audit;
  const std::string amounts =
      fmt::format("amounts {} to {}", grouped(config.min_amount), grouped(config.max_amount));
  return config.strategy + ": " +
         parts_text(
             {counted(config.threads, "thread"),
              counted(config.accounts, "account"),
              config.duration ? "for " + told.time(*config.duration) : counted(config.transfers, "transfer"),
              {config.access.kind != usual.access.kind, "access " + config.access.to_string()},
              {config.balance.size() > 1,
               fmt::format("balances dealt from a list of {}", config.balance.size())},
              {config.balance.size() == 1 && config.balance != usual.balance,
               "balance " + grouped(config.balance[0])},
              {config.min_amount != usual.min_amount || config.max_amount != usual.max_amount, amounts},
              {config.hold.yield, "hold yield"},
              {config.hold.spin.count() > 0, "hold " + told.time(config.hold.spin)},
              {config.think.count() > 0, "think " + told.time(config.think)},
              {kind == AuditPolicy::Kind::off, "no live audits"},
              {kind == AuditPolicy::Kind::each, "an audit after each transfer"},
              fmt::format("seed {}\n", config.seed)});
}

// ---- The measurements.

std::string throughput_text(const Told& told) {
  const auto& [attempted, done, declined, cancelled] = told.run.transfers;
  return fmt::format("{:<23}", si_number(told.run.throughput_per_s()) + " transfers/s") +
         parts_text({grouped(done) + " done",
                     {declined > 0, grouped(declined) + " declined (insufficient funds)"},
                     {cancelled > 0, grouped(cancelled) + " cancelled"},
                     told.time(told.run.elapsed_s),
                     {told.run.machine.paused_s > 0, "paused " + told.time(told.run.machine.paused_s)}});
}

std::string latency_text(const Told& told) {
  const LatencyHistogram& latency = told.run.latency;
  if (latency.count() == 0) return "not measured";
  std::string text;
  for (const Percentile& percentile : kPercentiles)
    text += fmt::format("{} {}   ", percentile.label,
                        told.time(nanoseconds(latency.quantile_ns(percentile.fraction))));
  // As it came out: a short run times more than its sample.
  const double one_in =
      std::round(static_cast<double>(told.run.transfers.attempted) / static_cast<double>(latency.count()));
  return fmt::format("{}max {}   ({} timed)", text, told.time(nanoseconds(latency.max_ns())),
                     one_in > 1 ? fmt::format("1 in {:.0f}", one_in) : "all");
}

std::string contention_text(const RunResult& run) {
  const auto& [acquired, contended, refused, wait_ns] = run.locks;
  if (acquired + contended + refused == 0) return "no locks taken";
  const std::string share = percent_text(static_cast<double>(contended) / static_cast<double>(acquired));
  return parts_text(
      {{acquired > 0, fmt::format("{} of {} lock acquisitions waited", share, grouped(acquired))},
       {acquired == 0, fmt::format("no lock acquired, {} waited for one", grouped(contended))},
       run.waits_for_cpu() ? "mostly for a holder without a CPU"
                           : percent_text(run.waiting_share()) + " of worker time",
       {refused > 0, grouped(refused) + " try_lock refused"}});
}

std::string money_text(const Check& check) {
  if (!check.performed) return "not checked";
  const auto of = [](std::uint64_t wrong, std::uint64_t all) {
    return fmt::format("{} of {}", grouped(all - wrong), grouped(all));
  };
  const auto& [audits, wrong_audits] = std::tie(check.audits.audits, check.audits.wrong);
  return parts_text({grouped(check.total_expected) + " before, " + grouped(check.total_found) + " after",
                     of(check.accounts_wrong, check.accounts_checked) + " accounts match their ledger",
                     {check.negative_accounts > 0, grouped(check.negative_accounts) + " below zero"},
                     {audits > 0, of(wrong_audits, audits) + " live audits right"}},
                    "; ");
}

std::string measurements(const Told& told) {
  const std::string fairness =
      fmt::format("{:.2f} (1 = all had done the same when the first was done)", told.run.fairness.jain_index);
  return block(14, {{"Throughput", throughput_text(told)},
                    {"Latency", latency_text(told)},
                    {"Contention", contention_text(told.run)},
                    {"Fairness", fairness},
                    {"Money", money_text(told.run.check)}});
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
std::string exploration_of(const Told& told, const std::string& options = "") {
  if (told.strategy == nullptr) return "";
  return fmt::format("banksim explore --strategy {}{}", told.strategy->name, options);
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
  const std::string failed = parts_text({{check.total_found != check.total_expected, "the total"},
                                         {check.accounts_wrong > 0, "the ledger"},
                                         {check.negative_accounts > 0, "balances below zero"},
                                         {!check.attempts_agree, "the count of attempts"},
                                         {check.audits.wrong > 0, "live audits"}});
  RunVerdict verdict{Tone::bad, "VIOLATION", failed_text(check) + ": " + failed};
  if (told.run.deadlock) verdict.text += "; and a deadlock: " + cycle_phrase(told);
  if (strategy == nullptr) return verdict;
  verdict.why = fmt::format("{} It {} to conserve money{}", strategy->how,
                            strategy->conserves_money ? "claims" : "does not claim",
                            strategy->conserves_money ? ": that is wrong." : ".");
  if (!strategy->conserves_money) verdict.fix = "a strategy that locks both accounts (--strategy ordered).";
  // Where the audits alone are wrong, only an explored audit will show it.
  verdict.see = exploration_of(told, check.audits.wrong > 0 && check.failed() == 1 ? " --auditor" : "");
  return verdict;
}

// Of a run that was ended early.
std::string ended_text(const RunResult& run, const std::string& how_ended) {
  const std::uint64_t attempted = run.transfers.attempted;
  const std::string how_many = run.config.duration ? counted(attempted, "transfer")
                                                   : fmt::format("{} of {}", grouped(attempted),
                                                                 counted(run.config.transfers, "transfer"));
  return fmt::format("{}, {} attempted{}", how_ended, how_many, money_phrase(run.check));
}

RunVerdict stalled_verdict(const Told& told) {
  const Config& config = told.run.config;
  RunVerdict verdict{
      Tone::undecided,
      "STALLED",
      "no cycle of waits",
      "No thread finished a transfer for that long, yet no threads wait in a circle: a livelock,\n"
      "        a lock that nobody gave back, or a starved machine. It proves nothing about the strategy.",
      "a longer --stall, if transfers are that slow here.",
      exploration_of(told)};
  if (config.slice >= config.stall) {
    verdict.text = "no wait as long as --slice: no cycle was looked for";
    verdict.why = "A wait is checked for deadlock after --slice, and --stall ended the run before that.";
    verdict.fix = "a --slice below --stall.";
  }
  verdict.text = ended_text(told.run, fmt::format("no transfer by any thread for {} and {}",
                                                  told.time(config.stall), verdict.text));
  return verdict;
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
                     fmt::format("{}, {} done", cycle_phrase(told), counted(run.transfers.done, "transfer"))};
  if (!run.check.ok()) verdict.text += money_phrase(run.check);  // right money has its own line below
  const bool claims = strategy != nullptr && strategy->deadlock_free;
  verdict.why =
      parts_text({strategy == nullptr ? "" : strategy->how, circle_sentence(cycle, audits),
                  claims ? fmt::format("{} claims that it cannot: that is wrong.", strategy->name) : ""},
                 " ");
  verdict.fix = deadlock_fix(run.config.strategy, cycle.size(), audits);
  // The smallest bank that can show such a cycle; the explorer's defaults show one of two.
  const std::size_t size = std::min(cycle.size(), kLargestExploredCycle);
  verdict.see = exploration_of(told, (size > 2 ? fmt::format(" --threads {0} --accounts {0}", size) : "") +
                                         (audits > 0 ? " --auditor" : ""));
  return verdict;
}

RunVerdict verdict_on(const Told& told) {
  const RunResult& run = told.run;
  switch (run.outcome) {
    case Outcome::deadlock:
      return deadlock_verdict(told);
    case Outcome::stalled:
      return stalled_verdict(told);
    case Outcome::timeout:
      return {Tone::undecided, "TIMEOUT", ended_text(run, "stopped after " + told.time(run.config.timeout)),
              "--timeout ended the run before it was complete: no verdict on the rest.",
              run.config.duration ? "a longer --timeout." : "a longer --timeout, or fewer --transfers."};
    case Outcome::interrupted:
      return {Tone::undecided, "INTERRUPTED",
              ended_text(run, signal_text(run.signal) + " after " + told.time(run.elapsed_s)),
              "The run was stopped from outside: no verdict on the rest, which was not run."};
    case Outcome::crashed:
    case Outcome::failed:
    case Outcome::ok:
    case Outcome::violation:
      break;
  }
  return money_verdict(told);
}

// ---- What is behind it.

std::string cycle_text(const Told& told) {
  const Deadlock& deadlock = *told.run.deadlock;
  const auto waiter = [&told](WorkerId id) {
    return index(id) < told.run.config.threads ? fmt::format("worker {}", index(id)) : "the auditor";
  };
  const auto mutex = [](AccountId account) {
    return account == kNoAccount ? "the strategy's own lock" : fmt::format("account {}", index(account));
  };
  Table table({{}, {.gap = 3}, {.gap = 3}, {.gap = 3}}, 2);
  for (const auto& [edge, is_auditor, errand] : deadlock.cycle)
    table.add({waiter(edge.waiter), "holds " + mutex(edge.holds),
               fmt::format("waits for {} (held by {})", mutex(edge.waits_for),
                           edge.held_by == edge.waiter ? "itself" : waiter(edge.held_by)),
               errand ? fmt::format("transfer #{}: {} {} {}, {}", grouped(errand->index),
                                    index(errand->transfer.from), told.unicode ? "\u2192" : "->",
                                    index(errand->transfer.to), grouped(errand->transfer.amount))
                      : "live audit"});
  std::vector<std::string> behind;
  for (const WorkerId worker : deadlock.blocked_workers) behind.push_back(waiter(worker));
  if (behind.size() > kNamedWaiters) {
    const std::string rest = "and " + counted(behind.size() - kNamedWaiters, "more worker");
    behind.resize(kNamedWaiters);
    behind.push_back(rest);
  }
  if (deadlock.auditor_blocked) behind.push_back("the auditor");
  return '\n' + table.lines() +
         (behind.empty() ? "" : fmt::format("  also blocked behind it: {}\n", fmt::join(behind, ", ")));
}

std::string compared(Money expected, Money found) {
  const Money difference = found - expected;
  return fmt::format("expected {}, found {}, difference {}{}", grouped(expected), grouped(found),
                     difference > Money{0} ? "+" : "", grouped(difference));
}

std::string money_findings(const Check& check) {
  if (!check.performed || check.failed() == 0) return "";
  const auto account = [](const std::optional<WrongAccount>& wrong) {
    if (!wrong) return std::string();
    return fmt::format("account {}: {}", index(wrong->account), compared(wrong->expected, wrong->found));
  };
  const bool is_one = check.first_wrong == check.worst, is_only = is_one && check.accounts_wrong == 1;
  const auto& first_audit = check.audits.first_wrong_total;
  const std::string audits =
      fmt::format("{} of {} wrong{}", grouped(check.audits.wrong), grouped(check.audits.audits),
                  first_audit ? "; the first: " + compared(check.total_expected, *first_audit) : "");
  const char* attempts = "what the workers counted and what the replay of the plan counts differ";
  return '\n' + block(14, {{is_only  ? "Wrong"
                            : is_one ? "First, worst"
                                     : "First wrong",
                            account(check.first_wrong)},
                           {"Worst", {!is_one, account(check.worst)}},
                           {"Total",
                            {check.total_found != check.total_expected,
                             compared(check.total_expected, check.total_found)}},
                           {"Below zero",
                            {check.negative_accounts > 0, counted(check.negative_accounts, "account")}},
                           {"Attempts", {!check.attempts_agree, attempts}},
                           {"Live audits", {check.audits.wrong > 0, audits}}});
}

}  // namespace

std::string run_text(const RunResult& run, const TextStyle& style) {
  const Told told{run, style.unicode};
  const RunVerdict verdict = verdict_on(told);
  const std::string line = verdict_line(verdict.word, verdict.tone, verdict.text, style);
  if (style.quiet) return line;
  // A deadlocked run was over before its measurements could mean anything.
  const bool deadlocked = run.outcome == Outcome::deadlock;
  std::string text = heading(told) + '\n';
  if (!deadlocked) text += measurements(told) + '\n';
  text += line;
  // A run can end in a deadlock and have lost money as well; the outcome names only one.
  if (run.deadlock) text += cycle_text(told);
  text += money_findings(run.check);
  if (!verdict.why.empty()) text += '\n';
  text += block(6, {{"Why", verdict.why},
                    {"Fix", verdict.fix},
                    {"See", verdict.see},
                    {"Money", {deadlocked, money_text(run.check)}}});
  return wrapped(text, style.columns);
}

}  // namespace banksim
