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

}  // namespace

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
