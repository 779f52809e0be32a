#include "cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace banksim::cli {

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody calls setenv
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

bool wants_color(GeneralOptions::Color color, bool is_terminal, const Environment& environment) {
  if (color != GeneralOptions::Color::automatic) return color == GeneralOptions::Color::always;
  if (!environment("NO_COLOR").value_or("").empty()) return false;
  const std::string force = environment("CLICOLOR_FORCE").value_or("0");
  if (!force.empty() && force != "0") return true;
  return is_terminal && environment("TERM").value_or("dumb") != "dumb";
}

bool is_unicode_locale(const Environment& environment) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string locale = environment(name).value_or("");
    if (locale.empty()) continue;
    std::ranges::transform(locale, locale.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

std::size_t terminal_columns(const Environment& environment) {
  constexpr std::size_t kUsual = 80, kFewest = 40, kMost = 400;
  std::size_t columns = 0;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) columns = size.ws_col;
  if (columns == 0) {
    const std::string text = environment("COLUMNS").value_or("");
    std::from_chars(text.data(), text.data() + text.size(), columns);
  }
  return columns == 0 ? kUsual : std::clamp(columns, kFewest, kMost);
}

bool is_stderr_terminal() { return ::isatty(STDERR_FILENO) == 1; }

}  // namespace banksim::cli
