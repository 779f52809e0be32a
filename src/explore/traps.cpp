// Traps: states from which a plan cannot come to its end any more.
//
// Which transfers come is the plan's choice, and not the schedule's: who waits for its first lock has chosen.
// So a trap is a state from which those under way can never end a transfer, while every worker that has one
// to begin may have chosen one whose first lock is never free again. Nothing else keeps a plan from its end:
// as long as one more transfer can be ended, do so; when none can, let everyone begin who can, and what
// remains is such a state. That a try_lock is refused without need is no way out.
#include "explore/state_graph.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace banksim::model {
namespace {

constexpr std::uint64_t kWalkBytesPerState = 64;

// What the workers under way can bring about, as a bit set: a mutex free, a transfer ended.
using Reachable = std::uint32_t;
constexpr Reachable kTransferEnded = Reachable{1} << Locals::kMaxMutexes;
constexpr Reachable kEverything = 2 * kTransferEnded - 1;

class TrapSearch {
 public:
  TrapSearch(Model& model, const StateGraph& graph, Bounds& bounds)
      : model_(model), graph_(graph), bounds_(bounds) {}

  std::optional<Trap> run() {
    const std::vector<Reachable> reachable = what_is_reachable();
    if (!bounds_.has_room_for(0)) return std::nullopt;
    for (StateIndex entry = 0; entry < graph_.size(); ++entry) {
      if (!is_in_trap(entry, reachable[entry])) continue;
      std::vector<StateIndex> walk = any_walk_into_loop(entry);
      if (walk.empty()) continue;  // a deadlock that was passed over
      if (auto shorter = short_walk_into_loop(entry); !shorter.empty()) walk = std::move(shorter);
      const StateIndex again = walk.back();
      walk.pop_back();
      const auto loop = std::find(walk.begin(), walk.end(), again) - walk.begin();
      return Trap{std::move(walk), static_cast<std::size_t>(loop), ~reachable[again]};
    }
    return std::nullopt;
  }

 private:
  bool is_in_trap(StateIndex at, Reachable reachable) {
    if ((reachable & kTransferEnded) != 0) return false;
    const State state = graph_.state(at);
    return !model_.finished(state) && model_.kept_from_beginning(state, ~reachable).has_value();
  }

  // By state: what is there already, and the states from which a step that begins and ends no transfer leads
  // there.
  struct Backwards {
    std::vector<Reachable> reachable;
    std::vector<std::uint64_t> begin;  // in `from`, with the end of the last one
    std::vector<StateIndex> from;
  };

  Backwards backwards() {
    std::vector<Model::TransferCounts> counts(graph_.size());
    Backwards found{std::vector<Reachable>(graph_.size()), std::vector<std::uint64_t>(graph_.size() + 1), {}};
    for (StateIndex at = 0; at < graph_.size(); ++at) {
      const State state = graph_.state(at);
      counts[at] = model_.transfer_counts(state);
      found.reachable[at] = model_.free_mutexes(state);
    }
    std::vector<StateIndex> room;
    for (StateIndex at = 0; at < graph_.size(); ++at)
      for (const StateIndex to : graph_.successors(at, room, Edges::without_refusals)) {
        if (counts[to] == counts[at]) ++found.begin[to + 1];
        if (counts[to].under_way < counts[at].under_way) found.reachable[at] = kEverything;
      }
    for (std::size_t at = 0; at < graph_.size(); ++at) found.begin[at + 1] += found.begin[at];
    found.from.resize(found.begin.back());
    std::vector<std::uint64_t> fill(found.begin.begin(), found.begin.end() - 1);
    for (StateIndex at = 0; at < graph_.size(); ++at)
      for (const StateIndex to : graph_.successors(at, room, Edges::without_refusals))
        if (counts[to] == counts[at]) found.from[fill[to]++] = at;
    bounds_.note_memory(graph_.size() * (sizeof(counts[0]) + sizeof(Reachable) + 2 * sizeof(std::uint64_t)) +
                        found.from.size() * sizeof(StateIndex));
    return found;
  }

  // By state. Backwards along the steps that begin and end no transfer, until nothing changes.
  std::vector<Reachable> what_is_reachable() {
    auto [reachable, begin, from] = backwards();
    std::vector<StateIndex> changed(graph_.size());
    for (StateIndex at = 0; at < graph_.size(); ++at) changed[at] = at;
    while (!changed.empty()) {
      const StateIndex at = changed.back();
      changed.pop_back();
      for (std::uint64_t e = begin[at]; e < begin[at + 1]; ++e) {
        const Reachable joined = reachable[from[e]] | reachable[at];
        if (joined == reachable[from[e]]) continue;
        reachable[from[e]] = joined;
        changed.push_back(from[e]);
      }
    }
    return std::move(reachable);
  }

  // No transfer is begun or ended between the two.
  bool same_transfers(StateIndex a, StateIndex b) const {
    return model_.transfer_counts(graph_.state(a)) == model_.transfer_counts(graph_.state(b));
  }

  // Walks from a trap that end where they have been: somebody under way can always make a step in it that is no
  // refusal, or it would be a deadlock.

  // Breadth first, until an edge leads back to where the walk came from. Empty if no loop is like that.
  std::vector<StateIndex> short_walk_into_loop(StateIndex entry) const {
    std::unordered_map<StateIndex, StateIndex> came_from{{entry, kNoState}};
    std::vector<StateIndex> queue{entry};
    std::vector<StateIndex> room;
    for (std::size_t i = 0; i < queue.size(); ++i) {
      if (!bounds_.allows(graph_.bytes() + came_from.size() * kWalkBytesPerState)) return {};
      std::vector<StateIndex> walk;
      for (StateIndex at = queue[i]; at != kNoState; at = came_from[at]) walk.push_back(at);
      for (const StateIndex next : graph_.successors(queue[i], room, Edges::without_refusals)) {
        if (!same_transfers(entry, next)) continue;
        if (came_from.emplace(next, queue[i]).second) {
          queue.push_back(next);
        } else if (std::find(walk.begin(), walk.end(), next) != walk.end()) {
          std::reverse(walk.begin(), walk.end());
          walk.push_back(next);
          return walk;
        }
      }
    }
    return {};
  }

  // Depth first. Empty if there is none.
  std::vector<StateIndex> any_walk_into_loop(StateIndex entry) {
    std::vector<StateIndex> walk{entry};
    std::vector<StateIndex> room;
    while (!walk.empty()) {
      const auto next = graph_.successors(walk.back(), room, Edges::without_refusals);
      const auto to = std::find_if(next.begin(), next.end(), [&](StateIndex state) {
        return same_transfers(entry, state) && !leads_into_no_loop_.contains(state);
      });
      if (to == next.end()) {
        leads_into_no_loop_.insert(walk.back());
        walk.pop_back();
        continue;
      }
      walk.push_back(*to);
      if (std::find(walk.begin(), walk.end() - 1, *to) != walk.end() - 1) break;
    }
    return walk;
  }

  Model& model_;
  const StateGraph& graph_;
  Bounds& bounds_;
  std::unordered_set<StateIndex> leads_into_no_loop_;
};

}  // namespace

std::optional<Trap> find_trap(Model& model, const StateGraph& graph, Bounds& bounds) {
  return TrapSearch(model, graph, bounds).run();
}

std::optional<std::vector<Move>> kept_in_trap(Model& model, const State& state) {
  WordSet seen(model.packed_words());
  std::vector<std::uint32_t> words(model.packed_words());
  const auto remember = [&](const State& found) {
    model.pack(found, words.data());
    seen.insert(words.data());
  };
  remember(state);
  const auto counts = model.transfer_counts(state);
  Reachable ever_free = 0;
  bool ends = model.finished(state);
  for (std::size_t at = 0; at < seen.size() && !ends; ++at) {
    const State now = model.unpack(seen[at]);
    ever_free |= model.free_mutexes(now);
    model.for_each_move(now, [&](Move move) {
      if (move.choice != kNoChoice || move.refused) return;  // begins a transfer, or nobody may count on it
      State next = now;
      std::optional<Breach> breach;
      const auto moved = model.step(next, move, breach);
      if (moved == Model::Moved::blocked) return;
      if (moved == Model::Moved::broken || model.transfer_counts(next) != counts)
        ends = true;
      else
        remember(next);
    });
  }
  return ends ? std::nullopt : model.kept_from_beginning(state, ~ever_free);
}

}  // namespace banksim::model
