// What `cmake --install` leaves behind, used as its owner would: run, read by man, loaded by shells.
#include "run/platform.hpp"
#include "support/process.hpp"
#include "support/sanitizers.hpp"

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

// Files by their paths below a folder, sorted; but for those that strategies are made with.
Paths files_below(const std::string& folder) {
  Paths paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string path = entry.path().lexically_relative(folder).string();
    const bool is_to_build =
        path.find("include/") != std::string::npos || path.find("lib/") != std::string::npos;
    if (entry.is_regular_file() && !is_to_build) paths.push_back(path);
  }
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

TEST_CASE(
    "With an installed banksim alone a strategy from a file is checked, wherever the prefix was moved to") {
  const ScratchFolder folder;
  install(folder / "prefix");
  std::filesystem::rename(folder / "prefix", folder / "moved");
  const Arguments environment = {"XDG_CACHE_HOME=" + folder / "cache"};
  const auto moved = [&](const std::string& line, const std::string& file) {
    return run({.arguments = with(words_of(line), {file}),
                .environment = environment,
                .program = folder / "moved/bin/banksim"});
  };
  CHECK(moved("new", folder / "mine.hpp").code == 0);
  const Finished ran = moved("-n 1000 -s", folder / "mine.hpp");
  INFO(ran.err);
  CHECK(ran.code == 0);
}

TEST_CASE("A project of one's own tests its strategy by the installed package") {
  if (BANKSIM_THREAD_SANITIZER || BANKSIM_ADDRESS_SANITIZER) SKIP("nothing is installed to link with");
  const ScratchFolder folder;
  install(folder / "prefix");
  if (!std::filesystem::exists(folder / "prefix/include/banksim/loaded.hpp")) SKIP("no headers");
  write_file(folder / "CMakeLists.txt",
             "cmake_minimum_required(VERSION 3.25)\nproject(mine CXX)\nfind_package(banksim REQUIRED)\n"
             "add_executable(mine mine.cpp)\ntarget_link_libraries(mine banksim::core banksim::heap)\n");
  write_file(
      folder / "mine.cpp",
      "#include <banksim/explore.hpp>\n#include <banksim/simulate.hpp>\n#include <banksim/strategies/ordered.hpp>\n"
      "int main() {\n"
      "  banksim::RunControl control;\n  banksim::Config config;\n  config.transfers = 1000;\n"
      "  const bool ran = banksim::simulate<banksim::Ordered>(config, control).outcome == banksim::Outcome::ok;\n"
      "  const auto found = banksim::explore<banksim::Ordered>({});\n"
      "  return ran && found.verdict == banksim::ExploreVerdict::proved && !found.heap_not_seen ? 0 : 1;\n}\n");
  const auto cmake = [](const Arguments& arguments) {
    return run({.arguments = arguments, .program = BANKSIM_CMAKE});
  };
  const std::string build = folder / "build";
  const Finished configured =
      cmake({"-S", folder.path(), "-B", build, "-DCMAKE_PREFIX_PATH=" + folder / "prefix",
             std::string("-DCMAKE_CXX_COMPILER=") + BANKSIM_CXX});
  INFO(configured.out << configured.err);
  REQUIRE(configured.code == 0);
  const Finished built = cmake({"--build", build});
  INFO(built.out << built.err);
  REQUIRE(built.code == 0);
  CHECK(run({.program = build + "/mine"}).code == 0);
}
