// Explorations from outside: exit codes, documents, and commands that work as they are printed.
#include "record/exit_code.hpp"
#include "run/platform.hpp"
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>

using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

Finished explore(Arguments arguments) {
  arguments.insert(arguments.begin(), "explore");
  return banksim::test::banksim(arguments);
}

// The words after "banksim" in the first line that has it after `label`.
Arguments printed_command(const std::string& text, const std::string& label) {
  const std::size_t begin = text.find("banksim ", text.find("\n  " + label)) + 8;
  return words_of(text.substr(begin, text.find('\n', begin) - begin));
}

}  // namespace

TEST_CASE("Exploring says proved, deadlock or violation, and exits accordingly") {
  for (const char* safe : {"global", "ordered", "scoped"}) {
    const Finished proved = explore({"-s", safe});
    CHECK(proved.code == 0);
    CHECK_THAT(proved.out, ContainsSubstring("PROVED"));
    CHECK(proved.err.empty());
  }
  const Finished deadlock = explore({"--strategy", "naive"});
  CHECK(deadlock.code == 4);
  CHECK_THAT(deadlock.out, ContainsSubstring("DEADLOCK in 4 steps, the fewest possible"));
  const Finished race = explore({"--strategy", "unsafe"});
  CHECK(race.code == 3);
  CHECK_THAT(race.out, ContainsSubstring("in 3 steps"));
}

TEST_CASE("The verdict of an exploration gives its code") {
  using banksim::ExploreVerdict;
  CHECK(exit_code_of(ExploreVerdict::livelock) == 5);
  CHECK(exit_code_of(ExploreVerdict::inconclusive) == 5);
}

TEST_CASE("The replay command works as it is printed, and tells the same story") {
  const Finished first = explore({"-s", "naive", "-t", "3", "-a", "3"});
  const Finished again = banksim::test::banksim(printed_command(first.out, "replay"));
  CHECK(again.code == 4);
  CHECK(again.out.substr(again.out.find("\n  step")) == first.out.substr(first.out.find("\n  step")));
}

TEST_CASE("The command that a report or a strategy's page points to works as it is printed") {
  const Finished run = banksim::test::banksim({"-s", "naive", "-a", "2", "-t", "4", "--hold", "yield"});
  REQUIRE(run.code == 4);
  CHECK(banksim::test::banksim(printed_command(run.out, "See")).code == 4);
  const Finished page = banksim::test::banksim({"strategies", "naive"});
  CHECK(banksim::test::banksim(printed_command(page.out, "See")).code == 4);
}

TEST_CASE("A token made for something else is refused with both named") {
  const std::string token = printed_command(explore({"-s", "naive"}).out, "replay").back();
  const Finished other = explore({"-s", "unsafe", "--replay", token});
  CHECK(other.code == 2);
  CHECK_THAT(other.err, ContainsSubstring("this token is for naive, 2 workers x 1 transfer, 2 accounts; you "
                                          "asked for unsafe"));
  const Finished larger = explore({"-s", "naive", "--replay", token, "-t", "3", "--auditor"});
  CHECK(larger.code == 2);
  CHECK_THAT(larger.err, ContainsSubstring("this token is for naive, 2 workers x 1 transfer, 2 accounts; you "
                                           "asked for 3 workers, an auditor"));
  CHECK(explore({"-s", "naive", "--replay", token, "-t", "2", "-a", "2"}).code == 4);
  CHECK(explore({"--replay", token}).code == 4);  // which strategy it is stands in the token
  CHECK(explore({"-s", "naive", "--replay", token + "-1"}).code == 2);
  CHECK(explore({"-s", "naive", "--replay", ""}).code == 2);
  const Finished unknown = explore({"--replay", "x" + token});
  CHECK(unknown.code == 2);
  CHECK_THAT(unknown.err, ContainsSubstring("this token is for xnaive, "));
  CHECK_THAT(unknown.err, ContainsSubstring("there is no such strategy"));
}

TEST_CASE("A refused token leaves no file behind") {
  const ScratchFile file;
  CHECK(explore({"-s", "naive", "--replay", "nonsense", "-o", file.path()}).code == 2);
  CHECK(explore({"-t", "8", "-o", file.path()}).code == 2);
  CHECK_FALSE(file.exists());
}

TEST_CASE("A bound that was hit is no proof") {
  const Finished bounded = explore({"-s", "ordered", "--max-states", "20"});
  CHECK(bounded.code == 5);
  CHECK_THAT(bounded.out, ContainsSubstring("INCONCLUSIVE"));
}

TEST_CASE("By itself a search takes no more memory than there is") {
  if (!banksim::host().sanitizers.empty()) SKIP("sanitizers need more address space than the limit leaves");
  const Finished finished =
      run({.arguments = {"-c", "ulimit -v 1000000; exec \"$0\" explore -f json", BANKSIM_BINARY},
           .program = "/bin/sh"});
  CHECK(nlohmann::json::parse(finished.out)["config"]["max_memory_kib"] < 1'000'000);
}

TEST_CASE("Sizes and words that make no sense are refused before anything runs") {
  const std::string line =
      GENERATE("-t 0", "-t 8", "-a 1", "-a 9", "-n 0", "--max-states 0", "--max-memory 0",
               "--replay nonsense", "--replay=", "--replay x --max-states 9", "--replay x --max-memory 1g",
               "--export x.csv", "-s nave", "--format csv");
  INFO(line);
  const Finished refused = explore(words_of(line));
  CHECK(refused.code == 2);
  CHECK(refused.out.empty());
  CHECK_THAT(refused.err, StartsWith("banksim: error: "));
}

TEST_CASE("An exploration in JSON has the promised fields, whatever was found") {
  for (const char* strategy : {"ordered", "scoped", "naive", "unsafe"}) {
    const Finished finished = explore({"-s", strategy, "-f", "json"});
    const auto document = nlohmann::json::parse(finished.out);
    CHECK(document["schema"] == "banksim.explore");
    CHECK(document["exit_code"] == finished.code);
    for (const char* field : {"outcome", "complete", "states", "transitions", "interleavings", "depth",
                              "elapsed_s", "outcomes_seen", "may_retry", "bounds_hit", "findings"})
      CHECK(document.contains(field));
    for (const auto& finding : document["findings"]) {
      CHECK(!finding["token"].get<std::string>().empty());
      CHECK(!finding["steps"].empty());
    }
  }
}

TEST_CASE("A long search can be interrupted, and says that it was") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  Process process({.arguments = {"explore", "-s", "scoped", "-t", "4", "-a", "4", "-n", "2", "--progress",
                                 "always", "-f", "json"}});
  REQUIRE(process.wait_for_err("banksim: progress: "));
  process.send(signal);
  const Finished finished = process.finish();
  CHECK(finished.code == 128 + signal);
  CHECK_THAT(finished.err, ContainsSubstring(" states, "));
  const auto document = nlohmann::json::parse(finished.out);
  CHECK(document["outcome"] == "inconclusive");
  CHECK(document["bounds_hit"] == nlohmann::json::array({"cancelled"}));
  CHECK(document["exit_code"] == 128 + signal);
}

TEST_CASE("Option -q leaves the verdict line alone") {
  const std::string line =
      GENERATE("-s ordered", "-s scoped", "-s naive", "-s unsafe", "-s ordered --max-states 9");
  const Finished whole = explore(words_of(line));
  const Finished quiet = explore(words_of(line + " -q"));
  CHECK(quiet.code == whole.code);
  CHECK(std::ranges::count(quiet.out, '\n') == 1);
  const std::string verdict = quiet.out.substr(0, quiet.out.find_first_of("(:"));  // the time differs
  CHECK_THAT(whole.out, ContainsSubstring("\n" + verdict));
}

TEST_CASE("The verdict's word is coloured where colour is wanted") {
  CHECK_THAT(explore({"-s", "naive", "--color", "always"}).out, ContainsSubstring("\x1b[31mDEADLOCK\x1b[0m"));
  CHECK_THAT(explore({"-s", "ordered", "--color", "always"}).out, ContainsSubstring("\x1b[32mPROVED\x1b[0m"));
  CHECK(explore({"-s", "naive"}).out.find('\x1b') == std::string::npos);
}

TEST_CASE("An exploration is exported beside its text") {
  const ScratchFolder folder;
  const Finished finished = explore(
      {"-s", "naive", "--export", folder / "a.json", "--export", folder / "a.txt", "--color", "always"});
  CHECK(finished.code == 4);
  CHECK(nlohmann::json::parse(read_file(folder / "a.json"))["outcome"] == "deadlock");
  CHECK_THAT(finished.out, ContainsSubstring("\x1b[31mDEADLOCK"));
  CHECK_THAT(read_file(folder / "a.txt"),
             ContainsSubstring("DEADLOCK in 4 steps") && !ContainsSubstring("\x1b"));
}
