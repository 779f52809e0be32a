// JSON as it is written: what scripts may rely on. CSV: record_csv_test.cpp.
#include "record/record.hpp"

#include "record/exit_code.hpp"
#include "support/records.hpp"
#include "support/zoo_cases.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace banksim;
using Json = nlohmann::ordered_json;

namespace {

Json parsed(const RunResult& run, int exit_code = 0) {
  return Json::parse(run_json(run, kCommand, exit_code, kWords));
}

using Promises = std::vector<std::pair<const char*, const char*>>;

std::string keys(const Json& object) {
  std::string text;
  for (const auto& item : object.items()) text += (text.empty() ? "" : " ") + item.key();
  return text;
}

// Objects with their keys, in the order in which scripts were promised them.
void check_keys(const Json& json, const Promises& promised) {
  for (const auto& [path, names] : promised) {
    INFO(path);
    CHECK(keys(json[Json::json_pointer(path)]) == names);
  }
}

void check_integers(const Json& json) {
  constexpr std::int64_t kLimit = std::int64_t{1} << 53;
  for (const auto& item : json.items()) {
    if (item.value().is_structured()) check_integers(item.value());
    if (item.value().is_number_integer()) CHECK(std::abs(item.value().get<std::int64_t>()) < kLimit);
  }
}

}  // namespace

TEST_CASE("The JSON of a run is one object with its keys in the promised order") {
  const std::string text = run_json(opposite_transfers(), kCommand, 4, kWords);
  CHECK(text.starts_with("{\n  \"schema\": \"banksim.run\",\n  \"schema_version\": 1,\n"));
  CHECK(text.ends_with("\n}\n"));
  check_keys(
      Json::parse(text),  // the others are written out below
      {{"",
        "schema schema_version banksim_version command started_at outcome exit_code config host "
        "transfers elapsed_s paused_s audits_s throughput_per_s latency_ns locks fairness cpu_s context_switches "
        "max_rss_kib cpu_share machine check deadlock warnings ended_by see"},
       {"/machine", "quota_cpus periods throttled_periods throttled_s other_cpus late_s"},
       {"/host", "os kernel arch cpu_model logical_cpus compiler build_type sanitizers"},
       {"/fairness", "jain_index min_per_worker max_per_worker"},
       {"/cpu_s", "user system"},
       {"/context_switches", "voluntary involuntary"}});
}

TEST_CASE("The JSON of a run holds what the run held") {
  RunResult run = ok_run();
  run.warnings = {{"busy", "", {{"load", 0.5}, {"cpus", 2}}}};
  const Json json = parsed(run, 0);
  CHECK(json["command"] == Json(kCommand));
  CHECK(json["exit_code"] == 0);
  CHECK(json["started_at"] == "2026-01-02T03:04:05Z");
  CHECK(json["config"].dump() ==
        R"({"strategy":"ordered","threads":50,"accounts":1000,"balance":[1000],"transfers":640000,)"
        R"("duration_s":null,"amount_min":1,"amount_max":100,"access":"uniform","hold_ns":0,)"
        R"("hold_yield":false,"think_ns":0,"seed":1,"audit":"interval","audit_interval_ns":10000000,)"
        R"("timeout_s":60.0,"stall_s":10.0,"slice_ns":20000000,"self_transfers":false,"expect":"ok",)"
        R"("mutex":"std","layout":"padded"})");
  CHECK(json["host"]["sanitizers"] == Json::array());
  CHECK(json["transfers"].dump() == R"({"attempted":640000,"done":638741,"declined":1259,"cancelled":0})");
  CHECK(json["latency_ns"].dump() ==
        R"({"count":10000,"min":10,"mean":424.5019,"p50":10,"p90":20,"p95":20,"p99":30,"p99_9":31,)"
        R"("max":4100000,"buckets":[[10,6000],[20,3500],[30,450],[31,49],[4063232,1]]})");
  CHECK(json["locks"].dump() ==
        R"({"acquired":1280000,"contended":11520,"wait_ns":51615000,"try_failed":0})");
  CHECK(json["check"].dump() ==
        R"({"total_expected":1000000,"total_found":1000000,"accounts_checked":1000,"accounts_wrong":0,)"
        R"("negative_accounts":0,"audits":5,"audits_wrong":0,"first_wrong":null,"worst":null,)"
        R"("attempts_agree":true,"performed":true,"failed":0,"audits_first_wrong_total":null,)"
        R"("accounts_in_flight":0,"overdrafts":0,"first_overdraft":null})");
  CHECK(json["deadlock"] == nullptr);
  CHECK(json["warnings"].dump() ==
        R"([{"code":"busy","message":"beware: busy","subject":null,"numbers":{"cpus":2,"load":0.5}}])");
}

TEST_CASE("The JSON of a run for a time has no count, and of one that audits each no interval") {
  RunResult run = ok_run();
  run.config.duration = std::chrono::milliseconds{1500};
  run.config.audit.kind = AuditPolicy::Kind::each;
  const Json config = parsed(run)["config"];
  CHECK(config["transfers"] == nullptr);
  CHECK(config["duration_s"] == 1.5);
  CHECK(config["audit"] == "each");
  CHECK(config["audit_interval_ns"] == nullptr);
}

TEST_CASE("The JSON of a violation has the first and the worst account") {
  const Json check = parsed(wrong_run(), 3)["check"];
  CHECK(check["failed"] == 3);
  CHECK(check["first_wrong"].dump() == R"({"account":0,"expected":1000,"found":993,"difference":-7})");
  CHECK(check["worst"].dump() == R"({"account":17,"expected":1000,"found":1200,"difference":200})");
  CHECK(check["audits_first_wrong_total"] == 999'900);
}

TEST_CASE("The JSON of a deadlock has the cycle, with null for the auditor and for a strategy's own mutex") {
  RunResult run =
      deadlocked_run({doing(member(3, kNoAccount, AccountId{0}, 5), 12, 1, 0, 40), auditor(0, 1, 3)});
  run.deadlock->cycle[1].edge.waits_for = kNoAccount;
  run.deadlock->blocked_workers = {WorkerId{1}};
  CHECK(
      parsed(run, 4)["deadlock"].dump() ==
      R"({"detected_after_s":0.021,"cycle":[)"
      R"({"role":"worker","worker":3,"holds_account":null,"waits_for_account":0,"held_by":null,)"
      R"("holds_own_lock":null,"waits_for_own_lock":null,"holds_lock_name":null,"waits_for_lock_name":null,)"
      R"("transfer":{"index":12,"from":1,"to":0,"amount":40}},)"
      R"({"role":"auditor","worker":null,"holds_account":0,"waits_for_account":null,"held_by":3,)"
      R"("holds_own_lock":null,"waits_for_own_lock":null,"holds_lock_name":null,"waits_for_lock_name":null,)"
      R"("transfer":null}],"blocked_workers":[1],"auditor_blocked":false})");
}

TEST_CASE("Every outcome has its name in JSON and CSV") {
  for (const char* name : enum_names(Outcome{})) {
    const RunResult run = with_outcome(opposite_transfers(), named<Outcome>(name).value());
    CHECK(parsed(run)["outcome"] == name);
    CHECK(cell(csv_cells(run_csv(run, 5)), "outcome") == name);
  }
}

TEST_CASE("What is not known is null in JSON, and an empty cell") {
  RunResult run = ok_run();
  run.latency = {};
  run.check = {};
  run.elapsed_s = std::numeric_limits<double>::quiet_NaN();
  run.fairness.jain_index = std::numeric_limits<double>::infinity();
  const std::string text = run_json(run, kCommand, 5, kWords);
  const Json json = Json::parse(text);
  CHECK(json["latency_ns"].dump() ==
        R"({"count":0,"min":null,"mean":null,"p50":null,"p90":null,"p95":null,"p99":null,"p99_9":null,)"
        R"("max":null,"buckets":[]})");
  CHECK(json["elapsed_s"] == nullptr);
  CHECK(json["fairness"]["jain_index"] == nullptr);
  CHECK(json["check"]["total_found"] == nullptr);
  CHECK(json["check"]["failed"] == nullptr);
  const Cells cells = csv_cells(run_csv(run, 5));
  for (const char* name : {"latency_ns_p50", "elapsed_s", "fairness_jain_index", "check_total_found",
                           "check_attempts_agree", "check_first_wrong_account", "deadlock_detected_after_s"})
    CHECK(cell(cells, name).empty());
  CHECK(cell(cells, "check_performed") == "false");
}

TEST_CASE("Integers that readers would round are null in JSON") {
  RunResult run = wrong_run();
  run.check.total_found = Money{(std::int64_t{1} << 53) - 1};
  CHECK(parsed(run)["check"]["total_found"] == 9'007'199'254'740'991);
  run.check.total_found = Money{std::int64_t{1} << 53};
  run.check.worst->found = Money{std::numeric_limits<std::int64_t>::min()};
  run.locks.wait_ns = std::numeric_limits<std::uint64_t>::max();
  const Json json = parsed(run);
  CHECK(json["check"]["total_found"] == nullptr);
  CHECK(json["check"]["worst"]["found"] == nullptr);
  CHECK(json["locks"]["wait_ns"] == nullptr);
  check_integers(json);
}

TEST_CASE("Words of the command line that are no UTF-8 do not break the JSON") {
  const std::vector<std::string> command{"banksim", "--output=\xff\xfe", "a\"b\n"};
  for (const std::string& text :
       {run_json(ok_run(), command, 0, kWords), compare_json(small_comparison(), command, 0, kWords),
        explore_json({}, command, 0)}) {
    const Json json = Json::parse(text);
    CHECK(json["command"][1] == "--output=\ufffd\ufffd");
    CHECK(json["command"][2] == "a\"b\n");
  }
}

TEST_CASE("The JSON of a comparison has its keys in the promised order") {
  Comparison comparison = small_comparison();
  comparison.plan.reference = "ordered";
  comparison.plan.max_slowdown_percent = 10;
  check_keys(
      Json::parse(compare_json(concluded(comparison), kCommand, 0, kWords)),
      {{"",
        "schema schema_version banksim_version command started_at outcome exit_code complete runs_repeated plan host "
        "elapsed_s running_s reference order results verdict findings failures warnings gate"},
       {"/plan",
        "strategies threads accounts hold_ns runs_at_least warmup min_time_s reference base "
        "max_slowdown_percent undecided_fails mutexes"},
       {"/results/1", "cell group config outcome as_promised failure ended_by summary relative runs gate"},
       {"/results/1/summary", "runs_measured throughput_per_s latency_ns"},
       {"/results/1/summary/throughput_per_s", "median mean stddev min max ci95"},
       {"/results/1/summary/latency_ns", "p50 p90 p95 p99 p99_9"},
       {"/results/1/relative", "ratio ci95 verdict runs_needed"},
       {"/gate", "bound verdict rows"},
       {"/gate/rows/0", "cell verdict ratio ci95 runs_needed reference_failed cell_failed"}});
}

TEST_CASE("The JSON of a comparison has its runs, its summaries and its verdicts") {
  Comparison comparison = small_comparison();
  comparison.cells[3].throughput_per_s.stddev.reset();  // as of one run
  const Json json = Json::parse(compare_json(comparison, kCommand, 0, kWords));
  CHECK(json["schema"] == "banksim.compare");
  CHECK(json["outcome"] == "ok");
  CHECK(json["reference"] == "ordered");
  CHECK(json["verdict"] == "who won");
  CHECK(json["findings"] == Json({"one", "two"}));
  CHECK(json["failures"] == Json({"too slow"}));
  CHECK(json["gate"] == nullptr);
  const Json& global = json["results"][1];
  CHECK(global["config"]["strategy"] == "global");
  CHECK(global["summary"]["runs_measured"] == 7);
  CHECK(global["summary"]["throughput_per_s"]["median"] == comparison.cells[1].throughput_per_s.median);
  CHECK(global["summary"]["throughput_per_s"]["ci95"].size() == 2);
  CHECK(global["relative"]["verdict"] == "slower");
  CHECK(global["relative"]["runs_needed"] == nullptr);
  CHECK(global["runs"][3] == parsed(comparison.cells[1].runs[3]));
  CHECK(json["results"][3]["summary"]["throughput_per_s"]["stddev"] == nullptr);
  const Json& naive = json["results"][2];
  CHECK(naive["outcome"] == "deadlock");
  CHECK(naive["relative"].is_null());
  CHECK(naive["summary"]["runs_measured"] == 0);
  CHECK(naive["summary"]["throughput_per_s"]["median"].is_null());
  CHECK(naive["runs"][0]["exit_code"] == 4);
  comparison.complete = false;
  CHECK(Json::parse(compare_json(comparison, {}, 143, kWords))["outcome"] == "interrupted");
}

TEST_CASE("The JSON of an exploration has its keys in the promised order, in units and with null") {
  Exploration proved = explore<Ordered>({});
  const Json json = Json::parse(explore_json(proved, kCommand, 0));
  check_keys(
      json,
      {{"",
        "schema schema_version banksim_version command started_at outcome exit_code config complete states "
        "transitions interleavings depth elapsed_s peak_memory_kib outcomes_seen may_retry bounds_hit "
        "findings can_refuse_for_ever passed_over warnings sizes not_searched heap_not_seen"},
       {"/config",
        "strategy threads accounts transfers auditor max_states max_memory_kib replay amounts balance "
        "self_transfers choices find budget_s"}});
  CHECK(json["config"]["find"]["what"] == "anything");
  CHECK(json["outcome"] == "proved");
  CHECK(json["command"] == Json(kCommand));
  CHECK(json["started_at"] == nullptr);
  CHECK(json["interleavings"].dump() == "32");
  CHECK(json["outcomes_seen"].dump() == R"({"done":true,"declined":true,"audited":false})");
  CHECK(json["findings"].empty());
  proved.started_at = "2026-01-01T00:00:00Z";
  proved.interleavings = 2.4e19;
  const Json later = Json::parse(explore_json(proved, {}, 143));
  CHECK(later["started_at"] == "2026-01-01T00:00:00Z");
  CHECK(later["exit_code"] == 143);
  CHECK(later["interleavings"] == 2.4e19);
  CHECK(Json::parse(explore_json(explore<ScopedLock>({}), {}, 0))["interleavings"].is_null());
  proved.collisions_not_met = true;
  proved.rungs = {{{}, ExploreVerdict::proved, 0, 0, 32, 0, 0, {}}};
  proved.not_searched = {{3, 3, 2, true}};
  const Json ladder = Json::parse(explore_json(proved, {}, 0));
  CHECK(ladder["warnings"].dump() == R"(["collisions_not_met"])");
  CHECK(ladder["sizes"][0].dump() ==
        R"({"threads":2,"accounts":2,"transfers":1,"auditor":false,"amounts":[1,2],"balance":1,)"
        R"("self_transfers":false,"outcome":"proved","states":0,"transitions":0,"interleavings":32,)"
        R"("elapsed_s":0.0,"peak_memory_kib":0,"bounds_hit":[]})");
  CHECK(ladder["not_searched"][0].dump() ==
        R"({"threads":3,"accounts":3,"transfers":2,"auditor":true,"amounts":[1,2],"balance":1,)"
        R"("self_transfers":false})");
}

TEST_CASE("The JSON of a finding has its steps and its cycle, and null where there is no such thing") {
  const auto finding = [](std::string_view animal) {
    const zoo::Case& found = zoo::find(animal);
    return Json::parse(explore_json(found.explore(found.limits), {}, 4))["findings"][0];
  };
  for (const char* animal : {"naive", "unsafe", "holds-and-spins", "forgets-source-when-declined"}) {
    CHECK(finding(animal)["expected"].is_null());
    CHECK(finding(animal)["found"].is_null());
  }
  CHECK(finding("checks-no-funds")["expected"].is_null());
  CHECK(finding("checks-no-funds")["found"] == -1);
  CHECK(finding("loses-credit-to-empty")["expected"] == 2);
  CHECK(finding("loses-credit-to-empty")["found"] == 1);

  const Json naive = finding("naive");
  CHECK(keys(naive) == "kind token preemptions fewest_steps account expected found steps cycle");
  CHECK(
      naive["steps"][0].dump() ==
      R"({"step":1,"worker":0,"role":"worker","op":"lock","account":0,"value":null,"held_by":null,)"
      R"("begins":{"from":0,"to":1,"amount":1},"in_loop":false,"own_number":null,"own_name":null,"held_by_auditor":false})");
  CHECK(
      naive["cycle"][0].dump() ==
      R"({"role":"worker","worker":0,"holds_account":0,"waits_for_account":1,"held_by":1,)"
      R"("holds_own_lock":null,"waits_for_own_lock":null,"holds_lock_name":null,"waits_for_lock_name":null,)"
      R"("transfer":{"from":0,"to":1,"amount":1}})");

  const Json steps = finding("striped-in-request-order")["steps"];
  CHECK(steps[0]["account"].is_null());
  CHECK(steps[0]["own_number"] != steps[1]["own_number"]);

  const Json cycle = finding("audits-in-descending-order")["cycle"];
  REQUIRE(cycle.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) CHECK(cycle[i]["holds_account"] == cycle[1 - i]["waits_for_account"]);
  CHECK(cycle[0]["role"] == "worker");
  CHECK(cycle[1]["role"] == "auditor");
  CHECK(cycle[1]["worker"].is_null());
  CHECK(cycle[1]["transfer"].is_null());
}

TEST_CASE("The strategies' JSON has each of them, with what it claims") {
  const Json json = Json::parse(strategies_json(strategies()));
  CHECK(json["schema"] == "banksim.strategies");
  check_keys(json, {{"", "schema schema_version banksim_version strategies"},
                    {"/strategies/0",
                     "name aliases summary how why_safe wins source deadlock_free conserves_money"}});
  REQUIRE(json["strategies"].size() == strategies().size());
  for (std::size_t i = 0; i < strategies().size(); ++i) {
    const StrategyEntry& entry = strategies()[i];
    const Json& listed = json["strategies"][i];
    CHECK(listed["name"] == entry.name);
    CHECK(listed["aliases"].size() == entry.aliases.size());
    CHECK(listed["deadlock_free"] == entry.deadlock_free);
    CHECK(listed["conserves_money"] == entry.conserves_money);
  }
}
