// The comparison over a runner that does what the test says: no thread is started, nothing is timed.
#include "compare/compare.hpp"

#include "report/compare_view.hpp"
#include "support/results.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <catch2/matchers/catch_matchers_vector.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace banksim;
using Catch::Matchers::StartsWith;
using Catch::Matchers::VectorContains;

namespace {

RunResult run_at(const Config& config, double throughput_per_s, Outcome outcome = Outcome::ok) {
  RunResult run = ok_run();
  run.config = config;
  run.outcome = outcome;
  run.elapsed_s = static_cast<double>(run.transfers.done + run.transfers.declined) / throughput_per_s;
  if (outcome == Outcome::deadlock) run.deadlock = opposite_transfers().deadlock;
  return run;
}

ComparePlan plan_of(std::vector<std::string> strategies, std::vector<std::uint32_t> threads = {2}) {
  ComparePlan plan;
  plan.strategies = std::move(strategies);
  plan.threads = std::move(threads);
  plan.accounts = {1000};
  plan.holds = {Hold{}};
  return plan;
}

Comparison compare_with(const ComparePlan& plan, const Runner& runner) {
  RunControl control;
  return compare(plan, control, {}, runner);
}

// So fast as the map says, with a little noise that differs from round to round.
Runner speeds(std::map<std::string, double> speed) {
  return [speed, count = 0](const Config& config, RunControl&) mutable {
    return run_at(config, speed.at(config.strategy) * (1 + 0.001 * (++count % 7)));
  };
}

const CellResult& cell_of(const Comparison& comparison, std::string_view strategy,
                          std::uint32_t threads = 2) {
  return *std::ranges::find_if(comparison.cells, [&](const CellResult& cell) {
    return cell.config.strategy == strategy && cell.config.threads == threads;
  });
}

}  // namespace

TEST_CASE("Every round runs every cell once, in an order that is drawn anew and recorded") {
  std::vector<std::string> seen;
  const Comparison comparison = compare_with(
      plan_of({"global", "ordered", "scoped"}, {1, 2}), [&seen](const Config& config, RunControl&) {
        seen.push_back(config.strategy + std::to_string(config.threads));
        return run_at(config, 1e6);
      });
  REQUIRE(comparison.order.size() == 6 * 6);
  std::set<std::vector<std::size_t>> orders;
  for (std::size_t round = 0; round < 6; ++round) {
    std::vector<std::size_t> order(comparison.order.begin() + static_cast<std::ptrdiff_t>(6 * round),
                                   comparison.order.begin() + static_cast<std::ptrdiff_t>(6 * round + 6));
    orders.insert(order);
    std::ranges::sort(order);
    CHECK(order == std::vector<std::size_t>{0, 1, 2, 3, 4, 5});
  }
  CHECK(orders.size() > 3);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const Config& config = comparison.cells[comparison.order[i]].config;
    CHECK(seen[i] == config.strategy + std::to_string(config.threads));
  }
  for (const CellResult& cell : comparison.cells) CHECK(cell.runs.size() == 5);
}

TEST_CASE("Every second round is the one before it backwards, so that no place in a round is an advantage") {
  // Who comes first in a round is twice as fast.
  std::size_t calls = 0;
  ComparePlan plan = plan_of({"global", "ordered", "scoped"});
  plan.runs = 20;
  for (plan.base.seed = 1; plan.base.seed <= 50; ++plan.base.seed) {
    const Comparison comparison = compare_with(plan, [&calls](const Config& config, RunControl&) {
      return run_at(config, calls++ % 3 == 0 ? 2e7 : 1e7);
    });
    for (std::size_t round = 1; round < 21; round += 2)
      for (std::size_t place = 0; place < 3; ++place)
        CHECK(comparison.order[3 * round + place] == comparison.order[3 * (round + 1) + 2 - place]);
    for (const CellResult& cell : comparison.cells) {
      CHECK(cell.relative.standing != Standing::faster);
      CHECK(cell.relative.standing != Standing::slower);
    }
  }
}

TEST_CASE("The same seed draws the same order, another one another") {
  ComparePlan plan = plan_of({"global", "ordered", "scoped"}, {1, 2});
  const auto run = [](const Config& config, RunControl&) { return run_at(config, 1e6); };
  const auto first = compare_with(plan, run).order;
  CHECK(compare_with(plan, run).order == first);
  plan.base.seed = 2;
  CHECK(compare_with(plan, run).order != first);
  plan.random_order = false;
  const Comparison sequential = compare_with(plan, run);
  CHECK(sequential.order[5] == 5);
  CHECK(sequential.warnings.back().code == "sequential_order");
}

TEST_CASE("Every strategy is given the same plan of transfers in every round") {
  std::set<std::uint64_t> seeds;
  compare_with(plan_of({"global", "ordered"}), [&seeds](const Config& config, RunControl&) {
    seeds.insert(config.seed);
    return run_at(config, 1e6);
  });
  CHECK(seeds.size() == 1);
}

TEST_CASE("A strategy that deadlocks or loses money is a row with its verdict, and the others are compared") {
  const Comparison comparison =
      compare_with(plan_of({"unsafe", "naive", "global", "ordered"}), [](const Config& config, RunControl&) {
        if (config.strategy == "unsafe") return run_at(config, 9e7, Outcome::violation);
        if (config.strategy == "naive") return run_at(config, 9e7, Outcome::deadlock);
        return run_at(config, config.strategy == "ordered" ? 2e7 : 1e7);
      });
  CHECK(comparison.complete);
  CHECK(cell_of(comparison, "unsafe").outcome == Outcome::violation);
  CHECK(cell_of(comparison, "unsafe").as_promised);
  CHECK(cell_of(comparison, "unsafe").throughput_per_s.median > 8e7);
  CHECK(cell_of(comparison, "unsafe").relative.standing == Standing::not_ranked);
  CHECK(cell_of(comparison, "naive").outcome == Outcome::deadlock);
  CHECK(cell_of(comparison, "naive").as_promised);
  CHECK(cell_of(comparison, "naive").runs.size() == 5);
  CHECK(cell_of(comparison, "naive").runs_measured == 0);
  CHECK(cell_of(comparison, "ordered").relative.standing == Standing::reference);
  CHECK(cell_of(comparison, "global").relative.standing == Standing::slower);
}

TEST_CASE("A deadlock of a strategy that promises none is a broken promise") {
  const Comparison comparison =
      compare_with(plan_of({"global", "ordered"}), [](const Config& config, RunControl&) {
        return run_at(config, 1e6, config.strategy == "ordered" ? Outcome::deadlock : Outcome::ok);
      });
  CHECK_FALSE(cell_of(comparison, "ordered").as_promised);
  CHECK(cell_of(comparison, "global").as_promised);
  CHECK(breaks_promise("unsafe", Outcome::deadlock));
  CHECK(breaks_promise("naive", Outcome::violation));
  CHECK_FALSE(breaks_promise("naive", Outcome::stalled));
  CHECK(breaks_promise("naive", Outcome::timeout));
}

TEST_CASE("A strategy that loses money is not what others are measured against, unless it is asked for") {
  ComparePlan plan = plan_of({"unsafe", "global"}, {1});
  CHECK(cell_of(compare_with(plan, speeds({{"unsafe", 9e7}, {"global", 1e7}})), "global", 1)
            .relative.standing == Standing::reference);
  plan.reference = "unsafe";
  const Comparison asked = compare_with(plan, speeds({{"unsafe", 9e7}, {"global", 1e7}}));
  CHECK(cell_of(asked, "unsafe", 1).relative.standing == Standing::reference);
  CHECK(cell_of(asked, "global", 1).relative.standing == Standing::slower);
}

TEST_CASE("A cell that ran out of time or stalled is not run again") {
  for (const Outcome outcome : {Outcome::timeout, Outcome::stalled}) {
    const Comparison comparison =
        compare_with(plan_of({"global", "ordered"}), [outcome](const Config& config, RunControl&) {
          return run_at(config, 1e6, config.strategy == "ordered" ? outcome : Outcome::ok);
        });
    CHECK(std::ranges::count(comparison.order, std::size_t{1}) == 1);
    CHECK(cell_of(comparison, "ordered").outcome == outcome);
    CHECK(cell_of(comparison, "global").runs.size() == 5);
  }
}

TEST_CASE("The worst outcome counts, in whichever warm-up it was") {
  for (const int bad : {1, 2}) {
    ComparePlan plan = plan_of({"naive"});
    plan.warmup = 2;
    const Comparison comparison =
        compare_with(plan, [bad, calls = 0](const Config& config, RunControl&) mutable {
          return run_at(config, 1e6, ++calls == bad ? Outcome::deadlock : Outcome::ok);
        });
    CHECK(comparison.cells[0].outcome == Outcome::deadlock);
    CHECK(comparison.cells[0].runs.size() == 5);
    CHECK(comparison.cells[0].runs_measured == 0);
  }
}

TEST_CASE("A reference that failed is warned of, and leaves nothing to be compared with") {
  ComparePlan plan = plan_of({"naive", "global", "ordered"}, {1, 2});
  plan.runs = 6;
  plan.reference = "naive";
  const Comparison comparison = compare_with(plan, [count = 0](const Config& config, RunControl&) mutable {
    if (config.strategy == "naive" && config.threads == 2) return run_at(config, 9e6, Outcome::deadlock);
    return run_at(config, (config.strategy == "ordered" ? 2e7 : 1e7) * (1 + 0.001 * (++count % 7)));
  });
  CHECK(cell_of(comparison, "ordered", 1).relative.standing == Standing::faster);
  CHECK(cell_of(comparison, "ordered", 2).relative.standing == Standing::not_ranked);
  const auto warning = std::ranges::find(comparison.warnings, "no_reference", &Warning::code);
  REQUIRE(warning != comparison.warnings.end());
  CHECK(warning->message == "the reference naive deadlocked at 2 threads: nothing to compare with there");
  CHECK(ratio_text(cell_of(comparison, "ordered", 2)) == kNothing);
  CHECK(verdict_sentence(CompareView(comparison)) ==
        "ordered is the fastest in both settings; naive deadlocked with 2 threads.");

  plan.threads = {1, 2, 4};
  const auto warned = [&plan](std::uint32_t least) {
    const Comparison several = compare_with(plan, [least](const Config& config, RunControl&) {
      const bool fails = config.strategy == "naive" && config.threads >= least;
      return run_at(config, 1e6, fails ? Outcome::deadlock : Outcome::ok);
    });
    return std::ranges::find(several.warnings, "no_reference", &Warning::code)->message;
  };
  CHECK(warned(2) == "the reference naive deadlocked in 2 of 3 settings: nothing to compare with there");
  CHECK(warned(1) == "the reference naive deadlocked in all 3 settings: nothing to compare with");

  plan.threads = {2};
  const Comparison all = compare_with(plan, [](const Config& config, RunControl&) {
    return run_at(config, 1e6, config.strategy == "naive" ? Outcome::timeout : Outcome::ok);
  });
  CHECK_THAT(verdict_sentence(CompareView(all)),
             StartsWith("global leads, but could not be told from ordered: "));
  REQUIRE(std::ranges::find(all.warnings, "no_reference", &Warning::code) != all.warnings.end());
  CHECK(std::ranges::find(all.warnings, "no_reference", &Warning::code)->message ==
        "the reference naive ran out of time: nothing to compare with");
}

TEST_CASE("Too few runs for an interval are warned of, and six are enough") {
  for (const std::uint32_t runs : {5U, 6U}) {
    ComparePlan plan = plan_of({"global", "ordered"});
    plan.runs = runs;
    const Comparison comparison = compare_with(plan, speeds({{"global", 1e7}, {"ordered", 2e7}}));
    const auto warning = std::ranges::find(comparison.warnings, "few_runs", &Warning::code);
    CHECK((warning == comparison.warnings.end()) == (runs == 6));
    CHECK(comparison.cells[0].throughput_per_s.ci95.has_value() == (runs == 6));
  }
}

TEST_CASE("A signal ends the comparison, which keeps what there was and says so") {
  int runs = 0;
  const Comparison comparison =
      compare_with(plan_of({"global", "ordered"}), [&runs](const Config& config, RunControl&) {
        RunResult result = run_at(config, 1e6, ++runs == 8 ? Outcome::interrupted : Outcome::ok);
        if (runs == 8) result.signal = 2;
        return result;
      });
  CHECK(runs == 8);
  CHECK_FALSE(comparison.complete);
  CHECK(comparison.signal == 2);
  CHECK(comparison.order.size() == 8);
  CHECK(comparison.cells[0].runs.size() + comparison.cells[1].runs.size() == 5);  // two went to warm up
  CHECK(comparison.cells[0].outcome == Outcome::ok);
  CHECK(comparison.warnings.front().code == "interrupted");
}

TEST_CASE("What was interrupted before its first run has not run") {
  const Comparison comparison = compare_with(
      plan_of({"global", "ordered"}),
      [](const Config& config, RunControl&) { return run_at(config, 1e6, Outcome::interrupted); });
  for (const CellResult& cell : comparison.cells) {
    CHECK(cell.outcome == Outcome::interrupted);
    CHECK(cell.runs_measured == 0);
    CHECK(cell.as_promised);
  }
  CHECK(comparison.findings.empty());
}

TEST_CASE("Short runs get more rounds where time is given, and never more than the limit") {
  ComparePlan plan = plan_of({"global", "ordered"});
  plan.min_time = std::chrono::hours{1};  // the runner takes no time at all
  const Comparison comparison = compare_with(plan, speeds({{"global", 1e7}, {"ordered", 2e7}}));
  CHECK(comparison.cells[0].runs.size() == kMostRounds);
  CHECK(comparison.cells[0].throughput_per_s.ci95);
}

TEST_CASE("The time of the warm-up is no measured time") {
  // The warm-up alone takes longer than is to be measured, a measured run next to nothing.
  ComparePlan plan = plan_of({"global"});
  plan.runs = 1;
  plan.min_time = std::chrono::milliseconds{200};
  const Comparison comparison =
      compare_with(plan, [&plan, is_warm = false](const Config& config, RunControl&) mutable {
        const auto end = std::chrono::steady_clock::now() + plan.min_time;
        while (!is_warm && std::chrono::steady_clock::now() < end) {
        }
        is_warm = true;
        return run_at(config, 1e6);
      });
  CHECK(comparison.cells[0].runs.size() > 1);
}

TEST_CASE("Progress counts every run and ends at the whole") {
  RunControl control;
  std::vector<std::size_t> done;
  std::size_t total = 0;
  compare(
      plan_of({"global", "ordered"}), control,
      [&](const CompareProgress& progress) {
        done.push_back(progress.runs_done);
        total = progress.runs_total;
      },
      [](const Config& config, RunControl&) { return run_at(config, 1e6); });
  CHECK(std::ranges::is_sorted(done));
  CHECK(total == 12);
  CHECK(done.back() == 12);
}

TEST_CASE("Where the ranking flips is named") {
  const Comparison comparison = compare_with(
      plan_of({"global", "ordered"}, {1, 2, 4}), [count = 0](const Config& config, RunControl&) mutable {
        const double noise = 1 + 0.001 * (++count % 7);
        return run_at(config,
                      noise * (config.strategy == "global" ? 4e7 / config.threads : 1.5e7 * config.threads));
      });
  CHECK_THAT(comparison.findings, VectorContains(std::string("ordered overtakes global from 2 threads")));
  CHECK(verdict_sentence(CompareView(comparison)) ==
        "global is the fastest with 1 thread; ordered is the fastest with 2 and 4 threads.");
}

TEST_CASE("A flip names what else the plan varies, and the hold time as it is typed") {
  ComparePlan plan = plan_of({"global", "ordered"}, {1, 2});
  plan.holds = {Hold{}, Hold{nanoseconds{400}}};
  const Comparison comparison = compare_with(plan, [count = 0](const Config& config, RunControl&) mutable {
    const bool fine_grained_pays = config.threads == 2 && config.hold.spin.count() > 0;
    const double speed = config.strategy == "global" ? 2e7 : fine_grained_pays ? 3e7 : 1e7;
    return run_at(config, speed * (1 + 0.001 * (++count % 7)));
  });
  CHECK_THAT(comparison.findings,
             VectorContains(std::string("ordered overtakes global from 2 threads at --hold 400ns")));
  CHECK_THAT(comparison.findings,
             VectorContains(std::string("ordered overtakes global from --hold 400ns at 2 threads")));
}

TEST_CASE("Flips follow the values, in whichever order they are listed") {
  const Runner runner = [count = 0](const Config& config, RunControl&) mutable {
    const double noise = 1 + 0.001 * (++count % 7);
    return run_at(config,
                  noise * (config.strategy == "global" ? 4e7 / config.threads : 1.5e7 * config.threads));
  };
  for (const std::vector<std::uint32_t>& threads :
       {std::vector<std::uint32_t>{4, 2, 1}, std::vector<std::uint32_t>{2, 1, 2, 4}}) {
    const std::vector<std::string> findings =
        compare_with(plan_of({"global", "ordered"}, threads), runner).findings;
    CHECK_THAT(findings, VectorContains(std::string("ordered overtakes global from 2 threads")));
    CHECK(std::ranges::count_if(findings, [](const std::string& finding) {
            return finding.find("overtakes") != std::string::npos;
          }) == 1);
  }
}

TEST_CASE("What is not clear in between does not hide a flip") {
  const Comparison comparison = compare_with(
      plan_of({"global", "ordered"}, {1, 2, 4}), [count = 0](const Config& config, RunControl&) mutable {
        const double noise = 1 + 0.001 * (++count % 7);
        if (config.threads == 2) return run_at(config, 2e7);
        return run_at(config, noise * ((config.strategy == "global") == (config.threads == 1) ? 3e7 : 1e7));
      });
  CHECK(cell_of(comparison, "global", 2).relative.standing != Standing::slower);
  CHECK(cell_of(comparison, "ordered", 2).relative.standing != Standing::slower);
  CHECK_THAT(comparison.findings, VectorContains(std::string("ordered overtakes global from 4 threads")));
}

TEST_CASE("Of a strategy that stands twice the findings say which one") {
  const Comparison comparison =
      compare_with(plan_of({"ordered", "ordered"}), [](const Config& config, RunControl&) {
        RunResult run = run_at(config, 1e7);
        run.locks.wait_ns = static_cast<std::uint64_t>(0.3 * run.elapsed_s * 1e9 * config.threads);
        return run;
      });
  CHECK_THAT(comparison.findings,
             VectorContains(std::string("ordered (2) waited 30 % of its workers' time for locks")));
}

TEST_CASE("Where nobody waited, sleeping is that of the start, and not spoken of") {
  const Comparison comparison =
      compare_with(plan_of({"global", "ordered"}), [](const Config& config, RunControl&) {
        RunResult run = run_at(config, 1e7);
        run.locks.wait_ns = run.locks.try_failed = 0;
        if (config.strategy == "global")
          run.locks.wait_ns = static_cast<std::uint64_t>(0.3 * run.elapsed_s * 1e9 * config.threads);
        run.used.voluntary_switches = run.transfers.attempted / 20;
        return run;
      });
  CHECK(comparison.findings ==
        std::vector<std::string>{
            "global waited 30 % of its workers' time for locks, slept 50 times in 1,000 transfers",
            "ordered hardly waited for locks"});
}

TEST_CASE("A ranking that does not change is no flip") {
  const Comparison comparison =
      compare_with(plan_of({"global", "ordered"}, {1, 2, 4}), speeds({{"global", 1e7}, {"ordered", 2e7}}));
  CHECK(verdict_sentence(CompareView(comparison)) == "ordered is the fastest in all 3 settings.");
  for (const std::string& finding : comparison.findings)
    CHECK(finding.find("overtakes") == std::string::npos);
}

TEST_CASE("What the time went to is said of every strategy, where there was the most to wait for") {
  const Comparison comparison =
      compare_with(plan_of({"global", "ordered"}, {1, 2}), [](const Config& config, RunControl&) {
        RunResult run = run_at(config, 1e7);
        const double share = config.strategy == "global" ? 0.44 : 0.02;
        run.locks.wait_ns = static_cast<std::uint64_t>(share * run.elapsed_s * 1e9 * config.threads);
        run.locks.try_failed = config.strategy == "global" ? 0 : run.transfers.attempted / 4;
        return run;
      });
  CHECK_THAT(comparison.findings,
             VectorContains(std::string("at 2 threads, global waited 44 % of its workers' time for locks")));
  CHECK_THAT(
      comparison.findings,
      VectorContains(std::string("at 2 threads, ordered waited 2.0 % of its workers' time for locks, refused "
                                 "0.25 locks a transfer")));
}

TEST_CASE("Of those that spent no time on locks one sentence is enough") {
  const Comparison comparison =
      compare_with(plan_of({"global", "ordered", "scoped"}, {2}), [](const Config& config, RunControl&) {
        RunResult run = run_at(config, 1e7);
        const double share = config.strategy == "global" ? 0.44 : 0;
        run.locks.wait_ns = static_cast<std::uint64_t>(share * run.elapsed_s * 1e9 * config.threads);
        run.used.voluntary_switches = run.locks.try_failed = 0;
        return run;
      });
  CHECK(comparison.findings == std::vector<std::string>{"global waited 44 % of its workers' time for locks",
                                                        "ordered, scoped hardly waited for locks"});
}

TEST_CASE("Who leads is judged by the rounds in which both ran, whoever the reference is") {
  // The machine was slower in every other round: the intervals overlap, the ratios do not.
  ComparePlan plan = plan_of({"global", "ordered", "scoped"});
  plan.runs = 12;
  plan.reference = "scoped";
  plan.random_order = false;
  const Comparison comparison = compare_with(plan, [count = 0](const Config& config, RunControl&) mutable {
    const double machine = count++ / 3 % 2 == 0 ? 1 : 2;
    const double speed = config.strategy == "global" ? 1.1e7 : config.strategy == "ordered" ? 1e7 : 5e6;
    return run_at(config, machine * speed * (1 + 0.001 * (count % 7)));
  });
  CHECK((*comparison.cells[0].throughput_per_s.ci95)[0] < (*comparison.cells[1].throughput_per_s.ci95)[1]);
  CHECK_THAT(verdict_sentence(CompareView(comparison)), StartsWith("global is the fastest: "));
}

TEST_CASE("A strategy that can deadlock may be fast, and does not win") {
  const Comparison comparison =
      compare_with(plan_of({"naive", "ordered"}), speeds({{"naive", 2e7}, {"ordered", 1e7}}));
  CHECK(comparison.cells[1].relative.standing == Standing::reference);
  CHECK(comparison.cells[0].relative.standing == Standing::faster);
  CHECK_THAT(verdict_sentence(CompareView(comparison)), StartsWith("ordered is the fastest safe strategy"));
}

TEST_CASE("A plan that makes no sense is refused before anything runs") {
  const auto never = [](const Config&, RunControl&) -> RunResult { throw std::logic_error("it ran"); };
  ComparePlan nothing = plan_of({});
  CHECK_THROWS_AS(compare_with(nothing, never), ConfigError);
  ComparePlan stranger = plan_of({"global"});
  stranger.reference = "ordered";
  CHECK_THROWS_AS(compare_with(stranger, never), ConfigError);
  CHECK_THROWS_AS(check(plan_of({"global"}, {2, 0})), ConfigError);
  ComparePlan no_runs = plan_of({"global"});
  no_runs.runs = 0;
  CHECK_THROWS_AS(compare_with(no_runs, never), ConfigError);
}

TEST_CASE("The caller's own progress of a run is called, and is his again afterwards") {
  RunControl control;
  int calls = 0;
  control.on_progress = [&calls](const RunProgress&) { ++calls; };
  compare(plan_of({"global"}), control, {}, [](const Config& config, RunControl& of_run) {
    of_run.on_progress({});
    return run_at(config, 1e6);
  });
  CHECK(calls == 6);
  control.on_progress({});
  CHECK(calls == 7);
}

TEST_CASE("A real strategy under two names is compared on real threads") {
  ComparePlan plan = plan_of({"ordered", "ordered"});
  plan.base.transfers = 2000;
  plan.base.audit.kind = AuditPolicy::Kind::off;
  const Comparison comparison = compare_with(plan, run_registered);
  REQUIRE(comparison.cells.size() == 2);
  for (const CellResult& cell : comparison.cells) {
    CHECK(cell.outcome == Outcome::ok);
    CHECK(cell.runs_measured == 5);
  }
  CHECK(comparison.running_s <= comparison.elapsed_s);
}
