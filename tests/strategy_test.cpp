// The laws that every strategy is held to, over the list of all of them: exclusion, release also on a throw,
// and what they claim. No threads: the tracing Sync throws where a real mutex would wait.
#include "support/strategy_types.hpp"
#include "support/tracing_sync.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstddef>

using namespace banksim;
using namespace banksim::test;

namespace {

constexpr std::array<Money, 4> kOpening{Money{100}, Money{100}, Money{100}, Money{100}};

Transfer transfer(std::uint32_t from, std::uint32_t to, std::int64_t amount = 10) {
  return {AccountId{from}, AccountId{to}, Money{amount}};
}

template <class Tag>
struct Fixture {
  using Strategy = typename Tag::template on<TracingSync>;
  static_assert(LockingStrategy<Strategy, TracingSync>);
  Bank<TracingSync> bank{kOpening};
  Strategy strategy;

  bool pair_is_free(const Transfer& wanted) {
    try {
      [[maybe_unused]] const auto guard = strategy.lock_pair(bank, wanted);
      return true;
    } catch (const WouldBlock&) {
      return false;
    }
  }
  bool all_is_free() {
    try {
      [[maybe_unused]] const auto guard = strategy.lock_all(bank);
      return true;
    } catch (const WouldBlock&) {
      return false;
    }
  }
};

}  // namespace

TEMPLATE_LIST_TEST_CASE("A pair excludes every pair that shares an account, until it is released",
                        "[strategy]", StrategyTypes) {
  Fixture<TestType> f;
  const bool excludes = Fixture<TestType>::Strategy::conserves_money;  // else it must be found not to
  for (const Transfer& held : {transfer(1, 2), transfer(2, 1)}) {
    {
      [[maybe_unused]] const auto guard = f.strategy.lock_pair(f.bank, held);
      for (const Transfer& other : {transfer(1, 2), transfer(2, 1), transfer(0, 1), transfer(1, 0),
                                    transfer(2, 3), transfer(3, 2), transfer(1, 3), transfer(0, 2)})
        CHECK(f.pair_is_free(other) != excludes);
      CHECK(f.all_is_free() != excludes);
    }
    CHECK(locks_held == 0);
    CHECK(f.pair_is_free(transfer(2, 1)));
    CHECK(f.all_is_free());
  }
}

TEMPLATE_LIST_TEST_CASE("The validator's lock excludes every pair, until it is released", "[strategy]",
                        StrategyTypes) {
  Fixture<TestType> f;
  const bool excludes = Fixture<TestType>::Strategy::conserves_money;
  {
    [[maybe_unused]] const auto guard = f.strategy.lock_all(f.bank);
    for (std::uint32_t from = 0; from < 4; ++from)
      for (std::uint32_t to = 0; to < 4; ++to)
        if (from != to) CHECK(f.pair_is_free(transfer(from, to)) != excludes);
    CHECK(f.all_is_free() != excludes);
  }
  CHECK(locks_held == 0);
  CHECK(f.pair_is_free(transfer(0, 3)));
}

TEMPLATE_LIST_TEST_CASE("A lock that throws, the first or any later one, leaves nothing locked", "[strategy]",
                        StrategyTypes) {
  Fixture<TestType> f;
  int refusals = 0;
  for (int allowed = 0; allowed < 8; ++allowed) {
    for (const bool all : {false, true}) {
      locks_before_refusal = allowed;
      try {
        if (all) {
          [[maybe_unused]] const auto guard = f.strategy.lock_all(f.bank);
        } else {
          [[maybe_unused]] const auto guard = f.strategy.lock_pair(f.bank, transfer(2, 1));
        }
      } catch (const Refused&) {
        ++refusals;
      }
      locks_before_refusal = -1;
      REQUIRE(locks_held == 0);
    }
  }
  CHECK((refusals > 0) == Fixture<TestType>::Strategy::conserves_money);
  CHECK(f.pair_is_free(transfer(1, 2)));
  CHECK(f.all_is_free());
}

TEMPLATE_LIST_TEST_CASE("A transfer moves the money or is declined, and keeps no lock", "[strategy]",
                        StrategyTypes) {
  Fixture<TestType> f;
  const auto balance = [&f](std::uint32_t i) { return f.bank[AccountId{i}].balance.get(); };
  int holds = 0;
  const auto hold = [&holds] { ++holds; };

  CHECK(perform(f.strategy, f.bank, transfer(0, 1, 100), hold) == TransferOutcome::done);
  CHECK(balance(0) == Money{0});
  CHECK(balance(1) == Money{200});
  CHECK(holds == 1);

  CHECK(perform(f.strategy, f.bank, transfer(0, 1, 1), hold) == TransferOutcome::declined);
  CHECK(balance(0) == Money{0});
  CHECK(balance(1) == Money{200});
  CHECK(holds == 1);
  CHECK(locks_held == 0);
  CHECK(f.bank.total() == Money{400});
}

TEMPLATE_LIST_TEST_CASE("A strategy has words for people", "[strategy]", StrategyTypes) {
  using Strategy = typename TestType::template on<ThreadSync>;
  CHECK_FALSE(Strategy::name.empty());
  CHECK_FALSE(Strategy::summary.empty());
  CHECK(Strategy::summary.size() <= 50);  // one line of the table
  CHECK(Strategy::how.ends_with("."));
  CHECK_FALSE(Strategy::wins.empty());
  CHECK_FALSE(Strategy::source.empty());
}
