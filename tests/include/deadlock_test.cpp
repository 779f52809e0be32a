#include <banksim/deadlock.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <random>

using namespace banksim;

namespace {

// A hand-made wait-for graph: mutexes with their holders, and a room.
template <class Room>
struct GraphIn {
  GraphIn(std::uint32_t mutexes, std::size_t waiters) : room(waiters) {
    for (std::uint32_t i = 0; i < mutexes; ++i) tags.emplace_back(AccountId{i});
  }
  void holds(std::uint32_t worker, std::uint32_t mutex) { tags[mutex].set(WorkerId{worker}); }
  void each_holds_its_own() {
    for (std::uint32_t i = 0; i < tags.size(); ++i) holds(i, i);
  }
  bool wants(std::uint32_t worker, std::uint32_t mutex) { return room.enter(WorkerId{worker}, tags[mutex]); }
  bool is_true(const WaitForEdge& edge) const {
    return tags[index(edge.holds)].holder() == edge.waiter &&
           tags[index(edge.waits_for)].holder() == edge.held_by;
  }

  std::deque<HolderTag> tags;
  Room room;
};
using Graph = GraphIn<WaitingRoom>;

// Rings of two to nine, closed by each in turn; the last of them is numbered as an auditor would be. How many
// are not found, found before they are closed, or told with an edge that is not there.
template <class Room>
int rings_misjudged() {
  int misjudged = 0;
  for (std::uint32_t length = 2; length <= 9; ++length) {
    for (std::uint32_t last = 0; last < length; ++last) {
      GraphIn<Room> graph(length, length);
      graph.each_holds_its_own();
      bool early = false;
      for (std::uint32_t i = 0; i < length; ++i)
        if (i != last) early = graph.wants(i, (i + 1) % length) || early;
      const bool found = graph.wants(last, (last + 1) % length);
      const WaitForCycle cycle = graph.room.cycle().value_or(WaitForCycle{});
      const bool is_true =
          std::ranges::all_of(cycle, [&](const WaitForEdge& edge) { return graph.is_true(edge); });
      misjudged += int{early || !found || cycle.size() != length || !is_true};
    }
  }
  return misjudged;
}

// Believes that only workers can deadlock.
struct RoomWithoutAuditor : WaitingRoom {
  explicit RoomWithoutAuditor(std::size_t waiters)
      : WaitingRoom(waiters), auditor{static_cast<std::uint32_t>(waiters - 1)} {}
  bool enter(WorkerId waiter, const HolderTag& wanted) {
    return waiter != auditor && WaitingRoom::enter(waiter, wanted);
  }
  WorkerId auditor;
};

WaitForEdge edge(std::uint32_t waiter, std::uint32_t holds, std::uint32_t waits_for, std::uint32_t held_by) {
  return {WorkerId{waiter}, AccountId{holds}, AccountId{waits_for}, WorkerId{held_by}};
}

}  // namespace

TEST_CASE("Two who want what the other holds are a cycle, found by the second to come", "[deadlock]") {
  Graph graph(2, 2);
  graph.each_holds_its_own();
  CHECK_FALSE(graph.wants(0, 1));
  CHECK_FALSE(graph.room.cycle());
  CHECK(graph.wants(1, 0));
  CHECK(graph.room.cycle() == WaitForCycle{edge(1, 1, 0, 0), edge(0, 0, 1, 1)});
}

TEST_CASE("A mutex wanted by its own holder is a cycle of one", "[deadlock]") {
  Graph graph(1, 1);
  graph.each_holds_its_own();
  CHECK(graph.wants(0, 0));
  CHECK(graph.room.cycle() == WaitForCycle{edge(0, 0, 0, 0)});
}

TEST_CASE("A ring of any length is found by the last to come, whoever that is", "[deadlock]") {
  CHECK(rings_misjudged<WaitingRoom>() == 0);
}

TEST_CASE("A waiting room that ignores the auditor misses every cycle through it", "[mutant]") {
  CHECK(rings_misjudged<RoomWithoutAuditor>() == 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9);
}

TEST_CASE("A chain is no cycle: its end may still run, or has left, or wants what is free", "[deadlock]") {
  Graph graph(4, 4);
  graph.holds(1, 0);
  graph.holds(2, 1);
  graph.holds(3, 2);
  for (std::uint32_t i = 0; i < 3; ++i) CHECK_FALSE(graph.wants(i, i));  // worker 3 is not in the room
  CHECK_FALSE(graph.wants(3, 3));
  graph.room.leave(WorkerId{1});
  graph.holds(0, 3);
  CHECK_FALSE(graph.wants(3, 3));  // but for worker 1 a ring
  CHECK_FALSE(graph.room.cycle());
  CHECK(graph.room.blocked_behind().empty());
}

TEST_CASE("Those behind the cycle are named, in whatever order they wait, those beside it are not",
          "[deadlock]") {
  const bool up = GENERATE(true, false);
  const std::uint32_t near = up ? 2 : 3, far = up ? 3 : 2;
  Graph graph(5, 7);
  graph.holds(0, 0);
  graph.holds(1, 1);
  graph.holds(near, 2);
  graph.holds(6, 3);
  CHECK_FALSE(graph.wants(near, 0));  // behind it
  CHECK_FALSE(graph.wants(far, 2));   // behind who is behind it
  CHECK_FALSE(graph.wants(4, 3));     // behind worker 6, who runs
  CHECK_FALSE(graph.wants(0, 1));
  CHECK(graph.wants(1, 0));
  CHECK(graph.room.blocked_behind() == std::vector{WorkerId{2}, WorkerId{3}});
}

TEST_CASE("Only the first cycle is announced, and it is kept", "[deadlock]") {
  Graph graph(4, 4);
  graph.each_holds_its_own();
  CHECK_FALSE(graph.wants(0, 1));
  CHECK(graph.wants(1, 0));
  CHECK_FALSE(graph.wants(2, 3));
  CHECK_FALSE(graph.wants(3, 2));
  CHECK(graph.room.cycle()->front().waiter == WorkerId{1});
  CHECK(graph.room.blocked_behind().empty());  // the second cycle does not end in the first
}

// The oracle: a worker is in a cycle if and only if following the edges for as long as there are workers
// comes back to it.
TEST_CASE("Random graphs agree with a naive search, at every step", "[deadlock]") {
  constexpr std::uint32_t kWorkers = 6, kMutexes = 6, kNone = 99;
  std::mt19937 random(7);
  const auto below = [&random](std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); };
  int cycles = 0;
  for (int round = 0; round < 3000; ++round) {
    Graph graph(kMutexes, kWorkers);
    std::vector<std::uint32_t> holder(kMutexes, kNone), wanted(kWorkers, kNone);
    for (std::uint32_t mutex = 0; mutex < kMutexes; ++mutex)
      if (below(4) != 0) graph.holds(holder[mutex] = below(kWorkers), mutex);
    bool back = false;
    for (std::uint32_t worker = 0; worker < kWorkers && !back; ++worker) {
      wanted[worker] = below(kMutexes);
      std::uint32_t at = worker;
      for (std::uint32_t i = 0; i < kWorkers && at != kNone && wanted[at] != kNone; ++i) {
        at = holder[wanted[at]];
        back = back || at == worker;
      }
      REQUIRE(graph.wants(worker, wanted[worker]) == back);
    }
    cycles += int{back};
  }
  CHECK(cycles > 500);
  CHECK(cycles < 2900);
}

TEST_CASE("A strategy's own mutexes in a cycle are told apart by their numbers", "[deadlock]") {
  std::array<HolderTag, 2> own{HolderTag(kNoAccount), HolderTag(kNoAccount)};
  for (std::uint32_t i = 0; i < own.size(); ++i) own[i].set(WorkerId{i});
  WaitingRoom room(own.size());
  CHECK_FALSE(room.enter(WorkerId{0}, own[1]));
  REQUIRE(room.enter(WorkerId{1}, own[0]));
  const WaitForCycle cycle = room.cycle().value();
  for (const WaitForEdge& edge : cycle) {
    CHECK(edge.holds_own == 1 + index(edge.waiter));
    CHECK(edge.waits_for_own == 1 + index(edge.held_by));
    CHECK(edge.holds_name.empty());
  }
}

TEST_CASE("A strategy's own mutexes are told by the names that it gave them", "[deadlock]") {
  HolderTag gate(number_of_name("gate")), log(number_of_name("log"));
  CHECK(number_of_name("gate") == number_of_name(std::string("gate")));
  CHECK(gate.account() == kNoAccount);
  CHECK(name_of(number_of_name(std::string(1000, 'x'))) == std::string(64, 'x'));
  gate.set(WorkerId{0});
  log.set(WorkerId{1});
  WaitingRoom room(2);
  CHECK_FALSE(room.enter(WorkerId{0}, log));
  REQUIRE(room.enter(WorkerId{1}, gate));
  const WaitForCycle cycle = room.cycle().value();
  for (const WaitForEdge& edge : cycle) {
    CHECK(edge.holds == kNoAccount);
    CHECK(edge.holds_name == (edge.waiter == WorkerId{0} ? "gate" : "log"));
    CHECK(edge.waits_for_name == (edge.waiter == WorkerId{0} ? "log" : "gate"));
  }
}
