// The statistics against published tables, and against a machine that we know all about: a generator.
#include "compare/statistics.hpp"

#include <banksim/random.hpp>

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
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

// In how many of a thousand comparisons the second is found to be so.
int found(Standing wanted, std::size_t rounds, double speed, const std::function<double(Noise&)>& noise) {
  Noise source(2024);
  int count = 0;
  for (int comparison = 0; comparison < 1000; ++comparison) {
    std::vector<double> values, reference;
    for (std::size_t round = 0; round < rounds; ++round) {
      const double machine = std::exp(0.3 * source.normal());  // what a round has in common
      reference.push_back(machine * std::exp(noise(source)));
      values.push_back(speed * machine * std::exp(noise(source)));
    }
    count += relate(values, reference).standing == wanted ? 1 : 0;
  }
  return count;
}

}  // namespace

TEST_CASE("The median is the middle value, or the mean of the two") {
  CHECK(sample_median({}) == 0);
  CHECK(sample_median({3}) == 3);
  CHECK(sample_median({9, 1, 5}) == 5);
  CHECK(sample_median({1, 2, 4, 100}) == 3);
}

TEST_CASE("The ranks around the median are those of the published table") {
  // Le Boudec, appendix A: n = 6 to 70, 95 %; there j is ours + 1.
  CHECK_FALSE(median_rank(5));
  CHECK(median_rank(6) == 0);
  CHECK(median_rank(8) == 0);
  CHECK(median_rank(9) == 1);
  CHECK(median_rank(12) == 2);
  CHECK(median_rank(20) == 5);
  CHECK(median_rank(30) == 9);
  CHECK(median_rank(61) == 22);
}

TEST_CASE("The signed ranks are those of the published table") {
  // Critical values of Wilcoxon's test, two-sided 5 %.
  CHECK_FALSE(signed_rank(5));
  CHECK(signed_rank(6) == 0);
  CHECK(signed_rank(7) == 2);
  CHECK(signed_rank(8) == 3);
  CHECK(signed_rank(10) == 8);
  CHECK(signed_rank(15) == 25);
  CHECK(signed_rank(20) == 52);
  CHECK(signed_rank(25) == 89);
}

TEST_CASE("The interval of the ratio is made of the pair means that the table's ranks leave") {
  // Of six all are left, of seven not the two least, 1 and 1.5, nor the two greatest, 48 and 64.
  const auto logs = [](std::vector<double> d) {
    std::vector<double> v;
    for (double x : d) v.push_back(std::exp(x));
    const auto r = relate(v, std::vector<double>(v.size(), 1));
    return std::vector<double>{std::log((*r.ci95)[0]), std::log((*r.ci95)[1]), std::log(r.ratio)};
  };
  CHECK(logs({1, 2, 4, 8, 16, 32})[0] == Approx(1));
  CHECK(logs({1, 2, 4, 8, 16, 32})[1] == Approx(32));
  CHECK(logs({1, 2, 4, 8, 16, 32})[2] == Approx(8.5));
  CHECK(logs({64, 1, 2, 4, 8, 16, 32})[0] == Approx(2));
  CHECK(logs({64, 1, 2, 4, 8, 16, 32})[1] == Approx(40));
}

TEST_CASE("From exact ranks to approximate ones there is no step") {
  const auto share = [](std::size_t count) {
    const auto n = static_cast<double>(count);
    return static_cast<double>(signed_rank(count).value()) / (n * (n + 1) / 2);
  };
  CHECK(share(61) == Approx(share(60)).epsilon(0.02));
}

TEST_CASE("A summary says what it can, and no interval where the runs are too few for 95 %") {
  const Summary few = summarize({5, 1, 3, 2, 4});
  CHECK(few.median == 3);
  CHECK(few.mean == 3);
  CHECK(few.stddev == Approx(std::sqrt(2.5)));
  CHECK(few.min == 1);
  CHECK(few.max == 5);
  CHECK_FALSE(few.ci95);

  const Summary enough = summarize({9, 8, 7, 6, 5, 4, 3, 2, 1});
  REQUIRE(enough.ci95);
  CHECK((*enough.ci95)[0] == 2);
  CHECK((*enough.ci95)[1] == 8);
  CHECK(summarize({}).median == 0);
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

TEST_CASE("Too few runs are not ranked, and have no interval") {
  CHECK(relate({}, {}).standing == Standing::not_ranked);
  const Relative two = relate({1, 1}, {2, 2});
  CHECK(two.ratio == Approx(0.5));
  CHECK_FALSE(two.ci95);
  CHECK(two.standing == Standing::not_ranked);
  CHECK(relate({1, 0, 1}, {2, 2, 0}).ratio == Approx(0.5));
}

TEST_CASE("One round that went the other way keeps five rounds from being clear") {
  CHECK(relate({0.5, 0.5, 0.51, 0.5, 0.5}, {1, 1, 1, 1, 1}).standing == Standing::slower);
  CHECK(relate({0.5, 0.5, 1.01, 0.5, 0.5}, {1, 1, 1, 1, 1}).standing == Standing::no_clear_difference);
}

TEST_CASE("A difference that is too small for the noise says how many runs would tell") {
  const Relative relative = relate({1.1, 0.9, 1.3, 1.0, 1.2, 0.95, 1.25, 1.02}, {1, 1, 1, 1, 1, 1, 1, 1});
  CHECK(relative.standing == Standing::no_clear_difference);
  CHECK(relative.runs_needed > 8);
  CHECK(relative.runs_needed < 4 * 8);
  CHECK(relate({1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1}).runs_needed == 0);
}

TEST_CASE("An interval that is 1.45 times too wide needs the square of that times the runs") {
  const double half = 3.1824 * 0.1 / std::sqrt(3.0);  // of four differences, each 0.1 from their mean
  const double centre = half / 1.45;
  std::vector<double> values;
  for (const double difference : {centre - 0.1, centre + 0.1, centre - 0.1, centre + 0.1})
    values.push_back(std::exp(difference));
  CHECK(relate(values, {1, 1, 1, 1}).runs_needed == 9);  // 4 times 2.1
  std::ranges::for_each(values, [](double& value) { value = 1 / value; });
  CHECK(relate(values, {1, 1, 1, 1}).runs_needed == 9);
}

TEST_CASE(
    "A centre within half of its interval's half-width is taken for noise: no number of runs is named") {
  const auto needed = [](double centre) {
    std::vector<double> values;
    for (const double difference : {-0.1, 0.1, -0.1, 0.1}) values.push_back(std::exp(centre + difference));
    return relate(values, {1, 1, 1, 1}).runs_needed;
  };
  const double half = 3.1824 * 0.1 / std::sqrt(3.0);
  CHECK(needed(0.49 * half) == 0);
  CHECK(needed(-0.49 * half) == 0);
  CHECK(needed(0.51 * half) > 0);
  CHECK(needed(-0.51 * half) > 0);
}

TEST_CASE("Of strategies that are the same few are said to need more runs") {
  Noise source(2024);
  int told = 0;
  for (int comparison = 0; comparison < 1000; ++comparison) {
    std::vector<double> values, reference;
    for (int round = 0; round < 10; ++round) {
      values.push_back(std::exp(0.1 * source.normal()));
      reference.push_back(std::exp(0.1 * source.normal()));
    }
    told += relate(values, reference).runs_needed > 0 ? 1 : 0;
  }
  CHECK(told < 400);
}

TEST_CASE("Below six rounds the interval is Student's, by the published quantiles") {
  // Two-sided 5 %: 4.303, 3.182 and 2.776 with 2, 3 and 4 degrees of freedom.
  const auto half_of = [](const std::vector<double>& differences) {
    std::vector<double> values, reference(differences.size(), 1);
    for (const double difference : differences) values.push_back(std::exp(difference));
    return std::log((*relate(values, reference).ci95)[1]);
  };
  CHECK(half_of({-0.1, 0, 0.1}) == Approx(4.303 * 0.1 / std::sqrt(3.0)).epsilon(0.001));
  CHECK(half_of({-0.1, 0.1, -0.1, 0.1}) == Approx(3.182 * 0.1 / std::sqrt(3.0)).epsilon(0.001));
  CHECK(half_of({-0.1, -0.1, 0, 0.1, 0.1}) == Approx(2.776 * 0.1 / std::sqrt(5.0)).epsilon(0.001));
}

TEST_CASE("A strategy against itself differs clearly in at most 1 of 20 comparisons") {
  constexpr int kLeast = 1000 - 50 - 14;  // 950 is expected at least; 14: two standard errors of a thousand
  for (const std::size_t rounds : {5U, 6U, 10U, 20U}) {
    INFO(rounds << " rounds");
    CHECK(found(Standing::no_clear_difference, rounds, 1, [](Noise& n) { return 0.1 * n.normal(); }) >=
          kLeast);
    CHECK(found(Standing::no_clear_difference, rounds, 1, [](Noise& n) { return n.bimodal(); }) >= kLeast);
  }
}

TEST_CASE("A strategy that is 20 % slower is found slower in at least 19 of 20 comparisons") {
  // What a run's noise may be for that: with five rounds 5 %, with ten 9 %, with fifty 23 %.
  const double speed = 1 / 1.2;
  CHECK(found(Standing::slower, 5, speed, [](Noise& n) { return 0.05 * n.normal(); }) >= 950);
  CHECK(found(Standing::slower, 10, speed, [](Noise& n) { return 0.09 * n.normal(); }) >= 950);
  CHECK(found(Standing::slower, 50, speed, [](Noise& n) { return 0.23 * n.normal(); }) >= 950);
}
