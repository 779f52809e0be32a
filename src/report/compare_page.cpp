// A comparison for a browser: its sections, of charts and the table of their numbers, put into a page with the
// verdict, the host and how to repeat it; and their charts alone, put into one picture.
#include "report/chart.hpp"
#include "report/compare_view.hpp"
#include "report/markup.hpp"
#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace banksim {
namespace {

// ---- All that is drawn. Only what ended ok is a bar or a point; the rest is named, with how it ended.

// A strategy keeps its look from report to report: by its place in the registry, the others after these.
std::size_t look_of(const CompareView& view, const std::string& name) {
  std::vector<std::string> names;
  for (const StrategyEntry& entry : strategies()) names.emplace_back(entry.name);
  for (const std::string& other : view.conclusions.names)
    if (std::ranges::count(names, other) == 0) names.push_back(other);
  return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

// Who is the measure of the others has no interval beside theirs: these are the ratios', and would seem to overlap.
Mark speed_of(const CompareView& view, const CellView& cell) {
  if (!cell.ranked) return {.text = cell.outcome + cell.outcome_more};
  Mark mark{.value = cell.speed.per_s,
            .text = parts_text({cell.per_s, cell.per_s_ci, cell.ratio, cell.ratio_ci}, " "),
            .label = cell.per_s,
            .note = cell.ratio};
  for (const RunResult& run : cell.result->runs) mark.rounds.push_back(run.throughput_per_s());
  const bool is_measure = cell.result->relative.standing == Standing::reference && !view.how_to_read.empty();
  if (tells_size(cell.speed.ci95) && !is_measure) mark.interval = cell.speed.ci95;
  return mark;
}

// Of one setting: how fast each strategy was.
Chart rows_of(const CompareView& view, const Group& group) {
  Chart chart{parts_text({"Throughput", view.setting(view.config(group))}), "transfers/s"};
  if (group.reference && group.ranked.size() > 1) chart.reference = view.cells[*group.reference].speed.per_s;
  for (const std::size_t i : view.in_order(group)) {
    const CellView& cell = view.cells[i];
    chart.series.push_back({cell.name, look_of(view, cell.name), {speed_of(view, cell)}});
  }
  return chart;
}

// The same as ratios, on a scale that shows small differences.
Mark ratio_of(const CompareView& view, const Group& group, const CellView& cell) {
  const Relative& relative = cell.result->relative;
  if (!cell.ranked) return {.text = cell.outcome + cell.outcome_more};
  if (relative.standing == Standing::reference)
    return {.value = 1, .text = "1, the reference", .label = "1x"};
  if (!tells_size(relative.ci95)) return {.text = "too noisy to tell by how much"};
  Mark mark{.value = relative.ratio,
            .interval = relative.ci95,
            .text = parts_text({cell.ratio, cell.ratio_ci}, " "),
            .label = cell.ratio};
  const std::vector<RunResult>&runs = cell.result->runs, &others = view.cell(*group.reference).runs;
  for (std::size_t i = 0; i < std::min(runs.size(), others.size()); ++i)
    if (is_measured(runs[i]) && is_measured(others[i]))
      mark.rounds.push_back(runs[i].throughput_per_s() / others[i].throughput_per_s());
  return mark;
}

// Who was measured against whom, and how long a transfer took: of one setting, as far as there is something to show.
std::vector<Chart> details_of(const CompareView& view, const Group& group) {
  const std::string setting = view.setting(view.config(group));
  Chart ratios{parts_text({"Ratio", setting}), "times as fast"},
      latencies{parts_text({"Latency", setting}), "of a transfer", "percentile"};
  ratios.numbers = Numbers::ratios;
  ratios.reference = 1;
  latencies.numbers = Numbers::times_ns;
  for (const Percentile& percentile : kPercentiles) latencies.categories.emplace_back(percentile.label);
  for (const std::size_t i : view.in_order(group)) {
    const CellView& cell = view.cells[i];
    const Series series{cell.name, look_of(view, cell.name)};
    if (group.reference)
      ratios.series.push_back(series), ratios.series.back().marks = {ratio_of(view, group, cell)};
    if (!cell.ranked || !cell.has_latency) continue;
    latencies.series.push_back(series);
    for (std::size_t nth = 0; nth < std::size(kPercentiles); ++nth) {
      Mark& mark = latencies.series.back().marks.emplace_back(Mark{.text = "too few timed"});
      if (const Summary* const ns = percentile_ns(cell, nth))
        mark = {.value = ns->median, .interval = tells_size(ns->ci95) ? ns->ci95 : std::nullopt};
    }
  }
  std::vector<Chart> charts;
  const auto has_value = [](const Series& series) { return series.marks.front().value.has_value(); };
  if (std::ranges::count_if(ratios.series, has_value) > 1) charts.push_back(std::move(ratios));
  if (!latencies.series.empty()) charts.push_back(std::move(latencies));
  return charts;
}

// The dimension of most values.
Dimension longest(const CompareView& view) {
  return *std::ranges::max_element(view.conclusions.varied, {}, [&view](Dimension dimension) {
    std::set<std::uint64_t> values;
    for (const CellView& cell : view.cells) values.insert(value_order(dimension, cell.result->config));
    return values.size();
  });
}

// Along one dimension that varies; a chart for each setting of the others.
std::vector<Chart> sweep_charts(const CompareView& view, Dimension along) {
  const std::string title = fmt::format("Throughput against {}", to_string(along));
  std::map<std::uint64_t, std::string> values;
  for (const CellView& cell : view.cells)
    values[value_order(along, cell.result->config)] = view.value_text(along, cell.result->config);
  Chart empty{title, "transfers/s", to_string(along)};
  for (const auto& [order, text] : values) empty.categories.push_back(text);
  std::vector<Chart> charts;
  for (const CellView& cell : view.cells) {
    const Config& config = cell.result->config;
    const std::string setting = view.setting(config, along), &name = setting.empty() ? title : setting;
    auto chart = std::ranges::find(charts, name, &Chart::title);
    if (chart == charts.end()) chart = charts.insert(chart, empty);
    chart->title = name;
    auto series = std::ranges::find(chart->series, cell.name, &Series::name);
    if (series == chart->series.end())
      series = chart->series.insert(series, {cell.name, look_of(view, cell.name), {}});
    series->marks.resize(values.size(), {.text = "not run"});
    const auto at = std::distance(values.begin(), values.find(value_order(along, config)));
    Mark& mark = series->marks[static_cast<std::size_t>(at)] = speed_of(view, cell);
    mark.rounds.clear();  // lines have no room for them
    if (!cell.ranked) mark.text = cell.outcome;
  }
  return charts;
}

struct Charts {
  std::vector<Chart> shown;
  std::vector<Chart> folded;  // on the page behind a title to click, in the picture not at all
};

Charts charts_of(const CompareView& view) {
  constexpr std::size_t kManySettings = 5;  // from here on each of them is not shown at once
  const std::vector<Group>& groups = view.conclusions.groups;
  Charts charts;
  if (groups.size() > 1) charts.shown = sweep_charts(view, longest(view));
  for (const Group& group : groups) {
    (groups.size() < kManySettings ? charts.shown : charts.folded).push_back(rows_of(view, group));
    for (Chart& chart : details_of(view, group))
      (groups.size() == 1 ? charts.shown : charts.folded).push_back(std::move(chart));
  }
  return charts;
}

constexpr const char* kMarks =
    "Faint dots: the rounds as measured, the first at the top. Whisker: the 95 % interval of the ratio to the "
    "reference, which itself has none and is the dashed line; of a latency, its own. Each chart has a scale of its own.";

// ---- The page.

// Well-formed as XML too, and a policy that forbids the page to load anything. Charts are drawn for a phone; the
// wider the page, the more of them stand side by side. A wide table scrolls in its box, which has a shadow where it
// goes on: the shadow stays at the edge, its cover moves with the table and hides it at the end. On paper nothing
// scrolls and nothing is folded.
constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/>
<meta name="color-scheme" content="light dark"/>
<link rel="icon" href="data:,"/>
<style>
:root{color-scheme:light dark;--ink:#1b1f24;--quiet:#545c66;--paper:#fff;--code:#f3f5f7;--rule:#d9dde2;--failed:#a83f00;--shadow:#1b1f2459}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaed;--quiet:#a9b1bb;--paper:#14171b;--code:#1e2329;--rule:#3b434d;--failed:#ff8a50;--shadow:#e8eaed55}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem 1rem 3rem;max-width:76rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);overflow-wrap:anywhere}
h1{font-size:1rem;font-weight:600;margin:0;color:var(--quiet)} h2{font-size:1.125rem;line-height:1.3;margin:2rem 0 .25rem}
p,ul{margin:.25rem 0;max-width:46rem} ul{padding-left:1.25rem}
.lead{font-size:clamp(1.25rem,1rem + 1vw,1.5rem);line-height:1.3;font-weight:600;margin:.25rem 0 .5rem;max-width:52rem}
.quiet,dt{color:var(--quiet)} .quiet,dl,table,pre{font-size:.875rem}
.banner{border:2px solid var(--failed);border-radius:6px;padding:.5rem .75rem;margin:0 0 1rem;max-width:none;font-weight:600}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,21.5rem),1fr));gap:1.5rem 2rem;margin:.75rem 0}
.charts svg{display:block;width:100%;height:auto;max-width:28rem;break-inside:avoid}
summary{cursor:pointer;font-size:1.25rem;font-weight:700;line-height:1.3;margin-top:2rem}
.scroll{overflow-x:auto;max-width:100%;background:linear-gradient(to left,var(--paper) 1.5rem,transparent 3rem) right top/3rem 110% no-repeat local,linear-gradient(to left,var(--shadow),transparent) right/1.25rem 100% no-repeat scroll}
.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--quiet);outline-offset:2px}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;overflow-wrap:normal}
th,td{text-align:right;padding:.3rem .75rem .3rem 0;white-space:nowrap;border-bottom:1px solid var(--rule);font-weight:400;vertical-align:baseline}
thead th,tbody th{font-weight:600} thead th{color:var(--quiet)} th.word,td.word{text-align:left} .failed td.word{font-weight:600;color:var(--failed)}
tbody th{white-space:normal;overflow-wrap:anywhere;min-width:5rem;max-width:10rem} th:first-child{position:sticky;left:0;background:var(--paper)}
tbody+tbody tr:first-child>*{border-top:2px solid var(--rule)}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.25rem 1rem;margin:.5rem 0} dd{margin:0}
pre{background:var(--code);border-radius:6px;padding:.75rem;margin:.5rem 0;white-space:pre-wrap}
@media print{body{padding:0} .scroll{overflow:visible;background:none} table{font-size:.6875rem} th,td{white-space:normal;padding-right:.5rem} th:first-child{position:static} tr{break-inside:avoid} h2{break-after:avoid} details::details-content{content-visibility:visible;height:auto}}
)";

std::string element(std::string_view tag, std::string_view attributes, const std::string& text) {
  return text.empty() ? "" : fmt::format("<{0}{1}>{2}</{0}>\n", tag, attributes, xml_escaped(text));
}

std::string html_list(std::string_view title, const std::vector<std::string>& items) {
  if (items.empty()) return "";
  std::string html = fmt::format("<section>\n<h2>{}</h2>\n<ul>\n", title);
  for (const std::string& item : items) html += element("li", "", item);
  return html + "</ul>\n</section>\n";
}

// Each row begins with its header. The title of the table does not scroll with it.
std::string table_html(const DocumentTable& table) {
  const auto cell = [&table](std::string_view tag, std::size_t column, const std::string& text) {
    return fmt::format("<{0}{1}>{2}</{3}>\n", tag, table.columns[column].is_word ? " class=\"word\"" : "",
                       xml_escaped(text), tag.substr(0, 2));
  };
  std::string head, bodies;
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    head += cell("th scope=\"col\"", i, table.columns[i].title);
  for (const auto& [texts, begins_group, has_failed] : table.rows) {
    if (begins_group) bodies += bodies.empty() ? "<tbody>\n" : "</tbody>\n<tbody>\n";
    bodies += has_failed ? "<tr class=\"failed\">\n" : "<tr>\n";
    for (std::size_t i = 0; i < texts.size(); ++i)
      bodies += cell(i == 0 ? "th scope=\"row\"" : "td", i, texts[i]);
    bodies += "</tr>\n";
  }
  return fmt::format(
      R"(<p class="quiet" id="numbers">Speed (M: a million a second), ratio, latency (half of all
transfers took at most p50), and the share of the threads' time spent waiting for locks</p>
<div class="scroll" role="region" tabindex="0" aria-labelledby="numbers">
<table aria-labelledby="numbers">
<thead>
<tr>
{}</tr>
</thead>
{}</tbody>
</table>
</div>
)",
      head, bodies);
}

std::string charts_html(const std::vector<Chart>& charts) {
  std::string html;
  double y = 0;
  for (const Chart& chart : charts) html += draw(chart, 0, y);
  return "<div class=\"charts\">\n" + html + "</div>\n";
}

}  // namespace

std::string compare_html(const Comparison& comparison, std::span<const std::string> command) {
  constexpr const char* kQuiet = " class=\"quiet\"";
  const CompareView view(comparison);
  std::string html = std::string(kHead) + chart_style() + "</style>\n" +
                     element("title", "", "banksim compare: " + view.verdict) + "</head>\n<body>\n<header>\n";
  if (!view.interrupted.empty())
    html += element("p", " class=\"banner\" role=\"status\"", "Interrupted " + view.interrupted + '.');
  html += element("h1", "", "banksim compare") + element("p", " class=\"lead\"", view.verdict);
  if (!view.cells.empty()) html += element("p", kQuiet, "Each with " + view.fixed() + '.');
  html += "</header>\n<main>\n" + html_list("Failed conditions", view.failures);
  const auto [shown, folded] = charts_of(view);
  if (!view.cells.empty())
    html += "<section aria-label=\"Charts and numbers\">\n" + charts_html(shown) + table_html(view.table()) +
            element("p", kQuiet, kMarks) + element("p", kQuiet, view.how_to_read) + "</section>\n";
  html += html_list("Findings", view.findings) + html_list("Warnings", view.warnings);
  if (!folded.empty())
    html += "<details>\n<summary>Each setting</summary>\n" + charts_html(folded) + "</details>\n";
  html += "<section>\n<h2>Where, and how to repeat it</h2>\n" + element("p", "", view.rounds() + '.') +
          element("p", "", view.origin() + '.');
  if (!command.empty()) html += "<pre><code>" + xml_escaped(shell_line(command)) + "</code></pre>\n";
  return html + "</section>\n</main>\n</body>\n</html>\n";
}

// Two charts across, each in the column that has more room.
std::string compare_svg(const Comparison& comparison) {
  constexpr double kMargin = 24, kGap = 32, kTextWidth = 2 * kChartWidth + kGap;
  const CompareView view(comparison);
  double y = kMargin;
  std::string body;
  const auto write = [&](const char* css_class, const std::string& text) {
    body += svg_lines(kMargin, y, kTextWidth, css_class, text);
  };
  const std::string interrupted = view.interrupted.empty() ? "" : "Interrupted " + view.interrupted + '.';
  write("verdict", interrupted);
  write("verdict", view.verdict);
  y += 4;
  write("note", view.fixed());
  double left = y + 20, right = left;
  for (const Chart& chart : charts_of(view).shown) {
    const bool is_left = left <= right;
    double& column = is_left ? left : right;
    body += draw(chart, is_left ? kMargin : kMargin + kChartWidth + kGap, column);
    column += 20;
  }
  y = std::max(left, right);
  for (const std::string& note : {std::string(kMarks), view.how_to_read, view.origin()}) write("note", note);
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" role=\"group\" aria-label=\"{2}\">\n<style>\n{3}</style>\n"
      "<rect class=\"paper\" width=\"100%\" height=\"100%\" rx=\"8\"/>\n{4}</svg>\n",
      kTextWidth + 2 * kMargin, y + kMargin, xml_escaped(parts_text({interrupted, view.verdict}, " ")),
      chart_style(), body);
}

}  // namespace banksim
