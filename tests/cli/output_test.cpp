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
  const Finished finished = run_line("-t 200 -n 10k -v --progress always -f json");
  CHECK(finished.code == 0);
  CHECK(nlohmann::json::accept(finished.out));
  CHECK_THAT(finished.err, ContainsSubstring("banksim: warning: "));
}

TEST_CASE("A full disk is an error that names the place") {
  if (!std::filesystem::exists("/dev/full")) SKIP("no /dev/full here");
  const std::string line = GENERATE("-n 1k", "--help", "-V", "strategies", "completion bash",
                                    "-s naive -a 2 --hold yield", "-n 1k -o /dev/full");
  const std::string place = line.ends_with("/dev/full") ? "'/dev/full'" : "standard output";
  const Finished finished = run({.arguments = words_of(line), .out = kFull});
  CHECK(finished.code == 1);
  CHECK_THAT(finished.err, ContainsSubstring("banksim: error: cannot write " + place + ": No space left"));
}

TEST_CASE("A closed stdout is an error before anything runs") {
  const std::string line = GENERATE("-d 1h", "--help", "strategies");
  const Finished finished = run({.arguments = words_of(line), .out = kClosed});
  CHECK(finished.code == 1);
  CHECK(finished.err == "banksim: error: cannot write standard output: it is closed\n");
}

TEST_CASE("With closed streams the file is still written, and no other instead") {
  const ScratchFile file;
  const Stream out{GENERATE(Stream::Kind::pipe, Stream::Kind::closed)};
  // Threads beyond the processors are warned of.
  const Finished finished =
      run({.arguments = words_of("-t 200 -n 10k -v -f json -o " + file.path()), .out = out, .err = kClosed});
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
  const std::string line = std::string(GENERATE("--seed x", "-a 1", "-n 1 -d 1")) + " -o " + file.path();
  CHECK(run_line(line).code == 2);
  CHECK_FALSE(file.exists());
  file.write("precious");
  CHECK(run_line(line).code == 2);
  CHECK(file.read() == "precious");
}

TEST_CASE("Two results for one file are refused, and the file is left alone") {
  const ScratchFile file;
  const std::string json = file.path() + ".json", option = GENERATE("-o", "--export");
  const std::string command = GENERATE("run", "compare");
  const Finished refused = run_line(command + " --export " + json + " " + option + " " + json);
  CHECK(refused.is_refused(option == "-o" ? "--output '" : "--export '"));
  CHECK_THAT(refused.err, ContainsSubstring("--export '" + json + "'") &&
                              ContainsSubstring("'" + json + "' would write the same file\n"));
  CHECK_FALSE(std::filesystem::exists(json));
}

TEST_CASE("An output that cannot be opened is said before the run") {
  const ScratchFile file;
  const Finished nowhere = run_line("-d 1h -o " + file.path() + "/sub/x.json");
  CHECK(nowhere.code == 1);
  CHECK_THAT(nowhere.err, ContainsSubstring("the folder '" + file.path() + "/sub' does not exist"));
  const Finished folder = run_line("-d 1h -o /");
  CHECK(folder.code == 1);
  CHECK_THAT(folder.err, ContainsSubstring("cannot write '/': Is a directory"));
}

TEST_CASE("Colour follows the option, then the environment, then the stream") {
  const bool on_terminal = GENERATE(true, false);
  const Stream out{on_terminal ? Stream::Kind::terminal : Stream::Kind::pipe};
  const auto is_coloured = [&out](const std::string& line, const std::string& environment) {
    const Finished finished =
        run({.arguments = words_of("-n 1k -t 1 " + line), .environment = words_of(environment), .out = out});
    return finished.out.find('\x1b') != std::string::npos;
  };
  CHECK(is_coloured("", "TERM=xterm") == on_terminal);
  CHECK(is_coloured("", "TERM=xterm NO_COLOR=") == on_terminal);
  CHECK(is_coloured("", "CLICOLOR_FORCE=1"));
  CHECK(is_coloured("--color always", "NO_COLOR=1"));
  for (const char* unwanted :
       {"TERM=dumb", "", "CLICOLOR_FORCE=0", "TERM=xterm NO_COLOR=1", "CLICOLOR_FORCE=1 NO_COLOR=1"})
    CHECK_FALSE(is_coloured("", unwanted));
  CHECK_FALSE(is_coloured("--color never", "CLICOLOR_FORCE=1"));
}

TEST_CASE("The first locale variable that is set decides on Unicode") {
  const auto [environment, is_unicode] =
      GENERATE(table<std::string, bool>({{"LANG=en_GB.UTF-8", true},
                                         {"LC_CTYPE=C.utf8 LANG=C", true},
                                         {"LC_ALL=C LANG=en_GB.UTF-8", false},
                                         {"LC_ALL= LANG=en_GB.UTF-8", true},
                                         {"", false}}));
  const Finished finished = run({.arguments = {"-n", "1k"}, .environment = words_of(environment)});
  const auto is_plain = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  CHECK(std::ranges::all_of(finished.out, is_plain) != is_unicode);
}

TEST_CASE("Progress without a terminal is plain lines once a second") {
  const Finished finished = run_line("-d 1500ms --progress always -q");
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
  const auto [told, environment, columns] = GENERATE(table<unsigned short, std::string, std::size_t>(
      {{0, "COLUMNS=", 80}, {200, "", 200}, {30, "", 30}, {0, "COLUMNS=25", 25}, {12, "COLUMNS=90", 12}}));
  const Finished finished = run({.arguments = words_of("-qd 700ms -t 1 --progress always"),
                                 .environment = words_of(environment),
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
  const auto [on_terminal, line, environment] =
      GENERATE(table<bool, std::string, std::string>({{false, "-d 700ms", ""},
                                                      {true, "-d 700ms", "CI=1"},
                                                      {true, "-d 100ms", ""},
                                                      {true, "-d 700ms --progress=never", ""},
                                                      {true, "-d 700ms -q", ""}}));
  const std::string err = run({.arguments = words_of("-t 1 " + line),
                               .environment = words_of(environment),
                               .err = {on_terminal ? Stream::Kind::terminal : Stream::Kind::pipe}})
                              .err;
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
