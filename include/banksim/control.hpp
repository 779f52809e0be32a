// The caller's hand on a run: to follow it, and to end it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

namespace banksim {

struct RunProgress {
  enum class Phase : std::uint8_t { preparing, running, checking };
  Phase phase = Phase::preparing;
  std::chrono::nanoseconds elapsed{0};
  std::uint64_t attempted = 0;
};

class RunControl {
 public:
  // Asks for an orderly end: waits are called off, transfers under way are finished. A run that has already
  // ended is not changed by it; one that has not begun ends at once. To be called from any thread at any
  // time, also from inside on_progress; not from a signal handler.
  void request_stop(int signal) {
    {
      const std::lock_guard lock(mutex_);
      signal_ = signal;
    }
    wake_.notify_all();
  }

  // Set before the run. Called by the thread that called simulate(), without a lock: once while preparing,
  // about ten times a second while running, and once before the money is checked. While it runs nobody
  // watches the run: it should be quick. What it throws calls everybody off; when all are joined, simulate()
  // throws it again.
  std::function<void(const RunProgress&)> on_progress;

 private:
  friend class Supervisor;
  std::mutex mutex_;  // of everything that can end a run, and of waiting for it
  std::condition_variable wake_;
  int signal_ = 0;
};

}  // namespace banksim
