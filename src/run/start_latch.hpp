// The start of a run. Private to this room.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>
#include <utility>

namespace banksim {

// The start of a run: every worker is ready, then everybody goes.
//
// Where each worker has a processor of its own they wait spinning and the last to come opens, so that all
// start within nanoseconds; else they sleep and the supervisor opens. Whoever opens it runs `on_open` first.
class StartLatch {
 public:
  StartLatch(std::uint32_t workers, bool spinning, std::function<void()> on_open)
      : workers_(workers), spinning_(spinning), on_open_(std::move(on_open)) {}

  // A worker's side.
  void arrive_and_wait() {
    using std::chrono::steady_clock;
    constexpr std::chrono::milliseconds kSpin{2};  // then somebody was not given its processor
    const bool last = ready_.fetch_add(1) + 1 == workers_;
    if (spinning_) {
      if (last) return open();
      for (const auto end = steady_clock::now() + kSpin; steady_clock::now() < end;)
        if (go_) return;
    } else {
      ready_.notify_one();
    }
    go_.wait(false);
  }

  // Of a thread that nobody waits for.
  void wait() const { go_.wait(false); }

  // The supervisor's side: returns when it is open.
  void await_workers() {
    if (spinning_) {
      while (!go_) std::this_thread::sleep_for(std::chrono::microseconds{20});
    } else {
      for (std::uint32_t seen = ready_.load(); seen < workers_; seen = ready_.load()) ready_.wait(seen);
      open();
    }
    go_.notify_all();  // those who sleep
  }

  // Opens for those who have come, because the others never will.
  void give_up() {
    go_ = true;
    go_.notify_all();
  }

 private:
  void open() {
    on_open_();
    go_ = true;
  }

  const std::uint32_t workers_;
  const bool spinning_;
  const std::function<void()> on_open_;
  std::atomic<std::uint32_t> ready_{0};
  std::atomic<bool> go_{false};
};

}  // namespace banksim
