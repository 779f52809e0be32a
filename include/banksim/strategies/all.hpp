// The one list of strategies. To add one: write its file, include it here, add it to the list. The command
// line, the help, the typed tests, the explorer's proofs and the comparison follow.
#pragma once

#include <banksim/strategies/global.hpp>
#include <banksim/strategies/naive.hpp>
#include <banksim/strategies/ordered.hpp>
#include <banksim/strategies/scoped_lock.hpp>
#include <banksim/strategies/unsafe.hpp>

namespace banksim {

template <template <Sync> class... Strategies>
struct StrategyList {};

// In the order in which people should meet them.
using AllStrategies = StrategyList<Unsafe,       //
                                   Global,       //
                                   Naive,        //
                                   Ordered,      //
                                   ScopedLock>;  //

}  // namespace banksim
