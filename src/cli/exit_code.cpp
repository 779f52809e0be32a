#include "cli/exit_code.hpp"

#include "record/exit_code.hpp"

namespace banksim::cli {

const std::vector<std::string>& expectation_names() {
  static const std::vector<std::string> names = {"ok", "violation", "deadlock", "stalled", "any"};
  return names;
}

bool is_met(Expectation expected, Outcome outcome) {
  switch (expected) {
    case Expectation::ok:
      return outcome == Outcome::ok;
    case Expectation::violation:
      return outcome == Outcome::violation;
    case Expectation::deadlock:
      return outcome == Outcome::deadlock;
    case Expectation::stalled:
      return outcome == Outcome::stalled;
    case Expectation::any:
      return outcome != Outcome::interrupted;
  }
  return false;
}

int exit_code(Expectation expected, Outcome outcome, int signal) {
  if (is_met(expected, outcome)) return 0;
  if (outcome == Outcome::ok) return static_cast<int>(ExitCode::unexpected);
  return exit_code_of(outcome, signal);
}

}  // namespace banksim::cli
