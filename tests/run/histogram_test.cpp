#include <banksim/histogram.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cmath>

using namespace banksim;

TEST_CASE("An empty histogram has no latency", "[histogram]") {
  const LatencyHistogram empty;
  CHECK(empty.count() + empty.min_ns() + empty.max_ns() + empty.quantile_ns(0.5) == 0);
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
  constexpr std::uint64_t kBeyond = std::uint64_t{1} << 39;
  for (double value = 1; value < static_cast<double>(kBeyond); value *= 1.07) {
    const auto ns = static_cast<std::uint64_t>(value);
    // Two others around it, so that clamping to min and max cannot hide a wrong bucket.
    LatencyHistogram histogram;
    for (const std::uint64_t one : {std::uint64_t{0}, ns, kBeyond}) histogram.record(one);
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

TEST_CASE("Merged histograms are as one, the bucket of what is beyond the range included", "[histogram]") {
  LatencyHistogram low, high, both;
  for (const std::uint64_t beyond : {std::uint64_t{1} << 40, std::uint64_t{1} << 50}) {
    high.record(beyond);
    both.record(beyond);
  }
  for (std::uint64_t i = 0; i < 1000; ++i) {
    low.record(i);
    high.record(i * 1000);
    both.record(i);
    both.record(i * 1000);
  }
  low += high;
  CHECK(low == both);
}
