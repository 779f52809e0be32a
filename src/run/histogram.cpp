#include <banksim/histogram.hpp>

#include <algorithm>
#include <cmath>

namespace banksim {

LatencyHistogram::LatencyHistogram(std::span<const Bucket> buckets, double mean_ns, std::uint64_t min_ns,
                                   std::uint64_t max_ns) {
  for (const Bucket& given : buckets) {
    buckets_[bucket(given.lowest_ns)] += given.count;
    count_ += given.count;
  }
  if (count_ == 0) return;
  sum_ns_ = static_cast<std::uint64_t>(std::llround(mean_ns * static_cast<double>(count_)));
  min_ns_ = min_ns;
  max_ns_ = max_ns;
}

LatencyHistogram& LatencyHistogram::operator+=(const LatencyHistogram& other) {
  for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
  min_ns_ = std::min(min_ns_, other.min_ns_);
  max_ns_ = std::max(max_ns_, other.max_ns_);
  return *this;
}

std::uint64_t LatencyHistogram::lowest_ns(std::size_t bucket) {
  if (bucket < 2 * kSub) return bucket;  // one nanosecond wide
  return (kSub + bucket % kSub) << (bucket / kSub - 1);
}

std::vector<LatencyHistogram::Bucket> LatencyHistogram::buckets() const {
  std::vector<Bucket> buckets;
  for (std::size_t i = 0; i < kBuckets; ++i)
    if (buckets_[i] > 0) buckets.push_back({lowest_ns(i), buckets_[i]});
  return buckets;
}

std::uint64_t LatencyHistogram::quantile_ns(double fraction) const {
  if (count_ == 0) return 0;
  const double rank = std::ceil(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(count_));
  const auto wanted = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(rank));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += buckets_[i];
    if (seen >= wanted) return std::clamp((lowest_ns(i) + lowest_ns(i + 1)) / 2, min_ns_, max_ns_);
  }
  return max_ns_;
}

}  // namespace banksim
