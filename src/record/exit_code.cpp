#include "record/exit_code.hpp"

#include "compare/compare.hpp"

#include <csignal>

namespace banksim {

int exit_code_of(Outcome outcome, int signal) {
  switch (outcome) {
    case Outcome::ok:
      return static_cast<int>(ExitCode::ok);
    case Outcome::violation:
      return static_cast<int>(ExitCode::violation);
    case Outcome::deadlock:
      return static_cast<int>(ExitCode::deadlock);
    case Outcome::crashed:
    case Outcome::stalled:
    case Outcome::timeout:
      break;
    case Outcome::interrupted:
      return signal == 0 ? 0 : 128 + signal;
  }
  return static_cast<int>(ExitCode::no_verdict);
}

int exit_code_of(ExploreVerdict verdict) {
  switch (verdict) {
    case ExploreVerdict::proved:
      return static_cast<int>(ExitCode::ok);
    case ExploreVerdict::violation:
      return static_cast<int>(ExitCode::violation);
    case ExploreVerdict::deadlock:
      return static_cast<int>(ExitCode::deadlock);
    case ExploreVerdict::livelock:
    case ExploreVerdict::inconclusive:
      break;
  }
  return static_cast<int>(ExitCode::no_verdict);
}

int exit_code_of(const Comparison& comparison) {
  const Outcome outcome = outcome_of(comparison);
  if (outcome == Outcome::interrupted)
    return exit_code_of(outcome, comparison.signal == 0 ? SIGINT : comparison.signal);
  if (outcome != Outcome::ok || !comparison.conclusions.gate) return exit_code_of(outcome);
  switch (comparison.conclusions.gate->verdict) {
    case GateVerdict::slower:
      return static_cast<int>(ExitCode::unexpected);
    case GateVerdict::nothing_checked:
      return static_cast<int>(ExitCode::no_verdict);
    case GateVerdict::undecided:
      return static_cast<int>(comparison.plan.undecided_fails ? ExitCode::no_verdict : ExitCode::ok);
    case GateVerdict::held:
      break;
  }
  return static_cast<int>(ExitCode::ok);
}

}  // namespace banksim
