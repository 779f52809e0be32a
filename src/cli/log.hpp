// The log that -v asks for: lines on stderr, and the only user of spdlog. Nothing is logged during a run.
#pragma once

#include <chrono>
#include <string_view>

namespace banksim::cli {

// 1: what happened and what was decided; 2: every step too. Until this is called nothing is logged.
void enable_log(int verbosity);
void log(std::string_view line);
void log_step(std::string_view line);

// The time since it was made, for the lines of the log.
class Stopwatch {
 public:
  std::chrono::nanoseconds elapsed() const { return std::chrono::steady_clock::now() - start_; }
  double seconds() const { return std::chrono::duration<double>(elapsed()).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace banksim::cli
