#include <banksim/deadlock.hpp>

#include <algorithm>
#include <deque>
#include <functional>

namespace banksim {
namespace {

struct Names {
  std::mutex mutex;
  std::deque<std::string> all;  // whose strings stay where they are
};
Names& names() {
  static Names kept;
  return kept;
}

}  // namespace

AccountId number_of_name(std::string_view name) {
  constexpr std::size_t kMost = index(kNoAccount) - index(kFirstNamed);
  name = name.substr(0, kMostLettersOfALock);
  const std::lock_guard lock(names().mutex);
  auto& all = names().all;
  const auto known = static_cast<std::size_t>(std::ranges::find(all, name) - all.begin());
  if (known == kMost) return kNoAccount;
  if (known == all.size()) all.emplace_back(name);
  return AccountId{index(kFirstNamed) + static_cast<std::uint32_t>(known)};
}

std::string_view name_of(AccountId named) {
  const std::lock_guard lock(names().mutex);
  const std::size_t place = index(named) - index(kFirstNamed);
  return place < names().all.size() ? std::string_view(names().all[place]) : std::string_view();
}

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
    cycle.push_back({.waiter = waiter,
                     .holds = kNoAccount,
                     .waits_for = wanted->account(),
                     .held_by = holder,
                     .waits_for_name = std::string(wanted->name())});
    if (holder == start) {
      number_own_mutexes(cycle);
      // What a member holds is what the member before it waits for.
      for (std::size_t i = 0; i < cycle.size(); ++i) {
        const WaitForEdge& before = cycle[(i + cycle.size() - 1) % cycle.size()];
        cycle[i].holds = before.waits_for;
        cycle[i].holds_own = before.waits_for_own;
        cycle[i].holds_name = before.waits_for_name;
      }
      return cycle;
    }
    waiter = holder;
  }
  return std::nullopt;
}

void WaitingRoom::number_own_mutexes(WaitForCycle& cycle) const {
  std::vector<const HolderTag*> own;
  for (const WaitForEdge& edge : cycle)
    if (edge.waits_for == kNoAccount) own.push_back(wanted_by(edge.waiter));
  if (own.size() < 2) return;
  std::ranges::sort(own, std::less<>{});
  for (WaitForEdge& edge : cycle)
    if (edge.waits_for == kNoAccount)
      edge.waits_for_own = static_cast<std::uint32_t>(
          1 + (std::ranges::lower_bound(own, wanted_by(edge.waiter), std::less<>{}) - own.begin()));
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
  std::vector<bool> in_cycle(wanted_.size(), false);
  for (const WaitForEdge& member : *cycle_) in_cycle[index(member.waiter)] = true;
  for (std::uint32_t i = 0; i < wanted_.size(); ++i) {
    if (in_cycle[i]) continue;
    WorkerId end{i};  // of the chain from here; bounded, since it may run into another cycle
    for (std::size_t steps = 0; steps < wanted_.size() && wanted_by(end) != nullptr; ++steps) {
      end = wanted_by(end)->holder();
      if (index(end) < in_cycle.size() && in_cycle[index(end)]) {
        blocked.push_back(WorkerId{i});
        break;
      }
    }
  }
  return blocked;
}

}  // namespace banksim
