// What a strategy allocates while the explorer runs it: the arena, exact counts, and hidden state that is refused.
#include "explore/heap.hpp"
#include "support/sanitizers.hpp"
#include "support/zoo_cases.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace banksim;
using model::Heap;
using zoo::size;

// --- The arena ---

TEST_CASE("New and delete are served by a part of the heap, first fit by address, and with zeroes",
          "[heap]") {
  Heap heap;
  REQUIRE(heap.is_served());
  std::array<std::byte*, 4> memory{};
  {
    const Heap::Use use(heap, heap.body());
    for (std::byte*& block : memory) block = static_cast<std::byte*>(::operator new(24));
    for (std::byte* block : memory) std::fill_n(block, 24, std::byte{1});
    for (const unsigned freed : {2U, 1U}) ::operator delete(memory[freed]);
    {
      const Heap::Pause pause;
      CHECK_FALSE(heap.body().contains(std::make_unique<int>().get()));
    }
    auto* const large = static_cast<std::byte*>(::operator new(48, std::nothrow));
    auto* const aligned = static_cast<std::byte*>(::operator new[](64, std::align_val_t{64}));
    auto* const small = static_cast<std::byte*>(::operator new[](8));
    const Heap::Pause pause;
    CHECK(large == memory[1]);  // both gaps are one
    CHECK(std::all_of(large, large + 48, [](std::byte byte) { return byte == std::byte{0}; }));
    CHECK(reinterpret_cast<std::uintptr_t>(aligned) % 64 == 0);
    CHECK(small == large + 48);
  }
  CHECK(heap.body().blocks().size() == 5);
  heap.body().clear();
  const Heap::Use use(heap, heap.body());
  auto* const first = static_cast<std::byte*>(::operator new(1));
  const Heap::Pause pause;
  CHECK(first == memory[0]);
  CHECK(*first == std::byte{0});
}

TEST_CASE("What a heap gave may be deleted when it has ended, or never; the next heap is where it was",
          "[heap]") {
  std::unique_ptr<int> outlives;
  const int* address = nullptr;
  {
    Heap heap;
    const Heap::Use use(heap, heap.body());
    outlives = std::make_unique<int>(1);
    address = outlives.get();
  }
  Heap next;
  outlives.reset();
  const Heap::Use use(next, next.body());
  auto* const again = new int;
  const Heap::Pause pause;
  CHECK(again == address);
}

TEST_CASE("A part of the heap that is full says so", "[heap]") {
  Heap heap;
  const std::size_t bytes = GENERATE(model::Arena::kBytes, ~std::size_t{0});
  CHECK_FALSE(heap.body().overflow());
  CHECK(heap.body().allocate(1, 16) != nullptr);
  CHECK(heap.body().allocate(bytes, 16) == nullptr);
  REQUIRE(heap.body().overflow());
  CHECK(heap.body().overflow()->had == 1);
  CHECK(heap.body().overflow()->wanted == bytes);
  heap.body().clear();
  CHECK(heap.body().allocate(model::Arena::kBytes, 16) != nullptr);
}

TEST_CASE("A static whose constructor throws is no longer in the making", "[heap]") {
  struct CannotBeMade {
    CannotBeMade() { throw std::runtime_error("not yet"); }
  };
  Heap heap;
  const Heap::Use use(heap, heap.body());
  bool thrown = false;
  try {
    static const CannotBeMade never;
  } catch (const std::runtime_error&) {
    thrown = true;
  }
  const auto later = std::make_unique<int>();
  const bool served = heap.body().contains(later.get());
  const Heap::Pause pause;
  CHECK(thrown);
  CHECK(served);
}

// --- Local containers ---

namespace {

template <class S>
struct Sorted : zoo::Broken<S> {
  using Lock = std::unique_lock<typename S::Mutex>;
  static std::vector<AccountId> ids_of(const Transfer& t) {
    return {std::max(t.from, t.to), std::min(t.from, t.to)};
  }
};

template <class S>
struct SortsAVector : Sorted<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    auto ids = this->ids_of(t);
    std::ranges::sort(ids);
    std::vector<typename Sorted<S>::Lock> locks(
        2);  // let go of from the first on, so the lower account is the second
    for (const AccountId id : ids) locks[id == ids[0] ? 1 : 0] = typename Sorted<S>::Lock(bank[id].mutex);
    return locks;
  }
};

template <class S>
struct FillsAMap : Sorted<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    std::map<AccountId, typename Sorted<S>::Lock> locks;
    for (const AccountId id : this->ids_of(t)) locks.try_emplace(id, bank[id].mutex, std::defer_lock);
    for (auto& [id, lock] : locks) lock.lock();
    return locks;
  }
};

template <class S>
struct CallsAFunction : Sorted<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    const std::string names = "a name that is too long to be kept in the string";
    std::array<std::uint64_t, 8> much{names.size()};
    const std::function<AccountId(bool)> pick = [much, t](bool first) {
      return first && much[0] > 0 ? std::min(t.from, t.to) : std::max(t.from, t.to);
    };
    return PairGuard<typename S::Mutex>(bank[pick(true)].mutex, bank[pick(false)].mutex);
  }
};

template <class S>
struct ThrowsBefore : Sorted<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    try {
      throw std::runtime_error("what is caught in time and is not too short for a string");
    } catch (const std::exception&) {
    }
    return Ordered<S>{}.lock_pair(bank, t);
  }
};

// Ends only if the vector is at the same place in each round.
template <class S>
struct RetriesWithAVector : Sorted<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    for (;;) {
      std::vector<typename Sorted<S>::Lock> locks;
      locks.emplace_back(bank[t.from].mutex);
      locks.emplace_back(bank[t.to].mutex, std::try_to_lock);
      if (locks.back().owns_lock()) return locks;
    }
  }
};

template <class S>
struct ThrowsAndRetries : Sorted<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    for (;;) {
      try {
        typename Sorted<S>::Lock first(bank[t.from].mutex);
        typename Sorted<S>::Lock second(bank[t.to].mutex, std::try_to_lock);
        if (!second.owns_lock()) throw std::runtime_error("refused, and so it lets go of the first one");
        return std::pair(std::move(first), std::move(second));
      } catch (const std::exception&) {
      }
    }
  }
};

// Has both kinds of memory and changes neither: what it allocates it owns.
template <class S>
struct KeepsATable : Sorted<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    const std::vector<int> copy = table;
    return Ordered<S>{}.lock_pair(bank, copy[1] == 2 ? t : Transfer{});
  }
  std::vector<int> table{1, 2, 3};
};

// Made by the first transfer that comes there, and read by all.
template <class S>
struct LooksUpAStatic : Sorted<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    static const std::vector<unsigned> rank{1, 3, 5};
    const bool upward = rank[index(t.from)] < rank[index(t.to)];
    return PairGuard<typename S::Mutex>(bank[upward ? t.from : t.to].mutex,
                                        bank[upward ? t.to : t.from].mutex);
  }
};

// As the one before it, by hand.
template <class S>
struct CallsOnce : Sorted<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    std::call_once(flag, [] { table = std::make_unique<std::vector<int>>(std::vector{1, 3, 5}); });
    return Ordered<S>{}.lock_pair(bank, (*table)[2] == 5 ? t : Transfer{});
  }
  static inline std::once_flag flag;
  static inline std::unique_ptr<std::vector<int>> table;
};

// Sleeps an hour, once with each of the system's calls.
template <class S>
struct Sleeps : Sorted<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    std::this_thread::sleep_for(std::chrono::hours{1});
    const timespec hour{3600, 0};
    ::clock_nanosleep(CLOCK_MONOTONIC, 0, &hour, nullptr);
    ::usleep(3'600'000'000);
    ::sleep(3600);
    return Ordered<S>{}.lock_pair(bank, t);
  }
};

// Remembers on the heap alone whether the source could pay: no trace of that is left on the stack.
template <class S>
struct RemembersOnTheHeap : Sorted<S> {
  [[gnu::noinline]] static void look(typename S::template Cell<Money>& balance, Money amount, bool* can_pay) {
    *can_pay = balance.get() >= amount;
  }
  [[gnu::noinline]] static void wipe_the_stack() {
    volatile char wiped[2048];
    for (volatile char& byte : wiped) byte = 0;
  }
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, [[maybe_unused]] Hold&& hold) {
    const auto can_pay = std::make_unique<bool>();
    const auto guard = Ordered<S>{}.lock_pair(bank, t);
    look(bank[t.from].balance, t.amount, can_pay.get());
    wipe_the_stack();
    (void)bank[t.to].balance.get();  // here both look alike but for what was allocated
    return *can_pay ? apply(bank, t, hold) : TransferOutcome::declined;
  }
};

template <class S>
struct TellsAnAddress : Sorted<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    const auto allocated = std::make_unique<int>(1);
    {
      const std::lock_guard guard(mutex);
      address.set(reinterpret_cast<std::intptr_t>(allocated.get()) & 0xffff);  // all of it is refused
    }
    return Ordered<S>{}.lock_pair(bank, t);
  }
  typename S::Mutex mutex;
  typename S::template Cell<std::int64_t> address{kNoAccount, 0};
};

}  // namespace

TEST_CASE("Two local states that differ in nothing but what was allocated are two", "[explore][heap]") {
  const Exploration result = explore<RemembersOnTheHeap>(size(2, 2, 1));
  CHECK(result.verdict == ExploreVerdict::proved);
  CHECK(result.outcomes_seen.declined);
}

TEST_CASE("Each body allocates where the one before it did, whichever worker's", "[explore][heap]") {
  CHECK(explore<TellsAnAddress>(size(2, 2, 1)).verdict == ExploreVerdict::proved);
}

TEST_CASE("A container, a function or an exception of a transfer's own costs no state", "[explore][heap]") {
  const auto explore_it =
      GENERATE(&explore<SortsAVector>, &explore<FillsAMap>, &explore<CallsAFunction>, &explore<ThrowsBefore>,
               &explore<KeepsATable>, &explore<LooksUpAStatic>, &explore<CallsOnce>, &explore<Sleeps>);
  const Exploration result = explore_it(size(2, 3, 1));
  CHECK(result.verdict == ExploreVerdict::proved);
  CHECK_FALSE(result.heap_not_seen);
  CHECK(result.interleavings == 3408);
  if constexpr (test::kStacksAreTidy) CHECK(result.states == 1019);
}

TEST_CASE("A loop that allocates, or throws, in each round closes into a cycle", "[explore][heap]") {
  const auto explore_it = GENERATE(&explore<RetriesWithAVector>, &explore<ThrowsAndRetries>);
  ExploreLimits limits = size(2, 2, 1);
  limits.max_states = 20'000;
  const Exploration result = explore_it(limits);
  CHECK(result.verdict == ExploreVerdict::proved);
  CHECK(result.may_retry);
}

TEST_CASE("Explorations on several threads have each a heap of its own", "[explore][heap]") {
  std::array<std::uint64_t, 3> states{};
  std::vector<std::thread> threads;
  for (std::uint64_t& mine : states)
    threads.emplace_back([&mine] { mine = explore<SortsAVector>(size(2, 3, 1)).states; });
  for (std::thread& thread : threads) thread.join();
  CHECK(states == std::array{states[0], states[0], states[0]});
  CHECK(states[0] == explore<SortsAVector>(size(2, 3, 1)).states);
}
