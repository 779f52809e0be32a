// A strategy from a file stands wherever a strategy's name may.
#include "support/process.hpp"

#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;
using Json = nlohmann::json;

namespace {

// Source first is naive, and lower account first is ordered.
std::string strategy(const std::string& type, const std::string& first, const std::string& more = "") {
  return "template <class S>\nstruct " + type + " {\n" + more +
         "  static constexpr std::string_view name = \"of-a-file\", summary = \"s\", how = \"h.\", wins = \"w\", "
         "source = \"me\";\n"
         "  static constexpr bool deadlock_free = true, conserves_money = true;\n"
         "  auto lock_pair(banksim::Bank<S>& bank, const banksim::Transfer& t) {\n"
         "    const auto first = " +
         first +
         ", second = first == t.from ? t.to : t.from;\n"
         "    return std::pair(std::unique_lock(bank[first].mutex), std::unique_lock(bank[second].mutex));\n"
         "  }\n"
         "  auto lock_all(banksim::Bank<S>& bank) { return banksim::AllAccountsGuard<S>(bank); }\n};\n";
}
const std::string kHead = "#include <banksim/strategy.hpp>\n#include <algorithm>\n#include <mutex>\n";
const std::string kOrdered = kHead + strategy("Mine", "std::min(t.from, t.to)");
const std::string kNaive = kHead + strategy("Mine", "t.from");

// With a cache of its own.
class Files {
 public:
  Finished run(const std::string& line, const Arguments& more = {}) const {
    return banksim::test::run(
        {.arguments = with(words_of(line), more), .environment = {"XDG_CACHE_HOME=" + folder / "cache"}});
  }
  std::string add(const std::string& name, const std::string& text) const {
    write_file(folder / name, text);
    return folder / name;
  }
  ScratchFolder folder;
};

}  // namespace

TEST_CASE("A strategy from a file is run, explored, compared and explained like any other") {
  const Files files;
  const std::string mine = files.add("mine, the 1st.hpp", kOrdered);
  const Finished ran = files.run("-n 1000 -t 2 -f json -s", {mine});
  INFO(ran.err);
  REQUIRE(ran.code == 0);
  CHECK(Json::parse(ran.out)["config"]["strategy"] == mine);
  CHECK(files.run("explore -t 2 -a 2 -s", {mine}).code == 0);
  CHECK_THAT(files.run("strategies", {mine}).out, ContainsSubstring("cannot deadlock; conserves money"));
  const Finished compared = files.run("compare -n 1000 -t 1 -r 2 -f csv -s", {"ordered," + mine + ",global"});
  CHECK(compared.code == 0);
  CHECK_THAT(compared.out, ContainsSubstring("mine, the 1st.hpp"));
  const Finished other_lock = files.run("-n 1000 --mutex word -s", {mine});
  CHECK(other_lock.code == 0);
}

TEST_CASE("GCC and clang compile a file, and what it keeps in a template's static stays its own") {
  const std::string compiler = GENERATE("g++", "clang++");
  if (find_program(compiler).empty()) SKIP("no " << compiler << " here");
  const Files files;
  const std::string counts = kHead + "template <class T>\ninline int count = 0;\n" +
                             strategy("Mine", "(++count<int>, std::min(t.from, t.to))");
  const std::string mine = files.add("mine.hpp", kOrdered), counting = files.add("counting.hpp", counts);
  const auto with_compiler = [&](const std::string& line, const std::string& file) {
    return run({.arguments = with(words_of(line), {file}),
                .environment = {"XDG_CACHE_HOME=" + files.folder / "cache", "CXX=" + compiler}});
  };
  const Finished ran = with_compiler("-n 1000 -t 2 -s", mine);
  INFO(ran.err);
  CHECK(ran.code == 0);
  CHECK(with_compiler("explore -t 2 -a 2 -s", mine).code == 0);
  const Finished refused = with_compiler("explore -t 2 -a 2 -s", counting);
  CHECK_THAT(refused.err, ContainsSubstring("it changes the static 'count<int>'"));
}

TEST_CASE("A broken strategy from a file is found out, and its token replays") {
  const Files files;
  const std::string mine = files.add("mine.hpp", kNaive);
  const Finished ran = files.run("-n 1m -a 2 -t 4 --hold yield -s", {mine});
  CHECK(ran.code == 4);
  CHECK_THAT(ran.out, ContainsSubstring("banksim explore --strategy " + mine));
  const Finished explored = files.run("explore -f json -s", {mine});
  REQUIRE(explored.code == 4);
  const std::string token = Json::parse(explored.out)["findings"][0]["token"];
  CHECK(files.run("explore", {"-s", mine, "--replay", token}).code == 4);
}

TEST_CASE("A file may hold several strategies, and two files may bear one name") {
  const Files files;
  const std::string both = files.add(
      "both.hpp", kHead + strategy("First", "std::min(t.from, t.to)") + strategy("Second", "t.from"));
  const Finished alone = files.run("-n 1000 -s", {both});
  CHECK(alone.is_refused("--strategy: '" + both + "' has several strategies: name one of " + both +
                         ":First, " + both + ":Second"));
  CHECK(files.run("explore -s", {both + ":First", "-t", "2"}).code == 0);
  CHECK(files.run("explore -s", {both + ":Second", "-t", "2"}).code == 4);
  CHECK_THAT(files.run("-s", {both + ":Third"}).err,
             ContainsSubstring("there is no strategy struct Third in it; there is First, Second"));
  const std::string other = files.add("other.hpp", kOrdered);
  const Finished compared = files.run("compare -n 100 -t 1 -r 1 -f json -s", {both + ":First," + other});
  REQUIRE(compared.code == 0);
  CHECK(Json::parse(compared.out)["results"][1]["config"]["strategy"] == other);
}

TEST_CASE("What its author can mend is refused in words, with file and line") {
  struct Case {
    const char* text;
    const char* said;
  };
  const std::string misspelt = kHead + strategy("Mine", "std::min(t.from, t.tu)");
  const std::string counts =
      kHead + strategy("Mine", "t.from", "  int lock_everything;\n") + "#error unfinished\n";
  const Case cases[] = {
      {"int x;\n", "there is no strategy in it"},
      {misspelt.c_str(), ":9: "},
      {counts.c_str(), "#error unfinished"},
      {"struct Mine { void lock_pair(); };\n", "Mine must be a template over its Sync"},
  };
  const Files files;
  for (const auto& [text, said] : cases) {
    const Finished refused = files.run("-n 1000 -s", {files.add("mine.hpp", text)});
    CHECK(refused.is_refused("--strategy: "));
    CHECK_THAT(refused.err, ContainsSubstring(said));
    CHECK_THAT(refused.err, ContainsSubstring("mine.hpp"));
  }
  CHECK(files.run("-s ./nothing.hpp").is_refused("--strategy: there is no file './nothing.hpp'"));
  CHECK(files.run("-s", {files.folder.path() + "/"}).code == 2);
}

TEST_CASE("What it keeps in statics is not explored, and named; what is made once and stays is") {
  const auto holds = [](const std::string& type, const std::string& statement) {
    return strategy(type, "(" + statement + ", std::min(t.from, t.to))");
  };
  const Files files;
  const std::string file = files.add(
      "statics.hpp",
      kHead +
          "#include <map>\n#include <random>\nstatic int everybodys = 0;\n"
          "inline int& of_function() { static int hits = int(everybodys); return hits; }\n"
          "inline std::mt19937& chance() { thread_local std::mt19937 engine{7}; return engine; }\n"
          "inline int& behind() { static int* there = new int(0); return *there; }\n"
          "inline const auto& table() { static const std::map<int, int> made{{1, 2}, {3, 4}}; return made; }\n"
          "inline const auto& once() {\n"
          "  static std::once_flag flag; static std::map<int, int> made;\n"
          "  std::call_once(flag, [] { made = {{1, 2}}; }); return made;\n}\n" +
          holds("Everybodys", "++everybodys") + holds("OfFunction", "++of_function()") +
          holds("OfThread", "chance()()") + holds("Behind", "++behind()") + holds("Table", "table().size()") +
          holds("Once", "once().size()") +
          holds("OftenOnce",
                "[] { std::once_flag flag; std::call_once(flag, [] {}); return ++everybodys; }()"));
  const auto said = [&](const std::string& type) {
    const Finished explored = files.run("explore -t 2 -a 2 -s", {file + ":" + type});
    return explored.code == 1 ? explored.err : std::to_string(explored.code);
  };
  CHECK_THAT(said("Everybodys"),
             ContainsSubstring("it changes the static 'everybodys'; what threads share must be"));
  CHECK_THAT(said("OfFunction"), ContainsSubstring("it changes the static 'hits'"));
  CHECK_THAT(said("OfThread"), ContainsSubstring("it changes the thread_local 'engine'"));
  CHECK_THAT(said("Behind"), ContainsSubstring("it changes what a static has allocated"));
  CHECK_THAT(said("OftenOnce"), ContainsSubstring("it changes the static 'everybodys'"));
  CHECK(said("Table") == "0");
  CHECK(said("Once") == "0");
}

TEST_CASE("Where its static objects do harm it is the child's process that dies") {
  const Files files;
  const std::string mine =
      files.add("mine.hpp", kOrdered + "const int dead = [] { __builtin_trap(); return 0; }();\n");
  const Finished ran = files.run("-n 1000 -s", {mine});
  CHECK(ran.code == 5);
  CHECK_THAT(ran.out, ContainsSubstring("CRASHED"));
  CHECK(files.run("strategies", {mine}).code == 0);
}

TEST_CASE("A changed file is compiled again, and a changed header of its own too") {
  const Files files;
  const std::string own = files.add("own.hpp", "#define FIRST std::min(t.from, t.to)\n");
  const std::string mine =
      files.add("mine.hpp", "#include \"own.hpp\"\n" + kHead + strategy("Mine", "FIRST"));
  CHECK(files.run("explore -t 2 -s", {mine}).code == 0);
  CHECK(files.run("explore -t 2 -s", {mine}).code == 0);
  files.add("own.hpp", "#define FIRST t.from\n");
  CHECK(files.run("explore -t 2 -s", {mine}).code == 4);
}

TEST_CASE("A link, a folder that cannot be written and two at once do no harm") {
  const Files files;
  const std::string mine = files.add("mine.hpp", kOrdered);
  std::filesystem::create_symlink(mine, files.folder / "link.hpp");
  Process one(
      {.arguments = {"-n", "1000", "-s", mine}, .environment = {"XDG_CACHE_HOME=" + files.folder / "cache"}});
  CHECK(files.run("-n 1000 -s", {files.folder / "link.hpp"}).code == 0);
  CHECK(one.finish().code == 0);
  CHECK(run({.arguments = {"-n", "1000", "-s", mine}, .environment = {"XDG_CACHE_HOME=/proc", "HOME=/proc"}})
            .code == 0);
}
