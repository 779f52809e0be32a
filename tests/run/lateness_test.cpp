#include "run/lateness.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace banksim;
using namespace std::chrono_literals;

namespace {

// A supervisor of a process with two processors, which looks up each 100 ms.
struct MadeUpTicks {
  MachineClocks clocks = {.now = {}, .knows_queued = true};
  LatenessWatch watch{clocks, 2};

  // It comes `late` to its next tick. Meanwhile the process used `cpu`, it itself queued for a processor, and quotas
  // kept somebody waiting. What of that was a pause.
  nanoseconds tick(nanoseconds late, nanoseconds cpu, nanoseconds queued = {}, nanoseconds throttled = {}) {
    const auto due = clocks.now + 100ms;
    clocks.now = due + late;
    clocks.cpu += cpu;
    clocks.queued += queued;
    clocks.throttled += throttled;
    return watch.woken(due, clocks);
  }
};

}  // namespace

TEST_CASE(
    "A process that stood still and did not want to run was paused for as long as its supervisor was late",
    "[lateness]") {
  MadeUpTicks ticks;
  CHECK(ticks.tick(0ms, 200ms) == 0ms);
  CHECK(ticks.tick(2500ms, 3ms) == 2500ms);
  CHECK(ticks.tick(0ms, 200ms) == 0ms);
  CHECK(ticks.tick(7s, 180ms) == 7s);  // it was busy until then
  CHECK(ticks.tick(1h, 220ms) == 1h);
  CHECK(ticks.tick(300ms, 200ms) == 300ms);
  CHECK(ticks.watch.worst() == 0ms);
}

TEST_CASE("A supervisor is late without a pause where its process ran on", "[lateness]") {
  MadeUpTicks ticks;
  CHECK(ticks.tick(2200ms, 1s) == 0ms);
  CHECK(ticks.watch.worst() == 2200ms);
  CHECK(ticks.tick(400ms, 500ms) == 0ms);
  CHECK(ticks.watch.worst() == 2200ms);  // the longest
}

TEST_CASE("Who queues for a processor is starved, not paused, though nothing of the process runs",
          "[lateness]") {
  MadeUpTicks ticks;
  CHECK(ticks.tick(2200ms, 2ms, 2200ms) == 0ms);
  CHECK(ticks.tick(30s, 20ms, 29'800ms) == 0ms);
  CHECK(ticks.watch.worst() == 30s);
}

TEST_CASE("A process that is stopped on a busy machine was paused for what it did not queue", "[lateness]") {
  MadeUpTicks ticks;
  CHECK(ticks.tick(2800ms, 10ms, 300ms) == 2500ms);
  CHECK(ticks.watch.worst() == 300ms);
}

TEST_CASE("A quota that was used up is no pause, nor a busy machine", "[lateness]") {
  MadeUpTicks ticks;
  CHECK(ticks.tick(700ms, 10ms, 0ms, 690ms) == 0ms);
  CHECK(ticks.tick(700ms, 10ms, 650ms, 1380ms) == 0ms);  // of both processors
  CHECK(ticks.watch.worst() <= LatenessWatch::kLate);
  CHECK(ticks.tick(2500ms, 10ms, 0ms, 90ms) == 2410ms);  // stopped after it was throttled
}

TEST_CASE("A quarter of a second is within what a busy machine does", "[lateness]") {
  MadeUpTicks ticks;
  CHECK(ticks.tick(250ms, 0ms) == 0ms);
  CHECK(ticks.tick(251ms, 0ms) == 251ms);
  CHECK(ticks.watch.worst() == 0ms);
}

TEST_CASE("Where nobody knows who queued, any work at all means that there was no pause", "[lateness]") {
  MadeUpTicks ticks;
  ticks.clocks.knows_queued = false;
  CHECK(ticks.tick(2500ms, 3ms) == 2500ms);
  CHECK(ticks.tick(2200ms, 281ms) == 0ms);  // 50 ms and a tenth are what a pause may hold
  CHECK(ticks.tick(2200ms, 279ms) == 2200ms);
}

TEST_CASE("What was busy before the sleep is not the sleeper's lateness", "[lateness]") {
  MadeUpTicks ticks;
  const auto due = ticks.clocks.now + 100ms;
  ticks.clocks.now += 3s;  // its caller's callback took so long
  ticks.watch.restart(ticks.clocks);
  CHECK(ticks.watch.woken(due, ticks.clocks) == 0ms);
  CHECK(ticks.watch.worst() == 0ms);
}

TEST_CASE("What others had while a paused process queued is late only beyond a quarter of a second",
          "[lateness]") {
  MadeUpTicks ticks;
  CHECK(ticks.tick(2500ms, 3ms, 2ms) == 2498ms);
  CHECK(ticks.watch.worst() == 0ms);
}
