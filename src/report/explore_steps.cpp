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

// A step as it is shown; kNobody: a remark on the steps below it.
struct Line {
  std::string number;
  WorkerId worker;
  std::string text;
};

std::vector<Line> lines_of(const Exploration& e, const Steps& steps) {
  std::vector<Line> lines;
  std::set<WorkerId> begun;
  bool in_loop = false;
  for (const ExploreStep& step : steps) {
    if (step.in_loop && !in_loop) lines.push_back({"", kNobody, "for ever:"});
    in_loop = step.in_loop;
    if (step.begins && !begun.insert(step.worker).second)
      lines.push_back({"", step.worker, "then the next transfer"});
    std::string text = step_text(step);
    if (step.op == StepOp::wants)
      text +=
          fmt::format(" (held by {})",
                      step.held_by == step.worker ? "itself" : worker_text(step.held_by, e.limits.workers));
    lines.push_back({std::to_string(step.step), step.worker, std::move(text)});
  }
  return lines;
}

// A column for each worker that takes part, at least so wide; or one for all, with the worker in front.
Table table_of(const Exploration& e, const std::vector<Line>& lines, bool in_columns, std::size_t least) {
  std::vector<Table::Column> columns{{.title = "step", .to_the_right = true}};
  std::map<WorkerId, std::size_t> places;
  for (const Line& line : lines)
    if (line.worker != kNobody) places[line.worker] = 2;
  for (auto& [worker, place] : places)
    if (in_columns) {
      place = columns.size();
      columns.push_back({.title = worker_text(worker, e.limits.workers), .least = least});
    }
  if (!in_columns) columns.resize(3);
  Table table(columns, 2);
  for (const auto& [number, worker, text] : lines) {
    std::vector<std::string> row{number, text};
    if (worker != kNobody) {
      row = std::vector<std::string>(columns.size());
      row[0] = number;
      if (!in_columns) row[1] = worker_text(worker, e.limits.workers);
      row[places[worker]] = text;
    }
    table.add(std::move(row));
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
  const std::vector<Line> lines = lines_of(e, steps);
  for (const std::size_t least : {kUsualWidth, std::size_t{0}})
    if (const Table table = table_of(e, lines, true, least); table.width() <= columns)
      return table.title_line() + table.lines();
  const Table list = table_of(e, lines, false, 0);
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
