// A strategy as a value: its words and claims, a run of it and an exploration.
//
// Cost: one call through a pointer for a run or an exploration, none for a transfer.
#pragma once

#include <banksim/explore.hpp>
#include <banksim/simulate.hpp>

#include <span>
#include <string_view>

namespace banksim {

struct StrategyEntry {
  std::string_view name;  // canonical
  std::span<const std::string_view> aliases;
  std::string_view summary;
  std::string_view how;
  std::string_view why_safe;  // why what it claims holds; empty where it does not say
  std::string_view wins;
  std::string_view source;
  bool deadlock_free;
  bool conserves_money;
  bool own_transfer;  // transfers go by a transfer() of its own, and so do their declines
  RunResult (*run)(const Config&, RunControl&);
  Exploration (*explore)(const ExploreLimits&);
};

template <template <class> class Strategy>
constexpr StrategyEntry entry_of(RunResult (*run)(const Config&, RunControl&)) {
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
                      run,
                      [](const ExploreLimits& limits) { return explore<Strategy>(limits); }};
  if constexpr (requires { S::aliases; }) entry.aliases = S::aliases;
  if constexpr (requires { S::why_safe; }) entry.why_safe = S::why_safe;
  return entry;
}

}  // namespace banksim
