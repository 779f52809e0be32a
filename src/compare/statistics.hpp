// The statistics of a comparison: one cell's runs in a few numbers, and two cells' runs as a ratio.
//
// Pure functions, exact for the sizes that people use. Where a sample is too small for an interval of 95 %
// there is none. "faster" and "slower" are said only where the interval of the ratio excludes 1; "no clear
// difference" says that the runs do not tell two apart, and not that they are the same.
//
// Source: the median and its interval by order statistics (Le Boudec, Performance Evaluation, 2010, 2.2). The
// ratio by signed ranks of the rounds' log ratios and the Hodges-Lehmann estimate (Hollander and Wolfe,
// Nonparametric Statistical Methods, 3.1 to 3.3); below 6 rounds by Student's interval, stretched over all.
#pragma once

#include <banksim/names.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace banksim {

using Interval = std::array<double, 2>;

inline constexpr std::uint32_t kFewestRunsForInterval = 6;   // of the median, at 95 %
inline constexpr std::uint32_t kFewestPairsForInterval = 3;  // of a ratio

// A statistic over the measured runs of one cell. All 0: there were none.
struct Summary {
  double median = 0;
  double mean = 0;
  std::optional<double> stddev;  // of one run nobody knows it
  double min = 0;
  double max = 0;
  std::optional<Interval> ci95;  // of the median; nothing: too few runs for 95 %
  bool operator==(const Summary&) const = default;
};

enum class Standing : std::uint8_t { reference, faster, slower, no_clear_difference, not_ranked };
constexpr auto enum_names(Standing) {
  return std::to_array({"reference", "faster", "slower", "no_clear_difference", "not_ranked"});
}

// Throughput against a reference, from paired rounds. Not ranked: too few of them for an interval.
struct Relative {
  double ratio = 1;
  std::optional<Interval> ci95;
  Standing standing = Standing::not_ranked;
  std::uint32_t runs_needed = 0;  // if the difference is real, about so many would tell; 0: nobody knows
  bool operator==(const Relative&) const = default;
};

// An interval whose ends are further apart tells no size: nobody is shown it, nor what lies in it, as a number.
inline constexpr double kWidestInterval = 10;  // the factor between its ends
inline bool tells_size(const std::optional<Interval>& interval) {
  return interval && (*interval)[1] <= kWidestInterval * (*interval)[0];
}

// The same comparison with the sides changed.
Relative inverse(const Relative& relative);

double sample_median(std::vector<double> values);  // 0 of none
Summary summarize(std::vector<double> values);

// Values are paired by their place; a pair in which one of them is not above 0 is left out.
Relative relate(const std::vector<double>& values, const std::vector<double>& reference);

// How many pairs, about, would tell the ratio from `bound`, which its interval holds; 0: nobody knows.
std::uint32_t runs_needed(const Relative& relative, std::size_t pairs, double bound);

// How many of `count` sorted values to leave out at each end so that the others still enclose the median with
// at least 95 %; the same for the means of all pairs of `count` differences. Nothing: even all do not.
std::optional<std::size_t> median_rank(std::size_t count);
std::optional<std::size_t> signed_rank(std::size_t count);

}  // namespace banksim
