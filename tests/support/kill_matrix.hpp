// The kill matrix as a value: a row an animal, a column a checker, and what must be true of it.
//
// Promises   survivors() names the rows that nobody kills; idle() the checkers that kill nothing alone. The
//            explorer sees every schedule, so the checkers of real runs are compared among themselves, and
//            the explorer with all of them together.
// Threads    pure functions and values.
// Source     Mutation analysis: DeMillo, Lipton, Sayward, Hints on Test Data Selection (1978).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace banksim::test {

enum Checker : std::size_t {
  total,
  ledger,
  negatives,
  attempts,
  live_audit,
  room,  // the waiting room
  stall,
  thread_sanitizer,
  explorer,
  kCheckers
};
inline constexpr std::array<std::string_view, kCheckers> kCheckerNames{
    "total", "ledger", "negatives", "attempts", "audit", "room", "stall", "tsan", "explorer"};

// One sign a checker. Any other sign than these two says that it kills, and how.
inline constexpr char kSawNothing = '.';
inline constexpr char kDidNotLook = '-';
inline constexpr char kKills = 'x';

struct MatrixRow {
  std::string group;
  std::string name;
  std::array<char, kCheckers> marks{};
  MatrixRow(std::string in_group, std::string of) : group(std::move(in_group)), name(std::move(of)) {
    marks.fill(kDidNotLook);
  }

  bool looked(Checker checker) const { return marks[checker] != kDidNotLook; }
  bool kills(Checker checker) const { return looked(checker) && marks[checker] != kSawNothing; }
  int real_kills() const {
    return count([this](Checker checker) { return kills(checker); });
  }
  int real_looks() const {
    return count([this](Checker checker) { return looked(checker); });
  }
  bool survives() const { return real_kills() == 0 && !kills(explorer); }

  // No other checker of real runs kills it; for the explorer: none of them does, and some did look.
  bool only(Checker checker) const {
    if (!kills(checker)) return false;
    return checker == explorer ? real_kills() == 0 && real_looks() > 0 : real_kills() == 1;
  }

 private:
  template <class Predicate>
  static int count(Predicate predicate) {
    int sum = 0;
    for (std::size_t i = 0; i < explorer; ++i) sum += predicate(static_cast<Checker>(i));
    return sum;
  }
};

using Matrix = std::vector<MatrixRow>;

inline std::vector<std::string> survivors(const Matrix& matrix) {
  std::vector<std::string> names;
  for (const MatrixRow& row : matrix)
    if (row.survives()) names.push_back(row.name);
  return names;
}

inline std::ptrdiff_t killed_by(const Matrix& matrix, Checker checker) {
  return std::ranges::count_if(matrix, [=](const MatrixRow& row) { return row.kills(checker); });
}
inline std::ptrdiff_t killed_only_by(const Matrix& matrix, Checker checker) {
  return std::ranges::count_if(matrix, [=](const MatrixRow& row) { return row.only(checker); });
}
inline bool looked_at_any(const Matrix& matrix, Checker checker) {
  return std::ranges::any_of(matrix, [=](const MatrixRow& row) { return row.looked(checker); });
}

// The checkers that could be left out: they looked, and without them every animal would still be killed.
inline std::vector<std::string> idle(const Matrix& matrix) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kCheckers; ++i) {
    const auto checker = static_cast<Checker>(i);
    if (looked_at_any(matrix, checker) && killed_only_by(matrix, checker) == 0)
      names.emplace_back(kCheckerNames[i]);
  }
  return names;
}

// --- Shown to people, at most 110 columns wide ---

inline constexpr std::size_t kNameColumns = 32;

inline std::string padded(std::string_view text, std::size_t width) {
  std::string cell(text);
  cell.resize(std::max(width, cell.size()), ' ');
  return cell;
}

inline std::string line(std::string_view first, const std::array<std::string, kCheckers>& cells) {
  std::string text = padded(first, kNameColumns);
  for (std::size_t i = 0; i < kCheckers; ++i) text += padded(cells[i], kCheckerNames[i].size() + 2);
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "\n";
}

// Capitals where it kills alone.
inline std::string to_text(const MatrixRow& row) {
  std::array<std::string, kCheckers> cells;
  for (std::size_t i = 0; i < kCheckers; ++i) {
    const char mark = row.marks[i];
    const bool small = mark >= 'a' && mark <= 'z';
    cells[i] = small && row.only(static_cast<Checker>(i)) ? static_cast<char>(mark - 'a' + 'A') : mark;
  }
  return line("  " + row.name, cells);
}

// Rows of a group stand together, the groups in the order of their first rows.
inline std::string to_text(const Matrix& matrix) {
  std::array<std::string, kCheckers> head;
  std::ranges::copy(kCheckerNames, head.begin());
  std::string text = line("", head);
  std::vector<std::string> groups;
  for (const MatrixRow& row : matrix)
    if (std::ranges::find(groups, row.group) == groups.end()) groups.push_back(row.group);
  for (const std::string& group : groups) {
    text += group + "\n";
    for (const MatrixRow& row : matrix)
      if (row.group == group) text += to_text(row);
  }
  return text;
}

}  // namespace banksim::test
