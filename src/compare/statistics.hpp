// The statistics of a comparison that are not its interface: the building blocks of summarize() and relate().
//
// Promises   pure functions; exact for the sizes that people use. Nothing where a sample is too small for 95
// %. Threads    none needed. Source     order statistics of the median: Le Boudec, Performance Evaluation
// (2010), 2.2; signed ranks and the
//            Hodges-Lehmann estimate: Hollander and Wolfe, Nonparametric Statistical Methods, 3.1 to 3.3.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace banksim {

using Interval = std::array<double, 2>;

double sample_median(std::vector<double> values);  // 0 of none

// How many order statistics to leave out at each end so that those that remain still enclose the median with
// at least 95 %. Nothing: even all of them do not (fewer than 6).
std::optional<std::size_t> median_rank(std::size_t count);

// The same for the means of all pairs of differences, under the signed-rank distribution.
std::optional<std::size_t> signed_rank(std::size_t count);

// The centre of paired differences, and the values of it that they do not contradict.
struct Centre {
  double value = 0;
  std::optional<Interval> ci95;
};
Centre centre_of(const std::vector<double>& differences);

}  // namespace banksim
