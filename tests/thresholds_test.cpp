#include "support/results.hpp"

#include <banksim/report_compare.hpp>
#include <banksim/thresholds.hpp>

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <string>
#include <vector>

using namespace banksim;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

// Both strategies, five or more rounds, each so fast as is said.
Comparison comparison_of(double global_per_s, double ordered_per_s, std::uint32_t runs = 6) {
  ComparePlan plan;
  plan.strategies = {"global", "ordered"};
  plan.threads = {2};
  plan.accounts = {1000};
  plan.holds = {Hold{}};
  plan.runs = runs;
  RunControl control;
  return compare(plan, control, {}, [&, count = 0](const Config& config, RunControl&) mutable {
    RunResult run = ok_run();
    run.config = config;
    const double speed = config.strategy == "global" ? global_per_s : ordered_per_s;
    run.elapsed_s = 640'000 / speed / (1 + 0.001 * (++count % 7));
    return run;
  });
}

std::vector<std::string> failures(std::string_view condition, const Comparison& comparison) {
  return failures_of(parse_threshold(condition), comparison);
}

}  // namespace

TEST_CASE("A condition is a metric, a relation and a limit with its unit") {
  const Threshold latency = parse_threshold("p99<5ms");
  CHECK(latency.metric == Threshold::Metric::p99);
  CHECK(latency.relation == Threshold::Relation::less);
  CHECK(latency.limit == Approx(0.005));
  const Threshold throughput = parse_threshold(" throughput >= 2.5m ");
  CHECK(throughput.metric == Threshold::Metric::throughput);
  CHECK(throughput.relation == Threshold::Relation::at_least);
  CHECK(throughput.limit == Approx(2.5e6));
  CHECK(parse_threshold("waiting<=10%").limit == Approx(0.1));
  CHECK(parse_threshold("ratio>0.9").relation == Threshold::Relation::greater);
  CHECK(parse_threshold("p99.9<1us").metric == Threshold::Metric::p99_9);
  CHECK(parse_threshold("max<2").limit == 2);
}

TEST_CASE("What is no condition is refused") {
  const std::string text =
      GENERATE("", "p99", "<5ms", "p99<", "p98<5ms", "p99<5 parsecs", "p99<-1ms", "p99=5ms", "ratio>2x",
               "throughput>2ms", "p99<nan", "p99<1e3ms", "p99<5ms5");
  INFO(text);
  CHECK_THROWS_AS(parse_threshold(text), ConfigError);
}

TEST_CASE("A condition is held against every strategy that did well, and a failure names it and its value") {
  const Comparison comparison = comparison_of(1e7, 2e7);
  CHECK(failures("throughput>5m", comparison).empty());
  const std::vector<std::string> slow = failures("throughput>15m", comparison);
  REQUIRE(slow.size() == 1);
  CHECK_THAT(slow[0], ContainsSubstring("throughput>15m fails for global (2 threads, 1,000 accounts): 10"));
  CHECK(failures("p50<1us", comparison).empty());
  CHECK(failures("p50<1ns", comparison).size() == 2);
  CHECK(failures("max<5ms", comparison).empty());
  CHECK(failures("max<4ms", comparison).size() == 2);
  CHECK(failures("ratio>0.9", comparison).size() == 1);
  CHECK(failures("ratio>0.4", comparison).empty());
  CHECK(failures("fairness>0.9", comparison).empty());
  CHECK(failures("waiting<0.0001%", comparison).size() == 2);
}

TEST_CASE("A condition that could not be checked has failed") {
  Comparison comparison = comparison_of(1e7, 2e7);
  for (CellResult& cell : comparison.cells) cell.outcome = Outcome::deadlock;
  const auto unchecked = failures("p99<5ms", comparison);
  REQUIRE(unchecked.size() == 1);
  CHECK_THAT(unchecked[0], ContainsSubstring("was not checked"));
}

TEST_CASE("A comparison that is as fast as its baseline has not regressed") {
  const Comparison before = comparison_of(1e7, 2e7);
  const Baseline baseline = parse_baseline(compare_json(before, {}, 0));
  CHECK(baseline.cells.size() == 2);
  CHECK(baseline.cells[1].throughput_per_s == Approx(before.cells[1].throughput_per_s.median));
  CHECK(regressions(baseline, before, 0).empty());
  CHECK(regressions(baseline, comparison_of(2e7, 4e7), 5).empty());
  CHECK_FALSE(baseline_warning(baseline, before));
}

TEST_CASE("A strategy that has lost more than is allowed has regressed") {
  const std::uint32_t runs = GENERATE(5U, 6U);  // with an interval of the median and without
  const Baseline baseline = parse_baseline(compare_json(comparison_of(1e7, 2e7, runs), {}, 0));
  const Comparison now = comparison_of(1e7, 1.7e7, runs);
  const auto failed = regressions(baseline, now, 10);
  REQUIRE(failed.size() == 1);
  CHECK_THAT(failed[0], ContainsSubstring("ordered (2 threads, 1,000 accounts) is 15"));
  CHECK(regressions(baseline, now, 20).empty());
}

TEST_CASE("Where the intervals overlap nothing has regressed") {
  Baseline baseline = parse_baseline(compare_json(comparison_of(1e7, 2e7), {}, 0));
  baseline.cells[1].low = 1e7;
  CHECK(regressions(baseline, comparison_of(1e7, 1.5e7), 5).empty());
}

TEST_CASE("What was ok and no longer is has regressed") {
  const Baseline baseline = parse_baseline(compare_json(comparison_of(1e7, 2e7), {}, 0));
  Comparison now = comparison_of(1e7, 2e7);
  now.cells[0].outcome = Outcome::deadlock;
  REQUIRE(regressions(baseline, now, 50).size() == 1);
  CHECK_THAT(regressions(baseline, now, 50)[0],
             ContainsSubstring("was ok in the baseline and is deadlock now"));
}

TEST_CASE("A baseline of something else is a failure, of another machine a warning") {
  Baseline baseline = parse_baseline(compare_json(comparison_of(1e7, 2e7), {}, 0));
  const Comparison now = comparison_of(1e7, 2e7);
  baseline.logical_cpus += 1;
  REQUIRE(baseline_warning(baseline, now));
  CHECK(baseline_warning(baseline, now)->code == "other_machine");
  baseline.cells.clear();
  CHECK(regressions(baseline, now, 5).size() == 1);
}

TEST_CASE("What is no comparison is refused as a baseline") {
  const std::string text =
      GENERATE("", "[]", "{}", R"({"schema": "banksim.run"})", R"({"schema": "banksim.compare"})");
  CHECK_THROWS_AS(parse_baseline(text), ConfigError);
}

TEST_CASE("An annotation is one line whatever is in it") {
  CHECK(github_annotation("error", "p99 is 50 % up\nat 2 threads") ==
        "::error title=banksim::p99 is 50 %25 up%0Aat 2 threads");
}
