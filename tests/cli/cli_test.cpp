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
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

const std::string kTry = "Try 'banksim --help' for more information.\n";

// One line of error, one of advice, nothing else.
void check_refused(const Finished& finished, const std::string& message = "") {
  CHECK(finished.code == 2);
  CHECK(finished.out.empty());
  CHECK_THAT(finished.err, StartsWith("banksim: error: " + message));
  CHECK(std::ranges::count(finished.err, '\n') == 2);
  CHECK_THAT(finished.err, EndsWith((message.empty() ? "" : message) + "\n" + kTry));
}

nlohmann::json json_of(Arguments arguments) {
  arguments.insert(arguments.end(), {"--format", "json", "-n", "1k"});
  const Finished finished = banksim::test::banksim(arguments);
  INFO(finished.err);
  REQUIRE(finished.code == 0);
  return nlohmann::json::parse(finished.out);
}

}  // namespace

TEST_CASE("Without a command banksim runs") {
  const std::string before = GENERATE("", "run", "-q", "--color never", "--color=never -q run", "-qv run");
  const Finished finished =
      banksim::test::banksim(words_of(before + " --strategy ordered --threads 50 -n 10k"));
  CHECK(finished.code == 0);
  CHECK_THAT(finished.out, ContainsSubstring("OK"));
}

TEST_CASE("An option is written in any of the usual ways, and the last of several counts") {
  const std::string way = GENERATE("-t 3", "-t3", "--threads 3", "--threads=3", "-t 8 --threads=3");
  CHECK(json_of(words_of(way))["config"]["threads"] == 3);
}

TEST_CASE("Every option of a run arrives in its result") {
  const auto config = json_of({"-s", "std::scoped_lock", "-t", "2", "-a", "3", "--balance", "5k,7",
                               "--amount", "2:9", "--access", "zipf:0.5", "--seed", "42"})["config"];
  CHECK(config["strategy"] == "scoped");
  CHECK(config["threads"] == 2);
  CHECK(config["accounts"] == 3);
  CHECK(config["transfers"] == 1000);
  CHECK(config["seed"] == 42);
  CHECK_THAT(config.dump(), ContainsSubstring("zipf:0.5"));
}

TEST_CASE("A random seed is echoed, and repeats its run") {
  const auto first = json_of({"--seed", "random", "-t", "1"});
  const auto seed = first["config"]["seed"].get<std::uint64_t>();
  const auto again = json_of({"--seed", std::to_string(seed), "-t", "1"});
  CHECK(first["transfers"] == again["transfers"]);
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
      {"--format jsn", "--format: 'jsn' is not one of text, json, csv; did you mean 'json'?"},
      {"completion bsh", "'bsh' is not one of bash, zsh, fish; did you mean 'bash'?"},
      {"--seed", "option '--seed' needs a value"},
      {"-qt", "option '-t' needs a value"},
      {"--seed= --threads 5", "option '--seed' needs a value"},
      {"--threads --seed 5", "option '--threads' needs a value, but '--seed' follows"},
      {"--quiet=yes", "option '--quiet' takes no value"},
      {"-o=x", "'-o=x': write -o VALUE or --output=VALUE"},
      {"completion", "SHELL is missing: one of bash, zsh, fish"},
      {"-s ordered,global",
       "--strategy: 'ordered,global' is several strategies; did you mean 'banksim compare "
       "-s ordered,global'?"},
      {"-s safe", "--strategy: 'safe' is several strategies; did you mean 'banksim compare -s safe'?"},
      {"-s ordered,globl", "--strategy: unknown strategy 'globl'; did you mean 'global'?"},
  }));
  INFO(line);
  check_refused(banksim::test::banksim(words_of(line)), message);
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
      "--threads 2 strategies", "strategies ordered naive", "strategies --plain", "compare --order random",
      "explore --random 5", "strategies --threads 2", "help nothing", "-", "-5", "-- x");
  INFO("banksim " << line);
  check_refused(banksim::test::banksim(words_of(line)));
}

TEST_CASE("Empty and broken words are one line and exit code 2 too") {
  check_refused(banksim::test::banksim(GENERATE(
      values<Arguments>({{""}, {"--x\ny"}, {"--seed", " 5"}, {"--threads", ""}, {"--output", ""}}))));
}

TEST_CASE("A time without a time limit gets one that is longer") {
  const auto config = json_of({"--timeout", "61s"})["config"];
  CHECK_THAT(config.dump(), ContainsSubstring("61"));
  const Finished finished = banksim::test::banksim({"-d", "20ms", "-f", "json"});
  CHECK(finished.code == 0);
  CHECK(nlohmann::json::parse(finished.out)["outcome"] == "ok");
}

TEST_CASE("Help begins with examples, names every option and ends with exit codes") {
  const std::string line = GENERATE("--help", "-h", "run --help", "--threads 4 -h", "help", "help run");
  const Finished finished = banksim::test::banksim(words_of(line));
  CHECK(finished.code == 0);
  CHECK(finished.err.empty());
  const std::size_t examples = finished.out.find("Examples:");
  const std::size_t options = finished.out.find("--strategy NAME");
  const std::size_t codes = finished.out.find("Exit codes:");
  CHECK(examples < options);
  CHECK(options < codes);
  CHECK(codes != std::string::npos);
  for (const char* option :
       {"--strategy", "--threads", "--accounts", "--balance", "--transfers", "--duration",     "--amount",
        "--access",   "--hold",    "--think",    "--seed",    "--audit",     "--timeout",      "--stall",
        "--slice",    "--expect",  "--format",   "--output",  "--progress",  "--color",        "--quiet",
        "--verbose",  "--help",    "--version",  "--export",  "--config",    "BANKSIM_THREADS"})
    CHECK_THAT(finished.out, ContainsSubstring(option));
  for (const banksim::StrategyEntry& entry : banksim::strategies())
    CHECK_THAT(finished.out, ContainsSubstring(std::string(entry.name)));
}

TEST_CASE("Every command explains itself in lines that fit") {
  const std::string command = GENERATE("run", "compare", "explore", "strategies", "completion", "help");
  const Finished finished = banksim::test::banksim({command, "--help"});
  CHECK(finished.code == 0);
  CHECK_THAT(finished.out, StartsWith("banksim " + command + ": "));
  CHECK(finished.out == banksim::test::banksim({"help", command}).out);
  std::istringstream lines(finished.out);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 100);
  CHECK_THAT(banksim::test::banksim({"--help"}).out, ContainsSubstring("\n  " + command + " "));
}

TEST_CASE("The version is one line, on every command") {
  const std::string line = GENERATE("--version", "-V", "run -V", "strategies --version", "-q -V");
  const Finished finished = banksim::test::banksim(words_of(line));
  CHECK(finished.code == 0);
  CHECK(finished.out == std::string("banksim ") + banksim::version() + "\n");
}

TEST_CASE("The strategies are listed for people and for programs") {
  using banksim::test::banksim;
  CHECK_THAT(banksim({"strategies"}).out, ContainsSubstring("naive"));
  CHECK_THAT(banksim({"strategies", "naive"}).out, ContainsSubstring("naive locks the source first"));
  CHECK_THAT(banksim({"strategies", "std::scoped_lock"}).out, ContainsSubstring("scoped"));
  CHECK(nlohmann::json::parse(banksim({"strategies", "-f", "json"}).out)["schema"] == "banksim.strategies");
  CHECK(nlohmann::json::parse(banksim({"strategies", "naive", "-f", "json"}).out)["schema"] ==
        "banksim.strategies");
}

TEST_CASE("As many threads as CPUs are asked for by a word or by none") {
  const auto threads = json_of({"-t", "auto"})["config"]["threads"];
  CHECK(threads >= 1);
  CHECK(threads == json_of({"-t", "0"})["config"]["threads"]);
}

TEST_CASE("The suffix of the output says its format, unless that is typed") {
  using banksim::test::banksim;
  const ScratchFolder folder;
  const auto written = [&folder](const std::string& name, Arguments arguments) {
    arguments.insert(arguments.end(), {"-o", folder / name});
    const Finished finished = banksim(arguments);
    CHECK(finished.out.empty());
    return read_file(folder / name);
  };
  const Arguments run = {"-n", "1k"};
  CHECK(nlohmann::json::accept(written("a.json", run)));
  CHECK_THAT(written("a.csv", run), ContainsSubstring("config_threads"));
  CHECK_THAT(written("a.txt", run), StartsWith("ordered: "));
  CHECK_THAT(written("a", run), StartsWith("ordered: "));
  CHECK_THAT(written("b.json", {"-n", "1k", "-f", "text"}), StartsWith("ordered: "));
  CHECK(nlohmann::json::accept(written("e.json", {"explore", "-s", "naive"})));
  CHECK(nlohmann::json::accept(written("s.json", {"strategies"})));
  CHECK_THAT(written("c.html", {"compare", "-n", "1k", "-r", "1", "-w", "0"}), StartsWith("<!DOCTYPE html>"));
  CHECK(banksim({"-n", "1k", "-o", folder / "x.html"}).code == 2);
  CHECK(banksim({"explore", "-o", folder / "x.csv"}).code == 2);
}

TEST_CASE("The log tells what was decided, and every step if asked twice") {
  const Arguments run = {"-d", "10ms", "-q"};
  const auto log = [&run](Arguments arguments) {
    arguments.insert(arguments.end(), run.begin(), run.end());
    return banksim::test::banksim(arguments).err;
  };
  CHECK(log({}).empty());
  CHECK_THAT(log({"-v"}), ContainsSubstring("timeout: 60 s after --duration") &&
                              ContainsSubstring("running ordered: 8 threads") &&
                              ContainsSubstring("exit code 0") && !ContainsSubstring("can be written"));
  CHECK_THAT(log({"-vv"}), ContainsSubstring("standard output can be written"));
  CHECK(log({"--verbose", "--verbose"}).size() > log({"-v"}).size());
}
