// The brute-force oracle of programs: every schedule of every assignment of transfers, as a plain transition
// system. No fibers, no snapshots, no symmetry, no bit sets.
//
// A try_lock may fail though the mutex is free: such a step may lead into trouble, and is left out where it is
// asked whether a plan can still come to its end.
//
// Threads: values.
#pragma once

#include "program_rules.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace banksim::programs {

// What a search has seen.
struct Seen {
  bool too_large = false;
  std::size_t fewest_steps = 0;                    // to the first thing that is wrong; 0: nothing is
  std::set<FindingKind> at_fewest{};               // what is wrong so early
  std::map<FindingKind, std::size_t> fewest_of{};  // the same of each kind, as far as was looked
  bool trapped = false;
  bool endless = false;
  double schedules = 0;
  OutcomesSeen outcomes{};
  std::size_t states = 0;  // with the workers' names taken away; of a search that found nothing
};

class Search {
 public:
  // If it does not stop early it goes on after something went wrong, where a run could go on.
  Search(const Program& program, const ExploreSize& size, bool stops_early = true)
      : rules_(program, size, !stops_early), stops_early_(stops_early) {}

  Seen run() {
    const std::size_t plans = rules_.size().workers * rules_.size().transfers;
    plan_.assign(plans, 0);
    do {
      visit_all();
      if (seen_.too_large) return seen_;
      if (seen_.fewest_steps == 0) look_into_loops();
    } while (next_plan());
    seen_.states = nameless_.size();
    return seen_;
  }

 private:
  static constexpr std::size_t kMostStates = 30'000;  // of one plan

  struct Edge {
    std::size_t to;
    bool refused;  // a try_lock of a free mutex
  };

  bool next_plan() {
    for (std::int8_t& choice : plan_) {
      if (++choice < rules_.audit()) return true;
      choice = 0;
    }
    return false;
  }
  std::vector<std::int8_t> begins(const State& state) const {
    std::vector<std::int8_t> choices(rules_.workers(), rules_.audit());
    for (std::size_t w = 0; w < rules_.size().workers; ++w)
      choices[w] =
          rules_.has_more(state, w)
              ? plan_[w * rules_.size().transfers + static_cast<std::size_t>(state.workers[w].finished)]
              : kNone;
    return choices;
  }

  void offer(const Wrong& wrong, std::size_t steps) {
    steps += wrong.more_steps;
    const auto [fewest, is_new] = seen_.fewest_of.emplace(wrong.kind, steps);
    if (!is_new) fewest->second = std::min(fewest->second, steps);
    if (seen_.fewest_steps == 0 || steps < seen_.fewest_steps) {
      seen_.fewest_steps = steps;
      seen_.at_fewest.clear();
    }
    if (steps == seen_.fewest_steps) seen_.at_fewest.insert(wrong.kind);
  }

  std::size_t index_of(const State& state, std::size_t depth) {
    const auto [entry, is_new] = indices_.emplace(state, states_.size());
    if (is_new) {
      states_.push_back(state);
      depths_.push_back(depth);
    }
    return entry->second;
  }

  // Breadth first, for as long as something could be wrong as early as what was found.
  void visit_all() {
    indices_.clear();
    states_.clear();
    depths_.clear();
    edges_.clear();
    index_of(rules_.initial(), 0);
    for (std::size_t at = 0; at < states_.size(); ++at) {
      if (stops_early_ && seen_.fewest_steps != 0 && depths_[at] > seen_.fewest_steps) return;
      if (states_.size() > kMostStates) seen_.too_large = true;
      if (seen_.too_large) return;
      visit(at);
    }
  }

  void visit(std::size_t at) {
    const State state = states_[at];
    const auto choices = begins(state);
    for (const Wrong& wrong : rules_.wrong_in(state, choices)) offer(wrong, depths_[at]);
    edges_.emplace_back();
    for (std::size_t w = 0; w < rules_.workers(); ++w) {
      if (!rules_.has_more(state, w)) continue;
      const Worker me = rules_.at_work(state, w, choices[w]);
      take(at, w, me, false);
      if (rules_.line_of(me).code == Code::try_lock && state.owners[rules_.object_of(me)] == kNone)
        take(at, w, me, true);
    }
  }

  void take(std::size_t at, std::size_t w, const Worker& me, bool refused) {
    const Rules::Result result = rules_.step(states_[at], w, me, refused);
    for (const Wrong& wrong : result.wrong) offer(wrong, depths_[at] + 1);
    if (result.outcome == 0) seen_.outcomes.done = true;
    if (result.outcome == 1) seen_.outcomes.declined = true;
    if (result.outcome == 2) seen_.outcomes.audited = true;
    if (result.state) edges_[at].push_back({index_of(*result.state, depths_[at] + 1), refused});
  }

  // --- Of a plan on which nothing is wrong ---

  void look_into_loops() {
    const std::vector<std::size_t> order = by_topology();
    if (order.size() < states_.size())
      seen_.endless = true;
    else
      count_schedules(order);
    if (!all_can_finish()) seen_.trapped = true;
    for (const State& state : states_) nameless_.insert(without_names(state));
  }

  std::vector<std::size_t> by_topology() const {
    std::vector<std::size_t> missing(states_.size());
    for (const auto& edges : edges_)
      for (const Edge& edge : edges) ++missing[edge.to];
    std::vector<std::size_t> order;
    if (missing[0] == 0) order.push_back(0);
    for (std::size_t i = 0; i < order.size(); ++i)
      for (const Edge& edge : edges_[order[i]])
        if (--missing[edge.to] == 0) order.push_back(edge.to);
    return order;
  }

  void count_schedules(const std::vector<std::size_t>& order) {
    std::vector<double> ways(states_.size());
    ways[0] = 1;
    for (const std::size_t at : order) {
      if (edges_[at].empty()) seen_.schedules += ways[at];
      for (const Edge& edge : edges_[at]) ways[edge.to] += ways[at];
    }
  }

  // Backwards from where all have finished, until nothing changes. No refusal may be what helps.
  bool all_can_finish() const {
    std::vector<std::vector<std::size_t>> before(states_.size());
    std::vector<char> can(states_.size());
    std::vector<std::size_t> queue;
    for (std::size_t at = 0; at < states_.size(); ++at) {
      for (const Edge& edge : edges_[at])
        if (!edge.refused) before[edge.to].push_back(at);
      if (rules_.all_finished(states_[at])) queue.push_back(at);
    }
    for (std::size_t i = 0; i < queue.size(); ++i) {
      if (can[queue[i]] != 0) continue;
      can[queue[i]] = 1;
      queue.insert(queue.end(), before[queue[i]].begin(), before[queue[i]].end());
    }
    return std::ranges::count(can, 0) == 0;
  }

  // The least of all ways to name the workers.
  State without_names(const State& state) const {
    State least = state;
    std::array<std::size_t, kMaxWorkers> names{0, 1, 2, 3};
    const auto last = names.begin() + rules_.size().workers;
    while (std::next_permutation(names.begin(), last)) {
      State other = state;
      for (std::size_t w = 0; w < kMaxWorkers; ++w) other.workers[names[w]] = state.workers[w];
      for (std::int8_t& owner : other.owners)
        if (owner != kNone) owner = static_cast<std::int8_t>(names[static_cast<std::size_t>(owner)]);
      least = std::min(least, other);
    }
    return least;
  }

  Rules rules_;
  bool stops_early_;
  std::vector<std::int8_t> plan_;  // by worker and number: which transfer
  std::unordered_map<State, std::size_t, HashOfState> indices_;
  std::vector<State> states_;
  std::vector<std::size_t> depths_;
  std::vector<std::vector<Edge>> edges_;
  std::unordered_set<State, HashOfState> nameless_;
  Seen seen_;
};

}  // namespace banksim::programs
