// The sentence at the head of every report: who is the fastest where, and who failed.
#include "report/compare.hpp"
#include "report/compare_view.hpp"
#include "report/report.hpp"
#include "support/comparisons.hpp"
#include "support/xml_reader.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace banksim;
using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;

namespace {

// Of what was changed by hand, too: what follows from it is concluded anew.
std::string md(const Comparison& comparison) { return compare_markdown(concluded(comparison), {}); }

}  // namespace

TEST_CASE("The verdict says who is the fastest where, and who failed") {
  CHECK(has(md(swept_comparison()),
            "\nglobal is the fastest safe strategy with 1 thread; no clear winner between ordered and scoped "
            "with 2 "
            "and 8 threads; unsafe got the money wrong and naive deadlocked with 2 and 8 threads.\n"));
}

TEST_CASE("A single winner is named with its lead over the next") {
  const Comparison comparison = comparison_of({{"ordered", 2, 20e6, 60, 0}, {"global", 2, 5e6, 300, 0}}, 7);
  CHECK(has(md(comparison),
            "\nordered is the fastest: 20 M transfers/s; global, the next, 0.252 \\[0.239, 0.263\\] times as "
            "fast in "
            "paired rounds.\n"));
}

TEST_CASE("With a reference of one's own the lead is told against it") {
  Comparison comparison = comparison_of({{"ordered", 2, 20e6, 60, 0}, {"global", 2, 5e6, 300, 0}}, 7);
  comparison.plan.reference = "global";
  comparison.cells[0].relative = {4, std::array{3.9, 4.1}, Standing::faster, 0};
  comparison.cells[1].relative = {1, std::nullopt, Standing::reference, 0};
  CHECK(has(
      md(comparison),
      "\nordered is the fastest: 20 M transfers/s; in paired rounds 4 \\[3.9, 4.1\\] times as fast as the "
      "reference global.\n"));
}

TEST_CASE("Too few runs make no winner") {
  const std::string text = md(small_comparison(3));
  CHECK(has(text, "\nToo few runs to name the fastest; ordered reached 27.8 M transfers/s; "));
  CHECK(has(text, "27.8 M, no interval"));
}

TEST_CASE("A leader is not said to be the same as whom it could not be told from") {
  Comparison comparison = comparison_of({{"naive", 2, 40e6, 60, 0},
                                         {"global", 2, 20e6, 60, 0},
                                         {"ordered", 2, 19.9e6, 60, 0},
                                         {"scoped", 2, 19.5e6, 60, 0}},
                                        7);
  for (CellResult& cell : comparison.cells) cell.relative.standing = Standing::no_clear_difference;
  comparison.cells[1].relative = {1, std::nullopt, Standing::reference, 0};
  CHECK(has(md(comparison),
            "\nglobal leads the safe strategies, but could not be told from ordered and scoped: 20 M, 19.9 M "
            "and 19.5 M transfers/s.\n"));
}

TEST_CASE("One strategy alone is no winner: only its speed is told") {
  CHECK(has(md(comparison_of({{"ordered", 2, 20e6, 60, 0}}, 1)), "\nordered reached 20 M transfers/s.\n"));
  CHECK(has(md(comparison_of(
                {{"ordered", 1, 20e6, 60, 0}, {"ordered", 2, 40e6, 60, 0}, {"ordered", 4, 30e6, 60, 0}}, 1)),
            "\nordered reached 20 M to 38.8 M transfers/s in all 3 settings.\n"));
  CHECK(has(md(comparison_of({{"naive", 1, 20e6, 60, 0},
                              {"naive", 2, 40e6, 60, 0, Outcome::deadlock},
                              {"naive", 4, 40e6, 60, 0, Outcome::deadlock}},
                             1)),
            "\nnaive reached 20 M transfers/s with 1 thread; naive deadlocked with 2 and 4 threads.\n"));
}

TEST_CASE("What failed while warming up was run, and every report says how it failed") {
  for (const Outcome outcome : {Outcome::deadlock, Outcome::timeout}) {
    Comparison comparison = swept_comparison();
    CellResult& failed = comparison.cells.back();
    failed.runs.clear();
    failed.outcome = outcome;
    failed.runs_measured = 0;
    failed.throughput_per_s = {};
    failed.relative = {};
    const std::string word = to_string(outcome);
    const std::string verb = outcome == Outcome::timeout ? "ran out of time" : "deadlocked";
    const std::string markdown = md(comparison);
    const std::string html = compare_html(concluded(comparison), {});
    const std::string svg = compare_svg(concluded(comparison));
    CHECK(has(markdown, "scoped " + verb));
    CHECK(has(markdown, "| " + word + " while warming up |"));
    CHECK(has(html, ">" + word + " while warming up</td>"));
    CHECK(has(html, "<td class=\"failed\">" + word + "</td>"));
    CHECK(has(svg, "scoped: " + word + " at 8"));
    for (const std::string& report : {markdown, html, svg}) {
      CHECK_FALSE(has(report, "not run"));
    }
  }
}

TEST_CASE("What a signal kept from being measured is told from what it kept from being run") {
  Comparison comparison = swept_comparison();
  comparison.complete = false;
  for (CellResult* cell : {&comparison.cells.back(), &comparison.cells[0]}) {
    cell->runs.clear();
    cell->runs_measured = 0;
    cell->throughput_per_s = {};
    cell->relative = {};
  }
  comparison.cells.back().outcome = Outcome::interrupted;
  const std::string markdown = md(comparison);
  CHECK(has(markdown, "unsafe was not measured with 1 thread"));
  CHECK(has(markdown, "scoped was not run with 8 threads"));
  CHECK(has(markdown, "| not measured |"));
  CHECK(has(markdown, "| not run |"));
  CHECK(has(compare_html(concluded(comparison), {}), ">not measured</td>"));
}

TEST_CASE("How many rounds there were is counted, and never more than were to be") {
  Comparison comparison = small_comparison(12);
  comparison.plan.runs = 10;
  comparison.plan.min_time = kUsualMinTime;
  const std::string markdown = md(comparison);
  CHECK(has(markdown, "\n12 measured rounds after 1 to warm up, in random orders"));
  CHECK(has(compare_html(concluded(comparison), {}), ">12 measured rounds after"));
  comparison.complete = false;
  CHECK(has(md(comparison), "Interrupted after 60 measured runs: this is what there was."));
}

TEST_CASE("What is not ranked has no ratio") {
  Comparison comparison = small_comparison();
  for (CellResult& cell : comparison.cells) cell.relative = {};
  CHECK(has(md(comparison), "| ordered | 27.5 M \\[26.1 M, 28.5 M\\] | \u2013 | not ranked |"));
  CHECK_FALSE(has(compare_html(concluded(comparison), {}), "<td>1, no interval</td>"));
}

TEST_CASE("Where everything failed nothing is ranked") {
  const Comparison comparison = comparison_of({{"naive", 2, 1e6, 60, 0, Outcome::deadlock}}, 7);
  CHECK(has(md(comparison), "\nNothing could be ranked; naive deadlocked.\n"));
  CHECK(XmlReader(compare_svg(concluded(comparison))).verdict() == "well-formed");
  CHECK_FALSE(has(compare_html(concluded(comparison), {}), "class=\"bar"));
}
