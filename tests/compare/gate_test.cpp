// The gate: each row against the reference, and what the shell is told.
#include "record/exit_code.hpp"
#include "support/runners.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cmath>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

using namespace banksim;

namespace {

ComparePlan gated(std::vector<std::string> strategies, std::uint32_t runs = 10) {
  ComparePlan plan = plan_of(std::move(strategies));
  plan.reference = plan.strategies.front();
  plan.max_slowdown_percent = 10;
  plan.runs = runs;
  return plan;
}

Gate gate_of(const Comparison& comparison) { return comparison.conclusions.gate.value(); }

// Noise of so much, one round up, the next one down.
FakeRunner noisy(double speed_of_ordered, double noise) {
  return [=, count = 0](const Config& config) mutable {
    if (config.strategy != "ordered") return run_at(config, 1e7);
    return run_at(config, 1e7 * speed_of_ordered * std::exp(count++ % 2 == 0 ? noise : -noise));
  };
}

}  // namespace

TEST_CASE(
    "A row holds or is slower where its whole interval is beyond the bound, and touching it decides "
    "nothing") {
  const auto& [low, high, finding] =
      GENERATE(table<double, double, GateFinding>({{std::nextafter(0.9, 1), 0.95, GateFinding::held},
                                                   {0.9, 0.95, GateFinding::undecided},
                                                   {0.8, 0.95, GateFinding::undecided},
                                                   {0.8, 0.9, GateFinding::undecided},
                                                   {0.8, std::nextafter(0.9, 0), GateFinding::slower},
                                                   {1.1, 1.2, GateFinding::held}}));
  Comparison comparison = compare_with(gated({"global", "ordered"}), all_alike());
  comparison.cells[1].relative.ci95 = Interval{low, high};
  CHECK(conclude(comparison).gate.value().rows.at(0).finding == finding);
}

TEST_CASE("A gate tells held from slower, in each row but the reference's, and slower is exit code 6") {
  const std::uint32_t runs = GENERATE(3U, 10U);  // three are enough to judge by
  const Comparison comparison =
      compare_with(gated({"global", "ordered", "scoped"}, runs),
                   speeds({{"global", 2e7}, {"ordered", 1.9e7}, {"scoped", 1.5e7}}));
  const Gate gate = gate_of(comparison);
  CHECK(gate.bound == 0.9);
  REQUIRE(gate.rows.size() == 2);
  CHECK(gate.rows[0].cell == 1);
  CHECK(gate.rows[0].finding == GateFinding::held);
  CHECK(gate.rows[1].cell == 2);
  CHECK(gate.rows[1].finding == GateFinding::slower);
  CHECK(gate.rows[1].relative == comparison.cells[2].relative);
  CHECK(gate.verdict == GateFinding::slower);
  CHECK(exit_code_of(comparison) == 6);
}

TEST_CASE("A row that cannot be told passes unless the plan says otherwise, with the runs that would tell") {
  ComparePlan plan = gated({"global", "ordered"});
  plan.undecided_fails = GENERATE(false, true);
  const Comparison comparison = compare_with(plan, noisy(0.95, 0.1));
  const Gate gate = gate_of(comparison);
  CHECK(gate.rows.at(0).finding == GateFinding::undecided);
  CHECK(gate.rows[0].runs_needed > 10);
  CHECK(gate.verdict == GateFinding::undecided);
  CHECK(exit_code_of(comparison) == (plan.undecided_fails ? 5 : 0));
  const Gate nobody_knows = gate_of(compare_with(plan, noisy(0.9, 0.1)));
  CHECK(nobody_knows.rows.at(0).runs_needed == 0);
}

TEST_CASE("Of a strategy that stands twice the first is the reference and the second a row") {
  const Comparison same = compare_with(gated({"ordered", "ordered"}), all_alike());
  REQUIRE(gate_of(same).rows.size() == 1);
  CHECK(gate_of(same).rows[0].cell == 1);
  CHECK(gate_of(same).verdict == GateFinding::held);
  CHECK(exit_code_of(same) == 0);
  // That the first one failed makes no other the reference.
  const Comparison failed =
      compare_with(gated({"naive", "naive"}), [count = 0](const Config& config) mutable {
        return run_at(config, 1e7, count++ == 0 ? Outcome::deadlock : Outcome::ok);
      });
  const bool first_failed = failed.cells[0].outcome == Outcome::deadlock;
  REQUIRE(gate_of(failed).rows.size() == 1);
  CHECK(gate_of(failed).rows[0].reference_failed == first_failed);
  CHECK(gate_of(failed).rows[0].cell_failed != first_failed);
}

TEST_CASE(
    "A gate that could check nothing has not held: exit code 5, whatever the plan says of undecided rows") {
  ComparePlan plan = gated({"naive", "global"});
  plan.reference = GENERATE("naive", "global");
  const Comparison comparison = compare_with(plan, failing("naive", Outcome::deadlock));  // no broken promise
  const Gate gate = gate_of(comparison);
  REQUIRE(gate.rows.size() == 1);
  CHECK(gate.rows[0].finding == GateFinding::undecided);
  CHECK(gate.rows[0].reference_failed == (plan.reference == "naive"));
  CHECK(gate.rows[0].cell_failed == (plan.reference == "global"));
  CHECK(gate.verdict == GateFinding::nothing_checked);
  CHECK(exit_code_of(comparison) == 5);
}

TEST_CASE("A row that failed as its strategy says it may is undecided, and the others are judged") {
  const Comparison comparison =
      compare_with(gated({"global", "naive", "ordered"}), failing("naive", Outcome::deadlock));
  const Gate gate = gate_of(comparison);
  CHECK(gate.rows.at(0).cell_failed);
  CHECK(gate.rows.at(1).finding == GateFinding::held);
  CHECK(gate.verdict == GateFinding::undecided);
  CHECK(exit_code_of(comparison) == 0);
}

TEST_CASE("A broken promise outranks the gate") {
  const auto& [outcome, code] = GENERATE(table<Outcome, int>(
      {{Outcome::violation, 3}, {Outcome::deadlock, 4}, {Outcome::stalled, 5}, {Outcome::timeout, 5}}));
  const auto run = [outcome = outcome](const Config& config) {
    return run_at(config, config.strategy == "global" ? 2e7 : 1e7,
                  config.strategy == "scoped" ? outcome : Outcome::ok);
  };
  const Comparison comparison = compare_with(gated({"global", "ordered", "scoped"}), run);
  CHECK(gate_of(comparison).verdict == GateFinding::slower);
  CHECK(exit_code_of(comparison) == code);
}

TEST_CASE("Half a comparison is not judged, and its signal is what the shell is told") {
  const int signal = GENERATE(0, SIGTERM);
  const auto run = [signal, count = 0](const Config& config) mutable {
    RunResult result = run_at(config, config.strategy == "global" ? 2e7 : 1e7,
                              ++count == 21 ? Outcome::interrupted : Outcome::ok);
    result.signal = signal;
    return result;
  };
  const Comparison comparison = compare_with(gated({"global", "ordered"}), run);
  CHECK_FALSE(comparison.conclusions.gate);
  CHECK(exit_code_of(comparison) == 128 + (signal == 0 ? SIGINT : SIGTERM));
}

TEST_CASE("Without a gate there is none") {
  const Comparison comparison =
      compare_with(plan_of({"global", "ordered"}), speeds({{"global", 2e7}, {"ordered", 1e7}}));
  CHECK_FALSE(comparison.conclusions.gate);
  CHECK(exit_code_of(comparison) == 0);
}
