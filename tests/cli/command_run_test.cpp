// A run from outside: its exit code, and one valid document on stdout, in every outcome.
#include "support/process.hpp"
#include "support/sanitizers.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>

using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

const std::string kFrozen = "-s naive -a 2 -t 4 --hold yield";

}  // namespace

// Each of them ends as it says on any machine: opposite transfers of two accounts make the cycle, an audit
// under no lock sees the money that a yield leaves on neither account; a slice of an hour keeps the cycle
// from being looked for.
TEST_CASE("Every outcome has its exit code, one valid JSON document, its text and its table") {
  const auto [outcome, code, line] = GENERATE(table<std::string, int, std::string>({
      {"ok", 0, "-n 10k"},
      {"violation", 3, "-s unsafe -a 2 -t 4 -n 100k --hold yield"},
      {"deadlock", 4, kFrozen},
      {"stalled", 5, kFrozen + " --slice 1h --stall 200ms"},
      {"timeout", 5, "-n 200m -t 2 --timeout 50ms"},
  }));
  INFO(outcome);
  const Finished finished = run_line(line + " -f json");
  CHECK(finished.code == code);
  const auto document = nlohmann::json::parse(finished.out);
  CHECK(document["schema"] == "banksim.run");
  CHECK(document["outcome"] == outcome);
  CHECK(document["exit_code"] == code);
  CHECK(document["command"][0] == "banksim");
  CHECK(document["command"].size() == words_of(line).size() + 3);
  const Finished csv = run_line(line + " -f csv");
  CHECK(csv.code == code);
  CHECK_THAT(csv.out, ContainsSubstring(outcome));
  const Finished text = run_line(line + " --expect any");
  CHECK(text.code == 0);
  CHECK_FALSE(text.out.empty());
  CHECK(text.out.find('\x1b') == std::string::npos);
  if (outcome == "ok" || outcome == "timeout") return;  // which cannot be asked for, or is

  const Finished expected = run_line(line + " -f json --expect " + outcome);
  CHECK(expected.code == 0);
  CHECK(nlohmann::json::parse(expected.out)["outcome"] == outcome);
  CHECK(nlohmann::json::parse(expected.out)["exit_code"] == 0);
}

TEST_CASE("A strategy that ends its process has a verdict, a document and a code, and can be expected to") {
  if (kTimesMeanNothing) SKIP("a sanitizer keeps runs in the program's own process");
  const auto run_zoo = [](const std::string& line) {
    return run({.arguments = words_of(line), .program = BANKSIM_ZOO_BINARY});
  };
  const Finished crashed = run_zoo("-s reads-null -f json");
  CHECK(crashed.code == 5);
  const auto document = nlohmann::json::parse(crashed.out);
  CHECK(document["outcome"] == "crashed");
  CHECK(document["ended_by"]["kind"] == "signal");
  const Finished expected = run_zoo("-s exits-at-once --expect crashed -q");
  CHECK(expected.code == 0);
  CHECK(expected.out ==
        "CRASHED  the strategy ended the process: exit status 7; the money was not checked\n");
  const Finished compared = run_zoo("compare -s ordered,throws -n 1k -r 1 -q");
  CHECK(compared.code == 5);
  CHECK(compared.out == "BROKEN PROMISE  throws: crashed\n");
}

TEST_CASE("An end that was not expected keeps its own code, and is named; ok has one for that") {
  const Finished frozen = run_line(kFrozen + " --expect violation");
  CHECK(frozen.code == 4);
  CHECK_THAT(frozen.err, ContainsSubstring("banksim: error: expected violation, got deadlock\n"));
  const Finished fine = run_line("-n 1k --expect deadlock -f json");
  CHECK(fine.code == 6);
  CHECK_THAT(fine.err, ContainsSubstring("banksim: error: expected deadlock, got ok\n"));
  CHECK(nlohmann::json::parse(fine.out)["exit_code"] == 6);
}

TEST_CASE("On GitHub what failed and what was warned of are annotations, and COLUMNS is how wide a text is") {
  const auto run_there = [](const std::string& line) {
    return run({.arguments = words_of(line), .environment = {"GITHUB_ACTIONS=true", "COLUMNS=60"}});
  };
  const Finished frozen = run_there(kFrozen);
  CHECK_THAT(frozen.err, ContainsSubstring("::error title=banksim::naive: DEADLOCK  a cycle of ") &&
                             !ContainsSubstring("banksim: "));
  CHECK_THAT(run_there("-n 1k --expect deadlock").err,
             ContainsSubstring("::error title=banksim::expected deadlock, got ok\n"));
  CHECK_THAT(run_there("-n 1k -t 64").err, ContainsSubstring("::warning title=banksim::64 threads on "));
  std::istringstream lines(frozen.out);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 60);
}

TEST_CASE("What a run expects is in its document, and its cycle is a graph") {
  const ScratchFolder folder;
  const Finished frozen = run_line(kFrozen + " --expect deadlock -f json --export " + (folder / "cycle.mmd"));
  CHECK(nlohmann::json::parse(frozen.out)["config"]["expect"] == "deadlock");
  CHECK_THAT(read_file(folder / "cycle.mmd"), StartsWith("graph LR\n") && ContainsSubstring("waits for"));
}

TEST_CASE("Every transfer that takes a microsecond on purpose is timed") {
  const auto timed = [](const std::string& line) {
    return nlohmann::json::parse(run_line("-n 640 -t 2 -f json " + line).out)["latency_ns"]["count"];
  };
  CHECK(timed("--hold 1us") == 640);
  CHECK(timed("--think 1us") == 640);
  CHECK(timed("") == 10);
}

TEST_CASE("Locks of every kind find the deadlock, keep the money, and are in the document") {
  const std::string mutex = GENERATE("std", "word", "spin", "ticket"), layout = GENERATE("padded", "packed");
  const std::string kind = " --mutex " + mutex + " --layout " + layout;
  const auto config = nlohmann::json::parse(run_line("-n 20k -a 6 -t 4 -f json" + kind).out)["config"];
  CHECK(config["mutex"] == mutex);
  CHECK(config["layout"] == layout);
  CHECK(run_line("-n 20k -a 6 -t 4" + kind).code == 0);
  CHECK(run_line(kFrozen + kind).code == 4);
}

TEST_CASE("Quiet is the verdict line alone, without warnings") {
  const Finished finished = run_line("-q -t 200 -n 10k");
  CHECK(finished.code == 0);
  CHECK(finished.err.empty());
  CHECK(std::ranges::count(finished.out, '\n') == 1);
}

TEST_CASE("Arguments that are no UTF-8 are still valid JSON") {
  const ScratchFolder folder;
  CHECK(run_line("-n 1k -f json -o " + (folder / "\xff")).code == 0);
  CHECK(nlohmann::json::accept(read_file(folder / "\xff")));
}

TEST_CASE("A run is exported beside its text, each file by its suffix") {
  const ScratchFolder folder;
  std::string line = kFrozen + " -q";
  for (const char* name : {"a.json", "a.csv", "a.txt"}) line += " --export " + (folder / name);
  const Finished finished = run_line(line);
  CHECK(finished.code == 4);
  CHECK(std::ranges::count(finished.out, '\n') == 1);
  CHECK(nlohmann::json::parse(read_file(folder / "a.json"))["exit_code"] == 4);
  CHECK_THAT(read_file(folder / "a.csv"), ContainsSubstring("deadlock"));
  CHECK_THAT(read_file(folder / "a.txt"), ContainsSubstring("waits for account"));  // quiet is the terminal's
  CHECK_THAT(run_line("-n 1k --export - -o " + (folder / "b.json")).out, StartsWith("ordered: "));
  CHECK(nlohmann::json::accept(read_file(folder / "b.json")));
}

TEST_CASE("What a run cannot export is refused before it starts") {
  for (const std::string path : {"x.pdf", "x.html", "x", ".json"}) {
    const Finished suffix = run_line("--export " + path);
    CHECK(suffix.is_refused("--export: '" + path + "' has no suffix"));
    CHECK_THAT(suffix.err, ContainsSubstring("one of .txt .json .csv .mmd\n"));
  }
  CHECK(run_line("--export /nowhere/at/all/x.json").code == 1);
}

TEST_CASE("Why a strategy declined by its own transfer() is not known, and said so") {
  const auto says = [](const std::string& strategy) {
    const Arguments line = words_of("-t 1 -a 2 -n 1k --balance 10 -s " + strategy);
    return run({.arguments = line, .program = BANKSIM_ZOO_BINARY}).out;
  };
  CHECK_THAT(says("optimistic-retry"), ContainsSubstring(" declined by the strategy, reason not checked, "));
  CHECK_THAT(says("ordered"), ContainsSubstring(" declined (insufficient funds), "));
}

TEST_CASE("Transfers from an account to itself can be asked for, and are in the document") {
  const Finished finished = run_line("-s ordered -a 3 -t 2 --self-transfers -f json");
  CHECK(finished.code == 4);
  CHECK(nlohmann::json::parse(finished.out)["config"]["self_transfers"] == true);
  const Finished told = run_line("-s ordered -a 3 -t 2 --self-transfers");
  CHECK_THAT(told.out,
             ContainsSubstring(", self-transfers, seed 1\n") && !ContainsSubstring("claims that it cannot"));
  CHECK(run_line("-s global -a 3 -n 1k --self-transfers").code == 0);
}

TEST_CASE("What a run is sent to see shows the same, in a child process and in the program's own") {
  const auto [line, kind, members] = GENERATE(table<std::string, std::string, std::size_t>({
      {"-s naive -a 2 -t 4 --hold yield", "deadlock", 2},
      {"-s naive -a 2 -t 4 --hold yield --in-process", "deadlock", 2},
      {"-s ordered -a 3 -t 2 --self-transfers", "deadlock", 1},
      {"-s debits-then-waits -a 3 -t 1 --self-transfers --audit 1ms", "deadlock", 1},
      {"-s retries-then-blocks -a 3 -t 1 --self-transfers", "own_try_lock", 0},
      {"-s waits-for-funds-with-both-locks -a 2 -t 1 --stall 200ms --timeout 2s", "livelock", 0},
  }));
  INFO(line);
  const auto zoo = [](const std::string& words) {
    return run({.arguments = words_of(words), .program = BANKSIM_ZOO_BINARY});
  };
  auto document = nlohmann::json::parse(zoo(line + " -f json").out);
  // What is not found within a second is not said: a busy machine is asked again, and a sanitizer let go.
  for (int again = 0; again < 4 && document["see"].is_null(); ++again)
    document = nlohmann::json::parse(zoo(line + " -f json").out);
  if (kTimesMeanNothing && document["see"].is_null()) return;
  const auto seen = nlohmann::json::parse(zoo("explore " + std::string(document["see"]) + " -f json").out);
  CHECK(seen["findings"][0]["kind"] == kind);
  CHECK(seen["findings"][0]["cycle"].size() == members);
  CHECK(zoo(line + " -q").out.find("See") == std::string::npos);
}
