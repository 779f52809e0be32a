# One interface target carries every warning flag, each with its reason.
option(BANKSIM_WERROR "Turn warnings into errors (CI and the dev preset do)" OFF)

add_library(banksim_warnings INTERFACE)
target_compile_options(banksim_warnings INTERFACE
  -Wall                     # the compiler's own idea of a likely mistake
  -Wextra                   # and of a less likely one
  -Wpedantic                # keep to the standard: two compilers must agree
  -Wshadow                  # a shadowed name in a guard or a loop hides a wrong lock
  -Wconversion              # money and ids must not narrow silently
  -Wsign-conversion         # nor change sign
  -Wold-style-cast          # a cast says what it does
  -Wnon-virtual-dtor        # deleting through a base without one is undefined
  -Woverloaded-virtual      # a hidden overload is never called
  -Wcast-align              # snapshots and cache lines care about alignment
  -Wformat=2                # format strings are constants
  -Wimplicit-fallthrough    # every switch says where it falls
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op>  # copy-and-paste mistakes only GCC sees
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # GCC 12 sees overlaps in std::string's operator+ that are not there (PR105651)
  $<$<BOOL:${BANKSIM_WERROR}>:-Werror>)
