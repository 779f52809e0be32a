#include "explore/likeness.hpp"

#include <algorithm>
#include <cstdint>
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

// The accounts of the cycle by their numbers in the run.
std::map<AccountId, AccountId> renumbered(const Deadlock& deadlock) {
  std::map<AccountId, AccountId> accounts;
  for (const DeadlockMember& member : deadlock.cycle) {
    if (member.edge.waits_for != kNoAccount) accounts[member.edge.waits_for];
    if (!member.transfer) continue;
    accounts[member.transfer->transfer.from];
    accounts[member.transfer->transfer.to];
  }
  std::uint32_t next = 0;
  for (auto& [in_run, in_likeness] : accounts) in_likeness = AccountId{next++};
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
  return {only_audits_are_wrong(run) ? Sought::audit : Sought::anything};
}

std::optional<ExploreLimits> likeness_of(const Deadlock& deadlock) {
  const auto accounts = renumbered(deadlock);
  const std::size_t audits = audits_in(deadlock);
  const std::size_t workers = deadlock.cycle.size() - audits;
  if (accounts.size() > kMostAccounts || workers > kMostWorkers || audits > 1) return std::nullopt;
  ExploreLimits like;
  like.workers = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(workers));
  like.accounts = std::max<std::uint32_t>(2, static_cast<std::uint32_t>(accounts.size()));
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
  if (run.outcome == Outcome::deadlock && run.deadlock) {
    const WorkerId auditor{exploration.limits.workers};
    const bool audited =
        std::ranges::any_of(finding.cycle, [auditor](const auto& edge) { return edge.waiter == auditor; });
    return finding.kind == FindingKind::deadlock && finding.cycle.size() == run.deadlock->cycle.size() &&
           audited == (audits_in(*run.deadlock) > 0);
  }
  if (only_audits_are_wrong(run)) return finding.kind == FindingKind::wrong_audit;
  return finding.kind != FindingKind::longest_wait;
}

}  // namespace banksim
