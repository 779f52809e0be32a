// A run from outside: its exit code, and one valid document on stdout, in every outcome.
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

using namespace banksim::test;
using Arguments = std::vector<std::string>;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

struct Scenario {
  std::string outcome;
  int code;
  Arguments arguments;
};

const Arguments kFrozen = {"-s", "naive", "-a", "2", "-t", "4", "--hold", "yield"};

Arguments with(Arguments arguments, const Arguments& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

// Each of them ends as it says on any machine: opposite transfers of two accounts make the cycle, an
// audit under no lock sees the money that a yield leaves on neither account; a slice of an hour keeps the
// cycle from being looked for.
const std::vector<Scenario> kScenarios = {
    {"ok", 0, {"-n", "10k"}},
    {"violation", 3, {"-s", "unsafe", "-a", "2", "-t", "4", "-n", "100k", "--hold", "yield"}},
    {"deadlock", 4, kFrozen},
    {"stalled", 5, with(kFrozen, {"--slice", "1h", "--stall", "200ms"})},
    {"timeout", 5, {"-n", "200m", "-t", "2", "--timeout", "50ms"}},
};

const Scenario& scenario(const std::string& outcome) {
  for (const Scenario& candidate : kScenarios)
    if (candidate.outcome == outcome) return candidate;
  throw std::logic_error(outcome);
}

}  // namespace

TEST_CASE("Every outcome has its exit code and is one valid JSON document") {
  const Scenario& expected = kScenarios[GENERATE(range(std::size_t{0}, std::size_t{5}))];
  INFO(expected.outcome);
  const Finished finished = banksim::test::banksim(with(expected.arguments, {"-f", "json"}));
  CHECK(finished.code == expected.code);
  const auto document = nlohmann::json::parse(finished.out);
  CHECK(document["schema"] == "banksim.run");
  CHECK(document["outcome"] == expected.outcome);
  CHECK(document["exit_code"] == expected.code);
  CHECK(document["command"][0] == "banksim");
  CHECK(document["command"].size() == expected.arguments.size() + 3);
}

TEST_CASE("Every outcome has its text and its table") {
  const Scenario& expected = kScenarios[GENERATE(range(std::size_t{0}, std::size_t{5}))];
  INFO(expected.outcome);
  const Finished text = banksim::test::banksim(expected.arguments);
  CHECK(text.code == expected.code);
  CHECK_FALSE(text.out.empty());
  CHECK(text.out.find('\x1b') == std::string::npos);
  const Finished csv = banksim::test::banksim(with(expected.arguments, {"-f", "csv"}));
  CHECK(csv.code == expected.code);
  CHECK_THAT(csv.out, ContainsSubstring(expected.outcome));
}

TEST_CASE("Option --expect turns the outcome that was asked for into success") {
  const std::string outcome = GENERATE("violation", "deadlock", "stalled");
  const Finished finished =
      banksim::test::banksim(with(scenario(outcome).arguments, {"--expect", outcome, "-f", "json"}));
  CHECK(finished.code == 0);
  const auto document = nlohmann::json::parse(finished.out);
  CHECK(document["outcome"] == outcome);
  CHECK(document["exit_code"] == 0);
}

TEST_CASE("Option --expect any takes every end") {
  const Scenario& any = kScenarios[GENERATE(range(std::size_t{0}, std::size_t{5}))];
  CHECK(banksim::test::banksim(with(any.arguments, {"--expect", "any"})).code == 0);
}

TEST_CASE("An end that was not expected keeps its own code, and is named") {
  const Finished frozen = banksim::test::banksim(with(kFrozen, {"--expect", "violation"}));
  CHECK(frozen.code == 4);
  CHECK_THAT(frozen.err, ContainsSubstring("banksim: error: expected violation, got deadlock\n"));
}

TEST_CASE("ok is a failure where something else was expected") {
  const Finished fine = banksim::test::banksim({"-n", "1k", "--expect", "deadlock", "-f", "json"});
  CHECK(fine.code == 6);
  CHECK_THAT(fine.err, ContainsSubstring("banksim: error: expected deadlock, got ok\n"));
  CHECK(nlohmann::json::parse(fine.out)["exit_code"] == 6);
}

TEST_CASE("Quiet is the verdict line alone, without warnings") {
  const Finished finished = banksim::test::banksim({"-q", "-t", "200", "-n", "10k"});
  CHECK(finished.code == 0);
  CHECK(finished.err.empty());
  CHECK(std::ranges::count(finished.out, '\n') == 1);
}

TEST_CASE("Arguments that are no UTF-8 are still valid JSON") {
  const ScratchFile file;
  const Finished odd = banksim::test::banksim({"-n", "1k", "-f", "json", "-o", file.path() + "\xff"});
  CHECK(odd.code == 0);
  std::ifstream written(file.path() + "\xff");
  CHECK(nlohmann::json::accept(written));
  std::filesystem::remove(file.path() + "\xff");
}

TEST_CASE("A run is exported beside its text, each file by its suffix") {
  const ScratchFolder folder;
  const Finished finished =
      banksim::test::banksim(with(kFrozen, {"-q", "--export", folder / "a.json", "--export", folder / "a.csv",
                                            "--export", folder / "a.txt"}));
  CHECK(finished.code == 4);
  CHECK(std::ranges::count(finished.out, '\n') == 1);
  CHECK(nlohmann::json::parse(read_file(folder / "a.json"))["exit_code"] == 4);
  CHECK_THAT(read_file(folder / "a.csv"), ContainsSubstring("deadlock"));
  CHECK_THAT(read_file(folder / "a.txt"),
             ContainsSubstring("waits for account"));  // quiet is for the terminal
  const Finished swapped = banksim::test::banksim({"-n", "1k", "-o", folder / "b.json", "--export", "-"});
  CHECK_THAT(swapped.out, StartsWith("ordered: "));
  CHECK(nlohmann::json::accept(read_file(folder / "b.json")));
}

TEST_CASE("What a run cannot export is refused before it starts") {
  for (const char* path : {"x.pdf", "x.html", "x", ".json"}) {
    const Finished suffix = banksim::test::banksim({"--export", path});
    CHECK(suffix.code == 2);
    CHECK_THAT(suffix.err, ContainsSubstring("one of .txt .json .csv"));
  }
  CHECK(banksim::test::banksim({"--export", "/nowhere/at/all/x.json"}).code == 1);
  const ScratchFolder folder;
  CHECK(banksim::test::banksim({"--export", folder / "a.json", "--export", folder / "./a.json"}).code == 2);
}
