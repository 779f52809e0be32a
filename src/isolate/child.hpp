// A piece of work in a child process: started, watched and killed. What it returns, and what it says of itself while
// it works, comes through memory that both share, so the child needs no descriptor and may close or scribble on all.
//
// The child has a process group of its own, no input, and its output comes to the parent's standard error. It dies
// with its parent, is what the system ends first for want of memory, and cannot signal the parent where the system can
// forbid that (Landlock, Linux 6.12). What it forked is killed when it ends; not what hides from a subreaper.
//
// Signals: the parent takes INT, TERM, HUP, USR2 and XCPU as a wish to end, USR1 as a wish to see how far it is. TSTP
// stops the child, then the parent; when that goes on, so does the child. What was ignored at the start stays ignored.
// A wish to end wakes a child that was stopped.
// The child's signals are as they were before.
//
// Time in which the parent or the child was stopped is no time.
//
// Threads: the process has one thread while a child is made, or the fork would be of half of it. It has no other
// children: they would be swept away with the child's.
//
// Cost: a fork, 0.3 ms where the parent is small, and a look each 100 ms.
#pragma once

#include "isolate/mailbox.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

namespace banksim {

struct ChildEnd {
  std::optional<std::pair<Mailbox::Kind, std::string>> left;
  bool killed = false;  // by the parent: it did not come back in time, or a second signal came
  int signal = 0;       // that it died of
  int status = 0;       // with which it exited
  bool out_of_memory = false;
  std::uint64_t printed_bytes = 0;
  // The thread of the run that died, and the so many-th transfer of its share.
  std::optional<std::uint32_t> thread;
  std::optional<std::uint64_t> transfer;
  std::string where;            // of an exploration: which of the strategy's code ran at the end, if any
  bool left_its_stack = false;  // and died of that
};

class Isolation {
 public:
  Isolation();
  ~Isolation();  // a signal that came too late ends nothing
  Isolation(const Isolation&) = delete;
  Isolation& operator=(const Isolation&) = delete;

  // That asked to end; 0: none.
  int signal() const { return signal_; }
  // Whether USR1 came since it was last asked.
  bool take_look() { return std::exchange(looked_for_, false); }

  struct Limits {
    std::chrono::nanoseconds most;  // it is killed after that, or a little later if it still beats
    std::function<void(const Mailbox&)> on_tick;
    std::function<bool(const Mailbox&)>
        is_safe;  // our own code is at work, which needs no limit while it beats
    // That an explored strategy may take from one operation to the next. Then the child is killed, if it sleeps or
    // had a good part of a processor; and so it is once it slept there twice as long, and more often than not.
    std::chrono::nanoseconds most_silent = std::chrono::nanoseconds::max();
  };
  // Runs `work` in a child. After a signal it has 2 s to come back by itself; a second one, half a second later, kills it at once.
  ChildEnd run(const std::function<void(Mailbox&)>& work, const Limits& limits);

 private:
  class Child;
  void take_signals(Child& child);

  sigset_t before_{};
  int descriptor_ = -1;  // that tells of signals
  int signal_ = 0;
  std::chrono::steady_clock::time_point signalled_at_;
  bool looked_for_ = false;
};

// A stack for the handlers of signals, for the calling thread: it may have overflowed its own.
void take_signal_stack();

}  // namespace banksim
