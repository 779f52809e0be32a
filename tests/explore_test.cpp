// The laws of explore(), and the claims of every registered strategy, held both ways.
#include "support/sanitizers.hpp"
#include "support/strategy_types.hpp"
#include "support/zoo_cases.hpp"

#include <banksim/explore.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <iostream>

using namespace banksim;

namespace {

ExploreLimits size(std::uint32_t workers, std::uint32_t accounts, std::uint32_t transfers,
                   bool auditor = false) {
  ExploreLimits limits;
  limits.workers = workers;
  limits.accounts = accounts;
  limits.transfers = transfers;
  limits.auditor = auditor;
  return limits;
}

const std::vector<ExploreLimits> kProofSizes{size(2, 2, 2), size(2, 3, 1), size(3, 3, 1),
                                             size(2, 2, 1, true)};

void print_row(const Exploration& e) {
  std::cout << "  " << e.strategy << " " << e.limits.workers << "x" << e.limits.accounts << "x"
            << e.limits.transfers << (e.limits.auditor ? "+auditor" : "") << ": " << e.states << " states, "
            << (e.interleavings ? std::to_string(*e.interleavings) : std::string("endless"))
            << " interleavings, " << e.elapsed_s << " s, " << e.peak_memory_bytes / 1024 << " KiB\n";
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("A strategy is what it claims to be: proved if it claims both, else found out",
                        "[explore][claims]", test::StrategyTypes) {
  using S = typename TestType::template on<ModelSync>;
  bool deadlocked = false;
  bool lost_money = false;
  for (const ExploreLimits& limits : kProofSizes) {
    const Exploration result = explore(S::name, &ExploredStrategy<S>::make, limits);
    print_row(result);
    if (S::deadlock_free && S::conserves_money) CHECK(result.verdict == ExploreVerdict::proved);
    deadlocked = deadlocked || result.verdict == ExploreVerdict::deadlock ||
                 result.verdict == ExploreVerdict::livelock;
    lost_money = lost_money || result.verdict == ExploreVerdict::violation;
  }
  CHECK(deadlocked == !S::deadlock_free);
  CHECK(lost_money == !S::conserves_money);
}

TEST_CASE("global, ordered and scoped are proved at all four sizes in three seconds together", "[explore]") {
  double took = 0;
  for (const ExploreLimits& limits : kProofSizes)
    for (const Exploration& result :
         {explore<Global>(limits), explore<Ordered>(limits), explore<ScopedLock>(limits)}) {
      CHECK(result.verdict == ExploreVerdict::proved);
      took += result.elapsed_s;
    }
  if constexpr (!test::kTimesMeanNothing) CHECK(took < 3);
}

TEST_CASE("3x3x2 ordered is finished in well under 20 s and 4 GiB", "[explore]") {
  const Exploration result = explore<Ordered>(size(3, 3, 2));
  print_row(result);
  CHECK(result.verdict == ExploreVerdict::proved);
  CHECK(result.elapsed_s < 20);
  CHECK(result.peak_memory_bytes < std::uint64_t{4} << 30);
}

TEST_CASE("A strategy that retries is proved, and said to retry", "[explore]") {
  const Exploration result = explore<ScopedLock>(size(2, 2, 1));
  CHECK(result.verdict == ExploreVerdict::proved);
  CHECK(result.may_retry);
  CHECK_FALSE(result.interleavings);
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

TEST_CASE("Random schedules are a function of the seed, find deadlocks, and prove nothing", "[explore]") {
  ExploreLimits limits = size(2, 2, 1);
  limits.random_runs = 1000;
  const Exploration naive = explore<Naive>(limits);
  CHECK(naive.verdict == ExploreVerdict::deadlock);
  CHECK_FALSE(naive.findings.at(0).fewest_steps);
  CHECK(explore<Naive>(limits).findings.at(0).token == naive.findings.at(0).token);

  limits.random_runs = 100;
  const Exploration ordered = explore<Ordered>(limits);
  CHECK(ordered.verdict == ExploreVerdict::inconclusive);
  CHECK(ordered.runs == 100);
}

TEST_CASE("A token found at random replays too, whatever size is asked for", "[explore]") {
  ExploreLimits limits = size(3, 3, 2);
  limits.random_runs = 100'000;
  const Exploration random = explore<Naive>(limits);
  REQUIRE(random.verdict == ExploreVerdict::deadlock);
  ExploreLimits replay = size(2, 2, 1);
  replay.replay = random.findings[0].token;
  const Exploration again = explore<Naive>(replay);
  CHECK(again.replayed);
  CHECK(again.verdict == ExploreVerdict::deadlock);
  CHECK(again.limits.workers == 3);
  CHECK(again.findings.at(0).steps.size() == random.findings[0].steps.size());
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

TEST_CASE("Sizes out of range are refused", "[explore]") {
  CHECK_THROWS_AS(explore<Ordered>(size(0, 2, 1)), std::invalid_argument);
  CHECK_THROWS_AS(explore<Ordered>(size(8, 2, 1)), std::invalid_argument);
  CHECK_THROWS_AS(explore<Ordered>(size(2, 1, 1)), std::invalid_argument);
  CHECK_THROWS_AS(explore<Ordered>(size(2, 9, 1)), std::invalid_argument);
  CHECK_THROWS_AS(explore<Ordered>(size(2, 2, 0)), std::invalid_argument);
}

namespace {

// Locks account 0 first every other time: its counter is state like any other.
template <class S>
struct CountsInItself : zoo::Broken<S> {
  static constexpr std::string_view name = "counts-in-itself";
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    const bool upward = ++calls_ % 2 == 0;
    return PairGuard<typename S::Mutex>(bank[upward ? zoo::lower(t) : zoo::upper(t)].mutex,
                                        bank[upward ? zoo::upper(t) : zoo::lower(t)].mutex);
  }
  std::uint8_t calls_ = 0;
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

TEST_CASE("A strategy's own members are part of the state", "[explore]") {
  CHECK(explore<CountsInItself>(size(2, 2, 1)).verdict == ExploreVerdict::deadlock);
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
