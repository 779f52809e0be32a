#include "explore/fiber.hpp"

#if BANKSIM_SWITCH_BY_HAND

namespace banksim::model {

// start: saves the caller's registers and stack pointer, then calls body(argument) on the new stack with
// every callee-saved register zero. leave: goes back to who called start.
extern "C" void banksim_fiber_start(void* top, void (*body)(void*), void* argument, void** host);
extern "C" [[noreturn]] void banksim_fiber_leave(void* host);

asm(R"(
.text
.globl banksim_fiber_start, banksim_fiber_leave, banksim_operate
.type banksim_fiber_start, @function
.type banksim_fiber_leave, @function
.type banksim_operate, @function

.p2align 4
banksim_fiber_start:
  pushq %rbp; pushq %rbx; pushq %r12; pushq %r13; pushq %r14; pushq %r15
  movq %rsp, (%rcx)
  movq %rdi, %rsp
  movq %rdx, %rdi
  xorl %ebp, %ebp; xorl %ebx, %ebx
  xorl %r12d, %r12d; xorl %r13d, %r13d; xorl %r14d, %r14d; xorl %r15d, %r15d
  call *%rsi
  ud2

.p2align 4
banksim_fiber_leave:
  movq %rdi, %rsp
  popq %r15; popq %r14; popq %r13; popq %r12; popq %rbx; popq %rbp
  ret

.p2align 4
banksim_operate:
  pushq %rbp; pushq %rbx; pushq %r12; pushq %r13; pushq %r14; pushq %r15
  movq %rsp, %rcx
  subq $8, %rsp
  call banksim_on_operation
  addq $56, %rsp
  ret
)");

namespace {

thread_local void* host;  // the stack pointer to go back to

}  // namespace

void enter_stack(std::byte*, std::byte* top, void (*body)(void*), void* argument) {
  banksim_fiber_start(top, body, argument, &host);
}

void leave_stack() { banksim_fiber_leave(host); }

}  // namespace banksim::model

#endif
