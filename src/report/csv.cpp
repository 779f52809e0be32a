// One run as CSV. The columns are written out here and not derived from the JSON, because their order is
// promised to scripts: a new one goes at the end, wherever its field stands in the JSON. A test compares the
// two.
#include "report/csv.hpp"

#include "report/parts.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace banksim {
namespace {

class Row {
 public:
  // Text, with quotes where RFC 4180 wants them.
  void add(std::string_view name, std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) return append(name, text);
    std::string quoted = "\"";
    for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
    append(name, quoted + '"');
  }

  void add(std::string_view name, const char* text) { add(name, std::string_view(text)); }
  void add(std::string_view name, const std::string& text) { add(name, std::string_view(text)); }

  // Numbers and truth values. A double has as few digits as read back to the same.
  template <class T>
  requires std::is_arithmetic_v<T>
  void add(std::string_view name, T value) {
    bool known = true;
    if constexpr (std::is_floating_point_v<T>) known = std::isfinite(value);
    append(name, known ? fmt::format("{}", value) : "");
  }

  void add(std::string_view name, Money money) { add(name, money.minor_units()); }

  template <class T>
  void add_if(bool known, std::string_view name, T value) {
    known ? add(name, value) : append(name, "");
  }

  CsvLines lines() && { return {std::move(header_), std::move(cells_)}; }

 private:
  void append(std::string_view name, std::string_view cell) {
    if (!header_.empty()) {
      header_ += ',';
      cells_ += ',';
    }
    header_ += name;
    cells_ += cell;
  }

  std::string header_;
  std::string cells_;
};

void add_config(Row& row, const Config& config) {
  std::vector<std::int64_t> balance;
  for (const Money money : config.balance) balance.push_back(money.minor_units());
  const bool by_duration = config.duration.has_value();
  row.add("config_strategy", config.strategy);
  row.add("config_threads", config.threads);
  row.add("config_accounts", config.accounts);
  row.add("config_balance", fmt::format("{}", fmt::join(balance, ";")));
  row.add_if(!by_duration, "config_transfers", config.transfers);
  row.add_if(by_duration, "config_duration_s", in_seconds(config.duration.value_or(nanoseconds{0})));
  row.add("config_amount_min", config.min_amount);
  row.add("config_amount_max", config.max_amount);
  row.add("config_access", config.access.to_string());
  row.add("config_hold_ns", config.hold.spin.count());
  row.add("config_hold_yield", config.hold.yield);
  row.add("config_think_ns", config.think.count());
  row.add("config_seed", config.seed);
  row.add("config_audit", to_string(config.audit.kind));
  row.add_if(config.audit.kind == AuditPolicy::Kind::interval, "config_audit_interval_ns",
             config.audit.interval.count());
  row.add("config_timeout_s", in_seconds(config.timeout));
  row.add("config_stall_s", in_seconds(config.stall));
  row.add("config_slice_ns", config.slice.count());
}

void add_host(Row& row, const Host& host) {
  row.add("host_os", host.os);
  row.add("host_kernel", host.kernel);
  row.add("host_arch", host.arch);
  row.add("host_cpu_model", host.cpu_model);
  row.add("host_logical_cpus", host.logical_cpus);
  row.add("host_compiler", host.compiler);
  row.add("host_build_type", host.build_type);
  row.add("host_sanitizers", fmt::format("{}", fmt::join(host.sanitizers, ";")));
}

void add_latency(Row& row, const LatencyHistogram& latency) {
  const bool known = latency.count() > 0;
  row.add("latency_ns_count", latency.count());
  row.add_if(known, "latency_ns_min", latency.min_ns());
  row.add_if(known, "latency_ns_mean", latency.mean_ns());
  for (const Percentile& percentile : kPercentiles)
    row.add_if(known, fmt::format("latency_ns_{}", percentile.key), latency.quantile_ns(percentile.fraction));
  row.add_if(known, "latency_ns_max", latency.max_ns());
}

void add_measures(Row& row, const RunResult& result) {
  row.add("transfers_attempted", result.transfers.attempted);
  row.add("transfers_done", result.transfers.done);
  row.add("transfers_declined", result.transfers.declined);
  row.add("transfers_cancelled", result.transfers.cancelled);
  row.add("elapsed_s", result.elapsed_s);
  row.add("throughput_per_s", result.throughput_per_s());
  add_latency(row, result.latency);
  row.add("locks_acquired", result.locks.acquired);
  row.add("locks_contended", result.locks.contended);
  row.add("locks_wait_ns", result.locks.wait_ns);
  row.add("locks_try_failed", result.locks.try_failed);
  row.add("fairness_jain_index", result.fairness.jain_index);
  row.add("fairness_min_per_worker", result.fairness.min_per_worker);
  row.add("fairness_max_per_worker", result.fairness.max_per_worker);
  row.add("cpu_s_user", result.used.user_s);
  row.add("cpu_s_system", result.used.system_s);
  row.add("context_switches_voluntary", result.used.voluntary_switches);
  row.add("context_switches_involuntary", result.used.involuntary_switches);
  row.add("max_rss_kib", result.used.max_rss_kib);
}

void add_wrong(Row& row, const std::string& name, const std::optional<WrongAccount>& wrong) {
  const WrongAccount account = wrong.value_or(WrongAccount{});
  row.add_if(wrong.has_value(), name + "_account", index(account.account));
  row.add_if(wrong.has_value(), name + "_expected", account.expected);
  row.add_if(wrong.has_value(), name + "_found", account.found);
  row.add_if(wrong.has_value(), name + "_difference", account.difference());
}

void add_check(Row& row, const Check& check) {
  row.add("check_total_expected", check.total_expected);
  row.add_if(check.performed, "check_total_found", check.total_found);
  row.add("check_accounts_checked", check.accounts_checked);
  row.add("check_accounts_wrong", check.accounts_wrong);
  row.add("check_negative_accounts", check.negative_accounts);
  row.add("check_audits", check.audits.audits);
  row.add("check_audits_wrong", check.audits.wrong);
  add_wrong(row, "check_first_wrong", check.first_wrong);
  add_wrong(row, "check_worst", check.worst);
  row.add_if(check.performed, "check_attempts_agree", check.attempts_agree);
  row.add("check_performed", check.performed);
  row.add_if(check.performed, "check_failed", check.failed());
  row.add_if(check.audits.first_wrong_total.has_value(), "check_audits_first_wrong_total",
             check.audits.first_wrong_total.value_or(Money{}));
}

// The cycle as its members: "3;0;auditor". What each holds and wants is in the text and the JSON.
void add_deadlock(Row& row, const std::optional<Deadlock>& found) {
  const Deadlock deadlock = found.value_or(Deadlock{});
  std::vector<std::string> cycle, blocked;
  for (const DeadlockMember& member : deadlock.cycle)
    cycle.push_back(member.is_auditor ? "auditor" : std::to_string(index(member.edge.waiter)));
  for (const WorkerId worker : deadlock.blocked_workers) blocked.push_back(std::to_string(index(worker)));
  row.add_if(found.has_value(), "deadlock_detected_after_s", deadlock.detected_after_s);
  row.add("deadlock_cycle", fmt::format("{}", fmt::join(cycle, ";")));
  row.add("deadlock_blocked_workers", fmt::format("{}", fmt::join(blocked, ";")));
  row.add_if(found.has_value(), "deadlock_auditor_blocked", deadlock.auditor_blocked);
}

}  // namespace

CsvLines run_csv_lines(const RunResult& result, int exit_code) {
  std::vector<std::string> warnings;
  for (const Warning& warning : result.warnings) warnings.push_back(warning.code);
  Row row;
  row.add("schema", kRunSchema);
  row.add("schema_version", kRunSchemaVersion);
  row.add("banksim_version", version());
  row.add("started_at", result.started_at);
  row.add("outcome", to_string(result.outcome));
  row.add("exit_code", exit_code);
  add_config(row, result.config);
  add_host(row, result.host);
  add_measures(row, result);
  add_check(row, result.check);
  add_deadlock(row, result.deadlock);
  row.add("warnings", fmt::format("{}", fmt::join(warnings, ";")));
  return std::move(row).lines();
}

std::string run_csv(const RunResult& result, int exit_code) {
  const CsvLines lines = run_csv_lines(result, exit_code);
  return lines.header + '\n' + lines.cells + '\n';
}

}  // namespace banksim
