// The states that a search has found, with the moves between them.
//
// Promises: states are numbered in the order in which they were found, from 0, the root.
// Threads: one at a time.
// Cost: a state takes its packed words and some 20 bytes, a move 4 bytes.
#pragma once

#include "explore/model.hpp"
#include "explore/store.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace banksim::model {

using StateIndex = std::uint32_t;
inline constexpr StateIndex kNoState = 0xffff'ffff;

class StateGraph {
 public:
  explicit StateGraph(const Model& model) : model_(model), states_(model.packed_words()) {}

  StateIndex size() const { return static_cast<StateIndex>(states_.size()); }
  std::uint64_t edges() const { return edges_.size(); }
  std::uint64_t bytes() const {
    return states_.bytes() + parents_.bytes() + edges_.bytes() + edge_begin_.bytes() + model_.bytes();
  }
  // What growing has taken for a moment, and what it would take for so many states more.
  std::uint64_t growth_bytes() const { return states_.peak_bytes() - states_.bytes(); }
  std::uint64_t bytes_to_grow_by(std::size_t states) const { return states_.bytes_to_grow_by(states); }

  State state(StateIndex at) const { return model_.unpack(states_[at]); }
  const std::uint32_t* words(StateIndex at) const { return states_[at]; }
  StateIndex parent(StateIndex at) const { return *parents_[at]; }

  // Where its moves lead, once for each move. In `room` until that is used again.
  std::span<const StateIndex> successors(StateIndex at, std::vector<StateIndex>& room) const {
    room.clear();
    const std::uint64_t end = at + 1 < edge_begin_.size() ? *edge_begin_[at + 1] : edges_.size();
    for (std::uint64_t e = *edge_begin_[at]; e < end; ++e) room.push_back(*edges_[e]);
    return room;
  }

  // To be called in the order of the states, before the moves of each are added.
  void begin_moves() { *edge_begin_.add() = edges_.size(); }

  std::uint64_t hash(const std::uint32_t* words) const {
    const std::uint64_t hash = states_.hash(words);
    states_.prefetch(hash);
    return hash;
  }
  // Adds so many moves from one state to another, which is added if it is new.
  WordSet::Insertion add(StateIndex from, std::uint32_t moves, const std::uint32_t* words,
                         std::uint64_t hash) {
    const auto insertion = states_.insert(words, hash);
    for (std::uint32_t move = 0; move < moves; ++move) edges_.add(insertion.index);
    if (insertion.is_new) parents_.add(from);
    return insertion;
  }

 private:
  const Model& model_;
  WordSet states_;
  ChunkedArray<StateIndex> parents_;
  ChunkedArray<StateIndex> edges_;
  ChunkedArray<std::uint64_t> edge_begin_;
};

// What a search is allowed, and what it took: fills in bounds_hit and peak_memory_bytes of the result.
class Bounds {
 public:
  Bounds(const StateGraph& graph, Exploration& result) : graph_(graph), result_(result) {}

  bool was_hit() const { return !result_.bounds_hit.empty(); }
  bool hit(const char* bound) {
    result_.bounds_hit.emplace_back(bound);
    return true;
  }
  bool cancelled() const {
    const ExploreLimits& limits = result_.limits;
    return (limits.cancel != nullptr && limits.cancel->load()) ||
           (limits.deadline && std::chrono::steady_clock::now() >= *limits.deadline);
  }
  bool allows(std::uint64_t bytes) const { return bytes <= result_.limits.max_memory_bytes; }

  // Whether there is room for so many bytes more than ever were in use, and the search is still wanted.
  bool has_room_for(std::uint64_t more) {
    if (cancelled())
      hit("cancelled");
    else if (!allows(std::max(result_.peak_memory_bytes, graph_.bytes() + more)))
      hit("max_memory");
    return !was_hit();
  }
  void note_memory(std::uint64_t more) {
    const std::uint64_t needed = graph_.bytes() + std::max(graph_.growth_bytes(), more);
    result_.peak_memory_bytes = std::max(result_.peak_memory_bytes, needed);
  }

 private:
  const StateGraph& graph_;
  Exploration& result_;
};

// A walk from a state of a trap into a loop, in which no transfer ever ends.
struct Trap {
  std::vector<StateIndex> walk;  // from the first state of a trap that was found
  std::size_t loop;              // the last state of the walk leads back to this one of it
  std::uint32_t never_free;      // bit set of the mutexes that are never free again in the loop
};

// The trap that is met first. Nothing if there is none, or if a bound was hit.
std::optional<Trap> find_trap(Model& model, const StateGraph& graph, Bounds& bounds);

// The same for one state alone: of those who could begin what keeps each from it for ever, if those under way
// can never end a transfer. Nothing if it is in no trap. Visits every state that these can reach.
std::optional<std::vector<Move>> kept_in_trap(Model& model, const State& state);

}  // namespace banksim::model
