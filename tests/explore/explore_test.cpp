// The laws of explore(), and the claims of every registered strategy, held both ways.
#include "support/sanitizers.hpp"
#include "support/strategy_types.hpp"
#include "support/zoo_cases.hpp"

#include <banksim/explore.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers.hpp>

#include <algorithm>

using namespace banksim;
using zoo::size;

TEMPLATE_LIST_TEST_CASE("A strategy is what it claims to be: proved if it claims both, else found out",
                        "[explore][claims]", test::StrategyTypes) {
  using S = typename TestType::template on<ModelSync>;
  bool deadlocked = false;
  bool lost_money = false;
  for (const ExploreLimits& limits : {size(2, 2, 2), size(2, 3, 1), size(3, 3, 1), size(2, 2, 1, true)}) {
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

struct Count {
  zoo::Case strategy;
  std::uint64_t states;
  std::optional<double> interleavings;
};

template <template <class> class Strategy>
Count count(const ExploreLimits& limits, std::uint64_t states, std::optional<double> interleavings = {}) {
  return {zoo::animal<Strategy>(limits), states, interleavings};
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
  if constexpr (test::kStacksAreTidy)
    CHECK(result.states == states);
  else
    CHECK(result.states >= states);
}

TEST_CASE("Naive deadlocks in four steps, unsafe races in three", "[explore]") {
  const auto ops = [](const ExploreFinding& finding) {
    std::vector<StepOp> all;
    for (const ExploreStep& step : finding.steps) all.push_back(step.op);
    return all;
  };
  using enum StepOp;
  const ExploreFinding deadlock = explore<Naive>({}).findings.at(0);
  CHECK(ops(deadlock) == std::vector{lock, lock, wants, wants});
  CHECK(deadlock.preemptions == 1);
  CHECK(deadlock.cycle == WaitForCycle{{WorkerId{0}, AccountId{0}, AccountId{1}, WorkerId{1}},
                                       {WorkerId{1}, AccountId{1}, AccountId{0}, WorkerId{0}}});
  const ExploreFinding race = explore<Unsafe>({}).findings.at(0);
  REQUIRE(ops(race) == std::vector{read, about_to_write, about_to_read});
  CHECK(race.steps[1].account == race.steps[2].account);
}

TEST_CASE("A search that hits a bound proves nothing, and says which it was", "[explore]") {
  const std::atomic<bool> cancel{true};
  ExploreLimits states = size(2, 3, 1), memory = states, patience = states;
  states.max_states = 100;
  memory.max_memory_bytes = 1;
  patience.cancel = &cancel;
  const auto& [limits, bound] = GENERATE_COPY(
      std::pair(states, "max_states"), std::pair(memory, "max_memory"), std::pair(patience, "cancelled"));
  const Exploration result = explore<Ordered>(limits);
  CHECK(result.bounds_hit == std::vector<std::string>{bound});
  CHECK(result.verdict == ExploreVerdict::inconclusive);
}

TEST_CASE("So many states are found as were allowed, and no more", "[explore]") {
  ExploreLimits limits = size(2, 2, 1);
  const std::uint64_t all = explore<Ordered>(limits).states;
  for (const std::uint64_t allowed : {std::uint64_t{1}, std::uint64_t{4}, all - 1, all}) {
    limits.max_states = allowed;
    const Exploration result = explore<Ordered>(limits);
    CHECK(result.states == allowed);
    CHECK(result.bounds_hit.empty() == (allowed == all));
  }
}

TEST_CASE("A search says how far it is before it ends, also where little is found", "[explore]") {
  ExploreLimits limits = size(3, 3, 1);
  std::uint64_t first_heard = 0;
  limits.progress = [&](const ExploreProgress& at) {
    if (first_heard == 0 && at.waiting > 0) first_heard = at.states;
  };
  explore<ScopedLock>(limits);
  CHECK(first_heard > 0);
  CHECK(first_heard < 20'000);
}

TEST_CASE("A bound of memory stops a search in time", "[explore]") {
  constexpr std::uint64_t kMiB = 1024 * 1024;
  constexpr std::uint64_t kBetweenTwoLooks = 8 * kMiB;
  ExploreLimits limits = size(3, 3, 2);
  limits.max_memory_bytes = GENERATE(12 * kMiB, 20 * kMiB, 40 * kMiB);
  const Exploration result = explore<ScopedLock>(limits);
  CHECK(result.bounds_hit == std::vector<std::string>{"max_memory"});
  CHECK_FALSE(result.complete);
  CHECK(result.peak_memory_bytes <= limits.max_memory_bytes + kBetweenTwoLooks);
}

TEST_CASE("A proof, with the analyses after the search, never took more memory than allowed", "[explore]") {
  ExploreLimits limits = size(3, 3, 1);
  const std::uint64_t needed = explore<ScopedLock>(limits).peak_memory_bytes;
  limits.max_memory_bytes = needed - 1;
  CHECK(explore<ScopedLock>(limits).bounds_hit == std::vector<std::string>{"max_memory"});
  for (std::uint64_t percent = 60; percent <= 160; percent += 10) {
    limits.max_memory_bytes = needed * percent / 100;
    const Exploration result = explore<ScopedLock>(limits);
    if (percent == 160) CHECK(result.verdict == ExploreVerdict::proved);
    if (result.verdict == ExploreVerdict::proved) CHECK(result.peak_memory_bytes <= limits.max_memory_bytes);
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
  const ExploreFinding large = explore<Naive>(size(3, 3, 2)).findings.at(0);
  ExploreLimits replay = size(2, 2, 1);
  replay.replay = large.token;
  const Exploration again = explore<Naive>(replay);
  CHECK(again.replayed);
  CHECK(again.verdict == ExploreVerdict::deadlock);
  CHECK(again.limits.workers == 3);
  CHECK(again.findings.at(0).steps == large.steps);
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

TEST_CASE("What no run of that size can be is not looked for", "[explore]") {
  ExploreLimits limits = size(2, 3, 1);
  const Wanted wanted =
      GENERATE(Wanted{Sought::deadlock, 3}, Wanted{Sought::deadlock, 0, true}, Wanted{Sought::audit});
  limits.find = wanted;
  CHECK_THROWS_AS(check_limits("ordered", limits), std::invalid_argument);
  limits.auditor = true;
  CHECK_NOTHROW(check_limits("ordered", limits));
}

TEST_CASE("Sizes out of range are refused", "[explore]") {
  ExploreLimits no_states, no_memory;
  no_states.max_states = 0;
  no_memory.max_memory_bytes = 0;
  for (const ExploreLimits& limits : {no_states, no_memory, size(0, 2, 1), size(8, 2, 1), size(2, 1, 1),
                                      size(2, 9, 1), size(2, 2, 0), size(2, 2, 256)})
    CHECK_THROWS_AS(check_limits("ordered", limits), std::invalid_argument);
  CHECK_THROWS_AS(explore<Ordered>(no_states), std::invalid_argument);
}

namespace {

// Deadlocks after three locks and three wishes, and keeps a lock after two locks, a read and an unlock.
template <class S>
struct CyclesOrKeeps : zoo::OrderDependsOnPair<S> {
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

}  // namespace

TEST_CASE("A livelock that needs one plan is found, and shows who is kept from beginning", "[explore]") {
  for (const std::uint32_t workers : {2U, 3U}) {
    ExploreLimits limits = size(workers, 2, 1);
    const auto result = explore<zoo::WaitsForASmallOne>(limits);
    REQUIRE(result.verdict == ExploreVerdict::livelock);
    const auto& steps = result.findings.at(0).steps;
    CHECK(steps.front().begins->amount == Money{2});
    CHECK(std::ranges::count(steps, StepOp::wants, &ExploreStep::op) == workers - 1);
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
    const auto made = moves.empty() ? 0 : 1 + std::ranges::count(moves, '.');
    const std::size_t shown = finding.kind == FindingKind::race ? 2 : finding.cycle.size();
    CHECK(finding.steps.size() == static_cast<std::size_t>(made) + shown);
  }
  const ExploreFinding finding = explore<CyclesOrKeeps>(size(3, 3, 1)).findings.at(0);
  CHECK(finding.kind == FindingKind::lock_kept);  // found after the deadlock, which is three locks deep
  CHECK(finding.steps.size() == 4);
  CHECK(finding.fewest_steps);
}
