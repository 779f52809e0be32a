#include "explore/search.hpp"

#include <algorithm>

namespace banksim::model {
namespace {

constexpr std::uint64_t kBoundsEvery = 4096;                 // states between two looks at the bounds
constexpr std::uint64_t kProgressEvery = 64 * kBoundsEvery;  // and between two calls of progress
constexpr std::size_t kNewBetween = std::size_t{64} * 1024;  // states that may be found between two looks

// At most, of the analyses after the search.
constexpr std::uint64_t kCountingBytesPerState = 20;
constexpr std::uint64_t kTrapBytesPerState = 40;
constexpr std::uint64_t kTrapBytesPerEdge = 4;

class Search {
 public:
  Search(Model& model, Exploration& result)
      : model_(model), result_(result), graph_(model), bounds_(graph_, result) {}

  std::optional<Counterexample> run() {
    if (const auto breach = model_.check_all(model_.initial()))
      return Counterexample{.moves = {}, .breach = *breach};
    visit_all();
    result_.states = graph_.size();
    result_.transitions = graph_.edges();
    bounds_.note_memory(0);
    if (best_) return counterexample(model_, graph_, *best_);
    if (bounds_.was_hit()) return std::nullopt;
    return look_into_loops();
  }

 private:
  struct Successor {
    State state;
    std::uint32_t mover;
    std::uint64_t hash;
    std::uint32_t copies;  // as many moves lead there, by workers that cannot be told apart
  };

  void visit_all() {
    words_.resize(model_.packed_words());
    model_.pack(model_.initial(), words_.data());
    graph_.add(kNoState, 0, words_.data(), graph_.hash(words_.data()));
    StateIndex level_end = 1;
    for (StateIndex at = 0; at < graph_.size(); ++at) {
      if (at == level_end) {
        level_end = graph_.size();
        ++result_.depth;
      }
      if (best_ && best_->steps <= result_.depth + 1) return;
      if ((graph_.size() > result_.limits.max_states || at % kBoundsEvery == 0) && bound_hit(at)) return;
      visit(at);
    }
  }

  void visit(StateIndex at) {
    const State state = graph_.state(at);
    graph_.begin_moves();
    successors_.clear();
    expand(at, state);
    const bool stuck = successors_.empty() && !model_.finished(state) && !broken_here_;
    if (stuck) offer({FindingKind::deadlock, 0, at, result_.depth + shown_of_cycle(state)});
    for (const Successor& next : successors_) insert(at, next);
  }

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
    Successor next{state, move.worker, 0, 1};
    std::optional<Breach> breach;
    switch (model_.step(next.state, move, breach)) {
      case Model::Moved::blocked:
        return;
      case Model::Moved::broken:
        broken_here_ = true;
        offer({breach->kind, breach->more_steps, at, result_.depth + 1});
        return;
      case Model::Moved::yes:
        break;
    }
    next.mover = model_.canonicalize(next.state, next.mover);
    model_.pack(next.state, words_.data());
    next.hash = graph_.hash(words_.data());
    successors_.push_back(next);
  }

  void insert(StateIndex from, const Successor& next) {
    model_.pack(next.state, words_.data());
    if (!graph_.add(from, next.copies, words_.data(), next.hash).is_new) return;
    if (const auto breach = model_.check(next.state, next.mover))
      offer({breach->kind, breach->more_steps, from, result_.depth + 1 + breach->more_steps});
  }

  void offer(const ShortestBreach& found) {
    if (!best_ || found.steps < best_->steps) best_ = found;
  }

  bool bound_hit(StateIndex at) {
    bounds_.note_memory(0);
    if (bounds_.cancelled()) return bounds_.hit("cancelled");
    if (graph_.size() > result_.limits.max_states) return bounds_.hit("max_states");
    if (!bounds_.allows(graph_.bytes() + graph_.bytes_to_grow_by(kNewBetween)))
      return bounds_.hit("max_memory");
    if (at % kProgressEvery == 0 && at != 0 && result_.limits.progress)
      result_.limits.progress({graph_.size(), graph_.size() - at, result_.depth});
    return false;
  }

  // --- After a search that found nothing ---

  std::optional<Counterexample> look_into_loops() {
    const std::uint64_t states = graph_.size();
    if (!bounds_.has_room_for(states * kCountingBytesPerState)) return std::nullopt;
    result_.interleavings = count_interleavings();
    if (!result_.interleavings) {
      if (!bounds_.has_room_for(states * kTrapBytesPerState + graph_.edges() * kTrapBytesPerEdge))
        return std::nullopt;
      const auto trap = find_trap(model_, graph_, bounds_);
      if (bounds_.was_hit()) return std::nullopt;
      if (trap) {
        result_.complete = true;
        return lasso(model_, graph_, *trap);
      }
      result_.may_retry = true;
    }
    result_.complete = true;
    return std::nullopt;
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
  std::optional<ShortestBreach> best_;
};

}  // namespace

std::optional<Counterexample> search_all(Model& model, Exploration& result) {
  return Search(model, result).run();
}

}  // namespace banksim::model
