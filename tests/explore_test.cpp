// The laws of explore(), and the claims of every registered strategy, held both ways.
#include "support/sanitizers.hpp"
#include "support/strategy_types.hpp"
#include "support/zoo_cases.hpp"

#include <banksim/explore.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>

using namespace banksim;
using zoo::size;

namespace {

const std::vector<ExploreLimits> kProofSizes{size(2, 2, 2), size(2, 3, 1), size(3, 3, 1),
                                             size(2, 2, 1, true)};

}  // namespace

TEMPLATE_LIST_TEST_CASE("A strategy is what it claims to be: proved if it claims both, else found out",
                        "[explore][claims]", test::StrategyTypes) {
  using S = typename TestType::template on<ModelSync>;
  bool deadlocked = false;
  bool lost_money = false;
  for (const ExploreLimits& limits : kProofSizes) {
    const Exploration result = explore(S::name, &ExploredStrategy<S>::make, limits);
    if (S::deadlock_free && S::conserves_money) CHECK(result.verdict == ExploreVerdict::proved);
    deadlocked = deadlocked || result.verdict == ExploreVerdict::deadlock ||
                 result.verdict == ExploreVerdict::livelock;
    lost_money = lost_money || result.verdict == ExploreVerdict::violation;
  }
  CHECK(deadlocked == !S::deadlock_free);
  CHECK(lost_money == !S::conserves_money);
}

namespace {

#if defined(__OPTIMIZE__)
constexpr bool kStacksAreTidy = !test::kTimesMeanNothing;
#else
constexpr bool kStacksAreTidy = false;
#endif

struct Count {
  zoo::Case strategy;
  std::uint64_t states;
  std::optional<double> interleavings;
};

template <template <class> class Strategy>
Count count(const ExploreLimits& limits, std::uint64_t states, std::optional<double> interleavings = {}) {
  return {zoo::animal<Strategy>(limits, FindingKind{}), states, interleavings};
}

}  // namespace

TEST_CASE("Sizes that others have counted too come out as they did", "[explore]") {
  const auto& [strategy, states, interleavings] =
      GENERATE(count<Global>(size(2, 2, 1), 63, 32), count<Ordered>(size(2, 2, 1), 95, 32),
               count<ScopedLock>(size(2, 2, 1), 579), count<Global>(size(2, 2, 2), 240, 1536),
               count<Ordered>(size(2, 2, 2), 368, 1536), count<ScopedLock>(size(2, 2, 2), 4704),
               count<Global>(size(2, 3, 1), 354, 288), count<Ordered>(size(2, 3, 1), 1019, 3408),
               count<ScopedLock>(size(2, 3, 1), 5793), count<Global>(size(3, 3, 1), 766, 10'368),
               count<Ordered>(size(3, 3, 1), 5090, 1'026'264), count<ScopedLock>(size(3, 3, 1), 130'114),
               count<Ordered>(size(3, 3, 2), 60'915, 5'934'264'938'700));
  const Exploration result = strategy.explore(strategy.limits);
  CHECK(result.verdict == ExploreVerdict::proved);
  CHECK(result.interleavings == interleavings);
  CHECK(result.may_retry == !interleavings);
  // What is dead on a stack tells states apart too, where the compiler does not tidy up.
  if constexpr (kStacksAreTidy)
    CHECK(result.states == states);
  else
    CHECK(result.states >= states);
}

TEST_CASE("Naive deadlocks in four steps: two locks and two wishes", "[explore]") {
  const ExploreFinding finding = explore<Naive>({}).findings.at(0);
  REQUIRE(finding.steps.size() == 4);
  CHECK(finding.steps[0].op == StepOp::lock);
  CHECK(finding.steps[1].op == StepOp::lock);
  CHECK(finding.steps[2].op == StepOp::wants);
  CHECK(finding.steps[3].op == StepOp::wants);
  CHECK(finding.preemptions == 1);
  const WaitForCycle expected{{WorkerId{0}, AccountId{0}, AccountId{1}, WorkerId{1}},
                              {WorkerId{1}, AccountId{1}, AccountId{0}, WorkerId{0}}};
  CHECK(finding.cycle == expected);
}

TEST_CASE("Unsafe races in three steps: a read, and two caught in the act", "[explore]") {
  const ExploreFinding finding = explore<Unsafe>({}).findings.at(0);
  REQUIRE(finding.steps.size() == 3);
  CHECK(finding.steps[0].op == StepOp::read);
  CHECK(finding.steps[1].op == StepOp::about_to_write);
  CHECK(finding.steps[2].op == StepOp::about_to_read);
  CHECK(finding.steps[1].account == finding.steps[2].account);
}

TEST_CASE("A search that hits a bound proves nothing", "[explore]") {
  ExploreLimits limits = size(2, 3, 1);
  SECTION("of states") {
    limits.max_states = 100;
    CHECK(explore<Ordered>(limits).bounds_hit == std::vector<std::string>{"max_states"});
  }
  SECTION("of memory") {
    limits.max_memory_bytes = 1;
    CHECK(explore<Ordered>(limits).bounds_hit == std::vector<std::string>{"max_memory"});
  }
  SECTION("of patience") {
    const std::atomic<bool> cancel{true};
    limits.cancel = &cancel;
    CHECK(explore<Ordered>(limits).bounds_hit == std::vector<std::string>{"cancelled"});
    limits.cancel = nullptr;
    limits.max_states = 1;
  }
  CHECK(explore<Ordered>(limits).verdict == ExploreVerdict::inconclusive);
}

TEST_CASE("A bound of memory holds, in the search and in the analyses after it", "[explore]") {
  constexpr std::uint64_t kMiB = 1024 * 1024;
  constexpr std::uint64_t kBetweenTwoLooks = 8 * kMiB;
  SECTION("of a search that is stopped") {
    ExploreLimits limits = size(3, 3, 2);
    limits.max_memory_bytes = GENERATE(12 * kMiB, 20 * kMiB, 40 * kMiB);
    const Exploration result = explore<ScopedLock>(limits);
    CHECK(result.bounds_hit == std::vector<std::string>{"max_memory"});
    CHECK_FALSE(result.complete);
    CHECK(result.peak_memory_bytes <= limits.max_memory_bytes + kBetweenTwoLooks);
  }
  SECTION("of a proof, which never took more than it was allowed") {
    ExploreLimits limits = size(3, 3, 1);
    const std::uint64_t needed = explore<ScopedLock>(limits).peak_memory_bytes;
    limits.max_memory_bytes = needed - 1;
    CHECK(explore<ScopedLock>(limits).bounds_hit == std::vector<std::string>{"max_memory"});
    std::uint64_t proofs = 0;
    for (std::uint64_t percent = 60; percent <= 160; percent += 10) {
      limits.max_memory_bytes = needed * percent / 100;
      const Exploration result = explore<ScopedLock>(limits);
      if (result.verdict != ExploreVerdict::proved) continue;
      ++proofs;
      CHECK(result.peak_memory_bytes <= limits.max_memory_bytes);
    }
    CHECK(proofs > 0);
  }
}

TEST_CASE("A search that was stopped does not say that its schedule is the shortest", "[explore]") {
  ExploreLimits limits = size(3, 3, 1);
  bool found_early = false;
  for (limits.max_states = 10; limits.max_states < 250; limits.max_states += 10) {
    const Exploration result = explore<Naive>(limits);
    if (result.findings.empty()) continue;
    CHECK(result.findings[0].fewest_steps == result.bounds_hit.empty());
    found_early = found_early || !result.bounds_hit.empty();
  }
  CHECK(found_early);
}

TEST_CASE("A token replays at its own size, whatever size is asked for", "[explore]") {
  const Exploration large = explore<Naive>(size(3, 3, 2));
  ExploreLimits replay = size(2, 2, 1);
  replay.replay = large.findings.at(0).token;
  const Exploration again = explore<Naive>(replay);
  CHECK(again.replayed);
  CHECK(again.verdict == ExploreVerdict::deadlock);
  CHECK(again.limits.workers == 3);
  CHECK(again.findings.at(0).steps.size() == large.findings[0].steps.size());
}

TEST_CASE("A token that is no token is refused, and so is one that was tampered with", "[explore]") {
  const std::string good = explore<Naive>({}).findings.at(0).token;
  ExploreLimits limits;
  for (const std::string& bad :
       {std::string("nonsense"), std::string(":"), std::string("naive.w2a2k1-00000000:"), good + ".0",
        good + ".9", good.substr(0, good.size() - 4), "x" + good, good + "junk",
        std::string("naive.w2a2k1-a0638b52:0-99"), std::string("naive.w99999999999a2k1-a0638b52:0-0")}) {
    INFO(bad);
    limits.replay = bad;
    CHECK_THROWS_AS(explore<Naive>(limits), BadReplayToken);
  }
  limits.replay = good;
  CHECK_THROWS_AS(explore<Ordered>(limits), BadReplayToken);
}

TEST_CASE("A token says what it was made for", "[explore]") {
  ExploreLimits limits = size(2, 3, 1, true);
  const ReplaySubject subject = replay_subject(explore<Naive>(limits).findings.at(0).token);
  CHECK(subject.to_string() == "naive, 2 workers x 1 transfer + 1 audit, 3 accounts");
  limits.replay = explore<Naive>({}).findings.at(0).token;
  CHECK_THROWS_WITH(explore<Unsafe>(limits),
                    "this token is for naive, 2 workers x 1 transfer, 2 accounts; you asked for unsafe");
}

TEST_CASE("Sizes out of range are refused", "[explore]") {
  ExploreLimits no_states;
  no_states.max_states = 0;
  ExploreLimits no_memory;
  no_memory.max_memory_bytes = 0;
  for (const ExploreLimits& limits : {no_states, no_memory, size(0, 2, 1), size(8, 2, 1), size(2, 1, 1),
                                      size(2, 9, 1), size(2, 2, 0), size(2, 2, 256)}) {
    CHECK_THROWS_AS(explore<Ordered>(limits), std::invalid_argument);
    CHECK_THROWS_AS(check_limits("ordered", limits), std::invalid_argument);
  }
}

namespace {

// A lock of one's own making, in a plain member: on real threads two take it at once.
template <class S>
struct LocksWithABool : zoo::Broken<S> {
  static constexpr std::string_view name = "locks-with-a-bool";
  struct Guard {
    explicit Guard(LocksWithABool& s) : busy(s.busy_) { busy = true; }
    ~Guard() { busy = false; }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    bool& busy;
  };
  Guard lock_pair(Bank<S>& bank, const Transfer& t) {
    while (busy_) bank[t.from].balance.get();
    return Guard(*this);
  }
  bool busy_ = false;
};

// Deadlocks after three locks and three wishes, and keeps a lock after two locks, a read and an unlock.
template <class S>
struct CyclesOrKeeps : zoo::OrderDependsOnPair<S> {
  static constexpr std::string_view name = "cycles-or-keeps";
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, Hold&& hold) {
    const bool neighbours = index(zoo::upper(t)) - index(zoo::lower(t)) == 1;
    std::unique_lock first(bank[neighbours ? zoo::lower(t) : zoo::upper(t)].mutex);
    std::unique_lock second(bank[neighbours ? zoo::upper(t) : zoo::lower(t)].mutex);
    const TransferOutcome outcome = apply(bank, t, hold);
    if (outcome == TransferOutcome::declined) first.release();
    return outcome;
  }
};

template <class S>
struct Throws : zoo::Broken<S> {
  static constexpr std::string_view name = "throws";
  NoGuard lock_pair(Bank<S>&, const Transfer&) { throw 1; }
};

template <class S>
struct LocksOnItsStack : zoo::Broken<S> {
  static constexpr std::string_view name = "locks-on-its-stack";
  NoGuard lock_pair(Bank<S>&, const Transfer&) {
    typename S::Mutex mine;
    const std::lock_guard guard(mine);
    return {};
  }
};

int hidden = 0;

template <class S>
struct HidesState : zoo::Broken<S> {
  static constexpr std::string_view name = "hides-state";
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    if (++hidden % 3 == 0) bank[t.from].balance.get();
    return Ordered<S>{}.lock_pair(bank, t);
  }
};

}  // namespace

TEST_CASE("A strategy that changes a plain member is refused, since threads would race for it", "[explore]") {
  CHECK_THROWS_WITH(explore<LocksWithABool>(size(2, 2, 1)),
                    Catch::Matchers::ContainsSubstring("plain member"));
}

TEST_CASE("A livelock that needs one plan is found, and shows who is kept from beginning", "[explore]") {
  for (const std::uint32_t workers : {2U, 3U}) {
    ExploreLimits limits = size(workers, 2, 1);
    const auto result = explore<zoo::WaitsForASmallOne>(limits);
    REQUIRE(result.verdict == ExploreVerdict::livelock);
    const auto& steps = result.findings.at(0).steps;
    CHECK(steps.front().begins->amount == Money{2});
    const auto waiting = std::count_if(steps.begin(), steps.end(),
                                       [](const ExploreStep& step) { return step.op == StepOp::wants; });
    CHECK(static_cast<std::uint32_t>(waiting) == workers - 1);
    CHECK(steps.back().op == StepOp::wants);
    CHECK(steps.back().begins->amount == Money{2});
    CHECK(steps.back().held_by == WorkerId{steps.front().worker});

    limits.replay = result.findings[0].token;
    CHECK(explore<zoo::WaitsForASmallOne>(limits).findings.at(0).token == limits.replay);
    const std::string without_waiters = limits.replay.substr(0, limits.replay.find('!'));
    for (const std::string& bad :
         {without_waiters, without_waiters + "!", limits.replay + "!1-1", without_waiters + "!0-1",
          without_waiters + "!1-0", limits.replay + ".9-9"}) {
      INFO(bad);
      limits.replay = bad;
      CHECK_THROWS_AS(explore<zoo::WaitsForASmallOne>(limits), BadReplayToken);
    }
  }
}

TEST_CASE("What is shown after the last step made counts as steps: wishes, and being caught", "[explore]") {
  for (const zoo::Case& animal : zoo::cases()) {
    if (animal.kind == FindingKind::livelock) continue;  // its last move closes a loop
    INFO(animal.name);
    const ExploreFinding finding = animal.explore(animal.limits).findings.at(0);
    const std::string moves = finding.token.substr(finding.token.find(':') + 1);
    const auto made = moves.empty() ? 0 : 1 + std::ranges::count_if(moves, [](char c) { return c == '.'; });
    const std::size_t shown = finding.kind == FindingKind::deadlock ? finding.cycle.size()
                              : finding.kind == FindingKind::race   ? 2
                                                                    : 0;
    CHECK(finding.steps.size() == static_cast<std::size_t>(made) + shown);
  }
}

TEST_CASE("The fewest steps are counted with what is shown after the last one made", "[explore]") {
  const ExploreFinding finding = explore<CyclesOrKeeps>(size(3, 3, 1)).findings.at(0);
  CHECK(finding.kind == FindingKind::lock_kept);  // found after the deadlock, which is three locks deep
  CHECK(finding.steps.size() == 4);
  CHECK(finding.fewest_steps);
}

TEST_CASE("What cannot be explored is refused aloud", "[explore]") {
  CHECK_THROWS_AS(explore<Throws>(size(2, 2, 1)), NotExplorable);
  CHECK_THROWS_AS(explore<LocksOnItsStack>(size(2, 2, 1)), NotExplorable);
  CHECK(explore<Ordered>(size(2, 2, 1)).verdict == ExploreVerdict::proved);  // and leaves nothing behind
}

TEST_CASE("State hidden in a static is noticed when a repetition goes another way", "[explore]") {
  hidden = 0;
  CHECK_THROWS_AS(explore<HidesState>(size(2, 2, 1)), NotExplorable);
}
