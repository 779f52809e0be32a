// The exit codes: what the shell sees of a verdict, and what every record says of it. One list for all.
#pragma once

#include <banksim/exploration.hpp>
#include <banksim/result.hpp>

namespace banksim {

enum class ExitCode : int {
  ok = 0,
  failed = 1,  // could not do the job: threads, memory, input or output
  usage = 2,
  violation = 3,
  deadlock = 4,
  no_verdict = 5,  // stalled, timed out, livelock, inconclusive
  unexpected = 6,  // ok where --expect asked for something else, or a gate that did not hold
};

struct Comparison;

// Of an interruption: 128 + the signal, as shells have it.
int exit_code_of(Outcome outcome, int signal = 0);
int exit_code_of(ExploreVerdict verdict);

// The worst of what was said against any: money, deadlock, no verdict, what its author must mend, the machine.
struct Checked;
int exit_code_of(const Checked& checked);
int worst_of(int one, int other);

// The signal behind an exit code that is an interruption's; 0: it is not.
inline int signal_of(int exit_code) { return exit_code > 128 ? exit_code - 128 : 0; }

// The first of these that is so: interrupted; money lost, a deadlock, a stall or a timeout against a promise;
// the gate found a row slower; it could check nothing, or could not tell a row where the plan says that this
// fails.
int exit_code_of(const Comparison& comparison);

}  // namespace banksim
