// A comparison as one page: the verdict, charts with their numbers below, the host, and how to repeat it.
#include "report/compare.hpp"
#include "report/compare_charts.hpp"
#include "report/markup.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace banksim {
namespace {

// Well-formed as XML too, and a policy that forbids the page to load anything.
constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/>
<meta name="color-scheme" content="light dark"/>
<link rel="icon" href="data:,"/>
)";

// Panels are drawn for a phone; the wider the page, the more of them stand side by side.
constexpr std::string_view kPageStyle = R"(:root{color-scheme:light dark}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1rem 3rem;max-width:76rem;font:16px/1.5 system-ui,sans-serif;color:#1b1f24;background:#fff;overflow-wrap:anywhere}
h1{font-size:1rem;font-weight:600;margin:0;color:#545c66}
h2{font-size:1.25rem;line-height:1.3;margin:2.5rem 0 .25rem}
h3{font-size:.875rem;margin:0 0 .5rem}
p,ul{margin:.25rem 0;max-width:46rem}
ul{padding-left:1.25rem}
.lead{font-size:1.5rem;line-height:1.3;font-weight:600;margin:.5rem 0 .75rem;max-width:52rem;text-wrap:pretty}
.quiet{color:#545c66;font-size:.875rem}
.banner{border:2px solid #c24e00;border-radius:6px;padding:.5rem .75rem;margin:0 0 1rem;max-width:none;font-weight:600}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,21.5rem),1fr));gap:2rem;margin:1rem 0}
.pair{display:flex;flex-wrap:wrap;gap:1rem 3rem;align-items:flex-start}
.drawn{margin:1rem 0}
.charts+.quiet{margin:-.5rem 0 1.25rem}
.pair>.drawn{flex:0 1 26rem;min-width:0;margin:.5rem 0}
.pair .charts{grid-template-columns:minmax(0,1fr);margin:0 0 1rem}
.pair>.numbers{flex:1 1 38rem;min-width:0;margin-top:.25rem}
figure{margin:0;min-width:0;break-inside:avoid}
figure svg{display:block;width:100%;height:auto;max-width:28rem}
.scroll{overflow-x:auto;max-width:100%;background:linear-gradient(to left,#fff 1.5rem,#fff0 3rem) right top/3rem 110% no-repeat local,linear-gradient(to left,#1b1f2459,#1b1f2400) right/1.25rem 100% no-repeat scroll}
.scroll:focus-visible{outline:2px solid #0068a8;outline-offset:2px}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums;overflow-wrap:normal}
th,td{text-align:right;padding:.3rem .75rem .3rem 0;white-space:nowrap;border-bottom:1px solid #e3e6ea;font-weight:400;vertical-align:baseline}
thead th{color:#545c66;font-weight:600;border-bottom-color:#8a929c}
th.word,td.word{text-align:left}
td.word{white-space:normal;min-width:7rem}
td:last-child,th:last-child{padding-right:0}
tbody th{font-weight:600;white-space:normal;overflow-wrap:anywhere;min-width:5rem;max-width:10rem}
th:first-child{position:sticky;left:0;background:#fff}
tbody+tbody tr:first-child>*{border-top:2px solid #c9ced5}
.failed{font-weight:600;color:#a83f00}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.25rem 1rem;margin:.5rem 0;font-size:.875rem}
dt{color:#545c66}
dd{margin:0}
pre{background:#f3f5f7;border-radius:6px;padding:.75rem;margin:.5rem 0;font-size:.875rem;line-height:1.5;white-space:pre-wrap}
@media (max-width:36rem){.lead{font-size:1.25rem}td.word{white-space:nowrap}}
@media (prefers-color-scheme:dark){
th:first-child{background:#14171b}
.scroll{background-image:linear-gradient(to left,#14171b 1.5rem,#14171b00 3rem),linear-gradient(to left,#e8eaed55,#e8eaed00)}
body{color:#e8eaed;background:#14171b}
h1,.quiet,thead th,dt{color:#a9b1bb}
th,td{border-bottom-color:#2c323a}
thead th{border-bottom-color:#6d7681}
tbody+tbody tr:first-child>*{border-top-color:#3b434d}
.failed{color:#ff8a50}
.banner{border-color:#ff8a50}
.scroll:focus-visible{outline-color:#56b4e9}
pre{background:#1e2329}
}
)";

std::string element(std::string_view tag, const std::string& text) {
  return fmt::format("<{0}>{1}</{0}>\n", tag, xml_escaped(text));
}

std::string list(std::string_view title, const std::vector<std::string>& items) {
  if (items.empty()) return "";
  std::string html = fmt::format("<section>\n<h2>{}</h2>\n<ul>\n", title);
  for (const std::string& item : items) html += element("li", unbroken(item));
  return html + "</ul>\n</section>\n";
}

// ---- Charts.

std::string figure_html(const Figure& figure, const std::string& id, const std::string& kind) {
  const std::string title = figure.setting.empty() ? kind : kind + ", " + figure.setting;
  std::string html = "<figure>\n";
  if (!figure.setting.empty()) html += element("h3", figure.setting);
  html +=
      fmt::format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-labelledby=\"{}-title {}-desc\">\n",
                  kPanelWidth, figure.panel.height, id, id);
  html += fmt::format("<title id=\"{}-title\">{}</title>\n<desc id=\"{}-desc\">{}</desc>\n", id,
                      xml_escaped(title), id, xml_escaped(figure.description));
  return html + figure.panel.body + "</svg>\n</figure>\n";
}

// And below them, once, how to read them.
std::string charts_html(const Figures& figures, const std::string& id, const std::string& kind) {
  std::string html = "<div class=\"drawn\">\n<div class=\"charts\">\n";
  for (std::size_t i = 0; i < figures.all.size(); ++i)
    html += figure_html(figures.all[i], fmt::format("{}-{}", id, i + 1), kind);
  html += "</div>\n";
  if (!figures.notes.empty())
    html += fmt::format("<p class=\"quiet\">{}</p>\n",
                        xml_escaped(fmt::format("{}", fmt::join(figures.notes, " "))));
  return html + "</div>\n";
}

// ---- Tables: the columns that say which cell it is, and those that say what was measured.

struct Column {
  const char* title;
  std::string CellView::*text;
  bool is_word = false;
};

constexpr std::string_view kWord = " class=\"word\"";

std::string th(std::string_view scope, std::string_view css_class, const std::string& text) {
  return fmt::format("<th scope=\"{}\"{}>{}</th>", scope, css_class, xml_escaped(text));
}

std::string td(std::string_view css_class, const std::string& text) {
  return fmt::format("<td{}>{}</td>", css_class, xml_escaped(text));
}

std::string table_row(const CompareView& view, const CellView& cell, const std::vector<Column>& columns) {
  std::string html = "<tr>" + th("row", kWord, cell.name);
  for (const Dimension dimension : view.conclusions.varied)
    html += td("", view.value_text(dimension, cell.result->config));
  for (const Column& column : columns) {
    const bool failed = column.text == &CellView::outcome && !cell.ranked;
    html += td(failed ? " class=\"word failed\"" : column.is_word ? kWord : "", cell.*column.text);
  }
  return html + "</tr>\n";
}

// On a phone the table scrolls in its box, and its title, outside of it, does not.
std::string scrolling_table(const std::string& id, const std::string& caption, const std::string& rows) {
  return fmt::format(
      "<div class=\"numbers\">\n<p class=\"quiet\" id=\"{0}-table\">{1}</p>\n"
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"{0}-table\">\n"
      "<table aria-labelledby=\"{0}-table\">\n{2}</table>\n</div>\n</div>\n",
      id, xml_escaped(caption), rows);
}

std::string table(const CompareView& view, const std::string& id, const std::string& caption,
                  const std::vector<Column>& columns) {
  std::string html = "<thead><tr>" + th("col", kWord, "strategy");
  for (const Dimension dimension : view.conclusions.varied) html += th("col", "", to_string(dimension));
  for (const Column& column : columns) html += th("col", column.is_word ? kWord : "", column.title);
  html += "</tr></thead>\n";
  for (const Group& group : view.conclusions.groups) {
    html += "<tbody>\n";
    for (const std::size_t i : view.in_order(group)) html += table_row(view, view.cells[i], columns);
    html += "</tbody>\n";
  }
  return scrolling_table(id, caption, html);
}

// ---- Sections.

// Charts and the table of their numbers: below them, or beside one alone where the page has the room.
std::string charted_section(const std::string& title, const std::string& id, const Figures& figures,
                            const std::string& table) {
  const std::string_view layout = figures.all.size() == 1 ? " class=\"pair\"" : "";
  return fmt::format("<section>\n<h2>{}</h2>\n<div{}>\n{}{}</div>\n</section>\n", title, layout,
                     charts_html(figures, id, title), table);
}

std::string throughput_section(const CompareView& view) {
  std::vector<Column> columns{{"transfers/s [95 %]", &CellView::throughput},
                              {"ratio [95 %]", &CellView::ratio},
                              {"standing", &CellView::standing, true}};
  if (view.conclusions.gate) columns.push_back({"gate", &CellView::gate, true});
  columns.push_back({"waiting", &CellView::waiting});
  columns.push_back({"outcome", &CellView::outcome, true});
  return charted_section(
      "Throughput", "throughput", throughput_figures(view),
      table(view, "throughput",
            "Median throughput, its 95 % interval, and the share of time spent waiting for locks", columns));
}

std::string latency_section(const CompareView& view) {
  const Figures figures = latency_figures(view);
  if (figures.all.empty()) return "";
  const std::vector<Column> columns{{"p50", &CellView::p50},     {"p90", &CellView::p90},
                                    {"p95", &CellView::p95},     {"p99", &CellView::p99},
                                    {"p99.9", &CellView::p99_9}, {"outcome", &CellView::outcome, true}};
  return charted_section("Latency", "latency", figures,
                         table(view, "latency", "Latency of a transfer, median over the runs", columns));
}

// Strategies down, values across.
std::string sweep_section(const CompareView& view, Dimension dimension) {
  const Sweep sweep = sweep_along(view, dimension);
  const bool has_settings = view.conclusions.varied.size() > 1;
  std::string rows = "<thead><tr>" + th("col", kWord, "strategy");
  if (has_settings) rows += th("col", kWord, "setting");
  for (const std::string& value : sweep.headings) rows += th("col", "", value);
  rows += "</tr></thead>\n";
  for (const SweepPanel& panel : sweep.panels) {
    rows += "<tbody>\n";
    for (const Series& series : panel.series) {
      rows += "<tr>" + th("row", kWord, series.name);
      if (has_settings) rows += td(kWord, panel.setting);
      for (const CellView* cell : series.cells)
        rows += td(cell != nullptr && !cell->ranked ? " class=\"failed\"" : "",
                   cell == nullptr ? kNothing : cell->speed_or_outcome);
      rows += "</tr>\n";
    }
    rows += "</tbody>\n";
  }
  const std::string title = fmt::format("Throughput against {}", to_string(dimension));
  const std::string id = fmt::format("by-{}", to_string(dimension));
  return charted_section(title, id, sweep_figures(sweep),
                         scrolling_table(id, "Transfers/s, median [95 % interval]", rows));
}

std::string repeat_section(const Comparison& comparison, std::span<const std::string> command) {
  const auto row = [](std::string_view term, const std::string& text) {
    return fmt::format("<dt>{}</dt><dd>{}</dd>\n", term, xml_escaped(text));
  };
  return "<section>\n<h2>Where, and how to repeat it</h2>\n<dl>\n" + row("Host", host_text(comparison.host)) +
         row("Started", comparison.started_at) + row("Rounds", rounds_sentence(comparison)) +
         row("Program", fmt::format("banksim {}", version())) + "</dl>\n" +
         (command.empty() ? "" : "<pre><code>" + xml_escaped(shell_line(command)) + "</code></pre>\n") +
         "</section>\n";
}

std::string header(const CompareView& view) {
  std::string html = "<header>\n";
  if (!view.interrupted.empty())
    html += fmt::format("<p class=\"banner\" role=\"status\">{}</p>\n", xml_escaped(view.interrupted));
  html += "<h1>banksim compare</h1>\n";
  html += fmt::format("<p class=\"lead\">{}</p>\n", xml_escaped(unbroken(view.verdict)));
  if (!view.cells.empty())
    html += fmt::format("<p class=\"quiet\">Each with {}.</p>\n", xml_escaped(view.fixed()));
  return html + "</header>\n";
}

std::string sections(const CompareView& view) {
  if (view.cells.empty()) return "";
  std::string html = throughput_section(view);
  for (const Dimension dimension : view.conclusions.varied) html += sweep_section(view, dimension);
  return html + latency_section(view);
}

}  // namespace

std::string compare_html(const Comparison& comparison, std::span<const std::string> command) {
  const CompareView view(comparison);
  return std::string(kHead) + element("title", "banksim compare: " + view.verdict) + "<style>\n" +
         std::string(kPageStyle) + chart_style() + "</style>\n</head>\n<body>\n" + header(view) + "<main>\n" +
         list("Failed conditions", view.failures) + list("Findings", view.findings) +
         list("Warnings", view.warnings) + sections(view) + repeat_section(comparison, command) +
         "</main>\n</body>\n</html>\n";
}

}  // namespace banksim
