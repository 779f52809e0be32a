// What can be said of a search that found nothing wrong: who could retry for ever, and the good run with the
// longest wait.
//
// Source: strongly connected components by Tarjan (1972).
#include "explore/state_graph.hpp"

#include <algorithm>
#include <bit>
#include <set>
#include <utility>

namespace banksim::model {
namespace {

class LoopSearch {
 public:
  LoopSearch(Model& model, const StateGraph& graph)
      : model_(model), graph_(graph), reached_(graph.size()), low_(graph.size()) {}

  // Two can refuse each other, and one alone cannot without being in a trap: no need to look for fewer.
  std::uint32_t run() {
    for (StateIndex root = 0; root < graph_.size() && fewest_ != 2; ++root)
      if (reached_[root] == 0) visit_from(root);
    return fewest_;
  }

  std::uint64_t bytes_per_state() const { return 4 * sizeof(StateIndex) + sizeof(Step); }

 private:
  struct Step {
    StateIndex at;
    std::uint32_t tried;
  };

  void visit_from(StateIndex root) {
    visit(root);
    while (!path_.empty() && fewest_ != 2) {
      const auto [at, tried] = path_.back();
      const auto next = graph_.successors(at, room_, Edges::without_refusals);
      if (tried == next.size()) {
        leave(at);
        continue;
      }
      const StateIndex to = next[path_.back().tried++];
      if (reached_[to] == 0)
        visit(to);
      else
        low_[at] = std::min(low_[at], low_[to]);
    }
  }

  void visit(StateIndex at) {
    reached_[at] = low_[at] = ++visited_;
    path_.push_back({at, 0});
    open_.push_back(at);
  }

  void leave(StateIndex at) {
    path_.pop_back();
    if (!path_.empty()) low_[path_.back().at] = std::min(low_[path_.back().at], low_[at]);
    if (low_[at] != reached_[at]) return;
    component_ = {std::find(open_.rbegin(), open_.rend(), at).base() - 1, open_.end()};
    open_.resize(open_.size() - component_.size());
    for (const StateIndex state : component_) low_[state] = kNoState;  // closed: no way back from there
    std::sort(component_.begin(), component_.end());
    const std::uint32_t workers = workers_in_loop(at);
    if (workers != 0 && (fewest_ == 0 || workers < fewest_)) fewest_ = workers;
  }

  bool in_component(StateIndex at) const {
    return std::binary_search(component_.begin(), component_.end(), at);
  }

  // Of the component, where a way round it takes in everyone who could make a step; else 0. Who is who is asked of
  // the states as they are before they lose the workers' names.
  std::uint32_t workers_in_loop(StateIndex start) {
    std::set<std::vector<std::uint32_t>> seen;
    std::vector<std::pair<State, StateIndex>> queue;
    const auto remember = [&](const State& state, StateIndex at) {
      std::vector<std::uint32_t> words(model_.packed_words());
      model_.pack(state, words.data());
      if (seen.insert(std::move(words)).second) queue.emplace_back(state, at);
    };
    if (component_.size() > 1 || leads_to_itself(start)) remember(graph_.state(start), start);
    std::uint32_t able = 0;
    std::uint32_t moving = 0;
    for (std::size_t i = 0; i < queue.size(); ++i) {
      const auto [state, at] = queue[i];
      model_.for_each_move(state, [&, state = state, at = at](Move move) {
        State next = state;
        std::optional<Breach> breach;
        if (move.refused || model_.step(next, move, breach) != Model::Moved::yes) return;
        able |= 1U << move.worker;
        if (move.choice != kNoChoice) return;
        if (const StateIndex to = successor_like(at, next); to != kNoState) {
          moving |= 1U << move.worker;
          remember(next, to);
        }
      });
    }
    return able == moving ? static_cast<std::uint32_t>(std::popcount(moving)) : 0;
  }

  bool leads_to_itself(StateIndex at) {
    const auto next = graph_.successors(at, room_, Edges::without_refusals);
    return std::find(next.begin(), next.end(), at) != next.end();
  }

  // The successor in the component that is this state but for the names.
  StateIndex successor_like(StateIndex at, State state) {
    std::vector<std::uint32_t> words(model_.packed_words());
    model_.canonicalize(state, 0);
    model_.pack(state, words.data());
    for (const StateIndex to : graph_.successors(at, room_, Edges::without_refusals))
      if (in_component(to) && std::equal(words.begin(), words.end(), graph_.words(to))) return to;
    return kNoState;
  }

  Model& model_;
  const StateGraph& graph_;
  std::uint32_t fewest_ = 0;
  std::uint32_t visited_ = 0;
  std::vector<std::uint32_t> reached_;  // by state: as which, from 1; 0: not yet
  std::vector<std::uint32_t> low_;      // the first that was reached and is known to be in the same component
  std::vector<Step> path_;
  std::vector<StateIndex> open_;  // not yet in a component
  std::vector<StateIndex> component_;
  std::vector<StateIndex> room_;
};

}  // namespace

std::uint32_t who_can_refuse_for_ever(Model& model, const StateGraph& graph, Bounds& bounds) {
  LoopSearch search(model, graph);
  bounds.note_memory(graph.size() * search.bytes_per_state());
  return search.run();
}

std::vector<StateIndex> longest_wait(const Model& model, const StateGraph& graph, Bounds& bounds) {
  // Of the best way on from a state.
  struct Ahead {
    std::uint32_t most_wait;  // how many of its states have the most waiting
    std::uint32_t steps;
    StateIndex next;
  };
  constexpr std::uint32_t kNoEnd = 0xffff'ffff;
  std::vector<std::uint8_t> waiting(graph.size());
  std::vector<Ahead> ahead(graph.size());
  bounds.note_memory(graph.size() * (sizeof(Ahead) + 1));
  for (StateIndex at = 0; at < graph.size(); ++at)
    for (std::uint32_t w = 0; w < model.workers(); ++w)
      if (model.blocked_on(graph.state(at), w) != 0) ++waiting[at];
  std::vector<StateIndex> room;
  const auto look_ahead = [&](std::uint32_t most) {
    for (StateIndex at = graph.size(); at-- > 0;) {
      Ahead best{0, model.finished(graph.state(at)) ? 0 : kNoEnd, kNoState};
      for (const StateIndex to : graph.successors(at, room)) {
        if (to <= at || ahead[to].steps == kNoEnd) continue;
        const Ahead way{ahead[to].most_wait, ahead[to].steps + 1, to};
        if (best.steps == kNoEnd || way.most_wait > best.most_wait ||
            (way.most_wait == best.most_wait && way.steps < best.steps))
          best = way;
      }
      if (waiting[at] == most) ++best.most_wait;
      ahead[at] = best;
    }
  };
  look_ahead(kMaxWorkers + 1);
  std::uint32_t most = 0;
  for (StateIndex at = 0; at < graph.size(); ++at)
    if (ahead[at].steps != kNoEnd) most = std::max<std::uint32_t>(most, waiting[at]);
  look_ahead(most);
  std::vector<StateIndex> run;
  for (StateIndex at = ahead[0].next; at != kNoState; at = ahead[at].next) run.push_back(at);
  return run;
}

}  // namespace banksim::model
