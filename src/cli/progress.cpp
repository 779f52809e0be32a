#include "cli/progress.hpp"

#include "cli/output.hpp"
#include "cli/terminal.hpp"
#include "report/report.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace banksim::cli {
namespace {

constexpr nanoseconds kPatience = std::chrono::milliseconds{500};
constexpr nanoseconds kLineInterval = std::chrono::seconds{1};

bool stderr_takes_more() {
  pollfd writable{STDERR_FILENO, POLLOUT, 0};
  return ::poll(&writable, 1, 0) == 1 && (writable.revents & POLLOUT) != 0;
}

// Letters that the terminal shows.
std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

double seconds(nanoseconds time) { return std::chrono::duration<double>(time).count(); }

// Of the whole, by time or by count: 0 to 1.
double share_done(const Config& config, const RunProgress& progress) {
  const double share = config.duration
                           ? seconds(progress.elapsed) / seconds(*config.duration)
                           : static_cast<double>(progress.attempted) / static_cast<double>(config.transfers);
  return std::clamp(share, 0.0, 1.0);
}

std::string time_left(double share, double elapsed_s) {
  if (share <= 0) return {};
  return fmt::format("  {:.0f} s left", elapsed_s / share - elapsed_s);
}

}  // namespace

std::string progress_line(const Config& config, const RunProgress& progress) {
  if (progress.phase == RunProgress::Phase::preparing) return "preparing";
  if (progress.phase == RunProgress::Phase::checking) return "checking the money";
  const double elapsed_s = seconds(progress.elapsed);
  const double share = share_done(config, progress);
  const double rate = elapsed_s > 0 ? static_cast<double>(progress.attempted) / elapsed_s : 0;
  const std::string goal = config.duration ? std::string() : " of " + grouped(config.transfers);
  return fmt::format("{:3.0f} %  {}{} transfers  {}/s{}", 100 * share, grouped(progress.attempted), goal,
                     si_number(rate), time_left(share, elapsed_s));
}

void ProgressMeter::show(const Config& config, const RunProgress& progress) {
  const bool running = progress.phase == RunProgress::Phase::running;
  if (kind_ == Kind::lines && !running) return;
  show(progress.elapsed, [&] { return progress_line(config, progress); });
}

void ProgressMeter::show(nanoseconds elapsed, const std::function<std::string()>& make_line) {
  if (kind_ == Kind::off) return;
  if (next_.count() < 0) next_ = kind_ == Kind::lines ? kLineInterval : kPatience;
  if (elapsed < next_ || !stderr_takes_more()) return;
  std::string line = make_line();
  if (kind_ == Kind::lines) {
    print_line("banksim: progress: " + line);
    next_ += kLineInterval;
    return;
  }
  rewrite(std::move(line));
}

void ProgressMeter::clear() {
  if (shown_ == 0) return;
  rewrite({});
  print_text("\r");
}

void ProgressMeter::rewrite(std::string line) {
  // In the last column some terminals wrap already.
  const std::size_t columns = columns_of(STDERR_FILENO, process_environment());
  while (display_width(line) >= columns) line.pop_back();
  const std::size_t width = display_width(line);
  // Spaces and not an escape sequence cover what was longer: any terminal understands them.
  const std::size_t cover = std::min(shown_, columns - 1) - std::min(shown_, width);
  print_text("\r" + line + std::string(cover, ' '));
  shown_ = width;
}

ProgressMeter::Kind progress_kind(const OutputOptions& output, const GeneralOptions& general) {
  const bool terminal = is_stderr_terminal();
  if (!wants_progress(output.progress, general.quiet, terminal, process_environment()))
    return ProgressMeter::Kind::off;
  return terminal ? ProgressMeter::Kind::rewritten : ProgressMeter::Kind::lines;
}

}  // namespace banksim::cli
