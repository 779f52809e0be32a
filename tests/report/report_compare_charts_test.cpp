// What the charts of hand-made comparisons show, on the page and in the picture.
#include "report/report.hpp"
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
std::vector<std::string> all_between(std::string_view text, std::string_view before, std::string_view end) {
  std::vector<std::string> found;
  for (std::size_t at = text.find(before); at != std::string_view::npos; at = text.find(before, at)) {
    at += before.size();
    found.emplace_back(text.substr(at, text.find(end, at) - at));
  }
  return found;
}

// The chart whose title, and what it says to those who cannot see it, begin so.
std::string chart_of(std::string_view document, const std::string& label) {
  const std::vector<std::string> charts = all_between(document, "aria-label=\"" + label, "</svg>");
  return charts.empty() ? "no such chart" : charts.front();
}

}  // namespace

TEST_CASE("How to read the charts stands once under each section of them, and once in the picture") {
  const std::string html = compare_html(grid_comparison(), {});
  const std::string svg = compare_svg(swept_comparison()), few = compare_svg(swept_comparison(3));
  CHECK(times(html, "<h2>Throughput") == 3);
  CHECK(times(html, "Whisker: 95 % interval of the median.") == 4);  // and of latencies
  CHECK(times(svg, "Whisker: 95 % interval of the median.") == 1);
  CHECK(times(svg, "Each chart has a scale of its own.") == 1);
  CHECK(times(few, "No interval: too few runs for 95 %.") == 1);
  CHECK_FALSE(has(few, "<path class=\"whisker"));
}

TEST_CASE("Page and picture have the same charts, each with its numbers for those who cannot see it") {
  const std::string svg = compare_svg(small_comparison()), html = compare_html(small_comparison(), {});
  for (const char* label : {"Throughput: ordered 27.5 M [26.1 M, 28.5 M], scoped 26.9 M [25.6 M, 27.8 M], ",
                            "Latency: ordered, scoped, global, unsafe: violation in 7 of 7 runs, naive: "}) {
    CHECK(chart_of(svg, label) != "no such chart");
    CHECK(chart_of(svg, label) == chart_of(html, label));
  }
  const std::string bars = chart_of(svg, "Throughput"), full = compare_svg(small_comparison(3));
  CHECK(times(bars, "<path class=\"whisker\"") == 3);
  CHECK(has(full, "width=\"160.0\""));
  CHECK_FALSE(has(bars, "width=\"160.0\""));  // where the interval has room beyond the bar
  CHECK(times(chart_of(svg, "Latency"), "<path class=\"whisker ") == 3 * 5);
}

TEST_CASE("A bar that is far longer than those of the safe strategies is cut, and its number stands") {
  const Comparison comparison =
      comparison_of({{"unsafe", 1, 170e6, 6, 0}, {"ordered", 1, 20e6, 44, 0}, {"global", 1, 10e6, 90, 0}}, 7);
  const std::string svg = compare_svg(comparison), bars = chart_of(svg, "Throughput");
  CHECK(times(bars, "class=\"cut\"") == 1);
  CHECK(times(bars, "class=\"whisker") == 2);
  CHECK(has(bars, ">170 M</text>"));
  CHECK(has(bars, ">20 M</text>"));
  CHECK(has(compare_html(comparison, {}), "A cut bar goes on beyond the scale.</p>"));
  CHECK_FALSE(has(compare_svg(small_comparison()), "<path class=\"cut"));
}

TEST_CASE("The intervals of several lines stand apart, each in the colour of its line") {
  for (const auto& [comparison, colours] :
       {std::pair{swept_comparison(), 5u}, std::pair{crowded_comparison(), 8u}}) {
    const std::string svg = chart_of(compare_html(comparison, {}), "Throughput against threads");
    const std::vector<std::string> whiskers =
        all_between(svg, "class=\"whisker ", ",");  // colour, and the place
    CHECK(static_cast<std::ptrdiff_t>(whiskers.size()) == std::ranges::count_if(comparison.cells, is_ranked));
    std::set<std::string> places, seen;
    for (const std::string& whisker : whiskers) {
      CHECK(places.insert(whisker.substr(whisker.find(" d=\"M"))).second);
      seen.insert(whisker.substr(0, whisker.find('"')));
    }
    CHECK(seen.size() == colours);
  }
}

TEST_CASE("A table that goes on beyond the page's edge has a shadow there, in light and dark") {
  const std::string html = compare_html(small_comparison(), {});
  const std::string rule = all_between(html, ".scroll{", "}").at(0);
  for (const char* part : {"overflow-x:auto", "no-repeat local,linear-gradient(", "no-repeat scroll"})
    CHECK(has(rule, part));
  CHECK(times(html, "--shadow:#") == 2);
  CHECK(has(html, "th:first-child{position:sticky;left:0;"));
}

TEST_CASE("A picture of many settings shows only what changes over them") {
  const std::string few = compare_svg(swept_comparison()), many = compare_svg(crowded_comparison());
  for (const char* title :
       {">Throughput, 8 threads<", ">Throughput against threads<", ">Latency, 8 threads<"})
    CHECK(times(few, title) == 1);
  CHECK(times(many, "role=\"img\"") == 1);
  CHECK(has(many, ">Throughput against threads<"));
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
