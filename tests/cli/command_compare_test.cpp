// A comparison from outside: lists, exports, exit codes, signals.
#include "registry.hpp"
#include "report/report.hpp"
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using nlohmann::json;

namespace {

Finished compare(const std::string& line) { return run_line("compare " + line); }

const std::string kShort = "-s global,ordered -t 2 -n 2k -r 2";

// Without spaces, and what keeps words together: as a text that was broken into lines.
std::string squeezed(std::string text) {
  for (const char* space : {" ", "\n", "\xc2\xa0", "\xe2\x81\xa0"})
    for (std::size_t at = 0; (at = text.find(space, at)) != std::string::npos;)
      text.erase(at, std::string(space).size());
  return text;
}

}  // namespace

TEST_CASE("All strategies are compared, deadlock and loss included, and the command is satisfied") {
  const Finished finished = compare("-s all -t 1,2 -a 2 -n 6k -r 2 --hold yield -f json");
  INFO(finished.err);
  CHECK(finished.code == 0);
  const json document = json::parse(finished.out);
  CHECK(document["results"].size() == 2 * banksim::strategies().size());
  for (const json& result : document["results"]) {
    const std::string outcome = result["outcome"];
    INFO(result["config"]["strategy"] << " " << outcome);
    CHECK(result["as_promised"] == true);
    CHECK(result["runs"].size() == 2);
    const bool is_naive_pair = result["config"]["strategy"] == "naive" && result["config"]["threads"] == 2;
    if (is_naive_pair) CHECK(outcome == "deadlock");
  }
}

TEST_CASE("The lists are multiplied, and words stand for several strategies") {
  const Finished finished = compare("-s safe -t 1,2 -a 10,20 --hold 0,yield -n 200 -r 1 -w 0 -f json");
  const auto is_safe = [](const auto& entry) { return entry.deadlock_free && entry.conserves_money; };
  CHECK(std::ssize(json::parse(finished.out)["results"]) ==
        8 * std::ranges::count_if(banksim::strategies(), is_safe));
}

TEST_CASE("Every export of a comparison says the same of every cell") {
  const ScratchFolder folder;
  std::string line = "-s all -t 1,2 -n 5k -r 6";
  for (const char* name : {"r.json", "r.csv", "r.md", "r.html", "r.svg"})
    line += " --export " + (folder / name);
  const Finished finished = compare(line);
  INFO(finished.err);
  CHECK(finished.code == 0);
  const json document = json::parse(read_file(folder / "r.json"));
  const std::string table = read_file(folder / "r.csv"), marked = read_file(folder / "r.md"),
                    page = read_file(folder / "r.html"), picture = read_file(folder / "r.svg");
  json said = document["findings"];
  said.push_back(document["verdict"]);
  for (const std::string sentence : said) {
    CHECK_THAT(marked, ContainsSubstring(sentence));
    CHECK_THAT(squeezed(finished.out), ContainsSubstring(squeezed(sentence)));
  }
  CHECK_THAT(page, StartsWith("<!DOCTYPE html>") && ContainsSubstring("</html>"));
  CHECK_THAT(picture, StartsWith("<svg ") && ContainsSubstring("</svg>"));
  CHECK(std::ranges::count(table, '\n') == 1 + 6 * std::ssize(document["results"]));
  CHECK(document["results"].size() == 2 * banksim::strategies().size());
  for (const json& result : document["results"]) {
    const std::string strategy = result["config"]["strategy"];
    const std::string outcome = result["outcome"];
    const std::string cell =
        strategy + " | " + std::to_string(result["config"]["threads"].get<int>()) + " | ";
    INFO(cell);
    for (const json& one : result["runs"])
      CHECK_THAT(table, ContainsSubstring("," + one["throughput_per_s"].dump() + ","));
    if (outcome != "ok") {
      CHECK_THAT(page, ContainsSubstring(outcome));
      continue;
    }
    // Who has a ratio is shown as fast as that makes him.
    double per_s = result["summary"]["throughput_per_s"]["median"];
    const json ratio = result.value("/relative/ratio"_json_pointer, json());
    const bool has_ratio = !result.value("/relative/ci95"_json_pointer, json()).is_null();
    for (const json& other : document["results"])
      if (has_ratio && other["config"]["threads"] == result["config"]["threads"] &&
          other.value("/relative/verdict"_json_pointer, "") == "reference")
        per_s = other["summary"]["throughput_per_s"]["median"].get<double>() * ratio.get<double>();
    const std::string speed = banksim::si_number(per_s);
    CHECK_THAT(marked, ContainsSubstring("| " + cell + speed + ' '));
    for (const std::string& text : {page, picture, finished.out}) CHECK_THAT(text, ContainsSubstring(speed));
  }
}

TEST_CASE("What cannot be exported is refused before anything runs") {
  const Finished suffix = compare("--export x.pdf");
  CHECK(suffix.is_refused());
  CHECK_THAT(suffix.err, ContainsSubstring("one of .txt .json .csv .md .html .svg\n"));
  const Finished folder = compare("--export /nowhere/at/all/x.json");
  CHECK(folder.code == 1);
  CHECK(folder.out.empty());
}

TEST_CASE("What cannot be written does not keep the other results from being written") {
  if (!std::filesystem::exists("/dev/full")) SKIP("no /dev/full here");
  const ScratchFolder folder;
  std::filesystem::create_symlink("/dev/full", folder / "full.json");
  const auto is_whole = [&folder](const std::string& name) {
    return json::parse(read_file(folder / name))["complete"] == true;
  };

  const Finished no_stdout =
      run({.arguments = words_of("compare " + kShort + " --export " + (folder / "a.json")),
           .out = {Stream::Kind::file, "/dev/full"}});
  CHECK(no_stdout.code == 1);
  CHECK(is_whole("a.json"));
  CHECK_THAT(no_stdout.err, ContainsSubstring("banksim: warning: 2 runs of each"));
  CHECK_THAT(no_stdout.err, ContainsSubstring("banksim: error: cannot write standard output: No space left"));

  const Finished no_export =
      compare(kShort + " --export " + (folder / "full.json") + " --export " + (folder / "b.json"));
  CHECK(no_export.code == 1);
  CHECK(is_whole("b.json"));
  CHECK_THAT(no_export.out, ContainsSubstring("every strategy did what it promises"));
  CHECK_THAT(no_export.err, ContainsSubstring("full.json': No space left"));
}

TEST_CASE("A value that stands twice in a list is compared once, and said to be so") {
  const Finished finished =
      compare("-s global,ordered -t 2,1,2 -a 10,10 --hold 0,0ns -n 200 -r 1 -w 0 -f json");
  CHECK(finished.code == 0);
  const json document = json::parse(finished.out);
  CHECK(document["results"].size() == 2 * 2);
  CHECK(document["plan"]["threads"] == json({2, 1}));
  for (const char* option : {"--threads", "--accounts", "--hold"})
    CHECK_THAT(finished.err, ContainsSubstring(std::string("banksim: warning: ") + option +
                                               ": a value stands twice and is compared once"));
}

TEST_CASE("A strategy compared with itself has two names, in the table and below it") {
  const Finished finished = compare("-s ordered,ordered -t 2 -n 2k -r 2");
  CHECK(finished.code == 0);
  CHECK_THAT(finished.out, ContainsSubstring("\n  ordered (2) "));
  CHECK_THAT(finished.err, !ContainsSubstring("stands twice"));
}

TEST_CASE("A gate that holds is exit code 0, and one that could check nothing is 5") {
  CHECK(compare("-s ordered,ordered -t 1 -n 50k -r 6 --reference ordered --max-slowdown 99%").code == 0);
  CHECK(compare("-s naive,ordered -t 4 -a 2 -n 6k -r 3 --hold yield --reference naive --max-slowdown 10")
            .code == 5);
}

TEST_CASE("On GitHub a broken promise is an annotation") {
  const Finished finished = run({.arguments = words_of("compare -s ordered -t 1 -n 1g --timeout 30ms -r 1"),
                                 .environment = {"GITHUB_ACTIONS=true"}});
  CHECK(finished.code == 5);
  CHECK_THAT(finished.out, ContainsSubstring("NO VERDICT  ordered: timeout"));
  CHECK_THAT(finished.err,
             ContainsSubstring("::error title=banksim::broken promise: ordered with 1 thread: timeout\n"));
}

// The first of ten cells is out of time when the second begins; then there are nine seconds to interrupt it.
TEST_CASE("A signal after a broken promise is still an interruption") {
  const ScratchFolder folder;
  Process process(
      {.arguments = words_of("compare -s ordered -t 1 -a 2,3,4,5,6,7,8,9,10,11 -n 100g --timeout 1s "
                             "-r 1 --progress always --export " +
                             (folder / "r.json"))});
  REQUIRE(process.wait_for_err("run 2 of"));
  process.send(SIGTERM);
  const Finished finished = process.finish();
  CHECK(finished.code == 143);
  CHECK_THAT(finished.out, ContainsSubstring("NO VERDICT  ordered at ") && ContainsSubstring(": timeout"));
  CHECK_THAT(finished.out, ContainsSubstring("INTERRUPTED  by SIGTERM"));
  const json document = json::parse(read_file(folder / "r.json"));
  CHECK(document["outcome"] == "interrupted");
  CHECK(document["exit_code"] == 143);
}

TEST_CASE(
    "A comparison that is killed leaves what it had by then, whole; asked to, it shows that and goes on") {
  const ScratchFolder folder;
  Process process(
      {.arguments = words_of("compare -s ordered,global -t 1 -d 100ms -r 1000 --progress always --export " +
                             (folder / "r.json"))});
  REQUIRE(process.wait_for_err("progress: "));
  process.send(SIGUSR1);
  REQUIRE(process.wait_for_err("this is what there was"));
  const auto document = [&folder] { return json::parse(read_file(folder / "r.json")); };
  const auto runs = [&document] { return document()["results"][0]["runs"].size(); };
  const std::size_t shown = runs();
  CHECK(shown >= 1);
  for (int looks = 0; looks < 300 && runs() == shown; ++looks)  // it is renewed about once a second
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  process.send(SIGKILL);
  process.finish();
  CHECK(runs() > shown);
  CHECK(document()["complete"] == false);
  CHECK(document()["exit_code"] == 137);
}

TEST_CASE("Interrupted, a comparison prints and saves what it has, marked so") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  const ScratchFolder folder;
  // The second cell's run would last an hour; the progress tells that it has begun.
  Process process({.arguments = words_of("compare -s ordered,global -t 1 -d 1h -r 3 --progress always "
                                         "--reference global --max-slowdown 10 --export " +
                                         (folder / "r.json"))});
  REQUIRE(process.wait_for_err("run 1 of"));
  process.send(signal);
  const Finished finished = process.finish();
  CHECK(finished.code == 128 + signal);
  CHECK_THAT(finished.out, ContainsSubstring("INTERRUPTED") && !ContainsSubstring("FAILED"));
  const json document = json::parse(read_file(folder / "r.json"));
  CHECK(document["complete"] == false);
  CHECK(document["outcome"] == "interrupted");
  CHECK(document["exit_code"] == 128 + signal);
}

TEST_CASE("Beside threads that never came back nothing else is measured in the same process") {
  const Finished finished =
      run({.arguments =
               words_of("compare -s sleeps-an-hour,ordered -r 1 -n 1000 --timeout 300ms --in-process -f csv"),
           .program = BANKSIM_ZOO_BINARY});
  CHECK(finished.code == 5);
  CHECK_THAT(finished.out, !ContainsSubstring(",ordered,"));
}
