// A stack of the explorer's own: a body runs on it up to an operation that nobody has decided yet.
//
// Promises: the same body with the same results of its operations leaves the same bytes on the stack, since
// it always starts at the same address, on zeroed memory, with the same registers. So the bytes from the
// stack pointer at the operation to the top of the stack, which include the saved registers, are the body's
// local state. A body that goes up to 1 MiB beyond the stack does no harm. That it went is noticed if it
// wrote next to the stack's end, or comes to an operation beyond it. Below that are 64 MiB where it dies.
// Forbids: the body is dropped at the operation and never unwound, so it must own nothing but what lies on
// its stack, and in its part of the heap. No exception leaves it.
// Threads: one body at a time a thread.
// Cost: a switch there and back some 20 ns by hand, 1 us by ucontext; and zeroing the stack.
// Source: the switch by hand is the classic one of the System V calling convention; the other POSIX.1-2001's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// There are two switches, of which a build has one: by hand for x86-64 with ELF, and by ucontext for everything
// else, and where BANKSIM_UCONTEXT is defined. The tests are run with both.
#if defined(__x86_64__) && defined(__ELF__) && !defined(BANKSIM_UCONTEXT)
#define BANKSIM_SWITCH_BY_HAND 1
#else
#define BANKSIM_SWITCH_BY_HAND 0
#endif

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

  // Appends the live bytes from `low`, an address on the stack, to its top.
  void append_live_words(const void* low, std::vector<std::uint64_t>& words) const;

  bool contains(const void* address) const { return address >= base_ && address < top_; }

  // True if the last run, which ended at `low` if that is known, came so deep that it may have left the stack.
  bool overflowed(const void* low) const;
  // Where it dies that goes deeper.
  std::span<const std::byte> forbidden() const;

 private:
  static void on_stack(void* self);

  std::byte* memory_;
  std::byte* base_;
  std::byte* top_;
  void (*body_)(void*) = nullptr;
  void* argument_ = nullptr;
};

// --- The switch ---

// Runs body(argument) on the stack from `low` to `top`, always with the same registers, until it calls
// leave_stack(), which comes back from here. The body must not return.
void enter_stack(std::byte* low, std::byte* top, void (*body)(void*), void* argument);
[[noreturn]] void leave_stack();

// Saves the caller's registers on its stack and calls banksim_on_operation().
extern "C" std::uint64_t banksim_operate(std::uint64_t kind, const void* object, std::uint64_t value);

// Called for every operation, on the stack of the body. `low` is the lowest address of the local state: what
// the caller keeps in registers was saved there just now. Defined by the model.
extern "C" std::uint64_t banksim_on_operation(std::uint64_t kind, const void* object, std::uint64_t value,
                                              const void* low) noexcept;

}  // namespace banksim::model
