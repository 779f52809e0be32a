// The locks of banksim_zoo: one kind is enough to see what its strategies do, and much sooner compiled.
#pragma once

#include <banksim/mutexes/std.hpp>

namespace banksim {

template <class... Locks>
struct LockList {};
using AllLocks = LockList<StdLock>;

}  // namespace banksim
