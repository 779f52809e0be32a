#include "registry.hpp"

#include <banksim/strategies/all.hpp>

#include <algorithm>
#include <array>

namespace banksim {
namespace {

template <template <class> class Strategy>
constexpr std::span<const std::string_view> aliases_of() {
  if constexpr (requires { Strategy<ThreadSync>::aliases; }) return Strategy<ThreadSync>::aliases;
  return {};
}

// explore is overloaded, so its address needs a name of its own.
template <template <class> class Strategy>
Exploration explore_strategy(const ExploreLimits& limits) {
  return explore<Strategy>(limits);
}

template <template <class> class Strategy>
constexpr StrategyEntry entry() {
  using S = Strategy<ThreadSync>;
  return {S::name,
          aliases_of<Strategy>(),
          S::summary,
          S::how,
          S::wins,
          S::source,
          S::deadlock_free,
          S::conserves_money,
          &simulate<Strategy>,
          &explore_strategy<Strategy>};
}

template <template <class> class... Strategies>
constexpr auto entries(StrategyList<Strategies...>) {
  return std::array{entry<Strategies>()...};
}

constexpr auto kEntries = entries(AllStrategies{});

bool same_name(std::string_view a, std::string_view b) {
  const auto folded = [](char c) { return c == '_' ? '-' : c; };
  return std::ranges::equal(a, b, {}, folded, folded);
}

}  // namespace

std::span<const StrategyEntry> strategies() { return kEntries; }

const StrategyEntry* find_strategy(std::string_view name) {
  const auto matches = [name](const StrategyEntry& entry) {
    return same_name(entry.name, name) || std::ranges::any_of(entry.aliases, [name](std::string_view alias) {
             return same_name(alias, name);
           });
  };
  const auto found = std::ranges::find_if(kEntries, matches);
  return found == kEntries.end() ? nullptr : &*found;
}

RunResult run_registered(const Config& config, RunControl& control) {
  const StrategyEntry* entry = find_strategy(config.strategy);
  if (entry == nullptr) throw ConfigError("unknown strategy '" + config.strategy + "'");
  return entry->run(config, control);
}

bool claims_safety(std::string_view strategy) {
  const StrategyEntry* entry = find_strategy(strategy);
  return entry == nullptr || (entry->deadlock_free && entry->conserves_money);
}

bool breaks_promise(std::string_view strategy, Outcome outcome) {
  const StrategyEntry* entry = find_strategy(strategy);
  switch (outcome) {
    case Outcome::ok:
    case Outcome::interrupted:
      return false;
    case Outcome::violation:
      return entry == nullptr || entry->conserves_money;
    case Outcome::deadlock:
    case Outcome::stalled:
      return entry == nullptr || entry->deadlock_free;
    case Outcome::timeout:
      break;
  }
  return true;
}

}  // namespace banksim
