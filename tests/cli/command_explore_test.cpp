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

namespace {

Finished explore(const std::string& line) { return run_line("explore " + line); }

// The words after "banksim" in the first line that has it after `label`.
Arguments printed_command(const std::string& text, const std::string& label) {
  const std::size_t begin = text.find("banksim ", text.find("\n  " + label)) + 8;
  return words_of(text.substr(begin, text.find('\n', begin) - begin));
}

}  // namespace

TEST_CASE(
    "Exploring says proved, deadlock or violation, in colour where that is wanted, and exits accordingly") {
  const auto [strategy, code, said, colour] = GENERATE(table<std::string, int, std::string, std::string>({
      {"global --budget 0", 0, "PROVED  for up to 3 workers", "\x1b[32mPROVED\x1b[0m"},
      {"ordered --budget 0", 0, "PROVED  for up to 3 workers", "\x1b[32mPROVED\x1b[0m"},
      {"scoped --no-auditor", 0, "PROVED  no deadlock", "\x1b[32mPROVED\x1b[0m"},
      {"naive", 4, "DEADLOCK in 4 steps, the fewest possible", "\x1b[31mDEADLOCK\x1b[0m"},
      {"unsafe", 3, "in 3 steps", "\x1b[31m"},
  }));
  const Finished plain = explore("-s " + strategy);
  CHECK(plain.code == code);
  CHECK_THAT(plain.out, ContainsSubstring(said) && !ContainsSubstring("\x1b"));
  CHECK(plain.err.empty());
  CHECK_THAT(explore("--color always --strategy " + strategy).out, ContainsSubstring(colour));

  const Finished finished = explore("-f json -s " + strategy);
  const auto document = nlohmann::json::parse(finished.out);
  CHECK(document["schema"] == "banksim.explore");
  CHECK((finished.code == code && document["exit_code"] == code));
  for (const std::string& field :
       words_of("outcome complete states transitions interleavings depth elapsed_s "
                "outcomes_seen may_retry bounds_hit findings sizes not_searched warnings"))
    CHECK(document.contains(field));
  for (const auto& finding : document["findings"]) {
    CHECK(!finding["token"].get<std::string>().empty());
    CHECK(!finding["steps"].empty());
  }
}

TEST_CASE("The verdict of an exploration gives its code") {
  using banksim::ExploreVerdict;
  CHECK(exit_code_of(ExploreVerdict::livelock) == 5);
  CHECK(exit_code_of(ExploreVerdict::inconclusive) == 5);
}

TEST_CASE("The replay command works as it is printed, and tells the same story") {
  const Finished first = explore("-s naive -t 3 -a 3");
  const Finished again = run_banksim(printed_command(first.out, "Replay"));
  CHECK(again.code == 4);
  CHECK(again.out.substr(again.out.find("\n  step")) == first.out.substr(first.out.find("\n  step")));
}

TEST_CASE("The command that a report or a strategy's page points to works as it is printed") {
  const std::string line = GENERATE("-s naive -a 2 -t 4 --hold yield", "strategies naive");
  CHECK(run_banksim(printed_command(run_line(line).out, "See")).code == 4);
}

TEST_CASE("A token made for something else is refused with both named") {
  const std::string token = printed_command(explore("-s naive").out, "Replay").back();
  const std::string is_for =
      "--replay: this token is for naive, 2 workers x 1 transfer, 2 accounts; you asked for ";
  CHECK(explore("-s unsafe --replay " + token).is_refused(is_for + "unsafe\n"));
  CHECK(explore("-s naive -t 3 --auditor --replay " + token).is_refused(is_for + "3 workers, an auditor\n"));
  CHECK(explore("-s naive -t 2 -a 2 --replay " + token).code == 4);
  CHECK(explore("--replay " + token).code == 4);  // which strategy it is stands in the token
  CHECK(explore("-s naive --replay " + token + "-1").is_refused());
  const Finished unknown = explore("--replay x" + token);
  CHECK(unknown.is_refused("--replay: this token is for xnaive, "));
  CHECK_THAT(unknown.err, ContainsSubstring("there is no such strategy"));
}

TEST_CASE("A refused token leaves no file behind") {
  const ScratchFile file;
  CHECK(explore("-s naive --replay nonsense -o " + file.path()).is_refused());
  CHECK(explore("-t 8 -o " + file.path()).is_refused());
  CHECK_FALSE(file.exists());
}

TEST_CASE("A bound that was hit is no proof") {
  const Finished bounded = explore("-s ordered --max-states 20");
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

TEST_CASE("A long search can be interrupted, and says that it was") {
  const int signal = GENERATE(SIGINT, SIGTERM);
  Process process({.arguments = words_of("explore -s scoped -t 4 -a 4 -n 2 --progress always -f json")});
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
  const std::string line = GENERATE("-s ordered --budget 0", "-s scoped -t 2", "-s naive", "-s unsafe",
                                    "-s ordered --max-states 9");
  const Finished whole = explore(line);
  const Finished quiet = explore(line + " -q");
  CHECK(quiet.code == whole.code);
  CHECK(std::ranges::count(quiet.out, '\n') == 1);
  const std::string verdict = quiet.out.substr(0, quiet.out.find_first_of("(:;\n"));  // the time differs
  CHECK_THAT(whole.out, ContainsSubstring("\n" + verdict));
}

TEST_CASE("An exploration is exported beside its text") {
  const ScratchFolder folder;
  const Finished finished =
      explore("-s naive --color always --export " + (folder / "a.json") + " --export " + (folder / "a.txt"));
  CHECK(finished.code == 4);
  CHECK(nlohmann::json::parse(read_file(folder / "a.json"))["outcome"] == "deadlock");
  CHECK_THAT(finished.out, ContainsSubstring("\x1b[31mDEADLOCK"));
  CHECK_THAT(read_file(folder / "a.txt"),
             ContainsSubstring("DEADLOCK in 4 steps") && !ContainsSubstring("\x1b"));
}

TEST_CASE("A size that is named is searched alone, and any part of it names one") {
  const std::string option = GENERATE("-t 2", "-a 2", "-n 1", "--auditor", "--no-auditor");
  const auto document = nlohmann::json::parse(explore("-s ordered -f json " + option).out);
  CHECK(document["sizes"].empty());
  CHECK(document["config"]["auditor"] == (option == "--auditor"));
  CHECK(explore(option + " --budget 1s").is_refused());
}

TEST_CASE("Without a size a ladder is climbed, and its sizes are in the document") {
  const auto document = nlohmann::json::parse(explore("-s ordered -f json --budget 0").out);
  CHECK(document["outcome"] == "proved");
  CHECK(document["sizes"].size() == 7);
  CHECK(document["not_searched"].size() > 5);
  CHECK(document["config"]["budget_s"] == 0);
  CHECK(nlohmann::json::parse(explore("-s naive -f json").out)["sizes"].size() == 1);
}

TEST_CASE("Amounts and balances are asked for, and one follows from the other") {
  const auto inputs = [](const std::string& options) {
    const auto config = nlohmann::json::parse(explore("-s ordered -t 2 -f json " + options).out)["config"];
    return config["amounts"].dump() + config["balance"].dump();
  };
  CHECK(inputs("") == "[1,2]1");
  CHECK(inputs("--amounts 1,60") == "[1,60]59");
  CHECK(inputs("--balance 100") == "[1,101]100");
  CHECK(inputs("--balance 0") == "[1,2]0");
  CHECK(inputs("--amounts 1,60 --balance 2") == "[1,60]2");
  CHECK(explore("--amounts 0").is_refused("--amounts: a transfer moves money: at least 1"));
  CHECK(explore("--balance 1,2").is_refused("--balance: explore opens all accounts with one balance"));
  CHECK(explore("--balance 2000000000000000").is_refused("--balance must be from 0 to "));
  CHECK(explore("-s ordered --self-transfers").code == 4);
}

TEST_CASE("What is sought is one of the faults, and of a deadlock its size or that the auditor is in it") {
  CHECK(explore("--find dedlock").is_refused("--find: 'dedlock' is not one of deadlock, race"));
  CHECK(
      explore("--find race:2").is_refused("--find: 'race:2': only a deadlock has a kind, as in deadlock:3"));
  CHECK(explore("--find deadlock:9").is_refused("--find: '9' is not from 1 to 8"));
  CHECK(explore("--find anything").is_refused());
  CHECK(explore("--find deadlock:3 -t 2").is_refused("--find deadlock:3: there are no more than 2 threads"));
  CHECK(explore("--find deadlock:8").is_refused("--find deadlock:8: there are no more than 7 threads"));
  CHECK(explore("--find audit --no-auditor").is_refused("--find: there are no audits at this size"));
  const auto sought = [](const std::string& kind) {
    const Finished finished = explore("-s naive -t 2 --auditor -f json --find " + kind);
    return nlohmann::json::parse(finished.out)["config"]["find"].dump();
  };
  CHECK(sought("deadlock:2") == R"({"members":2,"through_auditor":false,"what":"deadlock"})");
  CHECK_THAT(
      explore("-s unsafe --find accounts").out,
      ContainsSubstring("WRONG ACCOUNTS under a right total: account 0 has 1 instead of 0, in 8 steps"));
  CHECK_THAT(explore("-s naive --find deadlock:3").out, ContainsSubstring("DEADLOCK in 6 steps"));
  CHECK(sought("deadlock:auditor") == R"({"members":0,"through_auditor":true,"what":"deadlock"})");
}
