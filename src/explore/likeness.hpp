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

// What shows it in the smallest bank: of a deadlock its cycle, of wrong audits one of them, else whatever is wrong.
Wanted wanted_by(const RunResult& run);

// The transfers of a deadlock's cycle and nothing else, in a bank of their accounts alone, whose order stays.
// Nothing where no exploration has room for it: more than eight accounts, seven workers or one audit.
std::optional<ExploreLimits> likeness_of(const Deadlock& deadlock);

// Whether it found what the run has met: a cycle of so many, with the auditor or without; wrong audits; anything that
// breaks a promise.
bool shows(const Exploration& exploration, const RunResult& run);

}  // namespace banksim
