// The states that a search has found, with the moves between them.
//
// Promises: states are numbered in the order in which they were found, from 0, the root.
// Threads: one at a time.
// Cost: a state takes its packed words and some 20 bytes, a move 4 bytes.
#pragma once

#include "explore/model.hpp"
#include "explore/store.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace banksim::model {

using StateIndex = std::uint32_t;
inline constexpr StateIndex kNoState = 0xffff'ffff;
inline constexpr std::uint32_t kMaxStates =
    0x7fff'feff;  // and some are found between two looks at that bound

// A refusal is a try_lock of a free mutex that fails all the same. It may lead into trouble, but nobody may count
// on it: what can come about is asked without them.
enum class Edges : std::uint8_t { all, without_refusals };

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
  std::span<const StateIndex> successors(StateIndex at, std::vector<StateIndex>& room,
                                         Edges which = Edges::all) const {
    room.clear();
    const std::uint64_t end = at + 1 < edge_begin_.size() ? *edge_begin_[at + 1] : edges_.size();
    for (std::uint64_t e = *edge_begin_[at]; e < end; ++e)
      if (const StateIndex edge = *edges_[e]; which == Edges::all || (edge & kRefused) == 0)
        room.push_back(edge & ~kRefused);
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
  WordSet::Insertion add(StateIndex from, std::uint32_t moves, bool refused, const std::uint32_t* words,
                         std::uint64_t hash) {
    const auto insertion = states_.insert(words, hash);
    for (std::uint32_t move = 0; move < moves; ++move) edges_.add(insertion.index | (refused ? kRefused : 0));
    if (insertion.is_new) parents_.add(from);
    return insertion;
  }

 private:
  static constexpr StateIndex kRefused = 1U << 31;

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
  bool cancelled() const { return result_.limits.cancel != nullptr && result_.limits.cancel->load(); }
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

// A walk from a state of a trap into a loop, in which no transfer ever ends, and no step is a refusal.
struct Trap {
  std::vector<StateIndex> walk;  // from the first state of a trap that was found
  std::size_t loop;              // the last state of the walk leads back to this one of it
  std::uint32_t never_free;      // bit set of the mutexes that are never free again in the loop
};

// The trap that is met first. Nothing if there is none, or if a bound was hit.
std::optional<Trap> find_trap(Model& model, const StateGraph& graph, Bounds& bounds);

// So many workers as Exploration::can_refuse_for_ever says. Of a search that found nothing wrong.
std::uint32_t who_can_refuse_for_ever(Model& model, const StateGraph& graph, Bounds& bounds);

// The states of a run that finishes in which the most workers wait at once, and that as long as can be; of these
// the shortest. Of all runs in which every state was found after the one before it.
std::vector<StateIndex> longest_wait(const Model& model, const StateGraph& graph, Bounds& bounds);

// As find_trap()'s for one state alone: of those who could begin what keeps each from it for ever, if those under way
// can never end a transfer. Nothing if it is in no trap. Visits every state that these can reach.
std::optional<std::vector<Move>> kept_in_trap(Model& model, const State& state);

}  // namespace banksim::model
