// What follows from a comparison: who leads, where the ranking flips, what the time went to.
#include "compare/compare.hpp"

#include "support/runners.hpp"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

using namespace banksim;
using Catch::Approx;
using Places = std::vector<std::size_t>;

namespace {

// The worker's time is shared as the test says: by strategy the share spent waiting.
Runner waiting(double of_global, double of_others) {
  return [=](const Config& config, RunControl&) {
    RunResult run = run_at(config, 1e7);
    const double share = config.strategy == "global" ? of_global : of_others;
    run.locks.wait_ns = static_cast<std::uint64_t>(share * run.elapsed_s * 1e9 * config.threads);
    run.locks.try_failed = 0;
    run.used.voluntary_switches = 0;
    return run;
  };
}

// Global wins with one thread, ordered with more.
Runner crossing() {
  return speeds_by([](const Config& config) {
    return config.strategy == "global" ? 4e7 / config.threads : 1.5e7 * config.threads;
  });
}

}  // namespace

TEST_CASE("A strategy that stands twice in a group has two names") {
  const Comparison comparison =
      compare_with(plan_of({"ordered", "ordered"}, {1, 2}), speeds({{"ordered", 1e7}}));
  CHECK(comparison.conclusions.names ==
        std::vector<std::string>{"ordered", "ordered (2)", "ordered", "ordered (2)"});
  CHECK(comparison.conclusions.varied == std::vector{Dimension::threads});
  REQUIRE(comparison.conclusions.groups.size() == 2);
  CHECK(comparison.conclusions.groups[1].cells == Places{2, 3});
}

TEST_CASE("The fastest safe strategy leads, and how far it is ahead is told in paired rounds") {
  const Comparison comparison = compare_with(plan_of({"global", "naive", "ordered"}),
                                             speeds({{"global", 1e7}, {"naive", 4e7}, {"ordered", 2e7}}));
  const Group& group = comparison.conclusions.groups.at(0);
  CHECK(group.ranked == Places{1, 2, 0});
  CHECK(group.leaders == Places{2});
  CHECK(group.unsafe_was_faster);
  CHECK(group.reference == 2);
  REQUIRE(group.lead);
  CHECK(group.lead->cell == 0);  // the next, against the leader
  CHECK(group.lead->against == 2);
  CHECK(group.lead->relative.ratio == Approx(0.5).epsilon(0.01));
}

TEST_CASE("Where another reference was named the lead is told against it") {
  ComparePlan plan = plan_of({"global", "ordered", "scoped"});
  plan.reference = "scoped";
  const Comparison comparison =
      compare_with(plan, speeds({{"global", 1e7}, {"ordered", 2e7}, {"scoped", 5e6}}));
  const Group& group = comparison.conclusions.groups.at(0);
  REQUIRE(group.lead);
  CHECK(group.lead->cell == 1);
  CHECK(group.lead->against == 2);
  CHECK(group.lead->relative.ratio == Approx(4).epsilon(0.01));
}

TEST_CASE("Where nothing safe was ranked, what is not safe leads; where nothing was ranked, nobody") {
  const Comparison unsafe =
      compare_with(plan_of({"naive", "unsafe"}), speeds({{"naive", 2e7}, {"unsafe", 1e7}}));
  CHECK(unsafe.conclusions.groups.at(0).leaders == Places{0});
  CHECK_FALSE(unsafe.conclusions.groups.at(0).unsafe_was_faster);
  CHECK_FALSE(unsafe.conclusions.groups.at(0).lead);  // no reference
  const Comparison nothing = compare_with(plan_of({"naive"}), failing("naive", Outcome::deadlock));
  CHECK(nothing.conclusions.groups.at(0).leaders.empty());
  CHECK(nothing.conclusions.groups.at(0).unranked == Places{0});
  CHECK(nothing.conclusions.broken_promises.empty());
  const Comparison broken =
      compare_with(plan_of({"global", "ordered"}), failing("ordered", Outcome::timeout));
  CHECK(broken.conclusions.broken_promises == Places{1});
}

TEST_CASE("Who cannot be told from the fastest leads with it, and too few runs are said to be too few") {
  ComparePlan plan = plan_of({"global", "ordered"});
  plan.runs = GENERATE(5U, 6U);
  const Comparison comparison = compare_with(plan, failing("nobody", Outcome::ok));
  const Group& group = comparison.conclusions.groups.at(0);
  CHECK(group.leaders == Places{0, 1});
  CHECK(group.too_few_runs == (plan.runs == 5));
  CHECK_FALSE(group.lead);
}

TEST_CASE("Who leads is judged by the rounds in which both ran, whoever the reference is") {
  // The machine was slower in every other round: the intervals overlap, the ratios do not.
  ComparePlan plan = plan_of({"global", "ordered", "scoped"});
  plan.runs = 12;
  plan.reference = "scoped";
  const Comparison comparison = compare_with(plan, [count = 0](const Config& config, RunControl&) mutable {
    const double machine = count++ / 3 % 2 == 0 ? 1 : 2;
    const double speed = config.strategy == "global" ? 1.1e7 : config.strategy == "ordered" ? 1e7 : 5e6;
    return run_at(config, machine * speed * (1 + 0.001 * (count % 7)));
  });
  CHECK((*comparison.cells[0].throughput_per_s.ci95)[0] < (*comparison.cells[1].throughput_per_s.ci95)[1]);
  CHECK(comparison.conclusions.groups.at(0).leaders == Places{0});
}

TEST_CASE("Where the ranking flips is found by the values, in whichever order they are listed") {
  const auto threads = GENERATE(values<std::vector<std::uint32_t>>({{1, 2, 4}, {4, 2, 1}, {2, 1, 2, 4}}));
  const Comparison comparison = compare_with(plan_of({"global", "ordered"}, threads), crossing());
  REQUIRE(comparison.conclusions.flips.size() == 1);
  const Flip& flip = comparison.conclusions.flips[0];
  CHECK(flip.dimension == Dimension::threads);
  CHECK(comparison.cells[flip.winner].config.strategy == "ordered");
  CHECK(comparison.cells[flip.loser].config.strategy == "global");
  CHECK(comparison.cells[flip.winner].config.threads == 2);
  CHECK(flip.group == comparison.cells[flip.winner].group);
}

TEST_CASE("A flip is found along each dimension, the others fixed") {
  ComparePlan plan = plan_of({"global", "ordered"}, {1, 2});
  plan.holds = {Hold{}, Hold{nanoseconds{400}}};
  const Comparison comparison = compare_with(plan, speeds_by([](const Config& config) {
                                               const bool pays =
                                                   config.threads == 2 && config.hold.spin.count() > 0;
                                               return config.strategy == "global" ? 2e7 : pays ? 3e7 : 1e7;
                                             }));
  // Groups: 1 thread, 2 threads, each without a hold, then both with it.
  CHECK(comparison.conclusions.flips ==
        std::vector<Flip>{{Dimension::threads, 3, 7, 6}, {Dimension::hold, 3, 7, 6}});
}

TEST_CASE("What is not clear in between does not hide a flip, and a ranking that stays is none") {
  const Comparison comparison = compare_with(
      plan_of({"global", "ordered"}, {1, 2, 4}), [count = 0](const Config& config, RunControl&) mutable {
        const double noise = 1 + 0.001 * (++count % 7);
        if (config.threads == 2) return run_at(config, 2e7);
        return run_at(config, noise * ((config.strategy == "global") == (config.threads == 1) ? 3e7 : 1e7));
      });
  CHECK(cell_of(comparison, "global", 2).relative.standing != Standing::slower);
  CHECK(cell_of(comparison, "ordered", 2).relative.standing != Standing::slower);
  CHECK(comparison.conclusions.flips == std::vector<Flip>{{Dimension::threads, 2, 5, 4}});
  const Comparison stays =
      compare_with(plan_of({"global", "ordered"}, {1, 2, 4}), speeds({{"global", 1e7}, {"ordered", 2e7}}));
  CHECK(stays.conclusions.flips.empty());
}

TEST_CASE("What the time went to is told of every strategy, where there was the most to wait for") {
  const Comparison comparison =
      compare_with(plan_of({"global", "ordered"}, {1, 4, 2}), [](const Config& config, RunControl& control) {
        RunResult run = waiting(0.44, 0.02)(config, control);
        if (config.strategy == "ordered") run.locks.try_failed = run.transfers.attempted / 4;
        run.used.voluntary_switches = run.transfers.attempted / 20;
        return run;
      });
  CHECK(comparison.conclusions.most_contended == 1);
  REQUIRE(comparison.conclusions.time_spent.size() == 2);
  const TimeSpent& global = comparison.conclusions.time_spent[0];
  CHECK(global.cell == 2);
  CHECK(global.waiting_share == Approx(0.44));
  CHECK_FALSE(global.refused_locks_a_transfer);
  CHECK(global.sleeps_in_1000_transfers.value() == Approx(50));
  CHECK(comparison.conclusions.time_spent[1].refused_locks_a_transfer.value() == Approx(0.25));
}

TEST_CASE("Where nobody waited, sleeping is that of the start, and not worth a word") {
  const Comparison comparison =
      compare_with(plan_of({"global", "ordered"}), [](const Config& config, RunControl& control) {
        RunResult run = waiting(0.3, 0)(config, control);
        run.used.voluntary_switches = run.transfers.attempted / 20;
        return run;
      });
  CHECK(comparison.conclusions.time_spent.at(0).is_noteworthy());
  CHECK_FALSE(comparison.conclusions.time_spent.at(1).sleeps_in_1000_transfers);
  CHECK_FALSE(comparison.conclusions.time_spent.at(1).is_noteworthy());
}

TEST_CASE("That threads were served unevenly is told of runs that are long enough to tell") {
  const double elapsed_s = GENERATE(0.005, 0.5);
  const Comparison comparison = compare_with(plan_of({"global"}), [=](const Config& config, RunControl&) {
    RunResult run = run_at(config, 1e7);
    run.elapsed_s = elapsed_s;
    run.fairness.jain_index = 0.6;
    return run;
  });
  CHECK(comparison.conclusions.time_spent.at(0).fairness.has_value() == (elapsed_s > 0.1));
}
