#include "report/run_why.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace banksim {
namespace {

constexpr std::size_t kNamedWaiters = 8;          // of those behind a cycle; the JSON names them all
constexpr std::size_t kLargestExploredCycle = 4;  // the search grows exponentially

// ---- Deadlock.

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

std::string cycle_text(const RunResult& run, bool unicode) {
  Table table({{}, {.gap = 3}, {.gap = 3}, {.gap = 3}}, 2);
  for (const DeadlockMember& member : run.deadlock->cycle) {
    const auto& [waiter, holds, waits_for, held_by] = member.edge;
    const std::string holder = held_by == waiter ? "itself" : waiter_name(held_by, run.config);
    table.add({waiter_name(waiter, run.config), "holds " + mutex_name(holds),
               fmt::format("waits for {} (held by {})", mutex_name(waits_for), holder),
               errand(member, unicode)});
  }
  return table.lines();
}

std::string blocked_text(const Deadlock& deadlock, const Config& config) {
  std::vector<std::string> names;
  const std::size_t named = std::min(deadlock.blocked_workers.size(), kNamedWaiters);
  for (std::size_t i = 0; i < named; ++i) names.push_back(waiter_name(deadlock.blocked_workers[i], config));
  if (const std::size_t unnamed = deadlock.blocked_workers.size() - named; unnamed > 0)
    names.push_back("and " + counted(unnamed, "more worker"));
  if (deadlock.auditor_blocked) names.push_back("the auditor");
  return names.empty() ? "" : fmt::format("  also blocked behind it: {}\n", fmt::join(names, ", "));
}

// Two transfers between the same two accounts, one each way.
bool are_opposite(const std::vector<DeadlockMember>& cycle) {
  if (cycle.size() != 2 || !cycle[0].transfer || !cycle[1].transfer) return false;
  const Transfer& a = cycle[0].transfer->transfer;
  const Transfer& b = cycle[1].transfer->transfer;
  return a.from == b.to && a.to == b.from;
}

// Who is in the cycle, to begin a sentence with.
std::string who(std::size_t transfers, std::size_t audits) {
  if (transfers == 2 && audits == 0) return "Two transfers";
  if (transfers == 0 && audits == 2) return "Two live audits";
  const auto some = [](std::size_t n, std::string_view one, std::string_view many) {
    return n == 1 ? std::string(one) : fmt::format("{} {}", grouped(n), many);
  };
  if (audits == 0) return some(transfers, "A transfer", "transfers");
  const std::string auditing = some(audits, "A live audit", "live audits");
  return transfers == 0 ? auditing : auditing + " and " + some(transfers, "a transfer", "transfers");
}

std::string circle_sentence(const std::vector<DeadlockMember>& cycle, std::size_t audits) {
  if (are_opposite(cycle))
    return "Two opposite transfers each took one lock and wait for the other for ever.";
  const std::string they = who(cycle.size() - audits, audits);
  if (cycle.size() == 1) return they + " asked for a lock that it holds, and waits for itself for ever.";
  if (cycle.size() == 2) return they + " each hold a lock that the other waits for, for ever.";
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

// ---- Money.

std::string compared(Money expected, Money found) {
  const Money difference = found - expected;
  return fmt::format("expected {}, found {}, difference {}{}", grouped(expected), grouped(found),
                     difference > Money{0} ? "+" : "", grouped(difference));
}

std::string compared(const WrongAccount& wrong) {
  return fmt::format("account {}: {}", index(wrong.account), compared(wrong.expected, wrong.found));
}

std::string money_findings(const Check& check) {
  if (!check.performed || check.failed() == 0) return "";
  std::string text = "\n";
  const auto add = [&text](std::string_view label, std::string_view what) {
    text += labelled(label, 14, what);
  };
  if (check.first_wrong && check.worst) {
    const bool is_one = check.first_wrong == check.worst;
    const char* which = !is_one ? "First wrong" : check.accounts_wrong == 1 ? "Wrong" : "First, worst";
    add(which, compared(*check.first_wrong));
    if (!is_one) add("Worst", compared(*check.worst));
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

// ---- Advice.

struct Advice {
  std::string why;
  std::string fix = {};
  std::optional<std::string> see = {};  // options of an exploration that shows more
};

// A strategy that is not in the registry has nothing to say.
std::string how(const StrategyEntry* strategy) {
  return strategy == nullptr ? "" : fmt::format("{} ", strategy->how);
}

Advice deadlock_advice(const RunResult& run, const StrategyEntry* strategy) {
  const std::vector<DeadlockMember>& cycle = run.deadlock.value().cycle;
  const auto audits = static_cast<std::size_t>(
      std::ranges::count_if(cycle, [](const DeadlockMember& member) { return !member.transfer; }));
  std::string why = how(strategy) + circle_sentence(cycle, audits);
  if (strategy != nullptr && strategy->deadlock_free)
    why += fmt::format(" {} claims that it cannot: that is wrong.", strategy->name);
  // The smallest bank that can show such a cycle; the explorer's defaults show one of two.
  const std::size_t size = std::min(cycle.size(), kLargestExploredCycle);
  std::string options = size > 2 ? fmt::format(" --threads {0} --accounts {0}", size) : "";
  if (audits > 0) options += " --auditor";
  return {why, deadlock_fix(run.config.strategy, cycle.size(), audits), options};
}

Advice stalled_advice(const Config& config) {
  if (config.slice >= config.stall)
    return {"A wait is checked for deadlock after --slice, and --stall ended the run before that.",
            "a --slice below --stall.", ""};
  return {
      "No thread finished a transfer for that long, yet no threads wait in a circle: a livelock,\n"
      "        a lock that nobody gave back, or a starved machine. It proves nothing about the strategy.",
      "a longer --stall, if transfers are that slow here.", ""};
}

std::optional<Advice> violation_advice(const Check& check, const StrategyEntry* strategy) {
  if (strategy == nullptr || !check.performed || check.failed() == 0) return std::nullopt;
  // Where the audits alone are wrong, only an explored audit will show it.
  const std::string options = check.audits.wrong > 0 && check.failed() == 1 ? " --auditor" : "";
  if (strategy->conserves_money)
    return Advice{how(strategy) + "It claims to conserve money: that is wrong.", "", options};
  return Advice{how(strategy) + "It does not claim to conserve money.",
                "a strategy that locks both accounts (--strategy ordered).", options};
}

std::optional<Advice> advice_on(const RunResult& run, const StrategyEntry* strategy) {
  switch (run.outcome) {
    case Outcome::deadlock:
      return deadlock_advice(run, strategy);
    case Outcome::stalled:
      return stalled_advice(run.config);
    case Outcome::timeout:
      return Advice{
          "--timeout ended the run before it was complete: no verdict on the rest.",
          run.config.duration ? "a longer --timeout." : "a longer --timeout, or fewer --transfers."};
    case Outcome::interrupted:
      return Advice{"The run was stopped from outside: no verdict on the rest, which was not run."};
    case Outcome::ok:
    case Outcome::violation:
      break;
  }
  return violation_advice(run.check, strategy);
}

std::string advice_text(const RunResult& run) {
  const StrategyEntry* strategy = find_strategy(run.config.strategy);
  const std::optional<Advice> advice = advice_on(run, strategy);
  if (!advice) return "";
  std::string text = "\n";
  const auto add = [&text](std::string_view label, std::string_view what) {
    text += labelled(label, 6, what);
  };
  add("Why", advice->why);
  if (!advice->fix.empty()) add("Fix", advice->fix);
  if (advice->see && strategy != nullptr)
    add("See", fmt::format("banksim explore --strategy {}{}", strategy->name, *advice->see));
  // After a deadlock there is no table that tells of the money.
  if (run.outcome == Outcome::deadlock) add("Money", money_text(run.check));
  return text;
}

}  // namespace

std::string why_text(const RunResult& run, bool unicode) {
  // A run can end in a deadlock and have lost money as well; the outcome names only one.
  std::string cycle;
  if (run.deadlock) cycle = '\n' + cycle_text(run, unicode) + blocked_text(*run.deadlock, run.config);
  return cycle + money_findings(run.check) + advice_text(run);
}

}  // namespace banksim
