// The registered strategies as a list of types, for Catch2's typed tests: a new strategy gets every law by
// being in AllStrategies.
#pragma once

#include <banksim/strategies/all.hpp>

#include <tuple>

namespace banksim::test {

template <template <class> class Strategy>
struct StrategyTag {
  template <class S>
  using on = Strategy<S>;
};

template <template <class> class... Strategies>
std::tuple<StrategyTag<Strategies>...> as_types(StrategyList<Strategies...>);

using StrategyTypes = decltype(as_types(AllStrategies{}));

}  // namespace banksim::test
