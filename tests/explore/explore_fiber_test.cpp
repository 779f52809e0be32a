// The stack on which a strategy runs. These tests, as all of the explorer's, are run with both switches.
#include "explore/fiber.hpp"

#include <catch2/catch_test_macros.hpp>

#include <csetjmp>
#include <cstring>
#include <vector>

using banksim::model::FiberStack;

namespace {

struct Seen {
  FiberStack stack;
  std::jmp_buf registers;
  std::vector<std::uint64_t> live;
};

// Notes the registers that it was given, and leaves.
void note_registers(void* argument) {
  auto& seen = *static_cast<Seen*>(argument);
  std::memset(&seen.registers, 0, sizeof seen.registers);
  if (setjmp(seen.registers) == 0) seen.stack.leave();
}

// Runs it by a caller whose registers are full of something.
[[gnu::noinline]] void run_by_caller_with(std::uint64_t something, Seen& seen) {
#if defined(__x86_64__)
  asm volatile("movq %0, %%rbx; movq %0, %%r12; movq %0, %%r13; movq %0, %%r14; movq %0, %%r15"
               :
               : "r"(something)
               : "rbx", "r12", "r13", "r14", "r15");
#endif
  seen.stack.run(&note_registers, &seen);
}

}  // namespace

TEST_CASE("A body starts with the same registers, whatever its caller had in them", "[explore]") {
  Seen seen;
  run_by_caller_with(1, seen);
  std::jmp_buf first;
  std::memcpy(&first, &seen.registers, sizeof first);
  run_by_caller_with(0x1234'5678'9abc'def0, seen);
  CHECK(std::memcmp(&first, &seen.registers, sizeof first) == 0);
}
