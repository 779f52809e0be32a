// Signals, taken in one thread: the first asks the run for an orderly end, the second ends the program at
// once.
//
// Promises   no handler runs anywhere. SIGINT and SIGHUP that were ignored at the start (nohup, a background
// job)
//            stay ignored.
//            A signal that comes after the watch has ended is left pending: the result is out by then.
// Threads    create it before any other thread, so that all inherit the blocked signals.
#pragma once

#include <banksim/simulate.hpp>

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>

namespace banksim::cli {

class SignalWatch {
 public:
  // `on_signal` is called once, from the watching thread, with the first signal.
  explicit SignalWatch(std::function<void(int)> on_signal);
  // Asks the run to stop. `control` must outlive the watch.
  explicit SignalWatch(RunControl& control);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  void watch();

  std::function<void(int)> on_signal_;
  sigset_t waited_{};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace banksim::cli
