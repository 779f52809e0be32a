// The laws that every strategy is held to, over the list of all of them: exclusion, release also on a throw,
// and what they claim. No threads and no sleeps: a lock that would have to wait throws.
#include "support/strategy_types.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstddef>

using namespace banksim;
using test::StrategyTypes;

namespace {

struct WouldBlock {};
struct Refused {};

// lock() and try_lock() calls still allowed before one throws Refused; negative: all.
int locks_before_refusal = -1;
int locks_held = 0;

class TracingMutex {
 public:
  TracingMutex() = default;
  explicit TracingMutex(AccountId) {}
  TracingMutex(const TracingMutex&) = delete;
  TracingMutex& operator=(const TracingMutex&) = delete;

  void lock() {
    if (!try_lock()) throw WouldBlock{};
  }
  bool try_lock() {
    if (locks_before_refusal == 0) throw Refused{};
    if (locks_before_refusal > 0) --locks_before_refusal;
    if (held_) return false;
    ++locks_held;
    return held_ = true;
  }
  void unlock() {
    held_ = false;
    --locks_held;
  }

 private:
  bool held_ = false;
};

struct TracingSync {
  using Mutex = TracingMutex;
  template <class T>
  using Cell = PlainCell<T>;
};
static_assert(Sync<TracingSync>);

Transfer transfer(std::uint32_t from, std::uint32_t to, std::int64_t amount = 10) {
  return {AccountId{from}, AccountId{to}, Money{amount}};
}

template <class Tag>
struct Fixture {
  using Strategy = typename Tag::template on<TracingSync>;
  static_assert(keeps_rules<Strategy, TracingSync>());
  static constexpr bool excludes = Strategy::conserves_money;  // else it must be found not to
  Bank<TracingSync> bank{std::array{Money{100}, Money{100}, Money{100}, Money{100}}};
  Strategy strategy;

  auto pair(const Transfer& wanted) { return strategy.lock_pair(bank, wanted); }
  auto all() { return strategy.lock_all(bank); }
  static bool is_free(auto lock) {
    try {
      [[maybe_unused]] const auto guard = lock();
      return true;
    } catch (const WouldBlock&) {
      return false;
    }
  }
  bool pair_is_free(const Transfer& wanted) {
    return is_free([&] { return pair(wanted); });
  }
  bool all_is_free() {
    return is_free([&] { return all(); });
  }
};

}  // namespace

TEMPLATE_LIST_TEST_CASE("A pair excludes every pair that shares an account, until it is released",
                        "[strategy]", StrategyTypes) {
  Fixture<TestType> f;
  for (const Transfer& held : {transfer(1, 2), transfer(2, 1)}) {
    {
      [[maybe_unused]] const auto guard = f.pair(held);
      for (const Transfer& other : {transfer(1, 2), transfer(2, 1), transfer(0, 1), transfer(1, 0),
                                    transfer(2, 3), transfer(3, 2), transfer(1, 3), transfer(0, 2)})
        CHECK(f.pair_is_free(other) != f.excludes);
      CHECK(f.all_is_free() != f.excludes);
    }
    CHECK(locks_held == 0);
    CHECK(f.pair_is_free(transfer(2, 1)));
    CHECK(f.all_is_free());
  }
}

TEMPLATE_LIST_TEST_CASE("The validator's lock excludes every pair, until it is released", "[strategy]",
                        StrategyTypes) {
  Fixture<TestType> f;
  {
    [[maybe_unused]] const auto guard = f.all();
    for (std::uint32_t from = 0; from < 4; ++from)
      for (std::uint32_t to = 0; to < 4; ++to)
        if (from != to) CHECK(f.pair_is_free(transfer(from, to)) != f.excludes);
    CHECK(f.all_is_free() != f.excludes);
  }
  CHECK(locks_held == 0);
  CHECK(f.pair_is_free(transfer(0, 3)));
}

TEMPLATE_LIST_TEST_CASE("A lock that throws, the first or any later one, leaves nothing locked", "[strategy]",
                        StrategyTypes) {
  Fixture<TestType> f;
  int refusals = 0;
  const auto try_with = [&refusals](int allowed, auto lock) {
    locks_before_refusal = allowed;
    try {
      [[maybe_unused]] const auto guard = lock();
    } catch (const Refused&) {
      ++refusals;
    }
    locks_before_refusal = -1;
    REQUIRE(locks_held == 0);
  };
  for (int allowed = 0; allowed < 8; ++allowed) {
    try_with(allowed, [&f] { return f.pair(transfer(2, 1)); });
    try_with(allowed, [&f] { return f.all(); });
  }
  CHECK((refusals > 0) == f.excludes);
  CHECK(f.pair_is_free(transfer(1, 2)));
  CHECK(f.all_is_free());
}

TEMPLATE_LIST_TEST_CASE("A transfer moves the money or is declined, and keeps no lock", "[strategy]",
                        StrategyTypes) {
  Fixture<TestType> f;
  int holds = 0;
  for (const std::int64_t amount : {100, 1}) {  // all there is, and then more
    const TransferOutcome outcome = perform(f.strategy, f.bank, transfer(0, 1, amount), [&] { ++holds; });
    CHECK(outcome == (amount == 100 ? TransferOutcome::done : TransferOutcome::declined));
    CHECK(f.bank[AccountId{0}].balance.get() == Money{0});
    CHECK(f.bank[AccountId{1}].balance.get() == Money{200});
    CHECK(holds == 1);
    CHECK(locks_held == 0);
  }
  CHECK(f.bank.total() == Money{400});
}

TEMPLATE_LIST_TEST_CASE("A strategy has words for people", "[strategy]", StrategyTypes) {
  using Strategy = typename TestType::template on<ThreadSync<>>;
  CHECK_FALSE(Strategy::name.empty());
  CHECK_FALSE(Strategy::summary.empty());
  CHECK(Strategy::summary.size() <= 50);  // one line of the table
  CHECK(Strategy::how.ends_with("."));
  CHECK_FALSE(Strategy::wins.empty());
  CHECK_FALSE(Strategy::source.empty());
}

TEST_CASE("A strategy is made from the setup, or from nothing") {
  struct FromSetup {
    explicit FromSetup(const Setup& setup) : made_for(setup) {}
    Setup made_for;
  };
  const auto made = make_strategy<FromSetup>({4, 3});
  CHECK((made.made_for.accounts == 4 && made.made_for.workers == 3));
  struct FromNothing {
    int value = 7;
  };
  CHECK(make_strategy<FromNothing>({4, 3}).value == 7);
}
