// The manual page: it says what the help says, and the programs that show manual pages can read it.
#include "registry.hpp"
#include "run/platform.hpp"
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

std::string manual() { return run_banksim({"help", "--man"}).out; }

// What a reader sees: no fonts, no escapes.
std::string unescaped(std::string text) {
  for (const auto& [escape, character] : {std::pair{"\\fB", ""},
                                          {"\\fI", ""},
                                          {"\\fR", ""},
                                          {"\\-", "-"},
                                          {"\\(aq", "'"},
                                          {"\\(dq", "\""},
                                          {"\\(ti", "~"},
                                          {"\\(ha", "^"},
                                          {"\\&", ""}})
    for (std::size_t at = 0; (at = text.find(escape, at)) != std::string::npos;)
      text.replace(at, std::string(escape).size(), character);
  return text;
}

Finished shown_by(const std::string& program, std::vector<std::string> arguments) {
  const std::string path = find_program(program);
  if (path.empty()) SKIP("no " << program << " here");
  const ScratchFile file;
  file.write(manual());
  arguments.push_back(file.path());
  return run({.arguments = arguments, .program = path});
}

}  // namespace

TEST_CASE("The manual has every section that readers look for, the version and each strategy") {
  const std::string page = manual();
  CHECK_THAT(page, StartsWith(".TH BANKSIM 1 "));
  CHECK_THAT(page.substr(0, page.find('\n')), ContainsSubstring(banksim::version()));
  std::size_t before = 0;
  for (const char* title : {"NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "STRATEGIES", "EXIT STATUS",
                            "ENVIRONMENT", "FILES", "EXAMPLES"}) {
    INFO(title);
    const std::size_t at = page.find(std::string("\n.SH ") + title + "\n");
    REQUIRE(at != std::string::npos);
    CHECK(at > before);
    before = at;
  }
  for (const banksim::StrategyEntry& entry : banksim::strategies())
    CHECK_THAT(unescaped(page), ContainsSubstring(".TP\n" + std::string(entry.name) + "\n"));
}

TEST_CASE("The manual has each option, example and exit code of a command's help, word for word") {
  const std::string command = GENERATE("run", "compare", "explore", "strategies", "completion", "help");
  const std::string page = unescaped(manual());
  CHECK_THAT(page, ContainsSubstring("\n.SS banksim " + command + " "));
  std::istringstream help(run_banksim({"help", command}).out);
  int rows = 0;
  for (std::string line; std::getline(help, line);) {
    if (!line.starts_with("  ")) continue;
    const std::size_t begin = line.find_first_not_of(' ');
    const std::size_t gap = line.find("  ", begin);
    const std::string right = line.substr(line.find_first_not_of(' ', gap));
    CHECK_THAT(page, ContainsSubstring(".TP\n" + line.substr(begin, gap - begin) + "\n" + right + "\n"));
    ++rows;
  }
  CHECK(rows > 10);
}

TEST_CASE("The manual is plain ASCII, and the same each time") {
  const std::string page = manual();
  CHECK(std::ranges::all_of(page, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  CHECK(page == manual());
}

TEST_CASE("groff and mandoc have nothing to say against the manual") {
  // There is no date on purpose, of which mandoc warns: two builds of one source are to be the same.
  const bool is_groff = GENERATE(true, false);
  const Finished finished =
      is_groff ? shown_by("groff", {"-man", "-ww", "-z"}) : shown_by("mandoc", {"-T", "lint", "-W", "error"});
  CHECK(finished.code == 0);
  CHECK(finished.out.empty());
  CHECK(finished.err.empty());
}

TEST_CASE("A reader sees options as they are typed") {
  const std::string text = shown_by("groff", {"-man", "-Tascii", "-P-cbou"}).out;
  CHECK_THAT(text, ContainsSubstring("\n       -t, --threads N\n"));
  CHECK_THAT(text, ContainsSubstring("banksim compare --reference ordered --max-slowdown 10"));
  CHECK_THAT(text, !ContainsSubstring("\\"));
}
