// The one list of strategies. To add one: write its file, as strategy.hpp says, include it here, and add it
// to the list. Everything else follows from it.
#pragma once

#include <banksim/strategies/global.hpp>
#include <banksim/strategies/naive.hpp>
#include <banksim/strategies/ordered.hpp>
#include <banksim/strategies/scoped_lock.hpp>
#include <banksim/strategies/unsafe.hpp>
#include <banksim/strategy_rules.hpp>

namespace banksim {

// In the order in which people should meet them.
using AllStrategies = StrategyList<Unsafe, Global, Naive, Ordered, ScopedLock>;

}  // namespace banksim
