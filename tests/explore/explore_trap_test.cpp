// The explorer's search for traps against the plain definition: every worker says beforehand which transfer
// comes next, and from every state it must be possible to finish, with no try_lock refused that need not be. No
// bit sets, no symmetry, no short cuts.
#include "support/sanitizers.hpp"
#include "support/zoo_cases.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

using namespace banksim;
using zoo::size;

namespace {

enum class Plain { wrong, trapped, can_finish };

class PlainSearch {
 public:
  explicit PlainSearch(const zoo::Case& animal) : model_(animal.make, animal.setup(animal.limits)) {}

  Plain run() {
    index_of({model_.initial(), std::vector(model_.workers(), model::kNoChoice)});
    for (std::size_t at = 0; at < states_.size(); ++at)
      if (!expand(at)) return Plain::wrong;
    return all_can_finish() ? Plain::can_finish : Plain::trapped;
  }

 private:
  struct Announced {
    model::State state;
    std::vector<std::uint32_t> next;  // by worker: the transfer that it has announced
  };

  std::size_t index_of(const Announced& announced) {
    std::vector<std::uint32_t> key(model_.packed_words());
    model_.pack(announced.state, key.data());
    key.insert(key.end(), announced.next.begin(), announced.next.end());
    const auto [entry, is_new] = indices_.emplace(std::move(key), states_.size());
    if (is_new) states_.push_back(announced);
    return entry->second;
  }

  bool expand(std::size_t at) {
    bool right = true;
    const Announced now = states_[at];
    std::vector<std::size_t> successors;
    model_.for_each_move(now.state, [&](model::Move move) {
      Announced then = now;
      std::uint32_t& announced = then.next[move.worker];
      if (announced == model::kNoChoice && move.choice != model::kNoChoice) {
        announced = move.choice;
      } else if (announced != move.choice) {
        return;
      } else {
        announced = model::kNoChoice;
        std::optional<model::Breach> breach;
        const auto moved = model_.step(then.state, move, breach);
        if (moved == model::Model::Moved::blocked) return;
        if (moved == model::Model::Moved::broken || model_.check(then.state, move.worker)) right = false;
      }
      if (!right) return;
      const std::size_t to = index_of(then);
      if (!move.refused) successors.push_back(to);
    });
    successors_.push_back(std::move(successors));
    return right;
  }

  // Backwards, until nothing changes.
  bool all_can_finish() const {
    std::vector<char> can(states_.size());
    for (std::size_t at = 0; at < can.size(); ++at) can[at] = model_.finished(states_[at].state);
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t at = can.size(); at-- > 0;)
        for (const std::size_t to : successors_[at]) {
          changed = changed || can[to] > can[at];
          can[at] = std::max(can[at], can[to]);
        }
    }
    return std::ranges::count(can, 0) == 0;
  }

  model::Model model_;
  std::map<std::vector<std::uint32_t>, std::size_t> indices_;
  std::vector<Announced> states_;
  std::vector<std::vector<std::size_t>> successors_;  // by state: where steps that are no refusals lead
};

Plain plain_of(const Exploration& result) {
  if (result.findings.empty()) return Plain::can_finish;
  return result.findings[0].kind == FindingKind::livelock ? Plain::trapped : Plain::wrong;
}

// A family of strategies that wait for each other: most of them wrong in one way or another.
unsigned rules = 0;  // one at a time; no transfer changes it

template <class S>
struct WaitsByRules : zoo::Broken<S> {
  static bool rule(unsigned bit) { return (rules >> bit & 1U) != 0; }

  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    const bool large = t.amount > Money{1};
    const bool gated = large || rule(0);
    std::unique_lock gate(gate_, std::defer_lock);
    if (gated && rule(1)) gate.lock();
    if (gated && rule(8))
      while (tried_.try_lock()) tried_.unlock();
    if (gated && rule(2)) {
      while (!gate.owns_lock() && !gate.try_lock()) {
      }
    }
    if (large && rule(3)) raise(large_seen_);
    if (!large && rule(4)) raise(small_seen_);
    if (rule(5) && gate.owns_lock()) gate.unlock();
    if (large && rule(6)) await(small_seen_);
    if (!large && rule(7)) await(large_seen_);
    if (large && t.from == AccountId{0}) raise(small_seen_);
    return Ordered<S>{}.lock_pair(bank, t);
  }

  using Flag = typename S::template Cell<bool>;
  void raise(Flag& flag) {
    const std::lock_guard guard(mutex_);
    flag.set(true);
  }
  void await(Flag& flag) {
    for (bool seen = false; !seen;) {
      const std::lock_guard guard(mutex_);
      seen = flag.get();
    }
  }
  typename S::Mutex gate_;
  typename S::Mutex tried_;
  typename S::Mutex mutex_;
  Flag small_seen_{kNoAccount, false};
  Flag large_seen_{kNoAccount, false};
};

// Gets past the gate only if the gate, though free, refuses it.
template <class S>
struct CountsOnRefusal : zoo::Broken<S> {
  static constexpr std::string_view name = "counts-on-refusal";
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    while (gate_.try_lock()) gate_.unlock();
    return Ordered<S>{}.lock_pair(bank, t);
  }
  typename S::Mutex gate_;
};

// Own one, try the other, let go, again.
template <class S>
struct TooPolite : zoo::Broken<S> {
  typename zoo::Broken<S>::TwoLocks lock_pair(Bank<S>& bank, const Transfer& t) {
    for (;;) {
      std::unique_lock own(bank[t.from].mutex);
      std::unique_lock other(bank[t.to].mutex, std::try_to_lock);
      if (other.owns_lock()) return {std::move(own), std::move(other)};
    }
  }
};

// A spin lock: who holds it can always let go.
template <class S>
struct Spins : zoo::Broken<S> {
  typename zoo::Broken<S>::TwoLocks lock_pair(Bank<S>& bank, const Transfer& t) {
    std::unique_lock one(bank[zoo::lower(t)].mutex, std::try_to_lock);
    while (!one.owns_lock()) one.try_lock();
    return {std::move(one), std::unique_lock(bank[zoo::upper(t)].mutex)};
  }
};

// The same, and while it holds one it spins for the other.
template <class S>
struct SpinsTwice : zoo::Broken<S> {
  typename zoo::Broken<S>::TwoLocks lock_pair(Bank<S>& bank, const Transfer& t) {
    std::unique_lock one(bank[zoo::lower(t)].mutex, std::defer_lock);
    std::unique_lock two(bank[zoo::upper(t)].mutex, std::defer_lock);
    while (!one.try_lock()) {
    }
    while (!two.try_lock()) {
    }
    return {std::move(one), std::move(two)};
  }
};

// Comes through a gate that may refuse it, and goes in circles there; the others wait for its first lock.
template <class S>
struct NeverLetsGo : zoo::Broken<S> {
  NoGuard lock_pair(Bank<S>& bank, const Transfer&) {
    while (!bank[AccountId{0}].mutex.try_lock()) {
    }
    while (!gate_.try_lock()) {
    }
    for (;;) const std::lock_guard guard(log_);
  }
  typename S::Mutex gate_;
  typename S::Mutex log_;
};

// Goes in circles of two rounds, of which each looks like the other.
template <class S>
struct Turns : zoo::Broken<S> {
  NoGuard lock_pair(Bank<S>&, const Transfer&) {
    for (;;) {
      const std::lock_guard guard(mutex_);
      side_.set(1 - side_.get());
    }
  }
  typename S::Mutex mutex_;
  typename S::template Cell<int> side_{kNoAccount, 0};
};

// The same with the locks that it holds.
template <class S>
struct HandsOver : zoo::Broken<S> {
  NoGuard lock_pair(Bank<S>&, const Transfer&) {
    for (std::unique_lock held(mutexes_[0]);;) {
      for (const std::size_t next : {1U, 0U}) {
        middle_.lock();
        middle_.unlock();
        held = std::unique_lock(mutexes_[next]);
      }
    }
  }
  std::array<typename S::Mutex, 2> mutexes_;
  typename S::Mutex middle_;
};

// Who comes first waits for a second one, who need not wait for it. Each transfer has a lock of its own to begin with.
template <class S>
struct DoorbellBehindLocks : zoo::Broken<S> {
  auto lock_pair(Bank<S>&, const Transfer& t) {
    const std::size_t pair = 2 * index(t.from) + index(t.to) - (t.to > t.from ? 1 : 0);
    many_[2 * pair + (t.amount > Money{1} ? 1 : 0)].lock();
    many_[2 * pair + (t.amount > Money{1} ? 1 : 0)].unlock();
    for (bool first = come() == 0; first;) first = come(0) == 1;
    return std::lock_guard(mutex_);
  }
  int come(int more = 1) {
    const std::lock_guard guard(mutex_);
    const int before = came_.get();
    if (more != 0) came_.set(before + more);
    return before;
  }
  std::array<typename S::Mutex, 12> many_;
  typename S::Mutex mutex_;
  typename S::template Cell<int> came_{kNoAccount, 0};
};

ExploreFinding replay(Exploration (*explore)(const ExploreLimits&), const std::string& token) {
  ExploreLimits limits;
  limits.replay = token;
  return explore(limits).findings.at(0);
}

}  // namespace

TEST_CASE("A livelock's loop has no step in it that needs a refusal, and replays as it was told",
          "[explore]") {
  const auto& [explore_it, limits] = GENERATE(
      std::pair(&explore<CountsOnRefusal>, size(1, 2)), std::pair(&explore<CountsOnRefusal>, size(2, 2)),
      std::pair(&explore<NeverLetsGo>, size(2, 2)), std::pair(&explore<Turns>, size(1, 2)));
  const Exploration result = explore_it(limits);
  REQUIRE(result.verdict == ExploreVerdict::livelock);
  const ExploreFinding& finding = result.findings.at(0);
  CHECK(std::ranges::count(finding.steps, true, &ExploreStep::in_loop) > 0);
  CHECK(std::ranges::none_of(finding.steps, [](const ExploreStep& step) {
    return step.in_loop && step.op == StepOp::try_lock_failed && step.held_by == kNobody;
  }));
  CHECK(replay(explore_it, finding.token).steps == finding.steps);
}

TEST_CASE("A loop that does not come back to the values and locks of its beginning is none", "[explore]") {
  const auto explore_it = GENERATE(&explore<Turns>, &explore<HandsOver>);
  const std::string token = explore_it(size(1, 2)).findings.at(0).token;
  CHECK(replay(explore_it, token).token == token);
  const std::string half = token.substr(0, token.size() - std::string_view(".0.0.0.0").size());
  CHECK_THROWS_WITH(replay(explore_it, half), Catch::Matchers::ContainsSubstring("nothing goes wrong"));
}

TEST_CASE("Who can still begin, by whichever lock, can end a wait", "[explore]") {
  CHECK(explore<DoorbellBehindLocks>(size(2, 3)).verdict == ExploreVerdict::proved);
}

TEST_CASE("Nobody may count on it that a try_lock of a free mutex fails: what ends only so is a livelock",
          "[explore]") {
  for (const ExploreLimits& limits : {size(1, 2), size(2, 2)}) {
    const Exploration result = explore<CountsOnRefusal>(limits);
    CHECK(result.verdict == ExploreVerdict::livelock);
    CHECK(PlainSearch(zoo::animal<CountsOnRefusal>(limits)).run() == Plain::trapped);
  }
}

TEST_CASE("Who can refuse each other for ever is counted, by steps that need no luck", "[explore]") {
  const auto& [result, workers] =
      GENERATE(std::pair(explore<ScopedLock>(size(2, 2)), 2U), std::pair(explore<ScopedLock>(size(3, 3)), 2U),
               std::pair(explore<TooPolite>(size(2, 2)), 2U), std::pair(explore<TooPolite>(size(3, 2)), 2U),
               std::pair(explore<Spins>(size(2, 2)), 0U), std::pair(explore<SpinsTwice>(size(2, 2)), 0U),
               std::pair(explore<ScopedLock>(size(1, 2)), 0U));
  CHECK(result.verdict == ExploreVerdict::proved);
  CHECK(result.may_retry);
  CHECK(result.can_refuse_for_ever == workers);
  CHECK(explore<Ordered>(size(2, 2)).can_refuse_for_ever == 0);
}

TEST_CASE("Whatever waits for whatever, a trap is found where the plain definition has one", "[explore]") {
  std::map<Plain, int> seen;
  for (const ExploreLimits& limits : {size(2, 2, 1), size(2, 2, 2)})
    for (rules = 0; rules < 512; ++rules) {
      // The plain search takes its time.
      if ((limits.transfers == 2 && rules % 2 != 0) || (rules >= 256 && rules % 4 != 0)) continue;
      if (limits.transfers == 2 && rules >= 256) break;
      if (test::kTimesMeanNothing && rules % 3 != 0) continue;
      const zoo::Case strategy = zoo::animal<WaitsByRules>(limits);
      const Plain found = plain_of(strategy.explore(limits));
      ++seen[found];
      CAPTURE(rules, limits.transfers);
      CHECK(found == PlainSearch(strategy).run());
    }
  constexpr int kLeast = test::kTimesMeanNothing ? 5 : 20;
  CHECK(seen[Plain::trapped] > kLeast);
  CHECK(seen[Plain::can_finish] > kLeast);
}

TEST_CASE("On every animal and every strategy the plain definition agrees", "[explore]") {
  for (const zoo::Case& animal : zoo::cases()) {
    if (animal.limits.workers > 2 || animal.kind != FindingKind::livelock) continue;
    INFO(animal.name);
    CHECK(PlainSearch(animal).run() == Plain::trapped);
  }
  for (const ExploreLimits& limits : {size(2, 2, 1), size(2, 3, 1)})
    for (const zoo::Case& right :
         {zoo::animal<Global>(limits), zoo::animal<Ordered>(limits), zoo::animal<ScopedLock>(limits)})
      CHECK(PlainSearch(right).run() == Plain::can_finish);
}
