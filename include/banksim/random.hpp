// SplitMix64: random numbers that are the same on every machine, compiler and standard library.
//
// mix64() alone is a counter-based generator: the k-th number of a stream is mix64(state + k * kGolden), to
// be had without the ones before it, for two multiplications: about a nanosecond.
//
// Source: Steele, Lea, Flood, Fast Splittable Pseudorandom Number Generators (2014).
#pragma once

#include <cstdint>

namespace banksim {

inline constexpr std::uint64_t kGolden = 0x9e37'79b9'7f4a'7c15;  // 2^64 / golden ratio

constexpr std::uint64_t mix64(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9;
  z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11eb;
  return z ^ (z >> 31);
}

class SplitMix64 {
 public:
  constexpr explicit SplitMix64(std::uint64_t seed) : state_(seed) {}
  constexpr std::uint64_t operator()() { return mix64(state_ += kGolden); }

 private:
  std::uint64_t state_;
};

}  // namespace banksim
