// What is wrong in a state: waits in a cycle, races, money.
#include "explore/model.hpp"

#include <algorithm>

namespace banksim::model {

std::optional<Breach> Model::check(const State& state, std::uint32_t mover) {
  if (state.slots[mover].is_idle() && all_idle(state))
    if (auto breach = wrong_money(state)) return breach;
  if (auto breach = deadlock(state, mover)) return breach;
  return race(state, mover);
}

std::optional<Breach> Model::check_all(const State& state) {
  for (std::uint32_t w = 0; w < workers_; ++w)
    if (auto breach = check(state, w)) return breach;
  return std::nullopt;
}

std::int64_t Model::balance(const State& state, std::uint32_t account) const {
  return static_cast<std::int64_t>(word(state.values, balance_cells_[account]));
}

std::optional<Breach> Model::wrong_money(const State& state) const {
  std::int64_t sum = 0;
  for (std::uint32_t account = 0; account < setup_.accounts; ++account) sum += balance(state, account);
  if (sum != total_)
    return Breach{.kind = FindingKind::wrong_total, .worker = 0, .expected = total_, .found = sum};
  for (std::uint32_t account = 0; account < setup_.accounts; ++account)
    if (auto breach = wrong_ledger(state, account)) return breach;
  return std::nullopt;
}

std::optional<Breach> Model::wrong_ledger(const State& state, std::uint32_t account) const {
  const std::int64_t found = balance(state, account);
  const auto expected = static_cast<std::int64_t>(word(state.values, ledger_word(AccountId{account})));
  if (found == expected) return std::nullopt;
  return Breach{.kind = FindingKind::wrong_ledger,
                .worker = 0,
                .expected = expected,
                .found = found,
                .account = AccountId{account}};
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

std::optional<Model::Access> Model::access_of(const Local& local, std::uint32_t choice) {
  if (local.op != OpKind::get && local.op != OpKind::set) return std::nullopt;
  return Access{choice, local.object, local.op == OpKind::set};
}

// What the worker may touch with its next step. `room` is for the only one of a worker under way.
std::span<const Model::Access> Model::next_accesses(const State& state, std::uint32_t worker,
                                                    std::optional<Access>& room) {
  if (can_begin(state, worker)) return first_accesses(is_auditor(worker));
  if (state.slots[worker].is_idle()) return {};
  room = access_of(locals_[state.slots[worker].local()], kNoChoice);
  return room ? std::span(&*room, 1) : std::span<const Access>();
}

const std::vector<Model::Access>& Model::first_accesses(bool of_auditor) {
  auto& known = first_accesses_[of_auditor ? 1 : 0];
  if (known) return *known;
  known.emplace();
  const std::uint32_t audit = locals_.audit_choice();
  for (std::uint32_t choice = of_auditor ? audit : 0; choice < (of_auditor ? audit + 1 : audit); ++choice)
    if (const auto access = access_of(locals_[locals_.begin(choice)], choice)) known->push_back(*access);
  return *known;
}

std::optional<Breach> Model::race(const State& state, std::uint32_t mover) {
  std::optional<Access> mine_alone, theirs_alone;
  const auto mine = next_accesses(state, mover, mine_alone);
  if (mine.empty()) return std::nullopt;
  for (std::uint32_t other = 0; other < workers_; ++other) {
    if (other == mover) continue;
    const auto theirs = next_accesses(state, other, theirs_alone);
    for (const Access& one : mine)
      for (const Access& two : theirs)
        if (one.cell == two.cell && (one.writes || two.writes))
          return Breach{.kind = FindingKind::race,
                        .worker = mover,
                        .other = {other, two.choice},
                        .choice = one.choice,
                        .account = locals_.cells()[one.cell].account,
                        .more_steps = 2};
  }
  return std::nullopt;
}

}  // namespace banksim::model
