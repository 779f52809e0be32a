#include <banksim/sync.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

using namespace banksim;
using namespace std::chrono_literals;

namespace {

// Real threads on real mutexes, with a room; the first cycle found calls the run off.
struct Threads final : CycleListener {
  explicit Threads(std::size_t size) : room(size), count(size) {}

  void on_cycle() noexcept override { call_off = CallOff::everybody; }

  void start(std::uint32_t self, auto body) {
    threads.emplace_back([=, this] {
      this_worker = {};
      this_worker.self = WorkerId{self};
      this_worker.room = &room;
      this_worker.listener = this;
      this_worker.call_off = &call_off;
      this_worker.slice = 1ms;
      try {
        body();
      } catch (const Cancelled&) {
        ++thrown;
      }
      contended += this_worker.locks.contended;
    });
  }
  // Everybody has its first lock before anybody wants its second.
  void everybody_here() {
    arrived.fetch_add(1);
    while (arrived.load() < count) std::this_thread::yield();
  }
  void join() {
    for (std::thread& thread : threads) thread.join();
    threads.clear();
  }

  WaitingRoom room;
  std::atomic<CallOff> call_off{CallOff::nobody};
  std::atomic<std::size_t> arrived{0};
  std::size_t count;
  std::atomic<int> thrown{0};
  std::atomic<std::uint64_t> contended{0};
  std::vector<std::thread> threads;
};

}  // namespace

TEST_CASE("A mutex counts what was acquired and what was refused", "[sync]") {
  this_worker = {};
  WatchedMutex mutex;
  mutex.lock();
  std::thread([&mutex] {
    CHECK_FALSE(mutex.try_lock());
    CHECK(this_worker.locks == LockStats{0, 0, 1, 0});
  }).join();
  mutex.unlock();
  CHECK(mutex.try_lock());
  mutex.unlock();
  CHECK(this_worker.locks == LockStats{2, 0, 0, 0});
}

TEST_CASE("A real deadlock of any size, also of one with itself, is found, named and released", "[sync]") {
  for (std::uint32_t size = 1; size <= 5; ++size) {
    Threads threads(size);
    std::deque<WatchedMutex> mutexes;
    for (std::uint32_t i = 0; i < size; ++i) mutexes.emplace_back(AccountId{i});
    for (std::uint32_t i = 0; i < size; ++i)
      threads.start(i, [&, i] {
        const std::lock_guard first(mutexes[i]);
        threads.everybody_here();
        const std::lock_guard second(mutexes[(i + 1) % size]);
        FAIL("nobody can have both");
      });
    threads.join();
    CHECK(threads.thrown == static_cast<int>(size));  // also who got its lock when another gave up
    const WaitForCycle cycle = threads.room.cycle().value();
    CHECK(cycle.size() == size);
    for (const WaitForEdge& member : cycle) {
      CHECK(index(member.holds) == index(member.waiter));
      CHECK(index(member.waits_for) == (index(member.waiter) + 1) % size);
      CHECK(index(member.held_by) == index(member.waits_for));
    }
    for (WatchedMutex& mutex : mutexes) {  // released
      CHECK(mutex.try_lock());
      mutex.unlock();
    }
  }
}

TEST_CASE("A mutex held by a thread that is no worker closes no cycle", "[sync]") {
  this_worker = {};
  Threads threads(1);
  WatchedMutex mutex(AccountId{3});
  {
    const std::lock_guard held(mutex);
    threads.start(0, [&] { const std::lock_guard lock(mutex); });
    while (threads.room.waiting() == 0 && threads.call_off == CallOff::nobody) std::this_thread::yield();
  }
  threads.join();
  CHECK_FALSE(threads.room.cycle());
  CHECK(threads.thrown == 0);
}

TEST_CASE("A wait that is long enough to contain a pause is kept with its times, where there is room",
          "[sync]") {
  const std::size_t room_for = GENERATE(0u, 1u);
  std::vector<TimeSpan> waits;
  waits.reserve(room_for);
  Threads threads(1);
  WatchedMutex mutex;
  {
    const std::lock_guard held(mutex);
    threads.start(0, [&] {
      this_worker.long_waits = &waits;
      const std::lock_guard lock(mutex);
      CHECK(this_worker.locks.wait_ns >= 250'000'000);
    });
    while (threads.room.waiting() == 0) std::this_thread::yield();
    std::this_thread::sleep_for(250ms);
  }
  threads.join();
  REQUIRE(waits.size() == room_for);
  for (const TimeSpan& wait : waits) CHECK(wait.end - wait.begin >= 250ms);
}

TEST_CASE("A long wait that ends is no deadlock", "[sync]") {
  Threads threads(2);
  WatchedMutex mutex;
  std::atomic<bool> declared{false};
  threads.start(0, [&] {
    const std::lock_guard lock(mutex);
    threads.everybody_here();
    while (!declared) declared = threads.room.waiting() == 1;  // until the other is in the room
  });
  threads.start(1, [&] {
    threads.everybody_here();
    const std::lock_guard lock(mutex);
  });
  threads.join();
  CHECK(threads.thrown == 0);
  CHECK_FALSE(threads.room.cycle());
  CHECK(threads.room.waiting() == 0);
  CHECK(threads.contended == 1);
}

TEST_CASE("A loop around try_lock ends when the run is called off", "[sync]") {
  Threads threads(1);
  WatchedMutex mutex;
  const std::lock_guard held(mutex);
  threads.start(0, [&] {
    for (int tries = 0; tries < 1000 && !mutex.try_lock(); ++tries)  // would go on if refusals did not notice
      if (tries == 10) threads.call_off = CallOff::everybody;
  });
  threads.join();
  CHECK(threads.thrown == 1);
}
