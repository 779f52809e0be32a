// Parts of a report's text.
#pragma once

#include "report/text.hpp"

#include <string>
#include <string_view>

namespace banksim::test {

inline constexpr TextStyle kPlain{};
inline constexpr TextStyle kQuiet{.quiet = true};

// The rest of the text from where `start` first stands, to before `end`.
inline std::string from(const std::string& text, std::string_view start, std::string_view end = "\x04") {
  const std::size_t at = text.find(start);
  if (at == std::string::npos) return "'" + std::string(start) + "' is not in:\n" + text;
  return text.substr(at, text.find(end, at) - at);
}

inline std::string line_of(const std::string& text, std::string_view start) {
  return from(text, start, "\n");
}

}  // namespace banksim::test
