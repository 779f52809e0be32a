// Completion: what the program offers, and its scripts in the shells that they are for. A shell that is not
// installed is skipped.
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;

namespace {

// The offers without what they mean, with a space between them; a file stands where a shell looks for files.
std::string offers(Arguments words) {
  words.insert(words.begin(), "__complete");
  const Finished finished = banksim::test::banksim(words);
  CHECK(finished.code == 0);
  CHECK(finished.err.empty());
  std::istringstream lines(finished.out);
  std::string all;
  for (std::string line; std::getline(lines, line);)
    all += (all.empty() ? "" : " ") + line.substr(0, line.find('\t'));
  return all;
}

// What the shell prints once the script of its own is loaded: `use` is what it does then, $1 the script.
std::string printed(const std::string& shell, const std::string& use, const Arguments& options = {}) {
  const std::string path = find_program(shell);
  if (path.empty()) SKIP("no " << shell << " here");
  const ScratchFile script;
  script.write(banksim::test::banksim({"completion", shell}).out);
  Arguments arguments = options;
  arguments.insert(arguments.end(), {"-c", use, shell, script.path()});
  const std::string folder = std::filesystem::path(BANKSIM_BINARY).parent_path();
  const Finished finished = run({.arguments = arguments,
                                 .environment = {"PATH=" + folder + ":/usr/local/bin:/usr/bin:/bin"},
                                 .program = path});
  CHECK(finished.code == 0);
  CHECK(finished.err.empty());
  return finished.out;
}

std::string in_bash(const std::string& words) {
  const std::string out = printed("bash", ". \"$1\"; COMP_WORDS=(" + words +
                                              "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _banksim banksim; "
                                              "echo \"${COMPREPLY[*]}\"");
  return out.substr(0, out.find('\n'));
}

// The widgets are printed instead of shown: zsh has them only while somebody is typing.
std::string in_zsh(const std::string& words, const std::string& prefix) {
  return printed(
      "zsh",
      "compdef() {}; _describe() { print -rl -- ${(P)3} }; _files() { print FILES }; compset() {}\n"
      ". \"$1\"; words=(" +
          words + "); CURRENT=${#words}; PREFIX=" + prefix + "; _banksim",
      {"-f"});
}

std::string in_fish(const std::string& line) {
  return printed("fish", "source $argv[2]; complete -C '" + line + "'", {"--no-config"});
}

}  // namespace

TEST_CASE("Options are completed with those of their command") {
  CHECK(offers({"--strat"}) == "--strategy");
  CHECK(offers({"run", "--strat"}) == "--strategy");
  CHECK(offers({"--threads", "8", "--acc"}) == "--accounts --access");
  CHECK(offers({"compare", "--max"}) == "--max-slowdown");
  CHECK(offers({"strategies", "--thr"}).empty());
}

TEST_CASE("Values are completed, after a space and after an equals sign") {
  CHECK(offers({"--strategy", "o"}) == "ordered");
  CHECK(offers({"-qs", "o"}) == "ordered");
  CHECK(offers({"strategies", "--format", ""}) == "text json");
  CHECK(offers({"--format=j"}) == "--format=json");
  CHECK(offers({"--format", "="}) == "text json csv");  // as bash has it
  CHECK(offers({"--strategy", "=", "o"}) == "ordered");
  CHECK(offers({"--access", "zi"}) == "zipf:0.99");
  CHECK(offers({"--access", "zipf", ":", "0"}) == "0.99");
  CHECK(offers({"--expect", "d"}) == "deadlock");
  CHECK(offers({"--accounts", ""}).empty());
}

TEST_CASE("In a list the next item is completed, and what stands in it is not offered again") {
  CHECK(offers({"compare", "-s", "ordered,gl"}) == "ordered,global");
  CHECK(offers({"compare", "-s", "ordered,o"}).empty());
  CHECK(offers({"compare", "--hold=0,"}) == "--hold=0,yield");
  CHECK(offers({"-s", "ordered,gl"}).empty());  // run takes one
}

TEST_CASE("Commands and their arguments are completed") {
  CHECK(offers({""}) == "run compare explore strategies completion help");
  CHECK(offers({"str"}) == "strategies");
  CHECK(offers({"--color", "never", "-vv", "comp"}) == "compare completion");
  CHECK(offers({"strategies", "n"}) == "naive");
  CHECK(offers({"completion", ""}) == "bash zsh fish");
  CHECK(offers({"help", "ru"}) == "run");
  CHECK(offers({"run", ""}).empty());
}

TEST_CASE("Whatever is typed, completion neither fails nor makes a pattern of it") {
  for (const Arguments& words : std::vector<Arguments>{
           {"*"}, {"-s", "*"}, {"--*"}, {"-"}, {"--", "x"}, {"--nonsense=x"}, {"=", ":"}, {"-t"}, {}})
    CHECK_THAT(offers(words), !ContainsSubstring("*"));
}

TEST_CASE("bash, zsh and fish show what the program offers") {
  SECTION("bash") {
    CHECK(in_bash("banksim -s o") == "ordered");
    CHECK(in_bash("banksim --format =") == "text json csv");
    CHECK(in_bash("banksim str") == "strategies");
    CHECK(in_bash("banksim -s '*'").empty());
  }
  SECTION("zsh") {
    CHECK(in_zsh("banksim -s o", "o") == "ordered\n");
    CHECK(in_zsh("banksim --access=z", "--access=z") == "--access=zipf\\:0.99\n");
    CHECK_THAT(in_zsh("banksim str", "str"), ContainsSubstring("strategies:list the locking"));
    CHECK(in_zsh("banksim '*'", "'*'").empty());
  }
  SECTION("fish") {
    CHECK(in_fish("banksim -s o") == "ordered\n");
    CHECK(in_fish("banksim --format=j") == "--format=json\n");
    CHECK_THAT(in_fish("banksim str"), ContainsSubstring("strategies\tlist the locking"));
  }
}

TEST_CASE("bash, zsh and fish look for files where a file is due") {
  const ScratchFolder folder;
  const std::string file = folder / "a file.json";
  std::ofstream(file) << "{}";
  const std::string begun = folder / "a";
  SECTION("bash") {
    CHECK(in_bash("banksim -o " + begun) == file);
    CHECK(in_bash("banksim --output = " + begun) == file);
    CHECK(in_bash("banksim compare --export " + begun) == file);
  }
  SECTION("zsh") { CHECK(in_zsh("banksim -o " + begun, begun) == "FILES\n"); }
  SECTION("fish") {
    CHECK(in_fish("banksim -o " + begun) == file + "\n");
    CHECK(in_fish("banksim --output=" + begun) == "--output=" + file + "\n");
  }
}
