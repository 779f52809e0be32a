#include "explore/model.hpp"

#include <algorithm>
#include <utility>

namespace banksim::model {
namespace {

// One minor unit an account, and transfers of one and two: so that a transfer is sometimes covered and
// sometimes not, whatever came before. With amounts that are always covered "declined" would never be
// reached, and strategies that go wrong there would pass.
constexpr Money kOpening{1};
constexpr std::int64_t kAmounts[] = {1, 2};

std::vector<Transfer> all_transfers(const ExploreLimits& limits, const Faults& faults) {
  std::vector<Transfer> all;
  for (std::uint32_t from = 0; from < limits.accounts; ++from)
    for (std::uint32_t to = 0; to < limits.accounts; ++to)
      for (const std::int64_t amount : kAmounts) {
        if (from == to && !limits.self_transfers) continue;
        if (faults.only_small_amounts && amount > kOpening.minor_units()) continue;
        all.push_back({AccountId{from}, AccountId{to}, Money{amount}});
      }
  return all;
}

}  // namespace

Model::Model(ExploreSubjectFactory make, const ExploreLimits& limits, const Faults& faults)
    : faults_(faults),
      transfer_workers_(limits.workers),
      transfers_(limits.transfers),
      workers_(limits.workers + (limits.auditor ? 1 : 0)),
      accounts_(limits.accounts),
      total_(kOpening.minor_units() * limits.accounts),
      locals_(make, std::vector<Money>(limits.accounts, kOpening), all_transfers(limits, faults), limits.key,
              faults),
      balance_cells_(limits.accounts),
      values_(2 * (locals_.cells().size() + limits.accounts)) {
  scratch_.resize(2 * (locals_.cells().size() + accounts_));
  const auto put = [this](std::size_t at, std::uint64_t word) {
    scratch_[2 * at] = static_cast<std::uint32_t>(word);
    scratch_[2 * at + 1] = static_cast<std::uint32_t>(word >> 32);
  };
  for (std::size_t cell = 0; cell < locals_.cells().size(); ++cell) {
    const CellInfo& info = locals_.cells()[cell];
    put(cell, info.initial);
    if (info.is_balance) balance_cells_[index(info.account)] = static_cast<ObjectIndex>(cell);
  }
  for (std::uint32_t account = 0; account < accounts_; ++account)
    put(ledger_word(AccountId{account}), static_cast<std::uint64_t>(kOpening.minor_units()));
  initial_.values = values_.insert(scratch_.data()).index;
}

// --- States ---

void Model::pack(const State& state, std::uint32_t* words) const {
  words[0] = static_cast<std::uint32_t>(state.owners);
  words[1] = static_cast<std::uint32_t>(state.owners >> 32);
  words[2] = state.values;
  for (std::uint32_t w = 0; w < workers_; ++w) words[3 + w] = state.slots[w].bits();
}

State Model::unpack(const std::uint32_t* words) const {
  State state;
  state.owners = words[0] | (std::uint64_t{words[1]} << 32);
  state.values = words[2];
  for (std::uint32_t w = 0; w < workers_; ++w) state.slots[w] = Slot(words[3 + w]);
  return state;
}

// Sorts the workers by what they know, then by what they hold. Two that are equal in both hold nothing.
std::uint32_t Model::canonicalize(State& state, std::uint32_t mover) const {
  bool sorted = true;
  for (std::uint32_t w = 1; w < transfer_workers_; ++w) {
    const Slot left = state.slots[w - 1];
    const Slot right = state.slots[w];
    if (left.bits() > right.bits() || (left == right && !left.is_idle())) sorted = false;
  }
  if (sorted) return mover;

  std::array<std::uint32_t, kMaxWorkers> order{};
  std::array<std::uint64_t, kMaxWorkers> holds{};
  for (std::uint32_t mutex = 0; (state.owners >> (4 * mutex)) != 0; ++mutex) {
    if (state.owner(mutex) != 0) holds[state.owner(mutex) - 1] |= std::uint64_t{1} << mutex;
    if (mutex + 1 == Locals::kMaxMutexes) break;
  }
  for (std::uint32_t w = 0; w < workers_; ++w) order[w] = w;
  const auto before = [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(state.slots[a].bits(), holds[a]) < std::pair(state.slots[b].bits(), holds[b]);
  };
  for (std::uint32_t w = 1; w < transfer_workers_; ++w)  // insertion sort: there are two to seven
    for (std::uint32_t at = w; at > 0 && before(order[at], order[at - 1]); --at)
      std::swap(order[at], order[at - 1]);

  State renamed = state;
  std::uint32_t mover_now = mover;
  for (std::uint32_t w = 0; w < transfer_workers_; ++w) {
    renamed.slots[w] = state.slots[order[w]];
    if (order[w] == mover) mover_now = w;
    if (order[w] == w) continue;
    for (std::uint64_t left = holds[order[w]]; left != 0; left &= left - 1)
      renamed.set_owner(static_cast<ObjectIndex>(std::countr_zero(left)), w + 1);
  }
  state = renamed;
  return mover_now;
}

bool Model::can_begin(const State& state, std::uint32_t worker) const {
  return state.slots[worker].is_idle() && state.slots[worker].finished() < transfers_;
}

bool Model::finished(const State& state) const {
  for (std::uint32_t w = 0; w < workers_; ++w)
    if (state.slots[w] != Slot::idle(transfers_)) return false;
  return true;
}

bool Model::all_idle(const State& state) const {
  return std::all_of(state.slots.begin(), state.slots.begin() + workers_,
                     [](Slot slot) { return slot.is_idle(); });
}

bool Model::never_differ(const State& state, std::uint32_t a, std::uint32_t b) const {
  return !is_auditor(a) && !is_auditor(b) && state.slots[a].is_idle() && state.slots[a] == state.slots[b];
}

std::uint64_t Model::word(std::uint32_t values, std::size_t index) const {
  const std::uint32_t* words = values_[values];
  return words[2 * index] | (std::uint64_t{words[2 * index + 1]} << 32);
}

std::uint32_t Model::with_word(std::uint32_t values, std::size_t index, std::uint64_t word) {
  std::copy_n(values_[values], scratch_.size(), scratch_.data());
  scratch_[2 * index] = static_cast<std::uint32_t>(word);
  scratch_[2 * index + 1] = static_cast<std::uint32_t>(word >> 32);
  return values_.insert(scratch_.data()).index;
}

std::uint32_t Model::free_mutexes(const State& state) const {
  std::uint32_t mutexes = 0;
  for (std::uint32_t mutex = 0; mutex < Locals::kMaxMutexes; ++mutex)
    if (state.owner(mutex) == 0) mutexes |= 1U << mutex;
  return mutexes;
}

Model::Progress Model::progress(const State& state) const {
  Progress progress{0, 0};
  for (std::uint32_t w = 0; w < workers_; ++w) {
    progress.finished = static_cast<std::uint16_t>(progress.finished + state.slots[w].finished());
    if (!state.slots[w].is_idle()) ++progress.under_way;
  }
  return progress;
}

std::optional<std::vector<Move>> Model::kept_from_beginning(const State& state, std::uint32_t never_free) {
  std::vector<Move> kept;
  std::uint32_t idle = 0;
  for (std::uint32_t w = 0; w < workers_; ++w)
    if (can_begin(state, w)) ++idle;
  for_each_move(state, [&](Move move) {
    if (move.choice == kNoChoice || (!kept.empty() && kept.back().worker == move.worker)) return;
    const Local& first = local_before(state, move);
    if (first.op == OpKind::lock && (never_free >> first.object & 1U) != 0) kept.push_back(move);
  });
  if (kept.size() < idle || (faults_.waiter_chooses_again && idle > 0)) return std::nullopt;
  return kept;
}

// --- Steps ---

const Local& Model::local_before(const State& state, Move move) {
  if (move.choice == kNoChoice) return locals_[state.slots[move.worker].local()];
  return locals_[locals_.begin(move.choice)];
}

Model::Moved Model::step(State& state, Move move, std::optional<Breach>& breach) {
  const LocalId now =
      move.choice == kNoChoice ? state.slots[move.worker].local() : locals_.begin(move.choice);
  const Local local = locals_[now];
  if (local.op == OpKind::commit) return commit(state, move.worker, local, breach);
  const auto result = apply(state, move, local, breach);
  if (!result) return breach ? Moved::broken : Moved::blocked;

  const LocalId next = locals_.advance(now, *result);
  if (next >= Slot::kMaxLocals) throw NotExplorable("the strategy has too many local states");
  const Local& then = locals_[next];
  if (then.op == OpKind::commit) return commit(state, move.worker, then, breach);
  state.slots[move.worker] = state.slots[move.worker].at(next);
  return Moved::yes;
}

// What the operation does to shared state; its result, or nothing if it cannot happen or must not.
std::optional<std::uint64_t> Model::apply(State& state, Move move, const Local& local,
                                          std::optional<Breach>& breach) {
  const std::uint32_t worker = move.worker;
  switch (local.op) {
    case OpKind::lock:
      if (state.owner(local.object) != 0) return std::nullopt;
      state.set_owner(local.object, worker + 1);
      return 0;
    case OpKind::try_lock:
      if (state.owner(local.object) != 0) {
        if (faults_.try_lock_blocks) return std::nullopt;
        return 0;
      }
      if (move.refused) return 0;
      state.set_owner(local.object, worker + 1);
      return 1;
    case OpKind::unlock:
      if (state.owner(local.object) != worker + 1) {
        breach = Breach{.kind = FindingKind::foreign_unlock,
                        .worker = worker,
                        .account = locals_.account_of_mutex(local.object)};
        return std::nullopt;
      }
      state.set_owner(local.object, 0);
      return 0;
    case OpKind::get:
      return word(state.values, local.object);
    case OpKind::set: {
      const CellInfo& cell = locals_.cells()[local.object];
      if (cell.is_balance && static_cast<std::int64_t>(local.value) < 0) {
        breach = Breach{.kind = FindingKind::negative_balance,
                        .worker = worker,
                        .found = static_cast<std::int64_t>(local.value),
                        .account = cell.account};
        return std::nullopt;
      }
      state.values = with_word(state.values, local.object, local.value);
      return 0;
    }
    case OpKind::commit:
      break;
  }
  return std::nullopt;
}

Model::Moved Model::commit(State& state, std::uint32_t worker, const Local& end,
                           std::optional<Breach>& breach) {
  for (std::uint32_t mutex = 0; mutex < Locals::kMaxMutexes; ++mutex)
    if (state.owner(mutex) == worker + 1) {
      breach = Breach{
          .kind = FindingKind::lock_kept, .worker = worker, .account = locals_.account_of_mutex(mutex)};
      return Moved::broken;
    }
  if (end.choice == locals_.audit_choice()) {
    seen_.audited = true;
    if (const auto sum = static_cast<std::int64_t>(end.value); sum != total_) {
      breach = Breach{.kind = FindingKind::wrong_audit, .worker = worker, .expected = total_, .found = sum};
      return Moved::broken;
    }
  } else if (static_cast<TransferOutcome>(end.value) == TransferOutcome::done) {
    seen_.done = true;
    const Transfer& transfer = choices()[end.choice];
    const auto amount = static_cast<std::uint64_t>(transfer.amount.minor_units());
    const std::size_t from = ledger_word(transfer.from);
    const std::size_t to = ledger_word(transfer.to);
    state.values = with_word(state.values, from, word(state.values, from) - amount);
    state.values = with_word(state.values, to, word(state.values, to) + amount);
  } else {
    seen_.declined = true;
  }
  state.slots[worker] = Slot::idle(state.slots[worker].finished() + 1);
  return Moved::yes;
}

// --- Checks ---

std::optional<Breach> Model::check(const State& state, std::uint32_t mover) {
  if (state.slots[mover].is_idle() && all_idle(state))
    if (auto breach = wrong_money(state)) return breach;
  if (auto breach = deadlock(state, mover)) return breach;
  if (faults_.sees_no_race) return std::nullopt;
  return race(state, mover);
}

std::optional<Breach> Model::check_all(const State& state) {
  for (std::uint32_t w = 0; w < workers_; ++w)
    if (auto breach = check(state, w)) return breach;
  return std::nullopt;
}

std::optional<Breach> Model::wrong_money(const State& state) const {
  std::int64_t sum = 0;
  std::optional<Breach> ledger;
  const std::uint32_t checked = accounts_ - (faults_.skips_last_account ? 1 : 0);
  for (std::uint32_t account = 0; account < checked; ++account) {
    const auto found = static_cast<std::int64_t>(word(state.values, balance_cells_[account]));
    const auto expected = static_cast<std::int64_t>(word(state.values, ledger_word(AccountId{account})));
    sum += found;
    if (found != expected && !ledger)
      ledger = Breach{.kind = FindingKind::wrong_ledger,
                      .worker = 0,
                      .expected = expected,
                      .found = found,
                      .account = AccountId{account}};
  }
  if (sum != total_ && !faults_.skips_last_account)
    return Breach{.kind = FindingKind::wrong_total, .worker = 0, .expected = total_, .found = sum};
  return ledger;
}

// The owner of the mutex that `worker` cannot get, plus one; 0 if it is not blocked.
std::uint32_t Model::blocked_on(const State& state, std::uint32_t worker) const {
  if (state.slots[worker].is_idle()) return 0;
  const Local& local = locals_[state.slots[worker].local()];
  if (local.op != OpKind::lock && !(faults_.try_lock_blocks && local.op == OpKind::try_lock)) return 0;
  return state.owner(local.object);
}

// The workers of the cycle of waits through `start`, beginning there; empty if there is none.
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
  if (faults_.deadlock_only_when_all_block)
    for (std::uint32_t w = 0; w < workers_; ++w)
      if (state.slots[w] != Slot::idle(transfers_) && blocked_on(state, w) == 0) return std::nullopt;
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
