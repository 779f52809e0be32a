// Why a supervisor was not woken in time: a pause, in which nobody could run, or a processor that others had.
//
// A process is paused by SIGSTOP, by a debugger, by the freezer of a container or of the whole machine. Its clock
// runs on meanwhile. Only time that nothing else explains is a pause: the process's own CPU time stood still, the
// sleeper did not queue for a processor, no quota was used up. So starvation is never taken for a pause, however
// long; a pause that is missed in part or, below a quarter of a second, wholly, is taken for slow work.
//
// Threads: one, always the same, reads the clocks and calls. Values alone: no clock is read here.
#pragma once

#include "run/platform.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace banksim {

class LatenessWatch {
 public:
  static constexpr std::chrono::nanoseconds kLate = std::chrono::milliseconds{250};

  // `cpus`: as many of its threads can run at once.
  LatenessWatch(const MachineClocks& start, unsigned cpus) : before_(start), cpus_(cpus) {}

  // After each sleep that was to end at `due`, at the latest: how long of that a pause was; 0 if there was none.
  std::chrono::nanoseconds woken(std::chrono::steady_clock::time_point due, const MachineClocks& clocks) {
    const MachineClocks before = std::exchange(before_, clocks);
    const std::chrono::nanoseconds late = clocks.now - std::max(due, before.now);
    if (late <= kLate) return {};
    const auto queued = std::min(clocks.queued - before.queued, late);
    const auto throttled = std::min(clocks.throttled - before.throttled, late);
    const auto paused = late - std::max(queued, throttled);
    if (paused > kLate && clocks.cpu - before.cpu <= stands_still(before, due, clocks)) {
      note(queued);
      return paused;
    }
    note(late - throttled);  // a quota is not somebody else's work, and has its own word
    return {};
  }

  // Since then nobody slept who was to be woken.
  void restart(const MachineClocks& clocks) { before_ = clocks; }
  std::chrono::steady_clock::time_point read_at() const { return before_.now; }

  // The longest that was no pause and no quota; 0 where that is not late.
  std::chrono::nanoseconds worst() const { return worst_; }

 private:
  void note(std::chrono::nanoseconds late) {
    if (late > kLate) worst_ = std::max(worst_, late);
  }

  // What the CPU clock of a process may advance that stood still: some on the way into the pause and out of it, and
  // all that there was before the sleeper was late. Where nobody knows who queued, that would hide starvation.
  std::chrono::nanoseconds stands_still(const MachineClocks& before,
                                        std::chrono::steady_clock::time_point due,
                                        const MachineClocks& clocks) const {
    const std::chrono::nanoseconds some = std::chrono::milliseconds{50} + (clocks.now - before.now) / 10;
    const std::chrono::nanoseconds asleep = std::max(due, before.now) - before.now;
    return clocks.knows_queued ? some + asleep * cpus_ : some;
  }

  MachineClocks before_;
  unsigned cpus_;
  std::chrono::nanoseconds worst_{0};
};

}  // namespace banksim
