// Explorers that are built otherwise. Each is a model with one rule replaced: two are right all the same, and
// the others are the explorer's own mutants, which the tests must notice.
#pragma once

#include "zoo_cases.hpp"

#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace banksim::faulty {

using model::Breach;
using model::Model;
using model::Setup;
using model::State;

// --- Right ---

// Tells local states apart by the operations since the transfer began. Exact, but endless for retry loops.
inline void key_by_history(const model::Locals&, const model::Local& found, std::vector<std::uint64_t>& key) {
  key.push_back(found.before);
  key.push_back(found.result);
}
inline Setup with_key(Setup setup, model::LocalKey key) {
  setup.key = key;
  return setup;
}
struct ByHistory : Model {
  ByHistory(ExploreSubjectFactory make, const Setup& setup) : Model(make, with_key(setup, &key_by_history)) {}
};

struct WithoutSymmetry : Model {
  using Model::Model;
  std::uint32_t canonicalize(State&, std::uint32_t mover) const override { return mover; }
  bool never_differ(const State&, std::uint32_t, std::uint32_t) const override { return false; }
};

// --- Wrong ---

struct TakesTryLockForLock : Model {
  using Model::Model;
  bool waits(model::OpKind op) const override { return op == model::OpKind::try_lock || Model::waits(op); }
};

// The tempting rule, to forget the history when no lock is held: a loop that counts its attempts holds none
// between them.
inline void key_by_history_since_unlocked(const model::Locals& locals, const model::Local& found,
                                          std::vector<std::uint64_t>& key) {
  std::vector<std::pair<model::OpKind, std::uint64_t>> past;  // operations with their results, the last first
  std::uint64_t result = found.result;
  for (model::LocalId at = found.before; at != model::kNoLocal; at = locals[at].before) {
    past.emplace_back(locals[at].op, result);
    result = locals[at].result;
  }
  const std::size_t head = key.size();
  int held = 0;
  for (auto at = past.rbegin(); at != past.rend(); ++at) {
    const auto [op, gave] = *at;
    if (op == model::OpKind::lock || (op == model::OpKind::try_lock && gave != 0)) ++held;
    if (op == model::OpKind::unlock) --held;
    key.push_back(gave);
    if (held == 0) key.resize(head);
  }
}
struct ForgetsWhenUnlocked : Model {
  ForgetsWhenUnlocked(ExploreSubjectFactory make, const Setup& setup)
      : Model(make, with_key(setup, &key_by_history_since_unlocked)) {}
};

struct SeesNoRace : Model {
  using Model::Model;
  std::optional<Breach> race(const State&, std::uint32_t) override { return std::nullopt; }
};

struct WaitsUntilAllBlock : Model {
  using Model::Model;
  std::optional<Breach> deadlock(const State& state, std::uint32_t mover) const override {
    for (std::uint32_t w = 0; w < workers(); ++w)
      if (state.slots[w].finished() < setup().transfers && blocked_on(state, w) == 0) return std::nullopt;
    return Model::deadlock(state, mover);
  }
};

struct LooksForNoTraps : Model {
  using Model::Model;
  std::optional<std::vector<model::Move>> kept_from_beginning(const State&, std::uint32_t) override {
    return std::nullopt;
  }
};

// Who waits for its first lock may still take another transfer.
struct LetsWaiterChooseAgain : Model {
  using Model::Model;
  std::optional<std::vector<model::Move>> kept_from_beginning(const State& state,
                                                              std::uint32_t never_free) override {
    for (std::uint32_t w = 0; w < workers(); ++w)
      if (can_begin(state, w)) return std::nullopt;
    return Model::kept_from_beginning(state, never_free);
  }
};

struct SkipsLastAccount : Model {
  using Model::Model;
  std::optional<Breach> wrong_money(const State& state) const override {
    for (std::uint32_t account = 0; account + 1 < setup().accounts; ++account)
      if (auto breach = wrong_ledger(state, account)) return breach;
    return std::nullopt;
  }
};

struct TriesCoveredAmountsOnly : Model {
  TriesCoveredAmountsOnly(ExploreSubjectFactory make, Setup setup)
      : Model(make, (setup.amounts = {setup.balance}, setup)) {}
};

// --- As a table ---

struct Explorer {
  const char* name;
  Exploration (*explore)(const zoo::Case&);
};
template <class Model>
constexpr Explorer explorer(const char* name) {
  return {name, [](const zoo::Case& animal) { return animal.explore<Model>(animal.limits); }};
}
inline constexpr std::array kExplorers{
    explorer<TakesTryLockForLock>("explorer takes try_lock for blocking"),
    explorer<ForgetsWhenUnlocked>("explorer forgets when no lock is held"),
    explorer<SeesNoRace>("explorer sees no race"),
    explorer<WaitsUntilAllBlock>("explorer waits until all block"),
    explorer<LooksForNoTraps>("explorer looks for no traps"),
    explorer<LetsWaiterChooseAgain>("explorer lets a waiter choose again"),
    explorer<SkipsLastAccount>("explorer skips the last account"),
    explorer<TriesCoveredAmountsOnly>("explorer tries covered amounts only"),
};

}  // namespace banksim::faulty
