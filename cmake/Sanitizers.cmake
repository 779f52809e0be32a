# BANKSIM_SANITIZE is what goes after -fsanitize=, empty for none.
set(BANKSIM_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize= (thread; address,undefined)")

add_library(banksim_sanitizers INTERFACE)
if(BANKSIM_SANITIZE)
  target_compile_options(banksim_sanitizers INTERFACE
    -fsanitize=${BANKSIM_SANITIZE}
    -fno-sanitize-recover=all      # the first finding fails the test
    -fno-omit-frame-pointer)       # readable stacks
  target_link_options(banksim_sanitizers INTERFACE -fsanitize=${BANKSIM_SANITIZE})
endif()

# Code that libFuzzer can look into; tests/fuzz/ has its programs.
option(BANKSIM_FUZZ "Build the fuzzers (clang only)" OFF)
if(BANKSIM_FUZZ)
  target_compile_options(banksim_sanitizers INTERFACE -fsanitize=fuzzer-no-link)
endif()
