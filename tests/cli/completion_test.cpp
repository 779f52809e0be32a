// Completion: what the program offers, and its scripts in the shells that they are for. A shell that is not
// installed is skipped.
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
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
std::string offers(const Arguments& words) {
  const Finished finished = run_banksim(with({"__complete"}, words));
  CHECK(finished.code == 0);
  CHECK(finished.err.empty());
  std::istringstream lines(finished.out);
  std::string all;
  for (std::string line; std::getline(lines, line);)
    all += (all.empty() ? "" : " ") + line.substr(0, line.find('\t'));
  return all;
}

void skip_without(const std::string& shell) {
  if (find_program(shell).empty()) SKIP("no " << shell << " here");
}

// What the shell prints once the script of its own is loaded: `use` is what it does then, $1 the script.
std::string printed(const std::string& shell, const std::string& use, const Arguments& options = {}) {
  const std::string path = find_program(shell);
  const ScratchFile script;
  script.write(run_banksim({"completion", shell}).out);
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

// "_" stands for an empty last word, as after a space.
TEST_CASE("Options, values, list items, commands and arguments are completed") {
  const auto [line, offered] = GENERATE(table<std::string, std::string>({
      {"--strat", "--strategy"},
      {"run --strat", "--strategy"},
      {"--threads 8 --acc", "--accounts --access"},
      {"compare --max", "--max-slowdown"},
      {"strategies --thr", ""},
      {"--strategy o", "ordered"},
      {"-qs o", "ordered"},
      {"strategies --format _", "text json"},
      {"--format=j", "--format=json"},
      {"--format =", "text json csv mmd"},  // as bash has it
      {"--strategy = o", "ordered"},
      {"--access zi", "zipf:0.99"},
      {"--access zipf : 0", "0.99"},
      {"--expect d", "deadlock"},
      {"--accounts _", ""},
      {"compare -s ordered,gl", "ordered,global"},
      {"compare -s ordered,o", ""},  // what stands in the list is not offered again
      {"compare --hold=0,", "--hold=0,yield"},
      {"-s ordered,gl", ""},  // run takes one
      {"_", "run compare explore check strategies new completion help"},
      {"str", "strategies"},
      {"--color never -vv comp", "compare completion"},
      {"strategies n", "naive"},
      {"completion _", "bash zsh fish"},
      {"help ru", "run"},
      {"run _", ""},
  }));
  INFO(line);
  Arguments words = words_of(line);
  if (words.back() == "_") words.back().clear();
  CHECK(offers(words) == offered);
}

TEST_CASE("Whatever is typed, completion neither fails nor makes a pattern of it") {
  for (const Arguments& words : std::vector<Arguments>{
           {"*"}, {"-s", "*"}, {"--*"}, {"-"}, {"--", "x"}, {"--nonsense=x"}, {"=", ":"}, {"-t"}, {}})
    CHECK_THAT(offers(words), !ContainsSubstring("*"));
}

TEST_CASE("bash, zsh and fish show what the program offers") {
  SECTION("bash") {
    CHECK(in_bash("banksim -s o") == "ordered");
    CHECK(in_bash("banksim --format =") == "text json csv mmd");
    CHECK(in_bash("banksim str") == "strategies");
    CHECK(in_bash("banksim -s '*'").empty());
  }
  SECTION("zsh") {
    skip_without("zsh");
    CHECK(in_zsh("banksim -s o", "o") == "ordered\n");
    CHECK(in_zsh("banksim --access=z", "--access=z") == "--access=zipf\\:0.99\n");
    CHECK_THAT(in_zsh("banksim str", "str"), ContainsSubstring("strategies:list the locking"));
    CHECK(in_zsh("banksim '*'", "'*'").empty());
  }
  SECTION("fish") {
    skip_without("fish");
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
  SECTION("zsh") {
    skip_without("zsh");
    CHECK(in_zsh("banksim -o " + begun, begun) == "FILES\n");
  }
  SECTION("fish") {
    skip_without("fish");
    CHECK(in_fish("banksim -o " + begun) == file + "\n");
    CHECK(in_fish("banksim --output=" + begun) == "--output=" + file + "\n");
  }
}
