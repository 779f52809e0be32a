#include "loops/loops.hpp"

template <>
std::span<const banksim::RunFunction> banksim::loops<banksim::StdLock>() {
  return loops_of<StdLock>(AllStrategies{});
}
