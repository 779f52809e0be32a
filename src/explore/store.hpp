// Memory of a search: an array that grows without copying, and a set of records of equal length.
//
// Promises: an index, once given, stays. Growth copies nothing but the set's table of indices.
// Threads: one at a time.
// Cost: of WordSet a record, and 8 bytes for each slot of the table, which is at most 3/4 full. An insertion
// costs a cache miss or two.
// Source: the collapse compression of SPIN (Holzmann 1997) interns the parts of a state. The hash is in the
// manner of wyhash (Wang Yi): a 64 x 64 -> 128 bit multiplication for two words.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace banksim::model {

// An array in chunks of 2^16 elements.
template <class T>
class ChunkedArray {
 public:
  explicit ChunkedArray(std::size_t elements_per_item = 1) : stride_(elements_per_item) {}

  std::size_t size() const { return size_; }
  std::size_t bytes() const { return chunks_.size() * (stride_ << kShift) * sizeof(T); }

  T* operator[](std::size_t i) { return chunks_[i >> kShift].get() + (i & kMask) * stride_; }
  const T* operator[](std::size_t i) const { return chunks_[i >> kShift].get() + (i & kMask) * stride_; }

  T* add() {
    if ((size_ >> kShift) == chunks_.size()) chunks_.push_back(std::make_unique<T[]>(stride_ << kShift));
    return (*this)[size_++];
  }
  void add(T value) { *add() = value; }

 private:
  static constexpr std::size_t kShift = 16;
  static constexpr std::size_t kMask = (std::size_t{1} << kShift) - 1;

  std::size_t stride_;
  std::size_t size_ = 0;
  std::vector<std::unique_ptr<T[]>> chunks_;
};

inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a ^ 0x9e37'79b9'7f4a'7c15U) * (b ^ 0xe703'7ed1'a0b4'28dbU);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// A set of records of `stride` 32-bit words; each is known by the order in which it came.
class WordSet {
 public:
  explicit WordSet(std::size_t stride) : stride_(stride), records_(stride), slots_(1024) {}

  std::size_t size() const { return records_.size(); }
  std::size_t bytes() const { return records_.bytes() + slots_.capacity() * sizeof(std::uint64_t); }
  std::size_t peak_bytes() const { return std::max(peak_bytes_, bytes()); }  // growth needs both tables
  // What the table takes for a moment when it must grow for so many records more.
  std::size_t bytes_to_grow_by(std::size_t records) const {
    return must_grow(size() + records) ? 2 * slots_.capacity() * sizeof(std::uint64_t) : 0;
  }
  const std::uint32_t* operator[](std::size_t i) const { return records_[i]; }

  std::uint64_t hash(const std::uint32_t* words) const {
    std::uint64_t h = stride_;
    std::size_t i = 0;
    for (; i + 1 < stride_; i += 2) h = mix(h, std::uint64_t{words[i]} | (std::uint64_t{words[i + 1]} << 32));
    return mix(h, i < stride_ ? words[i] : 0);
  }

  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]); }

  struct Insertion {
    std::uint32_t index;
    bool is_new;
  };
  Insertion insert(const std::uint32_t* words) { return insert(words, hash(words)); }
  Insertion insert(const std::uint32_t* words, std::uint64_t hash) {
    const std::size_t mask = slots_.size() - 1;
    const std::uint64_t tag = hash >> 32 << 32;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
      const std::uint64_t slot = slots_[at];
      if (slot == kFree) {
        const auto index = static_cast<std::uint32_t>(records_.size());
        std::copy_n(words, stride_, records_.add());
        slots_[at] = tag | (index + 1);
        if (must_grow(records_.size())) grow();
        return {index, true};
      }
      if (((slot ^ tag) >> 32) != 0) continue;
      const auto index = static_cast<std::uint32_t>(slot) - 1;
      if (std::equal(words, words + stride_, records_[index])) return {index, false};
    }
  }

 private:
  static constexpr std::uint64_t kFree = 0;  // else: high half of the hash, index + 1

  bool must_grow(std::size_t records) const { return records * 4 > slots_.size() * 3; }

  void grow() {
    std::vector<std::uint64_t> bigger(slots_.size() * 2);
    const std::size_t mask = bigger.size() - 1;
    for (std::size_t i = 0; i < records_.size(); ++i) {
      const std::uint64_t h = hash(records_[i]);
      std::size_t at = h & mask;
      while (bigger[at] != kFree) at = (at + 1) & mask;
      bigger[at] = (h >> 32 << 32) | (i + 1);
    }
    peak_bytes_ = bytes() + bigger.capacity() * sizeof(std::uint64_t);
    slots_.swap(bigger);
  }

  std::size_t stride_;
  ChunkedArray<std::uint32_t> records_;
  std::vector<std::uint64_t> slots_;
  std::size_t peak_bytes_ = 0;
};

}  // namespace banksim::model
