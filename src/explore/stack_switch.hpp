// The switch between the caller's stack and one of the explorer's own. There are two, of which a build has
// one: by hand for x86-64 with ELF, and by ucontext for everything else, and where BANKSIM_UCONTEXT is
// defined. The tests are run with both.
//
// Promises: a body always starts with the same stack pointer and the same registers.
// Threads: a switch belongs to one thread.
// Cost: start and leave some 20 ns by hand, 1 us by ucontext.
// Source: by hand it is the classic one of the System V calling convention; the other is POSIX.1-2001's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#if defined(__x86_64__) && defined(__ELF__) && !defined(BANKSIM_UCONTEXT)
#define BANKSIM_SWITCH_BY_HAND 1
#else
#define BANKSIM_SWITCH_BY_HAND 0
#endif

namespace banksim::model {

class StackSwitch {
 public:
  // For a stack from `low` to `top`, which outlives it.
  StackSwitch(std::byte* low, std::byte* top);
  ~StackSwitch();

  // Runs body(argument) on the stack until it calls leave(). The body must not return.
  void start(void (*body)(void*), void* argument);

  // To be called on the stack: back to start(), for good.
  [[noreturn]] void leave();

 private:
  struct Saved;  // what is needed to go there and to come back
  std::unique_ptr<Saved> saved_;
};

// Called for every operation, on the stack of the body. `low` is the lowest address of the local state: what
// the caller keeps in registers was saved there just now. Defined by the model.
extern "C" std::uint64_t banksim_on_operation(std::uint64_t kind, const void* object, std::uint64_t value,
                                              const void* low) noexcept;

// Saves the caller's registers on its stack and calls banksim_on_operation().
extern "C" std::uint64_t banksim_operate(std::uint64_t kind, const void* object, std::uint64_t value);

}  // namespace banksim::model
