// The workload: which transfers a run does. A pure function of (seed, k).
//
// Transfer k is the same whatever the strategy, the number of threads, the compiler or the machine, so that
// strategies are compared on the same plan and a run can be replayed for its ledger. Source and target
// differ, unless transfers from an account to itself are asked for: then each is picked by itself. The amount is
// uniform in [min, max].
//
// Cost: uniform access costs one 64-bit mix and three multiplications, about 2 ns; a second mix where the bank or the
// amounts are so large that 64 random bits would not do for all three, or with transfers to oneself. The others cost a table of 8 bytes
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

  Transfer transfer(std::uint64_t k) const {
    if (one_draw_) return draw_.transfer(place_of(k));
    return uniform_ ? uniform_transfer(k) : weighted_transfer(k);
  }

  // Number first, first + stride, first + 2 * stride, ... of the plan: as many as there is room for.
  // Each is handed to `look` as well.
  template <class Look>
  void fill(std::span<Transfer> transfers, std::uint64_t first, std::uint64_t stride,
            const Look& look) const {
    const auto fill_by = [&](const auto& plan, std::uint64_t at, std::uint64_t step) {
      for (Transfer& next : transfers) {
        next = plan(at);
        look(next);
        at += step;
      }
    };
    // A copy stays in registers: for all that the compiler knows, what is written could be a part of this.
    if (one_draw_)
      fill_by([one = draw_](std::uint64_t at) { return one.transfer(at); }, place_of(first), stride * kStep);
    else
      fill_by([this](std::uint64_t k) { return transfer(k); }, first, stride);
  }

 private:
  // Picked below the threshold, of 2^32, is the slot's own account; else the other.
  struct AliasSlot {
    std::uint32_t threshold;
    std::uint32_t other;
  };

  // Each transfer has its own part of the stream: two 64-bit draws.
  static constexpr std::uint64_t kStep = 2 * kGolden;

  // A number below `range`: the high half of random * range. The low half is the randomness that is left.
  static constexpr std::uint64_t draw(std::uint64_t& random, std::uint64_t range) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = Wide{random} * range;
    random = static_cast<std::uint64_t>(product);
    return static_cast<std::uint64_t>(product >> 64);
  }

  // 64 random bits are enough for both accounts and the amount.
  struct OneDraw {
    std::uint64_t accounts;
    std::uint64_t amounts;
    Money min_amount;

    Transfer transfer(std::uint64_t at) const {
      std::uint64_t random = mix64(at);
      const std::uint64_t from = draw(random, accounts), other = draw(random, accounts - 1);
      return planned(from, other + (other >= from ? 1 : 0), min_amount, draw(random, amounts));
    }
  };

  static Transfer planned(std::uint64_t from, std::uint64_t to, Money min_amount, std::uint64_t more) {
    return {AccountId{static_cast<std::uint32_t>(from)}, AccountId{static_cast<std::uint32_t>(to)},
            min_amount + Money(static_cast<std::int64_t>(more))};
  }
  std::uint64_t place_of(std::uint64_t k) const { return state_ + k * kStep; }

  Transfer uniform_transfer(std::uint64_t k) const {
    std::uint64_t random = mix64(place_of(k)), more = mix64(place_of(k) + kGolden);
    const std::uint64_t from = draw(random, accounts_), other = draw(random, targets_);
    const std::uint64_t to = other + (other >= from && targets_ != accounts_ ? 1 : 0);
    return planned(from, to, min_amount_, draw(more, amounts_));
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
  bool one_draw_;
  OneDraw draw_;
  std::vector<AliasSlot> alias_;
};

}  // namespace banksim
