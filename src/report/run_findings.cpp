// What is behind a verdict: the cycle or the wrong accounts, and then why, a way out, and where to see more.
#include "report/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace banksim {
namespace {

constexpr std::size_t kFindingLabelWidth = 14;
constexpr std::size_t kAdviceLabelWidth = 6;
constexpr std::size_t kNamedWaiters = 8;          // of those behind a cycle; the JSON names them all
constexpr std::size_t kLargestExploredCycle = 4;  // the search grows exponentially

std::string advice(std::string_view label, std::string_view text) {
  return labelled(label, kAdviceLabelWidth, text);
}

// Empty for a strategy that is not in the registry: then nobody can choose or explore it either.
std::string see(const RunResult& result, std::string_view more = "") {
  const StrategyEntry* strategy = find_strategy(result.config.strategy);
  if (strategy == nullptr) return "";
  return advice("See", fmt::format("banksim explore --strategy {}{}", strategy->name, more));
}

std::string how(const Config& config) {
  const StrategyEntry* strategy = find_strategy(config.strategy);
  return strategy == nullptr ? "" : fmt::format("{} ", strategy->how);
}

// ---- Deadlock.

std::string waiter_name(WorkerId id, const Config& config) {
  return index(id) < config.threads ? fmt::format("worker {}", index(id)) : "the auditor";
}

std::string mutex_name(AccountId account) {
  return account == kNoAccount ? "the strategy's own lock" : fmt::format("account {}", index(account));
}

std::string errand(const DeadlockMember& member, const TextStyle& style) {
  if (!member.transfer) return "live audit";
  const auto& [index_in_plan, transfer] = *member.transfer;
  return fmt::format("transfer #{}: {} {} {}, {}", grouped(index_in_plan), index(transfer.from),
                     style.unicode ? "\u2192" : "->", index(transfer.to),
                     grouped(transfer.amount.minor_units()));
}

using MemberColumns = std::array<std::string, 4>;

MemberColumns member_columns(const DeadlockMember& member, const Config& config, const TextStyle& style) {
  const WaitForEdge& edge = member.edge;
  const std::string holder = edge.held_by == edge.waiter ? "itself" : waiter_name(edge.held_by, config);
  return {waiter_name(edge.waiter, config), "holds " + mutex_name(edge.holds),
          fmt::format("waits for {} (held by {})", mutex_name(edge.waits_for), holder),
          errand(member, style)};
}

std::string cycle_text(const RunResult& result, const TextStyle& style) {
  std::vector<MemberColumns> rows;
  for (const DeadlockMember& member : result.deadlock->cycle)
    rows.push_back(member_columns(member, result.config, style));
  std::array<std::size_t, 4> widths{};
  for (const MemberColumns& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const MemberColumns& row : rows)
    text += fmt::format("  {:<{}}   {:<{}}   {:<{}}   {}\n", row[0], widths[0], row[1], widths[1], row[2],
                        widths[2], row[3]);
  return text;
}

std::string blocked_text(const Deadlock& deadlock, const Config& config) {
  std::vector<std::string> names;
  for (const WorkerId worker : deadlock.blocked_workers) {
    if (names.size() == kNamedWaiters) break;
    names.push_back(waiter_name(worker, config));
  }
  const std::size_t unnamed = deadlock.blocked_workers.size() - names.size();
  if (unnamed > 0) names.push_back("and " + counted(unnamed, "more worker"));
  if (deadlock.auditor_blocked) names.push_back("the auditor");
  if (names.empty()) return "";
  return fmt::format("  also blocked behind it: {}\n", fmt::join(names, ", "));
}

struct CycleKind {
  std::size_t members;
  std::size_t audits;  // of them, so many were auditing
  bool opposite;       // two transfers between the same two accounts, one each way
};

CycleKind kind_of(const std::vector<DeadlockMember>& cycle) {
  const auto audits = std::ranges::count_if(cycle, [](const auto& member) { return !member.transfer; });
  CycleKind kind{cycle.size(), static_cast<std::size_t>(audits), false};
  if (kind.members == 2 && kind.audits == 0) {
    const Transfer& a = cycle[0].transfer->transfer;
    const Transfer& b = cycle[1].transfer->transfer;
    kind.opposite = a.from == b.to && a.to == b.from;
  }
  return kind;
}

// Who is in the cycle, to begin a sentence with.
std::string who(const CycleKind& kind) {
  const std::size_t transfers = kind.members - kind.audits;
  const auto some = [](std::size_t n, std::string_view one, std::string_view many) {
    return n == 1 ? std::string(one) : fmt::format("{} {}", grouped(n), many);
  };
  if (kind.audits == 0)
    return kind.members == 2 ? "Two transfers" : some(transfers, "A transfer", "transfers");
  const std::string audits = kind.members == kind.audits && kind.audits == 2
                                 ? "Two live audits"
                                 : some(kind.audits, "A live audit", "live audits");
  return transfers == 0 ? audits : audits + " and " + some(transfers, "a transfer", "transfers");
}

std::string circle_sentence(const CycleKind& kind) {
  if (kind.opposite) return "Two opposite transfers each took one lock and wait for the other for ever.";
  if (kind.members == 1) return who(kind) + " asked for a lock that it holds, and waits for itself for ever.";
  if (kind.members == 2) return who(kind) + " each hold a lock that the other waits for, for ever.";
  return who(kind) + " stand in a circle, each holding what the one before it waits for, for ever.";
}

std::string deadlock_why(const RunResult& result, const CycleKind& kind) {
  const StrategyEntry* strategy = find_strategy(result.config.strategy);
  std::string text = how(result.config) + circle_sentence(kind);
  if (strategy != nullptr && strategy->deadlock_free)
    text += fmt::format(" {} claims that it cannot: that is wrong.", strategy->name);
  return text;
}

// A strategy is not its own way out.
std::string option_unless_it_is(std::string_view current, std::string_view other) {
  return current == other ? "" : fmt::format(" (--strategy {})", other);
}

std::string deadlock_fix(const RunResult& result, const CycleKind& kind) {
  const std::string& current = result.config.strategy;
  const std::string ordered = option_unless_it_is(current, "ordered");
  const std::string scoped = option_unless_it_is(current, "scoped");
  if (kind.members == 1) return "lock each mutex once: whoever holds it must not ask for it again.";
  if (kind.audits > 0)
    return fmt::format(
        "let transfers and audits lock in one fixed order{}, or transfers take both locks together{}.",
        ordered, scoped);
  return fmt::format("lock in one fixed order{} or together{}.", ordered, scoped);
}

// The smallest bank that can show such a cycle; the explorer's defaults show one of two.
std::string deadlock_explore_options(const CycleKind& kind) {
  const std::size_t size = std::min(kind.members, kLargestExploredCycle);
  std::string options;
  if (size > 2) options = fmt::format(" --threads {0} --accounts {0}", size);
  if (kind.audits > 0) options += " --auditor";
  return options;
}

std::string cycle_findings(const RunResult& result, const TextStyle& style) {
  return '\n' + cycle_text(result, style) + blocked_text(*result.deadlock, result.config);
}

// The table is left out, so the money comes here.
std::string deadlock_advice(const RunResult& result) {
  const CycleKind kind = kind_of(result.deadlock->cycle);
  return '\n' + advice("Why", deadlock_why(result, kind)) + advice("Fix", deadlock_fix(result, kind)) +
         see(result, deadlock_explore_options(kind)) + advice("Money", money_text(result.check));
}

// ---- Money.

std::string finding(std::string_view label, std::string_view text) {
  return labelled(label, kFindingLabelWidth, text);
}

std::string compared(Money expected, Money found) {
  const std::int64_t difference = (found - expected).minor_units();
  return fmt::format("expected {}, found {}, difference {}{}", grouped(expected.minor_units()),
                     grouped(found.minor_units()), difference > 0 ? "+" : "", grouped(difference));
}

std::string compared(const WrongAccount& wrong) {
  return fmt::format("account {}: {}", index(wrong.account), compared(wrong.expected, wrong.found));
}

std::string wrong_accounts(const Check& check) {
  if (!check.first_wrong || !check.worst) return "";
  if (check.first_wrong == check.worst)
    return finding(check.accounts_wrong == 1 ? "Wrong" : "First, worst", compared(*check.first_wrong));
  return finding("First wrong", compared(*check.first_wrong)) + finding("Worst", compared(*check.worst));
}

std::string wrong_audits(const Check& check) {
  const AuditLog& audits = check.audits;
  if (audits.wrong == 0) return "";
  std::string text = fmt::format("{} of {} wrong", grouped(audits.wrong), grouped(audits.audits));
  if (audits.first_wrong_total)
    text += "; the first: " + compared(check.total_expected, *audits.first_wrong_total);
  return finding("Live audits", text);
}

std::string money_findings(const Check& check) {
  if (!check.performed || check.failed() == 0) return "";
  std::string text = "\n" + wrong_accounts(check);
  if (check.total_found != check.total_expected)
    text += finding("Total", compared(check.total_expected, check.total_found));
  if (check.negative_accounts > 0) text += finding("Below zero", counted(check.negative_accounts, "account"));
  if (!check.attempts_agree)
    text += finding("Attempts", "what the workers counted and what the replay of the plan counts differ");
  return text + wrong_audits(check);
}

std::string violation_advice(const RunResult& result) {
  const StrategyEntry* strategy = find_strategy(result.config.strategy);
  if (strategy == nullptr) return "";
  // Where the audits alone are wrong, only an explored audit will show it.
  const bool audits_alone = result.check.audits.wrong > 0 && result.check.failed() == 1;
  std::string text = "\n";
  if (strategy->conserves_money) {
    text += advice("Why", how(result.config) + "It claims to conserve money: that is wrong.");
  } else {
    text += advice("Why", how(result.config) + "It does not claim to conserve money.");
    text += advice("Fix", "a strategy that locks both accounts (--strategy ordered).");
  }
  return text + see(result, audits_alone ? " --auditor" : "");
}

// ---- No verdict.

std::string stalled_advice(const RunResult& result) {
  if (result.config.slice >= result.config.stall)
    return '\n' +
           advice("Why",
                  "A wait is checked for deadlock after --slice, and --stall ended the run before that.") +
           advice("Fix", "a --slice below --stall.") + see(result);
  return '\n' +
         advice("Why",
                "No thread finished a transfer for that long, yet no threads wait in a circle: a livelock,") +
         advice("",
                "a lock that nobody gave back, or a starved machine. It proves nothing about the strategy.") +
         advice("Fix", "a longer --stall, if transfers are that slow here.") + see(result);
}

std::string timeout_advice(const Config& config) {
  return '\n' + advice("Why", "--timeout ended the run before it was complete: no verdict on the rest.") +
         advice("Fix", config.duration ? "a longer --timeout." : "a longer --timeout, or fewer --transfers.");
}

std::string interrupted_advice() {
  return '\n' + advice("Why", "The run was stopped from outside: no verdict on the rest, which was not run.");
}

}  // namespace

std::string findings_text(const RunResult& result, const TextStyle& style) {
  // A run can end in a deadlock and have lost money as well; the outcome names only one.
  std::string text = result.deadlock ? cycle_findings(result, style) : "";
  const std::string money = money_findings(result.check);
  text += money;
  switch (result.outcome) {
    case Outcome::deadlock:
      return text + deadlock_advice(result);
    case Outcome::stalled:
      return text + stalled_advice(result);
    case Outcome::timeout:
      return text + timeout_advice(result.config);
    case Outcome::interrupted:
      return text + interrupted_advice();
    case Outcome::ok:
    case Outcome::violation:
      break;
  }
  return money.empty() ? text : text + violation_advice(result);
}

}  // namespace banksim
