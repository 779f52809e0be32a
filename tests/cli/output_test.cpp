// The streams from outside: what goes where, and what happens when it cannot.
#include "cli/terminal.hpp"
#include "run/platform.hpp"
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <sstream>

using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

const Stream kClosed{Stream::Kind::closed};
const Stream kFull{Stream::Kind::file, "/dev/full"};

}  // namespace

TEST_CASE("stdout holds the result and nothing else, warnings go to stderr") {
  const Finished finished =
      banksim::test::banksim({"-t", "200", "-n", "10k", "-v", "--progress", "always", "-f", "json"});
  CHECK(finished.code == 0);
  CHECK(nlohmann::json::accept(finished.out));
  CHECK_THAT(finished.err, ContainsSubstring("banksim: warning: "));
}

TEST_CASE("Option -v logs to stderr, line by line under the program's name") {
  const Finished finished = banksim::test::banksim({"-n", "1k", "-t", "1", "-v"});
  CHECK_THAT(finished.err, StartsWith("banksim: "));
  CHECK_THAT(finished.err, ContainsSubstring("running ordered: 1 threads"));
  CHECK(finished.out.find("running") == std::string::npos);
}

TEST_CASE("A full disk is an error that names the place") {
  if (!std::filesystem::exists("/dev/full")) SKIP("no /dev/full here");
  const Arguments arguments =
      GENERATE(Arguments{"-n", "1k"}, Arguments{"--help"}, Arguments{"-V"}, Arguments{"strategies"},
               Arguments{"completion", "bash"}, Arguments{"-s", "naive", "-a", "2", "--hold", "yield"},
               Arguments{"-n", "1k", "-o", "/dev/full"});
  const std::string place = arguments.back() == "/dev/full" ? "'/dev/full'" : "standard output";
  const Finished finished = run({.arguments = arguments, .out = kFull});
  CHECK(finished.code == 1);
  CHECK_THAT(finished.err, ContainsSubstring("banksim: error: cannot write " + place + ": No space left"));
}

TEST_CASE("A closed stdout is an error before anything runs") {
  const Arguments arguments = GENERATE(Arguments{"-d", "1h"}, Arguments{"--help"}, Arguments{"strategies"});
  const Finished finished = run({.arguments = arguments, .out = kClosed});
  CHECK(finished.code == 1);
  CHECK(finished.err == "banksim: error: cannot write standard output: it is closed\n");
}

TEST_CASE("With closed streams the file is still written, and no other instead") {
  const ScratchFile file;
  const Stream out{GENERATE(Stream::Kind::pipe, Stream::Kind::closed)};
  // Threads beyond the processors are warned of.
  const Finished finished =
      run({.arguments = {"-t", "200", "-n", "10k", "-v", "-f", "json", "-o", file.path()},
           .out = out,
           .err = kClosed});
  CHECK(finished.code == 0);
  CHECK(finished.out.empty());
  CHECK(nlohmann::json::accept(file.read()));
}

TEST_CASE("A reader that has gone is an error and no crash") {
  const Finished finished = run(
      {.arguments = {"-c", "{ \"$0\" -n 1k; echo $? >&2; } | true", BANKSIM_BINARY}, .program = "/bin/sh"});
  // Either the pipe took the text before its reader ended, or it did not and that is said.
  if (finished.err.find("error") == std::string::npos) {
    CHECK_THAT(finished.err, ContainsSubstring("0\n"));
  } else {
    CHECK_THAT(finished.err, ContainsSubstring("cannot write standard output: Broken pipe"));
    CHECK_THAT(finished.err, ContainsSubstring("1\n"));
  }
}

TEST_CASE("Bad input leaves the output file as it was") {
  const ScratchFile file;
  const Arguments wrong =
      GENERATE(Arguments{"--seed", "x"}, Arguments{"-a", "1"}, Arguments{"-n", "1", "-d", "1"});
  Arguments arguments = wrong;
  arguments.insert(arguments.end(), {"-o", file.path()});
  CHECK(banksim::test::banksim(arguments).code == 2);
  CHECK_FALSE(file.exists());
  file.write("precious");
  CHECK(banksim::test::banksim(arguments).code == 2);
  CHECK(file.read() == "precious");
}

TEST_CASE("Two results for one file are refused, and the file is left alone") {
  const ScratchFile file;
  const std::string json = file.path() + ".json";
  const std::string option = GENERATE("-o", "--export");
  const Finished refused = banksim::test::banksim({"compare", "--export", json, option, json});
  CHECK(refused.code == 2);
  CHECK(refused.out.empty());
  CHECK_THAT(refused.err, ContainsSubstring("--export '" + json + "'") &&
                              ContainsSubstring("'" + json + "' would write the same file\n"));
  CHECK_FALSE(std::filesystem::exists(json));
}

TEST_CASE("An output that cannot be opened is said before the run") {
  const ScratchFile file;
  const Finished nowhere = banksim::test::banksim({"-d", "1h", "-o", file.path() + "/sub/x.json"});
  CHECK(nowhere.code == 1);
  CHECK_THAT(nowhere.err, ContainsSubstring("the folder '" + file.path() + "/sub' does not exist"));
  const Finished folder = banksim::test::banksim({"-d", "1h", "-o", "/"});
  CHECK(folder.code == 1);
  CHECK_THAT(folder.err, ContainsSubstring("cannot write '/': Is a directory"));
}

TEST_CASE("Colour follows the option, then the environment, then the stream") {
  const bool on_terminal = GENERATE(true, false);
  const Stream out{on_terminal ? Stream::Kind::terminal : Stream::Kind::pipe};
  const auto is_coloured = [&out](Arguments arguments, Arguments environment) {
    arguments.insert(arguments.end(), {"-n", "1k", "-t", "1"});
    const Finished finished = run({.arguments = arguments, .environment = environment, .out = out});
    return finished.out.find('\x1b') != std::string::npos;
  };
  CHECK(is_coloured({}, {"TERM=xterm"}) == on_terminal);
  CHECK(is_coloured({}, {"TERM=xterm", "NO_COLOR="}) == on_terminal);
  CHECK(is_coloured({}, {"CLICOLOR_FORCE=1"}));
  CHECK(is_coloured({"--color", "always"}, {"NO_COLOR=1"}));
  CHECK_FALSE(is_coloured({}, {"TERM=dumb"}));
  CHECK_FALSE(is_coloured({}, {}));
  CHECK_FALSE(is_coloured({}, {"CLICOLOR_FORCE=0"}));
  CHECK_FALSE(is_coloured({}, {"TERM=xterm", "NO_COLOR=1"}));
  CHECK_FALSE(is_coloured({}, {"CLICOLOR_FORCE=1", "NO_COLOR=1"}));
  CHECK_FALSE(is_coloured({"--color", "never"}, {"CLICOLOR_FORCE=1"}));
}

TEST_CASE("The first locale variable that is set decides on Unicode") {
  const auto [environment, is_unicode] =
      GENERATE(table<Arguments, bool>({{{"LANG=en_GB.UTF-8"}, true},
                                       {{"LC_CTYPE=C.utf8", "LANG=C"}, true},
                                       {{"LC_ALL=C", "LANG=en_GB.UTF-8"}, false},
                                       {{"LC_ALL=", "LANG=en_GB.UTF-8"}, true},
                                       {Arguments{}, false}}));
  const Finished finished = run({.arguments = {"-n", "1k"}, .environment = environment});
  const auto is_plain = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  CHECK(std::ranges::all_of(finished.out, is_plain) != is_unicode);
}

TEST_CASE("Progress without a terminal is plain lines once a second") {
  const Finished finished = banksim::test::banksim({"-d", "1500ms", "--progress", "always", "-q"});
  CHECK(finished.code == 0);
  CHECK_THAT(finished.err, StartsWith("banksim: progress: ") && ContainsSubstring(" s left"));
  CHECK_THAT(finished.err, !ContainsSubstring("100 %"));  // of the time, not of a million transfers
  CHECK(std::ranges::count(finished.err, '\n') == 1);
}

TEST_CASE("Progress never exceeds the whole and never divides by nothing") {
  using banksim::cli::share_line;
  using namespace std::chrono_literals;
  CHECK(share_line(0.25, 1s, "x") == " 25 %  x  3 s left");
  CHECK(share_line(1.1, 11s, "x") == "100 %  x  0 s left");
  CHECK(share_line(0, 5s, "x") == "  0 %  x");
}

TEST_CASE("Progress on a terminal is one line, rewritten, cleared and never wider than the terminal") {
  const auto [told, environment, columns] =
      GENERATE(table<unsigned short, Arguments, std::size_t>({{0, {"COLUMNS="}, 80},
                                                              {200, {}, 200},
                                                              {30, {}, 30},
                                                              {0, {"COLUMNS=25"}, 25},
                                                              {12, {"COLUMNS=90"}, 12}}));
  const Finished finished = run({.arguments = {"-qd", "700ms", "-t", "1", "--progress", "always"},
                                 .environment = environment,
                                 .err = {.kind = Stream::Kind::terminal, .columns = told}});
  CHECK(finished.code == 0);
  REQUIRE_THAT(finished.err, StartsWith("\r ") && ContainsSubstring(" %") && EndsWith(" \r"));
  std::istringstream lines(finished.err);
  std::size_t widest = 0;
  for (std::string line; std::getline(lines, line, '\r');) {
    CHECK(line.find('\n') == std::string::npos);
    widest = std::max(widest, line.size());
  }
  CHECK(widest < columns);
  CHECK((columns < 40) == (widest == columns - 1));  // a narrow terminal is made use of
}

TEST_CASE("Progress is not shown to a pipe, to CI, to short runs or where it is unwanted") {
  const Stream terminal{Stream::Kind::terminal};
  const Launch unseen = GENERATE_COPY(values<Launch>({
      {.arguments = {"-d", "700ms", "-t", "1"}},
      {.arguments = {"-d", "700ms", "-t", "1"}, .environment = {"CI=1"}, .err = terminal},
      {.arguments = {"-d", "100ms", "-t", "1"}, .err = terminal},
      {.arguments = {"-d", "700ms", "-t", "1", "--progress=never"}, .err = terminal},
      {.arguments = {"-d", "700ms", "-t", "1", "-q"}, .err = terminal},
  }));
  const std::string err = run(unseen).err;
  CHECK(err.find(" transfers ") == std::string::npos);
}

TEST_CASE("Too little memory is said, whether for threads or for accounts") {
  if (!banksim::host().sanitizers.empty()) SKIP("sanitizers need more address space than the limit leaves");
  const auto limited = [](const std::string& options) {
    return run({.arguments = {"-c", "ulimit -v 300000; exec \"$0\" " + options, BANKSIM_BINARY},
                .program = "/bin/sh"});
  };
  const Finished threads = limited("-t 4000");
  CHECK(threads.code == 1);
  CHECK(threads.out.empty());
  CHECK_THAT(threads.err, ContainsSubstring("of 4000 threads"));
  const Finished accounts = limited("-a 100m --balance 1");
  CHECK(accounts.code == 1);
  CHECK_THAT(accounts.err, ContainsSubstring("memory"));
}
