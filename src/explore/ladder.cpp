// A ladder of sizes: which there are, which of them still fit, and what all of them say together.
#include <banksim/explore.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <string>
#include <utility>

namespace banksim {
namespace {

using Clock = std::chrono::steady_clock;

struct Ladder {
  std::vector<ExploreSize> always;     // searched whatever the budget
  std::vector<ExploreSize> in_budget;  // the cheaper ones first, about
};

// Broken strategies that are right with two workers and two accounts are as a rule found at three and three with an
// auditor. Ties and remainders need more accounts, but no more than two workers. What asks whether an amount is large
// is met by amounts as in a run.
Ladder ladder_of(const ExploreSize& inputs) {
  const auto size = [&inputs](std::uint32_t workers, std::uint32_t accounts, std::uint32_t transfers,
                              bool auditor = false) {
    ExploreSize made = inputs;
    made.workers = workers;
    made.accounts = accounts;
    made.transfers = transfers;
    made.auditor = auditor;
    return made;
  };
  Ladder ladder{
      {size(2, 2, 1), size(2, 2, 1, true), size(2, 2, 2), size(2, 3, 1), size(3, 3, 1), size(3, 3, 1, true)},
      {size(3, 3, 2), size(3, 4, 1), size(2, 5, 1, true), size(3, 4, 1, true), size(2, 8, 1, true),
       size(4, 4, 1, true), size(3, 5, 1, true), size(3, 3, 2, true), size(3, 8, 1), size(4, 4, 2),
       size(5, 5, 1, true), size(7, 8, 1)}};
  const ExploreSize usual;
  if (inputs.amounts != usual.amounts || inputs.balance != usual.balance) return ladder;
  ExploreSize& wide = ladder.always.emplace_back(size(2, 3, 1, true));
  wide.amounts = {Money{1}, Money{50}, Money{100}};
  wide.balance = Money{100};
  return ladder;
}

// The transitions of a size, from how those before it grew: by a factor for each thing that is larger. The first
// six are there.
double expected_transitions(const std::vector<ExploreRung>& rungs, const ExploreSize& size) {
  const auto of = [&rungs](std::size_t rung) {
    return static_cast<double>(std::max<std::uint64_t>(rungs[rung].transitions, 1));
  };
  const double two = of(0), twice = of(2), three_accounts = of(3), three = of(4), audited = of(5);
  const double pairs = size.accounts * (size.accounts - 1) / 6.0;  // of accounts, to those of three
  const double by_pairs = std::log(three_accounts / two) / std::log(3);
  const double each = size.workers / 2.0;  // the factors of two workers, for one worker after the other
  return three * std::pow(three / three_accounts, size.workers - 3.0) * std::pow(pairs, by_pairs * each) *
         std::pow(twice / two, (size.transfers - 1) * each) * (size.auditor ? audited / three : 1);
}

ExploreRung rung_of(const Exploration& e) {
  return {e.limits,    e.verdict,           e.states,    e.transitions, e.interleavings,
          e.elapsed_s, e.peak_memory_bytes, e.bounds_hit};
}

// How many wait at once, at most, in a run that was sought for its long waits; 0: it is none such.
std::size_t most_waiting(const Exploration& e) {
  std::set<WorkerId> waiting;
  std::size_t most = 0;
  if (e.findings.empty() || e.findings.front().kind != FindingKind::longest_wait) return most;
  for (const ExploreStep& step : e.findings.front().steps) {
    if (step.op == StepOp::wants)
      waiting.insert(step.worker);
    else
      waiting.erase(step.worker);
    most = std::max(most, waiting.size());
  }
  return most;
}

class Climb {
 public:
  Climb(const Explorer& explore, const ExploreLimits& limits)
      : explore_(explore), limits_(limits), end_(Clock::now() + limits.budget) {}

  Exploration run() {
    const Ladder sizes = ladder_of(limits_);
    std::vector<ExploreSize> not_searched;
    for (const ExploreSize& size : sizes.always)
      if (is_over_ || !search_always(size)) not_searched.push_back(size);
    const bool is_enough = limits_.find.what == Sought::longest_wait || !too_large_.empty();
    for (const ExploreSize& size : sizes.in_budget)
      if (is_over_ || is_enough || !goes_on_ || !fits(size) || !search_in_budget(size))
        not_searched.push_back(size);
    if (is_called_off() && whole_.bounds_hit.empty()) stop_at("cancelled");  // just as a size came to its end
    if (!too_large_.empty()) stop_at(too_large_);
    whole_.rungs = std::move(rungs_);
    if (whole_.findings.empty()) whole_.not_searched = std::move(not_searched);
    return std::move(whole_);
  }

 private:
  Exploration search(const ExploreSize& size) {
    static_cast<ExploreSize&>(limits_) = size;
    if (limits_.progress) limits_.progress({.states = 0, .waiting = 1, .depth = 0});  // it has begun
    return explore_(limits_);
  }

  // Whether it is not too large, where a smaller one was not.
  bool search_always(const ExploreSize& size) try {
    add(search(size));
    return true;
  } catch (const TooLarge& error) {
    if (rungs_.empty()) throw;
    too_large_ = error.bound;
    return false;
  }

  // Nothing is proved, for this reason.
  void stop_at(const std::string& bound) {
    if (!whole_.findings.empty() && most_waiting(whole_) == 0) return;
    whole_.verdict = ExploreVerdict::inconclusive;
    whole_.complete = false;
    whole_.bounds_hit.push_back(bound);
  }

  // Whether it came to its end.
  bool search_in_budget(const ExploreSize& size) try {
    limits_.deadline = end_;
    Exploration found = search(size);
    const bool ended = found.bounds_hit.empty() || !found.findings.empty() || is_called_off();
    if (ended) add(std::move(found));
    return ended;
  } catch (const TooLarge&) {
    return false;
  }

  // By the size that took longest.
  bool fits(const ExploreSize& size) const {
    const ExploreRung& largest = *std::ranges::max_element(rungs_, {}, &ExploreRung::transitions);
    const double times = expected_transitions(rungs_, size) / static_cast<double>(largest.transitions);
    const std::chrono::duration<double> left = end_ - Clock::now();
    return times * largest.elapsed_s < left.count() &&
           times * static_cast<double>(largest.peak_memory_bytes) <
               static_cast<double>(limits_.max_memory_bytes);
  }

  bool is_called_off() const { return limits_.cancel != nullptr && *limits_.cancel; }

  // The first that came to no end has the say, but for a fault at a larger size, and for who calls it off. Of good runs
  // the one in which most wait.
  void add(Exploration found) {
    rungs_.push_back(rung_of(found));
    is_over_ = (!found.findings.empty() && most_waiting(found) == 0) || is_called_off();
    if (!is_over_ && !goes_on_) return;
    if (!is_over_ && most_waiting(found) <= most_waiting(whole_) && most_waiting(whole_) > 0) {
      for (const std::string& bound : found.bounds_hit) stop_at(bound);
      return;
    }
    goes_on_ = found.verdict == ExploreVerdict::proved || (found.complete && found.passed_over);
    if (goes_on_ && rungs_.size() > 1) {
      found.passed_over = found.passed_over || whole_.passed_over;
      if (found.passed_over) found.verdict = ExploreVerdict::inconclusive;
      found.may_retry = found.may_retry || whole_.may_retry;
      found.can_refuse_for_ever = std::max(found.can_refuse_for_ever, whole_.can_refuse_for_ever);
      found.collisions_not_met = found.collisions_not_met && whole_.collisions_not_met;
    }
    whole_ = std::move(found);
  }

  const Explorer& explore_;
  ExploreLimits limits_;
  Clock::time_point end_;
  std::vector<ExploreRung> rungs_;
  Exploration whole_;
  bool is_over_ = false;
  bool goes_on_ = true;      // all that was searched came to its end
  std::string too_large_{};  // what bound, where one of the first sizes was
};

}  // namespace

Exploration climb(const Explorer& explore, const ExploreLimits& limits) {
  return Climb(explore, limits).run();
}

}  // namespace banksim
