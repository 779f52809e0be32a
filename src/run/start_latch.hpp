// The start of a run: every worker is ready, then everybody goes.
//
// Where each worker has a processor of its own they wait spinning and the last to come opens, so that all start
// within nanoseconds; else they sleep and the supervisor opens. Whoever opens it runs `on_open` first.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

namespace banksim {

class StartLatch {
 public:
  StartLatch(std::uint32_t workers, bool spinning, std::function<void()> on_open)
      : workers_(workers), spinning_(spinning), on_open_(std::move(on_open)) {}

  // A worker's side.
  void arrive_and_wait();

  // Of a thread that is not waited for.
  void wait() const { go_.wait(false); }

  // The supervisor's side: returns when it is open.
  void await_workers();

  // Opens for those who have come, because the others never will.
  void give_up();

 private:
  void open();

  const std::uint32_t workers_;
  const bool spinning_;
  const std::function<void()> on_open_;
  std::atomic<std::uint32_t> ready_{0};
  std::atomic<bool> go_{false};
};

}  // namespace banksim
