// A stack of the explorer's own: a body runs on it up to an operation that nobody has decided yet.
//
// Promises: the same body with the same results of its operations leaves the same bytes on the stack, since
// it always starts at the same address, on zeroed memory, with the same registers. So the bytes from the
// stack pointer at the operation to the top of the stack, which include the saved registers, are the body's
// local state. A body that goes up to 1 MiB beyond the stack does no harm. That it went is noticed if it
// wrote next to the stack's end.
// Forbids: the body is dropped at the operation and never unwound, so it must own nothing but what lies on
// its stack. No exception leaves it.
// Threads: a stack belongs to one thread.
// Cost: that of the switch (stack_switch.hpp), and zeroing the stack.
#pragma once

#include "explore/stack_switch.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace banksim::model {

class FiberStack {
 public:
  FiberStack();
  ~FiberStack();
  FiberStack(const FiberStack&) = delete;
  FiberStack& operator=(const FiberStack&) = delete;

  // Runs body(argument) on the stack until it calls leave(). The body must not return.
  void run(void (*body)(void*), void* argument);

  // To be called on the stack: back to run(), for good.
  [[noreturn]] void leave();

  // The live bytes from `low`, an address on the stack, to its top.
  std::span<const std::uint64_t> live_words(const void* low) const;

  // True if the last run came so deep that it may have left the stack.
  bool overflowed() const;

 private:
  class SwitchNotes;  // for a sanitizer

  static void on_stack(void* self);

  std::unique_ptr<std::byte[]> memory_;
  std::byte* base_;
  std::byte* top_;
  std::optional<StackSwitch> switch_;
  std::unique_ptr<SwitchNotes> notes_;
  void (*body_)(void*) = nullptr;
  void* argument_ = nullptr;
};

}  // namespace banksim::model
