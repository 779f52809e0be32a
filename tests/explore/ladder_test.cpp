// Ladders: which sizes are climbed, where a climb ends, and what all sizes say together. What follows from budgets is
// tried on an explorer that only pretends to search.
#include "support/zoo_cases.hpp"

#include <banksim/explore.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <utility>

using namespace banksim;
using namespace std::chrono_literals;

namespace {

// Up to 50 the lower account first, above that the source.
template <class S>
struct LargeAmountsOtherwise : Ordered<S> {
  static constexpr std::string_view name = "large-amounts-otherwise";
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    const bool source_first = t.amount > Money{50} || t.from < t.to;
    return PairGuard<typename S::Mutex>(bank[source_first ? t.from : t.to].mutex,
                                        bank[source_first ? t.to : t.from].mutex);
  }
};

// Stripes in the order of the accounts, and not of the stripes: right as long as no two accounts share one.
template <class S>
struct Striped : Ordered<S> {
  using Mutex = typename S::Mutex;
  using Lock = std::unique_lock<Mutex>;
  explicit Striped(std::size_t count) : stripes(count) {}

  auto lock_pair(Bank<S>&, const Transfer& t) {
    const std::size_t low = index(std::min(t.from, t.to)) % stripes.size();
    const std::size_t high = index(std::max(t.from, t.to)) % stripes.size();
    Lock first(stripes[low]), second;
    if (low != high) second = Lock(stripes[high]);
    return std::pair(std::move(first), std::move(second));
  }
  auto lock_all(Bank<S>&) {
    std::array<Lock, 16> all;
    for (std::size_t i = 0; i < stripes.size(); ++i) all[i] = Lock(stripes[i]);
    return all;
  }
  std::deque<Mutex> stripes;
};
template <class S>
struct SixteenStripes : Striped<S> {
  SixteenStripes() : Striped<S>(16) {}
  static constexpr std::string_view name = "sixteen-stripes";
};
template <class S>
struct StripesForTheBank : Striped<S> {
  explicit StripesForTheBank(const Setup& setup) : Striped<S>(setup.accounts - 1) {}
  static constexpr std::string_view name = "stripes-for-the-bank";
};
template <class S>
struct AStripeForEach : Striped<S> {
  explicit AStripeForEach(const Setup& setup) : Striped<S>(setup.accounts) {}
  static constexpr std::string_view name = "a-stripe-for-each";
};

std::string text_of(const ExploreSize& size) {
  return std::to_string(size.workers) + 'x' + std::to_string(size.accounts) + 'x' +
         std::to_string(size.transfers) + (size.auditor ? "a" : "") + (size.balance == Money{100} ? "w" : "");
}
std::string text_of(const std::vector<ExploreSize>& sizes) {
  std::string text;
  for (const ExploreSize& size : sizes) text += (text.empty() ? "" : " ") + text_of(size);
  return text;
}
std::string searched(const Exploration& e) {
  std::vector<ExploreSize> sizes;
  for (const ExploreRung& rung : e.rungs) sizes.push_back(rung.size);
  return text_of(sizes);
}

constexpr const char* kAlways = "2x2x1 2x2x1a 2x2x2 2x3x1 3x3x1 3x3x1a 2x3x1aw";

ExploreLimits within(std::chrono::nanoseconds budget) {
  ExploreLimits limits;
  limits.budget = budget;
  return limits;
}

// Proves at once, as if it had been ten transitions.
Exploration proof(const ExploreLimits& limits) {
  Exploration e;
  e.limits = limits;
  e.verdict = ExploreVerdict::proved;
  e.complete = true;
  e.transitions = 10;
  return e;
}
Exploration stopped_by(const ExploreLimits& limits, const char* bound) {
  Exploration e = proof(limits);
  e.verdict = ExploreVerdict::inconclusive;
  e.complete = false;
  e.bounds_hit = {bound};
  return e;
}

}  // namespace

TEST_CASE("A climb ends at the first fault, and says what that size says", "[explore][ladder]") {
  const Exploration naive = climb<Naive>({});
  CHECK(naive.verdict == ExploreVerdict::deadlock);
  CHECK(naive.findings == explore<Naive>({}).findings);
  CHECK(searched(naive) == "2x2x1");
  CHECK(naive.not_searched.empty());

  const Exploration circle = climb<zoo::OrderDependsOnPair>({});
  CHECK(searched(circle) == "2x2x1 2x2x1a 2x2x2 2x3x1 3x3x1");
  CHECK(circle.findings.at(0).cycle.size() == 3);
  CHECK(circle.rungs[3].verdict == ExploreVerdict::proved);
  CHECK(circle.limits.workers == 3);
  CHECK(searched(climb<zoo::AuditsInDescendingOrder>({})) == "2x2x1 2x2x1a");
}

TEST_CASE("Whatever the budget, three workers, three accounts and an auditor are searched, and wide amounts",
          "[explore][ladder]") {
  const Exploration e = climb<Ordered>(within(0s));
  CHECK(e.verdict == ExploreVerdict::proved);
  CHECK(searched(e) == kAlways);
  CHECK(text_of(e.not_searched).starts_with("3x3x2 3x4x1 "));
  CHECK(e.rungs[0].interleavings == 32);
  CHECK(std::ranges::all_of(e.rungs, [](const ExploreRung& rung) { return rung.states > 0; }));
}

TEST_CASE("Amounts as in a run show what small ones do not", "[explore][ladder]") {
  const Exploration e = climb<LargeAmountsOtherwise>(within(0s));
  CHECK(e.verdict == ExploreVerdict::deadlock);
  CHECK(searched(e) == kAlways);
}

TEST_CASE("Inputs that were asked for replace those of every size", "[explore][ladder]") {
  ExploreLimits limits = within(0s);
  limits.amounts = {Money{1}, Money{60}};
  limits.balance = Money{59};
  const Exploration e = climb<LargeAmountsOtherwise>(limits);
  CHECK(e.verdict == ExploreVerdict::deadlock);
  CHECK(searched(e) == "2x2x1");
  CHECK(e.rungs[0].size.amounts == limits.amounts);
  CHECK(searched(climb(proof, limits)) == "2x2x1 2x2x1a 2x2x2 2x3x1 3x3x1 3x3x1a");
  limits = within(0s);
  limits.self_transfers = true;
  CHECK(searched(climb(proof, limits)) == kAlways);
  CHECK(climb<Ordered>(limits).findings.at(0).cycle.size() == 1);
}

TEST_CASE("Where nothing was ever declined, nothing is proved", "[explore][ladder]") {
  ExploreLimits limits = within(0s);
  limits.balance = Money{100};
  const Exploration e = climb<Ordered>(limits);
  CHECK(e.verdict == ExploreVerdict::inconclusive);
  CHECK(e.complete);
  CHECK_FALSE(e.outcomes_seen.declined);
}

TEST_CASE("A larger size that fits is searched, and one that does not is not begun", "[explore][ladder]") {
  // The first of them is as large as was expected, and takes all the time there is.
  const auto explorer = [](const ExploreLimits& limits) {
    Exploration e = proof(limits);
    e.transitions = limits.workers == 2 ? 10 : 20;
    e.elapsed_s = text_of(limits) == "3x3x2" ? 1e9 : 0;
    return e;
  };
  const Exploration e = climb(explorer, within(1h));
  CHECK(e.verdict == ExploreVerdict::proved);
  CHECK(searched(e).starts_with(std::string(kAlways) + " 3x3x2"));
  CHECK(climb(explorer, within(0s)).rungs.size() == 7);
  const auto slow = [](const ExploreLimits& limits) {
    Exploration proved = proof(limits);
    proved.elapsed_s = 60;
    return proved;
  };
  CHECK(climb(slow, within(1s)).rungs.size() == 7);
  const auto large = [](const ExploreLimits& limits) {
    Exploration proved = proof(limits);
    proved.peak_memory_bytes = limits.max_memory_bytes;
    return proved;
  };
  CHECK(climb(large, within(1h)).rungs.size() == 7);
}

TEST_CASE("A larger size that came to no end counts as not searched, and takes nothing back",
          "[explore][ladder]") {
  const auto explorer = [](const ExploreLimits& limits) {
    if (limits.transfers == 2 && limits.workers == 3) return stopped_by(limits, "cancelled");
    if (limits.accounts == 4) throw TooLarge("max_mutexes", "it has too many locks");
    return limits.deadline ? stopped_by(limits, "max_memory") : proof(limits);
  };
  const Exploration e = climb(explorer, within(1h));
  CHECK(e.verdict == ExploreVerdict::proved);
  CHECK(e.bounds_hit.empty());
  CHECK(searched(e) == kAlways);
  CHECK(text_of(e.not_searched).starts_with("3x3x2 3x4x1 2x5x1a "));
  const auto refused = [](const ExploreLimits& limits) -> Exploration {
    if (limits.deadline) throw NotExplorable("it changes a plain member of its own");
    return proof(limits);
  };
  CHECK_THROWS_AS(climb(refused, within(1h)), NotExplorable);
}

TEST_CASE("One of the first sizes that is too large is named, and what was proved stays said",
          "[explore][ladder]") {
  const auto audits_too_much = [](const ExploreLimits& limits) {
    if (limits.auditor) throw TooLarge("max_mutexes", "it has too many locks");
    return proof(limits);
  };
  const Exploration e = climb(audits_too_much, within(1h));
  CHECK(e.verdict == ExploreVerdict::inconclusive);
  CHECK(e.bounds_hit == std::vector<std::string>{"max_mutexes"});
  CHECK(searched(e) == "2x2x1 2x2x2 2x3x1 3x3x1");
  CHECK(text_of(e.not_searched).starts_with("2x2x1a 3x3x1a 2x3x1aw 3x3x2 "));
  CHECK(text_of(e.limits) == "3x3x1");
  const auto finds_later = [&](const ExploreLimits& limits) {
    return limits.workers == 3 ? explore<Naive>(limits) : audits_too_much(limits);
  };
  CHECK(climb(finds_later, within(1h)).verdict == ExploreVerdict::deadlock);
  CHECK(climb(finds_later, within(1h)).bounds_hit.empty());
  const auto always = [](const ExploreLimits&) -> Exploration {
    throw TooLarge("max_operations", "it counts");
  };
  CHECK_THROWS_AS(climb(always, within(1h)), TooLarge);
}

TEST_CASE("Of all sizes that are always searched the good run is shown in which most wait",
          "[explore][ladder]") {
  ExploreLimits limits = within(1h);
  limits.find.what = Sought::longest_wait;
  const Exploration e = climb<Ordered>(limits);
  CHECK(e.verdict == ExploreVerdict::proved);
  CHECK(searched(e) == kAlways);
  CHECK(text_of(e.limits) == "3x3x1a");
  CHECK(e.findings.at(0).kind == FindingKind::longest_wait);
  limits.max_states = 6000;  // 3x3x1 is searched, and with an auditor it is not
  const Exploration stopped = climb<Ordered>(limits);
  CHECK(text_of(stopped.limits) == "3x3x1");
  CHECK(stopped.verdict == ExploreVerdict::inconclusive);
  CHECK(stopped.bounds_hit == std::vector<std::string>{"max_states"});
  CHECK(climb<Naive>(limits).verdict == ExploreVerdict::deadlock);
}

TEST_CASE("Where one of the first sizes hits a bound nothing is proved, but a fault is still looked for",
          "[explore][ladder]") {
  const auto explorer = [](const ExploreLimits& limits) {
    return limits.workers == 3 ? stopped_by(limits, "max_states") : proof(limits);
  };
  const Exploration e = climb(explorer, within(1h));
  CHECK(e.verdict == ExploreVerdict::inconclusive);
  CHECK(e.bounds_hit == std::vector<std::string>{"max_states"});
  CHECK(text_of(e.limits) == "3x3x1");
  CHECK(searched(e) == kAlways);
  ExploreLimits few = within(0s);
  few.max_states = 2000;
  CHECK(climb<LargeAmountsOtherwise>(few).verdict == ExploreVerdict::deadlock);
}

TEST_CASE("Who calls a climb off ends it without a verdict", "[explore][ladder]") {
  std::atomic<bool> cancel{false};
  ExploreLimits limits = within(1h);
  limits.cancel = &cancel;
  const auto explorer = [&cancel](const ExploreLimits& one) {
    cancel = text_of(one) == "3x4x1";
    return cancel ? stopped_by(one, "cancelled") : proof(one);
  };
  const Exploration e = climb(explorer, limits);
  CHECK(e.verdict == ExploreVerdict::inconclusive);
  CHECK(e.bounds_hit == std::vector<std::string>{"cancelled"});
  CHECK(text_of(e.not_searched).starts_with("2x5x1a "));
  // Also where a size before it came to no end.
  const auto bounded = [&cancel](const ExploreLimits& one) {
    cancel = text_of(one) == "3x3x1a";
    return cancel             ? stopped_by(one, "cancelled")
           : one.workers == 3 ? stopped_by(one, "max_states")
                              : proof(one);
  };
  const Exploration both = climb(bounded, limits);
  CHECK(both.bounds_hit == std::vector<std::string>{"cancelled"});
  CHECK(text_of(both.not_searched).starts_with("2x3x1aw "));
}

TEST_CASE("Who calls a climb off just as a size is proved gets no proof", "[explore][ladder]") {
  std::atomic<bool> cancel{false};
  ExploreLimits limits = within(1h);
  limits.cancel = &cancel;
  const auto explorer = [&cancel](const ExploreLimits& one) {
    cancel = true;
    return proof(one);
  };
  const Exploration e = climb(explorer, limits);
  CHECK(searched(e) == "2x2x1");
  CHECK(e.verdict == ExploreVerdict::inconclusive);
  CHECK(e.bounds_hit == std::vector<std::string>{"cancelled"});
}

TEST_CASE("What holds at one size of a ladder holds of the ladder", "[explore][ladder]") {
  const auto explorer = [](const ExploreLimits& limits) {
    Exploration e = proof(limits);
    e.may_retry = limits.workers == 3;  // not at the last size
    e.can_refuse_for_ever = e.may_retry ? limits.workers : 0;
    e.collisions_not_met = limits.accounts == 2;
    return e;
  };
  const Exploration e = climb(explorer, within(0s));
  CHECK(e.may_retry);
  CHECK(e.can_refuse_for_ever == 3);
  CHECK_FALSE(e.collisions_not_met);
  // What was passed over at one of them is said of all, and the climb goes on.
  const auto seeking = [](const ExploreLimits& limits) {
    Exploration passed = proof(limits);
    passed.passed_over = limits.auditor;
    if (passed.passed_over) passed.verdict = ExploreVerdict::inconclusive;
    return passed;
  };
  const Exploration sought = climb(seeking, within(1h));
  CHECK(sought.passed_over);
  CHECK(sought.verdict == ExploreVerdict::inconclusive);
  CHECK(sought.rungs.size() > 7);
}

TEST_CASE("Each size says that it has begun, so that the one before it is known to be over",
          "[explore][ladder]") {
  std::vector<std::uint64_t> waiting;
  ExploreLimits limits = within(0s);
  limits.progress = [&waiting](const ExploreProgress& progress) { waiting.push_back(progress.waiting); };
  climb(proof, limits);
  CHECK(waiting == std::vector<std::uint64_t>(7, 1));
}

TEST_CASE("A search is called off when its time is up", "[explore]") {
  ExploreLimits limits;
  limits.deadline = std::chrono::steady_clock::now();
  const Exploration e = explore<Ordered>(limits);
  CHECK(e.verdict == ExploreVerdict::inconclusive);
  CHECK(e.bounds_hit == std::vector<std::string>{"cancelled"});
}

TEST_CASE("A table larger than the bank is proved with a warning, and one that shrinks with it found out",
          "[explore][ladder]") {
  const Exploration fixed = explore<SixteenStripes>(zoo::size(2, 3));
  CHECK(fixed.verdict == ExploreVerdict::proved);
  CHECK(fixed.collisions_not_met);
  const Exploration shrinking = explore<StripesForTheBank>(zoo::size(2, 3));
  CHECK(shrinking.verdict == ExploreVerdict::deadlock);
  CHECK_FALSE(shrinking.collisions_not_met);
  CHECK_FALSE(explore<Global>({}).collisions_not_met);
  CHECK_FALSE(explore<AStripeForEach>(zoo::size(2, 3)).collisions_not_met);
}
