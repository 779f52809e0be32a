// CSV as it is written: what scripts may rely on.
#include "record/exit_code.hpp"
#include "record/record.hpp"
#include "support/comparisons.hpp"
#include "support/records.hpp"
#include "support/results.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

using namespace banksim;
using Json = nlohmann::ordered_json;

namespace {

// The promise: a new column comes last, and the record room's list of late ones says so.
constexpr const char* kColumns =
    "schema,schema_version,banksim_version,started_at,outcome,exit_code,config_strategy,config_threads,"
    "config_accounts,config_balance,config_transfers,config_duration_s,config_amount_min,config_amount_max,"
    "config_access,config_hold_ns,config_hold_yield,config_think_ns,config_seed,config_audit,"
    "config_audit_interval_ns,config_timeout_s,config_stall_s,config_slice_ns,host_os,host_kernel,host_arch,"
    "host_cpu_model,host_logical_cpus,host_compiler,host_build_type,host_sanitizers,transfers_attempted,"
    "transfers_done,transfers_declined,transfers_cancelled,elapsed_s,throughput_per_s,latency_ns_count,"
    "latency_ns_min,latency_ns_mean,latency_ns_p50,latency_ns_p90,latency_ns_p99,latency_ns_p99_9,"
    "latency_ns_max,locks_acquired,locks_contended,locks_wait_ns,locks_try_failed,fairness_jain_index,"
    "fairness_min_per_worker,fairness_max_per_worker,cpu_s_user,cpu_s_system,context_switches_voluntary,"
    "context_switches_involuntary,max_rss_kib,check_total_expected,check_total_found,check_accounts_checked,"
    "check_accounts_wrong,check_negative_accounts,check_audits,check_audits_wrong,check_first_wrong_account,"
    "check_first_wrong_expected,check_first_wrong_found,check_first_wrong_difference,check_worst_account,"
    "check_worst_expected,check_worst_found,check_worst_difference,check_attempts_agree,check_performed,"
    "check_failed,check_audits_first_wrong_total,deadlock_detected_after_s,deadlock_cycle,"
    "deadlock_blocked_workers,deadlock_auditor_blocked,warnings,latency_ns_p95,"
    "check_accounts_in_flight,check_overdrafts,check_first_overdraft_account,"
    "check_first_overdraft_balance,check_first_overdraft_after_s,"
    "check_first_overdraft_transfer_index,check_first_overdraft_transfer_from,"
    "check_first_overdraft_transfer_to,check_first_overdraft_transfer_amount,ended_by_kind,"
    "ended_by_role,ended_by_worker,ended_by_transfer_index,ended_by_transfer_from,"
    "ended_by_transfer_to,ended_by_transfer_amount,ended_by_others,ended_by_number,ended_by_thrown,"
    "cpu_share,machine_quota_cpus,"
    "machine_periods,machine_throttled_periods,machine_throttled_s,machine_other_cpus,machine_late_s,paused_s,"
    "config_self_transfers,see,config_expect,config_mutex,config_layout";

// Every leaf of the JSON that is no list, by its flattened name.
void flatten(const Json& json, const std::string& prefix, std::vector<std::pair<std::string, Json>>& leaves) {
  for (const auto& item : json.items()) {
    const std::string name = prefix + item.key();
    if (item.value().is_object()) flatten(item.value(), name + "_", leaves);
    if (item.value().is_primitive()) leaves.emplace_back(name, item.value());
  }
}

}  // namespace

TEST_CASE("The CSV is a header and one row, with the promised columns whatever the run") {
  for (const RunResult& run : {RunResult{}, ok_run(), wrong_run()})
    CHECK(lines_of(run_csv(run, 0)).front() == kColumns);
  const std::string text = run_csv(opposite_transfers(), 4);
  CHECK(text.substr(0, text.find('\n')) == kColumns);
  CHECK(text.find('\r') == std::string::npos);
  const Cells cells = csv_cells(text);
  CHECK(cell(cells, "deadlock_cycle") == "3;0");
  CHECK(cell(cells, "deadlock_blocked_workers") == "1;2;4");
  CHECK(cell(cells, "exit_code") == "4");
  CHECK(cell(csv_cells(run_csv(deadlocked_run({auditor(0, 1, 3), member(3, 1, 0, 5)}), 4)),
             "deadlock_cycle") == "auditor;3");
}

TEST_CASE("Cells of the CSV that need quotes have them") {
  RunResult run = ok_run();
  run.host.cpu_model = "A \"fast\" CPU, two cores";
  run.host.sanitizers = {"address", "undefined"};
  run.config.balance = {Money{1}, Money{2}};
  run.warnings = {{"one", "1, first", {}}, {"two", "", {}}};
  const std::string text = run_csv(run, 0);
  CHECK(text.find(",\"A \"\"fast\"\" CPU, two cores\",") != std::string::npos);
  const Cells cells = csv_cells(text);
  CHECK(cell(cells, "host_cpu_model") == run.host.cpu_model);
  CHECK(cell(cells, "host_sanitizers") == "address;undefined");
  CHECK(cell(cells, "config_balance") == "1;2");
  CHECK(cell(cells, "warnings") == "one;two");
}

TEST_CASE("The CSV has every value of the JSON that is no list, under its flattened name") {
  RunResult run = wrong_run();  // with numbers that all differ, and as little null as can be
  run.deadlock = opposite_transfers().deadlock;
  run.locks = {7, 5, 3, 11};
  run.transfers.cancelled = 13;
  run.check.negative_accounts = 17;
  run.check.first_overdraft = Overdraft{AccountId{19}, Money{-23}, 0.5,
                                        PlannedTransfer{29, {AccountId{31}, AccountId{37}, Money{41}}}};
  run.ended_by = EndedBy{EndKind::signal,
                         Role::worker,
                         WorkerId{3},
                         PlannedTransfer{43, {AccountId{47}, AccountId{53}, Money{59}}},
                         61,
                         11,
                         "int"};
  run.machine = {0.5, {137, 135, 6.8}, 1.25, 0.7, 2.5};
  std::vector<std::pair<std::string, Json>> leaves;
  flatten(Json::parse(run_json(run, kCommand, 3, kWords)), "", leaves);
  const Cells cells = csv_cells(run_csv(run, 3));
  REQUIRE(leaves.size() > 60);
  for (const auto& [name, value] : leaves) {
    const std::string text = cell(cells, name);
    INFO(name << ": " << value.dump() << " and " << text);
    if (value.is_null()) {
      CHECK(text.empty());
    } else if (value.is_string()) {
      CHECK(text == value.get<std::string>());
    } else {
      CHECK(Json::parse(text) == value);
    }
  }
}

TEST_CASE("The CSV of a comparison has a row a measured run, and new columns come after its places") {
  const Comparison comparison = small_comparison();
  const std::vector<std::string> lines = lines_of(compare_csv(comparison));
  REQUIRE(lines.size() == 1 + 5 * 7);
  const RunResult& run = comparison.cells[2].runs[5];
  const std::string alone = run_csv(run, exit_code_of(run.outcome));
  const std::vector<std::string> late{",latency_ns_p95,",
                                      ',' + std::to_string(run.latency.quantile_ns(0.95)) + ','};
  const auto with = [&](std::size_t line, const std::string& places) {
    std::string text = lines_of(alone)[line];
    return text.insert(text.find(late.at(line), text.size() / 2), places);
  };
  CHECK(lines[0] == with(0, ",cell,round"));
  CHECK(lines[1 + 2 * 7 + 5] == with(1, ",2,5"));
  CHECK(lines_of(compare_csv(Comparison{})).size() == 1);
}
