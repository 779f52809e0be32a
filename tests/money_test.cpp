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

TEST_CASE("Money adds, subtracts and compares", "[money]") {
  Money balance{100};
  balance += Money{50};
  balance -= Money{151};
  CHECK(balance == Money{-1});
  CHECK(balance < Money{});
  CHECK(Money{3} + Money{4} == Money{7});
  CHECK(Money{3} - Money{4} == Money{-1});
}

TEST_CASE("Money wraps instead of being undefined", "[money]") {
  const Money largest{std::numeric_limits<std::int64_t>::max()};
  CHECK(largest + Money{1} == Money{std::numeric_limits<std::int64_t>::min()});
}

TEST_CASE("A checked sum stops at the largest total that JSON readers keep exact", "[money]") {
  CHECK(kMaxTotal.minor_units() == 9007199254740991);
  CHECK(checked_add(kMaxTotal - Money{1}, Money{1}) == kMaxTotal);
  CHECK_FALSE(checked_add(kMaxTotal, Money{1}));
  CHECK_FALSE(checked_add(Money{std::numeric_limits<std::int64_t>::max()}, Money{1}));
  CHECK_FALSE(checked_add(Money{-1}, Money{1}));
}
