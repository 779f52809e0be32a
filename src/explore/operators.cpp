// operator new and delete of a program whose explorations see what a strategy allocates: heap.hpp.
//
// It belongs to the program, and not to the library, for else everybody who uses the library would get these. The
// program has it, and so can a test of your own: link it with the CMake target banksim_heap.
//
// Where the standard library is GNU's, what is thrown while a strategy's code runs is allocated there too, and a
// function's static is not, nor what std::call_once makes; and a sleep of the strategy's code is over at once.
#include "explore/heap.hpp"

#include <dlfcn.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <new>

namespace {

using banksim::model::heap_allocate;
using banksim::model::heap_free;
using banksim::model::heap_is_full;
using banksim::model::heap_is_in_use;
using banksim::model::heap_note_of_static;
using banksim::model::heap_note_static;

constexpr auto kOrdinary = std::align_val_t{__STDCPP_DEFAULT_NEW_ALIGNMENT__};

void* allocate(std::size_t bytes, std::align_val_t alignment = kOrdinary) {
  const auto align = static_cast<std::size_t>(alignment);
  if (void* const memory = heap_allocate(bytes, align)) return memory;
  if (heap_is_full()) throw std::bad_alloc();
  const std::size_t whole = (bytes + align - 1) / align * align;
  if (whole < bytes) throw std::bad_alloc();
  for (;;) {
    void* const memory = alignment <= kOrdinary ? std::malloc(bytes > 0 ? bytes : 1)
                                                : std::aligned_alloc(align, whole > 0 ? whole : align);
    if (memory != nullptr) {
      heap_note_of_static(memory, bytes);
      return memory;
    }
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

void* allocate_or_null(std::size_t bytes, std::align_val_t alignment = kOrdinary) noexcept {
  try {
    return allocate(bytes, alignment);
  } catch (...) {
    return nullptr;
  }
}

void release(void* memory) noexcept {
  if (memory != nullptr && !heap_free(memory)) std::free(memory);
}

}  // namespace

using std::align_val_t;
using std::nothrow_t;
using std::size_t;

void* operator new(size_t bytes) { return allocate(bytes); }
void* operator new[](size_t bytes) { return allocate(bytes); }
void* operator new(size_t bytes, align_val_t alignment) { return allocate(bytes, alignment); }
void* operator new[](size_t bytes, align_val_t alignment) { return allocate(bytes, alignment); }
void* operator new(size_t bytes, const nothrow_t&) noexcept { return allocate_or_null(bytes); }
void* operator new[](size_t bytes, const nothrow_t&) noexcept { return allocate_or_null(bytes); }
void* operator new(size_t bytes, align_val_t alignment, const nothrow_t&) noexcept {
  return allocate_or_null(bytes, alignment);
}
void* operator new[](size_t bytes, align_val_t alignment, const nothrow_t&) noexcept {
  return allocate_or_null(bytes, alignment);
}

void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, size_t) noexcept { release(memory); }
void operator delete[](void* memory, size_t) noexcept { release(memory); }
void operator delete(void* memory, align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, align_val_t) noexcept { release(memory); }
void operator delete(void* memory, size_t, align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, size_t, align_val_t) noexcept { release(memory); }
void operator delete(void* memory, const nothrow_t&) noexcept { release(memory); }
void operator delete[](void* memory, const nothrow_t&) noexcept { release(memory); }
void operator delete(void* memory, align_val_t, const nothrow_t&) noexcept { release(memory); }
void operator delete[](void* memory, align_val_t, const nothrow_t&) noexcept { release(memory); }

#if defined(__GLIBCXX__) && defined(__LP64__)

// libstdc++ puts a header of so many bytes before each thrown object (unwind-cxx.h: __cxa_refcounted_exception).
constexpr std::size_t kHeaderBytes = 128;

// The names are those of the C++ ABI. NOLINTBEGIN(readability-redundant-declaration, bugprone-reserved-identifier)
extern "C" {
void* __cxa_allocate_exception(std::size_t bytes) noexcept;
void __cxa_free_exception(void* thrown) noexcept;
int __cxa_guard_acquire(std::int64_t* guard);
void __cxa_guard_release(std::int64_t* guard) noexcept;
void __cxa_guard_abort(std::int64_t* guard) noexcept;
}

namespace {

// What the standard library has by this name. Looked up each time: a static would need what is defined here.
template <class Function>
auto usual(Function*, const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

struct MakesStatic {
  explicit MakesStatic(const void* guard) : guard_(guard) { heap_note_static(guard_, true); }
  ~MakesStatic() { heap_note_static(guard_, false); }
  MakesStatic(const MakesStatic&) = delete;
  MakesStatic& operator=(const MakesStatic&) = delete;

 private:
  const void* guard_;
};

}  // namespace

void* __cxa_allocate_exception(std::size_t bytes) noexcept {
  if (void* const memory = heap_allocate(bytes + kHeaderBytes, kHeaderBytes / 8))
    return static_cast<std::byte*>(memory) + kHeaderBytes;
  return usual(&__cxa_allocate_exception, "__cxa_allocate_exception")(bytes);
}

void __cxa_free_exception(void* thrown) noexcept {
  if (!heap_free(static_cast<std::byte*>(thrown) - kHeaderBytes))
    usual(&__cxa_free_exception, "__cxa_free_exception")(thrown);
}

// A static of a function, made when it is first come to.
int __cxa_guard_acquire(std::int64_t* guard) {
  const int is_to_be_made = usual(&__cxa_guard_acquire, "__cxa_guard_acquire")(guard);
  if (is_to_be_made != 0) heap_note_static(guard, true);
  return is_to_be_made;
}

void __cxa_guard_release(std::int64_t* guard) noexcept {
  heap_note_static(guard, false);
  usual(&__cxa_guard_release, "__cxa_guard_release")(guard);
}

void __cxa_guard_abort(std::int64_t* guard) noexcept {
  heap_note_static(guard, false);
  usual(&__cxa_guard_abort, "__cxa_guard_abort")(guard);
}
// NOLINTEND(readability-redundant-declaration, bugprone-reserved-identifier)

// What std::call_once is made of.
extern "C" int pthread_once(pthread_once_t* control, void (*routine)()) {
  const MakesStatic here(control);
  return usual(&pthread_once, "pthread_once")(control, routine);
}

// The explorer knows no time: it searches what others may do meanwhile, however long one sleeps.
extern "C" int nanosleep(const timespec* time, timespec* left) {
  return heap_is_in_use() ? 0 : usual(&nanosleep, "nanosleep")(time, left);
}
extern "C" int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left) {
  return heap_is_in_use() ? 0 : usual(&clock_nanosleep, "clock_nanosleep")(clock, flags, time, left);
}
extern "C" int usleep(useconds_t time) { return heap_is_in_use() ? 0 : usual(&usleep, "usleep")(time); }
extern "C" unsigned sleep(unsigned seconds) { return heap_is_in_use() ? 0 : usual(&sleep, "sleep")(seconds); }

#endif
