#include "report/explore.hpp"
#include "report/explore_steps.hpp"
#include "report/parts.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace banksim {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kMaxExact = 9007199254740992.0;  // 2^53

bool is_auditor(const Exploration& e, WorkerId worker) { return index(worker) == e.limits.workers; }

Json worker_json(const Exploration& e, WorkerId worker) {
  if (worker == kNobody || is_auditor(e, worker)) return nullptr;
  return index(worker);
}

const char* role(const Exploration& e, WorkerId worker) {
  return is_auditor(e, worker) ? "auditor" : "worker";
}

Json account_json(AccountId account) {
  if (account == kNoAccount) return nullptr;
  return index(account);
}

Json number_json(const std::optional<std::int64_t>& number) { return number ? Json(*number) : Json(nullptr); }

Json transfer_json(const std::optional<Transfer>& transfer) {
  if (!transfer) return nullptr;
  return {{"from", index(transfer->from)},
          {"to", index(transfer->to)},
          {"amount", transfer->amount.minor_units()}};
}

Json step_json(const Exploration& e, const ExploreStep& step) {
  return {{"step", step.step},
          {"worker", worker_json(e, step.worker)},
          {"role", role(e, step.worker)},
          {"op", to_string(step.op)},
          {"account", account_json(step.account)},
          {"value", number_json(step.value)},
          {"held_by", step.held_by == kNobody ? Json(nullptr) : worker_json(e, step.held_by)},
          {"begins", transfer_json(step.begins)},
          {"in_loop", step.in_loop},
          {"own_number", step.own_number == 0 ? Json(nullptr) : Json(step.own_number)}};
}

// The transfer that a worker is in at the end of the schedule.
std::optional<Transfer> last_transfer(const ExploreFinding& finding, WorkerId worker) {
  std::optional<Transfer> last;
  for (const ExploreStep& step : finding.steps)
    if (step.worker == worker && step.begins) last = step.begins;
  return last;
}

Json finding_json(const Exploration& e, const ExploreFinding& finding) {
  Json steps = Json::array();
  for (const ExploreStep& step : finding.steps) steps.push_back(step_json(e, step));
  Json cycle = Json::array();
  for (const WaitForEdge& edge : finding.cycle)
    cycle.push_back({{"role", role(e, edge.waiter)},
                     {"worker", worker_json(e, edge.waiter)},
                     {"holds_account", account_json(edge.holds)},
                     {"waits_for_account", account_json(edge.waits_for)},
                     {"held_by", worker_json(e, edge.held_by)},
                     {"transfer", transfer_json(last_transfer(finding, edge.waiter))}});
  return {{"kind", to_string(finding.kind)},
          {"token", finding.token},
          {"preemptions", finding.preemptions},
          {"fewest_steps", finding.fewest_steps},
          {"account", account_json(finding.account)},
          {"expected", number_json(finding.expected)},
          {"found", number_json(finding.found)},
          {"steps", std::move(steps)},
          {"cycle", std::move(cycle)}};
}

Json config_json(const Exploration& e) {
  const ExploreLimits& l = e.limits;
  return {{"strategy", e.strategy},
          {"threads", l.workers},
          {"accounts", l.accounts},
          {"transfers", l.transfers},
          {"auditor", l.auditor},
          {"max_states", l.max_states},
          {"max_memory_kib", l.max_memory_bytes / 1024},
          {"random", l.random_runs},
          {"seed", l.seed},
          {"replay", l.replay.empty() ? Json(nullptr) : Json(l.replay)}};
}

// An integer where it is exact; a rounded number beyond, as every reader would round it.
Json interleavings_json(const std::optional<double>& count) {
  if (!count) return nullptr;
  if (*count < kMaxExact) return static_cast<std::uint64_t>(*count);
  return *count;
}

}  // namespace

std::string explore_json(const Exploration& e, std::span<const std::string> command,
                         std::string_view started_at, int exit_code) {
  Json findings = Json::array();
  for (const ExploreFinding& finding : e.findings) findings.push_back(finding_json(e, finding));
  const Json document{{"schema", "banksim.explore"},
                      {"schema_version", 1},
                      {"banksim_version", BANKSIM_VERSION},
                      {"command", std::vector<std::string>(command.begin(), command.end())},
                      {"started_at", started_at.empty() ? Json(nullptr) : Json(std::string(started_at))},
                      {"outcome", to_string(e.verdict)},
                      {"exit_code", exit_code},
                      {"config", config_json(e)},
                      {"complete", e.complete},
                      {"states", e.states},
                      {"transitions", e.transitions},
                      {"interleavings", interleavings_json(e.interleavings)},
                      {"depth", e.depth},
                      {"elapsed_s", e.elapsed_s},
                      {"peak_memory_kib", e.peak_memory_bytes / 1024},
                      {"random_runs", e.runs},
                      {"outcomes_seen",
                       {{"done", e.outcomes_seen.done},
                        {"declined", e.outcomes_seen.declined},
                        {"audited", e.outcomes_seen.audited}}},
                      {"may_retry", e.may_retry},
                      {"bounds_hit", e.bounds_hit},
                      {"findings", std::move(findings)}};
  return document.dump(2) + "\n";
}

std::string explore_chrome_trace(const Exploration& e) {
  Json events = Json::array();
  if (!e.findings.empty()) {
    const std::uint32_t rows = e.limits.workers + (e.limits.auditor ? 1 : 0);
    for (std::uint32_t worker = 0; worker < rows; ++worker)
      events.push_back({{"name", "thread_name"},
                        {"ph", "M"},
                        {"pid", 1},
                        {"tid", worker},
                        {"args",
                         {{"name", worker == e.limits.workers ? std::string("auditor")
                                                              : fmt::format("worker {}", worker)}}}});
    for (const ExploreStep& step : e.findings.front().steps)
      events.push_back({{"name", step_text(step)},
                        {"cat", to_string(e.findings.front().kind)},
                        {"ph", "X"},
                        {"ts", step.step},
                        {"dur", 1},
                        {"pid", 1},
                        {"tid", index(step.worker)},
                        {"args", step_json(e, step)}});
  }
  return Json{{"traceEvents", std::move(events)}, {"displayTimeUnit", "ns"}}.dump(1) + "\n";
}

}  // namespace banksim
