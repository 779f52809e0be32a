// The waiting room: proves a deadlock among threads that really wait, and names its cycle.
//
// A thread that has waited longer than a slice enters the room and says which mutex it wants. Every mutex
// carries the tag of its holder, so the room can follow wanted -> holder -> wanted -> ... among those
// present. Whoever gets back to itself has found the cycle.
//
// Why it is sound: a thread in the room stays blocked until it has left, and leaving takes the room's own
// mutex. So while we look, it releases nothing. A tag that names it is true, because a holder clears its tag
// before it unlocks, and coherence forbids us to see an older tag than that. No timeout guesses.
//
// Why it is complete: everyone in a real cycle comes in after its slice, and the last to come sees them all.
// This is said of workers and the auditor. An outsider never comes in, so a chain that reaches one ends
// there: no cycle is invented, and one that goes through it is not found (the run is then called stalled).
//
// Cost: nothing until a wait has lasted a slice. A tag is one relaxed store to a cache line that its holder
// owns anyway. enter() is O(length of the chain).
//
// Threads: every function synchronises on the room's mutex; anyone may call.
//
// Source: Coffman, Elphick, Shoshani, System Deadlocks (1971), circular wait; Chandy, Misra, Haas (1983),
// chasing edges from the waiter.
#pragma once

#include <banksim/ids.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace banksim {

// The number of a name that a strategy gives to a mutex of its own, and back: names are kept as long as the program
// runs, each once. Any thread may call. After 65,535 names there are no more: then it has none.
AccountId number_of_name(std::string_view name);
std::string_view name_of(AccountId named);

// Who holds a mutex, kept inside it: a worker, kOutsider, or kNobody when it is free. Only the holder writes: set
// after locking, clear before unlocking.
//
// Where the lock is this very word (mutexes/word.hpp), taking it names the holder, and the top bit is the lock's own.
class HolderTag {
 public:
  using Word = std::uint32_t;
  static constexpr Word kFree = 0;
  static constexpr Word kTopBit = Word{1} << 31;
  static constexpr Word held_by(WorkerId holder) { return index(holder) + 1; }

  explicit HolderTag(AccountId account) : account_(account) {}

  void set(WorkerId holder) { word_.store(held_by(holder), std::memory_order_relaxed); }
  void clear() { word_.store(kFree, std::memory_order_relaxed); }
  WorkerId holder() const { return WorkerId{(word_.load(std::memory_order_relaxed) & ~kTopBit) - 1}; }
  AccountId account() const { return account_ < kFirstNamed ? account_ : kNoAccount; }
  std::string_view name() const { return account_ < kFirstNamed ? std::string_view() : name_of(account_); }
  std::atomic<Word>& word() { return word_; }

 private:
  std::atomic<Word> word_{kFree};
  AccountId account_;
};

// One arrow of the wait-for graph. `holds` is the mutex that the member before it in the cycle waits for.
struct WaitForEdge {
  WorkerId waiter;
  AccountId holds;
  AccountId waits_for;
  WorkerId held_by;
  // Which of the strategy's own mutexes these are, from 1, where there is no account: of a run counted among those in
  // the cycle, in their order in memory; of an exploration as the strategy made them. 0: the only one, or not known.
  std::uint32_t holds_own = 0;
  std::uint32_t waits_for_own = 0;
  // What the strategy calls them; empty: nothing.
  std::string holds_name = {};
  std::string waits_for_name = {};
  friend bool operator==(const WaitForEdge&, const WaitForEdge&) = default;
};

using WaitForCycle = std::vector<WaitForEdge>;

class WaitingRoom {
 public:
  // Room for waiters numbered 0 .. waiters - 1.
  explicit WaitingRoom(std::size_t waiters) : wanted_(waiters, nullptr) {}

  // Declares that `waiter` is blocked on `wanted`, which must outlive the wait. True when that closes a cycle
  // and is the first to do so; the cycle is then kept.
  bool enter(WorkerId waiter, const HolderTag& wanted);

  // To be called by the waiter after it got the mutex or gave up, before it does anything else.
  void leave(WorkerId waiter);

  // How many are in the room.
  std::size_t waiting() const;

  // The first cycle found, if any.
  std::optional<WaitForCycle> cycle() const;

  // Those present, outside the cycle, whose wait ends in it: blocked for ever as well.
  std::vector<WorkerId> blocked_behind() const;

 private:
  const HolderTag* wanted_by(WorkerId who) const;
  std::optional<WaitForCycle> cycle_through(WorkerId start) const;
  void number_own_mutexes(WaitForCycle& cycle) const;

  mutable std::mutex mutex_;
  std::vector<const HolderTag*> wanted_;  // by waiter; null: not present
  std::optional<WaitForCycle> cycle_;
};

}  // namespace banksim
