// A comparison as text: the table, what follows from it, the verdict.
#include "report/report.hpp"
#include "support/comparisons.hpp"
#include "support/runners.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>
#include <string>
#include <vector>

using namespace banksim;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

// unsafe loses money, naive deadlocks, ordered is twice as fast as global at two threads.
Comparison compared(std::vector<std::uint32_t> threads = {2}) {
  ComparePlan plan = plan_of({"unsafe", "naive", "global", "ordered"}, std::move(threads));
  plan.runs = 6;
  plan.base.transfers = 640'000;
  std::map<std::string, int> count;
  Comparison comparison = compare_with(plan, [&count](const Config& config) {
    RunResult run = config.strategy == "unsafe"  ? wrong_run()
                    : config.strategy == "naive" ? opposite_transfers()
                                                 : ok_run();
    run.config = config;
    const double speed = config.strategy == "unsafe" ? 8e7 : config.strategy == "ordered" ? 2e7 : 1e7;
    run.elapsed_s = 640'000 / speed / (1 + 0.001 * (++count[config.strategy] % 7));
    return run;
  });
  comparison.elapsed_s = 1.5;
  comparison.running_s = 1.2;
  comparison.warnings.clear();
  return comparison;
}

// Each with the words that make it long.
Comparison every_kind_of_row() {
  Comparison comparison = comparison_of({{"unsafe", 8, 170e6, 6, 0},
                                         {"global", 8, 0.3e6, 900'000, 0.9},
                                         {"naive", 8, 17e6, 90, 0, Outcome::deadlock},
                                         {"ordered", 8, 25.8e6, 69, 0},
                                         {"scoped", 8, 25.7e6, 75, 0},
                                         {"stuck", 8, 25.6e6, 75, 0, Outcome::stalled},
                                         {"late", 8, 25.5e6, 75, 0}},
                                        12);
  comparison.cells[0].outcome = Outcome::violation;
  comparison.cells[0].relative = {};  // while warming up: each measured run was right
  comparison.cells[5].as_promised = false;
  comparison.cells[6].outcome = Outcome::interrupted;
  comparison.cells[6].runs.clear();
  comparison.cells[6].runs_measured = 0;
  comparison.plan.base.access = Access{Access::Kind::zipf, 0.99, 0, 0};
  return concluded(std::move(comparison));
}

std::string without_colour(std::string text) {
  for (std::size_t at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b'))
    text.erase(at, text.find('m', at) + 1 - at);
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string quiet(const Comparison& comparison) { return compare_text(comparison, {.quiet = true}); }

}  // namespace

TEST_CASE("A comparison is reported as a table with bars, what follows from it, and a verdict") {
  CHECK(compare_text(compared(), {}, 90) == R"(2 threads, 1,000 accounts, 640,000 transfers a run, seed 1
6 measured rounds after 1 to warm up, in random order;
  1.5 s in all, 1.2 s of it in the runs

  strategy  transfers/s                                  p99  ratio (95 %)
  ordered        20.1 M  ############################  30 ns  1x                 reference
  global           10 M  ##############                30 ns  0.50x (0.50-0.50)  slower
  unsafe         80.3 M                                30 ns  VIOLATION in 6 of 6 runs
  naive                                                       DEADLOCK in 6 of 6 runs

  ordered is the fastest, 2.0 times as fast as global (95 %: 2.00-2.00);
    unsafe got the money wrong in 6 of 6 runs; naive deadlocked in 6 of 6 runs.
  - waiting for locks took 40.5 % of global's time
  Ratio: how many times as fast as the reference in the same rounds,
    with its 95 % interval. Transfers/s: the reference's median times that.

OK  unsafe got the money wrong and naive deadlocked, as they say they can;
    the others kept their promises
)");
}

TEST_CASE("No line is wider than the terminal, whatever its rows say, and colour takes no room") {
  for (const auto& comparison : {compared({2, 4096}), every_kind_of_row(), small_comparison(3),
                                 grid_comparison(), interrupted_comparison()})
    for (std::size_t columns = 40; columns <= 160; ++columns)
      for (const bool unicode : {false, true}) {
        const std::string text = compare_text(comparison, {.color = false, .unicode = unicode}, columns);
        for (const std::string& line : lines_of(text)) {
          INFO(columns << ": " << line);
          CHECK(display_width(line) <= columns);
        }
        CHECK(without_colour(compare_text(comparison, {.color = true, .unicode = unicode}, columns)) == text);
      }
}

TEST_CASE("A row loses its bar first, then p99, then the ratio's interval, and its words never") {
  const Comparison comparison = every_kind_of_row();
  std::ptrdiff_t fewest_shown = 4;
  for (std::size_t columns = 160; columns >= 40; --columns) {
    const std::string text = compare_text(comparison, {}, columns);
    INFO(columns << ":\n" << text);
    const auto has = [&text](const char* part) { return text.find(part) != std::string::npos; };
    const std::vector<bool> shown = {has("##"), has("p99"), has("(95 %)"), has("ratio")};
    CHECK(std::ranges::is_sorted(shown));
    CHECK(std::ranges::count(shown, true) <= fewest_shown);
    fewest_shown = std::ranges::count(shown, true);
    for (const char* word : {"VIOLATION", "DEADLOCK", "difference", "slower", "not run"}) CHECK(has(word));
  }
  CHECK(fewest_shown < 2);
}

TEST_CASE("The bars of a group are as long as its rows' ratios, and what failed has none") {
  const Comparison comparison = comparison_of({{"unsafe", 1, 40e6, 6, 0},
                                               {"ordered", 1, 20e6, 44, 0},
                                               {"global", 1, 10e6, 90, 0},
                                               {"naive", 1, 90e6, 40, 0, Outcome::violation}},
                                              7);
  std::map<std::string, double> bars;
  for (const std::string& line : lines_of(compare_text(comparison, {}, 160)))
    if (const auto length = std::ranges::count(line, '#'); length > 0)
      bars[line.substr(2, line.find(' ', 2) - 2)] = static_cast<double>(length);
  REQUIRE(bars.size() == 3);
  for (const CellResult& cell : comparison.cells)
    if (is_ranked(cell))
      CHECK(std::abs(bars[cell.config.strategy] - bars["ordered"] * cell.relative.ratio) <= 1);
}

TEST_CASE("A quiet report is its verdict, and one fault does not hide another") {
  Comparison comparison = compared();
  CHECK(quiet(comparison) ==
        "OK  unsafe got the money wrong and naive deadlocked, as they say they can; the others kept their "
        "promises\n");
  CHECK(quiet(small_comparison(1)).starts_with("OK  unsafe got"));
  CHECK(quiet(comparison_of({{"ordered", 2, 1e6, 60, 0}}, 1)) == "OK  every strategy did what it promises\n");
  comparison.cells[3].outcome = Outcome::violation;
  comparison.cells[3].as_promised = false;
  const std::string broken = "BROKEN PROMISE  ordered: violation";
  CHECK(quiet(concluded(comparison)) == broken + '\n');
  comparison.complete = false;
  comparison.signal = 2;
  CHECK(quiet(concluded(comparison)) ==
        broken + "\nINTERRUPTED  by SIGINT after 24 of 24 measured runs: this is what there was\n");
  comparison.cells[3].outcome = Outcome::timeout;
  comparison.cells[2] = comparison.cells[3];
  CHECK_THAT(quiet(concluded(comparison)),
             StartsWith("NO VERDICT  ordered: timeout, ordered (2): timeout\nINTERRUPTED  by SIGINT after "));
}

TEST_CASE("A ratio that is not 1 is not printed as 1; how many runs would tell is said only if it is real") {
  Comparison comparison = compared();
  const auto says = [&comparison](const Relative& relative, const char* text, const char* markdown = "") {
    comparison.cells[2].relative = relative;
    CHECK_THAT(compare_text(comparison, {}, 160), ContainsSubstring(text));
    CHECK_THAT(compare_markdown(comparison), ContainsSubstring(markdown));
  };
  says({0.95, std::array{0.91, 0.9964}, Standing::slower, 0}, " 0.95x (0.91-0.996)  slower");
  says({0.9996, std::array{0.91, 0.99999}, Standing::slower, 0}, " 0.9996x (0.91-0.9999)  slower");
  says({1.2, std::array{1.0011, 1.31}, Standing::faster, 0}, " 1.20x (1.001-1.31)  faster");
  says({1.2, std::array{1.00002, 1.31}, Standing::faster, 0}, " 1.20x (1.0001-1.31)  faster");
  says({1.2, std::array{1.0021, 1.31}, Standing::faster, 0}, "", "| 1.20x (1.002-1.31) |");
  says({1.001, std::array{0.9, 1.1}, Standing::no_clear_difference, 0}, " 1.00x (0.90-1.10) ",
       "| 1.00x (0.90-1.10) |");
  says({0.97, std::array{0.94, 1.01}, Standing::no_clear_difference, 9},
       "\n  global: if the difference is real, about 9 runs would tell\n",
       "no clear difference (about 9 runs would tell, if any)");
}

TEST_CASE("The gate says of each row whether it held, and its failures are the verdict") {
  Comparison comparison = comparison_of({{"ordered", 2, 20e6, 60, 0},
                                         {"scoped", 2, 19.9e6, 60, 0},
                                         {"global", 2, 5e6, 300, 0},
                                         {"naive", 2, 5e6, 300, 0, Outcome::deadlock}},
                                        7);
  comparison.plan.reference = "ordered";
  comparison.plan.max_slowdown_percent = 10;
  comparison.cells[1].relative.ci95 = {0.88, 1.02};
  comparison = concluded(std::move(comparison));
  const std::string text = compare_text(comparison, {}, 200);
  CHECK_THAT(text, ContainsSubstring("; cannot tell\n") && ContainsSubstring("slower; too slow\n"));
  CHECK_THAT(text,
             ContainsSubstring("\n  - cannot tell whether scoped is more than 10 % slower than ordered: ") &&
                 ContainsSubstring(" times as fast; about ") &&
                 ContainsSubstring("\n  - cannot tell whether naive is more than 10 % slower than ordered: "
                                   "it deadlocked\n"));
  CHECK(text.ends_with(
      "\n\nFAILED  global is 0.25 (0.24-0.26) times as fast as ordered, where 0.9 is the least\n"));
  for (const std::string& report : {compare_markdown(comparison, {}), compare_html(comparison, {})})
    CHECK_THAT(report, ContainsSubstring("too slow") && ContainsSubstring("cannot tell") &&
                           ContainsSubstring("times as fast as ordered, where 0.9 is the least"));

  comparison.cells[2].relative = {0.97, std::array{0.95, 0.99}, Standing::slower, 0};
  CHECK(
      quiet(concluded(comparison)) ==
      "OK  naive deadlocked, as it says it can; the others kept their promises; 1 row at most 10 % slower than "
      "ordered, 2 undecided\n");
  comparison.plan.undecided_fails = true;
  CHECK_THAT(quiet(concluded(comparison)), ContainsSubstring("FAILED  cannot tell whether scoped is ") &&
                                               ContainsSubstring("\nFAILED  cannot tell whether naive is") &&
                                               !ContainsSubstring("OK"));
  // A gate that checked nothing has not held.
  comparison.plan.undecided_fails = false;
  for (CellResult& cell : comparison.cells) cell.relative.ci95.reset();
  CHECK_THAT(quiet(concluded(comparison)),
             ContainsSubstring("FAILED  the gate checked nothing: no row has an interval of its ratio"));
}
