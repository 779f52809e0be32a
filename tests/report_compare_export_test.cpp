// Markdown, page and picture of hand-made comparisons. In a browser: report_compare_browser_test.cpp.
#include "report/compare.hpp"
#include "report/compare_charts.hpp"
#include "report/report.hpp"
#include "run/platform.hpp"
#include "support/comparisons.hpp"
#include "support/xml_reader.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace banksim;
using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<std::pair<std::string, Comparison>> all_comparisons() {
  return {{"swept", swept_comparison()},       {"small", small_comparison()},
          {"three runs", small_comparison(3)}, {"grid", grid_comparison()},
          {"crowded", crowded_comparison()},   {"hostile", hostile_comparison()},
          {"empty", empty_comparison()},       {"interrupted", interrupted_comparison()}};
}

const std::vector<std::string> kCommand{"banksim", "compare",         "-s",  "all",
                                        "--hold",  "</code><script>", "it's"};

// What a table's cell says of a throughput.
std::string interval_text(const Summary& summary) {
  return si_number(summary.median) + " [" + si_number((*summary.ci95)[0]) + ", " +
         si_number((*summary.ci95)[1]) + "]";
}

// From the end of `before` to the next `end`; moves `at` there.
std::string next_between(std::string_view text, std::size_t& at, std::string_view before, char end) {
  at = text.find(before, at);
  if (at == std::string_view::npos) return "";
  at += before.size();
  return std::string(text.substr(at, text.find(end, at) - at));
}

// The lines of a chart's scale: where they are drawn.
std::vector<std::string> ticks_of(const Figure& figure) {
  std::vector<std::string> ticks;
  std::size_t at = 0;
  for (;;) {
    const std::string tick = next_between(figure.panel.body, at, "class=\"note middle\" x=", '<');
    if (at == std::string_view::npos) return ticks;
    ticks.push_back(tick);
  }
}

struct Whisker {
  std::string colour, x;
};

std::vector<Whisker> whiskers_of(const Figure& figure) {
  std::vector<Whisker> whiskers;
  std::size_t at = 0;
  for (;;) {
    Whisker whisker;
    whisker.colour = next_between(figure.panel.body, at, "class=\"whisker ", '"');
    if (at == std::string_view::npos) return whiskers;
    whisker.x = next_between(figure.panel.body, at, " d=\"M", ',');
    whiskers.push_back(whisker);
  }
}

}  // namespace

// ---- Markdown.

TEST_CASE("A comparison in Markdown is a verdict, a table, the findings, the host and the command") {
  Comparison comparison = small_comparison();
  comparison.warnings = {{"few_runs", "", {{"runs", 5}, {"runs_needed", 6}}}};
  CHECK(compare_markdown(comparison, kCommand) ==
        R"(### banksim compare

ordered leads, but could not be told from scoped: 27.5 M and 26.9 M transfers/s; unsafe got the money wrong and naive deadlocked.

Each with 2 threads, 1,000 accounts, 200,000 transfers a run, seed 1.

| strategy | transfers/s \[95 %\] | ratio \[95 %\] | standing | p50 | p99 | waiting | outcome |
| --- | --: | --: | --- | --: | --: | --: | --- |
| ordered | 27.5 M \[26.1 M, 28.5 M\] | 1 | reference | 73 ns | 508 ns | 1.2 % | ok |
| scoped | 26.9 M \[25.6 M, 27.8 M\] | 0.986 \[0.934, 1.03\] | no clear difference | 79 ns | 552 ns | 1.3 % | ok |
| global | 4.4 M \[4.18 M, 4.55 M\] | 0.158 \[0.156, 0.166\] | slower | 316 ns | 2.21 µs | 41.0 % | ok |
| unsafe | 52 M \[49.4 M, 53.8 M\] | – | not ranked | 34 ns | 238 ns | 0.0 % | violation in 7 of 7 runs |
| naive | – | – | not ranked | – | – | – | deadlock in 7 of 7 runs |

- global waited 41 % of its workers' time for locks
- ordered waited 1.2 % of its workers' time for locks
- scoped waited 1.3 % of its workers' time for locks
- Warning: 5 runs of each: too few for a 95 % interval of a median; -r 6 or more

7 measured rounds after 1 to warm up, in random orders, every second one the one before it backwards; 4.21 s in all, 4.13 s of it in the runs.

banksim )" + std::string(version()) +
            R"(, 2026-01-02T03:04:05Z, on Linux 6.1.0 x86\_64; A CPU, fast; 2 CPUs; gcc 12.2.0; Release build.

```sh
banksim compare -s all --hold '</code><script>' 'it'\''s'
```
)");
}

TEST_CASE("Markdown names threads, accounts and hold only where they vary") {
  const std::string swept = compare_markdown(swept_comparison(), {});
  CHECK(has(swept, "| strategy | threads | transfers/s"));
  CHECK(has(swept, "Each with 1,000 accounts, 200,000 transfers a run, seed 1."));
  CHECK(has(compare_markdown(grid_comparison(), {}), "| strategy | threads | hold | transfers/s"));
}

TEST_CASE("Markdown shows hostile text as it is") {
  const std::string text = compare_markdown(hostile_comparison(), kCommand);
  CHECK(has(text, R"(| \<script\>alert(1)\</script\>\|\`\*\_x\_\*\`"'\&amp; |)"));
  CHECK(times(text, "<script>") == 1);  // in the code block, where it is code
  CHECK(has(text, "\uFFFD\uFFFD\n"));   // of a warning that is newer than this program
}

// ---- Page and picture.

TEST_CASE("Page and picture are well-formed, whatever is compared") {
  for (const auto& [name, comparison] : all_comparisons()) {
    INFO(name);
    CHECK(XmlReader(compare_html(comparison, kCommand)).verdict() == "well-formed");
    CHECK(XmlReader(compare_svg(comparison)).verdict() == "well-formed");
  }
}

TEST_CASE("The reader that judges the pages sees what is wrong") {
  for (const char* wrong : {"<a><b></a></b>", "<a>", "<a x=1/>", "a & b", "<a x=\"<\"/>", "\x01"})
    CHECK(XmlReader(wrong).verdict() != "well-formed");
}

TEST_CASE("Page and picture run no script and refer to nothing outside") {
  for (const auto& [name, comparison] : all_comparisons()) {
    INFO(name);
    const std::string html = compare_html(comparison, kCommand);
    const std::string svg = compare_svg(comparison);
    CHECK_FALSE(has(html, "http:"));
    CHECK_FALSE(has(html, "https:"));
    CHECK(times(svg, "http") == 1);
    CHECK(has(svg, "xmlns=\"http://www.w3.org/2000/svg\""));
    for (const std::string& text : {html, svg})
      for (const char* door : {"<script", " src=", "@import", "url(", "xlink", "<image", "<use"})
        CHECK_FALSE(has(text, door));
    CHECK(times(html, " href=") == 1);
    CHECK(has(html, " href=\"data:,\""));
  }
}

TEST_CASE("The same comparison gives the same bytes") {
  for (const auto& [name, comparison] : all_comparisons()) {
    const Comparison copy = comparison;
    CHECK(compare_html(comparison, kCommand) == compare_html(copy, kCommand));
    CHECK(compare_svg(comparison) == compare_svg(copy));
    CHECK(compare_markdown(comparison, {}) == compare_markdown(copy, {}));
  }
}

TEST_CASE("Hostile names and commands are shown, not obeyed") {
  const std::string html = compare_html(hostile_comparison(), kCommand);
  CHECK(has(html, "&lt;script&gt;alert(1)&lt;/script&gt;|`*_x_*`&quot;&#39;&amp;amp;"));
  CHECK(has(html,
            "banksim compare -s all --hold &#39;&lt;/code&gt;&lt;script&gt;&#39; "
            "&#39;it&#39;\\&#39;&#39;s&#39;</code>"));
}

TEST_CASE("The numbers of the tables are those of the comparison, in every report") {
  const Comparison comparison = swept_comparison();
  const std::string html = compare_html(comparison, {});
  const std::string markdown = compare_markdown(comparison, {});
  const std::string svg = compare_svg(comparison);
  for (const CellResult& cell : comparison.cells) {
    INFO(cell.config.strategy << ' ' << cell.config.threads);
    if (cell.outcome == Outcome::deadlock) continue;
    const std::string text = interval_text(cell.throughput_per_s);
    CHECK(has(html, ">" + text + "</td>"));
    CHECK(has(html, ">" + duration_text(cell.p99_9_ns.median * 1e-9, true) + "</td>"));
    CHECK(has(markdown, si_number(cell.throughput_per_s.median) + " \\[" +
                            si_number((*cell.throughput_per_s.ci95)[0])));
    if (cell.outcome == Outcome::ok)
      CHECK(has(svg, ">" + si_number(cell.throughput_per_s.median) + "</text>"));
  }
}

TEST_CASE("A strategy that failed has a row with its outcome and no bar") {
  const std::string svg = compare_svg(small_comparison());
  CHECK(times(svg, "<rect class=\"bar") == 3);
  CHECK(has(svg, ">deadlock in 7 of 7 runs</text>"));
  CHECK(has(svg, ">violation in 7 of 7 runs</text>"));
  const std::string html = compare_html(small_comparison(), {});
  CHECK(has(html, "<td class=\"word failed\">deadlock in 7 of 7 runs</td>"));
}

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
  for (const Comparison& comparison : {swept_comparison(), crowded_comparison()}) {
    const CompareView view(comparison);
    const Figures figures = sweep_figures(sweep_along(view, Dimension::threads));
    REQUIRE(figures.all.size() == 1);
    const std::vector<Whisker> whiskers = whiskers_of(figures.all[0]);
    const auto ranked = std::ranges::count_if(comparison.cells, is_ranked);
    CHECK(whiskers.size() == static_cast<std::size_t>(ranked));
    std::set<std::string> places;
    std::set<std::string> colours;
    for (const Whisker& whisker : whiskers) {
      CHECK(places.insert(whisker.x).second);
      colours.insert(whisker.colour);
    }
    CHECK(colours.size() == (view.cells.size() == 15 ? 5 : 8));
  }
}

// The shadow stays at the edge; its cover moves with the table and hides it at the end.
TEST_CASE("A table that goes on beyond the page's edge has a shadow there, in light and dark") {
  const std::string html = compare_html(small_comparison(), {});
  const std::size_t box = html.find(".scroll{");
  const std::string rule = html.substr(box, html.find('}', box) - box);
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

TEST_CASE("An interrupted comparison is marked at the top of every report") {
  const Comparison comparison = interrupted_comparison();
  const std::string sentence = "Interrupted by SIGINT after 42 of 105 measured runs: this is what there was.";
  const std::string markdown = compare_markdown(comparison, {});
  CHECK(markdown.find(sentence) < markdown.find("| strategy"));
  const std::string html = compare_html(comparison, {});
  CHECK(html.find(sentence) < html.find("<h1>"));
  CHECK(compare_svg(comparison).find(sentence) < compare_svg(comparison).find("<style>"));
}

TEST_CASE("A strategy keeps its colour when others come and go") {
  const std::string all = compare_svg(small_comparison());
  const std::string two =
      compare_svg(comparison_of({{"global", 2, 5e6, 300, 0}, {"ordered", 2, 20e6, 60, 0}}, 7));
  const auto bars = [](const std::string& svg, const std::string& colour) {
    return times(svg, "<rect class=\"bar " + colour + "\"");
  };
  for (const std::string& svg : {all, two}) CHECK(bars(svg, "f1") + bars(svg, "f3") == 2);
}

TEST_CASE("A strategy compared with itself is two rows, two bars and two colours") {
  Comparison comparison = comparison_of({{"ordered", 2, 20e6, 60, 0}}, 7);
  comparison.cells.push_back(CellResult(comparison.cells.front()));
  comparison = concluded(std::move(comparison));
  const std::string svg = compare_svg(comparison);
  CHECK(has(svg, ">ordered (2)</text>"));
  CHECK(has(compare_markdown(comparison, {}), "\n| ordered (2) |"));
}
