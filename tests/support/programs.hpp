// Strategies as data: small programs over mutexes, cells and try_locks.
//
// A program is made at random (program_generator.hpp), run by the explorer (program_strategy.hpp), searched by an
// interpreter that shares nothing with it (program_search.hpp), and printed as a strategy that compiles
// (program_source.hpp).
//
// Threads: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace banksim::programs {

enum class Code : std::uint8_t {
  // Operations on shared state.
  lock,
  try_lock,  // if it fails, goes on at `to`
  unlock,
  read,    // the register becomes the value
  gather,  // the register grows by the value
  write,   // the value becomes the register + times * amount
  store,   // the value becomes `number`
  // What a worker does by itself.
  set,         // the register becomes `number`
  add,         // and grows by it
  jump,        // goes on at `to`; those below too, if it holds that
  if_equal,    // the register is `number`
  if_poor,     // the register is less than the amount
  if_upward,   // the source's number is lower than the target's
  if_large,    // the amount is more than one
  done,        // ends the transfer
  decline,     // ends it, with nothing moved
  give_total,  // ends the audit, with the register as the sum
};
constexpr bool is_operation(Code code) { return code <= Code::store; }
constexpr bool jumps(Code code) {
  return code == Code::try_lock || (code >= Code::jump && code <= Code::if_large);
}
constexpr bool ends(Code code) { return code >= Code::done; }

// Whose mutex, or whose value.
enum class Place : std::uint8_t { source, target, lower, higher, own_0, own_1, account_0 };
constexpr Place account(std::uint32_t number) {
  return static_cast<Place>(static_cast<std::uint32_t>(Place::account_0) + number);
}

inline constexpr std::size_t kOwn = 2;        // mutexes and values of the strategy's own
inline constexpr std::size_t kRegisters = 4;  // the last one is for apply()
inline constexpr std::int64_t kMost = 9;      // no value and no register grows beyond it

struct Instruction {
  Code code;
  Place place = Place::source;
  std::uint8_t reg = 0;
  std::int8_t number = 0;
  std::int8_t times = 0;
  std::uint8_t to = 0;
  friend bool operator==(const Instruction&, const Instruction&) = default;
};
using Lines = std::vector<Instruction>;

struct Program {
  bool has_own_transfer = true;
  Lines transfer;  // or, for a lock_pair() around apply(), how it comes by its locks, up to `done`
  Lines release;   // what the destructor of the guard does then: unlocks
  Lines audit;
  std::uint64_t seed = 0;
};

// The whole of a transfer, with what apply() does.
inline Lines whole_transfer(const Program& program) {
  if (program.has_own_transfer) return program.transfer;
  constexpr std::uint8_t kSpare = kRegisters - 1;
  Lines all = program.transfer;
  const std::size_t begin = all.size();
  for (Instruction& line : all)
    if (ends(line.code)) line = {.code = Code::jump, .to = static_cast<std::uint8_t>(begin)};
  const auto declined = static_cast<std::uint8_t>(begin + 6 + program.release.size());
  all.push_back({.code = Code::read, .place = Place::source, .reg = kSpare});
  all.push_back({.code = Code::if_poor, .reg = kSpare, .to = declined});
  all.push_back({.code = Code::write, .place = Place::source, .reg = kSpare, .times = -1});
  all.push_back({.code = Code::read, .place = Place::target, .reg = kSpare});
  all.push_back({.code = Code::write, .place = Place::target, .reg = kSpare, .times = 1});
  all.insert(all.end(), program.release.begin(), program.release.end());
  all.push_back({.code = Code::done});
  all.insert(all.end(), program.release.begin(), program.release.end());
  all.push_back({.code = Code::decline});
  return all;
}

}  // namespace banksim::programs
