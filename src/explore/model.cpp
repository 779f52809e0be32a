#include "explore/model.hpp"

#include <algorithm>
#include <utility>

namespace banksim::model {
namespace {

std::vector<Transfer> all_transfers(const Setup& setup) {
  std::vector<Transfer> all;
  for (std::uint32_t from = 0; from < setup.accounts; ++from)
    for (std::uint32_t to = 0; to < setup.accounts; ++to)
      for (const Money amount : setup.amounts)
        if (from != to || setup.self_transfers) all.push_back({AccountId{from}, AccountId{to}, amount});
  return all;
}

}  // namespace

Model::Model(ExploreSubjectFactory make, const Setup& setup)
    : setup_(setup),
      workers_(setup.workers + (setup.auditor ? 1 : 0)),
      total_(setup.opening.minor_units() * setup.accounts),
      locals_(make, std::vector<Money>(setup.accounts, setup.opening), all_transfers(setup), setup.key),
      balance_cells_(setup.accounts),
      values_(2 * (locals_.cells().size() + setup.accounts)) {
  scratch_.resize(2 * (locals_.cells().size() + setup.accounts));
  const auto put = [this](std::size_t at, std::uint64_t word) {
    scratch_[2 * at] = static_cast<std::uint32_t>(word);
    scratch_[2 * at + 1] = static_cast<std::uint32_t>(word >> 32);
  };
  for (std::size_t cell = 0; cell < locals_.cells().size(); ++cell) {
    const CellInfo& info = locals_.cells()[cell];
    put(cell, info.initial);
    if (info.is_balance) balance_cells_[index(info.account)] = static_cast<ObjectIndex>(cell);
  }
  for (std::uint32_t account = 0; account < setup.accounts; ++account)
    put(ledger_word(AccountId{account}), static_cast<std::uint64_t>(setup.opening.minor_units()));
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
  for (std::uint32_t w = 1; w < setup_.workers; ++w) {
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
  for (std::uint32_t w = 1; w < setup_.workers; ++w)  // insertion sort: there are two to seven
    for (std::uint32_t at = w; at > 0 && before(order[at], order[at - 1]); --at)
      std::swap(order[at], order[at - 1]);

  State renamed = state;
  std::uint32_t mover_now = mover;
  for (std::uint32_t w = 0; w < setup_.workers; ++w) {
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
  return state.slots[worker].is_idle() && state.slots[worker].finished() < setup_.transfers;
}

bool Model::finished(const State& state) const {
  for (std::uint32_t w = 0; w < workers_; ++w)
    if (state.slots[w] != Slot::idle(setup_.transfers)) return false;
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

Model::TransferCounts Model::transfer_counts(const State& state) const {
  TransferCounts counts{0, 0};
  for (std::uint32_t w = 0; w < workers_; ++w) {
    counts.finished = static_cast<std::uint16_t>(counts.finished + state.slots[w].finished());
    if (!state.slots[w].is_idle()) ++counts.under_way;
  }
  return counts;
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
  if (kept.size() < idle) return std::nullopt;
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
    case OpKind::try_lock:
      if (state.owner(local.object) != 0 && waits(local.op)) return std::nullopt;
      if (state.owner(local.object) != 0 || move.refused) return 0;
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

}  // namespace banksim::model
