// Options from the environment and from the file of --config.
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include <string>

using namespace banksim::test;
using nlohmann::json;

namespace {

Finished run_in(const std::string& environment, const std::string& line) {
  return run({.arguments = words_of(line), .environment = words_of(environment)});
}

// Of a short run.
json config_in(const std::string& environment, const std::string& line) {
  const Finished finished = run_in(environment, line + " -n 1k -f json");
  INFO(finished.err);
  REQUIRE(finished.code == 0);
  return json::parse(finished.out)["config"];
}

}  // namespace

TEST_CASE("What is typed wins over the environment, and that over the file") {
  const ScratchFile file;
  file.write("threads = 5\naccounts = 50 # a comment\nquiet = true\n");
  const std::string config = "--config " + file.path();
  const json from_file = config_in("", config);
  CHECK((from_file["threads"] == 5 && from_file["accounts"] == 50));
  const json both = config_in("BANKSIM_THREADS=4", config);
  CHECK((both["threads"] == 4 && both["accounts"] == 50));
  CHECK(config_in("BANKSIM_THREADS=4", config + " -t 3")["threads"] == 3);
  CHECK(config_in("BANKSIM_CONFIG=" + file.path(), "")["threads"] == 5);
}

TEST_CASE("A list and a section of the file reach their command") {
  const ScratchFile file;
  file.write("threads = 3\nruns = 1\n[compare]\nthreads = [1, 2]\nstrategy = [\"global\", \"ordered\"]\n");
  const Finished compared = run_line("compare -n 1k -w 0 -f json --config " + file.path());
  REQUIRE(compared.code == 0);
  CHECK(json::parse(compared.out)["results"].size() == 4);
  CHECK(config_in("", "--config " + file.path())["threads"] == 3);
}

TEST_CASE("A setting binds only commands that have it and whose range it fits") {
  const auto sizes = [](const std::string& environment) {
    const Finished finished = run_in(environment, "explore -s naive");
    CHECK(finished.code == 4);
    return finished.out.substr(0, finished.out.find('\n'));
  };
  CHECK(sizes("BANKSIM_THREADS=50 BANKSIM_TRANSFERS=1m BANKSIM_SEED=3") == sizes(""));
  CHECK(sizes("BANKSIM_THREADS=3") != sizes(""));
  CHECK(config_in("BANKSIM_THREADS=1,2", "")["threads"] == 8);  // compare's
  CHECK(run_in("BANKSIM_THREADS=x", "strategies").code == 0);
  CHECK(run_in("BANKSIM_THREADS=x", "--help").code == 0);
  CHECK(run_in("BANKSIM_THREADS=x", "-n 1k -t 2").code == 0);
  CHECK(run_in("BANKSIM_TRANSFERS=1g", "-d 10ms").code == 0);  // which the typed one excludes
}

TEST_CASE("A setting that fits no command is refused by its name") {
  CHECK(run_in("BANKSIM_THREADS=x", "").is_refused("BANKSIM_THREADS: 'x' is not a count"));
  CHECK(run_in("BANKSIM_QUIET=maybe", "").is_refused("BANKSIM_QUIET: 'maybe' is neither true nor false"));
  CHECK(run_in("BANKSIM_STRATEGY=orderd", "")
            .is_refused("BANKSIM_STRATEGY: unknown strategy 'orderd'; did you mean 'ordered'?"));
}

TEST_CASE("What the file holds is settings, and nothing else") {
  const auto [text, message] = GENERATE(table<std::string, std::string>({
      {"thread = 5\n", ": unknown setting 'thread'; did you mean '--threads'?"},
      {"what is this\n", ": unknown setting"},
      {"config = x\n", ": unknown setting 'config'"},
      {"[rnu]\nthreads = 5\n", ": unknown section 'rnu'; did you mean 'run'?"},
      {"threads = 5x\n", ": threads: '5x' is not a count"},
  }));
  const ScratchFile file;
  file.write(text);
  CHECK(run_line("--config " + file.path()).is_refused(file.path() + message));
}

TEST_CASE("A file of settings that cannot be read is refused") {
  const ScratchFolder folder;
  CHECK(run_line("--config " + (folder / "none")).is_refused("--config: cannot read '"));
  CHECK(run_line("--config " + folder.path()).is_refused("--config: '" + folder.path() + "' is a folder"));
  CHECK(run_banksim({"--config", ""}).is_refused("--config: the name of a file is missing"));
}
