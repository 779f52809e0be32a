// Under which sanitizers, and how optimised, the tests run, for those that must know.
#pragma once

#include <banksim/sanitizers.hpp>

namespace banksim::test {

inline constexpr bool kThreadSanitizer = BANKSIM_THREAD_SANITIZER != 0;
inline constexpr bool kAddressSanitizer = BANKSIM_ADDRESS_SANITIZER != 0;
inline constexpr bool kTimesMeanNothing = kThreadSanitizer || kAddressSanitizer;

// Whether the explorer's counts of states are exact: what is dead on a stack tells states apart too, where the compiler
// does not tidy up. Clang leaves dead words in the frame of the portable switch.
#if defined(__OPTIMIZE__) && !defined(__clang__)
inline constexpr bool kStacksAreTidy = !kTimesMeanNothing;
#else
inline constexpr bool kStacksAreTidy = false;
#endif

}  // namespace banksim::test
