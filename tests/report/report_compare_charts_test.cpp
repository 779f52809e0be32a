// What the charts of hand-made comparisons show, on the page and in the picture.
#include "report/report.hpp"
#include "support/comparisons.hpp"
#include "support/xml_reader.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
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

TEST_CASE("How to read the charts, and what a ratio is, stands once on the page and in the picture") {
  const std::string few = compare_svg(swept_comparison(2));
  for (const std::string& text : {compare_html(grid_comparison(), {}), compare_svg(swept_comparison())}) {
    CHECK(times(text, "Whisker: the 95 % interval of the ratio") == 1);
    CHECK(times(text, "Ratio: how many times as fast as") == 1);
  }
  CHECK_FALSE(has(few, "<path class=\"whisker"));  // two rounds have no interval, and no ratio
  CHECK_FALSE(has(few, "Ratio: how many times"));
}

TEST_CASE("Page and picture have the same charts, each with its numbers for those who cannot see it") {
  const std::string svg = compare_svg(small_comparison()), html = compare_html(small_comparison(), {});
  for (
      const char* label :
      {"Throughput: ordered 27.5 M (26.1 M - 28.5 M) 1x, scoped 27.1 M (25.7 M - 28.3 M) 0.99x (0.93-1.03), ",
       "Ratio: ordered 1, the reference, scoped 0.99x (0.93-1.03), global 0.16x (0.16-0.17), unsafe violation",
       "Latency: ordered, scoped, global\""}) {
    INFO(label);
    CHECK(chart_of(svg, label) != "no such chart");
    CHECK(chart_of(svg, label) == chart_of(html, label));
  }
  CHECK(times(chart_of(svg, "Latency"), "<path class=\"whisker ") == 3 * 5);
  CHECK(has(svg, "unsafe violation in 7 of 7 runs, naive deadlock in 7 of 7 runs\">"));
}

TEST_CASE(
    "Bar, whisker and numbers of a row are those of its ratio to the line of the reference, each round a dot") {
  const Comparison comparison = small_comparison();
  const std::string bars = chart_of(compare_svg(comparison), "Throughput: ");
  const std::vector<std::string> widths = all_between(bars, "<rect class=\"bar", " height"),
                                 dots = all_between(bars, "<path class=\"dot", "/>");
  REQUIRE(widths.size() == 3);
  const auto width = [&widths](std::size_t i) {
    return std::stod(all_between(widths[i] + ' ', "width=\"", "\"")[0]);
  };
  CHECK(std::abs(width(2) / width(0) - comparison.cells[1].relative.ratio) < 0.002);  // global, of ordered
  CHECK(times(bars, "class=\"whisker") == 2);  // to itself a reference has no interval
  REQUIRE(dots.size() == 3);
  for (const std::string& row : dots) {
    const std::vector<std::string> levels = all_between(row, ",", "h0");
    CHECK(levels.size() == 7);
    CHECK(std::ranges::is_sorted(levels, {}, [](const std::string& level) { return std::stod(level); }));
  }
  const std::string ratios = chart_of(compare_svg(comparison), "Ratio: ");
  CHECK(times(ratios, "class=\"whisker") == 2);
  CHECK(times(ratios, "<path class=\"dot") == 2);
  for (const char* label : {">1x</text>", ">0.99x</text>", ">0.16x</text>", ">same</text>"})
    CHECK(has(ratios, label));
  CHECK(times(bars, "<path class=\"same") == 1);
  const double line = std::stod(all_between(bars, "<path class=\"same\" d=\"M", ",")[0]),
               start = std::stod(all_between(bars, "<rect class=\"bar f1\" x=\"", "\"")[0]);
  CHECK(std::abs(line - start - width(0)) < 0.2);
  for (const char* label : {">27.5 M<", ">1x<", ">27.1 M<", ">0.99x<", ">4.34 M<", ">0.16x<"})
    CHECK(has(bars, label));
}

TEST_CASE("What differs by more than twenty times stands on a logarithmic scale, as points and not as bars") {
  const auto picture = [](double slow) {
    return compare_svg(comparison_of({{"ordered", 1, 20e6, 44, 0}, {"global", 1, slow, 90, 0}}, 7));
  };
  CHECK(times(picture(2e6), "<rect class=\"bar") == 2);
  CHECK(times(picture(0.5e6), "<rect class=\"bar") == 0);
  CHECK(has(picture(0.5e6), ">transfers/s, log</text>"));
  const std::string held = compare_html(grid_comparison(), {});
  CHECK(has(chart_of(held, "hold 0"), "<path class=\"grid"));
}

TEST_CASE("An interval wider than a factor of ten is nowhere a number, and its row is called too noisy") {
  Comparison comparison = comparison_of({{"ordered", 1, 20e6, 44, 0}, {"global", 1, 10e6, 90, 0}}, 7);
  comparison.cells[1].relative = {2.03, Interval{0.11, 96.66}, Standing::no_clear_difference, 0};
  comparison = concluded(std::move(comparison));
  for (const std::string& report : {compare_text(comparison, {}), compare_markdown(comparison),
                                    compare_html(comparison, {}), compare_svg(comparison)}) {
    CHECK(has(report, "too noisy"));
    for (const char* number : {"96.6", "0.11", "2.03"}) CHECK_FALSE(has(report, number));
  }
  comparison.cells[1].relative = {0.2, Interval{0.05, 0.6}, Standing::slower, 0};
  CHECK(verdict_sentence(concluded(comparison)) ==
        "ordered is the fastest, too noisy to say how many times as fast as global.");
  comparison.cells[1].relative.ci95.reset();  // as a record of somebody else may have it
  CHECK_FALSE(has(compare_html(concluded(comparison), {}), "0.20x"));
}

TEST_CASE("The intervals of several lines stand apart, each in the colour of its line") {
  for (const auto& [comparison, colours] :
       {std::pair{swept_comparison(), 5u}, std::pair{crowded_comparison(), 8u}}) {
    const std::string svg = chart_of(compare_html(comparison, {}), "Throughput against threads");
    const std::vector<std::string> whiskers =
        all_between(svg, "class=\"whisker ", ",");  // colour, and the place
    CHECK(static_cast<std::ptrdiff_t>(whiskers.size()) ==
          std::ranges::count_if(comparison.cells, is_ranked) - std::ssize(comparison.conclusions.groups));
    std::set<std::string> places, seen;
    for (const std::string& whisker : whiskers) {
      CHECK(places.insert(whisker.substr(whisker.find(" d=\"M"))).second);
      seen.insert(whisker.substr(0, whisker.find('"')));
    }
    CHECK(seen.size() == colours);
  }
}

TEST_CASE("Of many settings the picture shows only what changes over them, and the page folds the rest") {
  const std::string few = compare_svg(swept_comparison()), many = compare_svg(crowded_comparison());
  for (const std::string& text : {few, compare_html(swept_comparison(), {})})
    for (const char* title :
         {">Throughput, 2 threads<", ">Throughput, 8 threads<", ">Throughput against threads<"})
      CHECK(times(text, title) == 1);
  CHECK(times(many, "role=\"img\"") == 1);
  CHECK(has(many, ">Throughput against threads<"));
  const std::string page = compare_html(crowded_comparison(), {}),
                    shown = page.substr(0, page.find("<details>"));
  CHECK(times(shown, "role=\"img\"") == 1);
  CHECK(times(page, "<details>") == 1);
  CHECK(times(compare_html(small_comparison(), {}), "<details>") == 0);
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
