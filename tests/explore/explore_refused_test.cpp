// What the explorer refuses, and how it says so: state that the seam does not see, a strategy that asks who it is, and
// what is done out of place.
#include "support/sanitizers.hpp"
#include "support/zoo_cases.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace banksim;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;
using zoo::size;

// --- Hidden state ---

namespace {

// Keeps a number on the heap, and writes to it.
template <class S>
struct CountsOnTheHeap : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    ++(*numbers)[3];
    return Ordered<S>{}.lock_pair(bank, t);
  }
  std::unique_ptr<std::array<std::uint32_t, 10>> numbers = std::make_unique<std::array<std::uint32_t, 10>>();
};

template <class S>
struct LocksOnTheHeap : zoo::Broken<S> {
  auto lock_pair(Bank<S>&, const Transfer& t) { return std::unique_lock(locks[index(t.from)]); }
  std::vector<std::mutex> locks{2};
};

template <class S>
struct SpinsOnTheHeap : zoo::Broken<S> {
  auto lock_pair(Bank<S>&, const Transfer&) {
    while (flag->test_and_set()) {
    }
    return std::unique_ptr<std::atomic_flag, void (*)(std::atomic_flag*)>(
        flag.get(), [](std::atomic_flag* held) { held->clear(); });
  }
  std::unique_ptr<std::atomic_flag> flag = std::make_unique<std::atomic_flag>();
};

template <class S>
struct Replaces : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    delete std::exchange(*current, new int(1));
    return Ordered<S>{}.lock_pair(bank, t);
  }
  ~Replaces() { delete *current; }
  std::unique_ptr<int*> current = std::make_unique<int*>(new int(0));
};

template <class S>
struct MemberMutex : zoo::Broken<S> {  // n01
  auto lock_pair(Bank<S>&, const Transfer&) { return std::unique_lock(gate); }
  auto lock_all(Bank<S>&) { return std::unique_lock(gate); }
  std::mutex gate;
};

template <class S>
struct AtomicCounter : zoo::Broken<S> {  // n08
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    ++count;
    return Ordered<S>{}.lock_pair(bank, t);
  }
  std::uint64_t before = 0;
  std::atomic<std::uint64_t> count{0};
  std::uint64_t after = 0;
};

template <class S>
struct AllocatesWithoutEnd : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    const std::vector<char> much(std::size_t{9} << 20);
    asm volatile("" : : "r"(much.data()) : "memory");  // or a compiler may do without it
    return Ordered<S>{}.lock_pair(bank, t);
  }
};

// As long as there is room, and in small pieces.
template <class S>
struct FillsTheHeap : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    const std::unique_lock held(bank[AccountId{1}].mutex);
    for (std::vector<std::unique_ptr<std::array<char, 4096>>> all; held.owns_lock();)
      all.push_back(std::make_unique<std::array<char, 4096>>());
    return Ordered<S>{}.lock_pair(bank, t);
  }
};
template <class S>
struct FillsTheConstructorsHeap : Ordered<S> {
  FillsTheConstructorsHeap() {
    for (;;) many.push_back(0);
  }
  std::vector<std::size_t> many;
};

// Saves allocations, as people do.
template <class S>
struct KeepsABuffer : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    thread_local std::vector<AccountId> buffer;
    buffer.assign({std::min(t.from, t.to), std::max(t.from, t.to)});
    return PairGuard<typename S::Mutex>(bank[buffer[0]].mutex, bank[buffer[1]].mutex);
  }
};

// --- Who it is ---

template <class S>
struct WorkerOneFirst : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    const bool one = this_worker.self == WorkerId{1};
    return PairGuard<typename S::Mutex>(bank[one ? t.to : t.from].mutex, bank[one ? t.from : t.to].mutex);
  }
};

// Asks after its last operation only.
template <class S>
struct WorkerTwoDeclines : zoo::Broken<S> {
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, Hold&& hold) {
    const TransferOutcome outcome = [&] {
      const auto guard = Ordered<S>{}.lock_pair(bank, t);
      return apply(bank, t, hold);
    }();
    return index(this_worker.self) == 2 ? TransferOutcome::declined : outcome;
  }
};

// What a transfer leaves there is gone with the next one.
template <class S>
struct AsksWhetherItHadAll : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    if (this_worker.has_all) bank[t.from].balance.get();
    return Ordered<S>{}.lock_pair(bank, t);
  }
};

// Marks who has the bank by what is another one for each thread, which it is not here.
template <class S, class Mark>
struct OwnedBy : zoo::Broken<S> {
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, Hold&& hold) {
    const Mark mine;
    for (bool has_it = false; !has_it;) {
      const std::lock_guard guard(mutex);
      if (owner.get() == std::uintptr_t{}) owner.set(mine.word());
      has_it = owner.get() == mine.word();
    }
    const TransferOutcome outcome = apply(bank, t, hold);
    const std::lock_guard guard(mutex);
    owner.set(0);
    return outcome;
  }
  typename S::Mutex mutex;
  typename S::template Cell<std::uintptr_t> owner{kNoAccount, 0};
};

struct OnTheStack {
  std::uintptr_t word() const { return reinterpret_cast<std::uintptr_t>(this); }
};
struct OnTheHeap {
  std::uintptr_t word() const { return reinterpret_cast<std::uintptr_t>(made.get()); }
  std::unique_ptr<int> made = std::make_unique<int>(1);
};
struct OfTheThread {
  std::uintptr_t word() const { return std::bit_cast<std::uintptr_t>(std::this_thread::get_id()); }
};
struct InAThreadLocal {
  std::uintptr_t word() const {
    static thread_local char mine;
    return reinterpret_cast<std::uintptr_t>(&mine);
  }
};

template <class S>
struct OwnedByStack : OwnedBy<S, OnTheStack> {};
template <class S>
struct OwnedByHeap : OwnedBy<S, OnTheHeap> {};
template <class S>
struct OwnedByThread : OwnedBy<S, OfTheThread> {};
template <class S>
struct OwnedByThreadLocal : OwnedBy<S, InAThreadLocal> {};

// Has a number of tries on its stack: no two states are the same.
template <class S>
struct CountsItsTries : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    for (std::uint64_t tries = 0;; ++tries) {
      std::unique_lock own(bank[t.from].mutex);
      std::unique_lock other(bank[t.to].mutex, std::try_to_lock);
      if (other.owns_lock() && tries + 1 != 0) return std::pair(std::move(own), std::move(other));
    }
  }
};

// --- Locks and values outside of a transfer ---

template <class S>
struct SetsInItsConstructor : zoo::Broken<S> {
  SetsInItsConstructor() { begun.set(begun.get() + 1); }
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, Hold&& hold) {
    const auto guard = Ordered<S>{}.lock_pair(bank, t);
    const TransferOutcome outcome = apply(bank, t, hold);
    if (begun.get() != 8) bank[t.to].balance.set(Money{5});
    return outcome;
  }
  typename S::template Cell<int> begun{kNoAccount, 7};
};

template <class S>
struct LocksInItsConstructor : zoo::Broken<S> {
  LocksInItsConstructor() { mutex.lock(); }
  typename S::Mutex mutex;
};

template <class S>
struct LocksInItsDestructor : zoo::Broken<S> {
  ~LocksInItsDestructor() {
    const std::scoped_lock guard(mutex, second);
    ended.set(ended.get() + 1);
  }
  auto lock_pair(Bank<S>& bank, const Transfer& t) { return Ordered<S>{}.lock_pair(bank, t); }
  typename S::Mutex mutex;
  typename S::Mutex second;
  typename S::template Cell<int> ended{kNoAccount, 0};
};

template <class S>
struct ThrowsInItsConstructor : zoo::Broken<S> {
  ThrowsInItsConstructor() { throw std::runtime_error("a text that is longer than a short string"); }
};

template <class S>
struct StaticMutex : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    const std::lock_guard guard(gate);
    return Ordered<S>{}.lock_pair(bank, t);
  }
  static inline typename S::Mutex gate;
};

template <class S>
struct StaticCell : zoo::Broken<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& t) {
    count.set(count.get() + 1);
    return Ordered<S>{}.lock_pair(bank, t);
  }
  static inline typename S::template Cell<int> count{kNoAccount, 0};
};

struct insufficient_funds : std::exception {};

template <class S>
struct ThrowsOnMissingFunds : zoo::Broken<S> {  // n13
  template <class Hold>
  TransferOutcome transfer(Bank<S>& bank, const Transfer& t, Hold&& hold) {
    const auto guard = Ordered<S>{}.lock_pair(bank, t);
    if (bank[t.from].balance.get() < t.amount) throw insufficient_funds{};
    return apply(bank, t, hold);
  }
};

template <class S>
struct AuditThrows : zoo::Broken<S> {
  Money audit(Bank<S>&) { throw std::out_of_range("too far"); }
};

// Past the compiler, which refuses a guard of a std::mutex.
template <template <class> class Strategy>
Exploration explore_anyhow(const ExploreLimits& limits) {
  using S = Strategy<ModelSync>;
  return explore(S::name, &ExploredStrategy<S>::make, limits);
}

}  // namespace

TEST_CASE("State that the seam does not see is refused, and the byte is named", "[explore][heap]") {
  const auto& [explore_it, why] = GENERATE(
      std::pair(&explore<CountsOnTheHeap>, "changes byte 12 of 40 bytes that its constructor allocated"),
      std::pair(&explore_anyhow<LocksOnTheHeap>, "of 80 bytes that its constructor allocated"),
      std::pair(&explore<SpinsOnTheHeap>, "changes byte 0 of 1 bytes that its constructor allocated"),
      std::pair(&explore<Replaces>, "frees 4 bytes that its constructor allocated"),
      std::pair(&explore_anyhow<MemberMutex>, "it changes byte 0 of its own 40"),
      std::pair(&explore<AtomicCounter>, "it changes byte 8 of its own 24"),
      std::pair(
          &explore<AllocatesWithoutEnd>,
          "transfer 0 -> 1, 1, before its first operation: it allocates more than 8 MiB: it has 0 bytes and "
          "wants 9437184 more"),
      std::pair(&explore<FillsTheHeap>, "after lock account 1: it allocates more than 8 MiB: it has 83"),
      std::pair(&explore<FillsTheConstructorsHeap>,
                "its constructor: it allocates more than 8 MiB: it has 2097"),
      std::pair(&explore<KeepsABuffer>, "keeps that in a static or a thread_local"),
      std::pair(&explore<WorkerOneFirst>, "asks which worker it is"));
  if (test::kAddressSanitizer && std::string_view(why).find("it has 83") != std::string_view::npos)
    SKIP("the exception that says that there is no more is dropped with the body: a leak");
  CHECK_THROWS_MATCHES(explore_it({}), NotExplorable, MessageMatches(ContainsSubstring(why)));
  CHECK(explore<Ordered>({}).verdict == ExploreVerdict::proved);
}

TEST_CASE("Who asks which worker it is is refused, also after its last operation", "[explore]") {
  CHECK(explore<WorkerTwoDeclines>({}).verdict == ExploreVerdict::proved);  // there is no worker 2
  CHECK_THROWS_MATCHES(explore<WorkerTwoDeclines>(size(3, 2)), NotExplorable,
                       MessageMatches(ContainsSubstring("asks which worker it is")));
}

TEST_CASE("Who shares what is another one for each thread, and the same here, is refused",
          "[explore][heap]") {
  const auto explore_it = GENERATE(&explore<OwnedByStack>, &explore<OwnedByHeap>, &explore<OwnedByThread>,
                                   &explore<OwnedByThreadLocal>);
  CHECK_THROWS_MATCHES(explore_it({}), NotExplorable,
                       MessageMatches(ContainsSubstring("after read a value of its own: it puts")));
}

TEST_CASE("Who counts its tries without end is refused, and the search ends", "[explore]") {
  CHECK_THROWS_MATCHES(explore<CountsItsTries>({}), TooLarge,
                       MessageMatches(ContainsSubstring("it makes more than 500 operations")));
}

TEST_CASE("What a strategy does to its thread's context is seen by no later transfer, nor by the caller",
          "[explore]") {
  this_worker.has_all = false;
  CHECK(explore<AsksWhetherItHadAll>(size(2, 3)).verdict == ExploreVerdict::proved);
  CHECK_FALSE(this_worker.has_all);
  CHECK(this_worker.self == kOutsider);
}

TEST_CASE("A value may be set while the strategy is made, and all is free when it goes", "[explore]") {
  CHECK(explore<SetsInItsConstructor>({}).verdict == ExploreVerdict::proved);
  CHECK(explore<LocksInItsDestructor>({}).verdict == ExploreVerdict::proved);
}

TEST_CASE("What a strategy does out of place is refused with its place and reason", "[explore]") {
  const std::string begins = "the strategy cannot be explored: ";
  const auto& [explore_it, auditor,
               text] = GENERATE(table<Exploration (*)(const ExploreLimits&), bool, std::string>({
      {&explore<LocksInItsConstructor>, false, "its constructor: it uses a lock"},
      {&explore<ThrowsInItsConstructor>, false,
       "its constructor: it throws std::runtime_error (a text that is longer than a short string)"},
      {&explore<StaticMutex>, false, "transfer 0 -> 1, 1, before its first operation: it uses an S::Mutex"},
      {&explore<StaticCell>, false,
       "transfer 0 -> 1, 1, before its first operation: it uses an S::Mutex or S::Cell"},
      {&explore<ThrowsOnMissingFunds>, false, "transfer 0 -> 1, 2, after unlock account 0: it throws "},
      {&explore<ThrowsOnMissingFunds>, false,
       "insufficient_funds (std::exception); a transfer that cannot be made "
       "returns TransferOutcome::declined"},
      {&explore<AuditThrows>, true,
       "the audit, before its first operation: it throws std::out_of_range (too far)"},
  }));
  CHECK_THROWS_MATCHES(explore_it(size(2, 2, 1, auditor)), NotExplorable,
                       MessageMatches(Catch::Matchers::StartsWith(begins) && ContainsSubstring(text)));
  CHECK(explore<Ordered>({}).verdict == ExploreVerdict::proved);
}

TEST_CASE("A lock of the explorer's may be made outside of an exploration, but not used", "[explore]") {
  ModelSync::Mutex mutex;
  ModelSync::Cell<int> cell{kNoAccount, 0};
  CHECK_THROWS_AS(mutex.lock(), std::logic_error);
  CHECK_THROWS_AS(cell.get(), std::logic_error);
}
