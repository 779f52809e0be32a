#include "explore/model.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <utility>

namespace banksim::model {

std::vector<Transfer> all_transfers(const ExploreSize& size) {
  std::vector<Transfer> all;
  for (std::uint32_t from = 0; from < size.accounts; ++from)
    for (std::uint32_t to = 0; to < size.accounts; ++to)
      for (const Money amount : size.amounts)
        if (from != to || size.self_transfers) all.push_back({AccountId{from}, AccountId{to}, amount});
  return all;
}

Model::Model(ExploreSubjectFactory make, const Setup& setup)
    : setup_(setup),
      workers_(setup.workers + (setup.auditor ? 1 : 0)),
      total_(setup.balance.minor_units() * setup.accounts),
      locals_(make, std::vector<Money>(setup.accounts, setup.balance), all_transfers(setup), setup.key,
              setup.workers, setup.watch),
      allowed_(setup.choices),
      values_(2 * (locals_.cells().size() + setup.accounts)),
      scratch_(2 * (locals_.cells().size() + setup.accounts)) {
  std::vector<std::uint64_t> words(locals_.cells().begin(), locals_.cells().end());
  words.resize(words.size() + setup.accounts, static_cast<std::uint64_t>(setup.balance.minor_units()));
  std::memcpy(scratch_.data(), words.data(), words.size() * sizeof words[0]);
  initial_.values = values_.insert(scratch_.data()).index;
  if (!allowed_.empty()) return;
  allowed_.resize(choices().size());
  std::iota(allowed_.begin(), allowed_.end(), 0U);
}

// --- States ---

void Model::pack(const State& state, std::uint32_t* words) const {
  std::memcpy(words, &state.owners, sizeof state.owners);
  words[2] = state.values;
  for (std::uint32_t w = 0; w < workers_; ++w) words[3 + w] = state.slots[w].bits();
}

State Model::unpack(const std::uint32_t* words) const {
  State state;
  std::memcpy(&state.owners, words, sizeof state.owners);
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
  std::uint64_t mutex = 1;
  for (std::uint64_t owners = state.owners; owners != 0; owners >>= 4, mutex <<= 1)
    if ((owners & 15) != 0) holds[(owners & 15) - 1] |= mutex;
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
  std::uint64_t word = 0;
  std::memcpy(&word, values_[values] + 2 * index, sizeof word);
  return word;
}

std::uint32_t Model::with_word(std::uint32_t values, std::size_t index, std::uint64_t word) {
  std::copy_n(values_[values], scratch_.size(), scratch_.data());
  std::memcpy(&scratch_[2 * index], &word, sizeof word);
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
  const bool begins = move.choice != kNoChoice;
  Slot& slot = state.slots[move.worker];
  const LocalId now = begins ? locals_.begin(move.choice) : slot.local();
  const Local local = locals_[now];
  const bool short_before = begins && is_short(state, move.choice);
  if (local.op != OpKind::commit) {
    const auto result = apply(state, move, local, breach);
    if (!result && breach) return Moved::broken;
    const bool waits_to_begin =
        !result && begins && setup_.find.what == Sought::longest_wait && local.op == OpKind::lock;
    if (!result && !waits_to_begin) return Moved::blocked;
    const LocalId next = result ? locals_.advance(now, *result) : now;
    if (next >= Slot::kMaxLocals)
      throw TooLarge("max_local_states", "the strategy has too many local states");
    slot = slot.at(next);
  }
  if (short_before) slot = slot.with_short();
  if (local.op == OpKind::set && locals_.is_balance(local.object))
    for (std::uint32_t w = 0; w < workers_; ++w)
      if (Slot& each = state.slots[w]; !each.is_idle() && is_short(state, locals_[each.local()].choice))
        each = each.with_short();
  const Local& then = local.op == OpKind::commit ? local : locals_[slot.local()];
  return then.op == OpKind::commit ? commit(state, move.worker, then, breach) : Moved::yes;
}

// What the operation does to shared state; its result, or nothing if it cannot happen or must not.
std::optional<std::uint64_t> Model::apply(State& state, Move move, const Local& local,
                                          std::optional<Breach>& breach) {
  const std::uint32_t worker = move.worker;
  const std::uint32_t owner = is_access(local.op) ? 0 : state.owner(local.object);
  const auto stops = [&](FindingKind kind, std::int64_t found) {
    const AccountId account = locals_.account_of(local);
    return stops_at(state, {.kind = kind, .worker = worker, .found = found, .account = account}, breach);
  };
  switch (local.op) {
    case OpKind::lock:
    case OpKind::try_lock:
      if (owner != 0 && waits(local.op)) return std::nullopt;
      if (owner == worker + 1) {
        stops(FindingKind::own_try_lock, 0);
        return std::nullopt;
      }
      if (owner != 0 || move.refused) return 0;
      state.set_owner(local.object, worker + 1);
      return 1;
    case OpKind::unlock:
      if (owner != worker + 1) {
        stops(FindingKind::foreign_unlock, 0);
        return std::nullopt;
      }
      state.set_owner(local.object, 0);
      return 0;
    case OpKind::get:
      return word(state.values, local.object);
    case OpKind::set:
      if (const auto value = static_cast<std::int64_t>(local.value);
          value < 0 && locals_.is_balance(local.object) && stops(FindingKind::negative_balance, value))
        return std::nullopt;
      state.values = with_word(state.values, local.object, local.value);
      return 0;
    case OpKind::commit:
      break;
  }
  return std::nullopt;
}

bool Model::is_short(const State& state, std::uint32_t choice) const {
  if (!locals_.has_own_transfer() || choice == locals_.audit_choice()) return false;
  const Transfer& transfer = choices()[choice];
  return balance(state, index(transfer.from)) < transfer.amount.minor_units();
}

Model::Moved Model::commit(State& state, std::uint32_t worker, const Local& end,
                           std::optional<Breach>& breach) {
  std::optional<Breach> wrong;
  for (std::uint32_t mutex = 0; mutex < Locals::kMaxMutexes; ++mutex) {
    if (state.owner(mutex) != worker + 1) continue;
    // Of several the one with the lowest number: in which order they are first used depends on what was tried.
    const AccountId account = locals_.account_of_mutex(mutex);
    if (!wrong || account < wrong->account)
      wrong = {.kind = FindingKind::lock_kept, .worker = worker, .account = account};
  }
  if (wrong) return stops_at(state, *wrong, breach) ? Moved::broken : Moved::blocked;
  if (end.choice == locals_.audit_choice()) {
    seen_.audited = true;
    if (const auto sum = static_cast<std::int64_t>(end.value); sum != total_)
      wrong = {.kind = FindingKind::wrong_audit, .worker = worker, .expected = total_, .found = sum};
  } else if (const Transfer& transfer = choices()[end.choice];
             static_cast<TransferOutcome>(end.value) == TransferOutcome::done) {
    seen_.done = true;
    const auto amount = static_cast<std::uint64_t>(transfer.amount.minor_units());
    const auto enter = [&](AccountId account, std::uint64_t change) {
      const std::size_t at = ledger_word(account);
      state.values = with_word(state.values, at, word(state.values, at) + change);
    };
    enter(transfer.from, -amount);
    enter(transfer.to, amount);
  } else {
    seen_.declined = true;
    if (locals_.has_own_transfer() && !state.slots[worker].was_short())
      wrong = {.kind = FindingKind::unjust_decline, .worker = worker, .account = transfer.from};
  }
  if (wrong && stops_at(state, *wrong, breach)) return Moved::broken;
  state.slots[worker] = Slot::idle(state.slots[worker].finished() + 1);
  return Moved::yes;
}

}  // namespace banksim::model
