// The kill matrix as a value: a row for each animal, a column for each checker, and what must be true of it.
//
// Promises: survivors() names the rows that nobody kills; idle() the checkers that kill nothing alone. The
// explorer sees every schedule, so the checkers of real runs are compared among themselves, and the explorer
// with all of them together.
//
// Threads: pure functions and values.
//
// Source: mutation analysis, DeMillo, Lipton, Sayward, Hints on Test Data Selection (1978).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace banksim::test {

// room is the waiting room. Those before the explorer are of real runs.
enum Checker : std::size_t {
  total,
  ledger,
  negatives,
  attempts,
  live_audit,
  room,
  stall,
  thread_sanitizer,
  explorer,
  kCheckers
};
inline constexpr std::array<std::string_view, kCheckers> kCheckerNames{
    "total", "ledger", "negatives", "attempts", "audit", "room", "stall", "tsan", "explorer"};

// One sign a checker. Any other sign than the first two says that it kills, and how.
inline constexpr char kSawNothing = '.', kDidNotLook = '-', kKills = 'x';

struct MatrixRow {
  std::string group;
  std::string name;
  std::array<char, kCheckers> marks{};
  MatrixRow(std::string in_group, std::string_view of) : group(std::move(in_group)), name(of) {
    marks.fill(kDidNotLook);
  }

  bool looked(std::size_t checker) const { return marks[checker] != kDidNotLook; }
  bool kills(std::size_t checker) const { return looked(checker) && marks[checker] != kSawNothing; }
  int real_kills() const {
    int sum = 0;
    for (std::size_t i = 0; i < explorer; ++i) sum += kills(i);
    return sum;
  }
  bool looked_for_real() const {
    return std::any_of(marks.begin(), marks.begin() + explorer,
                       [](char mark) { return mark != kDidNotLook; });
  }
  bool survives() const { return real_kills() == 0 && !kills(explorer); }

  // No other checker of real runs kills it; for the explorer: none of them does, and some did look.
  bool only(std::size_t checker) const {
    if (!kills(checker)) return false;
    return checker == explorer ? real_kills() == 0 && looked_for_real() : real_kills() == 1;
  }
};

using Matrix = std::vector<MatrixRow>;

inline std::vector<std::string> survivors(const Matrix& matrix) {
  std::vector<std::string> names;
  for (const MatrixRow& row : matrix)
    if (row.survives()) names.push_back(row.name);
  return names;
}

inline std::ptrdiff_t killed_only_by(const Matrix& matrix, std::size_t checker) {
  return std::ranges::count_if(matrix, [=](const MatrixRow& row) { return row.only(checker); });
}
inline bool looked_at_any(const Matrix& matrix, std::size_t checker) {
  return std::ranges::any_of(matrix, [=](const MatrixRow& row) { return row.looked(checker); });
}

// The checkers that could be left out: they looked, and without them every animal would still be killed.
inline std::vector<std::string> idle(const Matrix& matrix) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kCheckers; ++i)
    if (looked_at_any(matrix, i) && killed_only_by(matrix, i) == 0) names.emplace_back(kCheckerNames[i]);
  return names;
}

// At most 110 columns wide. Rows of a group stand together; capitals where a checker kills alone.
inline std::string to_text(const Matrix& matrix) {
  const auto padded = [](std::string text, std::size_t width) {
    text.resize(std::max(width, text.size()), ' ');
    return text;
  };
  const auto line = [&padded](const std::string& first, auto cell) {
    std::string text = padded(first, 32);
    for (std::size_t i = 0; i < kCheckers; ++i)
      text += padded(std::string(cell(i)), kCheckerNames[i].size() + 2);
    return text.erase(text.find_last_not_of(' ') + 1) + "\n";
  };
  std::string text = line("", [](std::size_t i) { return kCheckerNames[i]; });
  for (auto head = matrix.begin(); head != matrix.end(); ++head) {
    if (std::ranges::find(matrix.begin(), head, head->group, &MatrixRow::group) != head) continue;
    text += head->group + "\n";
    for (const MatrixRow& row : matrix)
      if (row.group == head->group)
        text += line("  " + row.name, [&row](std::size_t i) {
          const char mark = row.marks[i];
          const bool alone = mark >= 'a' && mark <= 'z' && row.only(i);
          return std::string(1, alone ? static_cast<char>(mark - 'a' + 'A') : mark);
        });
  }
  return text;
}

}  // namespace banksim::test
