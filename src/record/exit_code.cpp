#include "record/exit_code.hpp"

namespace banksim {

int exit_code_of(Outcome outcome, int signal) {
  switch (outcome) {
    case Outcome::ok:
      return static_cast<int>(ExitCode::ok);
    case Outcome::violation:
      return static_cast<int>(ExitCode::violation);
    case Outcome::deadlock:
      return static_cast<int>(ExitCode::deadlock);
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

}  // namespace banksim
