// What is wrong in a state: waits in a cycle, races, money.
#include "explore/model.hpp"

#include <algorithm>

namespace banksim::model {

std::optional<Breach> Model::check(const State& state, std::uint32_t mover) {
  std::optional<Breach> breach;
  const auto stops = [&](const std::optional<Breach>& found) {
    return found && stops_at(state, *found, breach);
  };
  if (state.slots[mover].is_idle() && all_idle(state) && stops(wrong_money(state))) return breach;
  if (stops(deadlock(state, mover)) || stops(race(state, mover))) return breach;
  return std::nullopt;
}

bool Model::stops_at(const State& state, const Breach& found, std::optional<Breach>& breach) {
  if (is_sought(state, found))
    breach = found;
  else
    pass_over();
  return breach.has_value();
}

bool Model::is_sought(const State& state, const Breach& found) const {
  switch (setup_.find.what) {
    case Sought::anything:
    case Sought::longest_wait:
      return true;
    case Sought::deadlock: {
      if (found.kind != FindingKind::deadlock) return false;
      const auto members = wait_cycle(state, found.worker);
      const bool has_auditor = std::count(members.begin(), members.end(), setup_.workers) != 0;
      return (setup_.find.members == 0 || setup_.find.members == members.size()) &&
             (!setup_.find.through_auditor || has_auditor);
    }
    case Sought::race:
      return found.kind == FindingKind::race;
    case Sought::total:
      return found.kind == FindingKind::wrong_total;
    case Sought::accounts:
      return found.kind == FindingKind::wrong_ledger;
    case Sought::audit:
      return found.kind == FindingKind::wrong_audit;
    case Sought::negative:
      return found.kind == FindingKind::negative_balance;
    case Sought::trap:
      break;
  }
  return false;
}

std::optional<Breach> Model::check_all(const State& state) {
  for (std::uint32_t w = 0; w < workers_; ++w)
    if (auto breach = check(state, w)) return breach;
  return std::nullopt;
}

std::optional<Breach> Model::wrong_money(const State& state) const {
  std::int64_t sum = 0;
  for (std::uint32_t account = 0; account < setup_.accounts; ++account) sum += balance(state, account);
  if (sum != total_) return Breach{.kind = FindingKind::wrong_total, .expected = total_, .found = sum};
  for (std::uint32_t account = 0; account < setup_.accounts; ++account)
    if (auto breach = wrong_ledger(state, account)) return breach;
  return std::nullopt;
}

std::optional<Breach> Model::wrong_ledger(const State& state, std::uint32_t account) const {
  const std::int64_t found = balance(state, account);
  const auto expected = static_cast<std::int64_t>(word(state.values, ledger_word(AccountId{account})));
  if (found == expected) return std::nullopt;
  return Breach{
      .kind = FindingKind::wrong_ledger, .expected = expected, .found = found, .account = AccountId{account}};
}

std::uint32_t Model::blocked_on(const State& state, std::uint32_t worker) const {
  if (state.slots[worker].is_idle()) return 0;
  const Local& local = locals_[state.slots[worker].local()];
  if (local.op != OpKind::lock && local.op != OpKind::try_lock) return 0;
  const std::uint32_t owner = state.owner(local.object);
  return owner != 0 && waits(local.op) ? owner : 0;
}

std::vector<std::uint32_t> Model::wait_cycle(const State& state, std::uint32_t start) const {
  std::vector<std::uint32_t> members;
  std::uint32_t at = start;
  while (members.size() <= workers_) {
    const std::uint32_t owner = blocked_on(state, at);
    if (owner == 0) return {};
    members.push_back(at);
    at = owner - 1;
    if (at == start) return members;
  }
  return {};
}

std::optional<Breach> Model::deadlock(const State& state, std::uint32_t mover) const {
  if (blocked_on(state, mover) == 0) return std::nullopt;
  const auto members = wait_cycle(state, mover);
  if (members.empty()) return std::nullopt;
  return Breach{.kind = FindingKind::deadlock,
                .worker = mover,
                .more_steps = static_cast<std::uint32_t>(members.size())};
}

std::optional<Breach> Model::race(const State& state, std::uint32_t mover) {
  const auto find_accesses = [&](std::uint32_t worker) {
    accesses_[worker].clear();
    for_each_move_of(state, worker, [&](Move move) {
      const Local& next = local_before(state, move);
      if (is_access(next.op)) accesses_[worker].push_back({move, next.object, next.op == OpKind::set});
    });
  };
  const bool begins = can_begin(state, mover);
  std::optional<bool>& touches = begins_with_access_[is_auditor(mover) ? 1 : 0];
  if (begins && touches == false) return std::nullopt;
  find_accesses(mover);
  if (begins) touches = !accesses_[mover].empty();
  if (accesses_[mover].empty()) return std::nullopt;
  for (std::uint32_t other = 0; other < workers_; ++other) {
    if (other == mover) continue;
    find_accesses(other);
    for (const Access& mine : accesses_[mover])
      for (const Access& theirs : accesses_[other])
        if (mine.cell == theirs.cell && (mine.writes || theirs.writes))
          return Breach{.kind = FindingKind::race,
                        .worker = mover,
                        .other = theirs.move,
                        .choice = mine.move.choice,
                        .account = locals_.account_of(local_before(state, mine.move)),
                        .more_steps = 2};
  }
  return std::nullopt;
}

}  // namespace banksim::model
