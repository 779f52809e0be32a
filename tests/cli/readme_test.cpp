// The README's recipes, read from it and run as they stand, so that a stale one fails here first.
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Matches;
using Lines = std::vector<std::string>;

namespace {

std::string readme() { return read_file(BANKSIM_SOURCE_TREE "/README.md"); }

Lines lines_of(const std::string& text) {
  std::istringstream stream(text);
  Lines lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// The one fenced block of a language that holds `mark`.
std::string block(const std::string& language, const std::string& mark) {
  std::vector<std::string> blocks;
  bool inside = false;
  bool wanted = false;
  for (const std::string& line : lines_of(readme()))
    if (line.starts_with("```")) {
      inside = !inside;
      wanted = inside && line.substr(3) == language;
      if (wanted) blocks.emplace_back();
    } else if (wanted) {
      blocks.back() += line + "\n";
    }
  REQUIRE_FALSE(inside);
  std::erase_if(blocks, [&mark](const std::string& text) { return text.find(mark) == std::string::npos; });
  REQUIRE(blocks.size() == 1);
  return blocks.front();
}

// As a careful script would run it: in a folder of its own, the built banksim first on the path.
Finished run_recipe(const ScratchFolder& folder, const std::string& recipe) {
  const ScratchFile script;
  script.write(recipe);
  const auto folder_of = [](const char* file) { return std::filesystem::path(file).parent_path().string(); };
  const std::string path = folder_of(BANKSIM_BINARY) + ":" + folder_of(BANKSIM_CMAKE);
  return run({.arguments = {"-c", "cd '" + folder.path() + "' && PATH='" + path +
                                      "':$PATH exec bash -euo pipefail '" + script.path() + "'"},
              .environment = {"HOME=" + folder.path()},
              .program = "/bin/sh"});
}

void skip_without(std::initializer_list<const char*> tools) {
  for (const char* tool : tools)
    if (find_program(tool).empty()) SKIP("no " << tool << " here");
}

}  // namespace

TEST_CASE("The README is at most 150 lines") { CHECK(lines_of(readme()).size() <= 150); }

TEST_CASE("The README's script recipes do what they say") {
  skip_without({"bash", "jq", "awk"});
  const ScratchFolder folder;
  const Finished finished = run_recipe(folder, block("sh", "jq"));
  INFO(finished.err);
  CHECK(finished.code == 0);
  CHECK_THAT(finished.err, !ContainsSubstring("error"));
  const Lines lines = lines_of(finished.out);
  REQUIRE(lines.size() == 6);
  CHECK_THAT(lines[0], Matches("ok, p99 [0-9]+ ns, 0 accounts wrong"));
  CHECK(lines[1] == "true");
  CHECK_THAT(lines[2], Matches("\\[.*[0-9],.*[0-9].*\\]"));  // the accounts of a cycle: two at least
  CHECK_THAT(lines[3], ContainsSubstring("every strategy did what it promises"));
  const auto compared = nlohmann::json::parse(read_file(folder / "compare.json"));
  CHECK(lines[4] == compared.at("verdict").get<std::string>());
  CHECK_THAT(lines[4], Matches(".*(ordered|scoped|global).*"));
  CHECK_THAT(lines[5], ContainsSubstring(" at most 50 % slower than ordered"));

  const Lines rows = lines_of(read_file(folder / "runs.csv"));
  REQUIRE(rows.size() == 4);
  CHECK(std::ranges::count_if(rows, [](const std::string& row) { return row.starts_with("schema,"); }) == 1);
  CHECK(rows[0].starts_with("schema,"));
}

TEST_CASE("The README's thresholds fail a script when a number is worse") {
  skip_without({"bash", "jq"});
  const ScratchFolder folder;
  const std::string bound = "< 50e6";
  for (const std::string& line : lines_of(block("sh", "jq -e")))
    if (const std::size_t at = line.find(bound); at != std::string::npos) {
      CHECK(run_recipe(folder, line).code == 0);
      CHECK(run_recipe(folder, std::string(line).replace(at, bound.size(), "< 0")).code == 1);
      return;
    }
  FAIL("no threshold on a number");
}

TEST_CASE("The README's installation puts the program where it says") {
  skip_without({"bash"});
  const ScratchFolder folder;
  std::filesystem::create_directory(folder / "build");
  std::filesystem::create_directory_symlink(BANKSIM_BUILD_TREE, folder / "build/release");
  const Finished finished = run_recipe(folder, block("sh", "cmake --install"));
  INFO(finished.out << finished.err);
  CHECK(finished.code == 0);
  CHECK(run({.arguments = {"--version"}, .program = folder / ".local/bin/banksim"}).code == 0);
  CHECK(std::filesystem::exists(folder / ".local/share/man/man1/banksim.1"));
}

TEST_CASE("The README's picture is of the comparison beside it, drawn as banksim draws now") {
  const std::string text = readme();
  const std::size_t begin = text.find("](.github/") + 2;
  const std::string picture = text.substr(begin, text.find(')', begin) - begin);
  REQUIRE(picture.ends_with(".svg"));
  const std::string stored = read_file(std::string(BANKSIM_SOURCE_TREE "/") + picture);
  const std::string example = block("", "$ banksim compare");
  // To follow it leaves the stored picture alone.
  CHECK_THAT(example,
             ContainsSubstring("--export " + std::filesystem::path(picture).filename().string() + "\n"));

  // The picture has the numbers of the text.
  for (const std::string& line : lines_of(example))
    if (std::istringstream row(line); line.starts_with("  ") && line.find(" M  ") != std::string::npos) {
      std::string name;
      std::string rate;
      row >> name >> rate;
      INFO(line);
      CHECK_THAT(stored, ContainsSubstring(">" + name + "<"));
      CHECK_THAT(stored, ContainsSubstring(">" + rate + " M<"));
    }

  const ScratchFolder folder;
  const Finished finished = run_banksim(
      {"compare", "-s", "safe", "-t", "1,2", "-n", "2k", "-r", "5", "--export", folder / "now.svg"});
  REQUIRE(finished.code == 0);
  const std::string now = read_file(folder / "now.svg");
  const auto style = [](const std::string& svg) {
    const std::size_t from = svg.find("<style>");
    return svg.substr(from, svg.find("</style>") - from);
  };
  CHECK_THAT(style(now), ContainsSubstring("prefers-color-scheme:dark"));
  CHECK(style(stored) == style(now));
}

TEST_CASE("The notebook's recipe of the help draws a picture, where there is matplotlib") {
  const std::string help = run_banksim({"help", "notebook"}).out, last = "savefig(\"threads.png\")\n";
  const std::size_t begin = help.find("import json"), end = help.find(last, begin);
  REQUIRE(end != std::string::npos);
  const std::string recipe = help.substr(begin, end + last.size() - begin);
  CHECK(lines_of(recipe).size() == 8);
  const ScratchFolder folder;
  const std::string to_python = "env MPLBACKEND=Agg BANKSIM_TRANSFERS=2k BANKSIM_RUNS=2 /usr/bin/python3 -";
  if (run_recipe(folder, to_python + "c 'import matplotlib'").code != 0) SKIP("no matplotlib here");
  write_file(folder / "recipe.py", recipe);
  const Finished finished = run_recipe(folder, to_python + " <recipe.py");
  INFO(finished.err);
  CHECK(finished.code == 0);
  CHECK(read_file(folder / "threads.png").starts_with("\x89PNG"));
}
