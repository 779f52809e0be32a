// Money: a count of minor units (cents) that cannot be mixed up with any other number.
//
// Promises: trivially copyable, 8 bytes; arithmetic wraps and never is undefined behaviour. In a bank whose
// total was checked it cannot wrap; but a broken strategy that creates money without end must still end in
// the validator's word.
//
// Forbids: implicit conversion from or to integers.
//
// Limits: a bank's total is at most kMaxTotal = 2^53 - 1, so that every reader of our JSON, JavaScript and jq
// included, sees the same integer. The edge checks with checked_add(); the hot path need not.
//
// Cost: that of a 64-bit integer.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

namespace banksim {

class Money {
 public:
  constexpr Money() = default;
  constexpr explicit Money(std::int64_t minor_units) : minor_units_(minor_units) {}

  constexpr std::int64_t minor_units() const { return minor_units_; }

  friend constexpr auto operator<=>(Money, Money) = default;

  friend constexpr Money operator+(Money a, Money b) {
    return Money(static_cast<std::int64_t>(a.bits() + b.bits()));
  }
  friend constexpr Money operator-(Money a, Money b) {
    return Money(static_cast<std::int64_t>(a.bits() - b.bits()));
  }
  constexpr Money& operator+=(Money other) { return *this = *this + other; }
  constexpr Money& operator-=(Money other) { return *this = *this - other; }

 private:
  constexpr std::uint64_t bits() const { return static_cast<std::uint64_t>(minor_units_); }

  std::int64_t minor_units_ = 0;
};

inline constexpr Money kMaxTotal{(std::int64_t{1} << 53) - 1};

// The sum of two amounts that are not negative, or nothing where it would exceed kMaxTotal.
constexpr std::optional<Money> checked_add(Money a, Money b) {
  if (a < Money{} || b < Money{} || a > kMaxTotal || b > kMaxTotal - a) return std::nullopt;
  return a + b;
}

}  // namespace banksim
