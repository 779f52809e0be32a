// What `cmake --install` and cpack leave behind, used as its owner would: run, read by man, loaded by shells.
#include "run/platform.hpp"
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using Paths = std::vector<std::string>;

namespace {

const std::string kVersion = std::string("banksim ") + banksim::version() + "\n";

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

// The package, made in a folder of its own, by somebody who shows his files to nobody.
std::string package_in(const std::string& folder) {
  for (const char* tool : {"dpkg-deb", "dpkg-shlibdeps", "gzip"})
    if (find_program(tool).empty()) SKIP("no " << tool << " here");
  const Finished finished =
      run({.arguments = {"-c", "umask 077; exec '" BANKSIM_CPACK "' --config '" BANKSIM_BUILD_TREE
                               "/CPackConfig.cmake' -B '" +
                                   folder + "'"},
           .program = "/bin/sh"});
  INFO(finished.out << finished.err);
  REQUIRE(finished.code == 0);
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".deb") return entry.path().string();
  FAIL("no package");
  return {};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string dpkg_deb(const std::vector<std::string>& arguments) {
  const Finished finished = run({.arguments = arguments, .program = find_program("dpkg-deb")});
  INFO(finished.err);
  REQUIRE(finished.code == 0);
  return finished.out;
}

}  // namespace

TEST_CASE("An installed banksim runs, and has the texts that it would print itself") {
  const ScratchFolder prefix;
  install(prefix.path());
  CHECK(files_below(prefix.path()) == kInstalled);

  const std::string program = prefix / "bin/banksim";
  CHECK(run({.arguments = {"--version"}, .program = program}).out == kVersion);
  CHECK(run({.arguments = {"-n", "10k", "-t", "2", "-q"}, .program = program}).code == 0);
  const auto printed = [&program](std::vector<std::string> arguments) {
    return run({.arguments = std::move(arguments), .program = program}).out;
  };
  CHECK_FALSE(printed({"completion", "bash"}).empty());
  CHECK(read_file(prefix / kInstalled[1]) == printed({"completion", "bash"}));
  CHECK(read_file(prefix / kInstalled[2]) == printed({"completion", "fish"}));
  CHECK(read_file(prefix / kInstalled[3]) == printed({"help", "--man"}));
  CHECK(read_file(prefix / kInstalled[4]) == printed({"completion", "zsh"}));
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

TEST_CASE("The Debian package says what it is and what it needs") {
  const ScratchFolder folder;
  const std::string package = package_in(folder.path());
  CHECK(std::filesystem::path(package).filename().string().starts_with(std::string("banksim_") +
                                                                       banksim::version() + "_"));
  CHECK(dpkg_deb({"-f", package, "Package"}) == "banksim\n");
  CHECK(dpkg_deb({"-f", package, "Version"}) == std::string(banksim::version()) + "\n");
  CHECK_THAT(dpkg_deb({"-f", package, "Depends"}), ContainsSubstring("libc6"));
  CHECK_THAT(dpkg_deb({"-f", package, "Maintainer"}), ContainsSubstring("banksim maintainers <"));
  CHECK_THAT(dpkg_deb({"-f", package, "Description"}), ContainsSubstring("deadlock"));
}

TEST_CASE("The Debian package has the files where Debian looks for them, and the program in it runs") {
  const ScratchFolder folder;
  const std::string package = package_in(folder.path());
  const std::string listing = dpkg_deb({"-c", package});
  for (const char* path :
       {"./usr/bin/banksim", "./usr/share/man/man1/banksim.1.gz",
        "./usr/share/bash-completion/completions/banksim", "./usr/share/zsh/vendor-completions/_banksim",
        "./usr/share/fish/vendor_completions.d/banksim.fish", "./usr/share/doc/banksim/copyright",
        "./usr/share/doc/banksim/changelog.gz"})
    CHECK_THAT(listing, ContainsSubstring(std::string(path) + "\n"));
  const auto is_file = [](const std::string& line) { return line.starts_with('-'); };
  for (const std::string& line : lines_of(listing)) {
    const bool is_program = line.ends_with("/bin/banksim");
    CHECK_THAT(line, StartsWith(is_program      ? "-rwxr-xr-x root/root"
                                : is_file(line) ? "-rw-r--r-- root/root"
                                                : "drwxr-xr-x root/root"));
  }
  CHECK(std::ranges::count_if(lines_of(listing), is_file) == 7);

  const std::string root = folder / "root";
  dpkg_deb({"-x", package, root});
  CHECK(run({.arguments = {"--version"}, .program = root + "/usr/bin/banksim"}).out == kVersion);
  CHECK(
      run({.arguments = {"-dc", root + "/usr/share/man/man1/banksim.1.gz"}, .program = find_program("gzip")})
          .out == banksim::test::banksim({"help", "--man"}).out);
}
