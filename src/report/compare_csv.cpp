// A comparison as CSV: the measured runs, one row each, as `run` writes them, and at the end what the run was
// of.
#include "record/exit_code.hpp"
#include "report/compare.hpp"
#include "report/csv.hpp"

#include <string>

namespace banksim {

std::string compare_csv(const Comparison& comparison) {
  std::string text = run_csv_lines({}, 0).header + ",cell,round\n";
  for (std::size_t cell = 0; cell < comparison.cells.size(); ++cell) {
    const std::vector<RunResult>& runs = comparison.cells[cell].runs;
    for (std::size_t round = 0; round < runs.size(); ++round)
      text += run_csv_lines(runs[round], exit_code_of(runs[round].outcome)).cells + ',' +
              std::to_string(cell) + ',' + std::to_string(round) + '\n';
  }
  return text;
}

}  // namespace banksim
