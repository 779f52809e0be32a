// The steps of a finding for people: who does what, then a column for each worker, or a line for each step.
#include "report/explain.hpp"
#include "report/text.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace banksim {
namespace {

constexpr std::size_t kUsualWidth = 27;  // of a worker's column, where there is room

// "read account 1 = 2", "lock the strategy's lock 2".
std::string step_text(const ExploreStep& step) {
  constexpr auto kTexts = std::to_array<const char*>(  // in the order of StepOp
      {"lock {place}", "try_lock {place}", "try_lock {place}: no", "unlock {place}", "read {place} = {value}",
       "write {place} = {value}", "finish", "wants {place}", "about to read {place}",
       "about to write {place}"});
  const bool is_chance = step.op == StepOp::try_lock_failed && step.held_by == kNobody;
  return fmt::format(fmt::runtime(kTexts[static_cast<std::size_t>(step.op)]),
                     fmt::arg("place", place_text(step)), fmt::arg("value", step.value.value_or(0))) +
         (is_chance ? ", by chance" : "");
}

// A column for each worker that takes part, at least so wide; or one for all, with the worker in front.
Table table_of(const Exploration& e, const Steps& steps, bool in_columns, std::size_t least) {
  const auto name = [&e](WorkerId worker) { return worker_text(worker, e.limits.workers); };
  std::map<WorkerId, std::size_t> places;
  for (const ExploreStep& step : steps) places[step.worker] = 2;
  std::vector<Table::Column> columns{{.title = "step", .to_the_right = true}};
  for (auto& [worker, place] : places)
    if (in_columns) {
      place = columns.size();
      columns.push_back({.title = name(worker), .least = least});
    }
  if (!in_columns) columns.resize(3);
  Table table(columns, 2);
  const auto add = [&](const std::string& number, WorkerId worker, const std::string& text) {
    std::vector<std::string> row(columns.size());
    row[0] = number;
    if (!in_columns) row[1] = name(worker);
    row[places[worker]] = text;
    table.add(std::move(row));
  };
  std::set<WorkerId> begun;
  bool in_loop = false;
  for (const ExploreStep& step : steps) {
    if (step.in_loop && !in_loop) table.add({"", "for ever:"});  // of the steps below it
    in_loop = step.in_loop;
    if (step.begins && !begun.insert(step.worker).second) add("", step.worker, "then the next transfer");
    const std::string holder = step.held_by == step.worker ? "itself" : name(step.held_by);
    add(std::to_string(step.step), step.worker,
        step_text(step) + (step.op == StepOp::wants ? " (held by " + holder + ')' : ""));
  }
  return table;
}

}  // namespace

std::string place_text(const ExploreStep& step) {
  const bool is_value = step.op == StepOp::read || step.op == StepOp::write ||
                        step.op == StepOp::about_to_read || step.op == StepOp::about_to_write;
  if (step.account != kNoAccount || !is_value) return lock_text(step.account, step.own_number, step.own_name);
  return step.own_number == 0 ? "the strategy's own value"
                              : fmt::format("the strategy's value {}", step.own_number);
}

std::string errands_text(const Exploration& e, const Steps& steps) {
  std::map<WorkerId, std::string> errands;
  for (const ExploreStep& step : steps) {
    std::string& errand = errands[step.worker];
    if (step.begins) errand += (errand.empty() ? "moves " : ", then ") + move_text(*step.begins);
    if (index(step.worker) == e.limits.workers) errand = "adds up all accounts";
  }
  std::string text;
  for (const auto& [worker, errand] : errands)
    if (!errand.empty()) text += fmt::format("  {}  {}\n", worker_text(worker, e.limits.workers), errand);
  return text;
}

std::string steps_text(const Exploration& e, const Steps& steps, std::size_t columns) {
  for (const std::size_t least : {kUsualWidth, std::size_t{0}})
    if (const Table table = table_of(e, steps, true, least); table.width() <= columns)
      return table.title_line() + table.lines();
  const Table list = table_of(e, steps, false, 0);
  return list.title_line() + list.lines();
}

std::string balances_text(const Exploration& e, const Steps& steps) {
  const std::int64_t opening = e.limits.balance.minor_units();
  std::vector<std::int64_t> balances(e.limits.accounts, opening);
  for (const ExploreStep& step : steps)
    if (step.op == StepOp::write && step.account != kNoAccount)
      balances.at(index(step.account)) = step.value.value_or(0);
  std::string text;
  std::int64_t total = 0;
  for (std::size_t account = 0; account < balances.size(); ++account) {
    text += fmt::format("{}account {} has {}", account == 0 ? "" : ", ", account, grouped(balances[account]));
    total += balances[account];
  }
  const std::int64_t before = opening * e.limits.accounts;
  return fmt::format("{}; {} in all, {}", text, grouped(total),
                     total == before ? "as at the start" : grouped(before) + " at the start");
}

}  // namespace banksim
