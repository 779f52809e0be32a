// The workload: which transfers a run does. A pure function of (seed, k).
//
// Promises   transfer k is the same whatever the strategy, the number of threads, the compiler or the
// machine,
//            so that strategies are compared on the same plan and a run can be replayed for its ledger.
//            from != to; the amount is uniform in [min, max].
// Cost       uniform: two 64-bit mixes and three multiplications, about 2 ns. zipf and hot: a table of 8
// bytes
//            an account, one look-up a pick.
// Threads    immutable after construction; any number of threads may read.
// Source     SplitMix64 as the counter-based generator (Steele, Lea, Flood 2014); range by multiplication
//            (Lemire 2019), whose bias is below accounts^2 / 2^64; alias method (Walker 1977, Vose 1991).
#pragma once

#include <banksim/bank.hpp>
#include <banksim/money.hpp>

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
  double zipf_exponent = 0;         // zipf: P(account i) ~ 1 / (i + 1)^exponent
  double hot_picks_percent = 0;     // hot: so many percent of the picks ...
  double hot_accounts_percent = 0;  // ... fall on the first so many percent of the accounts (at least one)

  // As the command line writes it: "uniform", "zipf:0.99", "hot:90:10".
  std::string to_string() const;
};

struct WorkloadConfig {
  std::uint64_t seed = 1;
  std::size_t accounts = 1000;  // 2 .. 2^32 - 2
  Access access;
  Money min_amount{1};
  Money max_amount{100};
};

class Workload {
 public:
  // Throws std::bad_alloc where a table does not fit.
  explicit Workload(const WorkloadConfig& config);

  Transfer transfer(std::uint64_t k) const;

  // Transfers first, first + stride, ... for as many as `out` holds.
  void fill(std::uint64_t first, std::uint64_t stride, std::span<Transfer> out) const;

 private:
  struct AliasSlot {
    std::uint32_t threshold;  // of 2^32: keep the slot's own account below it
    std::uint32_t other;
  };

  Transfer uniform_transfer(std::uint64_t k) const;
  Transfer weighted_transfer(std::uint64_t k) const;
  AccountId weighted_pick(std::uint64_t random) const;
  void build_alias_table(std::vector<double> weights);

  std::uint64_t state_;
  std::uint32_t accounts_;
  std::uint64_t amounts_;  // how many different ones
  Money min_amount_;
  bool uniform_;
  std::vector<AliasSlot> alias_;
};

}  // namespace banksim
