#include "explore/search.hpp"

#include <banksim/explore.hpp>

#include <algorithm>
#include <chrono>

namespace banksim {
namespace {

using model::Counterexample;
using model::Model;

constexpr std::uint32_t kMaxAccounts = 8;

void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

void validate_numbers(const ExploreLimits& limits) {
  require(limits.workers >= 1 && limits.workers < model::kMaxWorkers, "--threads must be from 1 to 7");
  require(limits.accounts >= 2 && limits.accounts <= kMaxAccounts, "--accounts must be from 2 to 8");
  require(limits.transfers >= 1 && limits.transfers <= model::Slot::kMaxTransfers,
          "--transfers must be from 1 to 255: they are of each worker");
  require(limits.max_states >= 1 && limits.max_states < 0xffff'ff00U,
          "--max-states must be from 1 to 4,294,967,039");
  require(limits.max_memory_bytes >= 1, "--max-memory must be at least 1");
}

// The size that is explored: the one asked for, or that of the token.
ExploreLimits effective(std::string_view strategy, const ExploreLimits& limits) {
  ExploreLimits size = limits;
  if (!limits.replay.empty()) {
    const ReplaySubject subject = replay_subject(limits.replay);
    if (subject.strategy != strategy)
      throw BadReplayToken("this token is for " + subject.to_string() + "; you asked for " +
                           std::string(strategy));
    model::adopt_size(limits.replay, size);
  }
  validate_numbers(size);
  return size;
}

ExploreVerdict verdict_of(FindingKind kind) {
  switch (kind) {
    case FindingKind::deadlock:
      return ExploreVerdict::deadlock;
    case FindingKind::livelock:
      return ExploreVerdict::livelock;
    default:
      return ExploreVerdict::violation;
  }
}

bool saw_every_outcome(const Exploration& result) {
  const auto& seen = result.outcomes_seen;
  return seen.done && seen.declined && (seen.audited || !result.limits.auditor);
}

std::optional<Counterexample> look(Model& model, Exploration& result, const model::Faults& faults) {
  if (!result.limits.replay.empty()) return model::follow(model, result.limits.replay);
  if (result.limits.random_runs > 0) return model::sample(model, result);
  return model::search_all(model, result, faults);
}

void check_token(const Exploration& result) {
  if (result.findings.front().token == result.limits.replay) return;
  throw BadReplayToken("this token is for another source of " + result.strategy + ": here the schedule is " +
                       result.findings.front().token);
}

}  // namespace

void validate(std::string_view strategy, const ExploreLimits& limits) { (void)effective(strategy, limits); }

Exploration model::explore_with_faults(std::string_view strategy, ExploreSubjectFactory make,
                                       const ExploreLimits& limits, const Faults& faults) {
  const auto start = std::chrono::steady_clock::now();
  Exploration result;
  result.strategy = strategy;
  result.limits = effective(strategy, limits);
  result.replayed = !limits.replay.empty();

  Model model(make, result.limits, faults);
  const auto found = look(model, result, faults);
  result.outcomes_seen = model.outcomes();
  result.peak_memory_bytes = std::max(result.peak_memory_bytes, model.bytes());
  if (found) {
    result.findings.push_back(tell(model, strategy, result.limits, *found));
    if (result.replayed) check_token(result);
    // A search that was stopped may have stopped short of a shorter one.
    result.findings.front().fewest_steps = !result.replayed && limits.random_runs == 0 &&
                                           result.bounds_hit.empty() &&
                                           found->breach.kind != FindingKind::livelock;
    result.verdict = verdict_of(found->breach.kind);
  } else if (result.complete && saw_every_outcome(result)) {
    result.verdict = ExploreVerdict::proved;
  }
  result.elapsed_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

Exploration explore(std::string_view strategy, ExploreSubjectFactory make, const ExploreLimits& limits) {
  return model::explore_with_faults(strategy, make, limits, {});
}

}  // namespace banksim
