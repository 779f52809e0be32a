// The workload: which transfers a run does. A pure function of (seed, k).
//
// Transfer k is the same whatever the strategy, the number of threads, the compiler or the machine, so that
// strategies are compared on the same plan and a run can be replayed for its ledger. Source and target
// differ, unless transfers from an account to itself are asked for: then each is picked by itself. The amount is
// uniform in [min, max].
//
// Cost: uniform access costs one 64-bit mix and three multiplications, about 2 ns, and a second mix where the bank
// or the amounts are so large that 64 random bits would not do for all three. The others cost a table of 8 bytes
// an account and one look-up a pick.
//
// Source: ranges by multiplication (Lemire 2019), whose bias is below 2^-16; the alias method (Walker 1977, Vose
// 1991).
#pragma once

#include <banksim/bank.hpp>
#include <banksim/money.hpp>
#include <banksim/random.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace banksim {

// Which accounts are picked. Account 0 is the hottest.
struct Access {
  enum class Kind : std::uint8_t { uniform, zipf, hot };
  Kind kind = Kind::uniform;
  // zipf: account i is picked in proportion to 1 / (i + 1)^exponent.
  double zipf_exponent = 0;
  // hot: so many percent of the picks fall on the first so many percent of the accounts (at least one).
  double hot_picks_percent = 0;
  double hot_accounts_percent = 0;

  // As the command line writes it: "uniform", "zipf:0.99", "hot:90:10".
  std::string to_string() const;
  bool operator==(const Access&) const = default;
};

// A transfer and its number in the plan.
struct PlannedTransfer {
  std::uint64_t index = 0;
  Transfer transfer{};
  bool operator==(const PlannedTransfer&) const = default;
};

struct WorkloadConfig {
  std::uint64_t seed = 1;
  std::size_t accounts = 1000;  // 2 .. 2^32 - 2
  Access access;
  Money min_amount{1};
  Money max_amount{100};
  bool self_transfers = false;
};

class Workload {
 public:
  explicit Workload(const WorkloadConfig& config);

  Transfer transfer(std::uint64_t k) const { return uniform_ ? uniform_transfer(k) : weighted_transfer(k); }

  // Number first, first + stride, first + 2 * stride, ... of the plan: as many as there is room for.
  void fill(std::span<Transfer> transfers, std::uint64_t first, std::uint64_t stride) const {
    if (uniform_ && one_draw_)
      fill_with(transfers, first, stride, [this](std::uint64_t k) { return uniform_transfer<true>(k); });
    else
      fill_with(transfers, first, stride, [this](std::uint64_t k) { return transfer(k); });
  }

 private:
  // Picked below the threshold, of 2^32, is the slot's own account; else the other.
  struct AliasSlot {
    std::uint32_t threshold;
    std::uint32_t other;
  };

  // Each transfer has its own part of the stream: so many 64-bit draws.
  static constexpr std::uint64_t kDrawsPerTransfer = 2;

  // The high half of random * range is `random` mapped to [0, range); the low half is randomness left over.
  struct Mapped {
    std::uint64_t value;
    std::uint64_t rest;
  };
  static constexpr Mapped map_to(std::uint64_t random, std::uint64_t range) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = Wide{random} * range;
    return {static_cast<std::uint64_t>(product >> 64), static_cast<std::uint64_t>(product)};
  }

  Money amount(std::uint64_t random) const {
    return min_amount_ + Money(static_cast<std::int64_t>(map_to(random, amounts_).value));
  }

  static void fill_with(std::span<Transfer> transfers, std::uint64_t first, std::uint64_t stride,
                        const auto& nth) {
    for (Transfer& transfer : transfers) {
      transfer = nth(first);
      first += stride;
    }
  }

  Transfer uniform_transfer(std::uint64_t k) const {
    return one_draw_ ? uniform_transfer<true>(k) : uniform_transfer<false>(k);
  }
  template <bool one_draw>
  Transfer uniform_transfer(std::uint64_t k) const {
    const std::uint64_t at = state_ + k * (kDrawsPerTransfer * kGolden);
    const auto [from, rest] = map_to(mix64(at), accounts_);
    const auto [other, last] = map_to(rest, targets_);
    const std::uint64_t to = other + (other >= from && targets_ != accounts_ ? 1 : 0);
    return {AccountId{static_cast<std::uint32_t>(from)}, AccountId{static_cast<std::uint32_t>(to)},
            amount(one_draw ? last : mix64(at + kGolden))};
  }
  Transfer weighted_transfer(std::uint64_t k) const;
  AccountId weighted_other(AccountId one, std::uint64_t random) const;
  AccountId weighted_pick(std::uint64_t random) const;
  void build_alias_table(std::vector<double> weights);

  std::uint64_t state_;
  std::uint32_t accounts_;
  std::uint32_t targets_;  // how many accounts may be the target of a source: all, or all others
  std::uint64_t amounts_;  // how many different ones
  Money min_amount_;
  bool uniform_;
  bool one_draw_;  // is enough for a transfer
  std::vector<AliasSlot> alias_;
};

}  // namespace banksim
