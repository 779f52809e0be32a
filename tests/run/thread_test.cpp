#include "run/platform.hpp"
#include "support/sanitizers.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <sched.h>

#include <climits>
#include <cstdint>
#include <system_error>
#include <thread>
#include <vector>

using namespace banksim;

namespace {

int policy_here(int& priority) {
  sched_param parameters{};
  int policy = 0;
  pthread_getschedparam(pthread_self(), &policy, &parameters);
  priority = parameters.sched_priority;
  return policy;
}

}  // namespace

TEST_CASE("A thread has a stack that can be used, whatever the default is", "[thread]") {
  if (test::kTimesMeanNothing) SKIP("threads of a sanitizer's own need more than the least stack");
  pthread_attr_t before, small;
  pthread_getattr_default_np(&before);
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, static_cast<std::size_t>(PTHREAD_STACK_MIN));
  REQUIRE(pthread_setattr_default_np(&small) == 0);  // as `ulimit -s 16` does
  std::size_t touched = 0;
  Thread thread([&touched] {
    volatile std::uint8_t room[512 * 1024];
    for (std::size_t i = 0; i < sizeof room; i += 4096, touched += 4096) room[i] = 1;
  });
  thread.join();
  pthread_setattr_default_np(&before);
  CHECK(touched == 512 * 1024);
}

TEST_CASE(
    "A thread stays above no watcher: one real-time priority below who starts it, at the lowest an ordinary one",
    "[thread]") {
  const int policy = GENERATE(SCHED_OTHER, SCHED_FIFO, SCHED_RR);
  const int given = policy == SCHED_OTHER ? 0 : GENERATE(1, 10);
  int got = -1, priority = -1;
  bool permitted = false;
  std::thread starter([&] {  // its priority is nobody else's
    const sched_param parameters{.sched_priority = given};
    permitted = pthread_setschedparam(pthread_self(), policy, &parameters) == 0;
    Thread thread([&] { got = policy_here(priority); });
    thread.join();
  });
  starter.join();
  if (!permitted) SKIP("real-time priority is not permitted");
  CHECK(got == (given > 1 ? policy : SCHED_OTHER));
  CHECK(priority == (given > 1 ? given - 1 : 0));
}

TEST_CASE("A thread that cannot be started throws as std::thread does", "[thread]") {
  pthread_attr_t before, huge;
  pthread_getattr_default_np(&before);
  pthread_attr_init(&huge);
  pthread_attr_setstacksize(&huge, std::size_t{1} << 46);
  REQUIRE(pthread_setattr_default_np(&huge) == 0);
  CHECK_THROWS_AS(Thread([] {}), std::system_error);
  pthread_setattr_default_np(&before);
}
