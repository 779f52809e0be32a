// Records read back: what was written, and what somebody else has written.
#include "record/exit_code.hpp"
#include "record/record.hpp"
#include "support/records.hpp"
#include "support/zoo_cases.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <nlohmann/json.hpp>

#include <atomic>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace banksim;
using Json = nlohmann::ordered_json;

namespace {

void check_round_trip(const RunResult& run) {
  const int exit_code = exit_code_of(run.outcome, run.signal);
  const std::string text = run_json(run, kCommand, exit_code, kWords);
  const Record<RunResult> record = read_run(text);
  INFO(text);
  CHECK(record.value == run);
  CHECK(record.command == kCommand);
  CHECK(record.exit_code == exit_code);
  CHECK(record.unknown.empty());
  CHECK(run_json(record.value, record.command, record.exit_code, kWords) == text);
  CHECK(read_run(whole_json(run)).value == run);
}

// As compare() leaves it: a cell that did not come to its end has no summaries.
Comparison finished(Comparison comparison) {
  for (CellResult& cell : comparison.cells)
    if (cell.runs_measured == 0)
      for (Summary* const summary :
           {&cell.throughput_per_s, &cell.p50_ns, &cell.p90_ns, &cell.p95_ns, &cell.p99_ns, &cell.p99_9_ns})
        *summary = {};
  comparison.conclusions = conclude(comparison);
  return comparison;
}

void check_round_trip(const Comparison& comparison) {
  const int exit_code = exit_code_of(comparison);
  const std::string text = compare_json(comparison, kCommand, exit_code, kWords);
  const Record<Comparison> record = read_comparison(text);
  CHECK(record.value == comparison);
  CHECK(record.exit_code == exit_code);
  CHECK(record.unknown.empty());
  CHECK(compare_json(record.value, record.command, record.exit_code, kWords) == text);
}

// Limits hold functions, which have no equality: the text says that they are the same.
void check_round_trip(const Exploration& exploration) {
  const std::string text = explore_json(exploration, kCommand, exit_code_of(exploration.verdict));
  const Record<Exploration> record = read_exploration(text);
  INFO(text);
  CHECK(record.value.replayed == exploration.replayed);
  CHECK(record.value.outcomes_seen == exploration.outcomes_seen);
  CHECK(record.value.findings == exploration.findings);
  CHECK(static_cast<const ExploreSize&>(record.value.limits) == exploration.limits);
  CHECK(record.value.limits.find == exploration.limits.find);
  CHECK(record.value.limits.choices == exploration.limits.choices);
  CHECK(record.value.limits.budget == exploration.limits.budget);
  CHECK(record.value.rungs == exploration.rungs);
  CHECK(record.value.not_searched == exploration.not_searched);
  CHECK(record.value.can_refuse_for_ever == exploration.can_refuse_for_ever);
  CHECK(record.value.collisions_not_met == exploration.collisions_not_met);
  CHECK(record.value.passed_over == exploration.passed_over);
  CHECK(record.unknown.empty());
  CHECK(explore_json(record.value, record.command, record.exit_code) == text);
  CHECK(read_exploration(whole_json(exploration)).value.findings == exploration.findings);
}

// The document with another value, or with none, at that place.
std::string changed(const std::string& text, const std::string& place, const Json& value) {
  Json json = Json::parse(text);
  json[Json::json_pointer(place)] = value;
  return json.dump();
}
std::string without(const std::string& text, const std::string& object, const std::string& key) {
  Json json = Json::parse(text);
  json[Json::json_pointer(object)].erase(key);
  return json.dump();
}

std::string message(const std::string& text) {
  try {
    read_run(text);
  } catch (const RecordError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("A run reads back as it was, whatever its outcome") {
  RunResult interrupted = with_outcome(ok_run(), Outcome::interrupted);
  interrupted.signal = 15;
  RunResult nothing_checked = with_outcome(ok_run(), Outcome::violation);
  nothing_checked.check = {};
  nothing_checked.latency = {};
  RunResult own_lock =
      deadlocked_run({doing(member(3, kNoAccount, AccountId{0}, 5), 12, 1, 0, 40), auditor(0, 1, 3)});
  own_lock.deadlock->cycle[1].edge.waits_for = kNoAccount;
  own_lock.deadlock->auditor_blocked = true;
  RunResult hindered = ok_run();
  hindered.machine = {0.5, {137, 135, 6.8}, 1.25, 0.7, 2.5};
  check_round_trip(GENERATE_REF(RunResult{}, ok_run(), hindered, wrong_run(), opposite_transfers(), own_lock,
                                interrupted, nothing_checked, with_outcome(ok_run(), Outcome::stalled),
                                with_outcome(wrong_run(), Outcome::timeout)));
}

TEST_CASE("A run reads back as it was, whatever it was asked for") {
  RunResult run = ok_run();
  run.config.transfers = Config{}.transfers;
  run.config.duration = nanoseconds{1'500'000'001};
  run.config.timeout = std::chrono::hours{24 * 5} + nanoseconds{1};
  run.config.balance = {Money{1}, Money{0}};
  run.config.seed = (std::uint64_t{1} << 53) - 1;
  run.config.hold = GENERATE(Hold{nanoseconds{400}, false}, Hold{nanoseconds{0}, true});
  run.config.access =
      GENERATE(Access{}, Access{Access::Kind::zipf, 0.99, 0, 0}, Access{Access::Kind::hot, 0, 90, 2.5});
  run.config.audit.kind =
      GENERATE(AuditPolicy::Kind::off, AuditPolicy::Kind::interval, AuditPolicy::Kind::each);
  run.warnings = {{"oversubscribed", "", {{"threads", 50}, {"cpus", 2}}},
                  {"no_reference", "naive", {{"load", 2.25}}}};
  run.host.sanitizers = {"address", "undefined"};
  run.latency.record((std::uint64_t{1} << 40) + 1);
  check_round_trip(run);
  CHECK(read_run(run_json(run, {}, 0, kWords)).value.latency.quantile_ns(0.95) ==
        run.latency.quantile_ns(0.95));
}

TEST_CASE("A comparison reads back as it was, with what follows from it") {
  Comparison gated = small_comparison();
  gated.plan.reference = "ordered";
  gated.plan.max_slowdown_percent = 12.5;
  gated.plan.undecided_fails = true;
  Comparison unfinished = interrupted_comparison();
  unfinished.order = {0, 3, 1, 2};
  unfinished.warnings = {{"interrupted", "", {}}};
  Comparison yielding = grid_comparison();
  yielding.plan.holds.back() = Hold{nanoseconds{0}, true};
  REQUIRE(finished(gated).conclusions.gate);
  check_round_trip(finished(
      GENERATE_REF(swept_comparison(), small_comparison(1), gated, unfinished, yielding, Comparison{})));
}

TEST_CASE("An exploration reads back as it was, whatever its verdict") {
  ExploreLimits bounded, audited, replay;
  bounded.max_states = 10;
  audited.auditor = true;
  replay.replay = explore<Naive>({}).findings[0].token;
  check_round_trip(GENERATE_REF(Exploration{}, explore<Ordered>({}), explore<ScopedLock>({}),
                                explore<Ordered>(bounded), explore<Ordered>(audited),
                                explore<Naive>(replay)));
}

TEST_CASE("A ladder reads back as it was, with its sizes, its inputs and what was sought") {
  Exploration e = explore<Ordered>({});
  e.limits.amounts = {Money{1}, Money{60}};
  e.limits.balance = Money{59};
  e.limits.find = {Sought::deadlock, 3, true};
  e.limits.choices = {{AccountId{0}, AccountId{1}, Money{60}}};
  e.limits.budget = std::chrono::milliseconds{1500};
  e.rungs = {{{}, ExploreVerdict::deadlock, 7, 9, {}, 0, 2048, {}},
             {{3, 3, 2, true, true}, ExploreVerdict::inconclusive, 1, 2, 5, 0.5, 0, {"max_states"}}};
  e.not_searched = {e.rungs[1].size, {}};
  e.can_refuse_for_ever = 2;
  e.collisions_not_met = e.passed_over = true;
  check_round_trip(e);
}

TEST_CASE("A finding reads back as it was, whoever of the zoo it is of") {
  for (const zoo::Case& animal : zoo::cases()) {
    DYNAMIC_SECTION(animal.name) { check_round_trip(animal.explore(animal.limits)); }
  }
}

TEST_CASE("A finding reads back as it was, whatever its kind and its steps") {
  Exploration exploration = explore<Naive>({});
  const ExploreFinding finding = exploration.findings[0];
  for (std::size_t kind = 0; kind < enum_names(FindingKind{}).size(); ++kind) {
    exploration.findings.push_back(finding);
    exploration.findings.back().kind = static_cast<FindingKind>(kind);
  }
  for (std::size_t op = 0; op < enum_names(StepOp{}).size(); ++op)
    for (const WorkerId holder : {kNobody, WorkerId{0}, WorkerId{2}}) {  // the last is the auditor
      ExploreStep step = finding.steps[0];
      step.op = static_cast<StepOp>(op);
      step.held_by = holder;
      exploration.findings[0].steps.push_back(step);
    }
  check_round_trip(exploration);
}

TEST_CASE("A whole run reads back as it was, with what a record keeps back") {
  RunResult run = wrong_run();
  run.config.duration = nanoseconds{1'500'000'001};
  run.config.transfers = 12'345;
  run.config.audit = {AuditPolicy::Kind::each, nanoseconds{7}};
  run.config.seed = run.locks.wait_ns = std::numeric_limits<std::uint64_t>::max();
  run.check.performed = false;
  run.check.attempts_agree = false;
  run.check.total_found = Money{std::numeric_limits<std::int64_t>::min()};
  run.fairness.jain_index = std::numeric_limits<double>::infinity();
  run.latency.record(std::numeric_limits<std::uint64_t>::max() >> 14);
  CHECK(read_run(whole_json(run)).value == run);
  CHECK(read_run(run_json(run, {}, 3, kWords)).value != run);
}

TEST_CASE("A whole exploration reads back as it was, with what a record keeps back") {
  Exploration exploration = explore<Naive>({});
  exploration.findings[0].expected = exploration.findings[0].steps[0].value = std::int64_t{1} << 60;
  exploration.interleavings = std::numeric_limits<double>::infinity();
  const Record<Exploration> record = read_exploration(whole_json(exploration));
  CHECK(record.value.findings == exploration.findings);
  CHECK(record.value.interleavings == exploration.interleavings);
  CHECK(record.unknown.empty());
  CHECK(whole_json(record.value) == whole_json(exploration));
}

TEST_CASE("A damaged text is read or refused, and by nothing but the one error") {
  const std::string text = whole_json(opposite_transfers()), found = whole_json(explore<Naive>({}));
  const auto refuses = [](const auto& reader, const std::string& damaged) {
    try {
      reader(damaged);
    } catch (const RecordError&) {
      return true;
    }
    return false;
  };
  for (std::size_t i = 0; i + 2 < text.size(); i += 17) {
    CHECK(refuses(read_run, text.substr(0, i)));
    for (const char byte : {'\0', '"', '9', ',', '[', '-', '\xff'}) {
      std::string damaged = text;
      damaged[i] = byte;
      refuses(read_run, damaged);
    }
  }
  for (std::size_t i = 0; i + 2 < found.size(); i += 37) CHECK(refuses(read_exploration, found.substr(0, i)));
  const std::string deep(200'000, '[');
  CHECK(message(deep) == "no JSON: it is nested too deeply");
  CHECK(message(R"({"schema": "banksim.run", "host": )" + deep) == "no JSON: it is nested too deeply");
}

TEST_CASE("A key that is missing or null leaves the default of its day") {
  const std::string text = run_json(wrong_run(), kCommand, 3, kWords);
  CHECK(read_run(R"({"schema": "banksim.run"})").value == RunResult{});
  CHECK(read_run(without(text, "/config", "threads")).value.config.threads == Config{}.threads);
  CHECK(read_run(without(text, "/latency_ns", "buckets")).value.latency == LatencyHistogram{});
  CHECK(read_run(changed(text, "/locks", nullptr)).value.locks == LockStats{});
  CHECK(read_run(changed(text, "/check/total_found", nullptr)).value.check.total_found == Money{});
  CHECK(read_run(changed(text, "/check/worst/found", nullptr)).value.check.worst->found == Money{});
  CHECK_FALSE(read_run(without(text, "/check", "worst")).value.check.worst);
}

TEST_CASE("A key that nobody knows is skipped and named") {
  Json json = Json::parse(compare_json(small_comparison(), kCommand, 0, kWords));
  json["mood"] = "good";
  json["plan"]["order"] = "random";
  json["results"][2]["runs"][1]["deadlock"]["cycle"][0]["since"] = {1, 2};
  const Record<Comparison> record = read_comparison(json.dump());
  CHECK(record.value == finished(small_comparison()));
  CHECK(record.unknown ==
        std::vector<std::string>{"plan.order", "results[2].runs[1].deadlock.cycle[0].since", "mood"});
}

TEST_CASE("A value of the wrong kind is an error that names its key") {
  const std::string text = run_json(opposite_transfers(), kCommand, 4, kWords);
  const std::tuple<const char*, Json, const char*> wrong[] = {
      {"/locks/acquired", "many", "locks.acquired: a whole number was expected, not \"many\""},
      {"/locks/acquired", 1.5, "locks.acquired: a whole number was expected, not 1.5"},
      {"/locks/acquired", -1, "locks.acquired: a number in range was expected, not -1"},
      {"/config/threads", 4294967296, "config.threads: a number in range was expected, not 4294967296"},
      {"/config/hold_yield", 1, "config.hold_yield: true or false was expected, not 1"},
      {"/config/timeout_s", "60", "config.timeout_s: a number was expected, not \"60\""},
      {"/config/timeout_s", 1e300, "config.timeout_s: a number in range was expected, not 1e+300"},
      {"/config/access", "zipf", "config.access: a name that is known here was expected, not \"zipf\""},
      {"/config/strategy", Json::array(), "config.strategy: a text was expected, not []"},
      {"/outcome", "fine", "outcome: a name that is known here was expected, not \"fine\""},
      {"/host", "here", "host: an object was expected, not \"here\""},
      {"/latency_ns/buckets", Json::array({Json::array({1})}),
       "latency_ns.buckets[0]: a pair was expected, not [1]"},
      {"/deadlock/cycle", 3, "deadlock.cycle: a list was expected, not 3"},
      {"/deadlock/cycle/1/worker", "x", "deadlock.cycle[1].worker: a whole number was expected, not \"x\""},
      {"/command", std::string(50, 'x'), "command: a list was expected, not string"},
      {"/schema", "banksim.compare", "schema: \"banksim.run\" was expected, not \"banksim.compare\""},
      {"/schema_version", 2, "schema_version: 1 was expected, not 2"}};
  for (const auto& [place, value, expected] : wrong) CHECK(message(changed(text, place, value)) == expected);
}

TEST_CASE("A text that is no record is an error in one line") {
  for (const char* text : {"", "{", "[1", "\x01", "{\"schema\": \"\xff\"}"}) {
    CHECK(message(text).starts_with("no JSON: parse error at line 1"));
    CHECK(message(text).find('\n') == std::string::npos);
  }
  CHECK(message("[1e999]") == "no JSON: number overflow parsing '1e999'");
  CHECK(message("[]") == "the record: an object with a schema was expected, not []");
  CHECK(message("{}") == "the record: an object with a schema was expected, not {}");
}

TEST_CASE("A comparison whose cells lie otherwise than a plan lays them out is an error") {
  const std::string text = compare_json(swept_comparison(), kCommand, 0, kWords);
  CHECK_THROWS_MATCHES(read_comparison(changed(text, "/results/7/group", 1'000'000'000)), RecordError,
                       Catch::Matchers::Message("results[7].group: the cells are not laid out in groups"));
  CHECK_THROWS_AS(read_comparison(changed(text, "/results/0/group", 1)), RecordError);
  CHECK_THROWS_MATCHES(read_comparison(changed(text, "/plan/reference", "nobody")), RecordError,
                       Catch::Matchers::Message("plan.reference: nobody is not in every group"));
}
