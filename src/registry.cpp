#include "registry.hpp"

#include "loops/loops.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

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
  return entry_of<Strategy>([](const Config& config, RunControl& control) {
    return run_at(AllLocks{}, place_of<Strategy>(AllStrategies{}), config, control);
  });
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

struct Added {
  StrategyWords words;
  StrategyEntry entry;
  OpenStrategy open;
};
std::map<std::string, Added, std::less<>>& added() {
  static std::map<std::string, Added, std::less<>> strategies;
  return strategies;
}

// With its run and its exploration.
const StrategyEntry& opened(const std::string& name, MutexKind mutex) {
  if (const auto found = added().find(name); found != added().end()) return found->second.open(mutex);
  const StrategyEntry* entry = find(name);
  if (entry == nullptr) throw ConfigError("unknown strategy '" + name + "'");
  return *entry;
}

}  // namespace

std::span<const StrategyEntry> strategies() { return kEntries; }

const StrategyEntry* find_strategy(std::string_view name) {
  const auto found = added().find(name);
  return found != added().end() ? &found->second.entry : find(name);
}

void add_strategy(const std::string& name, StrategyWords words, OpenStrategy open) {
  const auto place = added().insert_or_assign(name, Added{std::move(words), {}, std::move(open)}).first;
  const StrategyWords& said = place->second.words;
  place->second.entry = {.name = place->first,
                         .aliases = {},
                         .summary = said.summary,
                         .how = said.how,
                         .why_safe = said.why_safe,
                         .wins = said.wins,
                         .source = said.source,
                         .deadlock_free = said.deadlock_free,
                         .conserves_money = said.conserves_money,
                         .own_transfer = said.own_transfer,
                         .run = nullptr,
                         .explore = nullptr};
}

std::string own_name(std::string_view name) {
  const auto found = added().find(name);
  return found != added().end() ? found->second.words.own_name : std::string(name);
}

RunResult run_registered(const Config& config, RunControl& control) {
  return opened(config.strategy, config.mutex).run(config, control);
}

Exploration explore_registered(const std::string& name, const ExploreLimits& limits) {
  return opened(name, Config{}.mutex).explore(limits);
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
