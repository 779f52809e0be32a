#include "support/checker_laws.hpp"

#include <banksim/deadlock.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <random>

using namespace banksim;

namespace {

using Graph = test::GraphIn<WaitingRoom>;

WaitForEdge edge(std::uint32_t waiter, std::uint32_t holds, std::uint32_t waits_for, std::uint32_t held_by) {
  return {WorkerId{waiter}, AccountId{holds}, AccountId{waits_for}, WorkerId{held_by}};
}

}  // namespace

TEST_CASE("Two who want what the other holds are a cycle, found by the second to come", "[deadlock]") {
  Graph graph(2, 2);
  graph.holds(0, 0);
  graph.holds(1, 1);
  CHECK_FALSE(graph.wants(0, 1));
  CHECK_FALSE(graph.room.cycle());
  CHECK(graph.wants(1, 0));
  CHECK(graph.room.cycle() == WaitForCycle{edge(1, 1, 0, 0), edge(0, 0, 1, 1)});
}

TEST_CASE("A mutex wanted by its own holder is a cycle of one", "[deadlock]") {
  Graph graph(1, 1);
  graph.holds(0, 0);
  CHECK(graph.wants(0, 0));
  CHECK(graph.room.cycle() == WaitForCycle{edge(0, 0, 0, 0)});
}

TEST_CASE("A ring of any length is found by the last to come, whoever that is", "[deadlock]") {
  for (std::uint32_t length = 2; length <= 9; ++length) {
    for (std::uint32_t last = 0; last < length; ++last) {
      Graph graph(length, length);
      for (std::uint32_t i = 0; i < length; ++i) graph.holds(i, i);
      for (std::uint32_t i = 0; i < length; ++i)
        if (i != last) REQUIRE_FALSE(graph.wants(i, (i + 1) % length));
      REQUIRE(graph.wants(last, (last + 1) % length));
      const WaitForCycle cycle = graph.room.cycle().value();
      REQUIRE(cycle.size() == length);
      for (const WaitForEdge& member : cycle) {  // every edge is true
        CHECK(graph.tags[index(member.holds)].holder() == member.waiter);
        CHECK(graph.tags[index(member.waits_for)].holder() == member.held_by);
      }
    }
  }
}

TEST_CASE("A chain is no cycle: its end may still run", "[deadlock]") {
  Graph graph(3, 4);
  graph.holds(1, 0);
  graph.holds(2, 1);
  graph.holds(3, 2);
  CHECK_FALSE(graph.wants(0, 0));
  CHECK_FALSE(graph.wants(1, 1));
  CHECK_FALSE(graph.wants(2, 2));  // worker 3 is not in the room
  CHECK_FALSE(graph.room.cycle());
  CHECK(graph.room.blocked_behind().empty());
}

TEST_CASE("Who left is no longer waiting, so no cycle goes through it", "[deadlock]") {
  Graph graph(2, 2);
  graph.holds(0, 0);
  graph.holds(1, 1);
  CHECK_FALSE(graph.wants(0, 1));
  graph.room.leave(WorkerId{0});
  CHECK_FALSE(graph.wants(1, 0));
  CHECK_FALSE(graph.room.cycle());
}

TEST_CASE("A free mutex blocks nobody for ever", "[deadlock]") {
  Graph graph(2, 2);
  graph.holds(0, 0);
  CHECK_FALSE(graph.wants(0, 1));
  CHECK_FALSE(graph.wants(1, 0));
  CHECK_FALSE(graph.room.cycle());
}

TEST_CASE("Those behind the cycle are named, those beside it are not", "[deadlock]") {
  Graph graph(5, 7);
  graph.holds(0, 0);
  graph.holds(1, 1);
  graph.holds(2, 2);
  graph.holds(6, 3);
  CHECK_FALSE(graph.wants(2, 0));  // behind it
  CHECK_FALSE(graph.wants(3, 2));  // behind who is behind it
  CHECK_FALSE(graph.wants(4, 3));  // behind worker 6, who runs
  CHECK_FALSE(graph.wants(0, 1));
  CHECK(graph.wants(1, 0));
  CHECK(graph.room.blocked_behind() == std::vector{WorkerId{2}, WorkerId{3}});
}

TEST_CASE("A ring through the auditor is found as any other", "[deadlock]") {
  CHECK(test::rings_misjudged<WaitingRoom>(true) == 0);
  CHECK(test::rings_misjudged<WaitingRoom>(false) == 0);
}

TEST_CASE("Only the first cycle is announced, and it is kept", "[deadlock]") {
  Graph graph(4, 4);
  for (std::uint32_t i = 0; i < 4; ++i) graph.holds(i, i);
  CHECK_FALSE(graph.wants(0, 1));
  CHECK(graph.wants(1, 0));
  CHECK_FALSE(graph.wants(2, 3));
  CHECK_FALSE(graph.wants(3, 2));
  CHECK(graph.room.cycle()->front().waiter == WorkerId{1});
}

// The oracle: a worker is in a cycle if and only if following the edges for as long as there are workers
// comes back to it.
TEST_CASE("Random graphs agree with a naive search, at every step", "[deadlock]") {
  std::mt19937 random(7);
  int cycles = 0;
  for (int round = 0; round < 3000; ++round) {
    constexpr std::uint32_t kWorkers = 6;
    constexpr std::uint32_t kMutexes = 6;
    Graph graph(kMutexes, kWorkers);
    std::vector<int> holder(kMutexes, -1), wanted(kWorkers, -1);
    for (std::uint32_t m = 0; m < kMutexes; ++m) {
      if (random() % 4 == 0) continue;
      holder[m] = static_cast<int>(random() % kWorkers);
      graph.holds(static_cast<std::uint32_t>(holder[m]), m);
    }
    for (std::uint32_t worker = 0; worker < kWorkers; ++worker) {
      const auto mutex = static_cast<std::uint32_t>(random() % kMutexes);
      wanted[worker] = static_cast<int>(mutex);
      int at = static_cast<int>(worker);
      bool back = false;
      for (std::uint32_t i = 0; i < kWorkers && at >= 0 && wanted[static_cast<std::size_t>(at)] >= 0; ++i) {
        at = holder[static_cast<std::size_t>(wanted[static_cast<std::size_t>(at)])];
        if (at == static_cast<int>(worker)) back = true;
      }
      REQUIRE(graph.wants(worker, mutex) == back);
      if (!back) continue;
      ++cycles;
      break;
    }
  }
  CHECK(cycles > 500);
  CHECK(cycles < 2900);
}
