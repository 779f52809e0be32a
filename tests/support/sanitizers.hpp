// Which sanitizers this build has. GCC tells by macros, clang by __has_feature.
#pragma once

#if defined(__SANITIZE_THREAD__)
#define BANKSIM_TESTS_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define BANKSIM_TESTS_THREAD_SANITIZER 1
#endif
#endif

#if defined(__SANITIZE_ADDRESS__)
#define BANKSIM_TESTS_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BANKSIM_TESTS_ADDRESS_SANITIZER 1
#endif
#endif

namespace banksim::test {

#if defined(BANKSIM_TESTS_THREAD_SANITIZER)
inline constexpr bool kThreadSanitizer = true;
#else
inline constexpr bool kThreadSanitizer = false;
#endif

#if defined(BANKSIM_TESTS_ADDRESS_SANITIZER)
inline constexpr bool kAddressSanitizer = true;
#else
inline constexpr bool kAddressSanitizer = false;
#endif

inline constexpr bool kTimesMeanNothing = kThreadSanitizer || kAddressSanitizer;

}  // namespace banksim::test
