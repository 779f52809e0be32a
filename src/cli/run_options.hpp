// The groups of options that `run` has, each usable by other commands: what is run, on which work, how it is
// checked and bounded, where the result goes.
#pragma once

#include "cli/command.hpp"
#include "cli/terminal.hpp"

#include <banksim/simulate.hpp>

#include <string>
#include <vector>

namespace banksim::cli {

// A Config as it is typed, with what must be known about what was typed.
struct Plan {
  Config config;
  bool transfers_given = false;
  bool timeout_given = false;

  // Call once all options are set: refuses combinations that make no sense (ConfigError), fills in what
  // depends on other options.
  void settle();
};

// One strategy, one number of threads, one of accounts, one hold time; a comparison has lists of these.
OptionGroup subject_options(Plan& plan);
OptionGroup workload_options(Plan& plan);
OptionGroup check_options(Plan& plan);

enum class Format { text, json, csv };
enum class ProgressWish { automatic, always, never };

struct OutputOptions {
  Format format = Format::text;
  std::string path = "-";
  ProgressWish progress = ProgressWish::automatic;
};

// `formats`: as many of text, json, csv as the command writes.
Option format_option(OutputOptions& options, std::vector<std::string> formats);
Option path_option(OutputOptions& options);
Option progress_option(OutputOptions& options);

bool wants_progress(ProgressWish wish, bool quiet, bool is_terminal, const Environment& environment);

}  // namespace banksim::cli
