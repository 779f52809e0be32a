// What the documents of hand-made comparisons say: verdict and findings, in Markdown, on the page, in the picture.
// In a terminal: report_compare_text_test.cpp; drawn: report_compare_charts_test.cpp; in a browser: its own test.
#include "report/report.hpp"
#include "run/platform.hpp"
#include "support/comparisons.hpp"
#include "support/runners.hpp"
#include "support/xml_reader.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace banksim;
using namespace banksim::test;

namespace {

const std::vector<std::string> kCommand{"banksim", "compare",         "-s",  "all",
                                        "--hold",  "</code><script>", "it's"};

// Of what was changed by hand: what follows from it is concluded anew.
std::string markdown_of(const Comparison& comparison) { return compare_markdown(concluded(comparison), {}); }
std::string html_of(const Comparison& comparison) { return compare_html(concluded(comparison), {}); }

// As if a signal or a failed warm-up had kept it from being measured.
void forget_runs(CellResult& cell, Outcome outcome) {
  cell.outcome = outcome;
  cell.runs.clear();
  cell.runs_measured = 0;
  cell.throughput_per_s = {};
  cell.relative = {};
}

}  // namespace

// ---- The verdict.

TEST_CASE("The verdict says who is the fastest where, by how much, and who failed") {
  const auto verdict = [](const std::vector<Measured>& all) {
    return verdict_sentence(comparison_of(all, 7));
  };
  CHECK(
      verdict(kFiveStrategies) ==
      "global is the fastest safe strategy at 1 thread, 1.5 times as fast as the next; no clear winner "
      "between ordered and scoped at 2 threads and at 8 threads; unsafe got the money wrong in 14 of 14 runs at 2 "
      "threads and at 8 threads; naive deadlocked in 14 of 14 runs at 2 threads and at 8 threads.");
  CHECK(verdict({kFiveStrategies.begin() + 1, kFiveStrategies.begin() + 5}) ==
        "global is the fastest, 1.5 to 1.6 times as fast as ordered and scoped.");
  CHECK(verdict({{"naive", 2, 1e6, 60, 0, Outcome::deadlock}}) ==
        "Nothing could be ranked; naive deadlocked in 7 of 7 runs.");
  // One strategy alone is no winner: only its speed is told.
  CHECK(verdict({{"ordered", 2, 20e6, 60, 0}}) == "ordered reached 20 M (19 M - 20.7 M) transfers/s.");
  CHECK(verdict({{"ordered", 1, 20e6, 60, 0}, {"ordered", 2, 40e6, 60, 0}, {"ordered", 4, 30e6, 60, 0}}) ==
        "ordered reached 20 M to 40 M transfers/s.");
  CHECK(verdict({{"naive", 1, 20e6, 60, 0},
                 {"naive", 2, 40e6, 60, 0, Outcome::deadlock},
                 {"naive", 4, 40e6, 60, 0, Outcome::deadlock}}) ==
        "naive reached 20 M (19 M - 20.7 M) transfers/s; naive deadlocked in 14 of 14 runs at 2 "
        "threads and at 4 threads.");
  const Comparison few = small_comparison(3);
  CHECK(verdict_sentence(few).starts_with("Too few runs to name the fastest; "));

  Comparison pair = comparison_of({{"ordered", 2, 20e6, 60, 0}, {"global", 2, 5e6, 300, 0}}, 7);
  CHECK(verdict_sentence(pair) == "ordered is the fastest, 4.0 times as fast as global (95 %: 3.80-4.19).");
  pair.plan.reference = "global";
  pair.cells[0].relative = {4, std::array{3.9, 4.1}, Standing::faster, 0};
  pair.cells[1].relative = {1, std::nullopt, Standing::reference, 0};
  CHECK(verdict_sentence(concluded(pair)) ==
        "ordered is the fastest, 4.0 times as fast as global (95 %: 3.90-4.10).");
}

TEST_CASE("A leader is not said to be the same as whom it could not be told from") {
  Comparison comparison = comparison_of({{"naive", 2, 40e6, 60, 0},
                                         {"global", 2, 20e6, 60, 0},
                                         {"ordered", 2, 19.9e6, 60, 0},
                                         {"scoped", 2, 19.5e6, 60, 0}},
                                        7);
  for (CellResult& cell : comparison.cells) cell.relative.standing = Standing::no_clear_difference;
  comparison.cells[1].relative = {1, std::nullopt, Standing::reference, 0};
  CHECK(verdict_sentence(concluded(comparison)) == "No clear winner among global, ordered and scoped.");
}

// ---- Findings.

TEST_CASE("A flip names what else the plan varies") {
  ComparePlan plan = plan_of({"global", "ordered"}, {1, 2});
  plan.holds = {Hold{}, Hold{nanoseconds{400}}};
  const auto pays = [](const Config& config) { return config.threads == 2 && config.hold.spin.count() > 0; };
  const std::vector<std::string> texts =
      finding_sentences(compare_with(plan, speeds_by([pays](const Config& config) {
                                       return config.strategy == "global" ? 2e7 : pays(config) ? 3e7 : 1e7;
                                     })));
  REQUIRE(texts.size() >= 2);
  CHECK(texts[0] == "ordered overtakes global from 2 threads at hold 400 ns");
  CHECK(texts[1] == "ordered overtakes global from hold 400 ns at 2 threads");
}

TEST_CASE("What the time went to is said in one sentence, and who served its threads unevenly in another") {
  const auto findings = [](std::vector<std::uint32_t> threads) {
    return finding_sentences(
        compare_with(plan_of({"global", "ordered", "scoped"}, std::move(threads)), [](const Config& config) {
          RunResult run = run_at(config, 1e6);
          const double share = config.strategy == "scoped" ? 0 : 0.44;
          run.locks.wait_ns = static_cast<std::uint64_t>(share * run.elapsed_s * 1e9 * config.threads);
          run.fairness.jain_index = config.strategy == "global" ? 0.6 : 1;
          return run;
        }));
  };
  CHECK(findings({2}) ==
        std::vector<std::string>{
            "waiting for locks took 44 % of global's, 44 % of ordered's and 0 % of scoped's time",
            "threads were served unevenly (fairness, 1 is even): global (0.60)"});
  CHECK(findings({1, 2}).back() ==
        "threads were served unevenly at 2 threads (fairness, 1 is even): global (0.60)");
}

// ---- Markdown.

TEST_CASE("A comparison in Markdown is a verdict, a table, the findings, the host and the command") {
  Comparison comparison = small_comparison();
  comparison.warnings = {{"few_runs", "", {{"runs", 5}, {"runs_needed", 6}}}};
  CHECK(compare_markdown(comparison, kCommand) ==
        R"(### banksim compare

No clear winner between ordered and scoped; ordered is 6.3 times as fast as global (95 %: 6.03-6.39); unsafe got the money wrong in 7 of 7 runs; naive deadlocked in 7 of 7 runs.

Each with 2 threads, 1,000 accounts, 20,000,000 transfers a run, seed 1.

| strategy | transfers/s (95 %) | ratio (95 %) | standing | outcome | p50 | p90 | p95 | p99 | p99.9 | waiting |
| --- | --: | --: | --- | --- | --: | --: | --: | --: | --: | --: |
| ordered | 27.5 M (26.1 M - 28.5 M) | 1x | reference | ok | 71 ns | 162 ns | 226 ns | 508 ns | 1.62 µs | 1.2 % |
| scoped | 27.1 M (25.7 M - 28.3 M) | 0.99x (0.93-1.03) | no clear difference | ok | 77 ns | 174 ns | 246 ns | 552 ns | 1.74 µs | 1.3 % |
| global | 4.34 M (4.3 M - 4.56 M) | 0.16x (0.16-0.17) | slower | ok | 316 ns | 696 ns | 1 µs | 2.21 µs | 6.98 µs | 41.0 % |
| unsafe | 52 M (49.4 M - 53.8 M) | – | not ranked | violation in 7 of 7 runs | 33 ns | 77 ns | 107 ns | 238 ns | 760 ns | 0.0 % |
| naive | – | – | not ranked | deadlock in 7 of 7 runs | – | – | – | – | – | – |

Ratio: how many times as fast as the reference in the same rounds, with its 95 % interval. Transfers/s: the reference's median times that.

- waiting for locks took 41 % of global's, 1.2 % of ordered's and 1.3 % of scoped's time
- Warning: 5 runs of each: too few for a 95 % interval of a median; -r 6 or more

7 measured rounds after 1 to warm up, in random order; 4.21 s in all, 4.13 s of it in the runs.

banksim )" + std::string(version()) +
            R"(, 2026-01-02T03:04:05Z, on Linux 6.1.0 x86\_64; A CPU, fast; 2 CPUs; gcc 12.2.0; Release build.

```sh
banksim compare -s all --hold '</code><script>' 'it'\''s'
```
)");
  // Threads, accounts and hold are named only where they vary.
  const std::string swept = markdown_of(swept_comparison());
  CHECK(has(swept, "| strategy | threads | transfers/s"));
  CHECK(has(swept, "Each with 1,000 accounts, 20,000,000 transfers a run, seed 1."));
  CHECK(has(markdown_of(grid_comparison()), "| strategy | threads | hold | transfers/s"));
}

// ---- What holds for every document.

TEST_CASE("Page and picture are well-formed, run no script, refer to nothing outside, always the same") {
  for (const auto& [name, comparison] : all_comparisons()) {
    INFO(name);
    const std::string html = compare_html(comparison, kCommand);
    const std::string svg = compare_svg(comparison);
    for (const std::string& text : {html, svg}) {
      CHECK(xml_fault(text) == "");
      for (const char* door : {"https:", "<script", " src=", "@import", "url(", "xlink", "<image", "<use"})
        CHECK_FALSE(has(text, door));
    }
    CHECK_FALSE(has(html, "http:"));
    CHECK(times(html, " href=") == 1);
    CHECK(has(html, " href=\"data:,\""));
    CHECK(times(svg, "http") == 1);
    CHECK(has(svg, "xmlns=\"http://www.w3.org/2000/svg\""));
    const Comparison copy = comparison;
    CHECK(compare_html(copy, kCommand) == html);
    CHECK(compare_svg(copy) == svg);
  }
}

TEST_CASE("The reader that judges the pages sees what is wrong") {
  CHECK(xml_fault("<a x=\"1\"\ny=\"&lt;\"><b/>&amp;</a>") == "");
  for (const char* wrong :
       {"<a><b></a></b>", "<a>", "<a x=1/>", "a & b", "<a x=\"<\"/>", "\x01", "<a x=\"1\"y=\"2\"/>"})
    CHECK(xml_fault(wrong) != "");
}

TEST_CASE("Hostile names and commands are shown, not obeyed") {
  const std::string html = compare_html(hostile_comparison(), kCommand);
  CHECK(has(html, "&lt;script&gt;alert(1)&lt;/script&gt;|`*_x_*`&quot;&#39;&amp;amp;"));
  CHECK(has(html,
            "banksim compare -s all --hold &#39;&lt;/code&gt;&lt;script&gt;&#39; "
            "&#39;it&#39;\\&#39;&#39;s&#39;</code>"));
  const std::string markdown = compare_markdown(hostile_comparison(), kCommand);
  CHECK(has(markdown, R"(| \<script\>alert(1)\</script\>\|\`\*\_x\_\*\`"'\&amp; |)"));
  CHECK(times(markdown, "<script>") == 1);  // in the code block, where it is code
  CHECK(has(markdown, "\uFFFD\uFFFD\n"));   // of a warning that is newer than this program
}

TEST_CASE("The numbers of the tables are those of the comparison, in every report") {
  const Comparison comparison = swept_comparison();
  const std::string html = html_of(comparison), markdown = markdown_of(comparison),
                    svg = compare_svg(comparison);
  for (std::size_t at = 0; at < comparison.cells.size(); ++at) {
    const CellResult& cell = comparison.cells[at];
    INFO(cell.config.strategy << ' ' << cell.config.threads);
    if (cell.outcome == Outcome::deadlock) continue;
    const auto& [per_s, ci95] = comparison.conclusions.speeds.at(at);
    const std::string speed = si_number(per_s),
                      interval = " (" + si_number((*ci95)[0]) + " - " + si_number((*ci95)[1]) + ')';
    CHECK(has(html, ">" + speed + interval + "</td>"));
    CHECK(has(html, ">" + duration_text(cell.p99_9_ns.median * 1e-9, true) + "</td>"));
    CHECK(has(markdown, "| " + speed + interval + " |"));
    if (cell.outcome == Outcome::ok) CHECK(has(svg, ">" + speed + "</text>"));
  }
}

// ---- What went wrong.

TEST_CASE("A strategy that failed has a row with its outcome and no bar, and what is not ranked no ratio") {
  Comparison comparison = small_comparison();
  const std::string svg = compare_svg(comparison);
  CHECK(times(svg, "<rect class=\"bar") == 3);
  CHECK(has(svg, ">deadlock in 7 of 7 runs</text>"));
  CHECK(has(svg, ">violation in 7 of 7 runs</text>"));
  CHECK(has(html_of(comparison), "<tr class=\"failed\">\n<th scope=\"row\" class=\"word\">naive</th>\n"));
  for (CellResult& cell : comparison.cells) cell.relative = {};
  CHECK(has(markdown_of(comparison), "| ordered | 27.5 M (26.1 M - 28.5 M) | not ranked |"));
  const Comparison failed = comparison_of({{"naive", 2, 1e6, 60, 0, Outcome::deadlock}}, 7);
  CHECK(xml_fault(compare_svg(failed)) == "");
  CHECK_FALSE(has(html_of(failed), "class=\"bar"));
}

TEST_CASE("That nothing was seen of a strategy that may fail is no promise, in any report") {
  const Comparison comparison = swept_comparison();
  CHECK(times(markdown_of(comparison), "| no fault seen; may lose money |") == 1);
  CHECK(times(markdown_of(comparison), "| no fault seen; may deadlock |") == 1);
  CHECK(has(html_of(comparison), ">no fault seen; may lose money</td>"));
  CHECK(has(compare_text(comparison, {}, 120), " faster; may lose money\n"));
}

TEST_CASE("A deadlock with the auditor is told from one among workers, and what an auditor is") {
  Comparison comparison = comparison_of({{"naive", 1, 1e6, 60, 0, Outcome::deadlock}}, 6);
  CHECK_FALSE(has(compare_text(comparison, {}), "auditor"));
  for (RunResult& run : comparison.cells[0].runs) run.deadlock->cycle.back().is_auditor = true;
  comparison.cells[0].runs[2].outcome = Outcome::ok;
  comparison.cells[0].runs[2].deadlock.reset();
  comparison = concluded(std::move(comparison));
  CHECK(has(compare_text(comparison, {}), "DEADLOCK in 5 of 6 runs, with the auditor\n"));
  CHECK(finding_sentences(comparison)
            .back()
            .starts_with("the auditor is one more thread, which now and then locks every"));
  CHECK(has(markdown_of(comparison), "| deadlock in 5 of 6 runs, with the auditor |"));
}

TEST_CASE("A round that was far off is named, with how far, and of many the furthest are") {
  Comparison comparison = small_comparison(12);
  comparison.cells[3].runs[6].elapsed_s *= 10;
  CHECK(finding_sentences(concluded(comparison)).front() ==
        "in round 7 of 12 ordered was 9.8 times as slow as its median");
  for (std::size_t i : {1u, 3u, 4u})
    for (std::size_t round : {0u, 4u}) comparison.cells[i].runs[round].elapsed_s /= 4;
  const std::vector<std::string> findings = finding_sentences(concluded(comparison));
  CHECK(has(findings.at(1), " times as fast as its median"));
  CHECK(findings.at(4) == "3 rounds of the kind beside these");
}

TEST_CASE("What failed while warming up was run, and every report says how it failed") {
  for (const auto& [outcome, verb] :
       {std::pair{Outcome::deadlock, "deadlocked"}, std::pair{Outcome::timeout, "ran out of time"},
        std::pair{Outcome::crashed, "crashed"}}) {
    Comparison comparison = swept_comparison();
    forget_runs(comparison.cells.back(), outcome);
    const std::string word = to_string(outcome);
    const std::string markdown = markdown_of(comparison), html = html_of(comparison),
                      svg = compare_svg(concluded(comparison));
    CHECK(has(markdown, std::string("scoped ") + verb));
    CHECK(has(markdown, "| " + word + " while warming up |"));
    CHECK(has(html, ">" + word + " while warming up</td>"));
    CHECK(has(svg, "scoped: " + word + " at 8"));
    for (const std::string& report : {markdown, html, svg}) CHECK_FALSE(has(report, "not run"));
  }
}

TEST_CASE("How a strategy ended a run of a comparison is a finding, in every report") {
  Comparison comparison = swept_comparison();
  CellResult& cell = comparison.cells.back();
  forget_runs(cell, Outcome::crashed);
  cell.as_promised = false;
  cell.ended_by = EndedBy{EndKind::signal, Role::worker, WorkerId{1}, {}, 0, 11, ""};
  comparison = concluded(comparison);
  const std::string how =
      "scoped at 8 threads: the strategy ended the process: SIGSEGV in worker 1, in an audit";
  CHECK(has(markdown_of(comparison), "- " + how));
  CHECK(has(markdown_of(comparison), "| crashed while warming up, against its promise |"));
  CHECK(has(html_of(comparison), how));
  CHECK(has(compare_text(comparison, {}, 200), "  - " + how + '\n'));
  CHECK(has(compare_text(comparison, {}, 200), "CRASHED while warming up, against its promise"));
  CHECK(compare_text(comparison, {.quiet = true}) == "BROKEN PROMISE  scoped at 8 threads: crashed\n");
}

TEST_CASE("What a signal kept from being measured is told from what it kept from being run, at the top") {
  Comparison comparison = swept_comparison();
  comparison.complete = false;
  forget_runs(comparison.cells.front(), Outcome::ok);
  forget_runs(comparison.cells.back(), Outcome::interrupted);
  const std::string told = markdown_of(comparison);
  for (const char* words : {"unsafe was not measured at 1 thread", "scoped was not run at 8 threads",
                            "| not measured |", "| not run |"})
    CHECK(has(told, words));
  CHECK(has(html_of(comparison), ">not measured</td>"));

  const std::string sentence = "Interrupted by SIGINT after 42 of 105 measured runs: this is what there was";
  comparison = interrupted_comparison();
  const std::string markdown = markdown_of(comparison), html = html_of(comparison),
                    svg = compare_svg(comparison);
  CHECK(markdown.find(sentence) < markdown.find("| strategy"));
  CHECK(html.find(sentence) < html.find("<h1>"));
  CHECK(svg.find(sentence) < svg.find("<style>"));
}

TEST_CASE("How many rounds there were is counted, and never more than were to be") {
  Comparison comparison = small_comparison(12);
  comparison.plan.runs = 10;
  comparison.plan.min_time = kUsualMinTime;
  CHECK(has(markdown_of(comparison), "\n12 measured rounds after 1 to warm up, in random order"));
  CHECK(has(html_of(comparison), ">12 measured rounds after"));
  comparison.complete = false;
  CHECK(
      has(markdown_of(comparison), "Interrupted on request after 60 measured runs: this is what there was"));
}
