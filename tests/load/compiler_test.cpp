// The first error of a compiler, as its author needs it.
#include "load/compiler.hpp"

#include <banksim/config.hpp>
#include <banksim/simulate.hpp>

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>

using namespace banksim;

TEST_CASE("Of a compiler's output the first error is told, in the author's file and line") {
  struct Case {
    const char* output;
    const char* told;
  };
  const Case cases[] = {
      {"/x/mine.hpp: In member function 'f':\n/x/mine.hpp:12:5: error: 'lok' was not declared\n   12 | lok\n"
       "/x/mine.hpp:13:1: error: another\n",
       "mine.hpp:12: 'lok' was not declared"},
      {"In file included from /tmp/a.cpp:3:\n/x/mine.hpp:7:9: warning: unused\n/i/banksim/sync.hpp: In instantiation of "
       "'f':\n/x/mine.hpp:9:29:   required from 'g'\n/tmp/a.cpp:3:1:   required from here\n"
       "/i/banksim/sync.hpp:77:20: error: static assertion failed: a Cell is read with get()\n",
       "mine.hpp:9: a Cell is read with get()"},
      {"/i/banksim/sync.hpp:77:20: error: static_assert failed due to requirement 'sizeof(v) == 0' \"a Cell is read\"\n"
       "/x/mine.hpp:9:29: note: in instantiation of 'f' requested here\n/x/mine.hpp:4:2: note: and here\n",
       "mine.hpp:9: a Cell is read"},
      {"/x/mine.hpp:1:10: fatal error: nothing.hpp: No such file or directory\ncompilation terminated.\n",
       "mine.hpp:1: nothing.hpp: No such file or directory"},
      {"/i/banksim/sync.hpp:7:20: error: static assertion failed: nowhere\n", "mine.hpp: nowhere"},
      {"/i/banksim/loaded.hpp:7:20: error: expected unqualified-id before string constant\n",
       "mine.hpp: is a closing brace missing? expected unqualified-id before string constant"},
      {"/x/mine.hpp:4:2: error: use of deleted function 'std::scoped_lock<_MutexTypes>::scoped_lock(const "
       "std::scoped_lock<_MutexTypes>&) [with _MutexTypes = {}]'\n",
       "mine.hpp:4: a lock_guard or scoped_lock can be neither copied nor moved: return it where it is made, or use "
       "std::unique_lock"},
      {"/x/mine.hpp:4:2: error: call to deleted constructor of 'std::lock_guard<Mutex>'\n",
       "mine.hpp:4: a lock_guard or scoped_lock can be neither copied nor moved: return it where it is made, or use "
       "std::unique_lock"},
      {"/x/mine.hpp:4:2: error: no matching function for call to 'banksim::PairGuard<int>::PairGuard("
       "banksim::Account<int>&, banksim::Account<int>&)'\n",
       "mine.hpp:4: PairGuard takes two mutexes: bank[transfer.from].mutex"},
      {"collect2: ld returned 1 exit status\n", "mine.hpp: the compiler refused it"},
  };
  for (const auto& [output, told] : cases) CHECK(first_error(output, "/x/mine.hpp") == told);
}

TEST_CASE("Where there is no compiler that is the machine's fault, and it is said what to install") {
  const char* const before = std::getenv("CXX");
  ::setenv("CXX", "no-such-compiler -x", 1);
  CHECK_THROWS_AS(compile({"-E", "/dev/null"}, "/x/mine.hpp"), SimulationError);
  ::setenv("CXX", "false", 1);
  CHECK_THROWS_AS(compile({"-E", "/dev/null"}, "/x/mine.hpp"), ConfigError);
  before != nullptr ? ::setenv("CXX", before, 1) : ::unsetenv("CXX");
}
