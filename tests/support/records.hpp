// What the tests of records write: with sentences of their own, from a command line of their own.
#pragma once

#include "comparisons.hpp"
#include "record/record.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace banksim {

inline const std::vector<std::string> kCommand{"banksim", "--threads", "50"};

inline constexpr Wording kWords{[](const Warning& warning) { return "beware: " + warning.code; },
                                [](const Comparison&) { return std::string("who won"); },
                                [](const Comparison&) {
                                  return std::vector<std::string>{"one", "two"};
                                },
                                [](const Comparison&) { return std::vector<std::string>{"too slow"}; }};

inline std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

using Cells = std::vector<std::pair<std::string, std::string>>;  // name and value

// One line of a CSV by RFC 4180.
inline std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += line[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

inline Cells csv_cells(const std::string& text) {
  const std::vector<std::string> lines = lines_of(text);
  REQUIRE(lines.size() == 2);
  REQUIRE(text.back() == '\n');
  const auto names = split(lines[0]), values = split(lines[1]);
  REQUIRE(names.size() == values.size());
  Cells cells;
  for (std::size_t i = 0; i < names.size(); ++i) cells.emplace_back(names[i], values[i]);
  return cells;
}

inline std::string cell(const Cells& cells, std::string_view name) {
  for (const auto& [key, value] : cells)
    if (key == name) return value;
  return "no column " + std::string(name);
}

}  // namespace banksim
