// From what a run has met to an exploration of the same.
//
// Promises: values only, nothing is explored. Whether an exploration shows it is asked of its result: no run is sent
// to one that nobody has tried.
// Threads: pure functions.
#pragma once

#include <banksim/exploration.hpp>
#include <banksim/result.hpp>

#include <optional>

namespace banksim {

// What shows it in the smallest bank: of a deadlock its cycle, of a stall a trap, of wrong money the first check that
// failed.
Wanted wanted_by(const RunResult& run);

// The transfers of a deadlock's cycle and nothing else, in a bank of their accounts alone, whose order stays.
// With a bank of so many accounts they keep their numbers, of which a strategy's order may be made.
// Nothing where no exploration has room for it: more than eight accounts, seven workers or one audit.
std::optional<ExploreLimits> likeness_of(const Deadlock& deadlock, std::uint32_t bank = 0);

// Whether it found what the run has met: a cycle of so many, with the auditor or without; what stands still; wrong
// audits; whatever makes money wrong.
bool shows(const Exploration& exploration, const RunResult& run);

// Whether it found what a deadlock may come of, behind which no search can look: a lock that was kept, or a try_lock of
// one's own mutex.
bool explains(const Exploration& exploration, const RunResult& run);

}  // namespace banksim
