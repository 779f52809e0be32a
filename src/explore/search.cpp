#include "explore/search.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <unordered_map>

namespace banksim::model {
namespace {

constexpr std::uint32_t kNoState = 0xffff'ffff;
constexpr std::uint64_t kBoundsEvery = 4096;                 // states between two looks at the bounds
constexpr std::uint64_t kProgressEvery = 64 * kBoundsEvery;  // and between two calls of progress
constexpr std::size_t kNewBetween = std::size_t{64} * 1024;  // states that may be found between two looks

// At most, of the analyses after the search.
constexpr std::uint64_t kCountingBytesPerState = 20;
constexpr std::uint64_t kTrapBytesPerState = 40;
constexpr std::uint64_t kTrapBytesPerEdge = 4;
constexpr std::uint64_t kWalkBytesPerState = 64;

class Search {
 public:
  Search(Model& model, Exploration& result, const Faults& faults)
      : model_(model), result_(result), faults_(faults), states_(model.packed_words()) {}

  std::optional<Counterexample> run() {
    if (const auto breach = model_.check_all(model_.initial()))
      return Counterexample{.moves = {}, .breach = *breach};
    add_root();
    visit_all();
    result_.states = states_.size();
    result_.transitions = edges_.size();
    note_memory(0);
    if (best_) return counterexample();
    if (!result_.bounds_hit.empty()) return std::nullopt;
    if (!has_room_for(states_.size() * kCountingBytesPerState)) return std::nullopt;
    count_interleavings();
    const bool cannot_loop = result_.interleavings.has_value();
    if (!cannot_loop &&
        !has_room_for(states_.size() * kTrapBytesPerState + edges_.size() * kTrapBytesPerEdge))
      return std::nullopt;
    result_.complete = true;
    if (cannot_loop || faults_.checks_no_trap) return std::nullopt;
    return trap();
  }

 private:
  struct Best {
    FindingKind kind;
    std::uint32_t more_steps;
    std::uint32_t state;  // the move that breaks it starts here
    std::uint64_t steps;
  };
  struct Successor {
    State state;
    std::uint32_t mover;
    std::uint64_t hash;
    std::uint32_t copies;  // as many moves lead there, by workers that cannot be told apart
  };

  void add_root() {
    State root = model_.initial();
    std::vector<std::uint32_t> words(model_.packed_words());
    model_.pack(root, words.data());
    states_.insert(words.data());
    parents_.add(kNoState);
  }

  void visit_all() {
    std::uint32_t level_end = 1;
    words_.resize(model_.packed_words());
    for (std::uint32_t at = 0; at < states_.size(); ++at) {
      if (at == level_end) {
        level_end = static_cast<std::uint32_t>(states_.size());
        ++result_.depth;
      }
      if (best_ && best_->steps <= result_.depth + 1) return;
      if ((states_.size() > result_.limits.max_states || at % kBoundsEvery == 0) && bound_hit(at)) return;
      visit(at);
    }
  }

  void visit(std::uint32_t at) {
    const State state = model_.unpack(states_[at]);
    *edge_begin_.add() = edges_.size();
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

  void expand(std::uint32_t at, const State& state) {
    broken_here_ = false;
    std::size_t first_of_worker = 0;
    std::uint32_t worker = kNoState;
    std::uint32_t copied = kNoState;
    model_.for_each_move(state, [&](Move move) {
      if (move.worker != worker) {
        if (worker != kNoState && result_.limits.symmetry &&
            model_.never_differ(state, worker, move.worker)) {
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

  void take(std::uint32_t at, const State& state, Move move) {
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
    if (result_.limits.symmetry) next.mover = model_.canonicalize(next.state, next.mover);
    model_.pack(next.state, words_.data());
    next.hash = states_.hash(words_.data());
    states_.prefetch(next.hash);
    successors_.push_back(next);
  }

  void insert(std::uint32_t from, const Successor& next) {
    model_.pack(next.state, words_.data());
    const auto [index, is_new] = states_.insert(words_.data(), next.hash);
    for (std::uint32_t copy = 0; copy < next.copies; ++copy) edges_.add(index);
    if (!is_new) return;
    parents_.add(from);
    if (const auto breach = model_.check(next.state, next.mover))
      offer({breach->kind, breach->more_steps, from, result_.depth + 1 + breach->more_steps});
  }

  void offer(const Best& found) {
    if (!best_ || found.steps < best_->steps) best_ = found;
  }

  bool bound_hit(std::uint32_t at) {
    note_memory(0);
    const auto hit = [this](const char* bound) {
      result_.bounds_hit.emplace_back(bound);
      return true;
    };
    if (result_.limits.cancel != nullptr && result_.limits.cancel->load()) return hit("cancelled");
    if (states_.size() > result_.limits.max_states) return hit("max_states");
    if (bytes() + states_.bytes_to_grow_by(kNewBetween) > result_.limits.max_memory_bytes)
      return hit("max_memory");
    if (at % kProgressEvery == 0 && at != 0 && result_.limits.progress)
      result_.limits.progress({states_.size(), states_.size() - at, result_.depth});
    return false;
  }

  // Whether there is, and the search is still wanted.
  bool has_room_for(std::uint64_t more) {
    if (result_.limits.cancel != nullptr && result_.limits.cancel->load())
      result_.bounds_hit.emplace_back("cancelled");
    else if (std::max(result_.peak_memory_bytes, bytes() + more) > result_.limits.max_memory_bytes)
      result_.bounds_hit.emplace_back("max_memory");
    return result_.bounds_hit.empty();
  }

  std::uint64_t bytes() const {
    return states_.bytes() + parents_.bytes() + edges_.bytes() + edge_begin_.bytes() + model_.bytes();
  }
  void note_memory(std::uint64_t more) {
    const std::uint64_t growth = states_.peak_bytes() - states_.bytes();
    result_.peak_memory_bytes = std::max(result_.peak_memory_bytes, bytes() + std::max(growth, more));
  }

  // --- After the search ---

  std::span<const std::uint32_t> successors_of(std::uint32_t state, std::vector<std::uint32_t>& room) const {
    room.clear();
    const std::uint64_t end = state + 1 < edge_begin_.size() ? *edge_begin_[state + 1] : edges_.size();
    for (std::uint64_t e = *edge_begin_[state]; e < end; ++e) room.push_back(*edges_[e]);
    return room;
  }

  // Paths from the root to a finished state, in topological order. Nothing if there is none: loops.
  void count_interleavings() {
    std::vector<std::uint32_t> missing(states_.size());
    for (std::size_t e = 0; e < edges_.size(); ++e) ++missing[*edges_[e]];
    std::vector<double> paths(states_.size());
    std::vector<std::uint32_t> ready{0};
    std::vector<std::uint32_t> room;
    std::size_t done = 0;
    double total = 0;
    paths[0] = 1;
    if (missing[0] != 0) ready.clear();
    while (!ready.empty()) {
      const std::uint32_t at = ready.back();
      ready.pop_back();
      ++done;
      const auto next = successors_of(at, room);
      if (next.empty()) total += paths[at];
      for (const std::uint32_t to : next) {
        paths[to] += paths[at];
        if (--missing[to] == 0) ready.push_back(to);
      }
    }
    note_memory(states_.size() * (sizeof(std::uint32_t) + sizeof(double)));
    if (done == states_.size()) result_.interleavings = total;
  }

  // --- Traps ---
  //
  // Which transfers come is the plan's choice, and not the schedule's: who waits for its first lock has
  // chosen. So a trap is a state from which those under way can never end a transfer, while every worker
  // that has one to begin may have chosen one whose first lock is never free again. Nothing else keeps a
  // plan from its end: as long as one more transfer can be ended, do so; when none can, let everyone begin
  // who can, and what remains is such a state.

  // What the workers under way can bring about, as a bit set: a mutex free, a transfer ended.
  using Reachable = std::uint32_t;
  static constexpr Reachable kTransferEnded = Reachable{1} << Locals::kMaxMutexes;
  static constexpr Reachable kEverything = 2 * kTransferEnded - 1;

  std::optional<Counterexample> trap() {
    const std::vector<Reachable> reachable = what_is_reachable();
    if (!has_room_for(0)) {
      result_.complete = false;
      return std::nullopt;
    }
    std::uint32_t entry = 0;
    while (entry < states_.size() && !is_trap(entry, reachable[entry])) ++entry;
    result_.may_retry = entry == states_.size();
    if (result_.may_retry) return std::nullopt;

    std::vector<std::uint32_t> walk = short_walk_into_loop(entry);
    if (walk.empty()) walk = any_walk_into_loop(entry);
    const auto loop = std::find(walk.begin(), walk.end(), walk.back());
    walk.pop_back();
    return lasso(entry, walk, static_cast<std::size_t>(loop - walk.begin()), ~reachable[entry]);
  }

  bool is_trap(std::uint32_t index, Reachable reachable) {
    if ((reachable & kTransferEnded) != 0) return false;
    const State state = model_.unpack(states_[index]);
    return !model_.finished(state) && model_.kept_from_beginning(state, ~reachable).has_value();
  }

  // No transfer is begun or ended between the two.
  bool same_progress(std::uint32_t from, std::uint32_t to) const {
    return model_.progress(model_.unpack(states_[from])) == model_.progress(model_.unpack(states_[to]));
  }

  // By state. Backwards along the steps that begin and end no transfer, until nothing changes.
  std::vector<Reachable> what_is_reachable() {
    std::vector<Model::Progress> progress(states_.size());
    std::vector<Reachable> reachable(states_.size());
    for (std::uint32_t s = 0; s < states_.size(); ++s) {
      const State state = model_.unpack(states_[s]);
      progress[s] = model_.progress(state);
      reachable[s] = model_.free_mutexes(state);
    }
    std::vector<std::uint64_t> begin(states_.size() + 1);  // of the steps that lead to a state
    std::vector<std::uint32_t> room;
    for (std::uint32_t s = 0; s < states_.size(); ++s)
      for (const std::uint32_t to : successors_of(s, room)) {
        if (progress[to] == progress[s]) ++begin[to + 1];
        if (progress[to].under_way < progress[s].under_way) reachable[s] = kEverything;
      }
    for (std::size_t s = 0; s < states_.size(); ++s) begin[s + 1] += begin[s];
    std::vector<std::uint32_t> from(begin.back());
    std::vector<std::uint64_t> fill(begin.begin(), begin.end() - 1);
    for (std::uint32_t s = 0; s < states_.size(); ++s)
      for (const std::uint32_t to : successors_of(s, room))
        if (progress[to] == progress[s]) from[fill[to]++] = s;
    note_memory(states_.size() * (sizeof(Model::Progress) + sizeof(Reachable) + 2 * sizeof(std::uint64_t)) +
                from.size() * sizeof(std::uint32_t));

    std::vector<std::uint32_t> changed;
    for (std::uint32_t s = 0; s < states_.size(); ++s) changed.push_back(s);
    while (!changed.empty()) {
      const std::uint32_t at = changed.back();
      changed.pop_back();
      for (std::uint64_t e = begin[at]; e < begin[at + 1]; ++e) {
        const Reachable joined = reachable[from[e]] | reachable[at];
        if (joined == reachable[from[e]]) continue;
        reachable[from[e]] = joined;
        changed.push_back(from[e]);
      }
    }
    return reachable;
  }

  // Walks from a trap that end where they have been: somebody under way can always make a step in it, or it
  // would be a deadlock.

  // Breadth first, until an edge leads back to where the walk came from. Empty if no loop is like that.
  std::vector<std::uint32_t> short_walk_into_loop(std::uint32_t entry) const {
    std::unordered_map<std::uint32_t, std::uint32_t> came_from{{entry, kNoState}};
    std::vector<std::uint32_t> queue{entry};
    std::vector<std::uint32_t> room;
    for (std::size_t i = 0; i < queue.size(); ++i) {
      if (bytes() + came_from.size() * kWalkBytesPerState > result_.limits.max_memory_bytes) return {};
      std::vector<std::uint32_t> walk;
      for (std::uint32_t at = queue[i]; at != kNoState; at = came_from[at]) walk.push_back(at);
      for (const std::uint32_t next : successors_of(queue[i], room)) {
        if (!same_progress(entry, next)) continue;
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

  std::vector<std::uint32_t> any_walk_into_loop(std::uint32_t entry) const {
    std::vector<std::uint32_t> walk{entry};
    std::vector<std::uint32_t> room;
    do {
      const auto next = successors_of(walk.back(), room);
      walk.push_back(*std::find_if(next.begin(), next.end(),
                                   [&](std::uint32_t to) { return same_progress(entry, to); }));
    } while (std::find(walk.begin(), walk.end() - 1, walk.back()) == walk.end() - 1);
    return walk;
  }

  // --- From states without names back to a schedule with names ---

  std::vector<std::uint32_t> states_to(std::uint32_t last) const {
    std::vector<std::uint32_t> path;
    for (std::uint32_t at = last; at != kNoState; at = *parents_[at]) path.push_back(at);
    std::reverse(path.begin(), path.end());
    return path;
  }

  bool is(State state, std::uint32_t index) const {
    if (result_.limits.symmetry) model_.canonicalize(state, 0);
    std::vector<std::uint32_t> words(model_.packed_words());
    model_.pack(state, words.data());
    return std::equal(words.begin(), words.end(), states_[index]);
  }

  // Makes in `state` a move that leads to states_[to].
  Move move_towards(State& state, std::uint32_t to) {
    std::optional<Move> found;
    State there;
    model_.for_each_move(state, [&](Move move) {
      if (found) return;
      State next = state;
      std::optional<Breach> breach;
      if (model_.step(next, move, breach) != Model::Moved::yes || !is(next, to)) return;
      found = move;
      there = next;
    });
    if (!found) throw std::logic_error("explorer: the way back to a counterexample is lost");
    state = there;
    return *found;
  }

  Counterexample schedule_to(std::uint32_t last, State& state) {
    Counterexample found{};
    state = model_.initial();
    const auto path = states_to(last);
    for (std::size_t i = 1; i < path.size(); ++i) found.moves.push_back(move_towards(state, path[i]));
    return found;
  }

  Counterexample counterexample() {
    State state;
    Counterexample found = schedule_to(best_->state, state);
    found.breach = Breach{.kind = best_->kind, .worker = 0};
    std::optional<Move> last;
    model_.for_each_move(state, [&](Move move) {
      if (last) return;
      State next = state;
      std::optional<Breach> breach;
      const auto moved = model_.step(next, move, breach);
      if (moved == Model::Moved::yes) breach = model_.check(next, move.worker);
      if (!breach || breach->kind != best_->kind || breach->more_steps != best_->more_steps) return;
      last = move;
      found.breach = *breach;
    });
    if (last) found.moves.push_back(*last);
    return found;
  }

  // Without names a loop may come back with the workers exchanged: go round until they are as they were once.
  Counterexample lasso(std::uint32_t entry, const std::vector<std::uint32_t>& walk, std::size_t loop,
                       std::uint32_t never_free) {
    State state;
    Counterexample found = schedule_to(entry, state);
    found.breach = Breach{.kind = FindingKind::livelock, .worker = 0};
    for (std::size_t i = 1; i <= loop; ++i) found.moves.push_back(move_towards(state, walk[i]));
    std::map<std::vector<std::uint32_t>, std::size_t> rounds;  // where each began, by its first state
    std::vector<std::uint32_t> now(model_.packed_words());
    model_.pack(state, now.data());
    while (rounds.emplace(now, found.moves.size()).second) {
      for (std::size_t i = loop + 1; i < walk.size(); ++i)
        found.moves.push_back(move_towards(state, walk[i]));
      found.moves.push_back(move_towards(state, walk[loop]));
      model_.pack(state, now.data());
    }
    found.loop_begin = rounds[now];
    found.kept_from_beginning = model_.kept_from_beginning(state, never_free).value();
    return found;
  }

  Model& model_;
  Exploration& result_;
  const Faults& faults_;
  WordSet states_;
  ChunkedArray<std::uint32_t> parents_;
  ChunkedArray<std::uint32_t> edges_;
  ChunkedArray<std::uint64_t> edge_begin_;
  std::vector<Successor> successors_;
  std::vector<std::uint32_t> words_;
  bool broken_here_ = false;
  std::optional<Best> best_;
};

}  // namespace

bool is_trap(Model& model, const State& state, std::span<const Move> kept) {
  WordSet seen(model.packed_words());
  std::vector<std::uint32_t> words(model.packed_words());
  const auto remember = [&](const State& found) {
    model.pack(found, words.data());
    seen.insert(words.data());
  };
  remember(state);
  const Model::Progress progress = model.progress(state);
  std::uint32_t ever_free = 0;
  bool ends = false;
  for (std::uint32_t at = 0; at < seen.size() && !ends; ++at) {
    const State now = model.unpack(seen[at]);
    ever_free |= model.free_mutexes(now);
    model.for_each_move(now, [&](Move move) {
      if (move.choice != kNoChoice) return;  // begins a transfer
      State next = now;
      std::optional<Breach> breach;
      const auto moved = model.step(next, move, breach);
      if (moved == Model::Moved::blocked) return;
      if (moved == Model::Moved::broken || model.progress(next) != progress)
        ends = true;
      else
        remember(next);
    });
  }
  if (ends || model.finished(state)) return false;
  std::uint32_t waiting = 0;  // bit set of workers
  for (const Move move : kept) {
    if (move.worker >= model.workers() || !model.can_begin(state, move.worker)) return false;
    if (move.choice > model.locals().audit_choice() || move.refused) return false;
    if (model.is_auditor(move.worker) != (move.choice == model.locals().audit_choice())) return false;
    const Local& first = model.local_before(state, move);
    if (first.op != OpKind::lock || (ever_free >> first.object & 1U) != 0) return false;
    waiting |= 1U << move.worker;
  }
  for (std::uint32_t w = 0; w < model.workers(); ++w)
    if (model.can_begin(state, w) != ((waiting >> w & 1U) != 0)) return false;
  return true;
}

std::optional<Counterexample> search_all(Model& model, Exploration& result, const Faults& faults) {
  return Search(model, result, faults).run();
}

}  // namespace banksim::model
