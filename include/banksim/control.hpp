// The caller's hand on a run: to follow it, and to end it.
#pragma once

#include <banksim/config.hpp>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

namespace banksim {

struct RunProgress {
  enum class Phase : std::uint8_t { preparing, running, checking };
  Phase phase = Phase::preparing;
  nanoseconds elapsed{0};
  std::uint64_t attempted = 0;
};

// The caller's hand on a run.
class RunControl {
 public:
  // Asks for an orderly end: waits are called off, transfers under way are finished. Any thread, any time;
  // not from a signal handler.
  void request_stop(int signal);

  // Called about ten times a second from the thread that called simulate(). Set before the run.
  std::function<void(const RunProgress&)> on_progress;

 private:
  friend class Supervisor;
  std::mutex mutex_;
  std::condition_variable wake_;
  int signal_ = 0;
};

}  // namespace banksim
