#include "loops/loops.hpp"

template <>
std::span<const banksim::RunFunction> banksim::loops<banksim::SpinLock>() {
  return loops_of<SpinLock>(AllStrategies{});
}
