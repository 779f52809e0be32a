#include "registry.hpp"

#include "loops/loops.hpp"

#include <algorithm>
#include <array>

namespace banksim {
namespace {

template <template <class> class Strategy, template <class> class... Strategies>
constexpr std::size_t place_of(StrategyList<Strategies...>) {
  constexpr std::array is_it{std::is_same_v<Strategy<ThreadSync<>>, Strategies<ThreadSync<>>>...};
  return static_cast<std::size_t>(std::ranges::find(is_it, true) - is_it.begin());
}

// On the mutexes that the configuration says.
template <class... Locks>
RunResult run_at(LockList<Locks...>, std::size_t place, const Config& config, RunControl& control) {
  RunFunction run = nullptr;
  ((config.mutex == Locks::kind ? void(run = loops<Locks>()[place]) : void()), ...);
  if (run == nullptr)
    throw ConfigError(std::string("this program has no --mutex ") + to_string(config.mutex));
  return run(config, control);
}

template <template <class> class Strategy>
constexpr StrategyEntry entry() {
  using S = Strategy<ThreadSync<>>;
  StrategyEntry entry{S::name,
                      {},
                      S::summary,
                      S::how,
                      {},
                      S::wins,
                      S::source,
                      S::deadlock_free,
                      S::conserves_money,
                      kHasOwnTransfer<S, ThreadSync<>>,
                      [](const Config& config, RunControl& control) {
                        return run_at(AllLocks{}, place_of<Strategy>(AllStrategies{}), config, control);
                      },
                      [](const ExploreLimits& limits) { return explore<Strategy>(limits); }};
  if constexpr (requires { S::aliases; }) entry.aliases = S::aliases;
  if constexpr (requires { S::why_safe; }) entry.why_safe = S::why_safe;
  return entry;
}

template <template <class> class... Strategies>
constexpr auto entries(StrategyList<Strategies...>) {
  return std::array{entry<Strategies>()...};
}

constexpr auto kEntries = entries(AllStrategies{});

constexpr const StrategyEntry* find(std::string_view name) {
  const auto is_called = [name](std::string_view other) {
    const auto folded = [](char c) { return c == '_' ? '-' : c; };
    return std::ranges::equal(name, other, {}, folded, folded);
  };
  for (const StrategyEntry& entry : kEntries)
    if (is_called(entry.name) || std::ranges::any_of(entry.aliases, is_called)) return &entry;
  return nullptr;
}

constexpr bool is_found(const StrategyEntry& entry) {
  const auto finds_it = [&entry](std::string_view name) { return find(name) == &entry; };
  return finds_it(entry.name) && std::ranges::all_of(entry.aliases, finds_it);
}
static_assert(std::ranges::all_of(kEntries, is_found), "two strategies have the same name or alias");

}  // namespace

std::span<const StrategyEntry> strategies() { return kEntries; }

const StrategyEntry* find_strategy(std::string_view name) { return find(name); }

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
  for (const Outcome nobodys : {Outcome::ok, Outcome::interrupted, Outcome::failed})
    if (outcome == nobodys) return false;
  const StrategyEntry* entry = find_strategy(strategy);
  if (entry == nullptr || outcome == Outcome::timeout || outcome == Outcome::crashed) return true;
  return outcome == Outcome::violation ? entry->conserves_money : entry->deadlock_free;
}

}  // namespace banksim
