// Live progress on stderr: one rewritten line on a terminal, plain lines once a second elsewhere.
//
// Nothing is shown of runs under half a second on a terminal, a second elsewhere. A terminal's line is cut to its
// width and never wraps. It never blocks: what the reader does not take is not shown. Threads: one.
#pragma once

#include "cli/run_options.hpp"

#include <banksim/simulate.hpp>

#include <functional>
#include <string>

namespace banksim::cli {

// " 42 %  420,000 of 1,000,000 transfers  19.2 M/s  3 s left"
std::string progress_line(const Config& config, const RunProgress& progress);

class ProgressMeter {
 public:
  enum class Kind { off, rewritten, lines };
  explicit ProgressMeter(Kind kind) : kind_(kind) {}
  ~ProgressMeter() { clear(); }
  ProgressMeter(const ProgressMeter&) = delete;
  ProgressMeter& operator=(const ProgressMeter&) = delete;

  void show(const Config& config, const RunProgress& progress);
  void show(nanoseconds elapsed, const std::function<std::string()>& line);  // made only if it is shown
  void clear();  // the terminal's line is as it was

 private:
  void rewrite(std::string line);

  Kind kind_;
  nanoseconds next_{-1};
  std::size_t shown_ = 0;  // letters on the terminal's line
};

// As the options and stderr ask for it.
ProgressMeter::Kind progress_kind(const OutputOptions& output, const GeneralOptions& general);

}  // namespace banksim::cli
