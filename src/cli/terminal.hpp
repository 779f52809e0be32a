// What the terminal and its environment ask for: colour, Unicode, the length of a line. Threads: any.
#pragma once

#include "cli/command.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace banksim::cli {

// The value of a variable; nothing when it is not set.
using Environment = std::function<std::optional<std::string>(const char*)>;
Environment process_environment();

// NO_COLOR beats CLICOLOR_FORCE beats TERM=dumb beats what the stream is; the option beats them all.
bool wants_color(GeneralOptions::Color color, bool is_terminal, const Environment& environment);

// The locale's character set is UTF-8: LC_ALL, else LC_CTYPE, else LANG.
bool is_unicode_locale(const Environment& environment);

bool is_stderr_terminal();

// Letters in a line of the terminal behind this descriptor; where it does not say, of COLUMNS; else 80.
std::size_t columns_of(int descriptor, const Environment& environment);

// Letters in a line of text on standard output: 40 to 400, however narrow or wide the terminal.
std::size_t terminal_columns(const Environment& environment);

}  // namespace banksim::cli
