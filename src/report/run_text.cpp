// One run for people: a heading, the measurements, a verdict, and what is behind it.
#include "report/explain.hpp"
#include "report/report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <tuple>
#include <vector>

namespace banksim {
namespace {

constexpr std::size_t kNamedWaiters = 8;  // of those behind a cycle; the JSON names them all

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
              {config.self_transfers, "self-transfers"},
              {config.mutex != usual.mutex, fmt::format("mutex {}", to_string(config.mutex))},
              {config.layout != usual.layout, to_string(config.layout)},
              {config.hold.yield, "hold yield"},
              {config.hold.spin.count() > 0, "hold " + duration_text(config.hold.spin)},  // as it is typed
              {config.think.count() > 0, "think " + duration_text(config.think)},
              {kind == AuditPolicy::Kind::off, "no live audits"},
              {kind == AuditPolicy::Kind::each, "an audit after each transfer"},
              fmt::format("seed {}\n", config.seed)});
}

// ---- The measurements.

std::string throughput_text(const Told& told) {
  const auto& [attempted, done, declined, cancelled] = told.run.transfers;
  const bool asked = told.strategy == nullptr || !told.strategy->own_transfer;
  const char* why = asked ? "(insufficient funds)" : "by the strategy, reason not checked";
  return fmt::format("{:<23}", si_number(told.run.throughput_per_s()) + " transfers/s") +
         parts_text({grouped(done) + " done",
                     {declined > 0, fmt::format("{} declined {}", grouped(declined), why)},
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
                        latency.tells(percentile.fraction)
                            ? told.time(nanoseconds(latency.quantile_ns(percentile.fraction)))
                            : "-");
  // As it came out: a short run times more than its sample.
  const double one_in =
      std::round(static_cast<double>(told.run.transfers.attempted) / static_cast<double>(latency.count()));
  return fmt::format("{}max {}   ({} timed)", text, told.time(nanoseconds(latency.max_ns())),
                     one_in > 1 ? fmt::format("1 in {:.0f}", one_in) : "all");
}

std::string contention_text(const RunResult& run) {
  const auto& [acquired, contended, refused, wait_ns] = run.locks;
  if (acquired + contended + refused == 0) return "no locks taken";
  if (!run.tells_contention())
    return fmt::format(
        "-  too short to tell: {} of processor time for each thread; 60 ms would do (-d {:.0f}s{})",
        duration_text(run.elapsed_s * run.usable_cpus() / run.config.threads),
        std::ceil(0.06 * run.config.threads / run.usable_cpus()),
        run.config.duration ? "" : " instead of -n");
  const std::string share = percent_text(static_cast<double>(contended) / static_cast<double>(acquired));
  return parts_text(
      {{acquired > 0, fmt::format("{} of {} lock acquisitions waited", share, grouped(acquired))},
       {acquired == 0, fmt::format("no lock acquired, {} waited for one", grouped(contended))},
       run.waits_for_cpu() ? "mostly for a holder without a CPU"
                           : percent_text(run.waiting_share()) + " of worker time",
       {refused > 0, grouped(refused) + " try_lock refused"}});
}

std::string money_text(const RunResult& run) {
  const Check& check = run.check;
  if (!check.performed) return "not checked";
  const auto of = [](std::uint64_t wrong, std::uint64_t all) {
    return fmt::format("{} of {}", grouped(all - wrong), grouped(all));
  };
  const auto& [audits, wrong_audits] = std::tie(check.audits.audits, check.audits.wrong);
  const double audits_share = run.elapsed_s > 0 ? run.audits_s / run.elapsed_s : 0;
  const std::uint64_t in_flight = check.accounts_in_flight;
  const std::string in_flight_text =
      fmt::format(", {} but for what called-off transfers had in flight", grouped(in_flight));
  return parts_text(
      {grouped(check.total_expected) + " before, " + grouped(check.total_found) + " after",
       (check.accounts_wrong > 0 ? fmt::format("{} of {} accounts do not match",
                                               grouped(check.accounts_wrong), grouped(check.accounts_checked))
                                 : of(in_flight, check.accounts_checked) + " accounts match") +
           " their ledger" + (in_flight > 0 ? in_flight_text : ""),
       {check.negative_accounts > 0, grouped(check.negative_accounts) + " below zero"},
       {check.overdrafts > 0, counted(check.overdrafts, "overdraft") + " seen"},
       {audits > 0, of(wrong_audits, audits) + " live audits right"},
       {audits > 0 && !run.deadlock && audits_share >= 0.001,
        fmt::format("auditing took {:.1f} % of the time", 100 * audits_share)}},
      "; ");
}

std::string measurements(const Told& told) {
  const std::string fairness =
      fmt::format("{:.2f} (1 = all had done the same when the first was done)", told.run.fairness.jain_index);
  return block(14, {{"Throughput", throughput_text(told)},
                    {"Latency", latency_text(told)},
                    {"Contention", contention_text(told.run)},
                    {"Fairness", {told.run.tells_contention(), fairness}},
                    {"Money", money_text(told.run)}});
}

// ---- What is behind it.

std::string cycle_text(const Told& told) {
  const auto& [after_s, cycle, blocked, auditor_blocked] = *told.run.deadlock;
  const std::uint32_t workers = told.run.config.threads;
  Table table({{}, {.gap = 3}, {.gap = 3}, {.gap = 3}}, 2);
  for (const auto& [edge, is_auditor, errand] : cycle)
    table.add({worker_text(edge.waiter, workers),
               "holds " + lock_text(edge.holds, edge.holds_own, edge.holds_name),
               fmt::format("waits for {} (held by {})",
                           lock_text(edge.waits_for, edge.waits_for_own, edge.waits_for_name),
                           edge.held_by == edge.waiter ? "itself" : worker_text(edge.held_by, workers)),
               errand ? "wants to move " + move_text(errand->transfer) : "adds up the money (live audit)"});
  auto behind = texts_of(blocked, [&](WorkerId worker) { return worker_text(worker, workers); });
  if (auditor_blocked) behind.insert(behind.begin(), "the auditor");
  return '\n' + table.lines() +
         (behind.empty() ? ""
                         : fmt::format("  also blocked behind {}: {}\n", cycle.size() == 1 ? "it" : "them",
                                       listed(behind, kNamedWaiters)));
}

std::string compared(Money expected, Money found) {
  const Money difference = found - expected;
  return fmt::format("expected {}, found {}, difference {}{}", grouped(expected), grouped(found),
                     difference > Money{0} ? "+" : "", grouped(difference));
}

std::string below_zero_text(const Told& told) {
  const Check& check = told.run.check;
  const auto& first = check.first_overdraft;
  return parts_text(
      {{check.negative_accounts > 0, counted(check.negative_accounts, "account") + " in the end"},
       !first ? ""
              : fmt::format("account {} stood at {} after {}, {}; {} seen", index(first->account),
                            grouped(first->balance), told.time(first->after_s),
                            first->transfer ? "when " + move_text(first->transfer->transfer) + " were to move"
                                            : "in an audit",
                            counted(check.overdrafts, "overdraft"))},
      "; ");
}

std::string money_findings(const Told& told) {
  const Check& check = told.run.check;
  if (!check.performed || check.failed() == 0) return "";
  const auto& [first, worst] = std::tie(check.first_wrong, check.worst);
  const auto account = [](const std::optional<WrongAccount>& wrong) {
    if (!wrong) return std::string();
    return fmt::format("account {}: {}", index(wrong->account), compared(wrong->expected, wrong->found));
  };
  const auto impossible = [&check](const std::optional<WrongAccount>& wrong) {
    return wrong && (wrong->expected < Money{0} || wrong->expected > check.total_expected);
  };
  const bool is_one = first == worst, is_only = check.accounts_wrong == 1;
  const std::string of_all = first && is_one && !is_only
                                 ? fmt::format(", the worst of {} as well", grouped(check.accounts_wrong))
                                 : "";
  const auto& first_audit = check.audits.first_wrong_total;
  const std::string audits =
      fmt::format("{} of {} wrong{}", grouped(check.audits.wrong), grouped(check.audits.audits),
                  first_audit ? "; the first: " + compared(check.total_expected, *first_audit) : "");
  const char* attempts = "what the workers counted and what the replay of the plan counts differ";
  const char* ledger =
      "adds up every transfer that was done, also those that saw a wrong balance and should not have been";
  return '\n' +
         block(14, {{is_only ? "Wrong" : "First wrong", account(first) + of_all},
                    {"Worst", {!is_one, account(worst)}},
                    {"Ledger", {impossible(first) || impossible(worst), ledger}},
                    {"Total", {check.total_is_wrong(), compared(check.total_expected, check.total_found)}},
                    {"Below zero", below_zero_text(told)},
                    {"Attempts", {!check.attempts_agree, attempts}},
                    {"Live audits", {check.audits.wrong > 0, audits}},
                    {"Passed", checks_text(check, false)}});
}

// How far a run came that the strategy ended.
std::string ran_text(const Told& told) {
  const RunResult& run = told.run;
  const auto& [attempted, done, declined, cancelled] = run.transfers;
  const bool is_cut =
      run.outcome == Outcome::violation && !run.config.duration && attempted < run.config.transfers;
  if (run.deadlock || run.outcome == Outcome::interrupted) return "";
  if (is_cut && !run.ended_by)
    return fmt::format("{}, {} attempted: {} ended it", told.time(run.elapsed_s), told.attempted(),
                       run.elapsed_s < in_seconds(run.config.timeout) ? "--stall" : "--timeout");
  if (!run.ended_by) return "";
  const std::string far =
      parts_text({{run.elapsed_s > 0, told.time(run.elapsed_s)}, {attempted > 0, told.attempted()}});
  if (!told.knows_counts()) return far.empty() ? "" : "at least " + far;
  return fmt::format("{}; {} done, {} declined", far, grouped(done), grouped(declined));
}

// The strategy's part in an end that has another name. Whoever killed the run with a second signal knows.
std::string also_text(const Told& told) {
  const RunResult& run = told.run;
  if (!run.ended_by || run.outcome == Outcome::stalled || run.outcome == Outcome::crashed) return "";
  if (run.outcome == Outcome::interrupted && run.ended_by->kind != EndKind::never_came_back) return "";
  return end_words(*run.ended_by, told.unicode).text;
}

}  // namespace

std::string run_text(const RunResult& run, const TextStyle& style) {
  const Told told{run, style.unicode};
  const RunVerdict verdict = verdict_on(told);
  const std::string line = verdict_line(verdict.word, verdict.tone, verdict.text, style);
  if (style.quiet) return line;
  // A run that deadlocked, or that the strategy ended, was over before its measurements could mean anything.
  const bool is_cut = run.outcome == Outcome::deadlock || run.ended_by;
  std::string text = heading(told) + '\n';
  if (!is_cut) text += measurements(told) + '\n';
  text += line;
  // A run can end in a deadlock and have lost money as well; the outcome names only one.
  if (run.deadlock) text += cycle_text(told);
  text += money_findings(told);
  if (!verdict.advice.why.empty()) text += '\n';
  text += block(6, {{"Why", verdict.advice.why},
                    {"Fix", verdict.advice.fix},
                    {"See", run.see.empty() ? verdict.see : "banksim explore " + run.see},
                    {"Also", also_text(told)},
                    {"Ran", ran_text(told)},
                    {"Money", {is_cut, money_text(run)}}});
  return wrapped(text, style.columns);
}

}  // namespace banksim
