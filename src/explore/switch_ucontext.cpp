#include "explore/stack_switch.hpp"

#if !BANKSIM_SWITCH_BY_HAND

#include <ucontext.h>

namespace banksim::model {
namespace {

// makecontext() passes integers only.
thread_local void (*starting_body)(void*);
thread_local void* starting_argument;

void begin() { starting_body(starting_argument); }

}  // namespace

struct StackSwitch::Saved {
  ucontext_t host;
  ucontext_t fiber;
};

// The context is made once and entered again and again: so the registers, which getcontext() takes as they
// happen to be, are the same at every start.
StackSwitch::StackSwitch(std::byte* low, std::byte* top) : saved_(new Saved{}) {
  ucontext_t& fiber = saved_->fiber;
  getcontext(&fiber);
  fiber.uc_stack.ss_sp = low;
  fiber.uc_stack.ss_size = static_cast<std::size_t>(top - low);
  fiber.uc_link = nullptr;
  makecontext(&fiber, &begin, 0);
}
StackSwitch::~StackSwitch() = default;

void StackSwitch::start(void (*body)(void*), void* argument) {
  starting_body = body;
  starting_argument = argument;
  swapcontext(&saved_->host, &saved_->fiber);
}

void StackSwitch::leave() {
  setcontext(&saved_->host);
  __builtin_unreachable();
}

// __builtin_unwind_init makes the compiler save every callee-saved register in this frame.
extern "C" __attribute__((noinline)) std::uint64_t banksim_operate(std::uint64_t kind, const void* object,
                                                                   std::uint64_t value) {
  __builtin_unwind_init();
  auto* low = static_cast<std::uint64_t*>(__builtin_alloca(2 * sizeof(std::uint64_t)));
  low[0] = low[1] = 0;
  return banksim_on_operation(kind, object, value, low);
}

}  // namespace banksim::model

#endif
