#include "record/exit_code.hpp"

#include "check/check.hpp"
#include "compare/compare.hpp"

#include <algorithm>
#include <array>
#include <csignal>

namespace banksim {
namespace {

using enum ExitCode;

// The codes stand in the order of the enumerators.
template <Named Enum>
int code_of(Enum value, const std::array<ExitCode, enum_names(Enum{}).size()>& codes) {
  return static_cast<int>(codes.at(static_cast<std::size_t>(value)));
}

}  // namespace

int exit_code_of(Outcome outcome, int signal) {
  if (outcome == Outcome::interrupted && signal != 0) return 128 + signal;
  return code_of(outcome, {ok, violation, deadlock, no_verdict, no_verdict, ok, no_verdict, failed});
}

int exit_code_of(ExploreVerdict verdict) {
  return code_of(verdict, {ok, violation, deadlock, no_verdict, no_verdict});
}

int exit_code_of(const Comparison& comparison) {
  const Outcome outcome = outcome_of(comparison);
  if (outcome == Outcome::interrupted)
    return exit_code_of(outcome, comparison.signal == 0 ? SIGINT : comparison.signal);
  if (outcome != Outcome::ok || !comparison.conclusions.gate) return exit_code_of(outcome);
  const ExitCode undecided = comparison.plan.undecided_fails ? no_verdict : ok;
  return code_of(comparison.conclusions.gate->verdict, {ok, unexpected, undecided, no_verdict});
}

int worst_of(int one, int other) {
  constexpr std::array kWorstFirst = {3, 4, 5, 2, 1, 0};
  const auto place = [&](int code) { return std::ranges::find(kWorstFirst, code); };
  return place(one) <= place(other) ? one : other;
}

int exit_code_of(const Checked& checked) {
  int worst = 0;
  for (const CheckRow& row : checked.rows) {
    if (row.state == CheckState::holds || row.state == CheckState::informs) continue;
    const int code = row.exploration ? exit_code_of(row.exploration->verdict)
                     : row.worst     ? exit_code_of(row.worst->outcome, row.worst->signal)
                     : row.state == CheckState::undecided ? static_cast<int>(ExitCode::no_verdict)
                     : row.stage == CheckStage::source    ? static_cast<int>(ExitCode::usage)
                                                          : static_cast<int>(ExitCode::failed);
    worst = worst_of(worst, code);
  }
  return worst;
}

}  // namespace banksim
