// Options from the environment and from the file of --config.
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

Finished with_environment(const Arguments& environment, Arguments arguments) {
  return run({.arguments = std::move(arguments), .environment = environment});
}

json config_of(const Finished& finished) {
  INFO(finished.err);
  REQUIRE(finished.code == 0);
  return json::parse(finished.out)["config"];
}

void check_refused(const Finished& finished, const std::string& message) {
  CHECK(finished.code == 2);
  CHECK(finished.out.empty());
  CHECK_THAT(finished.err, ContainsSubstring("banksim: error: " + message));
  CHECK(std::ranges::count(finished.err, '\n') == 2);
}

const Arguments kShort = {"-n", "1k", "-f", "json"};

}  // namespace

TEST_CASE("What is typed wins over the environment, and that over the file") {
  const ScratchFile file;
  file.write("threads = 5\naccounts = 50 # a comment\nquiet = true\n");
  const Arguments config = {"--config", file.path()};
  const json from_file = config_of(with_environment({}, with(kShort, config)));
  CHECK(from_file["threads"] == 5);
  CHECK(from_file["accounts"] == 50);
  const json both = config_of(with_environment({"BANKSIM_THREADS=4"}, with(kShort, config)));
  CHECK(both["threads"] == 4);
  CHECK(both["accounts"] == 50);
  const Arguments typed = with(with(kShort, config), {"-t", "3"});
  CHECK(config_of(with_environment({"BANKSIM_THREADS=4"}, typed))["threads"] == 3);
  CHECK(config_of(with_environment({"BANKSIM_CONFIG=" + file.path()}, kShort))["threads"] == 5);
}

TEST_CASE("A list and a section of the file reach their command") {
  const ScratchFile file;
  file.write("threads = 3\nruns = 1\n[compare]\nthreads = [1, 2]\nstrategy = [\"global\", \"ordered\"]\n");
  const Finished compared =
      banksim::test::banksim({"compare", "-n", "1k", "-w", "0", "-f", "json", "--config", file.path()});
  REQUIRE(compared.code == 0);
  CHECK(json::parse(compared.out)["results"].size() == 4);
  CHECK(config_of(with_environment({}, with(kShort, {"--config", file.path()})))["threads"] == 3);
}

TEST_CASE("A setting binds only commands that have it and whose range it fits") {
  const auto sizes = [](const Finished& finished) {
    CHECK(finished.code == 0);
    return finished.out.substr(0, finished.out.find('\n'));
  };
  using banksim::test::banksim;
  const std::string plain = sizes(banksim({"explore"}));
  CHECK(sizes(with_environment({"BANKSIM_THREADS=50", "BANKSIM_TRANSFERS=1m", "BANKSIM_SEED=3"},
                               {"explore"})) == plain);
  CHECK(sizes(with_environment({"BANKSIM_THREADS=3"}, {"explore"})) != plain);
  CHECK(config_of(with_environment({"BANKSIM_THREADS=1,2"}, kShort))["threads"] == 8);  // compare's
  CHECK(with_environment({"BANKSIM_THREADS=x"}, {"strategies"}).code == 0);
  CHECK(with_environment({"BANKSIM_THREADS=x"}, {"--help"}).code == 0);
  CHECK(with_environment({"BANKSIM_TRANSFERS=1g"}, {"-d", "10ms"}).code ==
        0);  // which the typed one excludes
}

TEST_CASE("A setting that fits no command is refused by its name") {
  check_refused(with_environment({"BANKSIM_THREADS=x"}, kShort), "BANKSIM_THREADS: 'x' is not a count");
  check_refused(with_environment({"BANKSIM_QUIET=maybe"}, kShort),
                "BANKSIM_QUIET: 'maybe' is neither true nor false");
  check_refused(with_environment({"BANKSIM_STRATEGY=orderd"}, kShort),
                "BANKSIM_STRATEGY: unknown strategy 'orderd'; did you mean 'ordered'?");
  CHECK(with_environment({"BANKSIM_THREADS=x"}, with(kShort, {"-t", "2"})).code == 0);
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
  check_refused(with_environment({}, with(kShort, {"--config", file.path()})), file.path() + message);
}

TEST_CASE("A file of settings that cannot be read is refused") {
  const ScratchFolder folder;
  check_refused(with_environment({}, {"--config", folder / "none"}), "--config: cannot read '");
  check_refused(with_environment({}, {"--config", folder.path()}),
                "--config: '" + folder.path() + "' is a folder");
  check_refused(with_environment({}, {"--config", ""}), "--config: the name of a file is missing");
}
