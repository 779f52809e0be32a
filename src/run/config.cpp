#include <banksim/config.hpp>

#include <fmt/format.h>

#include <utility>

namespace banksim {
namespace {

template <class... Args>
void require(bool holds, fmt::format_string<Args...> message, Args&&... args) {
  if (!holds) throw ConfigError(fmt::format(message, std::forward<Args>(args)...));
}

void check_access(const Access& access) {
  const auto percent = [](double value) { return value > 0 && value <= 100; };
  if (access.kind == Access::Kind::zipf)
    require(access.zipf_exponent > 0 && access.zipf_exponent <= 10,
            "the zipf exponent must be above 0 and at most 10");
  if (access.kind == Access::Kind::hot)
    require(percent(access.hot_picks_percent) && percent(access.hot_accounts_percent),
            "the percentages of --access hot must be above 0 and at most 100");
}

// Opening balances are dealt round: so many whole rounds, and the first few of the list once more.
Money total_of(const Config& config) {
  const auto too_much = [] {
    return ConfigError(fmt::format("the bank's total exceeds {}, the largest that is counted exactly",
                                   kMaxTotal.minor_units()));
  };
  Money round;
  for (const Money balance : config.balance) {
    require(balance >= Money{}, "an opening balance must not be negative");
    const auto sum = checked_add(round, balance);
    if (!sum) throw too_much();
    round = *sum;
  }
  const auto rounds = static_cast<std::int64_t>(config.accounts / config.balance.size());
  if (round > Money{} && rounds > kMaxTotal.minor_units() / round.minor_units()) throw too_much();
  Money total(round.minor_units() * rounds);
  for (std::size_t i = 0; i < config.accounts % config.balance.size(); ++i) {
    const auto sum = checked_add(total, config.balance[i]);
    if (!sum) throw too_much();
    total = *sum;
  }
  return total;
}

}  // namespace

Money validate(const Config& config) {
  constexpr nanoseconds kZero{0};
  require(config.threads >= 1 && config.threads <= kMaxThreads, "--threads must be from 1 to {}",
          kMaxThreads);
  require(config.accounts >= 2, "--accounts must be at least 2: a transfer needs two");
  require(config.accounts < index(kNoAccount), "--accounts must be below {}", index(kNoAccount));
  require(!config.balance.empty(), "--balance needs at least one value");
  require(config.balance.size() <= config.accounts, "--balance lists {} values for {} accounts",
          config.balance.size(), config.accounts);
  require(config.duration || config.transfers >= 1, "--transfers must be at least 1");
  require(config.transfers <= static_cast<std::uint64_t>(kMaxTotal.minor_units()),
          "--transfers must be at most {}", kMaxTotal.minor_units());
  require(!config.duration || *config.duration > kZero, "--duration must be above 0");
  require(config.min_amount >= Money{1}, "--amount must be at least 1: a transfer moves money");
  require(config.min_amount <= config.max_amount, "--amount MIN:MAX has MIN above MAX");
  require(config.max_amount <= kMaxTotal, "--amount must be at most {}", kMaxTotal.minor_units());
  require(config.seed <= static_cast<std::uint64_t>(kMaxTotal.minor_units()), "--seed must be at most {}",
          kMaxTotal.minor_units());
  require(config.hold.spin >= kZero && config.think >= kZero, "--hold and --think must not be negative");
  require(config.audit.kind != AuditPolicy::Kind::interval || config.audit.interval > kZero,
          "--audit must be above 0 (or: off, each)");
  require(config.timeout > kZero, "--timeout must be above 0");
  require(config.stall > kZero, "--stall must be above 0");
  require(config.slice > kZero, "--slice must be above 0");
  require(!config.duration || *config.duration < config.timeout,
          "--duration must be below --timeout, which ends the run without a verdict");
  require(config.hold.spin + config.think < config.stall,
          "--stall must be above --hold and --think together: a thread that pauses would count as stalled");
  check_access(config.access);
  return total_of(config);
}

}  // namespace banksim
