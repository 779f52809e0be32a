#include <banksim/deadlock.hpp>

#include <algorithm>

namespace banksim {

const HolderTag* WaitingRoom::wanted_by(WorkerId who) const {
  return index(who) < wanted_.size() ? wanted_[index(who)] : nullptr;
}

// Follows wanted -> holder from `start`. The chain ends at a mutex that is free, or whose holder is not here;
// it may also run into a cycle that `start` is no part of, hence the bound.
std::optional<WaitForCycle> WaitingRoom::cycle_through(WorkerId start) const {
  WaitForCycle cycle;
  WorkerId waiter = start;
  for (std::size_t steps = 0; steps < wanted_.size(); ++steps) {
    const HolderTag* wanted = wanted_by(waiter);
    if (wanted == nullptr) return std::nullopt;
    const WorkerId holder = wanted->holder();
    cycle.push_back({waiter, kNoAccount, wanted->account(), holder});
    if (holder == start) {
      // What a member holds is what the member before it waits for.
      for (std::size_t i = 0; i < cycle.size(); ++i)
        cycle[i].holds = cycle[(i + cycle.size() - 1) % cycle.size()].waits_for;
      return cycle;
    }
    waiter = holder;
  }
  return std::nullopt;
}

bool WaitingRoom::enter(WorkerId waiter, const HolderTag& wanted) {
  const std::lock_guard lock(mutex_);
  wanted_[index(waiter)] = &wanted;
  if (cycle_) return false;
  cycle_ = cycle_through(waiter);
  return cycle_.has_value();
}

void WaitingRoom::leave(WorkerId waiter) {
  const std::lock_guard lock(mutex_);
  wanted_[index(waiter)] = nullptr;
}

std::size_t WaitingRoom::waiting() const {
  const std::lock_guard lock(mutex_);
  const auto absent = std::ranges::count(wanted_, nullptr);
  return wanted_.size() - static_cast<std::size_t>(absent);
}

std::optional<WaitForCycle> WaitingRoom::cycle() const {
  const std::lock_guard lock(mutex_);
  return cycle_;
}

std::vector<WorkerId> WaitingRoom::blocked_behind() const {
  const std::lock_guard lock(mutex_);
  std::vector<WorkerId> blocked;
  if (!cycle_) return blocked;
  // Paint from the cycle outwards: doomed are its members, and who waits for a mutex that a doomed one holds.
  std::vector<bool> doomed(wanted_.size(), false);
  for (const WaitForEdge& member : *cycle_) doomed[index(member.waiter)] = true;
  for (bool grew = true; grew;) {
    grew = false;
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      if (doomed[i] || wanted_[i] == nullptr) continue;
      const WorkerId holder = wanted_[i]->holder();
      if (index(holder) >= wanted_.size() || !doomed[index(holder)]) continue;
      doomed[i] = grew = true;
    }
  }
  for (const WaitForEdge& member : *cycle_) doomed[index(member.waiter)] = false;
  for (std::size_t i = 0; i < doomed.size(); ++i)
    if (doomed[i]) blocked.push_back(WorkerId{static_cast<std::uint32_t>(i)});
  return blocked;
}

}  // namespace banksim
