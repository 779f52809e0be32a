// The completion scripts, given to the shells that they are for. A shell that is not installed is skipped.
#include "cli/command.hpp"
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <cstdlib>
#include <string>

using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string script(const std::string& name) { return banksim::test::banksim({"completion", name}).out; }

// What bash offers once the words are typed; the last one is being completed.
std::string bash_offers(const std::string& words) {
  const std::string bash = find_program("bash");
  if (bash.empty()) SKIP("no bash here");
  const ScratchFile file;
  file.write(script("bash"));
  const Finished finished =
      run({.arguments = {"-c", ". '" + file.path() + "'; COMP_WORDS=(" + words +
                                   "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _banksim; "
                                   "echo \"${COMPREPLY[*]}\""},
           .program = bash});
  CHECK(finished.err.empty());
  return finished.out.substr(0, finished.out.find('\n'));
}

void check_syntax(const std::string& name) {
  const std::string path = find_program(name);
  if (path.empty()) SKIP("no " << name << " here");
  const ScratchFile file;
  file.write(script(name));
  const Finished finished = run({.arguments = {"-n", file.path()}, .program = path});
  CHECK(finished.code == 0);
  CHECK(finished.err.empty());
}

}  // namespace

TEST_CASE("bash can read its completion script") { check_syntax("bash"); }
TEST_CASE("zsh can read its completion script") { check_syntax("zsh"); }
TEST_CASE("fish can read its completion script") { check_syntax("fish"); }

TEST_CASE("bash completes options") {
  CHECK(bash_offers("banksim --strat") == "--strategy");
  CHECK(bash_offers("banksim run --strat") == "--strategy");
  CHECK(bash_offers("banksim --threads 8 --acc") == "--accounts --access");
  CHECK(bash_offers("banksim strategies --pl") == "--plain");
  CHECK(bash_offers("banksim strategies --thr").empty());
}

TEST_CASE("bash completes values, after a space and after an equals sign") {
  CHECK(bash_offers("banksim --strategy o") == "ordered");
  CHECK(bash_offers("banksim -s o") == "ordered");
  CHECK(bash_offers("banksim --strategy = o") == "ordered");
  CHECK(bash_offers("banksim --format =") == "text json csv");
  CHECK(bash_offers("banksim strategies --format ''") == "text json");
  CHECK(bash_offers("banksim --threads ''").empty());
  CHECK(bash_offers("banksim --expect d") == "deadlock");
}

TEST_CASE("bash completes commands and their arguments") {
  CHECK(bash_offers("banksim str") == "strategies");
  CHECK(bash_offers("banksim strategies n") == "naive");
  CHECK(bash_offers("banksim completion ''") == "bash zsh fish");
  CHECK(bash_offers("banksim help ru") == "run");
  CHECK(bash_offers("banksim run ''").empty());
}

TEST_CASE("bash completes files where a file is due") {
  const ScratchFile file;
  file.write("");
  const std::string begun = file.path().substr(0, file.path().size() - 2);
  CHECK(bash_offers("banksim -o " + begun) == file.path());
  CHECK(bash_offers("banksim --output = " + begun) == file.path());
}

TEST_CASE("Every option of every command is in every script") {
  for (const char* name : {"bash", "zsh", "fish"}) {
    const std::string text = script(name);
    for (const auto& command : banksim::cli::commands())
      for (const auto& option : command.long_names()) {
        INFO(name << " " << command.name);
        CHECK_THAT(text, ContainsSubstring(std::string(name) == "fish" ? "-l " + option.substr(2) : option));
      }
  }
}
