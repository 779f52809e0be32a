// The caller's hand on a run. A fault here hangs, so each run has a thread of its own and a deadline that
// only a hanging one can miss.
#include <banksim/simulate.hpp>
#include <banksim/strategies/ordered.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <chrono>
#include <csignal>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

using namespace banksim;
using namespace std::chrono_literals;
using Phase = RunProgress::Phase;

namespace {

// A run that nothing but its caller ends.
Config endless() {
  Config config;
  config.threads = 3;
  config.transfers = 1'000'000'000'000;
  config.timeout = 10min;
  return config;
}

RunResult simulate_within_a_minute(std::shared_ptr<RunControl> control, const Config& config) {
  std::packaged_task<RunResult()> task([control, config] { return simulate<Ordered>(config, *control); });
  std::future<RunResult> result = task.get_future();
  std::thread thread(std::move(task));
  if (result.wait_for(1min) != std::future_status::ready) {
    thread.detach();  // nobody can join it
    FAIL("the run hangs");
  }
  thread.join();
  return result.get();
}

}  // namespace

TEST_CASE("A stop may be asked for from inside the progress callback, before the threads or among them",
          "[control]") {
  const Phase when = GENERATE(Phase::preparing, Phase::running);
  const auto control = std::make_shared<RunControl>();
  control->on_progress = [when, hand = control.get()](const RunProgress& progress) {
    if (progress.phase == when) hand->request_stop(SIGINT);
  };
  const RunResult result = simulate_within_a_minute(control, endless());
  CHECK(result.outcome == Outcome::interrupted);
  CHECK(result.signal == SIGINT);
  CHECK(result.check.ok());
}

TEST_CASE("A stop that was asked for before the run is not forgotten, however short the run", "[control]") {
  RunControl control;
  control.request_stop(SIGTERM);
  Config config;
  config.transfers = 10;
  const RunResult result = simulate<Ordered>(config, control);
  CHECK(result.outcome == Outcome::interrupted);
  CHECK(result.signal == SIGTERM);
}

TEST_CASE("What the progress callback throws calls everybody off, and simulate() throws it again",
          "[control]") {
  const Phase when = GENERATE(Phase::preparing, Phase::running, Phase::checking);
  Config config = endless();
  if (when == Phase::checking) config.transfers = 10;
  if (GENERATE(false, true)) {  // one holds, the others wait for a lock, and the auditor for its time
    config.accounts = 2;
    config.hold.spin = when == Phase::checking ? 1ms : 5s;
    config.stall = 30s;
    config.audit.interval = std::chrono::hours{1};
  }
  const auto control = std::make_shared<RunControl>();
  control->on_progress = [when](const RunProgress& progress) {
    if (progress.phase == when) throw std::runtime_error("the display broke");
  };
  CHECK_THROWS_AS(simulate_within_a_minute(control, config), std::runtime_error);
}

TEST_CASE("A signal interrupts, also in the middle of a long hold, and nothing is lost", "[control]") {
  Config config = endless();
  config.accounts = 2;
  config.hold.spin = GENERATE(nanoseconds{0}, nanoseconds{5s});
  const auto control = std::make_shared<RunControl>();
  std::thread signaller;
  control->on_progress = [&signaller, hand = control.get()](const RunProgress& progress) {
    if (progress.phase == Phase::running && !signaller.joinable())
      signaller = std::thread([hand] { hand->request_stop(SIGINT); });
  };
  const RunResult result = simulate_within_a_minute(control, config);
  signaller.join();
  CHECK(result.outcome == Outcome::interrupted);
  CHECK(result.signal == SIGINT);
  CHECK(result.check.ok());  // the counts among it
}
