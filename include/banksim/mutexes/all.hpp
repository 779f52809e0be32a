// The locks that a program can run its strategies on. Each has a source of its own for its worker loops (src/loops).
#pragma once

#include <banksim/mutexes/spin.hpp>
#include <banksim/mutexes/std.hpp>
#include <banksim/mutexes/ticket.hpp>
#include <banksim/mutexes/word.hpp>

namespace banksim {

template <class... Locks>
struct LockList {};
using AllLocks = LockList<StdLock, WordLock, SpinLock, TicketLock>;

}  // namespace banksim
