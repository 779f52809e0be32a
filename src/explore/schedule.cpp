#include "explore/search.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace banksim::model {
namespace {

using Words = std::vector<std::uint32_t>;

Words packed(const Model& model, const State& state) {
  Words words(model.packed_words());
  model.pack(state, words.data());
  return words;
}

bool is(const Model& model, const StateGraph& graph, State state, StateIndex at) {
  model.canonicalize(state, 0);
  const Words words = packed(model, state);
  return std::equal(words.begin(), words.end(), graph.words(at));
}

// A schedule in the making, with the state that it has come to.
class Walk {
 public:
  Walk(Model& model, const StateGraph& graph) : model_(model), graph_(graph), state_(model.initial()) {}

  const State& state() const { return state_; }
  std::vector<Move>& moves() { return moves_; }

  // From the root, by the way on which the search came there.
  void go_to(StateIndex last) {
    std::vector<StateIndex> path;
    for (StateIndex at = last; at != 0; at = graph_.parent(at)) path.push_back(at);
    for (auto at = path.rbegin(); at != path.rend(); ++at) step_to(*at);
  }

  void step_to(StateIndex to) {
    std::optional<State> there;
    model_.for_each_move(state_, [&](Move move) {
      if (there) return;
      State next = state_;
      std::optional<Breach> breach;
      if (model_.step(next, move, breach) != Model::Moved::yes || !is(model_, graph_, next, to)) return;
      there = next;
      moves_.push_back(move);
    });
    if (!there) throw std::logic_error("explorer: the way back to a counterexample is lost");
    state_ = *there;
  }

 private:
  Model& model_;
  const StateGraph& graph_;
  State state_;
  std::vector<Move> moves_;
};

}  // namespace

Counterexample counterexample(Model& model, const StateGraph& graph, const ShortestBreach& shortest) {
  Walk walk(model, graph);
  walk.go_to(shortest.state);
  Counterexample found{std::move(walk.moves()), Breach{.kind = shortest.kind, .worker = 0}};
  std::optional<Move> last;
  model.for_each_move(walk.state(), [&](Move move) {
    if (last) return;
    State next = walk.state();
    std::optional<Breach> breach;
    const auto moved = model.step(next, move, breach);
    if (moved == Model::Moved::yes) breach = model.check(next, move.worker);
    if (!breach || breach->kind != shortest.kind || breach->more_steps != shortest.more_steps) return;
    last = move;
    found.breach = *breach;
  });
  if (last) found.moves.push_back(*last);
  return found;
}

// Without names a loop may come back with the workers exchanged: go round until they are as they were once.
Counterexample lasso(Model& model, const StateGraph& graph, const Trap& trap) {
  Walk walk(model, graph);
  walk.go_to(trap.walk.front());
  for (std::size_t i = 1; i <= trap.loop; ++i) walk.step_to(trap.walk[i]);
  std::map<Words, std::size_t> rounds;  // where each began, by its first state
  while (rounds.emplace(packed(model, walk.state()), walk.moves().size()).second) {
    for (std::size_t i = trap.loop + 1; i < trap.walk.size(); ++i) walk.step_to(trap.walk[i]);
    walk.step_to(trap.walk[trap.loop]);
  }
  return {std::move(walk.moves()), Breach{.kind = FindingKind::livelock, .worker = 0},
          rounds[packed(model, walk.state())],
          model.kept_from_beginning(walk.state(), trap.never_free).value()};
}

}  // namespace banksim::model
