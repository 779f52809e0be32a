#include "cli/engine.hpp"

#include "cli/terminal.hpp"
#include "explore/likeness.hpp"
#include "registry.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

namespace banksim::cli {
namespace {

// A child would be in the way: under a debugger or valgrind, or with a sanitizer.
bool must_stay_in_process() {
  if (!host().sanitizers.empty()) return true;
  const std::string tracer = value_in("/proc/self/status", "TracerPid");
  if (!tracer.empty() && tracer != "0") return true;
  return content_of("/proc/self/maps").value_or("").find("vgpreload") != std::string::npos;
}

}  // namespace

// Signals that come sooner are the same wish: timeout signals a process and then its group.
constexpr std::chrono::milliseconds kSameWish{500};

SignalWatch::SignalWatch(const std::function<void(int)>& on_signal, bool asked) {
  sigset_t waited = ending_signals();
  sigaddset(&waited, SIGUSR1);
  sigaddset(&waited, SIGRTMIN);  // from the destructor; from anybody else it means nothing
  pthread_sigmask(SIG_BLOCK, &waited, nullptr);
  thread_ = std::thread([this, waited, on_signal, asked]() mutable {
    auto asked_at = std::chrono::steady_clock::time_point{};
    while (!over_) {
      int signal = 0;
      if (sigwait(&waited, &signal) != 0 || signal == SIGRTMIN) continue;
      const auto now = std::chrono::steady_clock::now();
      if (signal != SIGUSR1) {
        if (std::exchange(asked, true) && now - asked_at >= kSameWish) _exit(128 + signal);
        if (asked_at == std::chrono::steady_clock::time_point{}) asked_at = now;
      }
      on_signal(signal);
    }
  });
}

SignalWatch::~SignalWatch() {
  over_ = true;
  pthread_kill(thread_.native_handle(), SIGRTMIN);
  thread_.join();
}

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

// ---- What shows the same

namespace {

// As --find takes it.
std::string sought_text(const Wanted& wanted) {
  return std::string(to_string(wanted.what)) +
         (wanted.members > 0 ? fmt::format(":{}", wanted.members) : "") +
         (wanted.through_auditor ? ":auditor" : "");
}

using Clock = std::chrono::steady_clock;

// Whoever waits for the text of a run waits no longer for what explains it.
constexpr std::chrono::milliseconds kAll{1000};
constexpr std::uint64_t kMostBytes = std::uint64_t{512} << 20;

// Of a run that ended for the strategy's own fault, and of one that stands still, which may be such.
bool asks_why(const RunResult& run) {
  const bool came_to_its_end = !run.ended_by || run.ended_by->kind == EndKind::never_came_back;
  return run.outcome == Outcome::deadlock || run.outcome == Outcome::violation ||
         (run.outcome == Outcome::stalled && came_to_its_end);
}

}  // namespace

std::string see_again(Engine& engine, const RunResult& run) {
  if (!asks_why(run) || engine.has_left_behind() || find_strategy(run.config.strategy) == nullptr) return "";
  const std::string strategy = "--strategy " + run.config.strategy;
  const Clock::time_point end = Clock::now() + kAll;
  bool found_cause = false;  // the plain search ended at what the run's deadlock may come of
  // Its token, or nothing of one whose strategy cannot be explored, and where somebody asked for the end.
  const auto token_of = [&](ExploreLimits limits, bool climbs,
                            Clock::duration at_most) -> std::optional<std::string> {
    if (engine.signal() != 0 || Clock::now() >= end) return std::nullopt;
    limits.deadline = std::min(end, Clock::now() + at_most);
    limits.max_memory_bytes = kMostBytes;
    limits.budget = at_most;
    try {
      const Exploration found = engine.explore(run.config.strategy, limits, climbs);
      if (shows(found, run)) return found.findings.front().token;
      found_cause = found_cause || (limits.find == Wanted{} && climbs && explains(found, run));
    } catch (const std::exception& error) {
      log(fmt::format("explored to show the same: {}", error.what()));
    }
    return std::nullopt;
  };
  // The words that are easiest to keep come first.
  ExploreLimits limits;
  limits.self_transfers = run.config.self_transfers;
  const std::string plain = strategy + (limits.self_transfers ? " --self-transfers" : "");
  if (token_of(limits, true, kAll / 2)) return plain;
  limits.find = wanted_by(run);
  for (const std::uint32_t bank : {std::uint32_t{0}, run.config.accounts}) {
    if (run.outcome != Outcome::deadlock) break;
    if (const auto like = likeness_of(*run.deadlock, bank))
      if (const auto token = token_of(*like, false, kAll / 4)) return strategy + " --replay " + *token;
  }
  if (limits.find.what != Sought::anything && token_of(limits, true, kAll))
    return plain + " --find " + sought_text(limits.find);
  return found_cause ? plain : "";
}

}  // namespace banksim::cli
