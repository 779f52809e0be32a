// The zoo on real threads, by name, with the correct strategies and two mistakes that are the run's own.
//
// Errors: std::invalid_argument where there is no such animal.
#pragma once

#include <banksim/simulate.hpp>

#include <cstdint>
#include <string_view>

namespace banksim::zoo {

struct Runner {
  std::string_view name;

  // Watched and checked as any run. Animals leave mutexes locked; that dies with their bank.
  RunResult (*run)(const Config&);

  // For the thread sanitizer, which looks at what orders two accesses and not at whether they met. Two
  // threads take one turn each, one after the other, and hand over by a relaxed store, which orders nothing:
  // so a race is reported whenever a pair of turns has one, without luck, and nothing can deadlock, spin or
  // lose money. All pairs of turns are taken; then all turns on one bank, for orders of locks that contradict
  // each other. Null where it is not the strategy that is broken.
  void (*take_turns)(std::uint32_t accounts);
};

const Runner& runner(std::string_view name);

}  // namespace banksim::zoo
