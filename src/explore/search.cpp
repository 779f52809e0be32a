// All schedules, breadth first.
//
// Source: breadth-first search with stored parents; Kahn (1962) for the number of paths.
#include "explore/explorer.hpp"
#include "explore/state_graph.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace banksim::model {
namespace {

constexpr std::uint64_t kBoundsEvery = 4096;                 // states between two looks at the bounds
constexpr std::uint64_t kProgressEvery = 64 * kBoundsEvery;  // and between two calls of progress
constexpr std::uint64_t kBodiesBetween = 256;                // that were run, each as slow as it likes
constexpr std::size_t kNewBetween = std::size_t{64} * 1024;  // states that may be found between two looks

// At most, of the analyses after the search.
constexpr std::uint64_t kCountingBytesPerState = 20;
constexpr std::uint64_t kTrapBytesPerState = 40;
constexpr std::uint64_t kTrapBytesPerEdge = 4;

using Words = std::vector<std::uint32_t>;

Words packed(const Model& model, const State& state) {
  Words words(model.packed_words());
  model.pack(state, words.data());
  return words;
}

// --- From states whose workers have lost their names back to a schedule of workers with names ---

// A schedule in the making, with the state that it has come to. At each step all possible moves are made again.
class Walk {
 public:
  Walk(Model& model, const StateGraph& graph) : model_(model), graph_(graph), state_(model.initial()) {}

  // From the root, by the way on which the search came there.
  void go_to(StateIndex last) {
    std::vector<StateIndex> path;
    for (StateIndex at = last; at != 0; at = graph_.parent(at)) path.push_back(at);
    for (auto at = path.rbegin(); at != path.rend(); ++at) step_to(*at);
  }

  void step_to(StateIndex to, Edges which = Edges::all) {
    const bool arrived = step_where([&](State next, bool is_whole, const auto&) {
      if (!is_whole || (which == Edges::without_refusals && moves_.back().refused)) return false;
      model_.canonicalize(next, 0);
      const Words words = packed(model_, next);
      return std::equal(words.begin(), words.end(), graph_.words(to));
    });
    if (!arrived) throw std::logic_error("explorer: the way back to a counterexample is lost");
  }

  // By the first step that breaks something so, if there is one: where all are stuck it is broken already.
  Breach step_into(FindingKind kind, std::uint32_t more_steps) {
    Breach found{.kind = kind};
    step_where([&](const State& next, bool is_whole, std::optional<Breach> breach) {
      if (is_whole) breach = model_.check(next, moves_.back().worker);
      if (!breach || breach->kind != kind || breach->more_steps != more_steps) return false;
      found = *breach;
      return true;
    });
    return found;
  }

  Words words() const { return packed(model_, state_); }
  const State& state() const { return state_; }
  std::vector<Move>& moves() { return moves_; }

 private:
  template <class Fits>
  bool step_where(Fits&& fits) {
    std::optional<State> there;
    model_.for_each_move(state_, [&](Move move) {
      if (there) return;
      State next = state_;
      std::optional<Breach> breach;
      const auto moved = model_.step(next, move, breach);
      moves_.push_back(move);
      if (moved != Model::Moved::blocked && fits(next, moved == Model::Moved::yes, breach))
        there = next;
      else
        moves_.pop_back();
    });
    if (there) state_ = *there;
    return there.has_value();
  }

  Model& model_;
  const StateGraph& graph_;
  State state_;
  std::vector<Move> moves_;
};

// Without names a loop may come back with the workers exchanged: go round until they are as they were once.
Counterexample lasso(Model& model, const StateGraph& graph, const Trap& trap) {
  Walk walk(model, graph);
  walk.go_to(trap.walk.front());
  const auto step_to = [&](StateIndex to) { walk.step_to(to, Edges::without_refusals); };
  for (std::size_t i = 1; i <= trap.loop; ++i) step_to(trap.walk[i]);
  std::map<Words, std::size_t> rounds;  // where each began, by its first state
  while (rounds.emplace(walk.words(), walk.moves().size()).second) {
    for (std::size_t i = trap.loop + 1; i < trap.walk.size(); ++i) step_to(trap.walk[i]);
    step_to(trap.walk[trap.loop]);
  }
  return {std::move(walk.moves()), Breach{.kind = FindingKind::livelock}, rounds[walk.words()],
          model.kept_from_beginning(walk.state(), trap.never_free).value()};
}

// --- The search ---

class Search {
 public:
  Search(Model& model, Exploration& result)
      : model_(model), result_(result), graph_(model), bounds_(graph_, result) {}

  std::optional<Counterexample> run() {
    at_once_ = model_.check_all(model_.initial());
    if (at_once_) offer({at_once_->kind, at_once_->more_steps, kNoState, at_once_->more_steps});
    visit_all();
    result_.states = std::min<std::uint64_t>(graph_.size(), result_.limits.max_states);
    result_.transitions = graph_.edges();
    bounds_.note_memory(0);
    if (best_) return schedule_of(*best_);
    if (bounds_.was_hit()) return std::nullopt;
    return look_into_loops();
  }

 private:
  struct Successor {
    State state;
    std::uint32_t mover;
    bool refused;
    std::uint64_t hash;
    std::uint32_t copies;  // as many moves lead there, by workers that cannot be told apart
  };

  // Of all that was found the one that is shown in the fewest steps.
  struct Found {
    FindingKind kind;
    std::uint32_t more_steps;
    StateIndex state;  // the move that breaks it starts here; kNoState: the bank is broken before any
    std::uint64_t steps;
  };

  Counterexample schedule_of(const Found& shortest) {
    if (shortest.state == kNoState) return {.moves = {}, .breach = *at_once_};
    Walk walk(model_, graph_);
    walk.go_to(shortest.state);
    const Breach breach = walk.step_into(shortest.kind, shortest.more_steps);
    return {std::move(walk.moves()), breach};
  }

  void visit_all() {
    words_.resize(model_.packed_words());
    model_.pack(model_.initial(), words_.data());
    graph_.add(kNoState, 0, false, words_.data(), graph_.hash(words_.data()));
    StateIndex level_end = 1;
    for (StateIndex at = 0; at < graph_.size(); ++at) {
      if (at == level_end) {
        level_end = graph_.size();
        ++result_.depth;
      }
      if (best_ && best_->steps <= result_.depth + 1) return;
      const bool is_slow = model_.locals().bodies_run() - bodies_seen_ >= kBodiesBetween;
      if ((is_slow || at % kBoundsEvery == 0) && bound_hit(at, is_slow)) return;
      visit(at);
      if (is_full() && bounds_.hit("max_states")) return;
    }
  }

  void visit(StateIndex at) {
    const State state = graph_.state(at);
    graph_.begin_moves();
    successors_.clear();
    expand(at, state);
    const bool stuck =
        sought() == Sought::anything && successors_.empty() && !model_.finished(state) && !broken_here_;
    if (stuck) offer({FindingKind::deadlock, 0, at, result_.depth + shown_of_cycle(state)});
    for (const Successor& next : successors_)
      if (!is_full()) insert(at, next);
  }

  // One more was found than may be.
  bool is_full() const { return graph_.size() > result_.limits.max_states; }

  // The wishes are steps too. Without them a cycle would pass for shorter than what breaks in fewer steps.
  std::uint64_t shown_of_cycle(const State& state) const {
    std::size_t longest = 0;
    for (std::uint32_t w = 0; w < model_.workers(); ++w)
      longest = std::max(longest, model_.wait_cycle(state, w).size());
    return longest;
  }

  void expand(StateIndex at, const State& state) {
    broken_here_ = false;
    std::size_t first_of_worker = 0;
    std::uint32_t worker = kNoState;
    std::uint32_t copied = kNoState;
    model_.for_each_move(state, [&](Move move) {
      if (move.worker != worker) {
        if (worker != kNoState && model_.never_differ(state, worker, move.worker)) {
          if (copied != move.worker)
            for (std::size_t i = first_of_worker; i < successors_.size(); ++i) ++successors_[i].copies;
          copied = move.worker;
          return;
        }
        worker = move.worker;
        first_of_worker = successors_.size();
      }
      take(at, state, move);
    });
  }

  void take(StateIndex at, const State& state, Move move) {
    Successor next{state, move.worker, move.refused, 0, 1};
    std::optional<Breach> breach;
    const auto moved = model_.step(next.state, move, breach);
    if (moved == Model::Moved::broken) {
      broken_here_ = true;
      offer({breach->kind, breach->more_steps, at, result_.depth + 1});
    }
    if (moved != Model::Moved::yes) return;
    next.mover = model_.canonicalize(next.state, next.mover);
    model_.pack(next.state, words_.data());
    next.hash = graph_.hash(words_.data());
    successors_.push_back(next);
  }

  void insert(StateIndex from, const Successor& next) {
    model_.pack(next.state, words_.data());
    if (!graph_.add(from, next.copies, next.refused, words_.data(), next.hash).is_new) return;
    if (const auto breach = model_.check(next.state, next.mover))
      offer({breach->kind, breach->more_steps, from, result_.depth + 1 + breach->more_steps});
  }

  void offer(const Found& found) {
    if (!best_ || found.steps < best_->steps) best_ = found;
  }

  bool bound_hit(StateIndex at, bool is_slow) {
    bounds_.note_memory(0);
    bodies_seen_ = model_.locals().bodies_run();
    if (bounds_.cancelled()) return bounds_.hit("cancelled");
    if (!bounds_.allows(graph_.bytes() + graph_.bytes_to_grow_by(kNewBetween)))
      return bounds_.hit("max_memory");
    if ((is_slow || at % kProgressEvery == 0) && at != 0 && result_.limits.progress)
      result_.limits.progress({graph_.size(), graph_.size() - at, result_.depth});
    return false;
  }

  // --- After a search that found nothing ---

  Sought sought() const { return model_.setup().find.what; }

  std::optional<Counterexample> look_into_loops() {
    std::optional<Counterexample> found;
    const std::uint64_t states = graph_.size();
    if (result_.limits.progress) result_.limits.progress({states, 0, result_.depth});
    if (!bounds_.has_room_for(states * kCountingBytesPerState)) return std::nullopt;
    result_.interleavings = count_interleavings();
    if (!result_.interleavings) {
      if (!bounds_.has_room_for(states * kTrapBytesPerState + graph_.edges() * kTrapBytesPerEdge))
        return std::nullopt;
      found = look_for_trap();
      if (bounds_.was_hit()) return std::nullopt;
    }
    if (model_.passed_over()) result_.interleavings.reset();
    if (!found && sought() == Sought::longest_wait) found = good_run();
    result_.complete = true;
    return found;
  }

  std::optional<Counterexample> look_for_trap() {
    const bool wanted =
        sought() == Sought::anything || sought() == Sought::trap || sought() == Sought::longest_wait;
    if (!wanted && model_.passed_over()) return std::nullopt;
    const auto trap = find_trap(model_, graph_, bounds_);
    if (bounds_.was_hit()) return std::nullopt;
    if (trap && wanted) return lasso(model_, graph_, *trap);
    if (trap) model_.pass_over();
    if (model_.passed_over()) return std::nullopt;
    result_.may_retry = true;
    result_.can_refuse_for_ever = who_can_refuse_for_ever(model_, graph_, bounds_);
    return std::nullopt;
  }

  Counterexample good_run() {
    Walk walk(model_, graph_);
    for (const StateIndex at : longest_wait(model_, graph_, bounds_)) walk.step_to(at);
    return {std::move(walk.moves()), Breach{.kind = FindingKind::longest_wait}};
  }

  // Paths from the root to a finished state, in topological order. Nothing if there is none: loops.
  std::optional<double> count_interleavings() {
    std::vector<std::uint32_t> missing(graph_.size());
    std::vector<StateIndex> room;
    for (StateIndex at = 0; at < graph_.size(); ++at)
      for (const StateIndex to : graph_.successors(at, room)) ++missing[to];
    std::vector<double> paths(graph_.size());
    std::vector<StateIndex> ready;
    std::size_t done = 0;
    double total = 0;
    paths[0] = 1;
    if (missing[0] == 0) ready.push_back(0);
    while (!ready.empty()) {
      const StateIndex at = ready.back();
      ready.pop_back();
      ++done;
      const auto next = graph_.successors(at, room);
      if (next.empty()) total += paths[at];
      for (const StateIndex to : next) {
        paths[to] += paths[at];
        if (--missing[to] == 0) ready.push_back(to);
      }
    }
    bounds_.note_memory(graph_.size() * (sizeof(std::uint32_t) + sizeof(double)));
    return done == graph_.size() ? std::optional(total) : std::nullopt;
  }

  Model& model_;
  Exploration& result_;
  StateGraph graph_;
  Bounds bounds_;
  std::vector<Successor> successors_;
  std::vector<std::uint32_t> words_;
  bool broken_here_ = false;
  std::uint64_t bodies_seen_ = 0;  // at the last look at the bounds
  std::optional<Breach> at_once_;
  std::optional<Found> best_;
};

}  // namespace

std::optional<Counterexample> search_all(Model& model, Exploration& result) {
  return Search(model, result).run();
}

}  // namespace banksim::model
