#include "cli/engine.hpp"

#include "registry.hpp"
#include "run/platform.hpp"

#include <unistd.h>

#include <csignal>
#include <fstream>
#include <string>

namespace banksim::cli {
namespace {

// A child would be in the way: under a debugger or valgrind, or with a sanitizer.
bool must_stay_in_process() {
  if (!host().sanitizers.empty()) return true;
  const std::string tracer = value_in("/proc/self/status", "TracerPid");
  if (!tracer.empty() && tracer != "0") return true;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (line.find("vgpreload") != std::string::npos) return true;
  return false;
}

}  // namespace

Engine::Engine(bool in_process) {
  if (!in_process && !must_stay_in_process()) {
    isolation_.emplace();
    return;
  }
  watch_.emplace([this](int signal) {
    if (signal == SIGUSR1) {
      look_ = true;
      return;
    }
    signal_ = signal;
    cancelled_ = true;
    control_.request_stop(signal);
  });
}

RunResult Engine::run(const Config& config, RunControl& control) {
  if (isolation_) return run_isolated(*isolation_, run_registered, config, control);
  if (left_behind_) {
    RunResult nothing;
    nothing.config = config;
    nothing.outcome = Outcome::interrupted;
    return nothing;
  }
  RunResult result = run_registered(config, control);
  left_behind_ = result.ended_by && result.ended_by->kind == EndKind::never_came_back;
  return result;
}

Exploration Engine::explore(const std::string& strategy, ExploreLimits limits, bool climbs) {
  const Explorer one = [&strategy](const ExploreLimits& size) {
    Exploration found = explore_registered(strategy, size);
    found.strategy = strategy;
    return found;
  };
  const Explorer ladder = [&one](const ExploreLimits& all) { return climb(one, all); };
  const Explorer& explore = climbs ? ladder : one;
  if (isolation_) return explore_isolated(*isolation_, strategy, explore, limits);
  limits.cancel = &cancelled_;
  return explore(limits);
}

void Engine::settle() {
  if (!watch_) watch_.emplace([](int) {}, signal() != 0);
}

int Engine::finish(int code) const {
  if (left_behind_) ::_exit(code);
  return code;
}

}  // namespace banksim::cli
