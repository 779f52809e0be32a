// A run as the two lines of its CSV, without their ends, for documents of several runs.
#pragma once

#include <banksim/simulate.hpp>

#include <string>

namespace banksim {

struct CsvLines {
  std::string header;
  std::string cells;
};
CsvLines run_csv_lines(const RunResult& result, int exit_code);

}  // namespace banksim
