#include "report/explain.hpp"

#include "report/markup.hpp"
#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace banksim {
namespace {

// Whether it holds a lock that its transfer has no business with.
bool keeps_a_lock(const DeadlockMember& member) {
  if (!member.transfer || member.edge.holds == kNoAccount) return false;
  const Transfer& transfer = member.transfer->transfer;
  return member.edge.holds != transfer.from && member.edge.holds != transfer.to;
}

bool are_opposite(const Cycle& cycle) {
  if (cycle.size() != 2 || !cycle[0].transfer || !cycle[1].transfer) return false;
  const Transfer &a = cycle[0].transfer->transfer, &b = cycle[1].transfer->transfer;
  return a.from == b.to && a.to == b.from;
}

// "A live audit and a transfer", "Two transfers", "3 transfers".
std::string everybody(const Cycle& cycle, std::size_t audits) {
  const auto some = [&cycle](std::size_t count, const std::string& what) {
    if (count <= 1) return count == 0 ? "" : "a " + what;
    return count == cycle.size() && count == 2 ? "two " + what + "s" : counted(count, what);
  };
  const std::string text =
      parts_text({some(audits, "live audit"), some(cycle.size() - audits, "transfer")}, " and ");
  return in_capitals(text.substr(0, 1)) + text.substr(1);
}

}  // namespace

std::string rule_text(const StrategyEntry* strategy) {
  return strategy == nullptr ? "" : parts_text({strategy->how, strategy->why_safe}, " ");
}

std::string move_text(const Transfer& transfer) {
  return fmt::format("{} from account {} to account {}", grouped(transfer.amount), index(transfer.from),
                     index(transfer.to));
}

std::string worker_text(WorkerId worker, std::uint32_t workers) {
  return index(worker) < workers ? fmt::format("worker {}", index(worker)) : "the auditor";
}

std::string lock_text(AccountId account, std::uint32_t own_number, std::string_view own_name) {
  if (account != kNoAccount) return fmt::format("account {}", index(account));
  if (!own_name.empty()) return fmt::format("the strategy's lock '{}'", printable(own_name));
  return own_number == 0 ? "the strategy's own lock" : fmt::format("the strategy's lock {}", own_number);
}

Cycle cycle_of(const Exploration& exploration, const ExploreFinding& finding) {
  std::map<WorkerId, Transfer> errands;
  for (const ExploreStep& step : finding.steps)
    if (step.begins) errands[step.worker] = *step.begins;
  Cycle cycle;
  for (const WaitForEdge& edge : finding.cycle) {
    DeadlockMember& member = cycle.emplace_back();
    member.edge = edge;
    member.is_auditor = index(edge.waiter) == exploration.limits.workers;
    if (const auto errand = errands.find(edge.waiter); errand != errands.end())
      member.transfer = PlannedTransfer{0, errand->second};
  }
  return cycle;
}

Advice cycle_advice(const Cycle& cycle, std::uint32_t workers, std::string_view strategy) {
  // Members that audit: the auditor, or a worker after its transfer.
  const auto audits =
      static_cast<std::size_t>(std::ranges::count_if(cycle, [](const auto& m) { return !m.transfer; }));
  const std::string all = everybody(cycle, audits);
  // A strategy is not its own way out.
  const char* ordered = strategy == "ordered" ? "" : " (--strategy ordered)";
  const char* scoped = strategy == "scoped" ? "" : " (--strategy scoped)";
  Advice advice{
      all + (are_opposite(cycle) ? " in opposite directions" : "") +
          (cycle.size() == 2 ? " each hold the lock that the other one waits for, for ever."
                             : " form a cycle: each holds what the one before it waits for, for ever."),
      audits == 0
          ? fmt::format("lock in one fixed order{} or together{}.", ordered, scoped)
          : fmt::format(
                "let transfers and audits lock in one fixed order{}, or transfers take both locks together{}.",
                ordered, scoped)};
  if (cycle.size() == 1)
    advice = {all + " asked for a lock that it holds, and waits for itself for ever.", kLockOnce};
  if (const auto keeper = std::ranges::find_if(cycle, keeps_a_lock); keeper != cycle.end())
    advice = {fmt::format("{} still holds account {} from an earlier transfer: it was never unlocked.",
                          worker_text(keeper->edge.waiter, workers), index(keeper->edge.holds)),
              kUnlockAll};
  if (std::ranges::any_of(cycle, &DeadlockMember::is_auditor))
    advice.why +=
        " The auditor is one more thread, which now and then takes every lock, one by one, to add up the money.";
  return advice;
}

// ---- The cycle as a graph, for Markdown that draws Mermaid.

namespace {

std::string mermaid_of(const Cycle& cycle, std::uint32_t workers) {
  std::string text = "graph LR\n", edges;
  const auto lock_node = [](AccountId account, std::uint32_t own) {
    return account == kNoAccount ? fmt::format("own{}", own) : fmt::format("a{}", index(account));
  };
  if (cycle.empty()) return text + "  none[\"no deadlock\"]\n";
  for (const auto& [edge, is_auditor, errand] : cycle) {
    const std::string worker = fmt::format("w{}", index(edge.waiter));
    text += fmt::format("  {}([\"{}<br>{}\"])\n  {}[\"{}\"]\n", worker, worker_text(edge.waiter, workers),
                        errand ? "moves " + move_text(errand->transfer) : "audits",
                        lock_node(edge.holds, edge.holds_own),
                        mermaid_escaped(lock_text(edge.holds, edge.holds_own, edge.holds_name)));
    edges += fmt::format("  {0} -->|held by| {1}\n  {1} -.->|waits for| {2}\n",
                         lock_node(edge.holds, edge.holds_own), worker,
                         lock_node(edge.waits_for, edge.waits_for_own));
  }
  return text + edges;
}

}  // namespace

std::string cycle_mermaid(const RunResult& run) {
  return mermaid_of(run.deadlock ? run.deadlock->cycle : Cycle{}, run.config.threads);
}

std::string cycle_mermaid(const Exploration& exploration) {
  Cycle cycle;
  if (!exploration.findings.empty()) cycle = cycle_of(exploration, exploration.findings.front());
  return mermaid_of(cycle, exploration.limits.workers);
}

}  // namespace banksim
