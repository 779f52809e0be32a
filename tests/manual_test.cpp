// The manual page: it says what the help says, and the programs that show manual pages can read it.
#include "registry.hpp"
#include "run/platform.hpp"
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

std::string manual() { return banksim::test::banksim({"help", "--man"}).out; }

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

// What a reader sees: no fonts, no escapes.
std::string unescaped(std::string text) {
  for (const char* font : {"\\fB", "\\fI", "\\fR"}) replace_all(text, font, "");
  for (const auto& [escape, character] :
       {std::pair{"\\-", "-"}, {"\\(aq", "'"}, {"\\(dq", "\""}, {"\\(ti", "~"}, {"\\(ha", "^"}, {"\\&", ""}})
    replace_all(text, escape, character);
  return text;
}

// The lines of the help below a title, up to an empty one.
std::vector<std::string> lines_below(const std::string& help, const std::string& title) {
  std::istringstream lines(help.substr(std::min(help.find("\n" + title + ":\n"), help.size())));
  std::vector<std::string> result;
  std::string line;
  std::getline(lines, line);  // the end of the line before
  std::getline(lines, line);  // the title
  while (std::getline(lines, line) && !line.empty()) result.push_back(line);
  return result;
}

// The two columns of a line of help.
std::pair<std::string, std::string> columns(const std::string& line) {
  const std::size_t begin = line.find_first_not_of(' ');
  const std::size_t gap = line.find("  ", begin);
  const std::size_t right = line.find_first_not_of(' ', gap);
  return {line.substr(begin, gap - begin), right == std::string::npos ? "" : line.substr(right)};
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const std::string& line : lines_below(banksim::test::banksim({"help"}).out, "Commands"))
    names.push_back(columns(line).first);
  return names;
}

std::set<std::string> long_options(const std::string& text) {
  std::set<std::string> found;
  for (std::size_t at = 0; (at = text.find("--", at)) != std::string::npos;) {
    const std::size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at);
    if (end > at + 2) found.insert(text.substr(at, end - at));
    at = end == std::string::npos ? text.size() : end;
  }
  return found;
}

// The page of one command, from its heading to the next.
std::string page_of(const std::string& page, const std::string& command) {
  const std::size_t begin = page.find("\n.SS banksim " + command);
  return begin == std::string::npos ? "" : page.substr(begin, page.find("\n.S", begin + 1) - begin);
}

// The options of a part, with those that it leaves to another command: "see banksim run".
std::set<std::string> explained_options(const std::string& page, const std::string& part) {
  const std::string reference = "\nsee banksim ";
  std::set<std::string> options = long_options(part);
  for (std::size_t at = 0; (at = part.find(reference, at)) != std::string::npos;) {
    at += reference.size();
    options.merge(long_options(page_of(page, part.substr(at, part.find('\n', at) - at))));
  }
  return options;
}

void check_silent(const std::string& program, std::vector<std::string> arguments) {
  const std::string path = find_program(program);
  if (path.empty()) SKIP("no " << program << " here");
  const ScratchFile file;
  file.write(manual());
  arguments.push_back(file.path());
  const Finished finished = run({.arguments = arguments, .program = path});
  CHECK(finished.code == 0);
  CHECK(finished.out.empty());
  CHECK(finished.err.empty());
}

}  // namespace

TEST_CASE("The manual has every section that readers look for, and the version") {
  const std::string page = manual();
  CHECK_THAT(page, StartsWith(".TH BANKSIM 1 "));
  CHECK_THAT(page.substr(0, page.find('\n')), ContainsSubstring(banksim::version()));
  std::size_t before = 0;
  for (const char* title : {"NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "STRATEGIES", "EXIT STATUS",
                            "ENVIRONMENT", "FILES", "EXAMPLES"}) {
    INFO(title);
    const std::size_t at = page.find(std::string("\n.SH ") + title + "\n");
    CHECK(at != std::string::npos);
    CHECK(at > before);
    before = at;
  }
}

TEST_CASE("The manual explains every command with every option that its help has") {
  const std::string page = unescaped(manual());
  const std::vector<std::string> commands = command_names();
  CHECK(commands.size() >= 6);
  for (const std::string& command : commands) {
    INFO(command);
    const std::string part = page_of(page, command);
    REQUIRE_FALSE(part.empty());
    const std::set<std::string> explained = explained_options(page, part);
    const std::string help = banksim::test::banksim({"help", command}).out;
    for (const std::string& option : long_options(help.substr(help.find("\n\n", help.find("Examples:"))))) {
      INFO(option);
      CHECK(explained.contains(option));
    }
  }
}

TEST_CASE("The manual has each example, each exit code and each strategy") {
  const std::string page = unescaped(manual());
  for (const std::string& command : command_names()) {
    const std::string help = banksim::test::banksim({"help", command}).out;
    const auto examples = lines_below(help, "Examples");
    const auto codes = lines_below(help, "Exit codes");
    CHECK_FALSE(examples.empty());
    CHECK_FALSE(codes.empty());
    for (const auto* rows : {&examples, &codes})
      for (const std::string& line : *rows) {
        const auto [left, right] = columns(line);
        CHECK_THAT(page, ContainsSubstring(".TP\n" + left + "\n" + right + "\n"));
      }
  }
  for (const banksim::StrategyEntry& entry : banksim::strategies())
    CHECK_THAT(page, ContainsSubstring(".TP\n" + std::string(entry.name) + "\n"));
}

TEST_CASE("The manual names the choices and the default of an option") {
  const std::string page = unescaped(manual());
  CHECK_THAT(page, ContainsSubstring("-f, --format text|json|csv\n"));
  CHECK_THAT(page,
             ContainsSubstring("-t, --threads N|auto\n1 to 4096; auto: the CPUs that may be used [8]\n"));
  for (const char* shell : {"bash", "zsh", "fish"})
    CHECK_THAT(page_of(page, "completion"), ContainsSubstring(shell));
}

TEST_CASE("The manual is plain ASCII, and the same each time") {
  const std::string page = manual();
  CHECK(std::ranges::all_of(page, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  CHECK(page == manual());
}

TEST_CASE("groff has nothing to say against the manual") { check_silent("groff", {"-man", "-ww", "-z"}); }
TEST_CASE("mandoc has nothing to say against the manual") {
  // There is no date on purpose: two builds of one source are to be the same.
  check_silent("mandoc", {"-T", "lint", "-W", "error"});
}

TEST_CASE("A reader sees options as they are typed") {
  const std::string groff = find_program("groff");
  if (groff.empty()) SKIP("no groff here");
  const ScratchFile file;
  file.write(manual());
  const std::string text =
      run({.arguments = {"-man", "-Tascii", "-P-cbou", file.path()}, .program = groff}).out;
  CHECK_THAT(text, ContainsSubstring("\n       -t, --threads N\n"));
  CHECK_THAT(text, ContainsSubstring("banksim compare --reference ordered --max-slowdown 10"));
  CHECK_THAT(text, !ContainsSubstring("\\"));
}

TEST_CASE("The manual is one page, so it takes no command") {
  const Finished finished = banksim::test::banksim({"help", "--man", "run"});
  CHECK(finished.code == 2);
  CHECK(finished.out.empty());
  CHECK_THAT(finished.err, ContainsSubstring("--man is one page for all commands; leave out 'run'"));
}
