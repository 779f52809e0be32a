// Where a command's runs and explorations happen: each in a child process, or in this one, where a debugger, a profiler
// or a sanitizer looks on. Whatever a command measures or searches it does through this, and so with the same signals.
//
// Signals: the first that asks to end is heard by what runs, which ends in good order; the second ends it at once. An
// exploration in this process whose strategy comes to no operation hears the second alone, and is not ended otherwise.
// No handler runs anywhere. A signal that comes after the end is left pending: the result is out by then.
//
// Threads: one. Create it before any other thread, so that all inherit the blocked signals.
#pragma once

#include "isolate/isolate.hpp"

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>

namespace banksim::cli {

// Signals of a process without a child, taken in a thread of its own.
class SignalWatch {
 public:
  // `on_signal` is called from the watching thread, with the first signal that ends and with each USR1. `asked`: one
  // has ended it before, so that the next one is the second.
  explicit SignalWatch(const std::function<void(int)>& on_signal, bool asked = false);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  std::atomic<bool> over_{false};
  std::thread thread_;
};

class Engine {
 public:
  // `in_process`: as asked for; it is so anyhow where a child would be in the way.
  explicit Engine(bool in_process);

  // What a run may be followed by: its on_progress.
  RunControl& control() { return control_; }
  // A Runner. Where threads of a run in this process never came back, nothing is run any more: it is interrupted.
  RunResult run(const Config& config, RunControl& control);
  // One size, or a ladder.
  Exploration explore(const std::string& strategy, ExploreLimits limits, bool climbs);

  // That asked to end; 0: none.
  int signal() const { return isolation_ ? isolation_->signal() : signal_.load(); }
  // Somebody wants to see how far it is (SIGUSR1). Once for each wish.
  bool take_look() { return isolation_ ? isolation_->take_look() : look_.exchange(false); }
  // Call when nothing is to be run any more, and the result is to be written: a second signal ends that too.
  void settle();
  // Call last: ends the process, if threads are left behind in it. Else it returns the code.
  int finish(int code) const;
  bool has_left_behind() const { return left_behind_; }

 private:
  RunControl control_;
  std::atomic<int> signal_{0};
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> look_{false};
  bool left_behind_ = false;
  std::optional<Isolation> isolation_;
  std::optional<SignalWatch> watch_;
};

// The exploration that shows what a run has met, as a command that was tried: what to write behind `banksim explore`.
// Empty where nothing shows it that was found within a second.
std::string see_again(Engine& engine, const RunResult& run);

}  // namespace banksim::cli
