#include "loops/loops.hpp"

template <>
std::span<const banksim::RunFunction> banksim::loops<banksim::WordLock>() {
  return loops_of<WordLock>(AllStrategies{});
}
