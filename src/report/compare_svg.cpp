// A comparison as one picture: the verdict, bars for each setting, and the curve that fits beside them.
#include "report/compare.hpp"
#include "report/compare_charts.hpp"
#include "report/markup.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace banksim {
namespace {

constexpr double kMargin = 24;
constexpr double kColumnGap = 32;
constexpr std::size_t kPanelsAcross = 2;
constexpr double kTitleHeight = 28;        // over a panel
constexpr std::size_t kMostBarPanels = 6;  // more than that and the picture only shows the sweep

struct TitledPanel {
  std::string title;
  Panel panel;
};

struct Chosen {
  std::vector<TitledPanel> panels;
  std::vector<std::string> notes;

  void add(const std::string& title, Figures figures) {
    for (Figure& figure : figures.all)
      panels.push_back(
          {figure.setting.empty() ? title : title + ", " + figure.setting, std::move(figure.panel)});
    for (std::string& note : figures.notes) {
      const auto says_it = [&note](const std::string& other) { return other.ends_with(note); };
      if (std::ranges::none_of(notes, says_it)) notes.push_back(std::move(note));
    }
  }
};

Chosen chosen_panels(const CompareView& view) {
  Chosen chosen;
  if (view.conclusions.groups.size() <= kMostBarPanels) chosen.add("Throughput", throughput_figures(view));
  if (!view.conclusions.varied.empty())
    chosen.add(fmt::format("Throughput against {}", to_string(view.conclusions.varied.front())),
               sweep_figures(sweep_along(view, view.conclusions.varied.front())));
  // Of the last setting, in the place that would else be left empty.
  Figures latency = latency_figures(view);
  if (chosen.panels.size() % kPanelsAcross == 1 && !latency.all.empty())
    chosen.add("Latency", {{std::move(latency.all.back())}, {}});
  return chosen;
}

struct Picture {
  double width = 0;
  double y = kMargin;
  std::string body;

  void write(const std::string& text, const char* css_class, double font_px) {
    const auto room = static_cast<std::size_t>((width - 2 * kMargin) / text_width("x", font_px));
    for (const std::string& line : broken_lines(text, room)) {
      y += font_px * 1.35;
      body += svg_text(kMargin, y, css_class, line);
    }
  }
};

void place(Picture& picture, const std::vector<TitledPanel>& panels, std::size_t columns) {
  for (std::size_t first = 0; first < panels.size(); first += columns) {
    double height = 0;
    for (std::size_t i = first; i < std::min(first + columns, panels.size()); ++i) {
      const double x = kMargin + static_cast<double>(i - first) * (kPanelWidth + kColumnGap);
      picture.body += fmt::format("<g transform=\"translate({:.0f},{:.0f})\">\n", x, picture.y);
      picture.body += svg_text(0, 14, "t strong", clipped(panels[i].title, 46));
      picture.body += fmt::format("<g transform=\"translate(0,{:.0f})\">\n{}</g>\n</g>\n", kTitleHeight,
                                  panels[i].panel.body);
      height = std::max(height, kTitleHeight + panels[i].panel.height);
    }
    picture.y += height + 20;
  }
}

std::string picture_style() {
  return ".paper{fill:#fff}\n.verdict{font:600 16px system-ui,sans-serif;fill:#1b1f24}\n" + chart_style() +
         "@media (prefers-color-scheme:dark){\n.paper{fill:#14171b}\n.verdict{fill:#e8eaed}\n}\n";
}

}  // namespace

std::string compare_svg(const Comparison& comparison) {
  const CompareView view(comparison);
  const Chosen chosen = chosen_panels(view);
  Picture picture;
  picture.width = 2 * kMargin + 2 * kPanelWidth + kColumnGap;
  if (!view.interrupted.empty()) picture.write(view.interrupted, "verdict", 16);
  picture.write(unbroken(view.verdict), "verdict", 16);
  picture.y += 6;
  picture.write(view.fixed(), "note", 11);
  picture.y += 20;
  place(picture, chosen.panels, kPanelsAcross);
  if (!chosen.notes.empty()) picture.write(fmt::format("{}", fmt::join(chosen.notes, " ")), "note", 11);
  picture.write(
      fmt::format("banksim {}, {}, on {}", version(), comparison.started_at, host_text(comparison.host)),
      "note", 11);
  const double height = picture.y + kMargin;
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
             "height=\"{1:.0f}\" role=\"img\" aria-labelledby=\"title desc\">\n",
             picture.width, height) +
         fmt::format(
             "<title id=\"title\">banksim compare</title>\n<desc id=\"desc\">{}</desc>\n",
             xml_escaped(view.interrupted.empty() ? view.verdict : view.interrupted + ' ' + view.verdict)) +
         fmt::format("<style>\n{}</style>\n", picture_style()) +
         "<rect class=\"paper\" width=\"100%\" height=\"100%\" rx=\"8\"/>\n" + picture.body + "</svg>\n";
}

}  // namespace banksim
