#include "explore/fiber.hpp"

#include <banksim/sanitizers.hpp>

#include <cxxabi.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>

#if BANKSIM_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if BANKSIM_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#include <sys/types.h>
#include <unistd.h>
#endif

namespace banksim::model {
namespace {

#if BANKSIM_ADDRESS_SANITIZER || BANKSIM_THREAD_SANITIZER
constexpr std::size_t kStackBytes = std::size_t{256} * 1024;  // sanitizers make frames fat
#else
constexpr std::size_t kStackBytes = std::size_t{64} * 1024;
#endif
constexpr std::size_t kGuardBytes = 4096;  // must still be zero after a run
// Below the stack, for frames that go beyond it before anybody looks.
constexpr std::size_t kBelowBytes = std::size_t{1024} * 1024;
constexpr std::size_t kAllBytes = kBelowBytes + kStackBytes;
constexpr std::size_t kForbiddenBytes = std::size_t{64} << 20;

// A loop and not memcpy: with the address sanitizer a copy of a stack would stumble over its red zones.
__attribute__((no_sanitize("address"), no_sanitize("thread"), noinline)) void copy_words(
    const volatile std::uint64_t* from, std::size_t count, std::uint64_t* to) {
  for (std::size_t i = 0; i < count; ++i) to[i] = from[i];
}

void append_words(const void* low, const std::byte* end, std::vector<std::uint64_t>& words) {
  const auto bytes = static_cast<std::size_t>(end - static_cast<const std::byte*>(low));
  const std::size_t old = words.size();
  words.resize(old + bytes / sizeof(std::uint64_t));
  copy_words(static_cast<const volatile std::uint64_t*>(low), words.size() - old, words.data() + old);
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

// A body was dropped with its red zones.
void forget_red_zones([[maybe_unused]] const void* base, [[maybe_unused]] std::size_t bytes) {
#if BANKSIM_ADDRESS_SANITIZER
  __asan_unpoison_memory_region(base, bytes);
#endif
}

// What a sanitizer must be told about the switches of this thread.
#if BANKSIM_ADDRESS_SANITIZER
class SwitchNotes {
 public:
  void before_start(const void* base, std::size_t bytes) {
    __sanitizer_start_switch_fiber(&host_fake_, base, bytes);
  }
  void on_stack() { __sanitizer_finish_switch_fiber(nullptr, &host_base_, &host_bytes_); }
  void before_leave() { __sanitizer_start_switch_fiber(nullptr, host_base_, host_bytes_); }
  void back() { __sanitizer_finish_switch_fiber(host_fake_, nullptr, nullptr); }

 private:
  void* host_fake_ = nullptr;
  const void* host_base_ = nullptr;
  std::size_t host_bytes_ = 0;
};
#elif BANKSIM_THREAD_SANITIZER
class SwitchNotes {
 public:
  void before_start(const void*, std::size_t) {
    host_ = __tsan_get_current_fiber();
    if (const pid_t here = ::getpid(); process_ != here) {  // the parent's fiber is not known to this child
      process_ = here;
      (void)fiber_.release();
      runs_ = 0;
    }
    if (runs_++ % kRunsOfOneFiber == 0) fiber_.reset(__tsan_create_fiber(0));
    __tsan_switch_to_fiber(fiber_.get(), 0);
  }
  void on_stack() {}
  void before_leave() { __tsan_switch_to_fiber(host_, 0); }
  void back() {}

 private:
  // Making one is slow; but the frames of dropped bodies stay on its record of calls, which has an end.
  static constexpr unsigned kRunsOfOneFiber = 500;
  struct Destroy {
    void operator()(void* fiber) const { __tsan_destroy_fiber(fiber); }
  };
  void* host_ = nullptr;
  std::unique_ptr<void, Destroy> fiber_;
  unsigned runs_ = 0;
  pid_t process_ = 0;
};
#else
struct SwitchNotes {
  void before_start(const void*, std::size_t) {}
  void on_stack() {}
  void before_leave() {}
  void back() {}
};
#endif
thread_local SwitchNotes notes;

}  // namespace

FiberStack::FiberStack() {
  void* const memory = ::mmap(nullptr, kForbiddenBytes + kAllBytes, PROT_NONE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  memory_ = static_cast<std::byte*>(memory);
  base_ = memory_ + kForbiddenBytes + kBelowBytes;
  top_ = base_ + kStackBytes;
  ::mprotect(memory_ + kForbiddenBytes, kAllBytes, PROT_READ | PROT_WRITE);
}

FiberStack::~FiberStack() {
  forget_red_zones(base_ - kBelowBytes, kAllBytes);
  ::munmap(memory_, kForbiddenBytes + kAllBytes);
}

std::span<const std::byte> FiberStack::forbidden() const { return {memory_, kForbiddenBytes}; }

void FiberStack::run(void (*body)(void*), void* argument) {
  forget_red_zones(base_ - kBelowBytes, kAllBytes);
  const ExceptionState as_before;
  std::memset(base_, 0, kStackBytes);
  body_ = body;
  argument_ = argument;
  notes.before_start(base_ - kBelowBytes, kAllBytes);
  enter_stack(base_ - kBelowBytes, top_, &FiberStack::on_stack, this);
  notes.back();
}

void FiberStack::on_stack(void* self) {
  auto& here = *static_cast<FiberStack*>(self);
  notes.on_stack();
  here.body_(here.argument_);
}

void FiberStack::leave() {
  notes.before_leave();
  leave_stack();
}

void FiberStack::append_live_words(const void* low, std::vector<std::uint64_t>& words) const {
  append_words(low, top_, words);
}

bool FiberStack::overflowed(const void* low) const {
  std::vector<std::uint64_t> guard;
  append_words(base_, base_ + kGuardBytes, guard);
  return (low != nullptr && low < base_) ||
         std::any_of(guard.begin(), guard.end(), [](std::uint64_t word) { return word != 0; });
}

}  // namespace banksim::model
