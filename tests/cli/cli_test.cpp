// The command line from outside: commands, options, help, and what is said to bad input.
#include "registry.hpp"
#include "run/platform.hpp"
#include "support/process.hpp"

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

nlohmann::json json_of(const std::string& line) {
  const Finished finished = run_line(line + " --format json -n 1k");
  INFO(finished.err);
  REQUIRE(finished.code == 0);
  return nlohmann::json::parse(finished.out);
}

}  // namespace

TEST_CASE("Without a command banksim runs") {
  const std::string before = GENERATE("", "run", "-q", "--color never", "--color=never -q run", "-qv run");
  const Finished finished = run_line(before + " --strategy ordered --threads 50 -n 10k");
  CHECK(finished.code == 0);
  CHECK_THAT(finished.out, ContainsSubstring("OK"));
}

TEST_CASE("An option is written in any of the usual ways, and the last of several counts") {
  const std::string way = GENERATE("-t 3", "-t3", "--threads 3", "--threads=3", "-t 8 --threads=3");
  CHECK(json_of(way)["config"]["threads"] == 3);
}

TEST_CASE("Every option of a run arrives in its result") {
  const auto config = json_of(
      "-s std::scoped_lock -t 2 -a 3 --balance 5k,7 --amount 2:9 --access zipf:0.5 --seed 42 "
      "--timeout 61s")["config"];
  CHECK(config["strategy"] == "scoped");
  CHECK(config["threads"] == 2);
  CHECK(config["accounts"] == 3);
  CHECK(config["transfers"] == 1000);
  CHECK(config["seed"] == 42);
  CHECK_THAT(config.dump(), ContainsSubstring("zipf:0.5") && ContainsSubstring("61"));
}

TEST_CASE("A random seed is echoed, and repeats its run") {
  const auto first = json_of("--seed random -t 1");
  const auto seed = first["config"]["seed"].get<std::uint64_t>();
  CHECK(first["transfers"] == json_of("-t 1 --seed " + std::to_string(seed))["transfers"]);
}

TEST_CASE("What is wrong is named, and answered with what was likely meant") {
  const auto [line, message] = GENERATE(table<std::string, std::string>({
      {"--strateyg ordered --threads 50", "unknown option '--strateyg'; did you mean '--strategy'?"},
      {"--strateyg=ordered", "unknown option '--strateyg'; did you mean '--strategy'?"},
      {"-threads 8", "unknown option '-threads'; did you mean '--threads'?"},
      {"-output x", "unknown option '-output'; did you mean '--output'?"},
      {"strategeis", "unknown command 'strategeis'; did you mean 'strategies'?"},
      {"ordered", "unknown command 'ordered'; did you mean '--strategy ordered'?"},
      {"--strategy orderd", "--strategy: unknown strategy 'orderd'; did you mean 'ordered'?"},
      {"strategies orderd", "unknown strategy 'orderd'; did you mean 'ordered'?"},
      {"--format jsn", "--format: 'jsn' is not one of text, json, csv, mmd; did you mean 'json'?"},
      {"completion bsh", "'bsh' is not one of bash, zsh, fish; did you mean 'bash'?"},
      {"--seed", "option '--seed' needs a value"},
      {"-qt", "option '-t' needs a value"},
      {"--seed= --threads 5", "option '--seed' needs a value"},
      {"--threads --seed 5", "option '--threads' needs a value, but '--seed' follows"},
      {"--quiet=yes", "option '--quiet' takes no value"},
      {"-o=x", "'-o=x': write -o VALUE or --output=VALUE"},
      {"completion", "SHELL is missing: one of bash, zsh, fish"},
      {"-s ordered,global",
       "--strategy: 'ordered,global' is several strategies; did you mean 'banksim "
       "compare -s ordered,global'?"},
      {"-s safe", "--strategy: 'safe' is several strategies; did you mean 'banksim compare -s safe'?"},
      {"-s ordered,globl", "--strategy: unknown strategy 'globl'; did you mean 'global'?"},
      {"help --man run", "--man is one page for all commands; leave out 'run'"},
  }));
  INFO(line);
  CHECK(run_line(line).is_refused(message + "\n"));
}

TEST_CASE("Whoever typed a command wrong is sent to its help") {
  CHECK_THAT(run_line("compare --bad").err, ContainsSubstring("Try 'banksim compare --help'"));
  CHECK_THAT(run_line("--bad").err, ContainsSubstring("Try 'banksim --help'"));
}

TEST_CASE("Bad input is one line and exit code 2") {
  const std::string line = GENERATE(
      "--seed -5", "--seed 0x10", "--seed 9007199254740992", "--threads 4097", "--threads 5.5",
      "--threads 4294967297", "--transfers 1.0000001m", "--transfers 99999999999g", "--transfers 0",
      "--accounts 1", "--accounts NaN", "--balance 1,,2", "--balance -1", "--balance 9007199254740991",
      "--amount 9:1", "--amount 0:5", "--access zipf:nan", "--access zipf:0", "--access hot:90:101",
      "--hold -1s", "--think 1e3x", "--timeout inf", "--timeout 0", "--stall 5x", "--slice 0", "--duration 0",
      "--duration 99999999999h", "--audit 0", "--expect timeout", "--transfers 1k --duration 1s",
      "--duration 5s --timeout 5s", "--stall 1s --hold 2s", "--accounts 2 --balance 1,2,3", "run extra",
      "--threads 2 strategies", "strategies ordered naive", "strategies --plain", "strategies --threads 2",
      "help nothing", "-", "-5", "-- x", "-n 1k -o x.html", "explore -o x.csv",
      // Of a comparison.
      "compare --order random", "compare -s orderd", "compare -s global,,ordered",
      "compare -s global --reference ordered", "compare -t 4097", "compare -t 1,x", "compare -r 0",
      "compare --max-slowdown 100", "compare --undecided maybe", "compare --max-slowdown 10",
      "compare --reference global --max-slowdown x", "compare --undecided fail",
      // Of an exploration.
      "explore --random 5", "explore -t 0", "explore -t 8", "explore -a 1", "explore -a 9", "explore -n 0",
      "explore --max-states 0", "explore --max-memory 0", "explore --replay nonsense",
      "explore --replay=", "explore --replay x --max-states 9", "explore --replay x --max-memory 1g",
      "explore --export x.csv", "explore -s nave", "explore --format csv");
  INFO("banksim " << line);
  CHECK(run_line(line).is_refused());
}

TEST_CASE("Empty and broken words are one line and exit code 2 too") {
  CHECK(run_banksim(GENERATE(values<Arguments>({{""},
                                                {"--x\ny"},
                                                {"--seed", " 5"},
                                                {"--threads", ""},
                                                {"--output", ""},
                                                {"explore", "--replay", ""}})))
            .is_refused());
}

TEST_CASE("Help begins with examples, names every option and ends with exit codes") {
  const std::string line = GENERATE("--help", "-h", "run --help", "--threads 4 -h", "help", "help run");
  const Finished finished = run_line(line);
  CHECK(finished.code == 0);
  CHECK(finished.err.empty());
  const std::size_t examples = finished.out.find("Examples:");
  const std::size_t options = finished.out.find("--strategy NAME");
  const std::size_t codes = finished.out.find("Exit codes:");
  CHECK((examples < options && options < codes && codes != std::string::npos));
  for (const std::string& option :
       words_of("--strategy --threads --accounts --balance --transfers --duration --amount --access --hold "
                "--think --seed --audit --timeout --stall --slice --expect --format --output --progress "
                "--color --quiet --verbose --help --version --export --config BANKSIM_THREADS"))
    CHECK_THAT(finished.out, ContainsSubstring(option));
  for (const banksim::StrategyEntry& entry : banksim::strategies())
    CHECK_THAT(finished.out, ContainsSubstring(std::string(entry.name)));
}

TEST_CASE("Every command explains itself in lines that fit") {
  const std::string command = GENERATE("run", "compare", "explore", "strategies", "completion", "help");
  const Finished finished = run_line(command + " --help");
  CHECK(finished.code == 0);
  CHECK_THAT(finished.out, StartsWith("banksim " + command + ": "));
  CHECK(finished.out == run_line("help " + command).out);
  std::istringstream lines(finished.out);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 100);
  CHECK_THAT(run_line("--help").out, ContainsSubstring("\n  " + command + " "));
}

TEST_CASE("What the words and numbers mean is a topic of the help, broken where somebody asks for it") {
  const std::string topic = GENERATE("words", "numbers", "mutexes", "scripts", "proofs");
  const Finished finished = run_line("help " + topic);
  CHECK(finished.code == 0);
  CHECK(finished.out.size() > 1000);
  CHECK_THAT(run_line("--help").out, ContainsSubstring("\n  help " + topic + " "));
  const Finished narrow = run({.arguments = {"help", topic}, .environment = {"COLUMNS=60"}});
  std::istringstream lines(narrow.out);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 60);
  for (const char* word : {"ledger", "live audit", "slice", "contention", "fairness", "ratio", "interval"})
    CHECK_THAT(run_line("help words").out, ContainsSubstring(std::string("\n  ") + word + " "));
}

TEST_CASE("The version is one line, on every command") {
  const std::string line = GENERATE("--version", "-V", "run -V", "strategies --version", "-q -V");
  const Finished finished = run_line(line);
  CHECK(finished.code == 0);
  CHECK(finished.out == std::string("banksim ") + banksim::version() + "\n");
}

TEST_CASE("The strategies are listed for people and for programs") {
  CHECK_THAT(run_line("strategies").out, ContainsSubstring("naive"));
  CHECK_THAT(run_line("strategies naive").out, ContainsSubstring("naive locks the source first"));
  CHECK_THAT(run_line("strategies std::scoped_lock").out, ContainsSubstring("scoped"));
  for (const char* line : {"strategies -f json", "strategies naive -f json"})
    CHECK(nlohmann::json::parse(run_line(line).out)["schema"] == "banksim.strategies");
}

TEST_CASE("As many threads as CPUs are asked for by a word or by none") {
  const auto threads = json_of("-t auto")["config"]["threads"];
  CHECK(threads >= 1);
  CHECK(threads == json_of("-t 0")["config"]["threads"]);
}

TEST_CASE("The suffix of the output says its format, unless that is typed") {
  const ScratchFolder folder;
  const auto written = [&folder](const std::string& name, const std::string& line) {
    CHECK(run_line(line + " -o " + (folder / name)).out.empty());
    return read_file(folder / name);
  };
  CHECK(nlohmann::json::accept(written("a.json", "-n 1k")));
  CHECK_THAT(written("a.csv", "-n 1k"), ContainsSubstring("config_threads"));
  CHECK_THAT(written("a.txt", "-n 1k"), StartsWith("ordered: "));
  CHECK_THAT(written("a", "-n 1k"), StartsWith("ordered: "));
  CHECK_THAT(written("b.json", "-n 1k -f text"), StartsWith("ordered: "));
  CHECK(nlohmann::json::accept(written("e.json", "explore -s naive")));
  CHECK(nlohmann::json::accept(written("s.json", "strategies")));
  CHECK_THAT(written("c.html", "compare -n 1k -r 1 -w 0"), StartsWith("<!DOCTYPE html>"));
}

TEST_CASE("The log tells what was decided, and every step if asked twice") {
  const auto log = [](const std::string& line) { return run_line("-d 10ms -q " + line).err; };
  CHECK(log("").empty());
  CHECK_THAT(log("-v"), StartsWith("banksim: ") && ContainsSubstring("timeout: 60 s after --duration") &&
                            ContainsSubstring("running ordered: 8 threads") &&
                            ContainsSubstring("exit code 0") && !ContainsSubstring("can be written"));
  for (const char* twice : {"-vv", "--verbose --verbose"})
    CHECK_THAT(log(twice), ContainsSubstring("standard output can be written"));
}
