// Under which sanitizers the tests run, for those that must know.
#pragma once

#include <banksim/sanitizers.hpp>

namespace banksim::test {

inline constexpr bool kThreadSanitizer = BANKSIM_THREAD_SANITIZER != 0;
inline constexpr bool kAddressSanitizer = BANKSIM_ADDRESS_SANITIZER != 0;
inline constexpr bool kTimesMeanNothing = kThreadSanitizer || kAddressSanitizer;

}  // namespace banksim::test
