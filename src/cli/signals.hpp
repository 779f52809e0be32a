// Signals, taken in one thread: the first asks for an orderly end, the second ends the program at once. USR1 asks for a
// look, as often as it comes.
//
// No handler runs anywhere. SIGINT and SIGHUP that were ignored at the start (nohup, a background job) stay
// ignored. A signal that comes after the watch has ended is left pending: the result is out by then.
//
// Threads: create it before any other thread, so that all inherit the blocked signals.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace banksim::cli {

class SignalWatch {
 public:
  // `on_signal` is called from the watching thread, with the first signal that ends and with each USR1.
  // `asked`: one has ended it before, so that the next one is the second.
  explicit SignalWatch(const std::function<void(int)>& on_signal, bool asked = false);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace banksim::cli
