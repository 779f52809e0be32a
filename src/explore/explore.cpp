#include "explore/explorer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace banksim {
namespace model {
namespace {

constexpr std::uint32_t kMaxAccounts = 8;

void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

ExploreVerdict verdict_of(FindingKind kind) {
  if (kind == FindingKind::deadlock) return ExploreVerdict::deadlock;
  return kind == FindingKind::livelock ? ExploreVerdict::livelock : ExploreVerdict::violation;
}

bool saw_every_outcome(const Exploration& result) {
  const OutcomesSeen& seen = result.outcomes_seen;
  return seen.done && seen.declined && (seen.audited || !result.limits.auditor);
}

void check_token(const Exploration& result) {
  const std::string& token = result.findings.front().token;
  if (token != result.limits.replay)
    throw BadReplayToken(fmt::format("this token is for another source of {}: here the schedule is {}",
                                     result.strategy, token));
}

}  // namespace

Setup setup_for(std::string_view strategy, const ExploreLimits& limits) {
  Setup setup;
  if (limits.replay.empty()) {
    static_cast<ExploreSize&>(setup) = limits;
    setup.strategy = strategy;
  } else {
    setup = read_head(limits.replay);
    if (setup.strategy != strategy)
      throw BadReplayToken(
          fmt::format("this token is for {}; you asked for {}", setup.to_string(), strategy));
  }
  setup.watch = limits.watch;
  require(setup.workers >= 1 && setup.workers < kMaxWorkers, "--threads must be from 1 to 7");
  require(setup.accounts >= 2 && setup.accounts <= kMaxAccounts, "--accounts must be from 2 to 8");
  require(setup.transfers >= 1 && setup.transfers <= Slot::kMaxTransfers,
          "--transfers must be from 1 to 255: they are of each worker");
  require(limits.max_states >= 1 && limits.max_states < 0xffff'ff00U,
          "--max-states must be from 1 to 4,294,967,039");
  require(limits.max_memory_bytes >= 1, "--max-memory must be at least 1");
  return setup;
}

Exploration explore(Model& model, const ExploreLimits& limits) {
  const auto start = std::chrono::steady_clock::now();
  Exploration result;
  result.strategy = model.setup().strategy;
  result.limits = limits;
  static_cast<ExploreSize&>(result.limits) = model.setup();
  result.replayed = !limits.replay.empty();
  result.heap_not_seen = !model.locals().sees_heap();

  const auto found = result.replayed ? follow(model, limits.replay) : search_all(model, result);
  result.outcomes_seen = model.outcomes();
  result.peak_memory_bytes = std::max(result.peak_memory_bytes, model.bytes());
  if (found) {
    result.findings.push_back(tell(model, *found));
    if (result.replayed) check_token(result);
    // A search that was stopped may have stopped short of a shorter one.
    result.findings.front().fewest_steps =
        !result.replayed && result.bounds_hit.empty() && found->breach.kind != FindingKind::livelock;
    result.verdict = verdict_of(found->breach.kind);
  } else if (result.complete && saw_every_outcome(result)) {
    result.verdict = ExploreVerdict::proved;
  }
  result.elapsed_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace model

void check_limits(std::string_view strategy, const ExploreLimits& limits) {
  (void)model::setup_for(strategy, limits);
}

Exploration explore(std::string_view strategy, ExploreSubjectFactory make, const ExploreLimits& limits) {
  model::Model model(make, model::setup_for(strategy, limits));
  return model::explore(model, limits);
}

}  // namespace banksim
