// A stack of the explorer's own: a body runs on it up to an operation that nobody has decided yet.
//
// Promises   The same body with the same results of its operations leaves the same bytes on the stack, since
//            it always starts at the same address, on zeroed memory, with zeroed registers. So the bytes
//            from the stack pointer at the operation to the top of the stack, which include the saved
//            registers, are the body's local state.
// Forbids    The body is dropped at the operation and never unwound: it must own nothing but what lies on its
//            stack. No exception leaves it.
// Threads    A stack belongs to one thread.
//            A body that goes up to 1 MiB beyond the stack does no harm; whether it went is known where it
//            wrote next to the stack's end.
// Cost       Start and leave: some 20 ns by the hand-written switch, 1 us by ucontext, and zeroing the stack.
// Source     The switch is the classic one of the System V and AAPCS64 calling conventions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
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
  struct Switch;  // what a platform needs to come back

  void enter(void (*body)(void*), void* argument);

  std::unique_ptr<std::byte[]> memory_;
  std::byte* base_;
  std::byte* top_;
  std::unique_ptr<Switch> switch_;
};

// Called by the switch for every operation, on the stack of the body. `low` is the lowest address of the
// local state: what the caller keeps in registers was saved there just now. Defined by the model.
extern "C" std::uint64_t banksim_on_operation(std::uint64_t kind, const void* object, std::uint64_t value,
                                              const void* low) noexcept;

// Saves the caller's registers on its stack and calls banksim_on_operation().
extern "C" std::uint64_t banksim_operate(std::uint64_t kind, const void* object, std::uint64_t value);

}  // namespace banksim::model
