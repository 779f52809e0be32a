#include "compare/thresholds.hpp"

#include "report/compare.hpp"
#include "support/results.hpp"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace banksim;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using Interval = std::array<double, 2>;

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

json document_of(const Comparison& comparison) { return json::parse(compare_json(comparison, {}, 0)); }

Baseline baseline_of(const Comparison& comparison) { return parse_baseline(compare_json(comparison, {}, 0)); }

// The same comparison's JSON after somebody has changed it.
Baseline edited(const Comparison& comparison, const std::function<void(json&)>& edit) {
  json document = document_of(comparison);
  edit(document);
  return parse_baseline(document.dump());
}

// The warning that names the cells that were not compared; empty where there is none.
std::string not_compared(const Baseline& baseline, const Comparison& now) {
  for (const Warning& warning : baseline_warnings(baseline, now))
    if (warning.code == "not_compared") return warning.message;
  return "";
}

// A speed and its interval, in each cell.
Comparison with_speed(double median, Interval ci95, std::size_t cells = 2) {
  Comparison comparison = comparison_of(1e7, 2e7);
  for (std::size_t i = 0; i < cells; ++i) {
    Summary& summary = comparison.cells[i].throughput_per_s;
    summary = {median, median, 0, ci95[0] / 100, ci95[1] * 100, ci95};
  }
  return comparison;
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
  CHECK(parse_threshold("p99_9<1us").metric == Threshold::Metric::p99_9);
  CHECK(parse_threshold("max<2").limit == 2);
  CHECK(parse_threshold("throughput>=1M").limit == parse_threshold("throughput>=1m").limit);
}

TEST_CASE("What is no condition is refused") {
  const std::string text =
      GENERATE("", "p99", "<5ms", "p99<", "p98<5ms", "p99<5 parsecs", "p99<-1ms", "p99=5ms", "ratio>2x",
               "throughput>2ms", "p99<nan", "p99<1e3ms", "p99<5ms5", "p99<5MS", "p99<5M", "throughput>5mm");
  INFO(text);
  CHECK_THROWS_AS(parse_threshold(text), ConfigError);
}

TEST_CASE("What is refused is told why") {
  const auto [condition, why] = GENERATE(
      table<std::string, std::string>({{"p99<-1", "has a limit below 0: p99 never is"},
                                       {"p99<", "has no number for a limit"},
                                       {"p99<ms", "has no number for a limit"},
                                       {"p99<5 parsecs", "has 'parsecs' for a unit; p99 takes ns, us, ms, s"},
                                       {"p99<5h", "has 'h' for a unit; p99 takes ns, us, ms, s"},
                                       {"throughput>2T", "has 'T' for a unit; throughput takes k, m, g"},
                                       {"ratio>2x", "has 'x' for a unit; ratio takes a plain number"},
                                       {"p98<5ms", "has no metric that is known: one of throughput, p50"},
                                       {"p99<" + std::string(400, '9'), "out of range"}}));
  INFO(condition);
  try {
    parse_threshold(condition);
    FAIL("was accepted");
  } catch (const ConfigError& error) {
    CHECK_THAT(error.what(), ContainsSubstring(why));
  }
}

TEST_CASE("A limit itself is within a condition that includes it, and outside of one that does not") {
  const Comparison comparison = comparison_of(1e7, 2e7);  // half of the transfers take 10 ns
  CHECK(failures("p50<=10ns", comparison).empty());
  CHECK(failures("p50<10ns", comparison).size() == 2);
  CHECK(failures("p50>=10ns", comparison).empty());
  CHECK(failures("p50>10ns", comparison).size() == 2);
}

TEST_CASE("The maximum is the worst of all runs, wherever it was") {
  const std::size_t place = GENERATE(0U, 3U, 5U);
  Comparison comparison = comparison_of(1e7, 2e7);
  REQUIRE(comparison.cells[1].runs.size() == 6);
  comparison.cells[1].runs[place].latency.record(9'000'000);
  const auto failed = failures("max<8ms", comparison);
  REQUIRE(failed.size() == 1);
  CHECK_THAT(failed[0], ContainsSubstring("ordered"));
}

TEST_CASE("The reference's ratio to itself checks nothing") {
  Comparison comparison = comparison_of(1e7, 2e7);
  REQUIRE(comparison.cells[1].relative.standing == Standing::reference);
  CHECK(failures("ratio>2", comparison).size() == 1);
  comparison.cells.erase(comparison.cells.begin());
  const auto alone = failures("ratio>0.9", comparison);
  REQUIRE(alone.size() == 1);
  CHECK_THAT(alone[0], ContainsSubstring("was not checked"));
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
  const Baseline baseline = baseline_of(before);
  REQUIRE(baseline.cells.size() == 2);
  CHECK(baseline.cells[1].throughput_per_s == Approx(before.cells[1].throughput_per_s.median));
  CHECK(regressions(baseline, before, 0).empty());
  CHECK(regressions(baseline, comparison_of(2e7, 4e7), 5).empty());
  CHECK(baseline_warnings(baseline, before).empty());
}

TEST_CASE("A strategy that has lost more than is allowed has regressed") {
  const Baseline baseline = baseline_of(comparison_of(1e7, 2e7));
  const Comparison now = comparison_of(1e7, 1.7e7);
  const auto failed = regressions(baseline, now, 10);
  REQUIRE(failed.size() == 1);
  CHECK_THAT(failed[0], ContainsSubstring("ordered (2 threads, 1,000 accounts) is 15"));
  CHECK(regressions(baseline, now, 20).empty());
}

// The minimum and the maximum of the runs lie far outside of their interval here, the median within it.
TEST_CASE("What is slower has regressed where the intervals do not overlap") {
  const Baseline baseline = baseline_of(with_speed(1e7, {9.5e6, 1.1e7}));
  const auto regressed = [&baseline](double median, Interval ci95) {
    return !regressions(baseline, with_speed(median, ci95), 5).empty();
  };
  CHECK_FALSE(regressed(8e6, {7e6, 1.05e7}));  // one reaches far into the other
  CHECK_FALSE(regressed(8e6, {7e6, 9.6e6}));
  CHECK_FALSE(regressed(8e6, {7e6, 9.5e6}));  // they touch
  CHECK(regressed(8e6, {7e6, 9.4999e6}));
  CHECK(regressed(8e6, {7.9e6, 8.1e6}));
  CHECK_FALSE(regressed(2e7, {1.9e7, 2.1e7}));  // nor do these overlap, but it is faster
}

TEST_CASE("A loss within what is allowed is none, however sure it is") {
  const Baseline baseline = baseline_of(with_speed(1e7, {9.99e6, 1.001e7}));
  CHECK(regressions(baseline, with_speed(9.6e6, {9.59e6, 9.61e6}), 5).empty());
  CHECK(regressions(baseline, with_speed(9.4e6, {9.39e6, 9.41e6}), 5).size() == 2);
}

TEST_CASE("What was ok and no longer is has regressed") {
  const Baseline baseline = baseline_of(comparison_of(1e7, 2e7));
  Comparison now = comparison_of(1e7, 2e7);
  now.cells[0].outcome = Outcome::deadlock;
  REQUIRE(regressions(baseline, now, 50).size() == 1);
  CHECK_THAT(regressions(baseline, now, 50)[0],
             ContainsSubstring("was ok in the baseline and is deadlock now"));
  now.cells[0].outcome = Outcome::ok;
  now.cells[0].runs_measured = 0;
  REQUIRE(regressions(baseline, now, 50).size() == 1);
  CHECK_THAT(regressions(baseline, now, 50)[0], ContainsSubstring("is not measured now"));
}

TEST_CASE("A baseline in which nothing was measured passes nobody") {
  const Comparison now = comparison_of(1e7, 2e7);
  Comparison before = now;
  const auto [outcome, runs, word] = GENERATE(
      table<Outcome, std::uint32_t, std::string>({{Outcome::deadlock, 0, "deadlock in the baseline"},
                                                  {Outcome::interrupted, 0, "not measured in the baseline"},
                                                  {Outcome::ok, 0, "not measured in the baseline"}}));
  for (CellResult& cell : before.cells) {
    cell.outcome = outcome;
    cell.runs_measured = runs;
  }
  const Baseline baseline = baseline_of(before);
  CHECK_FALSE(baseline.cells[0].ok);
  const auto failed = regressions(baseline, now, 5);
  REQUIRE(failed.size() == 1);
  CHECK_THAT(failed[0], ContainsSubstring("nothing was checked against the baseline"));
  CHECK_THAT(failed[0], ContainsSubstring("global (2 threads, 1,000 accounts): " + word));
  CHECK_THAT(failed[0], ContainsSubstring("ordered (2 threads, 1,000 accounts): " + word));
}

TEST_CASE("A cell that claims to be ok after no run is not compared") {
  const Comparison now = comparison_of(1e7, 2e7);
  const Baseline baseline =
      edited(now, [](json& document) { document["results"][0]["summary"]["runs_measured"] = 0; });
  CHECK_FALSE(baseline.cells[0].ok);
  CHECK(baseline.cells[1].ok);
}

TEST_CASE("A cell without an interval, then or now, is named and not compared") {
  const Comparison with = comparison_of(1e7, 2e7);
  Comparison without = with;
  without.cells[0].throughput_per_s.ci95.reset();
  CHECK(not_compared(baseline_of(with), with).empty());
  CHECK(
      not_compared(baseline_of(without), with) ==
      "not compared with the baseline: global (2 threads, 1,000 accounts): no 95 % interval in the baseline");
  CHECK(not_compared(baseline_of(with), without) ==
        "not compared with the baseline: global (2 threads, 1,000 accounts): no 95 % interval now");
  CHECK(regressions(baseline_of(without), with, 5).empty());
  // The other one still is; with neither there is nothing left.
  CHECK(regressions(baseline_of(without), comparison_of(1e6, 1e6), 5).size() == 1);
  const auto few = regressions(baseline_of(comparison_of(1e7, 2e7, 5)), comparison_of(1e7, 2e7, 5), 5);
  REQUIRE(few.size() == 1);
  CHECK_THAT(few[0], ContainsSubstring("nothing was checked"));
}

TEST_CASE("Cells that only one side has are named") {
  const Comparison now = comparison_of(1e7, 2e7);
  const Baseline other = edited(now, [](json& document) { document["results"][1]["config"]["threads"] = 3; });
  const std::string named = not_compared(other, now);
  CHECK_THAT(named, ContainsSubstring("ordered (2 threads, 1,000 accounts): not in the baseline"));
  CHECK_THAT(named, ContainsSubstring("ordered (3 threads, 1,000 accounts): in the baseline, not run now"));
}

TEST_CASE("Only what does the same work is compared") {
  const Comparison now = comparison_of(1e7, 2e7);
  const auto change = [&now](const std::string& field, const json& value) {
    return edited(now, [&](json& document) {
      for (json& result : document["results"]) {
        REQUIRE(result["config"].contains(field));
        REQUIRE(result["config"][field] != value);
        result["config"][field] = value;
      }
    });
  };
  for (const auto& [field, value] : std::vector<std::pair<std::string, json>>{{"strategy", "scoped"},
                                                                              {"threads", 3},
                                                                              {"accounts", 7},
                                                                              {"balance", {1, 2}},
                                                                              {"transfers", 5},
                                                                              {"duration_s", 1.5},
                                                                              {"amount_min", 2},
                                                                              {"amount_max", 2},
                                                                              {"access", "zipf:1"},
                                                                              {"hold_ns", 400},
                                                                              {"hold_yield", true},
                                                                              {"think_ns", 400},
                                                                              {"audit", "each"},
                                                                              {"audit_interval_ns", 400}}) {
    INFO(field);
    const auto failed = regressions(change(field, value), now, 5);
    REQUIRE(failed.size() == 1);
    CHECK_THAT(failed[0], ContainsSubstring("nothing was checked against the baseline"));
  }
  for (const auto& [field, value] : std::vector<std::pair<std::string, json>>{
           {"seed", 77}, {"timeout_s", 7.5}, {"stall_s", 7.5}, {"slice_ns", 12}}) {
    INFO(field);
    CHECK(regressions(change(field, value), now, 5).empty());
  }
}

TEST_CASE("A baseline of another machine, or one that was interrupted, is a warning") {
  const Comparison now = comparison_of(1e7, 2e7);
  Baseline baseline = baseline_of(now);
  baseline.logical_cpus += 1;
  REQUIRE(baseline_warnings(baseline, now).size() == 1);
  CHECK(baseline_warnings(baseline, now)[0].code == "other_machine");

  const Baseline cut = edited(now, [](json& document) { document["complete"] = false; });
  REQUIRE(baseline_warnings(cut, now).size() == 1);
  CHECK(baseline_warnings(cut, now)[0].code == "incomplete_baseline");
  CHECK(regressions(cut, now, 5).empty());
}

TEST_CASE("What is no comparison is refused as a baseline, in plain words") {
  const std::string text =
      GENERATE("", "[]", "{}", R"({"schema": "banksim.run"})", R"({"schema": "banksim.compare"})",
               R"({"schema": "banksim.compare", "schema_version": 1})", R"({"schema": )");
  INFO(text);
  try {
    parse_baseline(text);
    FAIL("was accepted");
  } catch (const ConfigError& error) {
    CHECK_THAT(error.what(), ContainsSubstring("the baseline is not "));
    CHECK_THAT(error.what(), !ContainsSubstring("exception"));
  }
}

TEST_CASE("A baseline of another schema, or with a speed that is none, is refused") {
  const Comparison now = comparison_of(1e7, 2e7);
  const auto refusal = [&now](const std::function<void(json&)>& edit) -> std::string {
    try {
      edited(now, edit);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  };
  CHECK(refusal([](json& document) { document["schema_version"] = 2; }) ==
        "the baseline has version 2 of its schema: this banksim reads 1");
  for (const double speed : {0.0, -1.0})
    CHECK_THAT(refusal([speed](json& document) {
                 document["results"][0]["summary"]["throughput_per_s"]["median"] = speed;
               }),
               ContainsSubstring("not above 0, of global"));
  CHECK_THAT(refusal([](json& document) { document["results"] = json::object(); }),
             ContainsSubstring("is not the JSON of a comparison"));
}

TEST_CASE("An annotation is one line whatever is in it") {
  CHECK(github_annotation("error", "p99 is 50 % up\nat 2 threads") ==
        "::error title=banksim::p99 is 50 %25 up%0Aat 2 threads");
}
