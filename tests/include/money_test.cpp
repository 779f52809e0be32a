#include <banksim/ids.hpp>
#include <banksim/money.hpp>

#include <catch2/catch_test_macros.hpp>

#include <limits>
#include <type_traits>

using namespace banksim;

TEST_CASE("Money is no integer, and no integer is Money", "[money]") {
  STATIC_REQUIRE_FALSE(std::is_convertible_v<std::int64_t, Money>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<Money, std::int64_t>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<AccountId, WorkerId>);
  STATIC_REQUIRE(sizeof(Money) == 8);
}

TEST_CASE("Money adds, subtracts, compares, and wraps instead of being undefined", "[money]") {
  Money balance{100};
  balance += Money{50};
  balance -= Money{151};
  CHECK(balance == Money{-1});
  CHECK(balance < Money{});
  constexpr auto limits = std::numeric_limits<std::int64_t>{};
  CHECK(Money{limits.max()} + Money{1} == Money{limits.min()});
}

TEST_CASE("The largest total is the one that JSON readers keep exact", "[money]") {
  CHECK(kMaxTotal.minor_units() == 9007199254740991);
}
