#include "compare/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace banksim {
namespace {

constexpr double kTail = 0.025;              // at each end of a 95 % interval
constexpr std::size_t kExactLimit = 60;      // from here on the normal approximation is good to three digits
constexpr double kNormalQuantile = 1.95996;  // of 1 - kTail
// Of 1 - kTail, with 2, 3 and 4 degrees of freedom.
constexpr std::array kStudentQuantile = {4.3027, 3.1824, 2.7764};
constexpr double kNotJustNoise = 0.5;     // of an interval's half-width
constexpr double kMostRunsNeeded = 1000;  // more than that nobody will do

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Of two values or more.
double stddev_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

// X is the sum of those steps for which a coin falls on heads. How many of its values to leave out at each
// end so that the others still have 95 % of the probability, and one more at an end would be too many.
std::optional<std::size_t> ranks_left_out(const std::vector<std::size_t>& steps) {
  if (steps.size() < kFewestRunsForInterval) return std::nullopt;
  if (steps.size() > kExactLimit) {
    const double sum = std::accumulate(steps.begin(), steps.end(), 0.0);
    const double squares = std::inner_product(steps.begin(), steps.end(), steps.begin(), 0.0);
    return static_cast<std::size_t>(sum / 2 - kNormalQuantile * std::sqrt(squares) / 2 - 0.5);
  }
  std::vector<double> probability{1};
  for (const std::size_t step : steps) {
    std::vector<double> next(probability.size() + step, 0);
    for (std::size_t value = 0; value < probability.size(); ++value) {
      next[value] += probability[value] / 2;
      next[value + step] += probability[value] / 2;
    }
    probability = std::move(next);
  }
  std::size_t values = 0;
  for (double below = probability[0]; below <= kTail; below += probability[values]) ++values;
  return values - 1;
}

// The centre of kFewestPairsForInterval differences or more, and the values that they do not contradict.
struct Centre {
  double value;
  Interval ci95;
};

Centre centre_of(const std::vector<double>& differences) {
  const std::size_t count = differences.size();
  if (const auto left_out = signed_rank(count)) {
    std::vector<double> means;  // of each pair, each difference with itself included
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t j = i; j < count; ++j) means.push_back((differences[i] + differences[j]) / 2);
    std::ranges::sort(means);
    return {sample_median(means), {means[*left_out], means[means.size() - 1 - *left_out]}};
  }
  // Too few for any rank test at 95 %. Student's interval, stretched over all of them: the first alone trusts
  // that noise is normal, the second alone errs in 1 of 16 at five runs.
  const double mean = mean_of(differences);
  const double half = kStudentQuantile.at(count - kFewestPairsForInterval) * stddev_of(differences) /
                      std::sqrt(static_cast<double>(count));
  const auto [low, high] = std::ranges::minmax(differences);
  return {mean, {std::min(mean - half, low), std::max(mean + half, high)}};
}

}  // namespace

double sample_median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::optional<std::size_t> median_rank(std::size_t count) {
  return ranks_left_out(std::vector<std::size_t>(count, 1));
}

std::optional<std::size_t> signed_rank(std::size_t count) {
  std::vector<std::size_t> ranks(count);
  std::iota(ranks.begin(), ranks.end(), std::size_t{1});
  return ranks_left_out(ranks);
}

Summary summarize(std::vector<double> values) {
  Summary summary;
  if (values.empty()) return summary;
  std::ranges::sort(values);
  summary.median = sample_median(values);
  summary.mean = mean_of(values);
  if (values.size() > 1) summary.stddev = stddev_of(values);
  summary.min = values.front();
  summary.max = values.back();
  if (const auto left_out = median_rank(values.size()))
    summary.ci95 = Interval{values[*left_out], values[values.size() - 1 - *left_out]};
  return summary;
}

Relative relate(const std::vector<double>& values, const std::vector<double>& reference) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] > 0 && reference[i] > 0) differences.push_back(std::log(values[i] / reference[i]));
  if (differences.size() < kFewestPairsForInterval) return {};
  const auto [centre, ci95] = centre_of(differences);
  const auto [low, high] = ci95;
  Relative relative{std::exp(centre), Interval{std::exp(low), std::exp(high)}, Standing::no_clear_difference};
  if (low > 0) relative.standing = Standing::faster;
  if (high < 0) relative.standing = Standing::slower;
  if (relative.standing == Standing::no_clear_difference)
    relative.runs_needed = runs_needed(relative, differences.size(), 1);
  return relative;
}

Relative inverse(const Relative& relative) {
  Relative other = relative;
  other.ratio = 1 / relative.ratio;
  if (relative.ci95) other.ci95 = Interval{1 / (*relative.ci95)[1], 1 / (*relative.ci95)[0]};
  if (relative.standing == Standing::faster) other.standing = Standing::slower;
  if (relative.standing == Standing::slower) other.standing = Standing::faster;
  return other;
}

// An interval shrinks with the root of the number of runs. Nobody knows where the centre is nearer to the
// bound than half of the interval: of strategies that are the same most are there, and more runs would only
// move it.
std::uint32_t runs_needed(const Relative& relative, std::size_t pairs, double bound) {
  if (!relative.ci95) return 0;
  const double centre = std::log(relative.ratio), distance = std::abs(centre - std::log(bound));
  const auto [low, high] = *relative.ci95;
  const double half = relative.ratio > bound ? centre - std::log(low) : std::log(high) - centre;
  if (distance <= kNotJustNoise * half) return 0;
  const double needed = static_cast<double>(pairs) * (half / distance) * (half / distance);
  if (needed > kMostRunsNeeded) return 0;
  return std::max(static_cast<std::uint32_t>(std::ceil(needed)), static_cast<std::uint32_t>(pairs) + 1);
}

}  // namespace banksim
