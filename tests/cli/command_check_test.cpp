// banksim new and banksim check, from outside: the exercises, and what is said of the usual wrong answers.
#include "support/process.hpp"

#include <catch2/catch_message.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include <string>

using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;

namespace {

class Desk {
 public:
  Finished run(const Arguments& arguments) const {
    return banksim::test::run(
        {.arguments = arguments, .environment = {"XDG_CACHE_HOME=" + folder / "cache"}});
  }
  Finished check(const std::string& file) const { return run({"check", file, "--budget", "0", "-q"}); }
  std::string write(const std::string& name, const Arguments& more = {}) const {
    const Finished written = run(with({"new", folder / name, "-q"}, more));
    CHECK(written.code == 0);
    CHECK(written.out.empty());
    return folder / name;
  }
  // An answer: the file of the exercise with one text in place of another.
  std::string answer(const std::string& name, int exercise, const std::string& old,
                     const std::string& text) const {
    const std::string file = write(name, {"--exercise", std::to_string(exercise)});
    std::string content = read_file(file);
    const std::size_t at = content.find(old);
    REQUIRE(at != std::string::npos);
    write_file(file, content.replace(at, old.size(), text));
    return file;
  }
  ScratchFolder folder;
};

const std::string kBoth =
    "return banksim::PairGuard<Mutex>(bank[transfer.from].mutex, bank[transfer.to].mutex);";

}  // namespace

TEST_CASE("What new writes is right as it stands, and is never overwritten") {
  const Desk desk;
  const std::string file = desk.write("my own.hpp");
  CHECK_THAT(read_file(file), ContainsSubstring("name = \"my-own\""));
  const Finished checked = desk.check(file);
  INFO(checked.err);
  CHECK(checked.code == 0);
  CHECK_THAT(checked.out, ContainsSubstring("HOLDS"));
  CHECK(desk.run({"new", file}).is_refused("'" + file + "' is there already"));
  CHECK(desk.run({"new", desk.folder / "mine.txt"}).code == 2);
  CHECK(desk.run({"new", desk.folder / "mine.hpp", "--exercise", "9"}).code == 2);
  CHECK(desk.run({"new", desk.folder / "no/mine.hpp"}).code == 1);
  CHECK(desk.run({"new"}).code == 2);
}

TEST_CASE("Each exercise has its fault, and each usual wrong answer gets its verdict") {
  const Desk desk;
  const std::string no_guard =
      "auto lock_pair(banksim::Bank<S>&, const banksim::Transfer&) { return banksim::NoGuard(); }";
  const std::string all_guard = "auto lock_all(banksim::Bank<S>&) { return banksim::NoGuard(); }";
  const std::string all =
      "auto lock_all(banksim::Bank<S>& bank) { return banksim::AllAccountsGuard<S>(bank); }";
  const std::string first_lock =
      "auto lock_pair(banksim::Bank<S>& bank, const banksim::Transfer& transfer) {\n"
      "    return std::unique_lock<Mutex>(bank[transfer.from].mutex);\n  }";
  const std::string retry =
      "    while (!both.second.owns_lock())\n"
      "      both.second = std::unique_lock<Mutex>(bank[transfer.to].mutex, std::try_to_lock);\n    return both;";
  struct Case {
    std::string file;
    int code;
    const char* word;
  };
  const Case cases[] = {
      {desk.write("e1.hpp", {"--exercise", "1"}), 3, "DATA RACE"},
      {desk.answer("e1a.hpp", 1, no_guard, first_lock), 3, "DATA RACE"},
      {desk.write("e2.hpp", {"--exercise", "2"}), 4, "DEADLOCK"},
      {desk.answer("e2a.hpp", 2, kBoth,
                   "const bool up = transfer.from < transfer.to;\n"
                   "return banksim::PairGuard<Mutex>(bank[up ? transfer.to : transfer.from].mutex, "
                   "bank[up ? transfer.from : transfer.to].mutex);"),
       4, "DEADLOCK"},
      {desk.write("e3.hpp", {"--exercise", "3"}), 3, "WRONG AUDIT"},
      {desk.write("e4.hpp", {"--exercise", "4"}), 5, "LIVELOCK"},
      {desk.answer("e4a.hpp", 4, retry,
                   "    while (!both.second.try_lock_or(bank, transfer)) {}\n    return both;"),
       2, "e4a.hpp:"},
      {desk.write("e5.hpp", {"--exercise", "5"}), 0, "HOLDS"},
  };
  for (const Case& one : cases) {
    const Finished checked = desk.check(one.file);
    INFO(one.file << ": " << checked.out << checked.err);
    CHECK(checked.code == one.code);
    CHECK_THAT(checked.out, ContainsSubstring(one.word));
  }
  CHECK(desk.check(desk.answer("e1b.hpp", 1, all_guard, all)).code == 3);
}

TEST_CASE("Several hand-ins are judged each, a bad one stops no other, and equal ones are said") {
  const Desk desk;
  const std::string good = desk.write("good.hpp"), bad = desk.folder / "bad.hpp",
                    copy = desk.folder / "copy.hpp";
  write_file(bad, "int x = ;\n");
  write_file(copy, read_file(good));
  const std::string xml = desk.folder / "r.xml";
  const Finished checked = desk.run(
      {"check", good, bad, copy, desk.folder / "none.hpp", "--budget", "0", "-f", "json", "--export", xml});
  INFO(checked.err);
  CHECK(checked.code == 2);
  const auto json = nlohmann::json::parse(checked.out);
  REQUIRE(json["results"].size() == 4);
  CHECK(json["results"][0]["state"] == "holds");
  CHECK(json["results"][1]["state"] == "fails");
  CHECK(json["results"][2]["same_as"] == good);
  CHECK(json["results"][3]["state"] == "fails");
  CHECK_THAT(read_file(xml), ContainsSubstring("<testsuites name=\"banksim check\">"));
}

TEST_CASE("Built-in strategies are held to their claims, files to everything unless it is asked otherwise") {
  const Desk desk;
  CHECK(desk.run({"check", "naive", "--budget", "0", "-q"}).code == 0);
  CHECK(desk.run({"check", "unsafe", "--budget", "0", "-q"}).code == 0);
  const std::string naive = desk.write("naive.hpp", {"--exercise", "2"});
  CHECK(desk.run({"check", naive, "--as-claimed", "--budget", "0", "-q"}).code == 0);
  CHECK(desk.run({"check"}).code == 2);
  CHECK(desk.run({"check", "nobody"}).code == 2);
}
