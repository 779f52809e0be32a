// One run for people: a heading, the measurements, a verdict, and what is behind it.
#include "report/run_why.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>
#include <vector>

namespace banksim {
namespace {

// ---- Heading: what was run. Besides the sizes, whatever changes the workload from its default.

std::string balance_text(const std::vector<Money>& balance) {
  if (balance.size() == 1) return "balance " + grouped(balance.front());
  return fmt::format("balances dealt from a list of {}", balance.size());
}

std::string heading(const Config& config, bool unicode) {
  const Config usual;
  std::vector<std::string> parts{counted(config.threads, "thread"), counted(config.accounts, "account")};
  parts.push_back(config.duration ? "for " + duration_text(*config.duration, unicode)
                                  : counted(config.transfers, "transfer"));
  const auto add_if = [&parts](bool is_unusual, const std::string& part) {
    if (is_unusual) parts.push_back(part);
  };
  add_if(config.access.kind != usual.access.kind, "access " + config.access.to_string());
  add_if(config.balance != usual.balance, balance_text(config.balance));
  add_if(config.min_amount != usual.min_amount || config.max_amount != usual.max_amount,
         fmt::format("amounts {} to {}", grouped(config.min_amount), grouped(config.max_amount)));
  add_if(config.hold.yield, "hold yield");
  add_if(config.hold.spin.count() > 0, "hold " + duration_text(config.hold.spin, unicode));
  add_if(config.think.count() > 0, "think " + duration_text(config.think, unicode));
  add_if(config.audit.kind == AuditPolicy::Kind::off, "no live audits");
  add_if(config.audit.kind == AuditPolicy::Kind::each, "an audit after each transfer");
  return fmt::format("{}: {}, seed {}\n", config.strategy, fmt::join(parts, ", "), config.seed);
}

// ---- The table of measurements.

std::string throughput_text(const RunResult& run, bool unicode) {
  const TransferCounts& transfers = run.transfers;
  std::string text = fmt::format("{:<23}{} done", si_number(run.throughput_per_s()) + " transfers/s",
                                 grouped(transfers.done));
  if (transfers.declined > 0)
    text += fmt::format(", {} declined (insufficient funds)", grouped(transfers.declined));
  if (transfers.cancelled > 0) text += fmt::format(", {} cancelled", grouped(transfers.cancelled));
  return text + ", " + duration_text(run.elapsed_s, unicode);
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
  const std::string timed = one_in > 1 ? fmt::format("1 in {:.0f} timed", one_in) : "all timed";
  return text + fmt::format("max {}   ({})", time_text(latency.max_ns()), timed);
}

std::string contention_text(const RunResult& run) {
  const LockStats& locks = run.locks;
  if (locks.acquired == 0 && locks.contended == 0 && locks.try_failed == 0) return "no locks taken";
  std::string text = fmt::format("no lock acquired, {} waited for one", grouped(locks.contended));
  if (locks.acquired > 0) {
    const double share = static_cast<double>(locks.contended) / static_cast<double>(locks.acquired);
    text = fmt::format("{} of {} lock acquisitions waited", percent_text(share), grouped(locks.acquired));
  }
  text += fmt::format(", {} of worker time", percent_text(run.waiting_share()));
  if (locks.try_failed > 0) text += fmt::format(", {} try_lock refused", grouped(locks.try_failed));
  return text;
}

std::string table(const RunResult& run, bool unicode) {
  const std::string fairness =
      fmt::format("{:.2f} (1 = all had done the same when the first was done)", run.fairness.jain_index);
  Table table({{}, {.gap = 4}}, 2);
  table.add({"Throughput", throughput_text(run, unicode)});
  table.add({"Latency", latency_text(run, unicode)});
  table.add({"Contention", contention_text(run)});
  table.add({"Fairness", fairness});
  table.add({"Money", money_text(run.check)});
  return table.lines();
}

// ---- The verdict: one line that says it all.

struct RunVerdict {
  Tone tone;
  const char* word;
  std::string text;
};

std::string failed_text(const Check& check) {
  const int ran = check.audits.audits > 0 ? 5 : 4;  // without live audits there is no fifth
  return fmt::format("{} of {} checks failed", check.failed(), ran);
}

std::string failed_names(const Check& check) {
  std::vector<const char*> names;
  if (check.total_found != check.total_expected) names.push_back("the total");
  if (check.accounts_wrong > 0) names.push_back("the ledger");
  if (check.negative_accounts > 0) names.push_back("balances below zero");
  if (!check.attempts_agree) names.push_back("the count of attempts");
  if (check.audits.wrong > 0) names.push_back("live audits");
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string cycle_phrase(const Deadlock& deadlock, bool unicode) {
  const std::size_t members = deadlock.cycle.size();
  const std::string after = " after " + duration_text(deadlock.detected_after_s, unicode);
  if (members == 1) return "a thread waits for itself," + after;
  return fmt::format("a cycle of {} threads{}", members, after);
}

RunVerdict money_verdict(const RunResult& run, bool unicode) {
  const Check& check = run.check;
  if (!check.performed) return {Tone::undecided, "NOT CHECKED", "nothing was checked, so nothing is claimed"};
  if (check.failed() == 0) return {Tone::good, "OK", "no money made or lost, no deadlock"};
  std::string text = fmt::format("{}: {}", failed_text(check), failed_names(check));
  if (run.deadlock) text += "; and a deadlock: " + cycle_phrase(*run.deadlock, unicode);
  return {Tone::bad, "VIOLATION", text};
}

// For verdicts that are about something else than the money.
std::string money_phrase(const Check& check) {
  if (!check.performed) return "; the money was not checked";
  return check.failed() > 0 ? "; " + failed_text(check) : "; what was done is right";
}

RunVerdict undecided(const RunResult& run, const char* word, const std::string& why) {
  const std::uint64_t attempted = run.transfers.attempted;
  const std::string how_many = run.config.duration ? counted(attempted, "transfer")
                                                   : fmt::format("{} of {}", grouped(attempted),
                                                                 counted(run.config.transfers, "transfer"));
  return {Tone::undecided, word, fmt::format("{}, {} attempted{}", why, how_many, money_phrase(run.check))};
}

RunVerdict verdict_on(const RunResult& run, bool unicode) {
  const Config& config = run.config;
  switch (run.outcome) {
    case Outcome::deadlock:  // right money has its own line below
      return {Tone::bad, "DEADLOCK",
              fmt::format("{}, {} done{}", cycle_phrase(run.deadlock.value(), unicode),
                          counted(run.transfers.done, "transfer"),
                          run.check.ok() ? "" : money_phrase(run.check))};
    case Outcome::stalled:
      return undecided(
          run, "STALLED",
          fmt::format("no transfer by any thread for {} and {}", duration_text(config.stall, unicode),
                      config.slice < config.stall ? "no cycle of waits"
                                                  : "no wait as long as --slice: no cycle was looked for"));
    case Outcome::timeout:
      return undecided(run, "TIMEOUT", "stopped after " + duration_text(config.timeout, unicode));
    case Outcome::interrupted:
      return undecided(run, "INTERRUPTED",
                       signal_text(run.signal) + " after " + duration_text(run.elapsed_s, unicode));
    case Outcome::ok:
    case Outcome::violation:
      break;
  }
  return money_verdict(run, unicode);
}

}  // namespace

std::string money_text(const Check& check) {
  if (!check.performed) return "not checked";
  std::string text =
      fmt::format("{} before, {} after; {} of {} accounts match their ledger", grouped(check.total_expected),
                  grouped(check.total_found), grouped(check.accounts_checked - check.accounts_wrong),
                  grouped(check.accounts_checked));
  if (check.negative_accounts > 0) text += fmt::format("; {} below zero", grouped(check.negative_accounts));
  if (check.audits.audits > 0)
    text += fmt::format("; {} of {} live audits right", grouped(check.audits.audits - check.audits.wrong),
                        grouped(check.audits.audits));
  return text;
}

std::string run_text(const RunResult& run, const TextStyle& style) {
  const auto [tone, word, what] = verdict_on(run, style.unicode);
  const std::string verdict = verdict_line(word, tone, what, style);
  if (style.quiet) return verdict;
  std::string text = heading(run.config, style.unicode) + '\n';
  // A deadlocked run was over before its measurements could mean anything.
  if (run.outcome != Outcome::deadlock) text += table(run, style.unicode) + '\n';
  return wrapped(text + verdict + why_text(run, style.unicode), style.columns);
}

}  // namespace banksim
