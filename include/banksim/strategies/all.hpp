// The one list of strategies. To add one: write its file, as strategy.hpp says, include it here, and add it
// to the list. Everything else follows from it.
#pragma once

#include <banksim/strategies/global.hpp>
#include <banksim/strategies/naive.hpp>
#include <banksim/strategies/ordered.hpp>
#include <banksim/strategies/scoped_lock.hpp>
#include <banksim/strategies/unsafe.hpp>

namespace banksim {

// Unconstrained templates, checked where they are used: GCC 12 cannot match a pack of constrained ones and
// clang 14 crashes on them.
template <template <class> class... Strategies>
struct StrategyList {};

// In the order in which people should meet them.
using AllStrategies = StrategyList<Unsafe, Global, Naive, Ordered, ScopedLock>;

}  // namespace banksim
