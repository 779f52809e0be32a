// What the machine did to a run, as its result says it.
#include "support/results.hpp"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace banksim;
using namespace std::chrono_literals;
using Catch::Approx;

namespace {

// A second on two processors, of which the run used so many; a fifth of its workers' time was spent waiting for locks.
RunResult second_of(std::uint32_t threads, double used_cpus) {
  RunResult run = ok_run();
  run.config.threads = threads;
  run.elapsed_s = 1;
  run.used.user_s = used_cpus;
  run.used.system_s = 0;
  run.locks.contended = 1000;
  run.locks.wait_ns = threads * std::uint64_t{200'000'000};
  return run;
}

}  // namespace

TEST_CASE("A run's share is of the processors that its threads could use at once", "[machine]") {
  CHECK(second_of(1, 0.5).cpu_share() == Approx(0.5));
  CHECK(second_of(2, 1.5).cpu_share() == Approx(0.75));
  CHECK(second_of(50, 1.5).cpu_share() == Approx(0.75));
  RunResult run = second_of(50, 0.4);
  run.machine.quota_cpus = 0.5;
  CHECK(run.cpu_share() == Approx(0.8));
  CHECK(RunResult{}.cpu_share() == 0);
}

TEST_CASE("Waiting is contention where a processor was idle meanwhile, or each thread had one", "[machine]") {
  CHECK_FALSE(second_of(8, 1.5).waits_for_cpu());
  CHECK_FALSE(second_of(2, 1.9).waits_for_cpu());
  CHECK_FALSE(second_of(1, 1).waits_for_cpu());
}

TEST_CASE("Waiting is for a processor where more threads than processors left none idle", "[machine]") {
  CHECK(second_of(8, 1.95).waits_for_cpu());
  RunResult run = second_of(2, 0.5);
  CHECK_FALSE(run.waits_for_cpu());
  run.machine.other_cpus = 1.4;  // somebody else's work
  CHECK(run.waits_for_cpu());
  run = second_of(2, 0.5);
  run.machine.quota_cpus = 0.5;
  CHECK(run.waits_for_cpu());
  run.locks.wait_ns = 1'000'000;  // hardly any
  CHECK_FALSE(run.waits_for_cpu());
  run = second_of(8, 2);
  run.locks.contended = 100'000;  // as long as it takes to hand a lock over
  CHECK_FALSE(run.waits_for_cpu());
}

TEST_CASE("Waiting for those who hold on purpose is contention on a full machine too", "[machine]") {
  RunResult run = second_of(8, 1.95);
  run.locks.contended = 1600;  // a millisecond each
  run.config.hold.spin = 100us;
  CHECK_FALSE(run.waits_for_cpu());
  run.config.hold.spin = 10us;
  CHECK(run.waits_for_cpu());
}
