#include "explore/likeness.hpp"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <vector>

namespace banksim {
namespace {

constexpr std::size_t kMostAccounts = 8;
constexpr std::size_t kMostWorkers = 7;

std::size_t audits_in(const Deadlock& deadlock) {
  return static_cast<std::size_t>(
      std::ranges::count_if(deadlock.cycle, [](const DeadlockMember& member) { return !member.transfer; }));
}

bool only_audits_are_wrong(const RunResult& run) {
  return run.check.audits.wrong > 0 && run.check.failed() == 1;
}

// The accounts of the cycle by their numbers in the run; with a bank they keep them.
std::map<AccountId, AccountId> renumbered(const Deadlock& deadlock, std::uint32_t bank) {
  std::map<AccountId, AccountId> accounts;
  for (const DeadlockMember& member : deadlock.cycle) {
    if (member.edge.waits_for != kNoAccount) accounts[member.edge.waits_for];
    if (!member.transfer) continue;
    accounts[member.transfer->transfer.from];
    accounts[member.transfer->transfer.to];
  }
  std::uint32_t next = 0;
  for (auto& [in_run, in_likeness] : accounts) in_likeness = bank > 0 ? in_run : AccountId{next++};
  return accounts;
}

template <class T>
void add_new(std::vector<T>& all, const T& one) {
  if (std::ranges::find(all, one) == all.end()) all.push_back(one);
}

}  // namespace

Wanted wanted_by(const RunResult& run) {
  if (run.deadlock && run.outcome == Outcome::deadlock) {
    const bool audited = audits_in(*run.deadlock) > 0;
    return {Sought::deadlock, audited ? 0 : static_cast<std::uint32_t>(run.deadlock->cycle.size()), audited};
  }
  if (run.outcome == Outcome::stalled) return {Sought::trap};
  if (only_audits_are_wrong(run)) return {Sought::audit};
  if (run.check.total_is_wrong()) return {Sought::total};
  if (run.check.accounts_wrong > 0) return {Sought::accounts};
  return {run.check.negative_accounts + run.check.overdrafts > 0 ? Sought::negative : Sought::anything};
}

std::optional<ExploreLimits> likeness_of(const Deadlock& deadlock, std::uint32_t bank) {
  const auto accounts = renumbered(deadlock, bank);
  const std::size_t audits = audits_in(deadlock);
  const std::size_t workers = deadlock.cycle.size() - audits;
  const std::size_t size = bank > 0 ? bank : accounts.size();
  if (size > kMostAccounts || workers > kMostWorkers || audits > 1) return std::nullopt;
  ExploreLimits like;
  like.workers = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(workers));
  like.accounts = std::max<std::uint32_t>(2, static_cast<std::uint32_t>(size));
  like.auditor = audits > 0;
  like.find = {Sought::deadlock, static_cast<std::uint32_t>(deadlock.cycle.size()), audits > 0};
  like.amounts.clear();
  for (const DeadlockMember& member : deadlock.cycle) {
    if (!member.transfer) continue;
    const auto& [from, to, amount] = member.transfer->transfer;
    add_new(like.choices, {accounts.at(from), accounts.at(to), amount});
    add_new(like.amounts, amount);
    like.self_transfers = like.self_transfers || from == to;
  }
  if (like.amounts.empty()) like.amounts = {Money{1}};
  std::ranges::sort(like.amounts);
  like.balance = like.amounts.back();  // whoever asks for the funds finds them
  return like;
}

bool shows(const Exploration& exploration, const RunResult& run) {
  if (exploration.findings.empty()) return false;
  const ExploreFinding& finding = exploration.findings.front();
  const auto is_one_of = [&finding](std::initializer_list<FindingKind> kinds) {
    return std::ranges::find(kinds, finding.kind) != kinds.end();
  };
  using enum FindingKind;
  if (run.outcome == Outcome::deadlock && run.deadlock) {
    const WorkerId auditor{exploration.limits.workers};
    const bool audited =
        std::ranges::any_of(finding.cycle, [auditor](const auto& edge) { return edge.waiter == auditor; });
    return finding.kind == deadlock && finding.cycle.size() == run.deadlock->cycle.size() &&
           audited == (audits_in(*run.deadlock) > 0);
  }
  if (run.outcome == Outcome::stalled) return is_one_of({livelock, deadlock, lock_kept, own_try_lock});
  if (only_audits_are_wrong(run)) return finding.kind == wrong_audit;
  return is_one_of({race, foreign_unlock, negative_balance, wrong_total, wrong_ledger, wrong_audit});
}

bool explains(const Exploration& exploration, const RunResult& run) {
  if (exploration.findings.empty() || run.outcome != Outcome::deadlock) return false;
  const FindingKind kind = exploration.findings.front().kind;
  return kind == FindingKind::lock_kept || kind == FindingKind::own_try_lock;
}

}  // namespace banksim
