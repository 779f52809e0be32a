// Latency histogram: log-linear, so that a nanosecond and a minute are kept with the same relative error, at
// most 1/32. Count, mean, minimum and maximum are exact. Each worker has its own.
//
// Cost: 9 KiB; record() counts leading zeros and increments, and never allocates.
//
// Source: HdrHistogram (Gil Tene), with its idea of sub-buckets.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace banksim {

class LatencyHistogram {
 public:
  // So many latencies from this one on, up to the next bucket.
  struct Bucket {
    std::uint64_t lowest_ns = 0;
    std::uint64_t count = 0;
    bool operator==(const Bucket&) const = default;
  };

  LatencyHistogram() = default;

  // The histogram that gave these; empty where there are no buckets.
  LatencyHistogram(std::span<const Bucket> buckets, double mean_ns, std::uint64_t min_ns,
                   std::uint64_t max_ns);

  void record(std::uint64_t ns) {
    ++buckets_[bucket(ns)];
    ++count_;
    sum_ns_ += ns;
    if (ns < min_ns_) min_ns_ = ns;
    if (ns > max_ns_) max_ns_ = ns;
  }

  LatencyHistogram& operator+=(const LatencyHistogram& other);

  std::uint64_t count() const { return count_; }
  std::uint64_t min_ns() const { return count_ == 0 ? 0 : min_ns_; }
  std::uint64_t max_ns() const { return max_ns_; }
  double mean_ns() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_ns_) / static_cast<double>(count_);
  }

  // Whether a quantile is more than chance: ten of those recorded are beyond it.
  bool tells(double fraction) const { return static_cast<double>(count_) * (1 - fraction) > 10 - 1e-6; }
  // The smallest recorded latency that at least `fraction` of all do not exceed, within the relative error
  // and never outside [min, max]. 0 when nothing was recorded.
  std::uint64_t quantile_ns(double fraction) const;

  // Those that are not empty, in ascending order.
  std::vector<Bucket> buckets() const;

  bool operator==(const LatencyHistogram&) const = default;

 private:
  // 32 buckets for each power of two, up to 2^40 ns (18 minutes); above that all are one.
  static constexpr unsigned kSubBits = 5;
  static constexpr std::uint64_t kSub = 1ull << kSubBits;
  static constexpr unsigned kMaxBits = 40;
  static constexpr std::size_t kBuckets = (kMaxBits - kSubBits + 1) * kSub;

  static std::size_t bucket(std::uint64_t ns) {
    if (ns < kSub) return static_cast<std::size_t>(ns);
    if (ns >> kMaxBits) return kBuckets - 1;
    const unsigned octave = static_cast<unsigned>(std::bit_width(ns)) - 1 - kSubBits;
    return static_cast<std::size_t>(octave * kSub + (ns >> octave));
  }
  static std::uint64_t lowest_ns(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ns_ = 0;
  std::uint64_t min_ns_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t max_ns_ = 0;
};

}  // namespace banksim
