// What is said against a strategy, and what it weighs.
#include "check/check.hpp"

#include "record/exit_code.hpp"
#include "report/report.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include <stdexcept>
#include <string>
#include <vector>

using namespace banksim;
using Catch::Matchers::ContainsSubstring;

namespace {

// Answers as it is told, and counts.
struct Told {
  ExploreVerdict verdict = ExploreVerdict::proved;
  Outcome outcome = Outcome::ok;
  bool deadlock_free = true, conserves_money = true;
  bool is_called_off = false;
  bool cannot_be_explored = false;
  int runs = 0, climbs = 0;

  Checked checked() {
    const Checker checker{[this](const Config& config, RunControl&) {
                            ++runs;
                            RunResult result;
                            result.config = config;
                            result.outcome = outcome;
                            if (outcome == Outcome::deadlock) result.deadlock.emplace();
                            return result;
                          },
                          [this](const std::string& strategy, const ExploreLimits& limits) {
                            ++climbs;
                            if (cannot_be_explored) throw NotExplorable("it hides a byte\nand more");
                            Exploration found;
                            found.strategy = strategy;
                            found.limits = limits;
                            found.verdict = verdict;
                            found.complete = true;
                            return found;
                          },
                          [this] { return is_called_off; },
                          [](const std::string&, CheckStage, std::uint32_t) {}};
    return check("mine", deadlock_free, conserves_money, {}, checker);
  }
};

}  // namespace

TEST_CASE("A strategy that keeps its promises holds, after proofs and runs on banks of four sizes") {
  Told told;
  const Checked checked = told.checked();
  CHECK(checked.state() == CheckState::holds);
  CHECK(exit_code_of(checked) == 0);
  CHECK(told.climbs == 2);
  CHECK(told.runs == 32);
  CHECK(checked.rows.size() == 6);
}

TEST_CASE("What breaks a promise fails, and what was never promised does not") {
  struct Case {
    ExploreVerdict verdict;
    Outcome outcome;
    bool deadlock_free, conserves_money;
    CheckState state;
    int code;
  };
  using enum ExploreVerdict;
  const Case cases[] = {
      {violation, Outcome::ok, true, true, CheckState::fails, 3},
      {violation, Outcome::violation, true, false, CheckState::holds, 0},
      {proved, Outcome::violation, true, true, CheckState::fails, 3},
      {deadlock, Outcome::ok, true, true, CheckState::fails, 4},
      {deadlock, Outcome::violation, true, true, CheckState::fails, 3},  // money weighs most
      {deadlock, Outcome::deadlock, false, true, CheckState::holds, 0},
      {livelock, Outcome::ok, false, true, CheckState::fails, 5},
      {inconclusive, Outcome::ok, true, true, CheckState::undecided, 5},
      {proved, Outcome::timeout, true, true, CheckState::undecided, 5},
      {proved, Outcome::crashed, true, true, CheckState::fails, 5},
  };
  for (const Case& one : cases) {
    Told told{one.verdict, one.outcome, one.deadlock_free, one.conserves_money};
    const Checked checked = told.checked();
    CHECK(checked.state() == one.state);
    CHECK(exit_code_of(checked) == one.code);
  }
}

TEST_CASE("A bank's runs end with the first that breaks a promise, and go on where a deadlock is claimed") {
  Told breaks{ExploreVerdict::proved, Outcome::deadlock};
  breaks.checked();
  CHECK(breaks.runs == 4);
  Told claims{ExploreVerdict::deadlock, Outcome::deadlock, false};
  claims.checked();
  CHECK(claims.runs == 32);
}

TEST_CASE("Who cannot be explored is a row with the reason, in one line, and is run all the same") {
  Told told{.cannot_be_explored = true};
  const Checked checked = told.checked();
  CHECK(checked.rows[0].state == CheckState::undecided);
  CHECK(check_row_text(checked.rows[0]) == "it hides a byte and more");
  CHECK(exit_code_of(checked) == 5);
  CHECK(told.runs == 32);
}

TEST_CASE("Called off, it checks nothing more") {
  Told told{.is_called_off = true};
  CHECK(told.checked().rows.empty());
  CHECK(told.runs == 0);
}

TEST_CASE("Of several the worst counts: money, deadlock, no verdict, what does not compile, the machine") {
  CHECK(worst_of(0, 1) == 1);
  CHECK(worst_of(1, 2) == 2);
  CHECK(worst_of(2, 5) == 5);
  CHECK(worst_of(5, 4) == 4);
  CHECK(worst_of(4, 3) == 3);
  CHECK(worst_of(3, 0) == 3);
}

TEST_CASE("Table, JUnit and JSON say the same of every row") {
  Told good, bad{ExploreVerdict::deadlock, Outcome::violation};
  const std::vector<Checked> all = {good.checked(), bad.checked()};
  const std::string text = check_text(all, {});
  CHECK_THAT(text, ContainsSubstring("HOLDS  mine: nothing was found against it"));
  CHECK_THAT(text, ContainsSubstring("FAILS  mine: "));
  CHECK_THAT(text, ContainsSubstring("strategy  verdict  why"));
  const std::string xml = check_junit(all);
  CHECK_THAT(xml, ContainsSubstring("<testsuite name=\"mine\" tests=\"6\" failures=\"0\" errors=\"0\""));
  CHECK_THAT(xml, ContainsSubstring("<testsuite name=\"mine\" tests=\"6\" failures=\"5\" errors=\"0\""));
  const auto json = nlohmann::json::parse(check_json(all, {}, 3, wording()));
  CHECK(json["schema"] == "banksim.check");
  CHECK(json["exit_code"] == 3);
  CHECK(json["results"][1]["state"] == "fails");
  CHECK(json["results"][1]["rows"].size() == 6);
  CHECK(json["results"][1]["rows"][1]["stage"] == "runs");
}
