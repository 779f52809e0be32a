// Results for programs. The order in which the keys are written here is the order in which readers find them.
#include "report/json.hpp"

#include "report/parts.hpp"
#include "run/platform.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace banksim {

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

namespace {

using banksim::number;  // or those below would hide it

constexpr std::int64_t kExactLimit = std::int64_t{1} << 53;  // from here on readers round

template <std::integral Integer>
Json number(Integer value) {
  if (std::cmp_less(value, kExactLimit) && std::cmp_greater(value, -kExactLimit)) return value;
  return nullptr;
}
Json number(Money money) { return number(money.minor_units()); }

Json worker_number(WorkerId worker, bool is_worker) {
  return is_worker ? Json(index(worker)) : Json(nullptr);
}

// A strategy's own mutex belongs to no account.
Json account_number(AccountId account) {
  return account == kNoAccount ? Json(nullptr) : Json(index(account));
}

}  // namespace

Json config_json(const Config& config) {
  Json balance = Json::array();
  for (const Money money : config.balance) balance.push_back(number(money));
  const bool audits_by_time = config.audit.kind == AuditPolicy::Kind::interval;
  Json json;
  json["strategy"] = config.strategy;
  json["threads"] = config.threads;
  json["accounts"] = config.accounts;
  json["balance"] = std::move(balance);
  json["transfers"] = config.duration ? Json(nullptr) : number(config.transfers);
  json["duration_s"] = config.duration ? number(in_seconds(*config.duration)) : Json(nullptr);
  json["amount_min"] = number(config.min_amount);
  json["amount_max"] = number(config.max_amount);
  json["access"] = config.access.to_string();
  json["hold_ns"] = number(config.hold.spin.count());
  json["hold_yield"] = config.hold.yield;
  json["think_ns"] = number(config.think.count());
  json["seed"] = number(config.seed);
  json["audit"] = to_string(config.audit.kind);
  json["audit_interval_ns"] = audits_by_time ? number(config.audit.interval.count()) : Json(nullptr);
  json["timeout_s"] = number(in_seconds(config.timeout));
  json["stall_s"] = number(in_seconds(config.stall));
  json["slice_ns"] = number(config.slice.count());
  return json;
}

Json host_json(const Host& host) {
  return {{"os", host.os},
          {"kernel", host.kernel},
          {"arch", host.arch},
          {"cpu_model", host.cpu_model},
          {"logical_cpus", host.logical_cpus},
          {"compiler", host.compiler},
          {"build_type", host.build_type},
          {"sanitizers", host.sanitizers}};
}

namespace {

Json transfers_json(const TransferCounts& transfers) {
  return {{"attempted", number(transfers.attempted)},
          {"done", number(transfers.done)},
          {"declined", number(transfers.declined)},
          {"cancelled", number(transfers.cancelled)}};
}

Json latency_json(const LatencyHistogram& latency) {
  const bool known = latency.count() > 0;
  const auto if_known = [known](auto value) { return known ? number(value) : Json(nullptr); };
  Json json;
  json["count"] = number(latency.count());
  json["min"] = if_known(latency.min_ns());
  json["mean"] = if_known(latency.mean_ns());
  for (const Percentile& percentile : kPercentiles)
    json[percentile.key] = if_known(latency.quantile_ns(percentile.fraction));
  json["max"] = if_known(latency.max_ns());
  return json;
}

Json locks_json(const LockStats& locks) {
  return {{"acquired", number(locks.acquired)},
          {"contended", number(locks.contended)},
          {"wait_ns", number(locks.wait_ns)},
          {"try_failed", number(locks.try_failed)}};
}

Json fairness_json(const Fairness& fairness) {
  return {{"jain_index", number(fairness.jain_index)},
          {"min_per_worker", number(fairness.min_per_worker)},
          {"max_per_worker", number(fairness.max_per_worker)}};
}

Json wrong_json(const std::optional<WrongAccount>& wrong) {
  if (!wrong) return nullptr;
  return {{"account", index(wrong->account)},
          {"expected", number(wrong->expected)},
          {"found", number(wrong->found)},
          {"difference", number(wrong->difference())}};
}

// Where nothing was checked, nothing was found.
Json check_json(const Check& check) {
  const auto if_performed = [&check](const Json& value) { return check.performed ? value : Json(nullptr); };
  const auto& first_wrong_total = check.audits.first_wrong_total;
  Json json;
  json["total_expected"] = number(check.total_expected);
  json["total_found"] = if_performed(number(check.total_found));
  json["accounts_checked"] = number(check.accounts_checked);
  json["accounts_wrong"] = number(check.accounts_wrong);
  json["negative_accounts"] = number(check.negative_accounts);
  json["audits"] = number(check.audits.audits);
  json["audits_wrong"] = number(check.audits.wrong);
  json["first_wrong"] = wrong_json(check.first_wrong);
  json["worst"] = wrong_json(check.worst);
  json["attempts_agree"] = if_performed(check.attempts_agree);
  json["performed"] = check.performed;
  json["failed"] = if_performed(check.failed());
  json["audits_first_wrong_total"] = first_wrong_total ? number(*first_wrong_total) : Json(nullptr);
  return json;
}

Json planned_json(const std::optional<PlannedTransfer>& planned) {
  if (!planned) return nullptr;
  return {{"index", number(planned->index)},
          {"from", index(planned->transfer.from)},
          {"to", index(planned->transfer.to)},
          {"amount", number(planned->transfer.amount)}};
}

// `threads` is the auditor's number: it comes after the last worker.
Json member_json(const DeadlockMember& member, std::uint32_t threads) {
  const WaitForEdge& edge = member.edge;
  return {{"role", member.is_auditor ? "auditor" : "worker"},
          {"worker", worker_number(edge.waiter, !member.is_auditor)},
          {"holds_account", account_number(edge.holds)},
          {"waits_for_account", account_number(edge.waits_for)},
          {"held_by", worker_number(edge.held_by, index(edge.held_by) < threads)},
          {"transfer", planned_json(member.transfer)}};
}

Json deadlock_json(const std::optional<Deadlock>& deadlock, std::uint32_t threads) {
  if (!deadlock) return nullptr;
  Json cycle = Json::array();
  for (const DeadlockMember& member : deadlock->cycle) cycle.push_back(member_json(member, threads));
  Json blocked = Json::array();
  for (const WorkerId worker : deadlock->blocked_workers) blocked.push_back(index(worker));
  Json json;
  json["detected_after_s"] = number(deadlock->detected_after_s);
  json["cycle"] = std::move(cycle);
  json["blocked_workers"] = std::move(blocked);
  json["auditor_blocked"] = deadlock->auditor_blocked;
  return json;
}

}  // namespace

Json warnings_json(std::span<const Warning> warnings) {
  Json json = Json::array();
  for (const Warning& warning : warnings)
    json.push_back({{"code", warning.code}, {"message", warning.message}});
  return json;
}

Json run_object(const RunResult& result, std::span<const std::string> command, int exit_code) {
  Json json;
  json["schema"] = "banksim.run";
  json["schema_version"] = 1;
  json["banksim_version"] = version();
  json["command"] = Json(command);
  json["started_at"] = result.started_at;
  json["outcome"] = to_string(result.outcome);
  json["exit_code"] = exit_code;
  json["config"] = config_json(result.config);
  json["host"] = host_json(result.host);
  json["transfers"] = transfers_json(result.transfers);
  json["elapsed_s"] = number(result.elapsed_s);
  json["throughput_per_s"] = number(result.throughput_per_s());
  json["latency_ns"] = latency_json(result.latency);
  json["locks"] = locks_json(result.locks);
  json["fairness"] = fairness_json(result.fairness);
  json["cpu_s"] = {{"user", number(result.used.user_s)}, {"system", number(result.used.system_s)}};
  json["context_switches"] = {{"voluntary", number(result.used.voluntary_switches)},
                              {"involuntary", number(result.used.involuntary_switches)}};
  json["max_rss_kib"] = number(result.used.max_rss_kib);
  json["check"] = check_json(result.check);
  json["deadlock"] = deadlock_json(result.deadlock, result.config.threads);
  json["warnings"] = warnings_json(result.warnings);
  return json;
}

// Words of the command line are bytes, and need be no UTF-8.
std::string document(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace banksim
