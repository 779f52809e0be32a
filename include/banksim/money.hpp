// Money: a count of minor units (cents) that cannot be mixed up with any other number, at the cost of a
// 64-bit integer.
//
// Arithmetic wraps and never is undefined behaviour. In a bank whose total was checked it cannot wrap; but a
// broken strategy that creates money without end must still end in the validator's word.
#pragma once

#include <compare>
#include <cstdint>
#include <type_traits>

namespace banksim {

template <class T>
concept PlainNumber = std::is_arithmetic_v<T>;

class Money {
 public:
  constexpr Money() = default;
  constexpr explicit Money(std::int64_t minor_units) : minor_units_(minor_units) {}

  constexpr std::int64_t minor_units() const { return minor_units_; }

  friend constexpr bool operator==(Money, Money) = default;
  friend constexpr auto operator<=>(Money, Money) = default;

  friend constexpr Money operator+(Money a, Money b) {
    return Money(static_cast<std::int64_t>(a.bits() + b.bits()));
  }
  friend constexpr Money operator-(Money a, Money b) {
    return Money(static_cast<std::int64_t>(a.bits() - b.bits()));
  }
  constexpr Money& operator+=(Money other) { return *this = *this + other; }
  constexpr Money& operator-=(Money other) { return *this = *this - other; }

  // With a plain number each is an error that says what to write.
  friend constexpr bool operator==(Money, PlainNumber auto n) { return refuse(n), false; }
  friend constexpr auto operator<=>(Money, PlainNumber auto n) {
    return refuse(n), std::strong_ordering::equal;
  }
  friend constexpr auto operator+(Money money, PlainNumber auto n) { return refuse(n), money; }
  friend constexpr auto operator-(Money money, PlainNumber auto n) { return refuse(n), money; }
  friend constexpr auto operator*(Money money, PlainNumber auto n) { return refuse(n), money; }
  friend constexpr auto operator/(Money money, PlainNumber auto n) { return refuse(n), money; }
  static constexpr auto refuse(PlainNumber auto n) {
    static_assert(sizeof(n) == 0,
                  "Money is no plain number: write Money{5}, or calculate with minor_units()");
  }

 private:
  constexpr std::uint64_t bits() const { return static_cast<std::uint64_t>(minor_units_); }

  std::int64_t minor_units_ = 0;
};

// The most that a bank may hold, so that every reader of our JSON, JavaScript and jq included, sees the same
// integer.
inline constexpr Money kMaxTotal{(std::int64_t{1} << 53) - 1};

}  // namespace banksim
