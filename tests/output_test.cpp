// The streams from outside: what goes where, and what happens when it cannot.
#include "run/platform.hpp"
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

using namespace banksim::test;
using Arguments = std::vector<std::string>;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

namespace {

const Stream kClosed{Stream::Kind::closed};
const Stream kFull{Stream::Kind::file, "/dev/full"};

bool has_dev_full() { return std::filesystem::exists("/dev/full"); }

// With these, threads beyond the processors are warned of.
const Arguments kCrowded = {"-t", "200", "-n", "10k"};

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
  CHECK_THAT(finished.err, ContainsSubstring("running ordered, 1 threads"));
  CHECK(finished.out.find("running") == std::string::npos);
}

TEST_CASE("A full disk is an error") {
  if (!has_dev_full()) SKIP("no /dev/full here");
  const Arguments arguments =
      GENERATE(Arguments{"-n", "1k"}, Arguments{"--help"}, Arguments{"-V"}, Arguments{"strategies"},
               Arguments{"completion", "bash"}, Arguments{"-s", "naive", "-a", "2", "--hold", "yield"});
  const Finished finished = run({.arguments = arguments, .out = kFull});
  CHECK(finished.code == 1);
  CHECK_THAT(finished.err, ContainsSubstring("banksim: error: cannot write standard output: No space left"));
}

TEST_CASE("A full disk under --output is an error that names the file") {
  if (!has_dev_full()) SKIP("no /dev/full here");
  const Finished finished = banksim::test::banksim({"-n", "1k", "-o", "/dev/full"});
  CHECK(finished.code == 1);
  CHECK_THAT(finished.err, ContainsSubstring("cannot write '/dev/full': No space left"));
}

TEST_CASE("A closed stdout is an error before anything runs") {
  const Arguments arguments = GENERATE(Arguments{"-d", "1h"}, Arguments{"--help"}, Arguments{"strategies"});
  const Finished finished = run({.arguments = arguments, .out = kClosed});
  CHECK(finished.code == 1);
  CHECK(finished.err == "banksim: error: cannot write standard output: it is closed\n");
}

TEST_CASE("A closed stderr changes nothing, and no other file is written instead") {
  const ScratchFile file;
  Arguments arguments = kCrowded;
  arguments.insert(arguments.end(), {"-v", "-f", "json", "-o", file.path()});
  const Finished finished = run({.arguments = arguments, .err = kClosed});
  CHECK(finished.code == 0);
  CHECK(finished.out.empty());
  CHECK(nlohmann::json::accept(file.read()));
}

TEST_CASE("With every stream closed the file is still written") {
  const ScratchFile file;
  CHECK(run({.arguments = {"-n", "1k", "-f", "json", "-o", file.path()}, .out = kClosed, .err = kClosed})
            .code == 0);
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

TEST_CASE("Option --output replaces a longer file") {
  const ScratchFile file;
  file.write(std::string(100'000, 'x'));
  CHECK(banksim::test::banksim({"-n", "1k", "-f", "json", "-o", file.path()}).code == 0);
  CHECK(nlohmann::json::accept(file.read()));
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
  const std::filesystem::path path(json);
  const std::string roundabout = (path.parent_path() / "." / path.filename()).string();
  const Arguments clash = GENERATE_COPY(Arguments{"compare", "--export", json, "-o", json},
                                        Arguments{"compare", "--export", json, "-o", roundabout},
                                        Arguments{"compare", "--export", json, "--export", roundabout});
  const Finished refused = banksim::test::banksim(clash);
  CHECK(refused.code == 2);
  CHECK(refused.out.empty());
  CHECK_THAT(refused.err, ContainsSubstring("would write the same file"));
  if (clash[1] == "--export" && clash[3] == "--export")
    CHECK_THAT(refused.err,
               ContainsSubstring("'" + clash[2] + "'") && ContainsSubstring("'" + clash[4] + "'"));
  CHECK_FALSE(std::filesystem::exists(clash.back()));
}

TEST_CASE("One file under two names is refused too") {
  const ScratchFile file;
  file.write("precious");
  const std::string other_name = file.path() + ".json";
  std::filesystem::create_symlink(file.path(), other_name);
  const Finished refused = banksim::test::banksim({"compare", "--export", other_name, "-o", file.path()});
  std::filesystem::remove(other_name);
  CHECK(refused.code == 2);
  CHECK_THAT(refused.err, ContainsSubstring("would write the same file"));
  CHECK(file.read() == "precious");
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

TEST_CASE("Colour and Unicode follow the options and the environment") {
  const auto text = [](Arguments arguments, Arguments environment) {
    arguments.insert(arguments.end(), {"-n", "1k"});
    return run({.arguments = arguments, .environment = environment}).out;
  };
  CHECK_THAT(text({"--color", "always"}, {}), ContainsSubstring("\x1b["));
  CHECK_THAT(text({}, {"CLICOLOR_FORCE=1"}), ContainsSubstring("\x1b["));
  CHECK(text({"--color", "never"}, {"CLICOLOR_FORCE=1"}).find('\x1b') == std::string::npos);
  CHECK(text({}, {"CLICOLOR_FORCE=1", "NO_COLOR=1"}).find('\x1b') == std::string::npos);
  const std::string plain = text({}, {"LC_ALL=C"});
  CHECK(std::ranges::all_of(plain, [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
}

TEST_CASE("Progress without a terminal is plain lines once a second") {
  const Finished finished = banksim::test::banksim({"-d", "1500ms", "--progress", "always", "-q"});
  CHECK(finished.code == 0);
  CHECK_THAT(finished.err, StartsWith("banksim: progress: "));
  CHECK(std::ranges::count(finished.err, '\n') == 1);
}

TEST_CASE("Progress on a terminal is one line, rewritten and cleared") {
  const Finished finished = run({.arguments = {"-d", "900ms", "-t", "1"}, .err = {Stream::Kind::terminal}});
  CHECK(finished.code == 0);
  CHECK_THAT(finished.err, StartsWith("\r"));
  CHECK_THAT(finished.err, ContainsSubstring("transfers"));
  CHECK_THAT(finished.err, ContainsSubstring(" \r"));
  CHECK(finished.err.find('\n') > finished.err.rfind(" \r"));  // a warning may follow, below the empty line
}

TEST_CASE("Progress is not shown to a pipe, to CI, to short runs or where it is unwanted") {
  const Stream terminal{Stream::Kind::terminal};
  const Launch unseen = GENERATE_COPY(values<Launch>({
      {.arguments = {"-d", "700ms", "-t", "1"}},
      {.arguments = {"-d", "700ms", "-t", "1"}, .environment = {"CI=1"}, .err = terminal},
      {.arguments = {"-d", "100ms", "-t", "1"}, .err = terminal},
      {.arguments = {"-d", "700ms", "-t", "1", "--progress=never"}, .err = terminal},
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
