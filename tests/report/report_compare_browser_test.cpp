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

// The page's own policy would keep it from fetching: without it, it must not want to. What is folded is unfolded.
std::string without_policy(std::string page) {
  constexpr std::string_view kPolicy = "Content-Security-Policy";
  std::size_t at = page.find(kPolicy);
  REQUIRE(at != std::string::npos);
  page.replace(at, kPolicy.size(), "x-none");
  for (at = 0; (at = page.find("<details>", at)) != std::string::npos;) page.insert(at + 8, " open=\"\"");
  return page;
}

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

TEST_CASE("In a browser, page and picture overflow at no width, overlap nowhere and fetch nothing") {
  std::vector<Shown> all;
  const std::vector<std::string> command{"banksim", "compare", std::string(300, 'x')};
  for (const auto& [name, comparison] : all_comparisons()) {
    const std::string page = without_policy(compare_html(comparison, command));
    for (const int width : {1280, 768, 320}) all.push_back({name, page, width});
    all.push_back(
        {name + " picture", "<body style=\"margin:0\">" + compare_svg(comparison) + "</body>", 840});
  }
  const std::string found = measured(all);
  CHECK(found == "measured " + std::to_string(all.size()));
}

TEST_CASE("The browser's measuring sees what is wrong") {
  const std::string found =
      measured({{"wide", "<body><p style=\"width:900px\">wide</p></body>", 390},
                {"crossing",
                 "<body><svg width=\"100\" height=\"50\"><text x=\"0\" y=\"20\">one</text><text x=\"5\" "
                 "y=\"20\">two</text>"
                 "<text x=\"90\" y=\"45\">outside</text></svg></body>",
                 390},
                {"fetching", "<body><img src=\"http://localhost:9/\" alt=\"\"></body>", 390}});
  INFO(found);
  for (const char* fault : {"wide at 390: the page scrolls sideways", "texts overlap: two / one",
                            "text outside its picture: outside", "fetching at 390: something is fetched"})
    CHECK(found.find(fault) != std::string::npos);
  CHECK(found.ends_with("measured 3"));
}
