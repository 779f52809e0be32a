// The log that -v asks for: lines on stderr, and the only user of spdlog. Nothing is logged during a run.
#pragma once

#include <chrono>
#include <string_view>

namespace banksim::cli {

// 1: what happened and what was decided; 2: every step too. Until this is called nothing is logged.
void enable_log(int verbosity);
void log(std::string_view line);
void log_step(std::string_view line);

// Seconds since it was made, for the lines of the log.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

}  // namespace banksim::cli
