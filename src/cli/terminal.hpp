// What the terminal and its environment ask for: colour, Unicode, the length of a line; and what goes on, for people
// who watch stderr: live progress, and the log that -v asks for.
#pragma once

#include "cli/values.hpp"
#include "run/platform.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace banksim::cli {

// What an option says of something that depends on the terminal.
enum class When { automatic, always, never };
inline const Words kWhen = {"auto", "always", "never"};

// NO_COLOR beats CLICOLOR_FORCE beats TERM=dumb beats what the stream is; the option beats them all.
bool wants_color(When color, bool is_terminal);

// The locale's character set is UTF-8: LC_ALL, else LC_CTYPE, else LANG.
bool is_unicode_locale();

// Letters in a line of text on standard output: as the terminal says, else COLUMNS, else 80; but 40 to 400.
std::size_t terminal_columns();
// The same for text that need not be broken: 0 where it is no terminal and COLUMNS is not set either.
std::size_t text_columns(bool is_terminal);

// Progress on stderr: one rewritten line on a terminal, plain lines once a second elsewhere.
// Nothing is shown of runs under half a second on a terminal, a second elsewhere. A terminal's line is cut to
// its width and never wraps. It never blocks: what the reader does not take is not shown.
//
// Threads: one.
class ProgressMeter {
 public:
  ProgressMeter(When wanted, bool quiet);
  ~ProgressMeter();  // the terminal's line is as it was
  ProgressMeter(const ProgressMeter&) = delete;
  ProgressMeter& operator=(const ProgressMeter&) = delete;

  // `line` is plain ASCII, and made only if it is shown; if it is of the moment, on a terminal alone.
  void show(std::chrono::nanoseconds elapsed, const std::function<std::string()>& line,
            bool of_the_moment = false);

 private:
  void rewrite(std::string line);

  enum class Kind { off, rewritten, lines } kind_;
  std::chrono::nanoseconds next_;
  std::size_t shown_ = 0;  // letters on the terminal's line
};

// " 42 %  what  3 s left": the share that is done after that time, 0 to 1.
std::string share_line(double share, std::chrono::nanoseconds elapsed, const std::string& what);

// ---- The log. Nothing is logged during a run.

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
