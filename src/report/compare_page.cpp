// A comparison for a browser. As one page: the verdict, charts with their numbers below, the host, and how to repeat
// it. As one picture: the verdict, bars for each setting, and the curve that fits beside them.
#include "report/compare.hpp"
#include "report/compare_charts.hpp"
#include "report/markup.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

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
constexpr std::string_view kPageStyle = R"(:root{color-scheme:light dark} *{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1rem 3rem;max-width:76rem;font:16px/1.5 system-ui,sans-serif;color:#1b1f24;background:#fff;overflow-wrap:anywhere}
h1{font-size:1rem;font-weight:600;margin:0;color:#545c66}
h2{font-size:1.25rem;line-height:1.3;margin:2.5rem 0 .25rem} h3{font-size:.875rem;margin:0 0 .5rem}
p,ul{margin:.25rem 0;max-width:46rem} ul{padding-left:1.25rem}
.lead{font-size:1.5rem;line-height:1.3;font-weight:600;margin:.5rem 0 .75rem;max-width:52rem;text-wrap:pretty}
.quiet{color:#545c66;font-size:.875rem}
.banner{border:2px solid #c24e00;border-radius:6px;padding:.5rem .75rem;margin:0 0 1rem;max-width:none;font-weight:600}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,21.5rem),1fr));gap:2rem;margin:1rem 0}
.pair{display:flex;flex-wrap:wrap;gap:1rem 3rem;align-items:flex-start} .drawn{margin:1rem 0}
.charts+.quiet{margin:-.5rem 0 1.25rem} .pair>.drawn{flex:0 1 26rem;min-width:0;margin:.5rem 0}
.pair .charts{grid-template-columns:minmax(0,1fr);margin:0 0 1rem}
.pair>.numbers{flex:1 1 38rem;min-width:0;margin-top:.25rem} figure{margin:0;min-width:0;break-inside:avoid}
figure svg{display:block;width:100%;height:auto;max-width:28rem}
.scroll{overflow-x:auto;max-width:100%;background:linear-gradient(to left,#fff 1.5rem,#fff0 3rem) right top/3rem 110% no-repeat local,linear-gradient(to left,#1b1f2459,#1b1f2400) right/1.25rem 100% no-repeat scroll}
.scroll:focus-visible{outline:2px solid #0068a8;outline-offset:2px}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums;overflow-wrap:normal}
th,td{text-align:right;padding:.3rem .75rem .3rem 0;white-space:nowrap;border-bottom:1px solid #e3e6ea;font-weight:400;vertical-align:baseline}
thead th{color:#545c66;font-weight:600;border-bottom-color:#8a929c} th.word,td.word{text-align:left}
td.word{white-space:normal;min-width:7rem} td:last-child,th:last-child{padding-right:0}
tbody th{font-weight:600;white-space:normal;overflow-wrap:anywhere;min-width:5rem;max-width:10rem}
th:first-child{position:sticky;left:0;background:#fff}
tbody+tbody tr:first-child>*{border-top:2px solid #c9ced5} .failed{font-weight:600;color:#a83f00}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.25rem 1rem;margin:.5rem 0;font-size:.875rem}
dt{color:#545c66} dd{margin:0}
pre{background:#f3f5f7;border-radius:6px;padding:.75rem;margin:.5rem 0;font-size:.875rem;line-height:1.5;white-space:pre-wrap}
@media (max-width:36rem){.lead{font-size:1.25rem}td.word{white-space:nowrap}}
@media (prefers-color-scheme:dark){
th:first-child{background:#14171b}
.scroll{background-image:linear-gradient(to left,#14171b 1.5rem,#14171b00 3rem),linear-gradient(to left,#e8eaed55,#e8eaed00)}
body{color:#e8eaed;background:#14171b} h1,.quiet,thead th,dt{color:#a9b1bb}
th,td{border-bottom-color:#2c323a} thead th{border-bottom-color:#6d7681}
tbody+tbody tr:first-child>*{border-top-color:#3b434d} .failed{color:#ff8a50} .banner{border-color:#ff8a50}
.scroll:focus-visible{outline-color:#56b4e9} pre{background:#1e2329}
}
)";

std::string element(std::string_view tag, const std::string& text) {
  return fmt::format("<{0}>{1}</{0}>\n", tag, xml_escaped(text));
}

std::string html_list(std::string_view title, const std::vector<std::string>& items) {
  if (items.empty()) return "";
  std::string html = fmt::format("<section>\n<h2>{}</h2>\n<ul>\n", title);
  for (const std::string& item : items) html += element("li", unbroken(item));
  return html + "</ul>\n</section>\n";
}

// ---- Tables.

// `first` and `others` are the tags of its cells.
std::string html_row(const DocumentTable::Row& row, std::string_view first, std::string_view others) {
  static constexpr const char* kClasses[2][2] = {{"", " class=\"failed\""},
                                                 {" class=\"word\"", " class=\"word failed\""}};
  std::string html = "<tr>";
  for (const DocumentTable::Cell& cell : row) {
    const std::string_view tag = &cell == &row.front() ? first : others;
    html += fmt::format("<{}{}>{}</{}>", tag, kClasses[cell.is_word][cell.is_failure], xml_escaped(cell.text),
                        tag.substr(0, 2));
  }
  return html + "</tr>";
}

std::string html_table(const DocumentTable& table) {
  constexpr std::string_view kColumnTitle = "th scope=\"col\"";
  std::string html = "<thead>" + html_row(table.head, kColumnTitle, kColumnTitle) + "</thead>\n";
  for (const auto& body : table.bodies) {
    html += "<tbody>\n";
    for (const DocumentTable::Row& row : body) html += html_row(row, "th scope=\"row\"", "td") + '\n';
    html += "</tbody>\n";
  }
  return html;
}

// Strategies down, values across.
DocumentTable sweep_table(const CompareView& view, const Sweep& sweep) {
  const bool has_settings = view.conclusions.varied.size() > 1;
  DocumentTable table{{{"strategy", true}}, {}};
  if (has_settings) table.head.push_back({"setting", true});
  for (const Config* config : sweep.values)
    table.head.push_back({view.named_value(sweep.dimension, *config)});
  for (const SweepPanel& panel : sweep.panels) {
    std::vector<DocumentTable::Row>& body = table.bodies.emplace_back();
    for (const Series& series : panel.series) {
      DocumentTable::Row& row = body.emplace_back(DocumentTable::Row{{series.name, true}});
      if (has_settings) row.push_back({panel.setting, true});
      for (const CellView* cell : series.cells)
        row.push_back(cell == nullptr ? DocumentTable::Cell{kNothing}
                                      : DocumentTable::Cell{cell->speed_or_outcome, false, !cell->ranked});
    }
  }
  return table;
}

// ---- Sections.

std::string figure_html(const Figures& figures, const Figure& figure, const std::string& id) {
  std::string html = "<figure>\n";
  if (!figure.setting.empty()) html += element("h3", figure.setting);
  return html +
         fmt::format(
             "<svg viewBox=\"0 0 {0:.0f} {1:.0f}\" role=\"img\" aria-labelledby=\"{2}-title {2}-desc\">\n"
             "<title id=\"{2}-title\">{3}</title>\n<desc id=\"{2}-desc\">{4}</desc>\n{5}</svg>\n</figure>\n",
             kPanelWidth, figure.panel.height, id, xml_escaped(figures.title_of(figure)),
             xml_escaped(figure.description), figure.panel.body);
}

// Charts, once how to read them, and the table of their numbers: below them, or beside one alone where the page has
// the room. On a phone the table scrolls in its box, and its title, outside of it, does not.
std::string charted_section(const std::string& id, const Figures& figures, std::string_view caption,
                            const DocumentTable& table) {
  std::string html =
      fmt::format("<section>\n<h2>{}</h2>\n<div{}>\n<div class=\"drawn\">\n<div class=\"charts\">\n",
                  figures.title, figures.all.size() == 1 ? " class=\"pair\"" : "");
  for (std::size_t i = 0; i < figures.all.size(); ++i)
    html += figure_html(figures, figures.all[i], fmt::format("{}-{}", id, i + 1));
  html += "</div>\n";
  if (!figures.notes.empty())
    html += fmt::format("<p class=\"quiet\">{}</p>\n", fmt::join(figures.notes, " "));
  return html + fmt::format(
                    "</div>\n<div class=\"numbers\">\n<p class=\"quiet\" id=\"{0}-table\">{1}</p>\n"
                    "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"{0}-table\">\n"
                    "<table aria-labelledby=\"{0}-table\">\n{2}</table>\n</div>\n</div>\n</div>\n"
                    "</section>\n",
                    id, caption, html_table(table));
}

std::string charted_sections(const CompareView& view) {
  if (view.cells.empty()) return "";
  std::string html = charted_section(
      "throughput", throughput_figures(view),
      "Median throughput, its 95 % interval, and the share of time spent waiting for locks",
      view.table({"transfers/s [95 %]", "ratio [95 %]", "standing", "gate", "waiting", "outcome"}));
  for (const Dimension dimension : view.conclusions.varied) {
    const Sweep sweep = sweep_along(view, dimension);
    html += charted_section(fmt::format("by-{}", to_string(dimension)), sweep_figures(view, sweep),
                            "Transfers/s, median [95 % interval]", sweep_table(view, sweep));
  }
  if (const Figures figures = latency_figures(view); !figures.all.empty())
    html += charted_section("latency", figures, "Latency of a transfer, median over the runs",
                            view.table({"p50", "p90", "p95", "p99", "p99.9", "outcome"}));
  return html;
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

std::string page_header(const CompareView& view) {
  std::string html = "<header>\n";
  if (!view.interrupted.empty())
    html += fmt::format("<p class=\"banner\" role=\"status\">{}</p>\n", xml_escaped(view.interrupted));
  html += "<h1>banksim compare</h1>\n";
  html += fmt::format("<p class=\"lead\">{}</p>\n", xml_escaped(unbroken(view.verdict)));
  if (!view.cells.empty())
    html += fmt::format("<p class=\"quiet\">Each with {}.</p>\n", xml_escaped(view.fixed()));
  return html + "</header>\n";
}

// ---- The picture.

constexpr double kMargin = 24;
constexpr double kColumnGap = 32;
constexpr std::size_t kPanelsAcross = 2;
constexpr double kPictureWidth = 2 * kMargin + 2 * kPanelWidth + kColumnGap;
constexpr double kTitleHeight = 28;        // over a panel
constexpr std::size_t kMostBarPanels = 6;  // more than that and the picture only shows the sweep

std::vector<Figures> chosen_figures(const CompareView& view) {
  const Conclusions& conclusions = view.conclusions;
  std::vector<Figures> chosen;
  if (conclusions.groups.size() <= kMostBarPanels) chosen.push_back(throughput_figures(view));
  if (!conclusions.varied.empty())
    chosen.push_back(sweep_figures(view, sweep_along(view, conclusions.varied.front())));
  std::size_t panels = 0;
  for (const Figures& figures : chosen) panels += figures.all.size();
  Figures latency = latency_figures(view);
  if (panels % kPanelsAcross == 0 || latency.all.empty()) return chosen;
  // Of the last setting, in the place that would else be left empty.
  latency.all.erase(latency.all.begin(), latency.all.end() - 1);
  chosen.push_back(std::move(latency));
  return chosen;
}

// Grows downwards.
struct Picture {
  double y = kMargin;
  std::string body;

  void write(const std::string& text, const char* css_class, double font_px) {
    const auto room = static_cast<std::size_t>((kPictureWidth - 2 * kMargin) / text_width("x", font_px));
    for (const std::string& line : broken_lines(text, room)) {
      y += font_px * 1.35;
      body += svg_text(kMargin, y, css_class, line);
    }
  }

  void draw_all(const std::vector<Figures>& kinds) {
    std::size_t place = 0;
    double height = 0;
    for (const Figures& figures : kinds)
      for (const Figure& figure : figures.all) {
        if (place == kPanelsAcross) {
          y += height + 20;
          place = 0;
          height = 0;
        }
        const double x = kMargin + static_cast<double>(place) * (kPanelWidth + kColumnGap);
        body += fmt::format(
            "<g transform=\"translate({:.0f},{:.0f})\">\n{}<g transform=\"translate(0,{:.0f})\">\n"
            "{}</g>\n</g>\n",
            x, y, svg_text(0, 14, "t strong", clipped(figures.title_of(figure), 46)), kTitleHeight,
            figure.panel.body);
        height = std::max(height, kTitleHeight + figure.panel.height);
        ++place;
      }
    if (place > 0) y += height + 20;
  }
};

// How to read the figures, each sentence once.
std::string reading_notes(const std::vector<Figures>& kinds) {
  std::vector<std::string> notes;
  for (const Figures& figures : kinds)
    for (const std::string& note : figures.notes)
      if (std::ranges::none_of(notes, [&note](const std::string& other) { return other.ends_with(note); }))
        notes.push_back(note);
  return fmt::format("{}", fmt::join(notes, " "));
}

}  // namespace

std::string compare_html(const Comparison& comparison, std::span<const std::string> command) {
  const CompareView view(comparison);
  return std::string(kHead) + element("title", "banksim compare: " + view.verdict) + "<style>\n" +
         std::string(kPageStyle) + chart_style() + "</style>\n</head>\n<body>\n" + page_header(view) +
         "<main>\n" + html_list("Failed conditions", view.failures) + html_list("Findings", view.findings) +
         html_list("Warnings", view.warnings) + charted_sections(view) + repeat_section(comparison, command) +
         "</main>\n</body>\n</html>\n";
}

std::string compare_svg(const Comparison& comparison) {
  const CompareView view(comparison);
  const std::vector<Figures> figures = chosen_figures(view);
  Picture picture;
  if (!view.interrupted.empty()) picture.write(view.interrupted, "verdict", 16);
  picture.write(unbroken(view.verdict), "verdict", 16);
  picture.y += 6;
  picture.write(view.fixed(), "note", 11);
  picture.y += 20;
  picture.draw_all(figures);
  if (const std::string notes = reading_notes(figures); !notes.empty()) picture.write(notes, "note", 11);
  picture.write(
      fmt::format("banksim {}, {}, on {}", version(), comparison.started_at, host_text(comparison.host)),
      "note", 11);
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" role=\"img\" aria-labelledby=\"title desc\">\n"
      "<title id=\"title\">banksim compare</title>\n<desc id=\"desc\">{2}</desc>\n"
      "<style>\n.paper{{fill:#fff}}\n.verdict{{font:600 16px system-ui,sans-serif;fill:#1b1f24}}\n{3}"
      "@media (prefers-color-scheme:dark){{\n.paper{{fill:#14171b}}\n.verdict{{fill:#e8eaed}}\n}}\n</style>\n"
      "<rect class=\"paper\" width=\"100%\" height=\"100%\" rx=\"8\"/>\n{4}</svg>\n",
      kPictureWidth, picture.y + kMargin,
      xml_escaped(view.interrupted.empty() ? view.verdict : view.interrupted + ' ' + view.verdict),
      chart_style(), picture.body);
}

}  // namespace banksim
