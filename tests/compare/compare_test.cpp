// The plan, the rounds and the numbers of a comparison.
#include "compare/compare.hpp"

#include "record/exit_code.hpp"
#include "registry.hpp"
#include "support/runners.hpp"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace banksim;
using Catch::Matchers::ContainsSubstring;

namespace {

const Warning* warning_of(const Comparison& comparison, std::string_view code) {
  const auto found = std::ranges::find(comparison.warnings, code, &Warning::code);
  return found == comparison.warnings.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("Every round runs every cell once on the same plan, in an order drawn anew from the seed") {
  ComparePlan plan = plan_of({"global", "ordered", "scoped"}, {1, 2});
  std::vector<Config> seen;
  const auto run = [&seen](const Config& config) {
    seen.push_back(config);
    return run_at(config, 1e6);
  };
  const Comparison comparison = compare_with(plan, run);
  REQUIRE(comparison.order.size() == 6 * 6);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    CHECK(seen[i] == comparison.cells[comparison.order[i]].config);
    CHECK(seen[i].seed == 1);
  }
  std::set<std::vector<std::size_t>> orders;
  for (auto first = comparison.order.begin(); first != comparison.order.end(); first += 6) {
    std::vector<std::size_t> order(first, first + 6);
    orders.insert(order);
    std::ranges::sort(order);
    CHECK(order == std::vector<std::size_t>{0, 1, 2, 3, 4, 5});
  }
  CHECK(orders.size() > 3);
  for (const CellResult& cell : comparison.cells) CHECK(cell.runs.size() == 5);
  CHECK(compare_with(plan, run).order == comparison.order);
  plan.base.seed = 2;
  CHECK(compare_with(plan, run).order != comparison.order);
}

TEST_CASE("Every second round is the one before it backwards, so that no place in a round is an advantage") {
  // Who comes first in a round is twice as fast.
  std::size_t calls = 0;
  ComparePlan plan = plan_of({"global", "ordered", "scoped"});
  plan.runs = 20;
  for (plan.base.seed = 1; plan.base.seed <= 50; ++plan.base.seed) {
    const Comparison comparison = compare_with(
        plan, [&calls](const Config& config) { return run_at(config, calls++ % 3 == 0 ? 2e7 : 1e7); });
    for (std::size_t round = 1; round < 21; round += 2)
      for (std::size_t place = 0; place < 3; ++place)
        CHECK(comparison.order[3 * round + place] == comparison.order[3 * (round + 1) + 2 - place]);
    for (const CellResult& cell : comparison.cells) {
      CHECK(cell.relative.standing != Standing::faster);
      CHECK(cell.relative.standing != Standing::slower);
    }
  }
}

TEST_CASE("A strategy that deadlocks or loses money is a row with its verdict, and the others are compared") {
  const Comparison comparison =
      compare_with(plan_of({"unsafe", "naive", "global", "ordered"}), [](const Config& config) {
        if (config.strategy == "unsafe") return run_at(config, 9e7, Outcome::violation);
        if (config.strategy == "naive") return run_at(config, 9e7, Outcome::deadlock);
        return run_at(config, config.strategy == "ordered" ? 2e7 : 1e7);
      });
  const CellResult& unsafe = cell_of(comparison, "unsafe");
  CHECK(unsafe.outcome == Outcome::violation);
  CHECK(unsafe.as_promised);
  CHECK(unsafe.throughput_per_s.median > 8e7);
  CHECK(unsafe.relative.standing == Standing::not_ranked);
  const CellResult& naive = cell_of(comparison, "naive");
  CHECK(naive.outcome == Outcome::deadlock);
  CHECK(naive.as_promised);
  CHECK(naive.runs.size() == 5);
  CHECK(naive.runs_measured == 0);
  CHECK(cell_of(comparison, "ordered").relative.standing == Standing::reference);
  CHECK(cell_of(comparison, "global").relative.standing == Standing::slower);
  CHECK(comparison.complete);
  CHECK(outcome_of(comparison) == Outcome::ok);
}

TEST_CASE("What a strategy does against its claims is a broken promise, and a timeout always is") {
  const Comparison comparison =
      compare_with(plan_of({"global", "ordered"}), failing("ordered", Outcome::deadlock));
  CHECK(comparison.conclusions.broken_promises == std::vector<std::size_t>{1});
  CHECK(outcome_of(comparison) == Outcome::deadlock);
  CHECK(breaks_promise("unsafe", Outcome::deadlock));
  CHECK(breaks_promise("naive", Outcome::violation));
  CHECK_FALSE(breaks_promise("naive", Outcome::stalled));
  CHECK(breaks_promise("naive", Outcome::timeout));
  CHECK(breaks_promise("of a newer program", Outcome::deadlock));
  CHECK(claims_safety("of a newer program"));
  CHECK_FALSE(claims_safety("naive"));
}

TEST_CASE("A strategy that loses money is not what others are measured against, unless it is asked for") {
  ComparePlan plan = plan_of({"unsafe", "global"});
  const FakeRunner run = speeds({{"unsafe", 9e7}, {"global", 1e7}});
  CHECK(cell_of(compare_with(plan, run), "global").relative.standing == Standing::reference);
  plan.reference = "unsafe";
  const Comparison asked = compare_with(plan, run);
  CHECK(cell_of(asked, "unsafe").relative.standing == Standing::reference);
  CHECK(cell_of(asked, "global").relative.standing == Standing::slower);
}

TEST_CASE("A cell that ran out of time or stalled is not run again") {
  const Outcome outcome = GENERATE(Outcome::timeout, Outcome::stalled);
  const Comparison comparison = compare_with(plan_of({"global", "ordered"}), failing("ordered", outcome));
  CHECK(std::ranges::count(comparison.order, std::size_t{1}) == 1);
  CHECK(cell_of(comparison, "ordered").outcome == outcome);
  CHECK(cell_of(comparison, "global").runs.size() == 5);
}

TEST_CASE("The worst outcome counts, in whichever warm-up it was") {
  ComparePlan plan = plan_of({"naive"});
  plan.warmup = 2;
  const int bad = GENERATE(1, 2);
  const Comparison comparison = compare_with(plan, [bad, calls = 0](const Config& config) mutable {
    return run_at(config, 1e6, ++calls == bad ? Outcome::deadlock : Outcome::ok);
  });
  CHECK(comparison.cells[0].outcome == Outcome::deadlock);
  CHECK(comparison.cells[0].runs.size() == 5);
  CHECK(comparison.cells[0].runs_measured == 0);
}

TEST_CASE("A cell's numbers are medians over its runs, quantile by quantile, and one run has no deviation") {
  ComparePlan plan = plan_of({"global"});
  plan.runs = GENERATE(1U, 3U);
  plan.warmup = 0;
  const Comparison comparison = compare_with(plan, [count = 0](const Config& config) mutable {
    RunResult run = run_at(config, 1e6 * ++count);
    run.latency = {};
    for (std::uint64_t i = 1; i <= 100; ++i) run.latency.record(i);
    return run;
  });
  const CellResult& cell = comparison.cells[0];
  CHECK(cell.throughput_per_s.median == Catch::Approx(plan.runs == 1 ? 1e6 : 2e6));
  CHECK(cell.throughput_per_s.stddev.has_value() == (plan.runs > 1));
  for (const auto& [summary, fraction] : {std::pair(cell.p50_ns, 0.5),
                                          {cell.p90_ns, 0.9},
                                          {cell.p95_ns, 0.95},
                                          {cell.p99_ns, 0.99},
                                          {cell.p99_9_ns, 0.999}})
    CHECK(summary.median == static_cast<double>(cell.runs[0].latency.quantile_ns(fraction)));
  CHECK(cell.p90_ns.median < cell.p95_ns.median);
}

TEST_CASE("A reference that failed is warned of, and leaves nothing to be compared with") {
  using Numbers = std::map<std::string, double>;
  ComparePlan plan = plan_of({"naive", "global", "ordered"}, {1, 2, 4});
  plan.reference = "naive";
  const auto& [outcome, fewest_threads, numbers] = GENERATE(
      table<Outcome, std::uint32_t, Numbers>({{Outcome::deadlock, 2, {{"deadlock", 2}}},
                                              {Outcome::timeout, 1, {{"timeout", 3}}},
                                              {Outcome::deadlock, 4, {{"deadlock", 1}, {"threads", 4}}}}));
  const Comparison comparison = compare_with(plan, failing("naive", outcome, fewest_threads));
  CHECK(cell_of(comparison, "ordered", 4).relative.standing == Standing::not_ranked);
  CHECK((cell_of(comparison, "ordered", 1).relative.standing == Standing::not_ranked) ==
        (fewest_threads == 1));
  const Warning* warning = warning_of(comparison, "no_reference");
  REQUIRE(warning != nullptr);
  CHECK(warning->subject == "naive");
  Numbers expected = numbers;
  expected["settings"] = 3;
  CHECK(warning->numbers == expected);
}

TEST_CASE("Too few runs for an interval are warned of, and six are enough") {
  ComparePlan plan = plan_of({"global", "ordered"});
  plan.runs = GENERATE(5U, 6U);
  const Comparison comparison = compare_with(plan, speeds({{"global", 1e7}, {"ordered", 2e7}}));
  CHECK((warning_of(comparison, "few_runs") == nullptr) == (plan.runs == 6));
  CHECK(comparison.cells[0].throughput_per_s.ci95.has_value() == (plan.runs == 6));
}

TEST_CASE("A signal ends the comparison, which keeps what there was and says so") {
  const int last = GENERATE(1, 8);
  const Comparison comparison =
      compare_with(plan_of({"global", "ordered"}), [last, runs = 0](const Config& config) mutable {
        RunResult result = run_at(config, 1e6, ++runs == last ? Outcome::interrupted : Outcome::ok);
        result.signal = runs == last ? 2 : 0;
        return result;
      });
  CHECK_FALSE(comparison.complete);
  CHECK(comparison.signal == 2);
  CHECK(outcome_of(comparison) == Outcome::interrupted);
  CHECK(comparison.order.size() == static_cast<std::size_t>(last));
  CHECK(comparison.warnings.front().code == "interrupted");
  const std::size_t runs = comparison.cells[0].runs.size() + comparison.cells[1].runs.size();
  CHECK(runs == (last == 1 ? 0 : 5));  // two went to warm up
  for (const CellResult& cell : comparison.cells) {
    CHECK(cell.outcome == (last == 1 ? Outcome::interrupted : Outcome::ok));  // interrupted: has not run
    CHECK(cell.runs_measured == cell.runs.size());
    CHECK(cell.as_promised);
  }
  CHECK(comparison.conclusions.time_spent.empty() == (last == 1));
}

TEST_CASE("Short runs get more rounds where time is given, and never more than the limit") {
  ComparePlan plan = plan_of({"global", "ordered"});
  plan.min_time = std::chrono::hours{1};  // the runner takes no time at all
  CHECK(compare_with(plan, all_alike()).cells[0].runs.size() == kMostRounds);
}

TEST_CASE("The time of the warm-up is no measured time") {
  // The warm-up alone takes longer than is to be measured, a measured run next to nothing.
  ComparePlan plan = plan_of({"global"});
  plan.runs = 1;
  plan.min_time = std::chrono::milliseconds{200};
  const Comparison comparison = compare_with(plan, [&plan, is_warm = false](const Config& config) mutable {
    const auto end = std::chrono::steady_clock::now() + plan.min_time;
    while (!is_warm && std::chrono::steady_clock::now() < end) {
    }
    is_warm = true;
    return run_at(config, 1e6);
  });
  CHECK(comparison.cells[0].runs.size() > 1);
}

TEST_CASE(
    "Progress counts every run and ends at the whole; the caller's own of a run is his again afterwards") {
  RunControl control;
  int calls = 0;
  control.on_progress = [&calls](const RunProgress&) { ++calls; };
  std::vector<std::size_t> done;
  std::size_t total = 0;
  const auto on_progress = [&](const CompareProgress& progress) {
    if (progress.round_ended) return;
    done.push_back(progress.runs_done);
    total = progress.runs_total;
  };
  compare(plan_of({"global", "ordered"}), control, on_progress, [](const Config& config, RunControl& of_run) {
    of_run.on_progress({});
    return run_at(config, 1e6);
  });
  CHECK(std::ranges::is_sorted(done));
  CHECK(total == 12);
  CHECK(done.back() == 12);
  CHECK(calls == 12);
  control.on_progress({});
  CHECK(calls == 13);
  CHECK(done.size() == 3 * 12);  // before, within and after each run
}

TEST_CASE("A plan that makes no sense is refused before anything runs") {
  using Change = std::function<void(ComparePlan&)>;
  static constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const auto& [complaint, change] = GENERATE_REF(table<std::string, Change>({
      {"a list is empty", [](auto& plan) { plan.strategies.clear(); }},
      {"'scoped' is not among", [](auto& plan) { plan.reference = "scoped"; }},
      {"threads", [](auto& plan) { plan.threads.push_back(0); }},
      {"no runs", [](auto& plan) { plan.runs = 0; }},
      {"--max-slowdown needs a --reference", [](auto& plan) { plan.reference.reset(); }},
      {"no strategy beside the --reference", [](auto& plan) { plan.strategies = {"global"}; }},
      {"--max-slowdown needs -r 3 or more", [](auto& plan) { plan.runs = 2; }},
      {"--max-slowdown 100 checks nothing", [](auto& plan) { plan.max_slowdown_percent = 100; }},
      {"--max-slowdown -1 checks nothing", [](auto& plan) { plan.max_slowdown_percent = -1; }},
      {"--max-slowdown nan checks nothing", [](auto& plan) { plan.max_slowdown_percent = kNan; }},
      {"--undecided needs a --max-slowdown", [](auto& plan) { plan.max_slowdown_percent.reset(); }},
  }));
  ComparePlan plan = plan_of({"global", "ordered"});
  plan.reference = "global";
  plan.max_slowdown_percent = 10;
  plan.undecided_fails = true;
  CHECK_NOTHROW(check(plan));
  change(plan);
  CHECK_THROWS_AS(check(plan), ConfigError);
  const auto never = [](const Config&) -> RunResult { throw std::logic_error("it ran"); };
  CHECK_THROWS_WITH(compare_with(plan, never), ContainsSubstring(complaint));
}

TEST_CASE("A real strategy under two names is compared on real threads") {
  ComparePlan plan = plan_of({"ordered", "ordered"});
  plan.base.transfers = 2000;
  plan.base.audit.kind = AuditPolicy::Kind::off;
  RunControl control;
  const Comparison comparison = compare(plan, control, {}, run_registered);
  REQUIRE(comparison.cells.size() == 2);
  for (const CellResult& cell : comparison.cells) {
    CHECK(cell.outcome == Outcome::ok);
    CHECK(cell.runs_measured == 5);
  }
  CHECK(comparison.running_s <= comparison.elapsed_s);
}

TEST_CASE("A cell that the machine cannot run is a row with its reason, and the others go on") {
  int tries = 0;
  const Comparison comparison =
      compare_with(plan_of({"global", "ordered"}, {2, 100}), [&tries](const Config& config) {
        if (config.threads == 100 && config.strategy == "ordered" && ++tries > 0)
          throw SimulationError("could start only 35 of 100 threads");
        if (config.threads == 100 && config.strategy == "global") throw std::bad_alloc();
        return run_at(config, 1e7);
      });
  CHECK(tries == 1);  // it would only fail again
  CHECK(comparison.complete);
  CHECK(outcome_of(comparison) == Outcome::failed);
  CHECK(exit_code_of(comparison) == 1);
  for (const CellResult& cell : comparison.cells) {
    INFO(cell.config.strategy << ' ' << cell.config.threads);
    const bool failed = cell.config.threads == 100;
    CHECK(cell.outcome == (failed ? Outcome::failed : Outcome::ok));
    CHECK(cell.as_promised);
    CHECK(cell.runs.size() == (failed ? 0u : comparison.plan.runs));
    CHECK(cell.failure == (!failed                             ? ""
                           : cell.config.strategy == "ordered" ? "could start only 35 of 100 threads"
                                                               : "out of memory"));
  }
}

TEST_CASE("A strategy that ends its process breaks every promise, and is not run again") {
  int runs = 0;
  const Comparison comparison = compare_with(plan_of({"ordered", "naive"}), [&runs](const Config& config) {
    runs += config.strategy == "naive" ? 1 : 0;
    return run_at(config, 1e7, config.strategy == "naive" ? Outcome::crashed : Outcome::ok);
  });
  CHECK(runs == 1);
  CHECK_FALSE(cell_of(comparison, "naive").as_promised);
  CHECK(exit_code_of(comparison) == 5);
}

TEST_CASE("A run that was paused is run once more, and that is counted") {
  int paused = 0;
  const Comparison comparison = compare_with(plan_of({"ordered"}), [&paused](const Config& config) {
    RunResult run = run_at(config, 1e7);
    if (++paused == 3) run.machine.paused_s = 2.5;
    return run;
  });
  CHECK(comparison.runs_repeated == 1);
  for (const RunResult& run : cell_of(comparison, "ordered").runs) CHECK(run.machine.paused_s == 0);
}

TEST_CASE("What there is by now is a comparison that is not complete, as rounds end") {
  std::vector<std::size_t> measured;
  RunControl control;
  const auto on_progress = [&measured](const CompareProgress& progress) {
    if (!progress.round_ended) return;
    const Comparison partial = progress.so_far();
    CHECK_FALSE(partial.complete);
    CHECK(partial.conclusions.groups.size() == 1);
    measured.push_back(partial.cells[0].runs_measured);
  };
  compare(plan_of({"global", "ordered"}), control, on_progress,
          [](const Config& config, RunControl&) { return run_at(config, 1e7); });
  CHECK(measured == std::vector<std::size_t>{0, 1, 2, 3, 4, 5});
}
