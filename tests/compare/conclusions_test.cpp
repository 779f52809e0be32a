// What follows from a comparison: who leads, where the ranking flips, what the time went to.
#include "support/runners.hpp"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

using namespace banksim;
using Catch::Approx;
using Places = std::vector<std::size_t>;

namespace {

Conclusions conclusions_of(const ComparePlan& plan, const FakeRunner& run) {
  return compare_with(plan, run).conclusions;
}

Group group_of(const ComparePlan& plan, const FakeRunner& run) {
  return conclusions_of(plan, run).groups.at(0);
}

}  // namespace

TEST_CASE("A strategy that stands twice in a group has two names") {
  const Conclusions conclusions = conclusions_of(plan_of({"ordered", "ordered"}, {1, 2}), all_alike());
  CHECK(conclusions.names == std::vector<std::string>{"ordered", "ordered (2)", "ordered", "ordered (2)"});
  CHECK(conclusions.varied == std::vector{Dimension::threads});
  REQUIRE(conclusions.groups.size() == 2);
  CHECK(conclusions.groups[1].cells == Places{2, 3});
}

TEST_CASE("The fastest safe strategy leads, and how far it is ahead is told in paired rounds") {
  const Comparison comparison = compare_with(plan_of({"global", "naive", "ordered"}),
                                             speeds({{"global", 1e7}, {"naive", 4e7}, {"ordered", 2e7}}));
  const Group& group = comparison.conclusions.groups.at(0);
  CHECK(group.ranked == Places{1, 2, 0});
  CHECK(group.leaders == Places{2});
  CHECK(group.unsafe_was_faster);
  CHECK(group.reference == 2);
  REQUIRE(group.leads.size() == 1);  // naive, which is faster, claims no safety
  CHECK(group.leads[0].cell == 0);
  CHECK(group.leads[0].relative.ratio == Approx(2).epsilon(0.01));
  CHECK(group.leads[0].relative == inverse(cell_of(comparison, "global").relative));
}

TEST_CASE("Where another reference was named the leader is told against each that it leads") {
  ComparePlan plan = plan_of({"global", "ordered", "scoped"});
  plan.reference = "scoped";
  const Comparison comparison =
      compare_with(plan, speeds({{"global", 1e7}, {"ordered", 2e7}, {"scoped", 5e6}}));
  const std::vector<Lead>& leads = comparison.conclusions.groups.at(0).leads;
  REQUIRE(leads.size() == 2);
  CHECK(leads[0].cell == 0);
  CHECK(leads[0].relative.ratio == Approx(2).epsilon(0.01));
  CHECK(leads[1].cell == 2);
  CHECK(leads[1].relative == cell_of(comparison, "ordered").relative);
}

TEST_CASE("Where nothing safe was ranked, what is not safe leads; where nothing was ranked, nobody") {
  const Group unsafe = group_of(plan_of({"naive", "unsafe"}), speeds({{"naive", 2e7}, {"unsafe", 1e7}}));
  CHECK(unsafe.leaders == Places{0});
  CHECK_FALSE(unsafe.unsafe_was_faster);
  CHECK_FALSE(unsafe.reference);
  CHECK(unsafe.leads.size() == 1);
  const Group nothing = group_of(plan_of({"naive"}), failing("naive", Outcome::deadlock));
  CHECK(nothing.leaders.empty());
  CHECK(nothing.unranked == Places{0});
}

TEST_CASE("Who cannot be told from the fastest leads with it, and too few runs are said to be too few") {
  ComparePlan plan = plan_of({"global", "ordered"});
  plan.runs = GENERATE(5U, 6U);
  const Group group = group_of(plan, all_alike());
  CHECK(group.leaders == Places{0, 1});
  CHECK(group.too_few_runs == (plan.runs == 5));
  CHECK(group.leads.empty());
}

TEST_CASE("Who leads is judged by the rounds in which both ran, whoever the reference is") {
  // The machine was slower in every other round: the intervals overlap, the ratios do not.
  ComparePlan plan = plan_of({"global", "ordered", "scoped"});
  plan.runs = 12;
  plan.reference = "scoped";
  const Comparison comparison = compare_with(plan, [count = 0](const Config& config) mutable {
    const double machine = count++ / 3 % 2 == 0 ? 1 : 2;
    const double speed = config.strategy == "global" ? 1.1e7 : config.strategy == "ordered" ? 1e7 : 5e6;
    return run_at(config, machine * speed * (1 + 0.001 * (count % 7)));
  });
  CHECK((*comparison.cells[0].throughput_per_s.ci95)[0] < (*comparison.cells[1].throughput_per_s.ci95)[1]);
  CHECK(comparison.conclusions.groups.at(0).leaders == Places{0});
}

// Global had the machine's fast rounds to itself, with medians that say so; within each round ordered won.
TEST_CASE("Order, speeds and the reference go by the paired rounds, where the medians say another thing") {
  ComparePlan plan = plan_of({"global", "ordered", "scoped"});
  plan.runs = 7;
  plan.warmup = 0;
  std::map<std::string, std::size_t> round;
  const Comparison comparison = compare_with(plan, [&round](const Config& config) {
    constexpr std::array kMachine{1.0, 1.0, 1.0, 3.0, 3.1, 3.2, 3.3};
    constexpr std::array kOrdered{1.2, 1.2, 1.2, 0.9, 1.1, 1.1, 1.1};
    const std::size_t nth = round[config.strategy]++;
    const double own = config.strategy == "ordered"  ? kOrdered.at(nth)
                       : config.strategy == "scoped" ? 0.5
                                                     : 1;
    return run_at(config, 1e7 * kMachine.at(nth) * own);
  });
  const auto& [global, ordered, scoped] =
      std::tie(comparison.cells[0], comparison.cells[1], comparison.cells[2]);
  CHECK(global.throughput_per_s.median > ordered.throughput_per_s.median);
  const Conclusions& found = comparison.conclusions;
  CHECK(found.groups.at(0).reference == 1);
  CHECK(found.groups.at(0).ranked == Places{1, 0, 2});
  CHECK(found.speeds.at(1).per_s == ordered.throughput_per_s.median);
  for (const std::size_t i : {0u, 2u}) {
    const Relative& relative = comparison.cells[i].relative;
    CHECK(found.speeds.at(i).per_s == Approx(ordered.throughput_per_s.median * relative.ratio));
    CHECK(found.speeds[i].ci95.value()[1] == Approx(ordered.throughput_per_s.median * (*relative.ci95)[1]));
  }
}

TEST_CASE("A round that is far off is found, and where all are scattered none is") {
  ComparePlan plan = plan_of({"global", "ordered"});
  plan.runs = 12;
  plan.warmup = 0;
  const bool is_scattered = GENERATE(false, true);
  std::size_t count = 0;
  const Comparison comparison = compare_with(plan, [&](const Config& config) {
    if (config.strategy == "global") return run_at(config, 1e7);
    const std::size_t nth = count++;
    const double usual = is_scattered ? 1e7 * (1 + static_cast<double>(nth % 4)) : 1e7;
    return run_at(config, nth == 6 ? usual / 10 : usual);
  });
  const std::vector<Outlier>& outliers = comparison.conclusions.outliers;
  REQUIRE(outliers.size() == (is_scattered ? 0 : 1));
  if (is_scattered) return;
  CHECK(outliers[0].cell == 1);
  CHECK(outliers[0].round == 6);
  CHECK(outliers[0].factor == Approx(0.1));
}

TEST_CASE("Where the ranking flips is found by the values, in whichever order they are listed") {
  const auto threads = GENERATE(values<std::vector<std::uint32_t>>({{1, 2, 4}, {4, 2, 1}, {2, 1, 2, 4}}));
  // Global wins with one thread, ordered with more.
  const Comparison comparison =
      compare_with(plan_of({"global", "ordered"}, threads), speeds_by([](const Config& config) {
                     return config.strategy == "global" ? 4e7 / config.threads : 1.5e7 * config.threads;
                   }));
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
  const auto speed = [](const Config& config) {
    const bool pays = config.threads == 2 && config.hold.spin.count() > 0;
    return config.strategy == "global" ? 2e7 : pays ? 3e7 : 1e7;
  };
  // Groups: 1 thread, 2 threads, each without a hold, then both with it.
  CHECK(conclusions_of(plan, speeds_by(speed)).flips ==
        std::vector<Flip>{{Dimension::threads, 3, 7, 6}, {Dimension::hold, 3, 7, 6}});
}

TEST_CASE("What is not clear in between does not hide a flip, and a ranking that stays is none") {
  const ComparePlan plan = plan_of({"global", "ordered"}, {1, 2, 4});
  const auto at_two_alike = speeds_by([](const Config& config) {
    if (config.threads == 2) return 2e7;
    return (config.strategy == "global") == (config.threads == 1) ? 3e7 : 1e7;
  });
  const Comparison comparison = compare_with(plan, at_two_alike);
  CHECK(cell_of(comparison, "global", 2).relative.standing != Standing::slower);
  CHECK(cell_of(comparison, "ordered", 2).relative.standing != Standing::slower);
  CHECK(comparison.conclusions.flips == std::vector<Flip>{{Dimension::threads, 2, 5, 4}});
  CHECK(conclusions_of(plan, speeds({{"global", 1e7}, {"ordered", 2e7}})).flips.empty());
}

TEST_CASE("What the time went to is told of every strategy, where there was the most to wait for") {
  const Conclusions conclusions =
      conclusions_of(plan_of({"global", "ordered"}, {1, 4, 2}), [](const Config& config) {
        RunResult run = run_at(config, 1e7);
        run.elapsed_s = 0.5;
        const double share = config.strategy == "global" ? 0.44 : 0;
        run.locks.wait_ns = static_cast<std::uint64_t>(share * run.elapsed_s * 1e9 * config.threads);
        return run;
      });
  CHECK(conclusions.most_contended == 1);
  REQUIRE(conclusions.time_spent.size() == 2);
  CHECK(conclusions.time_spent[0].cell == 2);
  CHECK(conclusions.time_spent[0].waiting_share == Approx(0.44));
  CHECK(conclusions.time_spent[1].waiting_share == 0);
}

TEST_CASE(
    "What the time went to, and that threads were served unevenly, is told of runs that are long enough") {
  const double elapsed_s = GENERATE(0.05, 0.5);
  const Conclusions conclusions = conclusions_of(plan_of({"global"}), [=](const Config& config) {
    RunResult run = run_at(config, 1e7);
    run.elapsed_s = elapsed_s;
    run.fairness.jain_index = 0.6;
    return run;
  });
  REQUIRE(conclusions.time_spent.size() == (elapsed_s > 0.1 ? 1 : 0));
  if (elapsed_s > 0.1) CHECK(conclusions.time_spent[0].fairness == 0.6);
}

TEST_CASE("Where a quota was used up that is said, and not that the machine was busy") {
  const std::uint64_t throttled_periods = GENERATE(0u, 2u, 98u);  // of a hundred
  const Comparison comparison = compare_with(plan_of({"global", "ordered"}), [=](const Config& config) {
    RunResult run = run_at(config, 1e6);
    run.used.user_s = 0.3 * run.elapsed_s;  // on two processors
    run.machine.quota_cpus = 0.5;
    run.machine.throttling = {100, throttled_periods, 1};
    return run;
  });
  const std::vector<Warning> warnings = find_warnings(comparison, 0);
  const auto said = [&](std::string_view code) {
    return std::ranges::count(warnings, code, &Warning::code) == 1;
  };
  CHECK(said("throttled") == (throttled_periods > 5));
  CHECK(said("busy_machine") == (throttled_periods <= 5));
  if (!said("throttled")) return;
  const auto& numbers = std::ranges::find(warnings, "throttled", &Warning::code)->numbers;
  CHECK(numbers.at("quota_cpus") == 0.5);
  CHECK(numbers.at("throttled_periods") / numbers.at("periods") == Approx(0.98));
}

TEST_CASE("What a strategy printed in its runs is warned of once, and what was run again is counted") {
  Comparison comparison =
      compare_with(plan_of({"global", "ordered"}), [](const Config& config) { return run_at(config, 1e6); });
  const Warning printed{"strategy_printed", "", {{"bytes", 70'000}, {"shown", 65'536}}};
  for (RunResult& run : comparison.cells[1].runs) run.warnings.push_back(printed);
  comparison.runs_repeated = 3;
  const std::vector<Warning> warnings = find_warnings(comparison, 0);
  CHECK(std::ranges::count(warnings, Warning{"paused", "", {{"runs", 3}}}) == 1);
  const std::string& name = comparison.cells[1].config.strategy;
  const double bytes = 70'000.0 * static_cast<double>(comparison.cells[1].runs.size());
  CHECK(warnings.back() == Warning{"strategy_printed", name, {{"bytes", bytes}, {"shown", 65'536}}});
  CHECK(std::ranges::count(warnings, "strategy_printed", &Warning::code) == 1);
}
