// The caller's hand on a run: to follow it, and to end it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
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
  // Asks for an orderly end: transfers under way are finished if they can be, waits are called off. A run that
  // has already ended is not changed by it; one that has not begun ends at once. To be called from any thread at
  // any time, also from inside on_progress; not from a signal handler.
  void request_stop(int signal) {
    {
      const std::lock_guard lock(bell_->mutex);
      bell_->signal = signal;
    }
    bell_->wake.notify_all();
  }

  // What asked for an end; 0: nobody did.
  int signal() const {
    const std::lock_guard lock(bell_->mutex);
    return bell_->signal;
  }

  // Set before the run. Called by the thread that called simulate(), without a lock: once in each phase, and about
  // ten times a second. While it runs nobody watches the run: it should be quick. What it throws calls everybody off; when all are joined, simulate()
  // throws it again.
  std::function<void(const RunProgress&)> on_progress;

  // Set before the run, if at all. Called by each thread of the run before it begins, at the same time.
  std::function<void()> on_thread;

 private:
  friend class Supervisor;
  // What can end a run is under this mutex, and so is waiting for it. Shared with the threads of the run, of which
  // one that never comes back may outlive this object.
  struct Bell {
    std::mutex mutex;
    std::condition_variable wake;
    int signal = 0;
  };
  std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
};

}  // namespace banksim
