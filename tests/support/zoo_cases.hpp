// The zoo as a table: each animal with the size at which it is caught, and as what.
#pragma once

#include "explore/explorer.hpp"
#include "zoo.hpp"

#include <banksim/explore.hpp>

#include <stdexcept>
#include <string_view>
#include <vector>

namespace banksim::zoo {

inline ExploreLimits size(std::uint32_t workers, std::uint32_t accounts, std::uint32_t transfers = 1,
                          bool auditor = false) {
  ExploreLimits limits;
  static_cast<ExploreSize&>(limits) = {workers, accounts, transfers, auditor};
  return limits;
}
inline ExploreLimits audited() { return size(2, 2, 1, true); }
inline ExploreLimits with_self_transfers() {
  ExploreLimits limits = size(2, 2);
  limits.self_transfers = true;
  return limits;
}

struct Case {
  std::string_view name;
  ExploreSubjectFactory make;
  ExploreLimits limits;
  FindingKind kind;
  std::size_t steps = 0;  // 0: not counted by hand
  std::size_t cycle = 0;
  bool passes_below = false;  // with two workers and two accounts, or without the auditor

  model::Setup setup(const ExploreLimits& asked) const { return model::setup_for(name, asked); }
  // By an explorer whose model is Model: the right one, or one with a rule broken.
  template <class Model = model::Model>
  Exploration explore(const ExploreLimits& asked) const {
    Model model(make, setup(asked));
    return model::explore(model, asked);
  }
};

template <template <class> class Animal>
Case animal(ExploreLimits limits, FindingKind kind = {}, std::size_t steps = 0, std::size_t cycle = 0,
            bool passes_below = false) {
  using Strategy = Animal<ModelSync>;
  return {Strategy::name, &ExploredStrategy<Strategy>::make, limits, kind, steps, cycle, passes_below};
}

inline const std::vector<Case>& cases() {
  using enum FindingKind;
  static const std::vector<Case> all{
      animal<Naive>(size(2, 2), deadlock, 4, 2),
      animal<Unsafe>(size(2, 2), race, 3),
      animal<LocksOnlySource>(size(2, 2), race),
      animal<ReleasesFirstEarly>(size(2, 3), race, 0, 0, true),
      animal<ChecksFundsBeforeLocking>(size(2, 2), race),
      animal<PeeksAtFunds>(size(2, 2), race),
      animal<ReadsBeforeLocking>(size(2, 2), race),
      animal<UnlocksBeforeWriting>(size(2, 2), race),
      animal<TwoHalves>(audited(), wrong_audit, 0, 0, true),
      animal<OrderDependsOnPair>(size(3, 3), deadlock, 6, 3, true),
      animal<OrderKeyTies>(size(2, 3), deadlock, 4, 2, true),
      animal<StripedInRequestOrder>(size(2, 3), deadlock, 4, 2, true),
      animal<ForgetsSourceWhenDeclined>(size(2, 2), lock_kept),
      animal<ForgetsTargetWhenDeclined>(size(2, 2), lock_kept),
      animal<HoldsAndSpins>(size(2, 2), livelock),
      animal<WaitsForASmallOne>(size(2, 2), livelock),
      animal<RetriesThenBlocks>(size(2, 2), deadlock, 28, 2),
      animal<LosesCreditToEmpty>(size(2, 2), wrong_total),
      animal<SaysDoneThoughDeclined>(size(2, 2), wrong_ledger),
      animal<ChecksNoFunds>(size(2, 2), negative_balance),
      animal<OverdrawsForAMoment>(size(2, 2), negative_balance),
      animal<LocksEachAccess>(size(2, 2), wrong_total),
      animal<GivesUp>(size(2, 2), unjust_decline, 9),
      // Its second lock is only tried: undefined for a mutex that one holds.
      animal<ScopedLock>(with_self_transfers(), own_try_lock, 2),
      animal<Ordered>(with_self_transfers(), deadlock, 2, 1),
      animal<AuditsInDescendingOrder>(audited(), deadlock, 4, 2, true),
      animal<AuditsOneAtATime>(audited(), wrong_audit, 0, 0, true),
      animal<AuditsWithoutLocks>(audited(), race, 0, 0, true),
  };
  return all;
}

inline const Case& find(std::string_view name) {
  for (const Case& animal : cases())
    if (animal.name == name) return animal;
  throw std::invalid_argument("no such animal");
}

}  // namespace banksim::zoo
