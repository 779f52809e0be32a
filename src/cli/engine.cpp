#include "cli/engine.hpp"

#include "registry.hpp"

#include <unistd.h>

#include <csignal>

namespace banksim::cli {

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

Exploration Engine::explore(const std::string& strategy, ExploreLimits limits) {
  const auto explore = find_strategy(strategy)->explore;
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
