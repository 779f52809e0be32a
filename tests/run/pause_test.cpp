// A run in a process that is stopped and goes on, for real.
#include <banksim/simulate.hpp>
#include <banksim/strategies/ordered.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <ctime>
#include <thread>

using namespace banksim;
using namespace std::chrono_literals;

namespace {

// What the process tells of its run.
struct Told {
  Outcome outcome = Outcome::violation;
  double paused_s = 0;
  double elapsed_s = 0;
  double waiting_share = 0;
  double audits_s = 0;
};

int tell_to = -1;

// Tells once that it begins, which is in no callback of the supervisor, and is not through with it when the process
// goes on: what ends by the clock would be.
void tell(std::atomic<bool>& told) {
  if (told.exchange(true)) return;
  if (::write(tell_to, "", 1) != 1) ::_exit(1);
  for (const std::clock_t begin = std::clock(); std::clock() - begin < CLOCKS_PER_SEC / 10;) {
  }
}

template <class S>
struct TellsOfTransfer : Ordered<S> {
  auto lock_pair(Bank<S>& bank, const Transfer& transfer) {
    tell(told);
    return Ordered<S>::lock_pair(bank, transfer);
  }
  std::atomic<bool> told{false};
};

template <class S>
struct TellsOfAudit : Ordered<S> {
  auto lock_all(Bank<S>& bank) {
    tell(told);
    return Ordered<S>::lock_all(bank);
  }
  std::atomic<bool> told{false};
};

// Runs it in a process of its own, and stops that for a while once the run is under way.
template <template <class> class Strategy = TellsOfTransfer>
Told simulate_stopped(const Config& config, std::chrono::milliseconds stopped) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t process = ::fork();
  REQUIRE(process >= 0);
  if (process == 0) {
    RunControl control;
    tell_to = ends[1];
    const RunResult run = simulate<Strategy>(config, control);
    const Told all{run.outcome, run.machine.paused_s, run.elapsed_s, run.waiting_share(), run.audits_s};
    ::_exit(::write(ends[1], &all, sizeof all) == sizeof all ? 0 : 1);
  }
  ::close(ends[1]);
  char started = 1;
  CHECK(::read(ends[0], &started, 1) == 1);
  if (stopped > 0ms) {
    ::kill(process, SIGSTOP);
    ::waitpid(process, nullptr, WUNTRACED);
    std::this_thread::sleep_for(stopped);
    ::kill(process, SIGCONT);
  }
  Told told;
  CHECK(::read(ends[0], &told, sizeof told) == sizeof told);
  ::close(ends[0]);
  ::waitpid(process, nullptr, 0);
  return told;
}

}  // namespace

TEST_CASE("A run whose process was stopped is neither stalled nor out of time, and lasted as long as it ran",
          "[pause]") {
  Config config;
  config.threads = GENERATE(1u, 4u);  // of four, three wait for a lock all the time
  config.accounts = 2;
  config.transfers = 10;
  config.hold.spin = 100ms;
  config.audit.kind = AuditPolicy::Kind::off;
  config.stall = config.timeout = 3s;
  const Told told = simulate_stopped(config, 3300ms);
  CHECK(told.outcome == Outcome::ok);
  CHECK(told.paused_s > 2);  // less what it queued for a processor afterwards
  CHECK(told.paused_s < 3.5);
  CHECK(told.elapsed_s > 0.9);
  CHECK(told.waiting_share < 1);
}

TEST_CASE("An audit that was stopped took as long as it ran", "[pause]") {
  Config config;
  config.accounts = 2;
  config.transfers = 10;
  config.hold.spin = 100ms;
  config.audit.interval = 1ms;
  const Told told = simulate_stopped<TellsOfAudit>(config, 3300ms);
  CHECK(told.paused_s > 2);
  CHECK(told.audits_s <= told.elapsed_s);
}

TEST_CASE("A duration is the time that the run had, not the time that it was stopped", "[pause]") {
  Config config;
  config.threads = 2;
  config.duration = 600ms;
  const Told told = simulate_stopped(config, 1200ms);
  CHECK(told.outcome == Outcome::ok);
  CHECK(told.paused_s > 0);
  CHECK(told.elapsed_s > 0.5);  // what was stopped within a tick is found but for that tick
}

TEST_CASE("No pause is invented", "[pause]") {
  Config config;
  config.threads = 4;
  config.duration = 300ms;
  config.think = GENERATE(0ms, 200ms);  // all asleep
  CHECK(simulate_stopped(config, 0ms).paused_s == 0);
}
