#include "explore/fiber.hpp"

#include <cxxabi.h>

#include <array>
#include <cstring>
#include <vector>

// One of: hand-written for x86-64, hand-written for aarch64, ucontext for everything else.
#if !defined(BANKSIM_FIBER_UCONTEXT) && (!defined(__ELF__) || (!defined(__x86_64__) && !defined(__aarch64__)))
#define BANKSIM_FIBER_UCONTEXT
#endif

#if defined(__SANITIZE_ADDRESS__)
#define BANKSIM_ASAN
#elif defined(__SANITIZE_THREAD__)
#define BANKSIM_TSAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BANKSIM_ASAN
#elif __has_feature(thread_sanitizer)
#define BANKSIM_TSAN
#endif
#endif

#if defined(BANKSIM_FIBER_UCONTEXT)
#include <ucontext.h>
#endif
#if defined(BANKSIM_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(BANKSIM_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace banksim::model {
namespace {

#if defined(BANKSIM_ASAN) || defined(BANKSIM_TSAN)
constexpr std::size_t kStackBytes = std::size_t{256} * 1024;  // sanitizers make frames fat
#else
constexpr std::size_t kStackBytes = std::size_t{64} * 1024;
#endif
constexpr std::size_t kGuardBytes = 4096;  // must still be zero after a run
// Below the stack, for frames that go beyond it before anybody looks.
constexpr std::size_t kBelowBytes = std::size_t{1024} * 1024;
constexpr std::size_t kAllBytes = kBelowBytes + kStackBytes;
constexpr std::size_t kAlignment = 64;

// A loop and not memcpy: with the address sanitizer a copy of a stack would stumble over its red zones.
#if defined(__clang__) || defined(__GNUC__)
__attribute__((no_sanitize("address"), no_sanitize("thread"), noinline))
#endif
void copy_words(const volatile std::uint64_t* from, std::size_t count, std::uint64_t* to) {
  for (std::size_t i = 0; i < count; ++i) to[i] = from[i];
}

// What this thread knows of exceptions under way: a body that is dropped in a handler never ends its own.
class ExceptionState {
 public:
  ExceptionState() { std::memcpy(saved_.data(), abi::__cxa_get_globals(), saved_.size()); }
  ~ExceptionState() { std::memcpy(abi::__cxa_get_globals(), saved_.data(), saved_.size()); }
  ExceptionState(const ExceptionState&) = delete;
  ExceptionState& operator=(const ExceptionState&) = delete;

 private:
  // The caught ones and the number of the uncaught: Itanium C++ ABI, 2.2.2.
  std::array<std::byte, sizeof(void*) + sizeof(unsigned)> saved_{};
};

// Tells a sanitizer that the stack changes.
class SwitchNotes {
 public:
#if defined(BANKSIM_ASAN)
  void before_start(const void* base, std::size_t bytes) {
    __asan_unpoison_memory_region(base, bytes);  // the last body was dropped with its red zones
    __sanitizer_start_switch_fiber(&host_fake_, base, bytes);
  }
  void on_stack() { __sanitizer_finish_switch_fiber(nullptr, &host_base_, &host_bytes_); }
  void before_leave() { __sanitizer_start_switch_fiber(nullptr, host_base_, host_bytes_); }
  void back() { __sanitizer_finish_switch_fiber(host_fake_, nullptr, nullptr); }

 private:
  void* host_fake_ = nullptr;
  const void* host_base_ = nullptr;
  std::size_t host_bytes_ = 0;
#elif defined(BANKSIM_TSAN)
  ~SwitchNotes() {
    if (fiber_ != nullptr) __tsan_destroy_fiber(fiber_);
  }
  void before_start(const void*, std::size_t) {
    host_ = __tsan_get_current_fiber();
    if (fiber_ != nullptr && ++runs_ % kRunsOfOneFiber == 0) {
      __tsan_destroy_fiber(fiber_);
      fiber_ = nullptr;
    }
    if (fiber_ == nullptr) fiber_ = __tsan_create_fiber(0);
    __tsan_switch_to_fiber(fiber_, 0);
  }
  void on_stack() {}
  void before_leave() { __tsan_switch_to_fiber(host_, 0); }
  void back() {}

 private:
  // Making one is slow; but the frames of dropped bodies stay on its record of calls, which has an end.
  static constexpr int kRunsOfOneFiber = 500;
  void* host_ = nullptr;
  void* fiber_ = nullptr;
  int runs_ = 0;
#else
  void before_start(const void*, std::size_t) {}
  void on_stack() {}
  void before_leave() {}
  void back() {}
#endif
};

}  // namespace

#if !defined(BANKSIM_FIBER_UCONTEXT)

// start: saves the caller's registers and stack pointer, then calls body(argument) on the new stack with
// every callee-saved register zero. leave: goes back to who called start.
extern "C" void banksim_fiber_start(void* top, void (*body)(void*), void* argument, void** host);
extern "C" [[noreturn]] void banksim_fiber_leave(void* host);

#if defined(__x86_64__)
asm(R"(
.text
.p2align 4
.globl banksim_fiber_start
.type banksim_fiber_start, @function
banksim_fiber_start:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rcx)
  movq %rdi, %rsp
  movq %rdx, %rdi
  xorl %ebp, %ebp
  xorl %ebx, %ebx
  xorl %r12d, %r12d
  xorl %r13d, %r13d
  xorl %r14d, %r14d
  xorl %r15d, %r15d
  call *%rsi
  ud2
.size banksim_fiber_start, .-banksim_fiber_start

.p2align 4
.globl banksim_fiber_leave
.type banksim_fiber_leave, @function
banksim_fiber_leave:
  movq %rdi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size banksim_fiber_leave, .-banksim_fiber_leave

.p2align 4
.globl banksim_operate
.type banksim_operate, @function
banksim_operate:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, %rcx
  subq $8, %rsp
  call banksim_on_operation
  addq $56, %rsp
  ret
.size banksim_operate, .-banksim_operate
)");
#else
asm(R"(
.text
.p2align 4
.globl banksim_fiber_start
.type banksim_fiber_start, %function
banksim_fiber_start:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x3]
  mov sp, x0
  mov x0, x2
  mov x19, xzr
  mov x20, xzr
  mov x21, xzr
  mov x22, xzr
  mov x23, xzr
  mov x24, xzr
  mov x25, xzr
  mov x26, xzr
  mov x27, xzr
  mov x28, xzr
  mov x29, xzr
  fmov d8, xzr
  fmov d9, xzr
  fmov d10, xzr
  fmov d11, xzr
  fmov d12, xzr
  fmov d13, xzr
  fmov d14, xzr
  fmov d15, xzr
  blr x1
  brk #1
.size banksim_fiber_start, .-banksim_fiber_start

.p2align 4
.globl banksim_fiber_leave
.type banksim_fiber_leave, %function
banksim_fiber_leave:
  mov sp, x0
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size banksim_fiber_leave, .-banksim_fiber_leave

.p2align 4
.globl banksim_operate
.type banksim_operate, %function
banksim_operate:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x3, sp
  bl banksim_on_operation
  ldp x29, x30, [sp, #80]
  add sp, sp, #160
  ret
.size banksim_operate, .-banksim_operate
)");
#endif

struct FiberStack::Switch {
  void* host = nullptr;
  SwitchNotes notes;
  void (*body)(void*) = nullptr;
  void* argument = nullptr;

  static void on_stack(void* self) {
    auto& here = *static_cast<Switch*>(self);
    here.notes.on_stack();
    here.body(here.argument);
  }
};

void FiberStack::enter(void (*body)(void*), void* argument) {
  switch_->body = body;
  switch_->argument = argument;
  switch_->notes.before_start(base_ - kBelowBytes, kAllBytes);
  banksim_fiber_start(top_, &Switch::on_stack, switch_.get(), &switch_->host);
  switch_->notes.back();
}

void FiberStack::leave() {
  switch_->notes.before_leave();
  banksim_fiber_leave(switch_->host);
}

#else

struct FiberStack::Switch {
  ucontext_t host;
  ucontext_t fiber;
  SwitchNotes notes;
  void (*body)(void*) = nullptr;
  void* argument = nullptr;
};

namespace {

// makecontext() passes integers only.
thread_local void (*starting_body)(void*);
thread_local void* starting_argument;
thread_local SwitchNotes* starting_notes;

void start_on_stack() {
  starting_notes->on_stack();
  starting_body(starting_argument);
}

}  // namespace

void FiberStack::enter(void (*body)(void*), void* argument) {
  starting_body = body;
  starting_argument = argument;
  starting_notes = &switch_->notes;
  getcontext(&switch_->fiber);
  switch_->fiber.uc_stack.ss_sp = base_ - kBelowBytes;
  switch_->fiber.uc_stack.ss_size = kAllBytes;
  switch_->fiber.uc_link = nullptr;
  makecontext(&switch_->fiber, &start_on_stack, 0);
  switch_->notes.before_start(base_ - kBelowBytes, kAllBytes);
  swapcontext(&switch_->host, &switch_->fiber);
  switch_->notes.back();
}

void FiberStack::leave() {
  switch_->notes.before_leave();
  setcontext(&switch_->host);
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

#endif

FiberStack::FiberStack()
    : memory_(new std::byte[kAllBytes + kAlignment]), switch_(std::make_unique<Switch>()) {
  void* start = memory_.get();
  std::size_t space = kAllBytes + kAlignment;
  base_ = static_cast<std::byte*>(std::align(kAlignment, kAllBytes, start, space)) + kBelowBytes;
  top_ = base_ + kStackBytes;
}

FiberStack::~FiberStack() {
#if defined(BANKSIM_ASAN)
  __asan_unpoison_memory_region(base_ - kBelowBytes, kAllBytes);
#endif
}

void FiberStack::run(void (*body)(void*), void* argument) {
#if defined(BANKSIM_ASAN)
  __asan_unpoison_memory_region(base_ - kBelowBytes, kAllBytes);
#endif
  const ExceptionState as_before;
  std::memset(base_, 0, kStackBytes);
  enter(body, argument);
}

std::span<const std::uint64_t> FiberStack::live_words(const void* low) const {
  thread_local std::vector<std::uint64_t> words;
  const auto bytes = static_cast<std::size_t>(top_ - static_cast<const std::byte*>(low));
  words.resize(bytes / sizeof(std::uint64_t));
  copy_words(static_cast<const volatile std::uint64_t*>(low), words.size(), words.data());
  return words;
}

bool FiberStack::overflowed() const {
  std::vector<std::uint64_t> guard(kGuardBytes / sizeof(std::uint64_t));
  const void* low = base_;
  copy_words(static_cast<const volatile std::uint64_t*>(low), guard.size(), guard.data());
  for (const std::uint64_t word : guard)
    if (word != 0) return true;
  return false;
}

}  // namespace banksim::model
