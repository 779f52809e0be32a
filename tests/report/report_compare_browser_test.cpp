// The page and the picture in a real browser, where one is installed: nothing overflows, nothing overlaps, nothing is
// fetched. A page with a script of its own embeds the reports, measures them, and says what is wrong.
#include "report/markup.hpp"
#include "report/report.hpp"
#include "support/comparisons.hpp"
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace banksim;

namespace {

// Skips the test where there is none.
std::string browser() {
  std::string path;
  for (const char* name : {"google-chrome", "chromium-browser", "chromium"})
    if (std::string found = test::find_program(name); !found.empty()) path = found;
  if (path.empty()) SKIP("no chromium installed");
  return path;
}

// For each frame one line for every fault; at the end a line that says that it came so far.
constexpr std::string_view kMeasuringScript = R"(
function inside(a, b) { return a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1; }
function overlap(a, b) {
  return Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
}
// Of text to the paper behind it, after WCAG 2.1.
function luminance(rgb) {
  const [r, g, b] = rgb.match(/[\d.]+/g).slice(0, 3).map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function paper(e, view) {
  for (; e; e = e.parentElement) {
    const colour = view.getComputedStyle(e).backgroundColor;
    if (colour !== 'rgba(0, 0, 0, 0)') return colour;
  }
  return 'rgb(255, 255, 255)';
}
function contrast(e, view) {
  const style = view.getComputedStyle(e), drawn = e.ownerDocument.querySelector('body > svg > .paper');
  const ink = luminance(e.matches('svg *') ? style.fill : style.color);
  const back = luminance(drawn ? view.getComputedStyle(drawn).fill : paper(e, view));
  return (Math.max(ink, back) + 0.05) / (Math.min(ink, back) + 0.05);
}
function faults(frame) {
  const view = frame.contentWindow, page = view.document, found = [];
  const root = page.documentElement;
  if (view.innerWidth !== frame.clientWidth) found.push('is not as wide as it should be');
  if (root.scrollWidth > view.innerWidth) found.push('the page scrolls sideways');
  if (view.performance.getEntriesByType('resource').length > 0) found.push('something is fetched');
  if (page.scripts.length > 0) found.push('a script');
  for (const e of page.body.querySelectorAll('*')) {
    if (e.closest('.scroll > *') || e.closest('svg > *')) continue;
    const box = e.getBoundingClientRect();
    if (box.right > view.innerWidth + 1 || box.left < -1) found.push('sticks out: ' + e.tagName);
    if (!e.matches('.scroll, svg') && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)
      found.push('overflows: ' + e.tagName + ' ' + e.textContent.slice(0, 40));
  }
  if (frame.title === 'first screen')
    for (const what of ['.lead', 'svg'])
      if (page.querySelector(what).getBoundingClientRect().bottom > 667) found.push('below the screen: ' + what);
  for (const e of page.body.querySelectorAll('*'))
    if (!e.matches('style') && [...e.childNodes].some(node => node.nodeType === 3 && node.data.trim()) && contrast(e, view) < 4.5)
      found.push('too faint: ' + e.textContent.slice(0, 40));
  for (const svg of page.querySelectorAll('svg')) {
    const all = svg.getBoundingClientRect(), texts = [...svg.querySelectorAll('text')];
    const boxes = texts.map(t => t.getBoundingClientRect());
    for (let i = 0; i < texts.length; ++i) {
      if (!inside(boxes[i], all)) found.push('text outside its picture: ' + texts[i].textContent);
      for (let j = 0; j < i; ++j)
        if (overlap(boxes[i], boxes[j])) found.push('texts overlap: ' + texts[i].textContent + ' / ' + texts[j].textContent);
    }
  }
  return found;
}
window.onload = () => {
  const lines = [];
  for (const frame of document.querySelectorAll('iframe'))
    for (const fault of faults(frame)) lines.push(frame.title + ' at ' + frame.clientWidth + ': ' + fault);
  lines.push('measured ' + document.querySelectorAll('iframe').length);
  document.getElementById('found').textContent = lines.join('\n');
  for (const frame of document.querySelectorAll('iframe')) frame.remove();
};
)";

std::string with(std::string text, std::string_view part, std::string_view other) {
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += other.size())
    text.replace(at, part.size(), other);
  return text;
}

// The page's own policy would keep it from fetching: without it, it must not want to. What is folded is unfolded.
std::string unfolded(const std::string& page) {
  return with(with(page, "Content-Security-Policy", "x-none"), "<details>", "<details open=\"\">");
}

// As it is where the reader wants it dark.
std::string dark(const std::string& document) { return with(document, "(prefers-color-scheme:dark)", "all"); }

struct Shown {
  std::string name;
  std::string document;
  int width;
};

// What the script wrote. The browser gets a folder of its own and may ask nobody for anything.
std::string measured(const std::vector<Shown>& all) {
  std::string page = "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><script>" +
                     std::string(kMeasuringScript) +
                     "</script></head><body><pre id=\"found\">not measured</pre>\n";
  for (const auto& [name, document, width] : all)
    page += "<iframe title=\"" + name + "\" style=\"border:0;height:800px;width:" + std::to_string(width) +
            "px\" srcdoc=\"" + xml_escaped(document) + "\"></iframe>\n";
  const test::ScratchFolder folder;
  test::write_file(folder / "measure.html", page + "</body></html>\n");
  const test::Launch launch{
      .arguments = {"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND",
                    "--user-data-dir=" + (folder / "profile"), "--window-size=1400,900", "--dump-dom",
                    "file://" + (folder / "measure.html")},
      .environment = {"HOME=" + (folder / "home")},
      .program = browser()};
  const std::string dom = test::run(launch).out;
  constexpr std::string_view kStart = "<pre id=\"found\">";
  const std::size_t start = dom.find(kStart);
  if (start == std::string::npos) return "no page: " + dom;
  return dom.substr(start + kStart.size(), dom.find("</pre>") - start - kStart.size());
}

}  // namespace

TEST_CASE(
    "In a browser, page and picture overflow at no width, overlap nowhere, fetch nothing, and can be read") {
  std::vector<Shown> all;
  const std::vector<std::string> command{"banksim", "compare", std::string(300, 'x')};
  for (const auto& [name, comparison] : all_comparisons()) {
    const std::string page = unfolded(compare_html(comparison, command)),
                      picture = "<body style=\"margin:0\">" + compare_svg(comparison) + "</body>";
    for (const int width : {1920, 1280, 768, 320}) all.push_back({name, page, width});
    all.push_back({name + " picture", picture, 840});
    all.push_back({name + " in the dark", dark(page), 375});
    all.push_back({name + " picture in the dark", dark(picture), 840});
  }
  const std::string found = measured(all);
  CHECK(found == "measured " + std::to_string(all.size()));
}

TEST_CASE("On the first screen of a phone and of a desktop are who leads, by how much, and the first chart") {
  const std::string page = compare_html(small_comparison(), {});
  const std::string found = measured({{"first screen", page, 375}, {"first screen", page, 1280}});
  CHECK(found == "measured 2");
}

TEST_CASE("The browser's measuring sees what is wrong") {
  const std::string found = measured(
      {{"wide", "<body><p style=\"width:900px\">wide</p></body>", 390},
       {"crossing",
        "<body><svg width=\"100\" height=\"50\"><text x=\"0\" y=\"20\">one</text><text x=\"5\" "
        "y=\"20\">two</text>"
        "<text x=\"90\" y=\"45\">outside</text></svg></body>",
        390},
       {"faint", "<body style=\"background:#000\"><p style=\"color:#606060\">faint</p></body>", 390},
       {"first screen", "<body><p class=\"lead\" style=\"margin-top:700px\">low</p><svg></svg></body>", 390},
       {"fetching", "<body><img src=\"http://localhost:9/\" alt=\"\"></body>", 390}});
  INFO(found);
  for (const char* fault : {"wide at 390: the page scrolls sideways", "texts overlap: two / one",
                            "text outside its picture: outside", "too faint: faint",
                            "below the screen: .lead", "fetching at 390: something is fetched"})
    CHECK(found.find(fault) != std::string::npos);
  CHECK(found.ends_with("measured 5"));
}
