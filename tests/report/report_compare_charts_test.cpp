// What the charts of hand-made comparisons show, on the page and in the picture.
#include "report/report.hpp"
#include "report/compare_charts.hpp"
#include "support/comparisons.hpp"
#include "support/xml_reader.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace banksim;
using namespace banksim::test;

namespace {

// What stands between each `before` and the next `end`.
std::vector<std::string> all_between(std::string_view text, std::string_view before, char end) {
  std::vector<std::string> found;
  for (std::size_t at = text.find(before); at != std::string_view::npos; at = text.find(before, at)) {
    at += before.size();
    found.emplace_back(text.substr(at, text.find(end, at) - at));
  }
  return found;
}

// The lines of a chart's scale: where they are drawn.
std::vector<std::string> ticks_of(const Figure& figure) {
  return all_between(figure.panel.body, "class=\"note middle\" x=", '<');
}

}  // namespace

TEST_CASE("A throughput without an interval says so, and has no whisker") {
  const std::string svg = compare_svg(small_comparison(3));
  CHECK_FALSE(has(svg, "<path class=\"whisker"));
  CHECK(has(svg, "* No interval: too few runs for 95 %."));
  CHECK(times(compare_svg(small_comparison()), "<path class=\"whisker") == 3);
}

TEST_CASE("How to read the charts stands once under each section of them, and once in the picture") {
  const std::string html = compare_html(grid_comparison(), {});
  CHECK(times(html, "<h2>Throughput") == 3);
  CHECK(times(html, "Whisker: 95 % interval of the median.") == 3);
  CHECK(times(compare_svg(swept_comparison()), "Whisker: 95 % interval of the median.") == 1);
  CHECK(times(compare_svg(swept_comparison(3)), "No interval: too few runs for 95 %.") == 1);
}

TEST_CASE("Bars that differ in threads alone have one scale, whatever the others have") {
  Comparison comparison = grid_comparison();
  for (CellResult& cell : comparison.cells)  // 8 threads go wrong
    if (cell.config.threads == 8) {
      cell.throughput_per_s.median /= 1000;
      for (double& bound : *cell.throughput_per_s.ci95) bound /= 1000;
    }
  const Figures figures = throughput_figures(CompareView(comparison));
  REQUIRE(figures.all.size() == 6);
  CHECK(ticks_of(figures.all[0]) == ticks_of(figures.all[1]));
  CHECK(ticks_of(figures.all[1]) == ticks_of(figures.all[2]));
  CHECK(ticks_of(figures.all[3]) == ticks_of(figures.all[5]));
  CHECK(ticks_of(figures.all[0]) != ticks_of(figures.all[3]));
  CHECK(figures.notes.back() == "Charts that differ in threads alone have one scale, others another.");
  CHECK(throughput_figures(CompareView(swept_comparison())).notes.size() == 1);  // all of them one
}

TEST_CASE("A bar that is far longer than those of the safe strategies is cut, and its number stands") {
  const Comparison comparison =
      comparison_of({{"unsafe", 1, 170e6, 6, 0}, {"ordered", 1, 20e6, 44, 0}, {"global", 1, 10e6, 90, 0}}, 7);
  const Figures figures = throughput_figures(CompareView(comparison));
  const std::string& svg = figures.all.front().panel.body;
  CHECK(times(svg, "class=\"cut\"") == 1);
  CHECK(times(svg, "class=\"whisker") == 2);
  CHECK(has(svg, ">170 M</text>"));
  CHECK(has(svg, ">20 M</text>"));
  CHECK_FALSE(has(svg, ">50 M</text>"));  // no tick: the scale ends before
  CHECK(figures.notes.back() == "A cut bar goes on beyond the scale.");
  CHECK_FALSE(has(compare_svg(small_comparison()), "<path class=\"cut"));
}

TEST_CASE("The intervals of several lines stand apart, each in the colour of its line") {
  for (const auto& [comparison, colours] :
       {std::pair{swept_comparison(), 5u}, std::pair{crowded_comparison(), 8u}}) {
    const CompareView view(comparison);
    const Figures figures = sweep_figures(view, sweep_along(view, Dimension::threads));
    REQUIRE(figures.all.size() == 1);
    const std::string& svg = figures.all[0].panel.body;
    const std::vector<std::string> whiskers =
        all_between(svg, "class=\"whisker ", ',');  // colour, and the place
    CHECK(static_cast<std::ptrdiff_t>(whiskers.size()) == std::ranges::count_if(comparison.cells, is_ranked));
    std::set<std::string> places, seen;
    for (const std::string& whisker : whiskers) {
      CHECK(places.insert(whisker.substr(whisker.find(" d=\"M"))).second);
      seen.insert(whisker.substr(0, whisker.find('"')));
    }
    CHECK(seen.size() == colours);
  }
}

// The shadow stays at the edge; its cover moves with the table and hides it at the end.
TEST_CASE("A table that goes on beyond the page's edge has a shadow there, in light and dark") {
  const std::string html = compare_html(small_comparison(), {});
  const std::string rule = all_between(html, ".scroll{", '}').at(0);
  CHECK(has(rule, "overflow-x:auto"));
  CHECK(has(rule, "no-repeat local,linear-gradient("));
  CHECK(has(rule, "no-repeat scroll"));
  CHECK(has(html.substr(html.find("prefers-color-scheme:dark")), ".scroll{background-image:"));
  CHECK(has(html, "th:first-child{position:sticky;left:0;"));
}

TEST_CASE("A picture leaves no place empty where there is a latency to show") {
  const std::string svg = compare_svg(comparison_of({{"ordered", 1, 20e6, 60, 0},
                                                     {"global", 1, 25e6, 30, 0},
                                                     {"ordered", 2, 20e6, 60, 0},
                                                     {"global", 2, 5e6, 300, 0}},
                                                    7));
  for (const char* title :
       {"Throughput, 1 thread", "Throughput, 2 threads", "Throughput against threads", "Latency, 2 threads"})
    CHECK(times(svg, ">" + std::string(title) + "</text>") == 1);
  CHECK_FALSE(has(svg, "Latency, 1 thread"));
  CHECK_FALSE(has(compare_svg(swept_comparison()), ">Latency"));  // three bars and a sweep fill it
}

TEST_CASE("A strategy keeps its colour when others come and go, and a second row of it has another") {
  Comparison pair = comparison_of({{"global", 2, 5e6, 300, 0}, {"ordered", 2, 20e6, 60, 0}}, 7);
  for (const std::string& svg : {compare_svg(small_comparison()), compare_svg(pair)})
    CHECK(times(svg, "<rect class=\"bar f1\"") + times(svg, "<rect class=\"bar f3\"") == 2);
  pair.cells.push_back(CellResult(pair.cells.back()));
  pair = concluded(std::move(pair));
  const std::string svg = compare_svg(pair);
  CHECK(has(svg, ">ordered (2)</text>"));
  CHECK(times(svg, "<rect class=\"bar f3\"") == 1);
  CHECK(has(compare_markdown(pair), "\n| ordered (2) |"));
}
