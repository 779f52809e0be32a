// The kill matrix: every animal against every checker. It is printed, and fails when an animal gets past all
// of them or a checker catches nothing.
//
// total, ledger, negatives, live audit, watchdog (the waiting room) and stall are checkers of real runs: what
// they catch varies from run to run, but each of them has an animal that it cannot miss. The explorer must
// catch all.
#include "support/zoo_cases.hpp"

#include <banksim/simulation.hpp>

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstdio>
#include <map>
#include <string>

using namespace banksim;
using namespace std::chrono_literals;

namespace {

enum Checker : std::size_t { total, ledger, negatives, live_audit, watchdog, stall, explorer, kCheckers };
constexpr std::array<const char*, kCheckers> kNames{"total",    "ledger", "negatives", "audit",
                                                    "watchdog", "stall",  "explorer"};
using Kills = std::array<bool, kCheckers>;

using RealRun = RunResult (*)(const Config&, RunControl&);

// Self-transfers are no part of a real workload, so the animals that need them meet the explorer alone.
const std::map<std::string_view, RealRun>& real_runs() {
  static const std::map<std::string_view, RealRun> all{
      {"naive", &simulate<Naive>},
      {"unsafe", &simulate<Unsafe>},
      {"locks-only-source", &simulate<zoo::LocksOnlySource>},
      {"releases-first-early", &simulate<zoo::ReleasesFirstEarly>},
      {"checks-funds-before-locking", &simulate<zoo::ChecksFundsBeforeLocking>},
      {"reads-before-locking", &simulate<zoo::ReadsBeforeLocking>},
      {"unlocks-before-writing", &simulate<zoo::UnlocksBeforeWriting>},
      {"two-halves", &simulate<zoo::TwoHalves>},
      {"order-depends-on-pair", &simulate<zoo::OrderDependsOnPair>},
      {"order-key-ties", &simulate<zoo::OrderKeyTies>},
      {"striped-in-request-order", &simulate<zoo::StripedInRequestOrder>},
      {"forgets-source-when-declined", &simulate<zoo::ForgetsSourceWhenDeclined>},
      {"forgets-target-when-declined", &simulate<zoo::ForgetsTargetWhenDeclined>},
      {"holds-and-spins", &simulate<zoo::HoldsAndSpins>},
      {"retries-then-blocks", &simulate<zoo::RetriesThenBlocks>},
      {"loses-credit-to-empty", &simulate<zoo::LosesCreditToEmpty>},
      {"says-done-though-declined", &simulate<zoo::SaysDoneThoughDeclined>},
      {"checks-no-funds", &simulate<zoo::ChecksNoFunds>},
      {"locks-each-access", &simulate<zoo::LocksEachAccess>},
      {"audits-in-descending-order", &simulate<zoo::AuditsInDescendingOrder>},
      {"audits-one-at-a-time", &simulate<zoo::AuditsOneAtATime>},
      {"audits-without-locks", &simulate<zoo::AuditsWithoutLocks>},
  };
  return all;
}

Config small_run(const zoo::Case& animal) {
  Config config;
  config.threads = 4;
  config.accounts = animal.limits.accounts;
  config.balance = {Money{3}};
  config.min_amount = Money{1};
  config.max_amount = Money{3};
  config.transfers = 20'000;
  config.hold.yield = true;
  config.audit.kind = AuditPolicy::Kind::each;
  config.timeout = 2s;
  config.stall = 200ms;
  config.slice = 2ms;
  validate(config);
  return config;
}

Kills kills_of(const zoo::Case& animal) {
  Kills kills{};
  kills[explorer] = !animal.explore(animal.limits).findings.empty();
  const auto run = real_runs().find(animal.name);
  if (run == real_runs().end()) return kills;
  RunControl control;
  const RunResult result = run->second(small_run(animal), control);
  kills[total] = result.check.total_found != result.check.total_expected;
  kills[ledger] = result.check.accounts_wrong > 0;
  kills[negatives] = result.check.negative_accounts > 0;
  kills[live_audit] = result.check.audits.wrong > 0;
  kills[watchdog] = result.outcome == Outcome::deadlock;
  kills[stall] = result.outcome == Outcome::stalled;
  return kills;
}

void print(std::string_view name, const Kills& kills) {
  std::printf("%-30.*s", static_cast<int>(name.size()), name.data());
  for (const bool kill : kills) std::printf("%10s", kill ? "x" : ".");
  std::puts("");
}

}  // namespace

TEST_CASE("No animal gets past all checkers, and no checker is idle", "[matrix]") {
#if defined(__SANITIZE_THREAD__)
  SKIP("animals that leave a mutex locked are reported when the mutex is destroyed");
#endif
  std::printf("%-30s", "");
  for (const char* name : kNames) std::printf("%10s", name);
  std::puts("");
  std::array<int, kCheckers> killed{};
  for (const zoo::Case& animal : zoo::cases()) {
    const Kills kills = kills_of(animal);
    print(animal.limits.self_transfers ? std::string(animal.name) + " to itself" : std::string(animal.name),
          kills);
    int by_anyone = 0;
    for (std::size_t checker = 0; checker < kCheckers; ++checker) {
      by_anyone += kills[checker];
      killed[checker] += kills[checker];
    }
    INFO(animal.name);
    CHECK(by_anyone > 0);
    CHECK(kills[explorer]);
  }
  for (std::size_t checker = 0; checker < kCheckers; ++checker) {
    INFO(kNames[checker]);
    CHECK(killed[checker] > 0);
  }
}

TEST_CASE("What only the ledger sees, only the ledger sees, of the checkers of real runs", "[matrix]") {
  const Kills kills = kills_of(zoo::find("says-done-though-declined"));
  CHECK(kills[ledger]);
  CHECK_FALSE(kills[total]);
  CHECK_FALSE(kills[negatives]);
  CHECK_FALSE(kills[live_audit]);
}

TEST_CASE("What spins is no deadlock to the waiting room: stalled, and no more", "[matrix]") {
  const Kills kills = kills_of(zoo::find("holds-and-spins"));
  CHECK(kills[stall]);
  CHECK_FALSE(kills[watchdog]);
}
