// Which sanitizers this build has: BANKSIM_THREAD_SANITIZER and BANKSIM_ADDRESS_SANITIZER are 0 or 1.
// GCC tells by macros, clang by __has_feature.
#pragma once

#if defined(__has_feature)
#define BANKSIM_HAS_FEATURE(feature) __has_feature(feature)
#else
#define BANKSIM_HAS_FEATURE(feature) 0
#endif

#if defined(__SANITIZE_THREAD__) || BANKSIM_HAS_FEATURE(thread_sanitizer)
#define BANKSIM_THREAD_SANITIZER 1
#else
#define BANKSIM_THREAD_SANITIZER 0
#endif

#if defined(__SANITIZE_ADDRESS__) || BANKSIM_HAS_FEATURE(address_sanitizer)
#define BANKSIM_ADDRESS_SANITIZER 1
#else
#define BANKSIM_ADDRESS_SANITIZER 0
#endif
