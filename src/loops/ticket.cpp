#include "loops/loops.hpp"

template <>
std::span<const banksim::RunFunction> banksim::loops<banksim::TicketLock>() {
  return loops_of<TicketLock>(AllStrategies{});
}
