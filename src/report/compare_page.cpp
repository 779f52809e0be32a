// A comparison for a browser: its sections, of charts and the table of their numbers, put into a page with the
// verdict, the host and how to repeat it; and their charts alone, put into one picture.
#include "report/chart.hpp"
#include "report/compare_view.hpp"
#include "report/markup.hpp"
#include "report/report.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

namespace banksim {
namespace {

// ---- Sections: all that is drawn. Only what ended ok is a bar or a point; the rest is named, with how it ended.

struct Section {
  std::string id, title, caption;
  std::vector<Chart> charts;
  DocumentTable table;
};

std::string titled(const std::string& title, const std::string& setting) {
  return setting.empty() ? title : title + ", " + setting;
}

// A strategy keeps its look from report to report: by its place in the registry, the others after these.
std::size_t look_of(const CompareView& view, const std::string& name) {
  std::vector<std::string> names;
  for (const StrategyEntry& entry : strategies()) names.emplace_back(entry.name);
  for (const std::string& other : view.conclusions.names)
    if (std::ranges::count(names, other) == 0) names.push_back(other);
  return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

Mark throughput_mark(const CellView& cell, const std::string& otherwise) {
  const Summary& speed = cell.result->throughput_per_s;
  if (!cell.ranked) return {{}, {}, otherwise};
  return {speed.median, speed.ci95, cell.speed_or_outcome};
}

std::vector<Mark> latency_marks(const CellView& cell) {
  const CellResult& result = *cell.result;
  std::vector<Mark> marks;
  for (const Summary* ns : {&result.p50_ns, &result.p90_ns, &result.p95_ns, &result.p99_ns, &result.p99_9_ns})
    if (cell.ranked && cell.has_latency)
      marks.push_back({ns->median, ns->ci95, ""});
    else
      marks.push_back({{}, {}, cell.ranked ? "latency not measured" : cell.outcome});
  return marks;
}

// A chart for each group, with the marks of its cells.
template <class Marks>
std::vector<Chart> charts_of(const CompareView& view, const Chart& empty, Marks marks) {
  std::vector<Chart> charts;
  for (const Group& group : view.conclusions.groups) {
    Chart& chart = charts.emplace_back(empty);
    chart.title = titled(chart.title, view.setting(view.config(group)));
    chart.bars_end = view.bars_end(group);
    for (const std::size_t i : view.in_order(group))
      chart.series.push_back({view.cells[i].name, look_of(view, view.cells[i].name), marks(view.cells[i])});
  }
  return charts;
}

// Along one dimension that varies; a chart for each setting of the others.
Section sweep_section(const CompareView& view, Dimension along) {
  Section section{fmt::format("by-{}", to_string(along)),
                  fmt::format("Throughput against {}", to_string(along)),
                  "Transfers/s, median [95 % interval]",
                  {},
                  {{{"strategy", true}}, {}}};
  const bool has_settings = view.conclusions.varied.size() > 1;
  if (has_settings) section.table.head.push_back({"setting", true});
  std::map<std::uint64_t, const Config*> values;
  for (const CellView& cell : view.cells)
    values[value_order(along, cell.result->config)] = &cell.result->config;
  Chart empty{{}, "transfers/s, median", fmt::format("{}, evenly spaced", to_string(along))};
  for (const auto& [order, config] : values) {
    section.table.head.push_back({view.named_value(along, *config)});
    empty.categories.push_back(view.value_text(along, *config));
  }
  std::map<std::vector<std::uint64_t>, std::pair<std::string, Chart>> charts;  // by the other dimensions
  for (const CellView& cell : view.cells) {
    const Config& config = cell.result->config;
    std::vector<std::uint64_t> others;
    for (const Dimension other : view.conclusions.varied)
      if (other != along) others.push_back(value_order(other, config));
    auto& [setting, chart] = charts.try_emplace(others, view.setting(config, along), empty).first->second;
    chart.title = titled(section.title, setting);
    auto series = std::ranges::find(chart.series, cell.name, &Series::name);
    if (series == chart.series.end())
      series = chart.series.insert(series, {cell.name, look_of(view, cell.name),
                                            std::vector<Mark>(values.size(), Mark{{}, {}, "not run"})});
    const auto at = std::distance(values.begin(), values.find(value_order(along, config)));
    series->marks[static_cast<std::size_t>(at)] = throughput_mark(cell, cell.speed_or_outcome);
  }
  for (auto& [others, setting_and_chart] : charts) {
    auto& [setting, chart] = setting_and_chart;
    std::vector<DocumentTable::Row>& body = section.table.bodies.emplace_back();
    for (const Series& series : chart.series) {
      DocumentTable::Row& row = body.emplace_back(DocumentTable::Row{{series.name, true}});
      if (has_settings) row.push_back({setting, true});
      for (const Mark& mark : series.marks) row.push_back({mark.text, false, !mark.value});
    }
    section.charts.push_back(std::move(chart));
  }
  return section;
}

std::vector<Section> sections_of(const CompareView& view) {
  if (view.cells.empty()) return {};
  const Chart bars{"Throughput", "transfers/s, median", "", {""}};
  Chart curves{"Latency", "latency, logarithmic scale", "percentile"};
  curves.is_latency = true;
  for (const Percentile& percentile : kPercentiles) curves.categories.emplace_back(percentile.label);
  std::vector<Section> sections{
      {"throughput", bars.title,
       "Median throughput, its 95 % interval, and the share of time spent waiting for locks",
       charts_of(view, bars,
                 [](const CellView& cell) { return std::vector{throughput_mark(cell, cell.outcome)}; }),
       view.table({"transfers/s [95 %]", "ratio [95 %]", "standing", "gate", "waiting", "outcome"})}};
  for (const Dimension dimension : view.conclusions.varied)
    sections.push_back(sweep_section(view, dimension));
  Section latency{"latency", curves.title, "Latency of a transfer, median over the runs",
                  charts_of(view, curves, latency_marks),
                  view.table({"p50", "p90", "p95", "p99", "p99.9", "outcome"})};
  std::erase_if(latency.charts, [](const Chart& chart) {
    return std::ranges::none_of(chart.series,
                                [](const Series& series) { return series.marks.front().value.has_value(); });
  });
  if (!latency.charts.empty()) sections.push_back(std::move(latency));
  return sections;
}

// How to read the charts.
std::string reading_notes(const std::vector<Section>& sections) {
  bool any_interval = false, any_without = false, any_cut = false;
  std::size_t count = 0;
  for (const Section& section : sections)
    for (const Chart& chart : section.charts) {
      ++count;
      for (const Series& series : chart.series)
        for (const Mark& mark : series.marks) {
          if (!mark.value) continue;
          (mark.interval ? any_interval : any_without) = true;
          any_cut = any_cut || (chart.categories.size() == 1 && *mark.value > chart.bars_end);
        }
    }
  return parts_text({any_interval ? "Whisker: 95 % interval of the median." : "",
                     any_without ? "No interval: too few runs for 95 %." : "",
                     count > 1 ? "Each chart has a scale of its own." : "",
                     any_cut ? "A cut bar goes on beyond the scale." : ""},
                    " ");
}

// ---- The page.

// Well-formed as XML too, and a policy that forbids the page to load anything. Charts are drawn for a phone; the
// wider the page, the more of them stand side by side. A wide table scrolls in its box, which has a shadow where it
// goes on: the shadow stays at the edge, its cover moves with the table and hides it at the end.
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
body{margin:0 auto;padding:1.5rem 1rem 3rem;max-width:76rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);overflow-wrap:anywhere}
h1{font-size:1rem;font-weight:600;margin:0;color:var(--quiet)} h2{font-size:1.25rem;line-height:1.3;margin:2.5rem 0 .25rem}
p,ul{margin:.25rem 0;max-width:46rem} ul{padding-left:1.25rem}
.lead{font-size:1.375rem;line-height:1.3;font-weight:600;margin:.5rem 0 .75rem;max-width:52rem}
.quiet,dt{color:var(--quiet)} .quiet,dl,table,pre{font-size:.875rem}
.banner{border:2px solid var(--failed);border-radius:6px;padding:.5rem .75rem;margin:0 0 1rem;max-width:none;font-weight:600}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,21.5rem),1fr));gap:2rem;margin:1rem 0}
.charts svg{display:block;width:100%;height:auto;max-width:28rem;break-inside:avoid}
.scroll{overflow-x:auto;max-width:100%;background:linear-gradient(to left,var(--paper) 1.5rem,transparent 3rem) right top/3rem 110% no-repeat local,linear-gradient(to left,var(--shadow),transparent) right/1.25rem 100% no-repeat scroll}
.scroll:focus-visible{outline:2px solid var(--quiet);outline-offset:2px}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;overflow-wrap:normal}
th,td{text-align:right;padding:.3rem .75rem .3rem 0;white-space:nowrap;border-bottom:1px solid var(--rule);font-weight:400;vertical-align:baseline}
thead th,tbody th{font-weight:600} thead th{color:var(--quiet)} th.word,td.word{text-align:left} .failed{font-weight:600;color:var(--failed)}
tbody th{white-space:normal;overflow-wrap:anywhere;min-width:5rem;max-width:10rem} th:first-child{position:sticky;left:0;background:var(--paper)}
tbody+tbody tr:first-child>*{border-top:2px solid var(--rule)}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.25rem 1rem;margin:.5rem 0} dd{margin:0}
pre{background:var(--code);border-radius:6px;padding:.75rem;margin:.5rem 0;white-space:pre-wrap}
)";

std::string element(std::string_view tag, std::string_view attributes, const std::string& text) {
  return fmt::format("<{0}{1}>{2}</{0}>\n", tag, attributes, xml_escaped(text));
}

std::string html_list(std::string_view title, const std::vector<std::string>& items) {
  if (items.empty()) return "";
  std::string html = fmt::format("<section>\n<h2>{}</h2>\n<ul>\n", title);
  for (const std::string& item : items) html += element("li", "", item);
  return html + "</ul>\n</section>\n";
}

// Its first cell is of a kind of its own.
std::string html_row(const DocumentTable::Row& row, std::string_view scope, std::string_view other) {
  std::string html = "<tr>\n";
  for (const DocumentTable::Cell& cell : row) {
    const bool is_header = &cell == &row.front() || other == "th";
    std::string attributes = is_header ? fmt::format(" scope=\"{}\"", scope) : "";
    const std::string classes =
        parts_text({cell.is_word ? "word" : "", cell.is_failure ? "failed" : ""}, " ");
    if (!classes.empty()) attributes += fmt::format(" class=\"{}\"", classes);
    html += element(is_header ? "th" : "td", attributes, cell.text);
  }
  return html + "</tr>\n";
}

// Charts, how to read them, and the table of their numbers, whose title does not scroll with it.
std::string section_html(const Section& section) {
  std::string html = fmt::format("<section>\n<h2>{}</h2>\n<div class=\"charts\">\n", section.title);
  double y = 0;
  for (const Chart& chart : section.charts) html += draw(chart, 0, y);
  html += "</div>\n";
  if (const std::string notes = reading_notes({section}); !notes.empty())
    html += element("p", " class=\"quiet\"", notes);
  html += fmt::format(
      "<p class=\"quiet\" id=\"{0}-table\">{1}</p>\n"
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"{0}-table\">\n"
      "<table aria-labelledby=\"{0}-table\">\n<thead>{2}</thead>\n",
      section.id, section.caption, html_row(section.table.head, "col", "th"));
  for (const auto& body : section.table.bodies) {
    html += "<tbody>\n";
    for (const DocumentTable::Row& row : body) html += html_row(row, "row", "td");
    html += "</tbody>\n";
  }
  return html + "</table>\n</div>\n</section>\n";
}

std::string repeat_section(const Comparison& comparison, std::span<const std::string> command) {
  std::string html = "<section>\n<h2>Where, and how to repeat it</h2>\n<dl>\n";
  for (const auto& [term, text] : {std::pair{"Host", host_text(comparison.host)},
                                   {"Started", comparison.started_at},
                                   {"Rounds", rounds_sentence(comparison)},
                                   {"Program", fmt::format("banksim {}", version())}})
    html += element("dt", "", term) + element("dd", "", text);
  html += "</dl>\n";
  if (!command.empty()) html += "<pre><code>" + xml_escaped(shell_line(command)) + "</code></pre>\n";
  return html + "</section>\n";
}

}  // namespace

std::string compare_html(const Comparison& comparison, std::span<const std::string> command) {
  const CompareView view(comparison);
  std::string html = std::string(kHead) + chart_style() + "</style>\n" +
                     element("title", "", "banksim compare: " + view.verdict) + "</head>\n<body>\n<header>\n";
  if (!view.interrupted.empty()) html += element("p", " class=\"banner\" role=\"status\"", view.interrupted);
  html += element("h1", "", "banksim compare") + element("p", " class=\"lead\"", view.verdict);
  if (!view.cells.empty()) html += element("p", " class=\"quiet\"", "Each with " + view.fixed() + '.');
  html += "</header>\n<main>\n" + html_list("Failed conditions", view.failures) +
          html_list("Findings", view.findings) + html_list("Warnings", view.warnings);
  for (const Section& section : sections_of(view)) html += section_html(section);
  return html + repeat_section(comparison, command) + "</main>\n</body>\n</html>\n";
}

// Two charts across, each in the column that has more room. Of many settings only what changes over them.
std::string compare_svg(const Comparison& comparison) {
  constexpr double kMargin = 24, kGap = 32, kTextWidth = 2 * kChartWidth + kGap;
  constexpr std::size_t kManySettings = 5;
  const CompareView view(comparison);
  std::vector<Section> sections = sections_of(view);
  if (view.conclusions.groups.size() >= kManySettings)
    std::erase_if(sections, [](const Section& section) { return !section.id.starts_with("by-"); });
  double y = kMargin;
  std::string body;
  const auto write = [&](const char* css_class, const std::string& text) {
    body += svg_lines(kMargin, y, kTextWidth, css_class, text);
  };
  write("verdict", view.interrupted);
  write("verdict", view.verdict);
  y += 4;
  write("note", view.fixed());
  double left = y + 20, right = left;
  for (const Section& section : sections)
    for (const Chart& chart : section.charts) {
      const bool is_left = left <= right;
      double& column = is_left ? left : right;
      body += draw(chart, is_left ? kMargin : kMargin + kChartWidth + kGap, column);
      column += 20;
    }
  y = std::max(left, right);
  write("note", reading_notes(sections));
  write("note",
        fmt::format("banksim {}, {}, on {}", version(), comparison.started_at, host_text(comparison.host)));
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" role=\"group\" aria-label=\"{2}\">\n<style>\n{3}</style>\n"
      "<rect class=\"paper\" width=\"100%\" height=\"100%\" rx=\"8\"/>\n{4}</svg>\n",
      kTextWidth + 2 * kMargin, y + kMargin, xml_escaped(parts_text({view.interrupted, view.verdict}, " ")),
      chart_style(), body);
}

}  // namespace banksim
