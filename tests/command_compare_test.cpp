// A comparison from outside: lists, exports, exit codes, signals.
#include "registry.hpp"
#include "report/report.hpp"
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace banksim::test;
using Arguments = std::vector<std::string>;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

Finished compare(Arguments arguments) {
  arguments.insert(arguments.begin(), "compare");
  return banksim::test::banksim(std::move(arguments));
}

const Arguments kShort = {"-s", "global,ordered", "-t", "2", "-n", "2k", "-r", "2"};

Arguments with(Arguments arguments, const Arguments& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

// A file of that suffix, removed in the end.
class Saved {
 public:
  explicit Saved(const std::string& suffix) : path_(scratch_.path() + suffix) {}
  ~Saved() { std::filesystem::remove(path_); }
  Saved(const Saved&) = delete;
  Saved& operator=(const Saved&) = delete;
  const std::string& path() const { return path_; }
  std::string read() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  ScratchFile scratch_;
  std::string path_;
};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// Without what stands from `open` to `close`.
std::string without(std::string text, char open, char close, std::string_view instead) {
  for (std::size_t at = text.find(open); at != std::string::npos; at = text.find(open, at + instead.size())) {
    const std::size_t end = text.find(close, at + 1);
    if (end == std::string::npos) break;
    text.replace(at, end + 1 - at, instead);
  }
  return text;
}

// Without its tags, with its apostrophes, and one space for any number of them.
std::string unmarked(const std::string& page) {
  std::string text = replaced(replaced(without(page, '<', '>', " "), "&#39;", "'"), "&apos;", "'");
  std::ranges::replace(text, '\n', ' ');
  text.erase(std::unique(text.begin(), text.end(), [](char a, char b) { return a == ' ' && b == ' '; }),
             text.end());
  return text;
}

// Without spaces, and what keeps words together: as a text that was broken into lines.
std::string squeezed(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  return replaced(replaced(text, "\xc2\xa0", ""), "\xe2\x81\xa0", "");
}

// By the names of the columns; what is quoted is left out.
std::vector<std::map<std::string, std::string>> rows_of(const std::string& csv) {
  const auto fields_of = [](std::string line) {
    std::vector<std::string> fields;
    for (std::size_t comma = 0; comma != std::string::npos;) {
      comma = line.find(',');
      fields.push_back(line.substr(0, comma));
      line.erase(0, comma == std::string::npos ? comma : comma + 1);
    }
    return fields;
  };
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  const std::vector<std::string> names = fields_of(line);
  std::vector<std::map<std::string, std::string>> rows;
  while (std::getline(lines, line)) {
    const std::vector<std::string> fields = fields_of(without(line, '"', '"', ""));
    REQUIRE(fields.size() == names.size());
    auto& row = rows.emplace_back();
    for (std::size_t i = 0; i < names.size(); ++i) row[names[i]] = fields[i];
  }
  return rows;
}

}  // namespace

TEST_CASE("All strategies are compared, deadlock and loss included, and the command is satisfied") {
  const Finished finished =
      compare({"-s", "all", "-t", "1,2", "-a", "2", "-n", "20k", "-r", "2", "--hold", "yield", "-f", "json"});
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
  const Finished finished = compare({"-s", "safe", "-t", "1,2", "-a", "10,20", "--hold", "0,yield", "-n",
                                     "200", "-r", "1", "-w", "0", "-f", "json"});
  const auto safe = static_cast<std::size_t>(std::ranges::count_if(
      banksim::strategies(), [](const auto& entry) { return entry.deadlock_free && entry.conserves_money; }));
  CHECK(json::parse(finished.out)["results"].size() == 8 * safe);
}

TEST_CASE("Every export of a comparison says the same of every cell") {
  const Saved data(".json"), table(".csv"), markdown(".md"), page(".html"), picture(".svg");
  const Finished finished = compare({"-s", "all", "-t", "1,2", "-n", "5k", "-r", "6", "--export", data.path(),
                                     "--export", table.path(), "--export", markdown.path(), "--export",
                                     page.path(), "--export", picture.path()});
  INFO(finished.err);
  CHECK(finished.code == 0);
  const json document = json::parse(data.read());
  const std::string verdict = document["verdict"];
  const std::string marked = markdown.read(), shown = unmarked(page.read()), drawn = unmarked(picture.read());
  CHECK_THAT(marked, ContainsSubstring(verdict));
  CHECK_THAT(squeezed(shown), ContainsSubstring(squeezed(verdict)));
  CHECK_THAT(squeezed(drawn), ContainsSubstring(squeezed(verdict)));
  CHECK_THAT(squeezed(finished.out), ContainsSubstring(squeezed(verdict)));
  for (const std::string finding : document["findings"]) {
    CHECK_THAT(marked, ContainsSubstring("- " + finding));
    CHECK_THAT(squeezed(shown), ContainsSubstring(squeezed(finding)));
    CHECK_THAT(squeezed(finished.out), ContainsSubstring(squeezed(finding)));
  }

  const std::vector<std::map<std::string, std::string>> rows = rows_of(table.read());
  CHECK(document["results"].size() == 2 * banksim::strategies().size());
  for (const json& result : document["results"]) {
    const std::string strategy = result["config"]["strategy"];
    const std::string threads = std::to_string(result["config"]["threads"].get<int>());
    INFO(strategy << " with " << threads);
    std::vector<double> speeds;
    for (const auto& row : rows)
      if (row.at("cell") == std::to_string(result["cell"].get<int>())) {
        CHECK(row.at("config_strategy") == strategy);
        CHECK(row.at("config_threads") == threads);
        speeds.push_back(std::stod(row.at("throughput_per_s")));
      }
    REQUIRE(speeds.size() == result["runs"].size());
    for (std::size_t i = 0; i < speeds.size(); ++i)
      CHECK(speeds[i] == result["runs"][i]["throughput_per_s"].get<double>());

    const std::string outcome = result["outcome"];
    const std::string begin = strategy + " | " + threads + " | ";
    const std::size_t at = marked.find("| " + begin);
    REQUIRE(at != std::string::npos);
    const std::string line = marked.substr(at, marked.find('\n', at) - at);
    const std::string row = shown.substr(shown.find(strategy + ' ' + threads + ' '), 160);
    CHECK_THAT(line, ContainsSubstring("| " + outcome));
    CHECK_THAT(row, ContainsSubstring(outcome));
    if (outcome != "ok") continue;
    const std::string median = banksim::si_number(result["summary"]["throughput_per_s"]["median"]);
    CHECK(line.starts_with("| " + begin + median + ' '));
    CHECK(row.starts_with(strategy + ' ' + threads + ' ' + median));
    CHECK_THAT(drawn, ContainsSubstring(' ' + median + ' '));
    CHECK_THAT(finished.out, ContainsSubstring(' ' + median + ' '));
  }
}

TEST_CASE("What cannot be exported is refused before anything runs") {
  const Finished suffix = compare(with(kShort, {"--export", "x.pdf"}));
  CHECK(suffix.code == 2);
  CHECK_THAT(suffix.err, ContainsSubstring("one of .txt .json .csv .md .html .svg"));
  const Finished folder = compare(with(kShort, {"--export", "/nowhere/at/all/x.json"}));
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

  const Finished no_stdout = run({.arguments = with({"compare", "--export", folder / "a.json"}, kShort),
                                  .out = {Stream::Kind::file, "/dev/full"}});
  CHECK(no_stdout.code == 1);
  CHECK(is_whole("a.json"));
  CHECK_THAT(no_stdout.err, ContainsSubstring("banksim: warning: 2 runs of each"));
  CHECK_THAT(no_stdout.err, ContainsSubstring("banksim: error: cannot write standard output: No space left"));

  const Finished no_export =
      compare(with(kShort, {"--export", folder / "full.json", "--export", folder / "b.json"}));
  CHECK(no_export.code == 1);
  CHECK(is_whole("b.json"));
  CHECK_THAT(no_export.out, ContainsSubstring("every strategy did what it promises"));
  CHECK_THAT(no_export.err, ContainsSubstring("full.json': No space left"));
}

TEST_CASE("A value that stands twice in a list is compared once, and said to be so") {
  const Finished finished = compare({"-s", "global,ordered", "-t", "2,1,2", "-a", "10,10", "--hold", "0,0ns",
                                     "-n", "200", "-r", "1", "-w", "0", "-f", "json"});
  CHECK(finished.code == 0);
  const json document = json::parse(finished.out);
  CHECK(document["results"].size() == 2 * 2);
  CHECK(document["plan"]["threads"] == json({2, 1}));
  for (const char* option : {"--threads", "--accounts", "--hold"})
    CHECK_THAT(finished.err, ContainsSubstring(std::string("banksim: warning: ") + option +
                                               ": a value stands twice and is compared once"));
}

TEST_CASE("A strategy compared with itself has two names, in the table and below it") {
  const Finished finished = compare({"-s", "ordered,ordered", "-t", "2", "-n", "2k", "-r", "2"});
  CHECK(finished.code == 0);
  CHECK_THAT(finished.out, ContainsSubstring("\n  ordered (2) "));
  CHECK_THAT(finished.err, !ContainsSubstring("stands twice"));
}

TEST_CASE("Bad input of a comparison is one line and exit code 2") {
  const Arguments arguments = GENERATE(values<Arguments>({{"-s", "orderd"},
                                                          {"-s", "global,,ordered"},
                                                          {"-s", "global", "--reference", "ordered"},
                                                          {"-t", "4097"},
                                                          {"-t", "1,x"},
                                                          {"-r", "0"},
                                                          {"--max-slowdown", "100"},
                                                          {"--undecided", "maybe"},
                                                          {"--max-slowdown", "10"},
                                                          {"--reference", "global", "--max-slowdown", "x"},
                                                          {"--undecided", "fail"}}));
  INFO(arguments.front() << " " << arguments.back());
  const Finished finished = compare(arguments);
  CHECK(finished.code == 2);
  CHECK(finished.out.empty());
  CHECK(std::ranges::count(finished.err, '\n') == 2);
}

TEST_CASE("A gate that holds is exit code 0, and one that could check nothing is 5") {
  CHECK(compare({"-s", "ordered,ordered", "-t", "1", "-n", "50k", "-r", "6", "--reference", "ordered",
                 "--max-slowdown", "99%"})
            .code == 0);
  CHECK(compare({"-s", "naive,ordered", "-t", "4", "-a", "2", "-n", "20k", "-r", "3", "--hold", "yield",
                 "--reference", "naive", "--max-slowdown", "10"})
            .code == 5);
}

TEST_CASE("On GitHub a broken promise is an annotation") {
  const Finished finished =
      run({.arguments = {"compare", "-s", "ordered", "-t", "1", "-n", "1g", "--timeout", "30ms", "-r", "1"},
           .environment = {"GITHUB_ACTIONS=true"}});
  CHECK(finished.code == 5);
  CHECK_THAT(finished.out, ContainsSubstring("BROKEN PROMISE  ordered: timeout"));
  CHECK_THAT(finished.err,
             ContainsSubstring("::error title=banksim::broken promise: ordered with 1 thread: timeout\n"));
}

// The first of ten cells is out of time when the second begins; then there are nine seconds to interrupt it.
TEST_CASE("A signal after a broken promise is still an interruption") {
  const Saved data(".json");
  Process process(
      {.arguments = {"compare", "-s", "ordered", "-t", "1", "-a", "2,3,4,5,6,7,8,9,10,11", "-n", "100g",
                     "--timeout", "1s", "-r", "1", "--progress", "always", "--export", data.path()}});
  REQUIRE(process.wait_for_err("run 2 of"));
  process.send(SIGTERM);
  const Finished finished = process.finish();
  CHECK(finished.code == 143);
  CHECK_THAT(finished.out, ContainsSubstring("BROKEN PROMISE  ordered: timeout"));
  CHECK_THAT(finished.out, ContainsSubstring("INTERRUPTED  by SIGTERM"));
  const json document = json::parse(data.read());
  CHECK(document["outcome"] == "interrupted");
  CHECK(document["exit_code"] == 143);
}

TEST_CASE("Interrupted, a comparison prints and saves what it has, marked so") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  const Saved data(".json");
  // The second cell's run would last an hour; the progress tells that it has begun.
  Process process(
      {.arguments = {"compare", "-s", "ordered,global", "-t", "1", "-d", "1h", "-r", "3", "--progress",
                     "always", "--export", data.path(), "--reference", "global", "--max-slowdown", "10"}});
  REQUIRE(process.wait_for_err("run 1 of"));
  process.send(signal);
  const Finished finished = process.finish();
  CHECK(finished.code == 128 + signal);
  CHECK_THAT(finished.out, ContainsSubstring("INTERRUPTED") && !ContainsSubstring("FAILED"));
  const json document = json::parse(data.read());
  CHECK(document["complete"] == false);
  CHECK(document["outcome"] == "interrupted");
  CHECK(document["exit_code"] == 128 + signal);
}
