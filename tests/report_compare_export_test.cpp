// Markdown, page and picture of hand-made comparisons. In a browser: report_compare_browser_test.cpp.
#include "compare/charts.hpp"
#include "support/comparisons.hpp"

#include <banksim/report.hpp>
#include <banksim/report_compare.hpp>

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
using Catch::Matchers::ContainsSubstring;

namespace {

std::size_t times(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// A reader of XML that knows elements, attributes and the five entities.
class XmlReader {
 public:
  explicit XmlReader(std::string_view text) : text_(text) {}

  std::string verdict() {
    if (text_.starts_with("<!DOCTYPE html>")) at_ = 15;
    while (at_ < text_.size() && error_.empty()) text_[at_] == '<' ? tag() : character();
    if (error_.empty() && !open_.empty()) return "<" + open_.back() + "> is never closed";
    return error_.empty() ? "well-formed" : error_;
  }

 private:
  void fail(const std::string& what) { error_ = what + ": " + std::string(text_.substr(at_, 60)); }

  void character() {
    constexpr std::string_view kEntities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    const std::string_view rest = text_.substr(at_);
    const auto begins = [rest](std::string_view entity) { return rest.starts_with(entity); };
    if (rest.front() == '&' && std::ranges::none_of(kEntities, begins)) fail("a bare ampersand");
    if (static_cast<unsigned char>(rest.front()) < 0x20 && rest.front() != '\n') fail("a control character");
    ++at_;
  }

  std::string word() {
    const std::size_t end = text_.find_first_of(" \n=/>", at_);
    std::string name(text_.substr(at_, end - at_));
    at_ = end;
    return name;
  }

  void attribute() {
    if (word().empty() || !text_.substr(at_).starts_with("=\"")) return fail("an attribute without a value");
    for (at_ += 2; at_ < text_.size() && text_[at_] != '"' && error_.empty();) {
      if (text_[at_] == '<') return fail("'<' in an attribute");
      character();
    }
    ++at_;
  }

  void tag() {
    ++at_;
    if (text_[at_] == '/') {
      ++at_;
      if (open_.empty() || word() != open_.back()) return fail("closes what is not open");
      open_.pop_back();
      ++at_;
      return;
    }
    const std::string name = word();
    if (name.empty()) return fail("a tag without a name");
    while (error_.empty() && (text_[at_] == ' ' || text_[at_] == '\n')) {
      ++at_;
      attribute();
    }
    if (text_[at_] == '/') {
      ++at_;
    } else {
      open_.push_back(name);
    }
    if (text_[at_] != '>') return fail("a tag that does not end");
    ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::string> open_;
  std::string error_;
};

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
  comparison.findings = {"ordered beats global by locking less."};
  comparison.warnings = {{"few", "only 7 runs"}};
  CHECK(compare_markdown(comparison) ==
        R"(### banksim compare

ordered leads, but could not be told from scoped: 27.5 M and 26.9 M transfers/s; unsafe got the money wrong and naive deadlocked.

Each with 2 threads, 1,000 accounts, 200,000 transfers a run, seed 1.

| strategy | transfers/s \[95 %\] | ratio \[95 %\] | standing | p50 | p99 | waiting | outcome |
| --- | --: | --: | --- | --: | --: | --: | --- |
| ordered | 27.5 M \[26.1 M, 28.5 M\] | 1 | reference | 69 ns | 484 ns | 1.2 % | ok |
| scoped | 26.9 M \[25.6 M, 27.8 M\] | 0.978 \[0.949, 1.02\] | no clear difference (if it is real, about 24 runs would tell) | 75 ns | 520 ns | 1.3 % | ok |
| global | 4.4 M \[4.18 M, 4.55 M\] | 0.16 \[0.155, 0.166\] | slower | 316 ns | 2.21 µs | 41.0 % | ok |
| unsafe | 52 M \[49.4 M, 53.8 M\] | – | not ranked | 34 ns | 238 ns | 0.0 % | violation in 7 of 7 runs |
| naive | – | – | not ranked | – | – | – | deadlock in 7 of 7 runs |

- ordered beats global by locking less.
- Warning: only 7 runs

7 measured rounds after 1 to warm up, in random orders, every second one the one before it backwards; 4.21 s in all, 4.13 s of it in the runs.

banksim )" + std::string(version()) +
            R"(, 2026-01-02T03:04:05Z, on Linux 6.1.0 x86\_64; A CPU, fast; 2 CPUs; gcc 12.2.0; Release build.

```sh
banksim compare --strategy unsafe,global,naive,ordered,scoped --threads 2 --accounts 1000 --transfers 200000 --seed 1 --runs 7 --warmup 1
```
)");
}

TEST_CASE("Markdown names threads, accounts and hold only where they vary") {
  const std::string swept = compare_markdown(swept_comparison());
  CHECK(has(swept, "| strategy | threads | transfers/s"));
  CHECK(has(swept, "Each with 1,000 accounts, 200,000 transfers a run, seed 1."));
  CHECK(has(compare_markdown(grid_comparison()), "| strategy | threads | hold | transfers/s"));
}

TEST_CASE("Markdown shows hostile text as it is") {
  const std::string text = compare_markdown(hostile_comparison());
  CHECK(has(text, R"(| \<script\>alert(1)\</script\>\|\`\*\_x\_\*\`"'\&amp; |)"));
  CHECK(times(text, "<script>") == 1);  // in the code block, where it is code
  CHECK(has(text, "\uFFFD\uFFFD wins."));
}

// ---- The verdict.

TEST_CASE("The verdict says who is the fastest where, and who failed") {
  CHECK(has(compare_markdown(swept_comparison()),
            "\nglobal is the fastest safe strategy with 1 thread; no clear winner between ordered and scoped "
            "with 2 "
            "and 8 threads; unsafe got the money wrong and naive deadlocked with 2 and 8 threads.\n"));
}

TEST_CASE("A single winner is named with its lead over the next") {
  const Comparison comparison = comparison_of({{"ordered", 2, 20e6, 60, 0}, {"global", 2, 5e6, 300, 0}}, 7);
  CHECK(has(
      compare_markdown(comparison),
      "\nordered is the fastest: 20 M transfers/s; global, the next, 0.25 \\[0.242, 0.26\\] times as fast in "
      "paired rounds.\n"));
}

TEST_CASE("With a reference of one's own the lead is told against it") {
  Comparison comparison = comparison_of({{"ordered", 2, 20e6, 60, 0}, {"global", 2, 5e6, 300, 0}}, 7);
  comparison.plan.reference = "global";
  comparison.cells[0].relative = {4, std::array{3.9, 4.1}, Standing::faster, 0};
  comparison.cells[1].relative = {1, std::nullopt, Standing::reference, 0};
  CHECK(has(
      compare_markdown(comparison),
      "\nordered is the fastest: 20 M transfers/s; in paired rounds 4 \\[3.9, 4.1\\] times as fast as the "
      "reference global.\n"));
}

TEST_CASE("Too few runs make no winner") {
  const std::string text = compare_markdown(small_comparison(3));
  CHECK(has(text, "\nToo few runs to name the fastest; ordered reached 27.5 M transfers/s; "));
  CHECK(has(text, "27.5 M, no interval"));
}

TEST_CASE("A leader is not said to be the same as whom it could not be told from") {
  Comparison comparison = comparison_of({{"naive", 2, 40e6, 60, 0},
                                         {"global", 2, 20e6, 60, 0},
                                         {"ordered", 2, 19.9e6, 60, 0},
                                         {"scoped", 2, 19.5e6, 60, 0}},
                                        7);
  for (CellResult& cell : comparison.cells) cell.relative.standing = Standing::no_clear_difference;
  comparison.cells[1].relative = {1, std::nullopt, Standing::reference, 0};
  CHECK(has(compare_markdown(comparison),
            "\nglobal leads the safe strategies, but could not be told from ordered and scoped: 20 M, 19.9 M "
            "and 19.5 M transfers/s.\n"));
}

TEST_CASE("One strategy alone is no winner: only its speed is told") {
  CHECK(has(compare_markdown(comparison_of({{"ordered", 2, 20e6, 60, 0}}, 1)),
            "\nordered reached 20 M transfers/s.\n"));
  CHECK(has(compare_markdown(comparison_of(
                {{"ordered", 1, 20e6, 60, 0}, {"ordered", 2, 40e6, 60, 0}, {"ordered", 4, 30e6, 60, 0}}, 1)),
            "\nordered reached 20 M to 40 M transfers/s in all 3 settings.\n"));
  CHECK(has(compare_markdown(comparison_of({{"naive", 1, 20e6, 60, 0},
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
    const std::string markdown = compare_markdown(comparison);
    const std::string html = compare_html(comparison, {});
    const std::string svg = compare_svg(comparison);
    CHECK(has(markdown, "scoped " + verb));
    CHECK(has(markdown, "| " + word + " while warming up |"));
    CHECK(has(html, ">" + word + " while warming up</td>"));
    CHECK(has(html, "<td class=\"failed\">" + word + "</td>"));
    CHECK(has(svg, "scoped: " + word + " at 8"));
    CHECK(has(compare_json(comparison, {}, 0), "\"outcome\": \"" + word + "\""));
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
  const std::string markdown = compare_markdown(comparison);
  CHECK(has(markdown, "unsafe was not measured with 1 thread"));
  CHECK(has(markdown, "scoped was not run with 8 threads"));
  CHECK(has(markdown, "| not measured |"));
  CHECK(has(markdown, "| not run |"));
  CHECK(has(compare_html(comparison, {}), ">not measured</td>"));
}

TEST_CASE("How many rounds there were is counted, and never more than were to be") {
  Comparison comparison = small_comparison(12);
  comparison.plan.runs = 10;
  comparison.plan.min_time = kUsualMinTime;
  const std::string markdown = compare_markdown(comparison);
  CHECK(has(markdown, "\n12 measured rounds after 1 to warm up, in random orders"));
  CHECK(has(compare_html(comparison, {}), ">12 measured rounds after"));
  // What stops at a time is repeated so, not with so many rounds.
  CHECK_FALSE(has(markdown, "--runs"));
  comparison.complete = false;
  CHECK(has(compare_markdown(comparison), "Interrupted after 60 measured runs: this is what there was."));
}

TEST_CASE("An order is said to be what it was") {
  Comparison comparison = small_comparison(1);
  CHECK(has(compare_markdown(comparison), "\n1 measured round after 1 to warm up, in a random order; "));
  comparison.plan.random_order = false;
  CHECK(has(compare_markdown(comparison), "\n1 measured round after 1 to warm up, in the order given; "));
}

TEST_CASE("What is not ranked has no ratio") {
  Comparison comparison = small_comparison();
  for (CellResult& cell : comparison.cells) cell.relative = {};
  CHECK(has(compare_markdown(comparison), "| ordered | 27.5 M \\[26.1 M, 28.5 M\\] | \u2013 | not ranked |"));
  CHECK_FALSE(has(compare_html(comparison, {}), "<td>1, no interval</td>"));
}

TEST_CASE("Where everything failed nothing is ranked") {
  const Comparison comparison = comparison_of({{"naive", 2, 1e6, 60, 0, Outcome::deadlock}}, 7);
  CHECK(has(compare_markdown(comparison), "\nNothing could be ranked; naive deadlocked.\n"));
  CHECK(XmlReader(compare_svg(comparison)).verdict() == "well-formed");
  CHECK_FALSE(has(compare_html(comparison, {}), "class=\"bar"));
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
    CHECK(compare_markdown(comparison) == compare_markdown(copy));
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
  const std::string markdown = compare_markdown(comparison);
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
    CHECK(colours.size() == (view.names.size() == 15 ? 5 : 8));
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
  const std::string markdown = compare_markdown(comparison);
  CHECK(markdown.find(sentence) < markdown.find("| strategy"));
  const std::string html = compare_html(comparison, {});
  CHECK(html.find(sentence) < html.find("<h1>"));
  CHECK(compare_svg(comparison).find(sentence) < compare_svg(comparison).find("<style>"));
}

TEST_CASE("Failed conditions are a list in Markdown and on the page, where there are any") {
  Comparison comparison = small_comparison();
  CHECK_THAT(compare_markdown(comparison), !ContainsSubstring("Failed conditions"));
  CHECK_THAT(compare_html(comparison, {}), !ContainsSubstring("Failed conditions"));
  const std::string picture = compare_svg(comparison);
  comparison.failures = {"max > 1 fails & so on", "ordered is slower"};
  const std::string markdown = compare_markdown(comparison);
  CHECK_THAT(markdown,
             ContainsSubstring("Failed conditions:\n\n- ") && ContainsSubstring("\n- ordered is slower\n"));
  CHECK_THAT(compare_html(comparison, {}), ContainsSubstring("<h2>Failed conditions</h2>"));
  CHECK_THAT(compare_html(comparison, {}), ContainsSubstring("fails &amp; so"));
  CHECK(compare_svg(comparison) == picture);
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
  comparison.cells.push_back(comparison.cells.front());
  const std::string svg = compare_svg(comparison);
  CHECK(has(svg, ">ordered (2)</text>"));
  CHECK(has(compare_markdown(comparison), "\n| ordered (2) |"));
}

TEST_CASE("Without a command the page shows one that does the same") {
  Comparison comparison = grid_comparison();
  comparison.plan.reference = "global";
  comparison.plan.random_order = false;
  comparison.plan.base.think = nanoseconds{1'500};
  comparison.plan.base.duration = nanoseconds{250'000'000};
  CHECK(has(
      compare_html(comparison, {}),
      "<code>banksim compare --strategy unsafe,global,naive,ordered,scoped --threads 1,2,8 --accounts 1000 "
      "--hold 0,20us --duration 250ms --think 1500ns --seed 1 --runs 7 --warmup 1 --order sequential "
      "--reference global</code>"));
}
