#include "run/start_latch.hpp"

#include <chrono>
#include <thread>

namespace banksim {

void StartLatch::open() {
  on_open_();
  go_ = true;
}

void StartLatch::arrive_and_wait() {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kSpin{2};  // then somebody was not given its processor
  const bool last = ready_.fetch_add(1) + 1 == workers_;
  if (spinning_) {
    if (last) return open();
    for (const auto end = Clock::now() + kSpin; Clock::now() < end;)
      if (go_) return;
  } else {
    ready_.notify_one();
  }
  go_.wait(false);
}

void StartLatch::await_workers() {
  if (spinning_) {
    while (!go_) std::this_thread::sleep_for(std::chrono::microseconds{20});
  } else {
    for (std::uint32_t seen = ready_.load(); seen < workers_; seen = ready_.load()) ready_.wait(seen);
    open();
  }
  go_.notify_all();  // those who sleep
}

void StartLatch::give_up() {
  go_ = true;
  go_.notify_all();
}

}  // namespace banksim
