// What `cmake --install` leaves behind, used as its owner would: run, read by man, loaded by shells.
#include "run/platform.hpp"
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;
using Paths = std::vector<std::string>;

namespace {

// Files by their paths below a folder, sorted.
Paths files_below(const std::string& folder) {
  Paths paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) paths.push_back(entry.path().lexically_relative(folder).string());
  std::ranges::sort(paths);
  return paths;
}

void install(const std::string& prefix, const std::vector<std::string>& environment = {}) {
  const Finished finished = run({.arguments = {"--install", BANKSIM_BUILD_TREE, "--prefix", prefix},
                                 .environment = environment,
                                 .program = BANKSIM_CMAKE});
  INFO(finished.err);
  REQUIRE(finished.code == 0);
}

const Paths kInstalled = {"bin/banksim", "share/bash-completion/completions/banksim",
                          "share/fish/vendor_completions.d/banksim.fish", "share/man/man1/banksim.1",
                          "share/zsh/site-functions/_banksim"};

std::string output_of(const std::string& program, const std::string& script,
                      const std::vector<std::string>& environment) {
  const Finished finished =
      run({.arguments = {"-c", script}, .environment = environment, .program = program});
  CHECK(finished.err.empty());
  return finished.out;
}

}  // namespace

TEST_CASE("An installed banksim runs, and has the texts that it would print itself") {
  const ScratchFolder prefix;
  install(prefix.path());
  CHECK(files_below(prefix.path()) == kInstalled);

  const auto printed = [&prefix](const std::string& line) {
    const Finished finished = run({.arguments = words_of(line), .program = prefix / "bin/banksim"});
    CHECK(finished.code == 0);
    return finished.out;
  };
  CHECK(printed("--version") == std::string("banksim ") + banksim::version() + "\n");
  CHECK_THAT(printed("-n 10k -t 2 -q"), ContainsSubstring("OK"));
  CHECK_FALSE(printed("completion bash").empty());
  CHECK(read_file(prefix / kInstalled[1]) == printed("completion bash"));
  CHECK(read_file(prefix / kInstalled[2]) == printed("completion fish"));
  CHECK(read_file(prefix / kInstalled[3]) == printed("help --man"));
  CHECK(read_file(prefix / kInstalled[4]) == printed("completion zsh"));
}

TEST_CASE("A staged installation puts everything below DESTDIR") {
  const ScratchFolder stage;
  install("/usr", {"DESTDIR=" + stage.path()});
  Paths expected;
  for (const std::string& path : kInstalled) expected.push_back("usr/" + path);
  CHECK(files_below(stage.path()) == expected);
}

TEST_CASE("man finds the installed page") {
  const std::string man = find_program("man");
  if (man.empty()) SKIP("no man here");
  const ScratchFolder prefix;
  install(prefix.path());
  const std::vector<std::string> environment = {"MANPATH=" + prefix / "share/man", "MANWIDTH=80"};
  CHECK(output_of("/bin/sh", "man -w banksim", environment) == prefix / "share/man/man1/banksim.1" + "\n");
}

TEST_CASE("bash loads the installed completion when it is first wanted") {
  const std::string loader = "/usr/share/bash-completion/bash_completion";
  if (!std::filesystem::exists(loader)) SKIP("no bash-completion here");
  const ScratchFolder prefix;
  install(prefix.path());
  CHECK(output_of(find_program("bash"), ". " + loader + "; _completion_loader banksim; complete -p banksim",
                  {"XDG_DATA_DIRS=" + prefix / "share", "HOME=" + prefix.path()}) ==
        "complete -F _banksim banksim\n");
}

TEST_CASE("zsh finds the installed completion on its path of functions") {
  const std::string zsh = find_program("zsh");
  if (zsh.empty()) SKIP("no zsh here");
  const ScratchFolder prefix;
  install(prefix.path());
  const std::string script = "fpath=('" + prefix / "share/zsh/site-functions" +
                             "' $fpath); autoload -U compinit; compinit -u -D; print $_comps[banksim]";
  CHECK(output_of(zsh, script, {"HOME=" + prefix.path(), "ZDOTDIR=" + prefix.path()}) == "_banksim\n");
}

TEST_CASE("fish offers the options from the installed completion") {
  const std::string fish = find_program("fish");
  if (fish.empty()) SKIP("no fish here");
  const ScratchFolder prefix;
  install(prefix.path());
  CHECK_THAT(output_of(fish, "set -x PATH '" + prefix / "bin" + "' $PATH; complete -C 'banksim run --strat'",
                       {"XDG_DATA_DIRS=" + prefix / "share", "HOME=" + prefix.path()}),
             ContainsSubstring("--strategy"));
}
