// The explorer against a brute-force search, on strategies that nobody has thought of.
//
// BANKSIM_PROGRAMS says how many are tried, and BANKSIM_SEED from which on. What differs is printed as a strategy
// that compiles.
#include "support/faulty_explorers.hpp"
#include "support/program_generator.hpp"
#include "support/program_search.hpp"
#include "support/program_source.hpp"
#include "support/program_story.hpp"
#include "support/program_strategy.hpp"

#include <banksim/names.hpp>
#include <banksim/simulate.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cmath>
#include <cstdlib>
#include <map>
#include <string>

using namespace banksim;
using namespace banksim::programs;

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::uint64_t first_seed() { return from_environment("BANKSIM_SEED", 1); }

struct Tried {
  Program program;
  ExploreLimits limits;
};

// Small sizes most of the time: the brute force has its price.
Tried tried(std::uint64_t seed) {
  std::mt19937_64 random(seed ^ 0x5eed);
  const auto below = [&random](std::uint64_t end) { return random() % end; };
  Tried it;
  const std::uint64_t kind = below(100);
  ExploreSize& size = it.limits;
  if (kind >= 55 && kind < 75) size.auditor = true;
  if (kind >= 75 && kind < 85) size.workers = 3;
  if (kind >= 85 && kind < 92) size.accounts = 3;
  if (kind >= 92) size.transfers = 2;
  if (below(100) < 5 && size.accounts == 2) size.self_transfers = true;
  if (below(100) < 10) size.balance = Money{2};
  if (below(100) < 10) size.amounts = {Money{1}, Money{3}};
  it.limits.max_states = 300'000;
  it.program = Generator(seed, size.accounts).next();
  return it;
}

Exploration explored(const Tried& it) {
  current = &it.program;
  return it.program.has_own_transfer ? explore<MovesByProgram>(it.limits)
                                     : explore<LocksByProgram>(it.limits);
}
Exploration explored_by(const faulty::Explorer& explorer, const Tried& it) {
  current = &it.program;
  return explorer.explore(it.program.has_own_transfer ? zoo::animal<MovesByProgram>(it.limits)
                                                      : zoo::animal<LocksByProgram>(it.limits));
}

std::string names_of(const std::set<FindingKind>& kinds) {
  std::string names;
  for (const FindingKind kind : kinds) names += (names.empty() ? "" : ", ") + std::string(to_string(kind));
  return names;
}

// Doubles count exactly below 2^53.
bool is_near(double a, double b) { return std::abs(a - b) <= 1e-9 * b * (b < 0x1p53 ? 0 : 1); }

std::string of_a_finding(const Seen& seen, const Exploration& result) {
  const ExploreFinding& finding = result.findings[0];
  const std::string said =
      std::string(to_string(finding.kind)) + " in " + std::to_string(finding.steps.size());
  if (finding.kind == FindingKind::livelock)
    return seen.fewest_steps == 0 && seen.trapped ? "" : "livelock, and there is none";
  if (seen.fewest_steps == 0) return said + ", and nothing is wrong but perhaps a livelock";
  if (finding.steps.size() != seen.fewest_steps)
    return said + ", and it is so in " + std::to_string(seen.fewest_steps);
  return seen.at_fewest.contains(finding.kind) ? "" : said + ", and it is " + names_of(seen.at_fewest);
}

std::string of_a_proof(const Seen& seen, const Exploration& result, bool counts_states) {
  if (seen.fewest_steps != 0)
    return "nothing, and there is " + names_of(seen.at_fewest) + " in " + std::to_string(seen.fewest_steps);
  if (seen.trapped) return "nothing, and there is a livelock";
  const bool saw_all =
      seen.outcomes.done && seen.outcomes.declined && (seen.outcomes.audited || !result.limits.auditor);
  if (result.outcomes_seen != seen.outcomes) return "other outcomes";
  if ((result.verdict == ExploreVerdict::proved) != saw_all)
    return "proved, or not, in spite of the outcomes";
  if (result.interleavings.has_value() == seen.endless)
    return "loops where there are none, or none where there are";
  if (!seen.endless && !is_near(*result.interleavings, seen.schedules))
    return "interleavings: " + std::to_string(*result.interleavings) + " and " +
           std::to_string(seen.schedules);
  if (result.may_retry != seen.endless) return "may retry, or not";
  if (counts_states && result.states < seen.states)
    return "states: " + std::to_string(result.states) + " and " + std::to_string(seen.states);
  return "";
}

// What the explorer says, and is not so; empty if all is.
std::string difference(const Tried& it, const Seen& seen, const Exploration& result) {
  if (result.findings.empty()) return of_a_proof(seen, result, it.program.has_own_transfer);
  std::string differs = of_a_finding(seen, result);
  if (differs.empty()) differs = Retelling(it.program, it.limits).of(result.findings[0]);
  return differs;
}

std::string replay_difference(const Tried& it, const ExploreFinding& finding) {
  Tried again = it;
  again.limits.replay = finding.token;
  try {
    const Exploration result = explored(again);
    ExploreFinding replayed = result.findings.at(0);
    replayed.fewest_steps = finding.fewest_steps;
    return replayed == finding ? "" : "the token replays something else";
  } catch (const BadReplayToken& error) {
    return finding.token + ": " + error.what();
  }
}

std::string printed(const Tried& it, std::uint64_t seed) {
  const ExploreSize& size = it.limits;
  std::string amounts;
  for (const Money amount : size.amounts) amounts += " " + std::to_string(amount.minor_units());
  return "// BANKSIM_SEED=" + std::to_string(seed) + ": " + std::to_string(size.workers) + " workers, " +
         std::to_string(size.accounts) + " accounts of " + std::to_string(size.balance.minor_units()) + ", " +
         std::to_string(size.transfers) + " transfers of" + amounts + (size.auditor ? ", an auditor" : "") +
         (size.self_transfers ? ", to oneself too" : "") + "\n" + Source::of(it.program);
}

// --- On real threads ---

RunResult run_of(const Tried& it, std::uint64_t transfers, std::uint64_t seed) {
  Config config;
  config.strategy = "program";
  config.threads = it.limits.workers;
  config.accounts = it.limits.accounts;
  config.balance = {it.limits.balance};
  config.transfers = transfers;
  config.min_amount = it.limits.amounts.front();
  config.max_amount = it.limits.amounts.back();
  config.seed = seed;
  config.audit.kind = it.limits.auditor ? AuditPolicy::Kind::interval : AuditPolicy::Kind::off;
  config.audit.interval = std::chrono::microseconds(50);
  config.slice = std::chrono::milliseconds(1);
  current = &it.program;
  RunControl control;
  return it.program.has_own_transfer ? simulate<MovesByProgram>(config, control)
                                     : simulate<LocksByProgram>(config, control);
}

bool has_loop(const Lines& lines) {
  for (std::size_t at = 0; at < lines.size(); ++at)
    if (jumps(lines[at].code) && lines[at].to <= at) return true;
  return false;
}

// Whether it always ends on real threads, in a deadlock or otherwise, and does nothing that is undefined there.
bool may_run(const Tried& it) {
  if (has_loop(it.program.transfer) || has_loop(it.program.audit)) return false;
  const Seen seen = Search(it.program, it.limits, false).run();
  using enum FindingKind;
  return !seen.too_large && seen.fewest_steps != 0 &&
         std::ranges::none_of(seen.fewest_of, [](const auto& wrong) {
           const FindingKind kind = wrong.first;
           return kind == foreign_unlock || kind == own_try_lock || kind == lock_kept ||
                  kind == negative_balance;
         });
}

}  // namespace

TEST_CASE("On random strategies the explorer says what brute force says, in as few steps", "[random]") {
  std::map<std::string, std::uint64_t> verdicts;
  for (std::uint64_t seed = first_seed(), end = seed + from_environment("BANKSIM_PROGRAMS", 300); seed < end;
       ++seed) {
    const Tried it = tried(seed);
    const Seen seen = Search(it.program, it.limits).run();
    if (seen.too_large) {
      ++verdicts["too large"];
      continue;
    }
    const Exploration result = explored(it);
    const bool found = !result.findings.empty();
    std::string differs = difference(it, seen, result);
    if (differs.empty() && found) differs = replay_difference(it, result.findings[0]);
    if (!differs.empty()) FAIL_CHECK("it says " << differs << "\n" << printed(it, seed));
    ++verdicts[found ? to_string(result.findings[0].kind) : to_string(result.verdict)];
  }
  for (const auto& [verdict, times] : verdicts) UNSCOPED_INFO(verdict << ": " << times);
  CHECK(verdicts.size() > 5);
}

// Found by the test above: each was told in more steps than it takes, or by a token that replays something else.
TEST_CASE("What breaks in the fewest steps is told and replayed, whatever else is wrong on the way",
          "[random]") {
  using enum Code;
  struct Found {
    Lines transfer;
    FindingKind kind;
    std::size_t steps;
  };
  const auto found = GENERATE(
      // Two that write at once race in two steps, where one alone overdraws in one.
      Found{{{.code = write, .times = -1}, {.code = done}}, FindingKind::negative_balance, 1},
      // After its first step, two steps from a race.
      Found{{{.code = read}, {.code = write, .times = -1}, {.code = done}}, FindingKind::wrong_total, 2},
      // It keeps two locks; which of them is used first depends on what was tried before.
      Found{{{.code = lock, .place = Place::own_0},
             {.code = unlock, .place = Place::own_0},
             {.code = if_large, .to = 8},
             {.code = lock, .place = Place::lower},
             {.code = lock, .place = Place::higher},
             {.code = unlock, .place = Place::lower},
             {.code = unlock, .place = Place::higher},
             {.code = done},
             {.code = lock, .place = Place::higher},
             {.code = lock, .place = Place::lower},
             {.code = done}},
            FindingKind::lock_kept,
            4});
  Tried it;
  it.program.transfer = found.transfer;
  const ExploreFinding finding = explored(it).findings.at(0);
  CHECK(finding.kind == found.kind);
  CHECK(finding.steps.size() == found.steps);
  CHECK(replay_difference(it, finding) == "");
}

TEST_CASE("A fault that is sought is found in as few steps as brute force needs, whatever else is wrong",
          "[random]") {
  constexpr std::pair<Sought, FindingKind> kFaults[] = {
      {Sought::deadlock, FindingKind::deadlock}, {Sought::race, FindingKind::race},
      {Sought::total, FindingKind::wrong_total}, {Sought::accounts, FindingKind::wrong_ledger},
      {Sought::audit, FindingKind::wrong_audit}, {Sought::negative, FindingKind::negative_balance}};
  std::map<FindingKind, int> found;
  for (std::uint64_t seed = first_seed(), end = seed + from_environment("BANKSIM_SOUGHT", 60); seed < end;
       ++seed) {
    Tried it = tried(seed);
    Seen seen = Search(it.program, it.limits, false).run();
    if (seen.too_large) continue;
    for (const auto& [sought, kind] : kFaults) {
      it.limits.find.what = sought;
      const Exploration result = explored(it);
      const std::size_t steps = result.findings.empty() ? 0 : result.findings[0].steps.size();
      found[kind] += steps > 0 ? 1 : 0;
      std::string differs;
      if (steps != seen.fewest_of[kind])
        differs = "in " + std::to_string(steps) + " for " + std::to_string(seen.fewest_of[kind]);
      if (steps > 0 && result.findings[0].kind != kind) differs = "another one is found";
      if (steps > 0 && differs.empty()) differs = replay_difference(it, result.findings[0]);
      if (!differs.empty()) FAIL_CHECK(to_string(sought) << ": " << differs << "\n" << printed(it, seed));
    }
  }
  for (const auto& [kind, times] : found) {
    INFO(to_string(kind));
    CHECK(times > 0);
  }
}

TEST_CASE("Random strategies notice every fault of an explorer", "[random]") {
  std::map<std::string_view, std::uint64_t> noticed;  // with which program
  for (std::uint64_t seed = first_seed(), end = seed + 200; seed < end; ++seed) {
    if (noticed.size() == faulty::kExplorers.size()) break;
    Tried it = tried(seed);
    it.limits.max_states = 20'000;  // one of them never ends
    const Seen seen = Search(it.program, it.limits).run();
    if (seen.too_large) continue;
    for (const faulty::Explorer& explorer : faulty::kExplorers)
      if (!noticed.contains(explorer.name) && !difference(it, seen, explored_by(explorer, it)).empty())
        noticed[explorer.name] = seed;
  }
  for (const faulty::Explorer& explorer : faulty::kExplorers) {
    INFO(explorer.name);
    CHECK(noticed.contains(explorer.name));
  }
}

TEST_CASE("What is proved of a random strategy is never seen to break on real threads", "[random]") {
  std::map<std::string, int> seen_of;
  for (std::uint64_t seed = first_seed(), end = seed + from_environment("BANKSIM_RUNS", 60); seed < end;
       ++seed) {
    Tried it = tried(seed);
    it.limits.self_transfers = false;  // a run has none
    it.limits.amounts = {Money{1}, Money{2}};
    const Exploration result = explored(it);
    if (result.verdict == ExploreVerdict::proved) {
      for (std::uint64_t i = 0; i < 20; ++i) {
        const RunResult run = run_of(it, it.limits.workers * it.limits.transfers, seed + i);
        if (run.outcome != Outcome::ok)
          FAIL_CHECK("a run says " << to_string(run.outcome) << "\n" << printed(it, seed));
      }
    } else if (may_run(it)) {
      const std::string kind = to_string(result.findings[0].kind);
      ++seen_of[kind];
      const RunResult run = run_of(it, 20'000, seed);
      if (run.outcome != Outcome::ok) ++seen_of[kind + ", seen"];
    }
  }
  for (const auto& [kind, times] : seen_of) UNSCOPED_INFO(kind << ": " << times);
  CHECK(!seen_of.empty());
}
