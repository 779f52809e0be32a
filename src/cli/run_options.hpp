// The options that several commands have: what is run, on which work, how it is checked and bounded, and where
// the result goes.
#pragma once

#include "cli/command.hpp"
#include "cli/terminal.hpp"

#include <banksim/config.hpp>

#include <optional>
#include <string>
#include <vector>

namespace banksim::cli {

// A Config as it is typed: what depends on other options stands beside it.
struct Plan {
  Config config;
  std::optional<nanoseconds> timeout;

  // Call once all options are set: fills in what depends on others.
  void settle();
};

void add_workload_options(Command& command, Plan& plan);
void add_check_options(Command& command, Plan& plan);

// The order of their names, which are what --format takes and what a file's suffix says.
enum class Format { text, json, csv, markdown, html, svg };
enum class ProgressWish { automatic, always, never };

struct Export {
  Format format;
  std::string path;
};

struct OutputOptions {
  std::vector<Format> formats;  // that the command writes
  std::optional<Format> format = {};
  std::string path = "-";
  std::vector<Export> exports = {};
  ProgressWish progress = ProgressWish::automatic;
};

// As --format says, else the suffix of --output, else text. Throws ConfigError where that suffix names what
// the command does not write.
Format format_of(const OutputOptions& options);

void add_output_options(const Group& group, OutputOptions& options);        // the document
void add_progress_and_exports(const Group& group, OutputOptions& options);  // of what takes its time

bool wants_progress(ProgressWish wish, bool quiet, bool is_terminal, const Environment& environment);

}  // namespace banksim::cli
