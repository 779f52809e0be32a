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
using Arguments = std::vector<std::string>;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

const std::string kTry = "Try 'banksim --help' for more information.\n";

// One line of error, one of advice, nothing else.
void check_refused(const Finished& finished, const std::string& message) {
  CHECK(finished.code == 2);
  CHECK(finished.out.empty());
  CHECK(finished.err == "banksim: error: " + message + "\n" + kTry);
}

void check_refused(const Finished& finished) {
  CHECK(finished.code == 2);
  CHECK(finished.out.empty());
  CHECK_THAT(finished.err, StartsWith("banksim: error: "));
  CHECK(std::ranges::count(finished.err, '\n') == 2);
  CHECK(finished.err.ends_with(kTry));
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
  const Arguments before =
      GENERATE(Arguments{}, Arguments{"run"}, Arguments{"-q"}, Arguments{"--color", "never"},
               Arguments{"--color=never", "-q", "run"}, Arguments{"-qv", "run"});
  Arguments arguments = before;
  arguments.insert(arguments.end(), {"--strategy", "ordered", "--threads", "50", "-n", "10k"});
  const Finished finished = banksim::test::banksim(arguments);
  CHECK(finished.code == 0);
  CHECK_THAT(finished.out, ContainsSubstring("OK"));
}

TEST_CASE("An option is written in any of the usual ways, and the last of several counts") {
  const Arguments ways = GENERATE(Arguments{"-t", "3"}, Arguments{"-t3"}, Arguments{"--threads", "3"},
                                  Arguments{"--threads=3"}, Arguments{"-t", "8", "--threads=3"});
  CHECK(json_of(ways)["config"]["threads"] == 3);
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

TEST_CASE("A mistyped word is answered with the likely one") {
  using banksim::test::banksim;
  check_refused(banksim({"--strateyg", "ordered", "--threads", "50"}),
                "unknown option '--strateyg'; did you mean '--strategy'?");
  check_refused(banksim({"--strateyg=ordered"}), "unknown option '--strateyg'; did you mean '--strategy'?");
  check_refused(banksim({"-threads", "8"}), "unknown option '-threads'; did you mean '--threads'?");
  check_refused(banksim({"-output", "x"}), "unknown option '-output'; did you mean '--output'?");
  check_refused(banksim({"strategeis"}), "unknown command 'strategeis'; did you mean 'strategies'?");
  check_refused(banksim({"ordered"}), "unknown command 'ordered'; did you mean '--strategy ordered'?");
  check_refused(banksim({"--strategy", "orderd"}),
                "--strategy: unknown strategy 'orderd'; did you mean 'ordered'?");
  check_refused(banksim({"strategies", "orderd"}), "unknown strategy 'orderd'; did you mean 'ordered'?");
  check_refused(banksim({"--format", "jsn"}),
                "--format: 'jsn' is not one of text, json, csv; did you mean 'json'?");
  check_refused(banksim({"completion", "bsh"}), "'bsh' is not one of bash, zsh, fish; did you mean 'bash'?");
}

TEST_CASE("A missing or unwanted value is said to be so") {
  using banksim::test::banksim;
  check_refused(banksim({"--seed"}), "option '--seed' needs a value");
  check_refused(banksim({"-qt"}), "option '-t' needs a value");
  check_refused(banksim({"--seed=", "--threads", "5"}), "option '--seed' needs a value");
  check_refused(banksim({"--threads", "--seed", "5"}),
                "option '--threads' needs a value, but '--seed' follows");
  check_refused(banksim({"--quiet=yes"}), "option '--quiet' takes no value");
  check_refused(banksim({"-o=x"}), "'-o=x': write -o VALUE or --output=VALUE");
  check_refused(banksim({"completion"}), "SHELL is missing: one of bash, zsh, fish");
}

TEST_CASE("Bad input is one line and exit code 2") {
  const Arguments arguments = GENERATE(values<Arguments>({
      {"--seed", "-5"},
      {"--seed", "0x10"},
      {"--seed", " 5"},
      {"--seed", "9007199254740992"},
      {"--threads", ""},
      {"--threads", "4097"},
      {"--threads", "5.5"},
      {"--threads", "4294967297"},
      {"--transfers", "1.0000001m"},
      {"--transfers", "99999999999g"},
      {"--transfers", "0"},
      {"--accounts", "1"},
      {"--accounts", "NaN"},
      {"--balance", "1,,2"},
      {"--balance", "-1"},
      {"--balance", "9007199254740991"},
      {"--amount", "9:1"},
      {"--amount", "0:5"},
      {"--access", "zipf:nan"},
      {"--access", "zipf:0"},
      {"--access", "hot:90:101"},
      {"--hold", "-1s"},
      {"--think", "1e3x"},
      {"--timeout", "inf"},
      {"--timeout", "0"},
      {"--stall", "5x"},
      {"--slice", "0"},
      {"--duration", "0"},
      {"--duration", "99999999999h"},
      {"--audit", "0"},
      {"--expect", "timeout"},
      {"--output", ""},
      {"--transfers", "1k", "--duration", "1s"},
      {"--duration", "5s", "--timeout", "5s"},
      {"--stall", "1s", "--hold", "2s"},
      {"--accounts", "2", "--balance", "1,2,3"},
      {"run", "extra"},
      {"--threads", "2", "strategies"},
      {"strategies", "ordered", "naive"},
      {"strategies", "--plain"},
      {"compare", "--order", "random"},
      {"explore", "--random", "5"},
      {"strategies", "--threads", "2"},
      {"help", "nothing"},
      {""},
      {"-"},
      {"--"},
      {"-5"},
      {"--x\ny"},
  }));
  std::ostringstream line;
  for (const std::string& argument : arguments) line << " '" << argument << "'";
  INFO("banksim" << line.str());
  if (arguments == Arguments{"--"}) {
    CHECK(banksim::test::banksim({"--", "x"}).code == 2);
    return;
  }
  check_refused(banksim::test::banksim(arguments));
}

TEST_CASE("A time without a time limit gets one that is longer") {
  const auto config = json_of({"--timeout", "61s"})["config"];
  CHECK_THAT(config.dump(), ContainsSubstring("61"));
  const Finished finished = banksim::test::banksim({"-d", "20ms", "-f", "json"});
  CHECK(finished.code == 0);
  CHECK(nlohmann::json::parse(finished.out)["outcome"] == "ok");
}

TEST_CASE("Help begins with examples, names every option and ends with exit codes") {
  const Arguments arguments =
      GENERATE(Arguments{"--help"}, Arguments{"-h"}, Arguments{"run", "--help"},
               Arguments{"--threads", "4", "-h"}, Arguments{"help"}, Arguments{"help", "run"});
  const Finished finished = banksim::test::banksim(arguments);
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
  const Arguments arguments = GENERATE(Arguments{"--version"}, Arguments{"-V"}, Arguments{"run", "-V"},
                                       Arguments{"strategies", "--version"}, Arguments{"-q", "-V"});
  const Finished finished = banksim::test::banksim(arguments);
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

TEST_CASE("Several strategies in a run name the command for them") {
  check_refused(banksim::test::banksim({"-s", "ordered,global"}),
                "--strategy: 'ordered,global' is several strategies; did you mean 'banksim compare -s "
                "ordered,global'?");
  check_refused(banksim::test::banksim({"-s", "safe"}),
                "--strategy: 'safe' is several strategies; did you mean 'banksim compare -s safe'?");
  check_refused(banksim::test::banksim({"-s", "ordered,globl"}),
                "--strategy: unknown strategy 'globl'; did you mean 'global'?");
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
