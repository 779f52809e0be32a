// A run in a child process ends with a result whatever the strategy does to that process.
#include "isolate/isolate.hpp"

#include "support/hostile_more.hpp"
#include "support/sanitizers.hpp"

#include <banksim/explore.hpp>
#include <banksim/sanitizers.hpp>
#include <banksim/strategies/naive.hpp>
#include <banksim/strategies/ordered.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

using namespace banksim;
using namespace banksim::test::hostile;
using namespace std::chrono_literals;

namespace {

// Who ends by itself may take its time, on whatever machine; the others end by this.
Config patient(std::chrono::nanoseconds timeout = 1min) {
  Config config;
  config.accounts = 3;
  config.threads = 2;
  config.transfers = 100'000;
  config.timeout = timeout;
  config.slice = 5ms;
  return config;
}
Config quick() { return patient(500ms); }

template <template <class> class Strategy>
RunResult run_in_child(const Config& config = patient()) {
  RunControl control;
  Isolation isolation;
  const RunResult result = run_isolated(
      isolation, [](const Config& what, RunControl& own) { return simulate<Strategy>(what, own); }, config,
      control);
  CHECK(result.config == config);
  CHECK((::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD));  // nobody is left
  return result;
}

void check_dead(const RunResult& result, EndKind kind, int number) {
  CHECK(result.outcome == Outcome::crashed);
  CHECK_FALSE(result.check.performed);
  REQUIRE(result.ended_by);
  CHECK(result.ended_by->kind == kind);
  CHECK(result.ended_by->number == number);
}

// Where nobody watches yet.
template <class S>
struct LeavesTheGroupAndSpins : Ordered<S> {
  LeavesTheGroupAndSpins() { deeds::joins_its_parents_group.act(); }
};

template <class S>
struct AbortsInItsAudit : Ordered<S> {
  Money audit(Bank<S>&) { std::abort(); }
};

template <class S>
struct SpinsInTheExplorer : Ordered<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    if constexpr (std::is_same_v<S, ModelSync>) spin_for_ever();
    return Ordered<S>::lock_pair(bank, transfer);
  }
};

template <class S>
struct HasALargeArray : Ordered<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    std::array<volatile char, 4 << 20> much;
    much[0] = 1;
    return Ordered<S>::lock_pair(bank, transfer);
  }
};

template <class S>
struct ExitsInTheExplorer : Ordered<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    if constexpr (std::is_same_v<S, ModelSync>) ::_exit(7);
    return Ordered<S>::lock_pair(bank, transfer);
  }
};

}  // namespace

TEST_CASE("A run in a child comes back as it would have been here", "[isolate]") {
  const RunResult child = run_in_child<Ordered>();
  CHECK(child.outcome == Outcome::ok);
  CHECK(child.check.ok());
  CHECK(child.transfers.attempted == 100'000);
  CHECK(child.latency.count() > 0);

  Config frozen = patient();
  frozen.accounts = 2;
  frozen.threads = 4;
  frozen.hold.yield = true;
  const RunResult deadlock = run_in_child<Naive>(frozen);
  CHECK(deadlock.outcome == Outcome::deadlock);
  CHECK(deadlock.deadlock.value().cycle.size() >= 2);
}

TEST_CASE("What ends the child's process is a result, with the thread and its transfer", "[isolate]") {
  if (BANKSIM_THREAD_SANITIZER || BANKSIM_ADDRESS_SANITIZER)
    SKIP("a sanitizer has a say in how a process ends");
  const auto named = [](const RunResult& result) {
    REQUIRE(result.ended_by);
    REQUIRE(result.ended_by->transfer);
    CHECK(result.ended_by->transfer->transfer.amount > Money{90});
    CHECK(index(result.ended_by->worker) < 2);
  };
  SECTION("a signal of its own making") {
    const RunResult null = run_in_child<ReadsNull>();
    check_dead(null, EndKind::signal, SIGSEGV);
    named(null);
    const RunResult aborts = run_in_child<Aborts>();
    check_dead(aborts, EndKind::signal, SIGABRT);
    named(aborts);
  }
  SECTION("in a worker's audit, when its transfer is over") {
    Config config = patient();
    config.audit.kind = AuditPolicy::Kind::each;
    const RunResult result = run_in_child<AbortsInItsAudit>(config);
    check_dead(result, EndKind::signal, SIGABRT);
    CHECK(index(result.ended_by->worker) < 2);
    CHECK_FALSE(result.ended_by->transfer);
  }
  SECTION("an overflowed stack") {
    const RunResult overflow = run_in_child<OverflowsItsStack>();
    check_dead(overflow, EndKind::signal, SIGSEGV);
    named(overflow);
  }
  SECTION("a signal that it sends") {
    check_dead(run_in_child<KillsItself>(), EndKind::signal, SIGKILL);
    check_dead(run_in_child<KillsItsGroup>(), EndKind::signal, SIGTERM);
  }
  SECTION("an exit") {
    CHECK(run_in_child<Exits>().outcome ==
          Outcome::crashed);  // or dies in its exit, for the other thread goes on
    check_dead(run_in_child<ExitsAtOnce>(), EndKind::exited, 7);
  }
  SECTION("an exception in a thread of its own") {
    Config config = patient();
    config.transfers = 1'000'000'000;
    check_dead(run_in_child<LeavesAThread>(config), EndKind::signal, SIGABRT);
  }
  SECTION("what it throws in a transfer") { CHECK(run_in_child<Throws>().outcome == Outcome::crashed); }
}

TEST_CASE("Who does not come back is killed, and the run is stalled", "[isolate]") {
  const auto check_stalled = [](const RunResult& result) {
    CHECK(result.outcome == Outcome::stalled);
    CHECK_FALSE(result.check.performed);
    CHECK(result.ended_by.value().kind == EndKind::never_came_back);
  };
  SECTION("from its transfer") {
    const RunResult result = run_in_child<SpinsForEver>(quick());
    check_stalled(result);
    CHECK(result.ended_by->transfer);
  }
  SECTION("from its constructor") { check_stalled(run_in_child<NeverConstructed>(quick())); }
  SECTION("from its destructor") { check_stalled(run_in_child<NeverDestroyed>(quick())); }
  SECTION("from where it is in another process group") {
    check_stalled(run_in_child<LeavesTheGroupAndSpins>(quick()));
  }
  SECTION("from a stop for whoever traces it") { check_stalled(run_in_child<TracesItself>(quick())); }
  SECTION("from printing") { check_stalled(run_in_child<PrintsForEver>(quick())); }
  SECTION("from another program") { check_stalled(run_in_child<BecomesAnotherProgram>(quick())); }
  SECTION("with every signal blocked") { check_stalled(run_in_child<BlocksEverySignal>(quick())); }
}

TEST_CASE("What a strategy does to the process around it does not touch the result", "[isolate]") {
  CHECK(run_in_child<ClosesEverything>().outcome == Outcome::ok);
  CHECK(run_in_child<LeavesADaemon>().outcome == Outcome::ok);  // and nobody is left
  CHECK(run_in_child<ForksAndGoesOn>().outcome == Outcome::ok);
  const int file = ::memfd_create("a document", 0);
  CHECK(run_in_child<Scribbles>().outcome == Outcome::ok);
  CHECK(::lseek(file, 0, SEEK_END) == 0);
  ::close(file);
}

TEST_CASE("Where there can be no child that is an error of the machine, which a comparison outlives",
          "[isolate]") {
  if (test::kAddressSanitizer) SKIP("the undefined-behaviour sanitizer looks at objects through a pipe");
  Isolation isolation;
  RunControl control;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{0, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  bool refused = false;
  try {
    run_isolated(
        isolation, [](const Config& what, RunControl& own) { return simulate<Ordered>(what, own); }, quick(),
        control);
  } catch (const SimulationError&) {
    refused = true;
  } catch (const std::exception&) {
  }
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(refused);
}

TEST_CASE("What an exception says in the child it says here", "[isolate]") {
  Config config = quick();
  config.accounts = 1;
  CHECK_THROWS_AS(run_in_child<Ordered>(config), ConfigError);
}

TEST_CASE("A signal to the parent ends the run in good order, and a second one at once", "[isolate]") {
  Config config = quick();
  config.transfers = 1'000'000'000'000;
  config.timeout = 1min;
  // From a timer, since there may be one thread alone.
  const int times = GENERATE(1, 2);
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGINT;
  timer_t timer{};
  REQUIRE(::timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
  const itimerspec when{{0, times == 1 ? 0 : 300'000'000}, {0, 300'000'000}};
  RunControl control;
  Isolation isolation;
  REQUIRE(::timer_settime(timer, 0, &when, nullptr) == 0);
  const RunResult result = run_isolated(
      isolation, [](const Config& what, RunControl& own) { return simulate<SpinsForEver>(what, own); },
      config, control);
  ::timer_delete(timer);
  CHECK(result.outcome == Outcome::interrupted);
  CHECK(result.signal == SIGINT);
  CHECK(isolation.signal() == SIGINT);
  CHECK(result.ended_by.value().kind == EndKind::never_came_back);
  CHECK(result.ended_by->transfer.has_value() == (times == 1));  // then it says itself where it was
}

TEST_CASE("A wish to end holds for the runs that come after it", "[isolate]") {
  Config config = quick();
  config.transfers = 1'000'000'000'000;
  config.timeout = 1min;
  RunControl control;
  Isolation isolation;
  ::raise(SIGTERM);
  for (int i = 0; i < 2; ++i) {
    const RunResult result = run_isolated(
        isolation, [](const Config& what, RunControl& own) { return simulate<Ordered>(what, own); }, config,
        control);
    CHECK(result.outcome == Outcome::interrupted);
    CHECK(result.signal == SIGTERM);
    CHECK_FALSE(result.ended_by);  // it came back by itself
    CHECK(result.check.ok());
  }
}

TEST_CASE("A result that was damaged on its way is none", "[isolate]") {
  const auto box = std::make_unique<std::byte[]>(Mailbox::kBytes);
  Mailbox& mailbox = *new (box.get()) Mailbox;
  mailbox.leave(Mailbox::Kind::result, "what the child found");
  REQUIRE(mailbox.left());
  CHECK(mailbox.left()->second == "what the child found");
  const std::string_view all(reinterpret_cast<const char*>(box.get()), Mailbox::kBytes);
  box[all.find("what the child")] = std::byte{'W'};
  CHECK_FALSE(mailbox.left());
}

TEST_CASE("An exploration in a child comes back as it would have been here", "[isolate]") {
  Isolation isolation;
  ExploreLimits limits;
  limits.workers = 3;
  const Exploration here = explore<Ordered>(limits);
  const Exploration child = explore_isolated(
      isolation, "ordered", [](const ExploreLimits& own) { return explore<Ordered>(own); }, limits);
  CHECK(child.verdict == ExploreVerdict::proved);
  CHECK(child.states == here.states);
  const Exploration naive = explore_isolated(
      isolation, "naive", [](const ExploreLimits& own) { return explore<Naive>(own); }, limits);
  CHECK(naive.verdict == ExploreVerdict::deadlock);
  CHECK(naive.findings == explore<Naive>(limits).findings);
  if (!test::kTimesMeanNothing)
    CHECK_THROWS_MATCHES(
        explore_isolated(
            isolation, "large", [](const ExploreLimits& own) { return explore<HasALargeArray>(own); },
            limits),
        NotExplorable,
        Catch::Matchers::Message("the strategy cannot be explored: transfer 0 -> 1, 1, before its "
                                 "first operation: it needs more than 60 KiB of stack"));
  CHECK_THROWS_MATCHES(
      explore_isolated(
          isolation, "exits", [](const ExploreLimits& own) { return explore<ExitsInTheExplorer>(own); },
          limits),
      NotExplorable,
      Catch::Matchers::Message("the strategy cannot be explored: transfer 0 -> 1, 1, before its "
                               "first operation: it ended the process: exit status 7"));
}

namespace {

const char* kWaits =
    "it loops, or waits for something that the explorer cannot see, such as a std::mutex of its own, or time: "
    "use S::Mutex";

void check_refused(Exploration (*explore_it)(const ExploreLimits&), const std::string& where,
                   std::chrono::nanoseconds silence = 1s) {
  Isolation isolation;
  CHECK_THROWS_MATCHES(explore_isolated(isolation, "hangs", explore_it, {}, silence), NotExplorable,
                       Catch::Matchers::MessageMatches(
                           Catch::Matchers::StartsWith("the strategy cannot be explored: " + where) &&
                           Catch::Matchers::EndsWith(std::string(": ") + kWaits)));
}

// Past the compiler, which refuses a guard of a std::mutex.
template <template <class> class Strategy>
Exploration explore_anyhow(const ExploreLimits& limits) {
  using S = Strategy<ModelSync>;
  return explore(S::name, &ExploredStrategy<S>::make, limits);
}

// A static std::mutex, one for the bank, is right, and not to be seen.
template <class S>
struct StaticStdMutex : Ordered<S> {
  static inline std::mutex gate;
  auto lock_pair(Bank<S>&, const Transfer&) { return std::unique_lock(gate); }
};

template <class S>
struct SecondIsStatic : Ordered<S> {
  static inline std::mutex gate;
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    std::unique_lock first(bank[transfer.from].mutex);
    return std::pair(std::move(first), std::unique_lock(gate));
  }
};

template <class S>
struct WaitsForACondition : Ordered<S> {
  std::mutex mutex;
  std::condition_variable come;
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    std::unique_lock lock(mutex);
    come.wait(lock, [] { return false; });
    return Ordered<S>::lock_pair(bank, transfer);
  }
};

// Each of its waits ends, and all of them would take minutes.
template <class S>
struct WaitsForTime : Ordered<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, 50ms);
    return Ordered<S>::lock_pair(bank, transfer);
  }
};

template <class S>
struct SpinsInItsConstructor : Ordered<S> {
  SpinsInItsConstructor() { spin_for_ever(); }
};

}  // namespace

TEST_CASE(
    "An exploration of a strategy that waits for what the explorer does not see is ended, with its place",
    "[isolate]") {
  check_refused(&explore_anyhow<StaticStdMutex>, "transfer 0 -> 1, 1, before its first operation");
  check_refused(&explore_anyhow<SecondIsStatic>, "transfer 0 -> 1, 1, after lock account 0");
  check_refused(&explore_anyhow<WaitsForACondition>, "transfer 0 -> 1, 1, before its first operation");
  check_refused(&explore<WaitsForTime>, "transfer ", 100ms);
  check_refused(&explore<SpinsInTheExplorer>, "transfer 0 -> 1, 1, before its first operation");
  check_refused(&explore<SpinsInItsConstructor>, "its constructor");
  check_refused(&explore<NeverDestroyed>, "its destructor");
}
