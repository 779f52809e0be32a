#include "cli/exit_code.hpp"

#include "record/exit_code.hpp"

namespace banksim::cli {

const std::vector<std::string>& expectation_names() {
  static const std::vector<std::string> names = {"ok", "violation", "deadlock", "stalled", "any"};
  return names;
}

bool is_met(Expectation expected, Outcome outcome) {
  if (expected == Expectation::any) return outcome != Outcome::interrupted;
  return to_string(outcome) == expectation_names()[static_cast<std::size_t>(expected)];
}

int exit_code(Expectation expected, Outcome outcome, int signal) {
  if (is_met(expected, outcome)) return 0;
  return static_cast<int>(outcome == Outcome::ok ? ExitCode::unexpected
                                                 : ExitCode{exit_code_of(outcome, signal)});
}

}  // namespace banksim::cli
