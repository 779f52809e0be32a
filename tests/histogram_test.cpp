#include <banksim/histogram.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <memory>

using namespace banksim;

TEST_CASE("An empty histogram has no latency", "[histogram]") {
  const LatencyHistogram empty;
  CHECK(empty.count() == 0);
  CHECK(empty.min_ns() == 0);
  CHECK(empty.max_ns() == 0);
  CHECK(empty.quantile_ns(0.5) == 0);
  CHECK(empty.mean_ns() == 0);
}

TEST_CASE("Small latencies are kept exactly", "[histogram]") {
  LatencyHistogram histogram;
  for (std::uint64_t ns = 1; ns <= 50; ++ns) histogram.record(ns);
  CHECK(histogram.quantile_ns(0.5) == 25);
  CHECK(histogram.quantile_ns(1) == 50);
  CHECK(histogram.quantile_ns(0) == 1);
  CHECK(histogram.mean_ns() == 25.5);
}

TEST_CASE("Every latency is found again within one part in 32", "[histogram]") {
  for (double value = 1; value < 1e12; value *= 1.07) {
    const auto ns = static_cast<std::uint64_t>(value);
    // Two others around it, so that clamping to min and max cannot hide a wrong bucket.
    LatencyHistogram histogram;
    histogram.record(0);
    histogram.record(ns);
    histogram.record(std::uint64_t{1} << 39);
    if (ns >= std::uint64_t{1} << 39) break;
    const double found = static_cast<double>(histogram.quantile_ns(0.5));
    CHECK(std::abs(found - static_cast<double>(ns)) <= static_cast<double>(ns) / 32);
  }
}

TEST_CASE("A latency beyond the range is still counted, and the maximum is exact", "[histogram]") {
  LatencyHistogram histogram;
  histogram.record(~std::uint64_t{0} >> 1);
  CHECK(histogram.count() == 1);
  CHECK(histogram.max_ns() == ~std::uint64_t{0} >> 1);
}

TEST_CASE("Merged histograms are as one", "[histogram]") {
  LatencyHistogram low, high, both;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    low.record(i);
    high.record(i * 1000);
    both.record(i);
    both.record(i * 1000);
  }
  low += high;
  CHECK(low.count() == both.count());
  CHECK(low.max_ns() == both.max_ns());
  CHECK(low.min_ns() == both.min_ns());
  for (const double q : {0.1, 0.5, 0.9, 0.99, 0.999}) CHECK(low.quantile_ns(q) == both.quantile_ns(q));
}
