// One run for people: a heading, the measurements, a verdict, and what is behind it.
#include "report/parts.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace banksim {
namespace {

constexpr std::size_t kTableLabelWidth = 14;

std::string table_row(std::string_view label, std::string_view text) {
  return labelled(label, kTableLabelWidth, text);
}

// ---- Heading: what was run. Besides the sizes, whatever changes the workload from its default.

std::string balance_text(const std::vector<Money>& balance) {
  if (balance.size() == 1) return "balance " + grouped(balance.front().minor_units());
  return fmt::format("balances dealt from a list of {}", balance.size());
}

std::string audit_text(AuditPolicy::Kind kind) {
  return kind == AuditPolicy::Kind::off ? "no live audits" : "an audit after each transfer";
}

std::string heading(const Config& config, const TextStyle& style) {
  const Config defaults;
  const auto time_text = [&style](nanoseconds time) {
    return duration_text(in_seconds(time), style.unicode);
  };
  std::string text = fmt::format("{}: {}, {}, ", config.strategy, counted(config.threads, "thread"),
                                 counted(config.accounts, "account"));
  text += config.duration ? "for " + time_text(*config.duration) : counted(config.transfers, "transfer");
  if (config.access.kind != defaults.access.kind) text += ", access " + config.access.to_string();
  if (config.balance != defaults.balance) text += ", " + balance_text(config.balance);
  if (config.min_amount != defaults.min_amount || config.max_amount != defaults.max_amount)
    text += fmt::format(", amounts {} to {}", grouped(config.min_amount.minor_units()),
                        grouped(config.max_amount.minor_units()));
  if (config.hold.yield) text += ", hold yield";
  if (config.hold.spin.count() > 0) text += ", hold " + time_text(config.hold.spin);
  if (config.think.count() > 0) text += ", think " + time_text(config.think);
  if (config.audit.kind != defaults.audit.kind) text += ", " + audit_text(config.audit.kind);
  return text + fmt::format(", seed {}\n", config.seed);
}

// ---- The table of measurements.

std::string throughput_text(const RunResult& result, const TextStyle& style) {
  const TransferCounts& transfers = result.transfers;
  std::string text = fmt::format("{:<23}{} done", si_number(result.throughput_per_s()) + " transfers/s",
                                 grouped(transfers.done));
  if (transfers.declined > 0)
    text += fmt::format(", {} declined (insufficient funds)", grouped(transfers.declined));
  if (transfers.cancelled > 0) text += fmt::format(", {} cancelled", grouped(transfers.cancelled));
  return text + ", " + duration_text(result.elapsed_s, style.unicode);
}

std::string latency_text(const RunResult& result, const TextStyle& style) {
  const LatencyHistogram& latency = result.latency;
  if (latency.count() == 0) return "not measured";
  const auto time_text = [&style](std::uint64_t ns) {
    return duration_text(static_cast<double>(ns) * 1e-9, style.unicode);
  };
  std::string text;
  for (const Percentile& percentile : kPercentiles)
    text += fmt::format("{} {}   ", percentile.label, time_text(latency.quantile_ns(percentile.fraction)));
  // As it came out: a short run times more than its sample.
  const double one_in =
      std::round(static_cast<double>(result.transfers.attempted) / static_cast<double>(latency.count()));
  const std::string timed = one_in > 1 ? fmt::format("1 in {:.0f} timed", one_in) : "all timed";
  return text + fmt::format("max {}   ({})", time_text(latency.max_ns()), timed);
}

std::string contention_text(const RunResult& result) {
  const LockStats& locks = result.locks;
  std::string text;
  if (locks.acquired == 0 && locks.contended == 0 && locks.try_failed == 0) return "no locks taken";
  if (locks.acquired == 0) {
    text = fmt::format("no lock acquired, {} waited for one", grouped(locks.contended));
  } else {
    const double share = static_cast<double>(locks.contended) / static_cast<double>(locks.acquired);
    text = fmt::format("{} of {} lock acquisitions waited", percent_text(share), grouped(locks.acquired));
  }
  text += fmt::format(", {} of worker time", percent_text(result.waiting_share()));
  if (locks.try_failed > 0) text += fmt::format(", {} try_lock refused", grouped(locks.try_failed));
  return text;
}

std::string table(const RunResult& result, const TextStyle& style) {
  return table_row("Throughput", throughput_text(result, style)) +
         table_row("Latency", latency_text(result, style)) +
         table_row("Contention", contention_text(result)) +
         table_row("Fairness", fmt::format("{:.2f} (1 = all had done the same when the first was done)",
                                           result.fairness.jain_index)) +
         table_row("Money", money_text(result.check));
}

// ---- The verdict: one line that says it all.

struct Verdict {
  Tone tone;
  std::string word;
  std::string text;
};

std::string failed_text(const Check& check) {
  const int ran = check.audits.audits > 0 ? 5 : 4;  // without live audits there is no fifth
  return fmt::format("{} of {} checks failed", check.failed(), ran);
}

std::string failed_names(const Check& check) {
  std::vector<std::string_view> names;
  if (check.total_found != check.total_expected) names.push_back("the total");
  if (check.accounts_wrong > 0) names.push_back("the ledger");
  if (check.negative_accounts > 0) names.push_back("balances below zero");
  if (!check.attempts_agree) names.push_back("the count of attempts");
  if (check.audits.wrong > 0) names.push_back("live audits");
  return fmt::format("{}", fmt::join(names, ", "));
}

// For verdicts that are about something else than the money.
std::string partial_check(const Check& check) {
  if (!check.performed) return "; the money was not checked";
  return check.failed() > 0 ? "; " + failed_text(check) : "; what was done is right";
}

std::string attempted_text(const RunResult& result) {
  const std::uint64_t attempted = result.transfers.attempted;
  if (result.config.duration) return counted(attempted, "transfer") + " attempted";
  return fmt::format("{} of {} attempted", grouped(attempted), counted(result.config.transfers, "transfer"));
}

std::string cycle_text(const Deadlock& deadlock, const TextStyle& style) {
  const std::string what = deadlock.cycle.size() == 1
                               ? "a thread waits for itself,"
                               : fmt::format("a cycle of {} threads", deadlock.cycle.size());
  return fmt::format("{} after {}", what, duration_text(deadlock.detected_after_s, style.unicode));
}

Verdict money_verdict(const RunResult& result, const TextStyle& style) {
  const Check& check = result.check;
  if (!check.performed) return {Tone::undecided, "NOT CHECKED", "nothing was checked, so nothing is claimed"};
  if (check.failed() == 0) return {Tone::good, "OK", "no money made or lost, no deadlock"};
  std::string text = fmt::format("{}: {}", failed_text(check), failed_names(check));
  if (result.deadlock) text += "; and a deadlock: " + cycle_text(*result.deadlock, style);
  return {Tone::bad, "VIOLATION", text};
}

Verdict deadlock_verdict(const RunResult& result, const TextStyle& style) {
  // Right money has its own line below.
  const std::string wrong = result.check.ok() ? "" : partial_check(result.check);
  return {Tone::bad, "DEADLOCK",
          fmt::format("{}, {} done{}", cycle_text(result.deadlock.value(), style),
                      counted(result.transfers.done, "transfer"), wrong)};
}

Verdict verdict_on(const RunResult& result, const TextStyle& style) {
  const Config& config = result.config;
  const auto time_text = [&style](double seconds) { return duration_text(seconds, style.unicode); };
  const auto undecided = [&result](std::string word, const std::string& why) {
    return Verdict{Tone::undecided, std::move(word),
                   fmt::format("{}, {}{}", why, attempted_text(result), partial_check(result.check))};
  };
  switch (result.outcome) {
    case Outcome::deadlock:
      return deadlock_verdict(result, style);
    case Outcome::stalled:
      return undecided(
          "STALLED",
          fmt::format("no transfer by any thread for {} and {}", time_text(in_seconds(config.stall)),
                      config.slice < config.stall ? "no cycle of waits"
                                                  : "no wait as long as --slice: no cycle was looked for"));
    case Outcome::timeout:
      return undecided("TIMEOUT", fmt::format("stopped after {}", time_text(in_seconds(config.timeout))));
    case Outcome::interrupted:
      return undecided("INTERRUPTED",
                       fmt::format("{} after {}", signal_text(result.signal), time_text(result.elapsed_s)));
    case Outcome::ok:
    case Outcome::violation:
      break;
  }
  return money_verdict(result, style);
}

}  // namespace

std::string money_text(const Check& check) {
  if (!check.performed) return "not checked";
  std::string text =
      fmt::format("{} before, {} after; {} of {} accounts match their ledger",
                  grouped(check.total_expected.minor_units()), grouped(check.total_found.minor_units()),
                  grouped(check.accounts_checked - check.accounts_wrong), grouped(check.accounts_checked));
  if (check.negative_accounts > 0) text += fmt::format("; {} below zero", grouped(check.negative_accounts));
  if (check.audits.audits > 0)
    text += fmt::format("; {} of {} live audits right", grouped(check.audits.audits - check.audits.wrong),
                        grouped(check.audits.audits));
  return text;
}

std::string run_text(const RunResult& result, const TextStyle& style) {
  const auto [tone, word, what] = verdict_on(result, style);
  const std::string verdict = verdict_line(word, tone, what, style);
  if (style.quiet) return verdict;
  std::string text = heading(result.config, style) + '\n';
  // A deadlocked run was over before its measurements could mean anything.
  if (result.outcome != Outcome::deadlock) text += table(result, style) + '\n';
  return wrapped(text + verdict + findings_text(result, style), style.columns);
}

}  // namespace banksim
