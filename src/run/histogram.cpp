#include <banksim/histogram.hpp>

#include <algorithm>
#include <cmath>

namespace banksim {

LatencyHistogram& LatencyHistogram::operator+=(const LatencyHistogram& other) {
  for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
  min_ns_ = std::min(min_ns_, other.min_ns_);
  max_ns_ = std::max(max_ns_, other.max_ns_);
  return *this;
}

double LatencyHistogram::mean_ns() const {
  return count_ == 0 ? 0 : static_cast<double>(sum_ns_) / static_cast<double>(count_);
}

std::uint64_t LatencyHistogram::midpoint_ns(std::size_t bucket) {
  if (bucket < 2 * kSub) return bucket;  // one nanosecond wide
  const std::size_t octave = bucket / kSub - 1;
  const std::uint64_t lowest = (kSub + bucket % kSub) << octave;
  return lowest + (std::uint64_t{1} << octave) / 2;
}

std::uint64_t LatencyHistogram::quantile_ns(double fraction) const {
  if (count_ == 0) return 0;
  const double rank = std::ceil(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(count_));
  const std::uint64_t wanted = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(rank));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += buckets_[i];
    if (seen >= wanted) return std::clamp(midpoint_ns(i), min_ns_, max_ns_);
  }
  return max_ns_;
}

}  // namespace banksim
