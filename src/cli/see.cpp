#include "cli/see.hpp"

#include "cli/log.hpp"
#include "cli/options.hpp"
#include "explore/likeness.hpp"
#include "registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>

namespace banksim::cli {
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

// Its result, if it came to one: what cannot be explored shows nothing, and nobody is kept waiting who asked for the end.
class Trial {
 public:
  Trial(Engine& engine, const RunResult& run) : engine_(engine), run_(run) {}

  std::optional<Exploration> of(ExploreLimits limits, bool climbs, Clock::duration at_most) {
    if (engine_.signal() != 0 || Clock::now() >= end_) return std::nullopt;
    limits.deadline = std::min(end_, Clock::now() + at_most);
    limits.max_memory_bytes = kMostBytes;
    limits.budget = at_most;
    try {
      Exploration found = engine_.explore(run_.config.strategy, limits, climbs);
      if (shows(found, run_)) return found;
      found_cause_ = found_cause_ || (climbs && limits.find == Wanted{} && explains(found, run_));
    } catch (const std::exception& error) {
      log(fmt::format("explored to show the same: {}", error.what()));
    }
    return std::nullopt;
  }

  // The plain search ended at what the run's deadlock may come of.
  bool found_cause() const { return found_cause_; }

 private:
  Engine& engine_;
  const RunResult& run_;
  Clock::time_point end_ = Clock::now() + kAll;
  bool found_cause_ = false;
};

}  // namespace

std::string see_again(Engine& engine, const RunResult& run) {
  if (!asks_why(run) || engine.has_left_behind() || find_strategy(run.config.strategy) == nullptr) return "";
  const std::string strategy = "--strategy " + run.config.strategy;
  Trial trial(engine, run);
  // The words that are easiest to keep come first.
  ExploreLimits limits;
  limits.self_transfers = run.config.self_transfers;
  const std::string inputs = limits.self_transfers ? " --self-transfers" : "";
  if (trial.of(limits, true, kAll / 2)) return strategy + inputs;
  limits.find = wanted_by(run);
  for (const std::uint32_t bank : {std::uint32_t{0}, run.config.accounts}) {
    if (run.outcome != Outcome::deadlock) break;
    if (const auto like = likeness_of(*run.deadlock, bank))
      if (const auto found = trial.of(*like, false, kAll / 4))
        return fmt::format("{} --replay {}", strategy, found->findings.front().token);
  }
  if (limits.find.what != Sought::anything && trial.of(limits, true, kAll))
    return fmt::format("{}{} --find {}", strategy, inputs, sought_text(limits.find));
  return trial.found_cause() ? strategy + inputs : "";
}

}  // namespace banksim::cli
