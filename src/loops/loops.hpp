// The measured loops of all strategies on mutexes of one kind. A source a kind instantiates them, so that four
// processors can compile them at once, and a program may have fewer kinds.
#pragma once

#include <banksim/mutexes/all.hpp>
#include <banksim/simulate.hpp>
#include <banksim/strategies/all.hpp>

#include <array>
#include <span>

namespace banksim {

using RunFunction = RunResult (*)(const Config&, RunControl&);

template <class Lock, template <class> class... Strategies>
std::span<const RunFunction> loops_of(StrategyList<Strategies...>) {
  static constexpr std::array<RunFunction, sizeof...(Strategies)> kLoops{&simulate<Strategies, Lock>...};
  return kLoops;
}

// By place in AllStrategies.
template <class Lock>
std::span<const RunFunction> loops();

}  // namespace banksim
