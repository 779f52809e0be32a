#include "cli/terminal.hpp"

#include "cli/output.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>

namespace banksim::cli {
namespace {

std::shared_ptr<spdlog::logger> logger;  // not spdlog's default one, which writes to stdout

std::size_t columns_of(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  std::size_t columns = 0;
  const std::string text = environment("COLUMNS").value_or("");
  std::from_chars(text.data(), text.data() + text.size(), columns);
  return columns > 0 ? columns : 80;
}

bool stderr_takes_more() {
  pollfd writable{STDERR_FILENO, POLLOUT, 0};
  return ::poll(&writable, 1, 0) == 1 && (writable.revents & POLLOUT) != 0;
}

}  // namespace

bool wants_color(When color, bool is_terminal) {
  if (color != When::automatic) return color == When::always;
  if (!environment("NO_COLOR").value_or("").empty()) return false;
  const std::string force = environment("CLICOLOR_FORCE").value_or("0");
  if (!force.empty() && force != "0") return true;
  return is_terminal && environment("TERM").value_or("dumb") != "dumb";
}

bool is_unicode_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string locale = environment(name).value_or("");
    if (locale.empty()) continue;
    std::ranges::transform(locale, locale.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

std::size_t terminal_columns() {
  constexpr std::size_t kFewest = 40, kMost = 400;
  return std::clamp(columns_of(STDOUT_FILENO), kFewest, kMost);
}

std::size_t text_columns(bool is_terminal) {
  return is_terminal || environment("COLUMNS") ? terminal_columns() : 0;
}

ProgressMeter::ProgressMeter(When wanted, bool quiet) {
  const bool is_terminal = ::isatty(STDERR_FILENO) == 1;
  const bool is_wanted =
      wanted == When::automatic ? is_terminal && !quiet && !environment("CI") : wanted == When::always;
  kind_ = !is_wanted ? Kind::off : is_terminal ? Kind::rewritten : Kind::lines;
  next_ = std::chrono::milliseconds(is_terminal ? 500 : 1000);
}

ProgressMeter::~ProgressMeter() {
  if (shown_ == 0) return;
  rewrite({});
  print_text("\r");
}

void ProgressMeter::show(std::chrono::nanoseconds elapsed, const std::function<std::string()>& line,
                         bool of_the_moment) {
  const bool is_hidden = kind_ == Kind::off || (kind_ == Kind::lines && of_the_moment);
  if (is_hidden || elapsed < next_ || !stderr_takes_more()) return;
  if (kind_ == Kind::rewritten) return rewrite(line());
  print_text("banksim: progress: " + line() + "\n");
  next_ += std::chrono::seconds(1);
}

void ProgressMeter::rewrite(std::string line) {
  const std::size_t most = columns_of(STDERR_FILENO) - 1;  // in the last column some terminals wrap already
  line.resize(std::min(line.size(), most));
  // Spaces and not an escape sequence cover what was longer: any terminal understands them.
  const std::size_t cover = std::min(shown_, most) - std::min(shown_, line.size());
  shown_ = line.size();
  print_text("\r" + line + std::string(cover, ' '));
}

std::string share_line(double share, std::chrono::nanoseconds elapsed, const std::string& what) {
  share = std::clamp(share, 0.0, 1.0);
  const double elapsed_s = std::chrono::duration<double>(elapsed).count();
  const std::string line = fmt::format("{:3.0f} %  {}", 100 * share, what);
  return share > 0 ? line + fmt::format("  {:.0f} s left", elapsed_s / share - elapsed_s) : line;
}

void enable_log(int verbosity) {
  if (verbosity < 1) return;
  logger = std::make_shared<spdlog::logger>("banksim", std::make_shared<spdlog::sinks::stderr_sink_st>());
  logger->set_pattern("%n: %T.%e %v");
  logger->set_level(verbosity > 1 ? spdlog::level::debug : spdlog::level::info);
  logger->flush_on(spdlog::level::debug);
}

void log(std::string_view line) {
  if (logger) logger->info("{}", line);
}

void log_step(std::string_view line) {
  if (logger) logger->debug("{}", line);
}

}  // namespace banksim::cli
