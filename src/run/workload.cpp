#include <banksim/workload.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

namespace banksim {
namespace {

std::string number(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

std::vector<double> zipf_weights(std::size_t accounts, double exponent) {
  std::vector<double> weights(accounts);
  for (std::size_t i = 0; i < accounts; ++i) weights[i] = std::pow(static_cast<double>(i + 1), -exponent);
  return weights;
}

std::vector<double> hot_weights(std::size_t accounts, double picks_percent, double accounts_percent) {
  const auto all = static_cast<double>(accounts);
  const double hot = std::clamp(std::floor(all * accounts_percent / 100), 1.0, all);
  const double cold = all - hot;
  const double hot_share = cold == 0 ? 1 : picks_percent / 100;
  std::vector<double> weights(accounts, cold == 0 ? 0 : (1 - hot_share) / cold);
  std::fill_n(weights.begin(), static_cast<std::ptrdiff_t>(hot), hot_share / hot);
  return weights;
}

// Whether 64 random bits choose among so many with a bias below 2^-16.
bool suffices(std::uint64_t accounts, std::uint64_t amounts) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 48;
  return accounts <= kMost / accounts && amounts <= kMost / (accounts * accounts);
}

}  // namespace

std::string Access::to_string() const {
  if (kind == Kind::zipf) return "zipf:" + number(zipf_exponent);
  if (kind == Kind::hot) return "hot:" + number(hot_picks_percent) + ":" + number(hot_accounts_percent);
  return "uniform";
}

Workload::Workload(const WorkloadConfig& config)
    : state_(mix64(config.seed + kGolden)),
      accounts_(static_cast<std::uint32_t>(config.accounts)),
      targets_(accounts_ - (config.self_transfers ? 0 : 1)),
      amounts_(static_cast<std::uint64_t>((config.max_amount - config.min_amount).minor_units()) + 1),
      min_amount_(config.min_amount),
      uniform_(config.access.kind == Access::Kind::uniform),
      one_draw_(uniform_ && !config.self_transfers && suffices(accounts_, amounts_)),
      draw_{accounts_, amounts_, min_amount_} {
  if (config.access.kind == Access::Kind::zipf)
    build_alias_table(zipf_weights(config.accounts, config.access.zipf_exponent));
  if (config.access.kind == Access::Kind::hot)
    build_alias_table(
        hot_weights(config.accounts, config.access.hot_picks_percent, config.access.hot_accounts_percent));
}

// Vose's construction: pair each account that is picked less than the average with one that is picked more.
void Workload::build_alias_table(std::vector<double> weights) {
  const double scale =
      static_cast<double>(weights.size()) / std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight *= scale;
  alias_.resize(weights.size());
  std::vector<std::uint32_t> small, large;
  for (std::uint32_t i = 0; i < accounts_; ++i) (weights[i] < 1 ? small : large).push_back(i);
  while (!small.empty() && !large.empty()) {
    const std::uint32_t poor = small.back(), rich = large.back();
    small.pop_back();
    alias_[poor] = {static_cast<std::uint32_t>(weights[poor] * 0x1p32), rich};
    weights[rich] -= 1 - weights[poor];
    if (weights[rich] >= 1) continue;
    large.pop_back();
    small.push_back(rich);
  }
  // What is left is 1 but for rounding: always itself, by either way.
  for (const auto& rest : {small, large})
    for (const std::uint32_t i : rest) alias_[i] = {0xffff'ffff, i};
}

AccountId Workload::weighted_pick(std::uint64_t random) const {
  const std::uint64_t slot = draw(random, accounts_);
  const AliasSlot& entry = alias_[slot];
  return AccountId{(random >> 32) < entry.threshold ? static_cast<std::uint32_t>(slot) : entry.other};
}

Transfer Workload::weighted_transfer(std::uint64_t k) const {
  const std::uint64_t at = place_of(k);
  const std::uint64_t first = mix64(at);
  const AccountId one = weighted_pick(first);
  std::uint64_t second = mix64(at + kGolden);
  const std::uint64_t third = mix64(second ^ kGolden);
  const AccountId other = targets_ == accounts_ ? weighted_pick(third) : weighted_other(one, third);
  // Either way with the same chance: else the money would flow from the hot accounts to the cold ones.
  const bool swapped = (first & 1) != 0;
  return planned(index(swapped ? other : one), index(swapped ? one : other), min_amount_,
                 draw(second, amounts_));
}

// By the same weights, given that it is another account. Where one account has nearly all the weight, that
// could take for ever; then any other will do.
AccountId Workload::weighted_other(AccountId one, std::uint64_t random) const {
  constexpr int kTries = 16;
  for (int tries = 0; tries < kTries && accounts_ > 2; ++tries, random = mix64(random + kGolden)) {
    const AccountId other = weighted_pick(random);
    if (other != one) return other;
  }
  const std::uint64_t step = 1 + draw(random, accounts_ - 1);
  return AccountId{static_cast<std::uint32_t>((index(one) + step) % accounts_)};
}

}  // namespace banksim
