// The steps of a finding for people: who does what, then a column for each worker, or a line for each step.
#include "report/explore_steps.hpp"

#include "report/explain.hpp"
#include "report/text.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>
#include <vector>

namespace banksim {
namespace {

constexpr std::size_t kUsualWidth = 27;  // of a worker's column, where there is room

// "read account 1 = 2", "lock the strategy's lock 2".
std::string step_text(const ExploreStep& step) {
  // In the order of StepOp.
  constexpr const char* kTexts[] = {"lock {place}",
                                    "try_lock {place}",
                                    "try_lock {place}: no",
                                    "unlock {place}",
                                    "read {place} = {value}",
                                    "write {place} = {value}",
                                    "finish",
                                    "wants {place}",
                                    "about to read {place}",
                                    "about to write {place}"};
  const bool is_chance = step.op == StepOp::try_lock_failed && step.held_by == kNobody;
  return fmt::format(fmt::runtime(kTexts[static_cast<std::size_t>(step.op)]),
                     fmt::arg("place", place_text(step)), fmt::arg("value", step.value.value_or(0))) +
         (is_chance ? ", by chance" : "");
}

std::string worker_name(const Exploration& e, WorkerId worker) {
  return index(worker) == e.limits.workers ? "auditor" : fmt::format("worker {}", index(worker));
}

std::string holder_text(const Exploration& e, const ExploreStep& step) {
  return fmt::format("(held by {})", step.held_by == step.worker ? "itself" : worker_name(e, step.held_by));
}

// What the table has in front of the steps that are repeated.
bool begins_loop(const std::vector<ExploreStep>& steps, std::size_t i) {
  return steps[i].in_loop && (i == 0 || !steps[i - 1].in_loop);
}
constexpr const char* kForEver = "        for ever:";

// A column for each worker that takes part, at least so wide. Who waits points to the holder with dots.
Table columns_of(const Exploration& e, const std::vector<ExploreStep>& steps, std::size_t least) {
  std::map<WorkerId, std::size_t> columns;
  for (const ExploreStep& step : steps) columns[step.worker] = 0;
  std::vector<std::vector<std::string>> rows{{"  step"}};
  for (auto& [worker, column] : columns) {
    column = rows[0].size();
    rows[0].push_back(worker_name(e, worker));
  }
  const auto add = [&rows](std::string left, std::size_t column, std::string text) {
    std::vector<std::string>& row = rows.emplace_back(rows[0].size());
    row[0] = std::move(left);
    row[column] = std::move(text);
  };
  std::set<WorkerId> begun;
  std::vector<std::pair<std::size_t, std::size_t>> waits;  // row and column
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const ExploreStep& step = steps[i];
    const std::size_t mine = columns[step.worker];
    if (begins_loop(steps, i)) rows.push_back({kForEver});
    if (step.begins && !begun.insert(step.worker).second) add("", mine, "then the next transfer");
    add(fmt::format("{:>6}", step.step), mine, step_text(step));
    if (step.op != StepOp::wants) continue;
    if (step.held_by == step.worker) {
      rows.back()[mine] += ' ' + holder_text(e, step);
    } else if (const auto holder = columns.find(step.held_by); holder != columns.end()) {
      rows.back()[holder->second] = holder_text(e, step);
      waits.emplace_back(rows.size() - 1, mine);
    }
  }
  Table table(std::vector<Table::Column>(rows[0].size(), {.least = least}));
  table.set_width(0, 6);
  for (std::vector<std::string>& row : rows) table.add(std::move(row));
  constexpr std::string_view kDots = " ........";
  for (const auto& [row, column] : waits)
    if (std::string& cell = table.cell(row, column); cell.size() + kDots.size() <= table.width(column))
      cell += kDots;
  return table;
}

// A line for each step, with its worker in front.
Table list_of(const Exploration& e, const std::vector<ExploreStep>& steps) {
  Table table({{}, {.least = 8}, {}});
  std::set<WorkerId> begun;
  table.add({"  step"});
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const ExploreStep& step = steps[i];
    if (begins_loop(steps, i)) table.add({kForEver});
    const bool is_next = step.begins && !begun.insert(step.worker).second;
    std::string text = is_next ? "then the next transfer: " + step_text(step) : step_text(step);
    if (step.op == StepOp::wants) text += ' ' + holder_text(e, step);
    table.add({fmt::format("{:>6}", step.step), worker_name(e, step.worker), text});
  }
  return table;
}

}  // namespace

std::string place_text(const ExploreStep& step) {
  const bool is_value = step.op == StepOp::read || step.op == StepOp::write ||
                        step.op == StepOp::about_to_read || step.op == StepOp::about_to_write;
  if (step.account != kNoAccount || !is_value) return lock_text(step.account, step.own_number);
  return step.own_number == 0 ? "the strategy's own value"
                              : fmt::format("the strategy's value {}", step.own_number);
}

std::string errands_text(const Exploration& e, const std::vector<ExploreStep>& steps) {
  std::map<WorkerId, std::string> errands;
  for (const ExploreStep& step : steps) {
    std::string& errand = errands[step.worker];
    if (step.begins) errand += (errand.empty() ? "moves " : ", then ") + move_text(*step.begins);
    if (index(step.worker) == e.limits.workers) errand = "adds up all accounts";
  }
  std::string text;
  for (const auto& [worker, errand] : errands)
    if (!errand.empty()) text += fmt::format("  {}  {}\n", worker_name(e, worker), errand);
  return text;
}

std::string steps_text(const Exploration& e, const std::vector<ExploreStep>& steps, std::size_t columns) {
  for (const std::size_t least : {kUsualWidth, std::size_t{0}})
    if (const Table table = columns_of(e, steps, least); table.width() <= columns) return table.lines();
  return list_of(e, steps).lines();
}

std::string balances_text(const Exploration& e, const std::vector<ExploreStep>& steps) {
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
