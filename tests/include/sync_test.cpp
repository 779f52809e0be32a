#include <banksim/mutexes/all.hpp>
#include <banksim/sync.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <thread>
#include <tuple>
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

using Locks = std::tuple<StdLock, WordLock, SpinLock, TicketLock>;

}  // namespace

TEMPLATE_LIST_TEST_CASE("A mutex counts what was acquired and what was refused", "[sync]", Locks) {
  this_worker = {};
  WatchedMutex<TestType> mutex;
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

TEMPLATE_LIST_TEST_CASE("A real deadlock of any size, also of one with itself, is found, named and released",
                        "[sync]", Locks) {
  for (std::uint32_t size = 1; size <= 5; ++size) {
    Threads threads(size);
    std::deque<WatchedMutex<TestType>> mutexes;
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
    for (WatchedMutex<TestType>& mutex : mutexes) {  // released
      CHECK(mutex.try_lock());
      mutex.unlock();
    }
  }
}

TEMPLATE_LIST_TEST_CASE("A mutex held by a thread that is no worker closes no cycle", "[sync]", Locks) {
  this_worker = {};
  Threads threads(1);
  WatchedMutex<TestType> mutex(AccountId{3});
  {
    const std::lock_guard held(mutex);
    threads.start(0, [&] { const std::lock_guard lock(mutex); });
    while (threads.room.waiting() == 0 && threads.call_off == CallOff::nobody) std::this_thread::yield();
  }
  threads.join();
  CHECK_FALSE(threads.room.cycle());
  CHECK(threads.thrown == 0);
}

TEMPLATE_LIST_TEST_CASE(
    "A wait that is long enough to contain a pause is kept with its times, where there is room", "[sync]",
    Locks) {
  const std::size_t room_for = GENERATE(0u, 1u);
  std::vector<TimeSpan> waits;
  waits.reserve(room_for);
  Threads threads(1);
  WatchedMutex<TestType> mutex;
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

TEMPLATE_LIST_TEST_CASE("A long wait that ends is no deadlock", "[sync]", Locks) {
  Threads threads(2);
  WatchedMutex<TestType> mutex;
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

TEMPLATE_LIST_TEST_CASE("A loop around try_lock ends when the run is called off", "[sync]", Locks) {
  Threads threads(1);
  WatchedMutex<TestType> mutex;
  const std::lock_guard held(mutex);
  threads.start(0, [&] {
    for (int tries = 0; tries < 1000 && !mutex.try_lock(); ++tries)  // would go on if refusals did not notice
      if (tries == 10) threads.call_off = CallOff::everybody;
  });
  threads.join();
  CHECK(threads.thrown == 1);
}

TEMPLATE_LIST_TEST_CASE("A mutex lets in one at a time, and the next sees what the last has written",
                        "[sync]", Locks) {
  constexpr std::uint64_t kEach = 20'000;
  constexpr std::uint32_t kThreads = 4;
  WatchedMutex<TestType> mutex;
  std::uint64_t count = 0;  // plain: the thread sanitizer sees who does not exclude the others
  Threads threads(kThreads);
  for (std::uint32_t w = 0; w < kThreads; ++w)
    threads.start(w, [&, w] {
      threads.everybody_here();
      for (std::uint64_t i = 0; i < kEach; ++i) {
        if (w == 0 && i % 2 == 0) {
          while (!mutex.try_lock()) std::this_thread::yield();
        } else {
          mutex.lock();
        }
        const std::uint64_t before = count;
        if (i % 64 == 0) std::this_thread::yield();  // so that others come and wait
        count = before + 1;
        mutex.unlock();
      }
    });
  threads.join();
  CHECK(count == kThreads * kEach);
}

TEMPLATE_LIST_TEST_CASE("Who gives up a wait keeps nobody else from the lock", "[sync]", Locks) {
  Threads threads(2);
  WatchedMutex<TestType> mutex;
  std::atomic<bool> gave_up{false};
  mutex.lock();
  threads.start(0, [&] {
    try {
      mutex.lock();
    } catch (const Cancelled&) {
      gave_up = true;
    }
  });
  while (threads.room.waiting() == 0) std::this_thread::yield();
  threads.call_off = CallOff::unwritten;
  while (!gave_up) std::this_thread::yield();
  threads.start(1, [&] {
    this_worker.has_all = true;  // it must finish
    const std::lock_guard lock(mutex);
  });
  while (threads.room.waiting() == 0) std::this_thread::yield();
  mutex.unlock();
  threads.join();
  CHECK(threads.thrown == 0);
  CHECK(mutex.try_lock());
  mutex.unlock();
}

TEST_CASE("Who sleeps for a lock is woken when it is free, and need not look by itself", "[sync]") {
  constexpr int kRounds = 100;
  WatchedMutex<WordLock> mutex;
  std::array<std::atomic<int>, 2> had{};
  std::atomic<std::uint64_t> late{0};
  Threads threads(2);
  for (std::uint32_t w = 0; w < 2; ++w)
    threads.start(w, [&, w] {
      this_worker.slice = 10s;
      while (had[w] < kRounds) {
        {
          const std::lock_guard lock(mutex);
          ++had[w];
          // Long enough for the other to sleep.
          for (const auto end = std::chrono::steady_clock::now() + 200us;
               std::chrono::steady_clock::now() < end;)
            std::this_thread::yield();
        }
        while (had[1 - w] < had[w]) std::this_thread::yield();  // the next turn is the other one's
      }
      late += this_worker.late_wakes;
    });
  threads.join();
  CHECK(late < kRounds / 4);
}
