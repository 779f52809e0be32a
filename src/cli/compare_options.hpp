// The options of `compare` that `run` does not have: lists, rounds, exports, the gate.
#pragma once

#include "cli/command.hpp"
#include "cli/run_options.hpp"
#include "compare/compare.hpp"

#include <optional>
#include <string>
#include <vector>

namespace banksim::cli {

enum class ExportFormat { json, csv, markdown, html, svg };

struct Export {
  ExportFormat format;
  std::string path;
};

struct CompareOptions {
  Plan plan;  // what all cells share
  ComparePlan compare;
  bool runs_given = false;
  std::vector<Export> exports;
  OutputOptions output;
  GeneralOptions general;
  std::vector<Warning> warnings;  // of what was given; settle() finds them

  // Call once all options are set: the plan is complete then. Throws ConfigError.
  void settle();
};

std::vector<OptionGroup> compare_option_groups(CompareOptions& options);

}  // namespace banksim::cli
