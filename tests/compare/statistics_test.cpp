// The statistics against published tables, and against a machine that we know all about: a generator.
#include "compare/statistics.hpp"

#include <banksim/random.hpp>

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

using namespace banksim;
using Catch::Approx;

namespace {

// The same numbers with every standard library.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : random_(seed) {}
  double uniform() { return (static_cast<double>(random_() >> 11) + 0.5) * 0x1p-53; }
  double normal() { return std::sqrt(-2 * std::log(uniform())) * std::cos(6.283185307179586 * uniform()); }
  // Contended locks have two speeds, one five times the other.
  double bimodal() { return (uniform() < 0.4 ? std::log(5.0) : 0.0) + 0.05 * normal(); }

 private:
  SplitMix64 random_;
};

// Runs whose log ratios to a reference of 1 are these.
Relative relate_logs(std::vector<double> differences) {
  const std::vector<double> reference(differences.size(), 1);
  for (double& difference : differences) difference = std::exp(difference);
  return relate(differences, reference);
}

// Of four differences, each 0.1 from their mean: half of Student's interval.
const double kHalf = 3.1824 * 0.1 / std::sqrt(3.0);

Relative relate_four(double centre) {
  return relate_logs({centre - 0.1, centre + 0.1, centre - 0.1, centre + 0.1});
}

// In how many of a thousand comparisons what comes out is as wanted.
int count_of(std::size_t rounds, double speed, const std::function<double(Noise&)>& noise,
             const std::function<bool(const Relative&)>& is_wanted) {
  Noise source(2024);
  int count = 0;
  for (int comparison = 0; comparison < 1000; ++comparison) {
    std::vector<double> values, reference;
    for (std::size_t round = 0; round < rounds; ++round) {
      const double machine = std::exp(0.3 * source.normal());  // what a round has in common
      reference.push_back(machine * std::exp(noise(source)));
      values.push_back(speed * machine * std::exp(noise(source)));
    }
    count += is_wanted(relate(values, reference)) ? 1 : 0;
  }
  return count;
}

std::function<double(Noise&)> normal(double width) {
  return [width](Noise& noise) { return width * noise.normal(); };
}

}  // namespace

TEST_CASE("The median is the middle value, or the mean of the two") {
  CHECK(sample_median({}) == 0);
  CHECK(sample_median({3}) == 3);
  CHECK(sample_median({9, 1, 5}) == 5);
  CHECK(sample_median({1, 2, 4, 100}) == 3);
}

TEST_CASE("The ranks around the median and the signed ranks are those of the published tables") {
  using Table = std::map<std::size_t, std::size_t>;
  // Le Boudec, appendix A: n = 6 to 70, 95 %; there j is ours + 1.
  for (const auto& [count, rank] : Table{{6, 0}, {8, 0}, {9, 1}, {12, 2}, {20, 5}, {30, 9}, {61, 22}})
    CHECK(median_rank(count) == rank);
  // Critical values of Wilcoxon's test, two-sided 5 %.
  for (const auto& [count, rank] : Table{{6, 0}, {7, 2}, {8, 3}, {10, 8}, {15, 25}, {20, 52}, {25, 89}})
    CHECK(signed_rank(count) == rank);
  CHECK_FALSE(median_rank(5));
  CHECK_FALSE(signed_rank(5));
  // From exact ranks to approximate ones there is no step.
  const auto share = [](double n) {
    return static_cast<double>(signed_rank(static_cast<std::size_t>(n)).value()) / (n * (n + 1) / 2);
  };
  CHECK(share(61) == Approx(share(60)).epsilon(0.02));
}

TEST_CASE("The interval of the ratio is made of the pair means that the table's ranks leave") {
  // Of six all are left, of seven not the two least, 1 and 1.5, nor the two greatest, 48 and 64.
  const Relative six = relate_logs({1, 2, 4, 8, 16, 32});
  CHECK(std::log(six.ratio) == Approx(8.5));
  CHECK(std::log((*six.ci95)[0]) == Approx(1));
  CHECK(std::log((*six.ci95)[1]) == Approx(32));
  const Relative seven = relate_logs({64, 1, 2, 4, 8, 16, 32});
  CHECK(std::log((*seven.ci95)[0]) == Approx(2));
  CHECK(std::log((*seven.ci95)[1]) == Approx(40));
}

TEST_CASE("A summary says what it can, and no interval where the runs are too few for 95 %") {
  const Summary few = summarize({5, 1, 3, 2, 4});
  CHECK(few.stddev == Approx(std::sqrt(2.5)));
  CHECK(few == Summary{3, 3, few.stddev, 1, 5, std::nullopt});
  CHECK(summarize({9, 8, 7, 6, 5, 4, 3, 2, 1}).ci95 == Interval{2, 8});
  CHECK(summarize({}) == Summary{});
  CHECK_FALSE(summarize({7}).stddev);
}

TEST_CASE("The interval of the median covers it in 95 of 100 samples, whatever their shape") {
  Noise noise(7);
  for (const std::size_t runs : {6U, 9U, 20U}) {
    int covered = 0;
    for (int sample = 0; sample < 2000; ++sample) {
      std::vector<double> values;
      for (std::size_t i = 0; i < runs; ++i) values.push_back(-std::log(noise.uniform()));
      const auto interval = summarize(values).ci95.value();
      covered += interval[0] <= std::log(2.0) && std::log(2.0) <= interval[1] ? 1 : 0;
    }
    INFO(runs << " runs");
    CHECK(covered >= 1900);
  }
}

TEST_CASE("The ratio is taken within rounds, so that what a round has in common cancels") {
  const std::vector<double> reference = {10, 20, 40, 80, 160, 320};
  const Relative half = relate({5, 10, 20, 40, 80, 160}, reference);
  CHECK(half.ratio == Approx(0.5));
  REQUIRE(half.ci95);
  CHECK((*half.ci95)[0] == Approx(0.5));
  CHECK((*half.ci95)[1] == Approx(0.5));
  CHECK(half.standing == Standing::slower);
  CHECK(relate({20, 40, 80, 160, 320, 640}, reference).standing == Standing::faster);
  CHECK(relate(reference, reference).standing == Standing::no_clear_difference);
}

TEST_CASE("Two rounds are too few to rank, and a round in which one of the two stood still is none") {
  CHECK(relate({}, {}) == Relative{});
  CHECK(relate({1, 1}, {2, 2}) == Relative{});
  CHECK(relate({1, 0, 1, 1}, {2, 2, 0, 2}) == Relative{});
  CHECK(relate({1, 0, 1, 1, 1}, {2, 2, 0, 2, 2}).ratio == Approx(0.5));
}

TEST_CASE("One round that went the other way keeps five rounds from being clear") {
  CHECK(relate({0.5, 0.5, 0.51, 0.5, 0.5}, {1, 1, 1, 1, 1}).standing == Standing::slower);
  CHECK(relate({0.5, 0.5, 1.01, 0.5, 0.5}, {1, 1, 1, 1, 1}).standing == Standing::no_clear_difference);
}

TEST_CASE("An interval that is so many times too wide needs the square of that times the runs") {
  const Relative relative = relate({1.1, 0.9, 1.3, 1.0, 1.2, 0.95, 1.25, 1.02}, {1, 1, 1, 1, 1, 1, 1, 1});
  CHECK(relative.standing == Standing::no_clear_difference);
  CHECK(relative.runs_needed > 8);
  CHECK(relative.runs_needed < 4 * 8);
  CHECK(relate({1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1}).runs_needed == 0);
  CHECK(relate_four(kHalf / 1.45).runs_needed == 9);  // 4 times 2.1
  CHECK(relate_four(-kHalf / 1.45).runs_needed == 9);
}

TEST_CASE(
    "A centre within half of its interval's half-width is taken for noise: no number of runs is named") {
  CHECK(relate_four(0.49 * kHalf).runs_needed == 0);
  CHECK(relate_four(-0.49 * kHalf).runs_needed == 0);
  CHECK(relate_four(0.51 * kHalf).runs_needed > 0);
  CHECK(relate_four(-0.51 * kHalf).runs_needed > 0);
  // Of strategies that are the same few are said to need more runs.
  const auto needs_runs = [](const Relative& relative) { return relative.runs_needed > 0; };
  CHECK(count_of(10, 1, normal(0.1), needs_runs) < 400);
}

TEST_CASE("From six rounds on the interval ends at the means of pairs that the signed ranks name") {
  // The means of two, or of one twice, from below: 1, 1.5, 2, 2.5; from above: 128, 96, 80, 72.
  std::vector<double> differences;
  for (const double power : {1, 2, 4, 8, 16, 32, 64, 128}) differences.push_back(power / 1000);
  const auto ends_of = [](const std::vector<double>& logs) { return relate_logs(logs).ci95.value(); };
  CHECK(std::log(ends_of(differences)[0]) == Approx(0.0025));
  CHECK(std::log(ends_of(differences)[1]) == Approx(0.072));
  differences.resize(6);  // none is left out
  CHECK(std::log(ends_of(differences)[0]) == Approx(0.001));
  CHECK(std::log(ends_of(differences)[1]) == Approx(0.032));
}

TEST_CASE("Below six rounds the interval is Student's, by the published quantiles") {
  // Two-sided 5 %: 4.303, 3.182 and 2.776 with 2, 3 and 4 degrees of freedom.
  const auto half_of = [](const std::vector<double>& differences) {
    return std::log((*relate_logs(differences).ci95)[1]);
  };
  CHECK(half_of({-0.1, 0, 0.1}) == Approx(4.303 * 0.1 / std::sqrt(3.0)).epsilon(0.001));
  CHECK(half_of({-0.1, 0.1, -0.1, 0.1}) == Approx(3.182 * 0.1 / std::sqrt(3.0)).epsilon(0.001));
  CHECK(half_of({-0.1, -0.1, 0, 0.1, 0.1}) == Approx(2.776 * 0.1 / std::sqrt(5.0)).epsilon(0.001));
}

TEST_CASE("A strategy against itself differs clearly in at most 1 of 20 comparisons") {
  constexpr int kLeast = 1000 - 50 - 14;  // 950 is expected at least; 14: two standard errors of a thousand
  const auto is_unclear = [](const Relative& relative) {
    return relative.standing == Standing::no_clear_difference;
  };
  for (const std::size_t rounds : {5U, 6U, 10U, 20U}) {
    INFO(rounds << " rounds");
    CHECK(count_of(rounds, 1, normal(0.1), is_unclear) >= kLeast);
    CHECK(count_of(rounds, 1, &Noise::bimodal, is_unclear) >= kLeast);
  }
}

TEST_CASE("A strategy that is 20 % slower is found slower in at least 19 of 20 comparisons") {
  // What a run's noise may be for that: with five rounds 5 %, with ten 9 %, with fifty 23 %.
  const auto is_slower = [](const Relative& relative) { return relative.standing == Standing::slower; };
  CHECK(count_of(5, 1 / 1.2, normal(0.05), is_slower) >= 950);
  CHECK(count_of(10, 1 / 1.2, normal(0.09), is_slower) >= 950);
  CHECK(count_of(50, 1 / 1.2, normal(0.23), is_slower) >= 950);
}
