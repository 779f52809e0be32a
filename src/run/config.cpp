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
  __extension__ using Wide = __int128;  // fewer than 2^32 accounts of less than 2^63 each
  Wide total = 0;
  for (std::size_t i = 0; i < config.balance.size(); ++i) {
    require(config.balance[i] >= Money{}, "an opening balance must not be negative");
    const bool once_more = i < config.accounts % config.balance.size();
    const std::size_t times = config.accounts / config.balance.size() + (once_more ? 1 : 0);
    total += Wide{config.balance[i].minor_units()} * Wide{times};
  }
  require(total <= kMaxTotal.minor_units(),
          "the bank's total exceeds {}, the largest that is counted exactly", kMaxTotal.minor_units());
  return Money(static_cast<std::int64_t>(total));
}

}  // namespace

Money validate(const Config& config) {
  constexpr nanoseconds kZero{0};
  constexpr std::int64_t kMost = kMaxTotal.minor_units();
  require(config.threads >= 1 && config.threads <= kMaxThreads, "--threads must be from 1 to {}",
          kMaxThreads);
  require(config.accounts >= 2, "--accounts must be at least 2: a transfer needs two");
  require(config.accounts < index(kNoAccount), "--accounts must be below {}", index(kNoAccount));
  require(!config.balance.empty(), "--balance needs at least one value");
  require(config.balance.size() <= config.accounts, "--balance lists {} values for {} accounts",
          config.balance.size(), config.accounts);
  require(config.duration || config.transfers >= 1, "--transfers must be at least 1");
  require(std::cmp_less_equal(config.transfers, kMost), "--transfers must be at most {}", kMost);
  require(!config.duration || *config.duration > kZero, "--duration must be above 0");
  require(config.min_amount >= Money{1}, "--amount must be at least 1: a transfer moves money");
  require(config.min_amount <= config.max_amount, "--amount MIN:MAX has MIN above MAX");
  require(config.max_amount <= kMaxTotal, "--amount must be at most {}", kMost);
  require(std::cmp_less_equal(config.seed, kMost), "--seed must be at most {}", kMost);
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
