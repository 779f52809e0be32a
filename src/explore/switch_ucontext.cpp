#include "explore/fiber.hpp"

#if !BANKSIM_SWITCH_BY_HAND

#include <ucontext.h>

#include <utility>

namespace banksim::model {
namespace {

struct Switch {
  ucontext_t host;
  ucontext_t fiber;
  bool has_registers;
  void (*body)(void*);  // makecontext() passes integers only
  void* argument;
};
thread_local Switch here{};

}  // namespace

// The registers are taken, as they happen to be, by the first getcontext(): so they are the same at every start.
void enter_stack(std::byte* low, std::byte* top, void (*body)(void*), void* argument) {
  here.body = body;
  here.argument = argument;
  if (!std::exchange(here.has_registers, true)) getcontext(&here.fiber);
  here.fiber.uc_stack.ss_sp = low;
  here.fiber.uc_stack.ss_size = static_cast<std::size_t>(top - low);
  here.fiber.uc_link = nullptr;
  makecontext(
      &here.fiber, [] { here.body(here.argument); }, 0);
  swapcontext(&here.host, &here.fiber);
}

void leave_stack() {
  setcontext(&here.host);
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
