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

std::size_t columns_of(int descriptor, const Environment& environment) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  std::size_t columns = 0;
  const std::string text = environment("COLUMNS").value_or("");
  std::from_chars(text.data(), text.data() + text.size(), columns);
  return columns > 0 ? columns : 80;
}

std::size_t terminal_columns(const Environment& environment) {
  constexpr std::size_t kFewest = 40, kMost = 400;
  return std::clamp(columns_of(STDOUT_FILENO, environment), kFewest, kMost);
}

bool is_stderr_terminal() { return ::isatty(STDERR_FILENO) == 1; }

}  // namespace banksim::cli
