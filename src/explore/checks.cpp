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

Model::Touches Model::touches(const State& state, std::uint32_t worker) {
  const Slot slot = state.slots[worker];
  if (!slot.is_idle()) return {locals_[slot.local()].reads, locals_[slot.local()].writes};
  if (!can_begin(state, worker)) return {0, 0};
  return first_touches(is_auditor(worker));
}

// What a worker that may begin anything may touch first.
Model::Touches Model::first_touches(bool of_auditor) {
  auto& known = first_touches_[of_auditor ? 1 : 0];
  if (known) return *known;
  Touches sum{0, 0};
  const std::uint32_t first = of_auditor ? locals_.audit_choice() : 0;
  const std::uint32_t last = of_auditor ? first + 1 : locals_.audit_choice();
  for (std::uint32_t choice = first; choice < last; ++choice) {
    const Local& local = locals_[locals_.begin(choice)];
    sum.reads |= local.reads;
    sum.writes |= local.writes;
  }
  known = sum;
  return sum;
}

std::optional<Breach> Model::race(const State& state, std::uint32_t mover) {
  const Touches mine = touches(state, mover);
  if ((mine.reads | mine.writes) == 0) return std::nullopt;
  for (std::uint32_t other = 0; other < workers_; ++other) {
    if (other == mover) continue;
    const Touches theirs = touches(state, other);
    if ((mine.writes & (theirs.reads | theirs.writes)) == 0 && (mine.reads & theirs.writes) == 0) continue;
    if (auto breach = race_between(state, mover, other)) return breach;
  }
  return std::nullopt;
}

// The bit sets leave out which choice it is, and number cells modulo 64: here it is exact.
std::optional<Breach> Model::race_between(const State& state, std::uint32_t a, std::uint32_t b) {
  const auto moves_of = [&](std::uint32_t worker) {
    std::vector<Move> moves;
    for_each_move(state, [&](Move move) {
      if (move.worker == worker) moves.push_back(move);
    });
    return moves;
  };
  const auto is_cell = [](OpKind op) { return op == OpKind::get || op == OpKind::set; };
  for (const Move first : moves_of(a))
    for (const Move second : moves_of(b)) {
      const Local mine = local_before(state, first);
      const Local theirs = local_before(state, second);
      if (!is_cell(mine.op) || !is_cell(theirs.op) || mine.object != theirs.object) continue;
      if (mine.op == OpKind::get && theirs.op == OpKind::get) continue;
      return Breach{.kind = FindingKind::race,
                    .worker = a,
                    .other = second,
                    .choice = first.choice,
                    .account = locals_.cells()[mine.object].account,
                    .more_steps = 2};
    }
  return std::nullopt;
}

}  // namespace banksim::model
