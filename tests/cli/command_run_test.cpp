// A run from outside: its exit code, and one valid document on stdout, in every outcome.
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

struct Scenario {
  std::string outcome;
  int code;
  Arguments arguments;
};

const Arguments kFrozen = {"-s", "naive", "-a", "2", "-t", "4", "--hold", "yield"};

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

}  // namespace

TEST_CASE("Every outcome has its exit code, one valid JSON document, its text and its table") {
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
  const Finished csv = banksim::test::banksim(with(expected.arguments, {"-f", "csv"}));
  CHECK(csv.code == expected.code);
  CHECK_THAT(csv.out, ContainsSubstring(expected.outcome));
  const Finished text = banksim::test::banksim(with(expected.arguments, {"--expect", "any"}));
  CHECK(text.code == 0);
  CHECK_FALSE(text.out.empty());
  CHECK(text.out.find('\x1b') == std::string::npos);
}

TEST_CASE("Option --expect turns the outcome that was asked for into success") {
  const Scenario& expected = kScenarios[GENERATE(range(std::size_t{1}, std::size_t{4}))];
  const Finished finished =
      banksim::test::banksim(with(expected.arguments, {"--expect", expected.outcome, "-f", "json"}));
  CHECK(finished.code == 0);
  const auto document = nlohmann::json::parse(finished.out);
  CHECK(document["outcome"] == expected.outcome);
  CHECK(document["exit_code"] == 0);
}

TEST_CASE("An end that was not expected keeps its own code, and is named; ok has one for that") {
  const Finished frozen = banksim::test::banksim(with(kFrozen, {"--expect", "violation"}));
  CHECK(frozen.code == 4);
  CHECK_THAT(frozen.err, ContainsSubstring("banksim: error: expected violation, got deadlock\n"));
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
  const ScratchFolder folder;
  CHECK(banksim::test::banksim({"-n", "1k", "-f", "json", "-o", folder / "\xff"}).code == 0);
  CHECK(nlohmann::json::accept(read_file(folder / "\xff")));
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
