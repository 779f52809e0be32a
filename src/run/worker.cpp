#include <banksim/worker.hpp>

#include <algorithm>

namespace banksim {

using Clock = std::chrono::steady_clock;

void Pace::spin(std::chrono::nanoseconds time) const {
  const auto end = Clock::now() + time;
  while (Clock::now() < end && !called_off_.load(std::memory_order_relaxed)) {
  }
}

// In naps, so that a run that ends need not wait for it.
void Pace::sleep(std::chrono::nanoseconds time) const {
  constexpr std::chrono::nanoseconds kNap = std::chrono::milliseconds{20};
  const auto end = Clock::now() + time;
  for (auto left = time; left.count() > 0 && !should_stop(); left = end - Clock::now())
    std::this_thread::sleep_for(std::min(left, kNap));
}

}  // namespace banksim
