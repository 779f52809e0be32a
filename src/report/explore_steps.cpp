#include "report/explore_steps.hpp"

#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

namespace banksim {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kUsualWidth = 27;  // of a worker's column, where there is room
constexpr std::string_view kDots = " ........";
constexpr const char* kForEver = "        for ever:";

std::string transfer_text(const Transfer& transfer) {
  return fmt::format("{} -> {}, {}", index(transfer.from), index(transfer.to), transfer.amount.minor_units());
}

class Steps {
 public:
  Steps(const Exploration& exploration, const ExploreFinding& finding)
      : auditor_(exploration.limits.workers), steps_(finding.steps) {
    for (const ExploreStep& step : steps_) workers_.insert(step.worker);
  }

  std::string text() const {
    const Table narrow = table(0);
    if (narrow.width() > kColumns) return list().lines();
    const Table usual = table(kUsualWidth);
    return usual.width() > kColumns ? narrow.lines() : usual.lines();
  }

 private:
  // A column for each worker, at least so wide.
  Table table(std::size_t least) const {
    std::vector<Table::Column> columns(1 + workers_.size(), {.least = least});
    columns.front().least = 6;
    Table table(std::move(columns));
    table.add(heads());
    std::set<WorkerId> begun;
    std::vector<std::pair<std::size_t, std::size_t>> waits;  // cells whose dots point to the holder's
    bool in_loop = false;
    for (const ExploreStep& step : steps_) {
      if (step.in_loop && !in_loop) table.add({kForEver});
      in_loop = step.in_loop;
      const std::size_t mine = column_of(step.worker);
      if (step.begins && !begun.insert(step.worker).second)  // the first one heads the column
        table.add(row("", mine, "then " + transfer_text(*step.begins)));
      std::vector<std::string> cells = row(fmt::format("{:>6}", step.step), mine, step_text(step));
      const std::size_t holder = step.op == StepOp::wants ? column_of(step.held_by) : 0;
      if (holder == mine) cells[mine] += " (held by itself)";
      if (holder > 0 && holder != mine) {
        cells[holder] = held_by(step.held_by);
        waits.emplace_back(table.rows(), mine);
      }
      table.add(std::move(cells));
    }
    for (const auto& [row, column] : waits)
      if (std::string& cell = table.cell(row, column); cell.size() + kDots.size() <= table.width(column))
        cell += kDots;
    return table;
  }

  // A line for each step, with its worker in front.
  Table list() const {
    Table table({{}, {.least = 8}, {}});
    table.add({"  step"});
    bool in_loop = false;
    for (const ExploreStep& step : steps_) {
      if (step.in_loop && !in_loop) table.add({kForEver});
      in_loop = step.in_loop;
      std::string text = step.begins ? fmt::format("begins {}: ", transfer_text(*step.begins)) : "";
      text += step_text(step);
      if (step.op == StepOp::wants)
        text += step.held_by == step.worker ? " (held by itself)" : ' ' + held_by(step.held_by);
      table.add({fmt::format("{:>6}", step.step), name(step.worker), text});
    }
    return table;
  }

  std::vector<std::string> heads() const {
    std::vector<std::string> cells{"  step"};
    for (const WorkerId worker : workers_) {
      const auto first = std::ranges::find_if(
          steps_, [worker](const ExploreStep& step) { return step.worker == worker && step.begins; });
      cells.push_back(name(worker));
      if (first != steps_.end()) cells.back() += ": " + transfer_text(*first->begins);
    }
    return cells;
  }

  std::vector<std::string> row(std::string left, std::size_t column, std::string text) const {
    std::vector<std::string> cells(1 + workers_.size());
    cells.front() = std::move(left);
    cells[column] = std::move(text);
    return cells;
  }

  // 0 of a worker that makes no step.
  std::size_t column_of(WorkerId worker) const {
    const auto found = workers_.find(worker);
    return found == workers_.end() ? 0 : 1 + static_cast<std::size_t>(std::distance(workers_.begin(), found));
  }

  std::string name(WorkerId worker) const {
    return index(worker) == auditor_ ? "auditor" : fmt::format("worker {}", index(worker));
  }
  std::string held_by(WorkerId worker) const { return fmt::format("(held by {})", name(worker)); }

  std::uint32_t auditor_;
  const std::vector<ExploreStep>& steps_;
  std::set<WorkerId> workers_;
};

}  // namespace

std::string place_text(const ExploreStep& step) {
  if (step.account != kNoAccount) return fmt::format("account {}", index(step.account));
  const bool is_value = step.op == StepOp::read || step.op == StepOp::write ||
                        step.op == StepOp::about_to_read || step.op == StepOp::about_to_write;
  const char* what = is_value ? "the strategy's value" : "the strategy's lock";
  return step.own_number == 0 ? what : fmt::format("{} {}", what, step.own_number);
}

std::string step_text(const ExploreStep& step) {
  const std::string place = place_text(step);
  switch (step.op) {
    case StepOp::lock:
      return "lock " + place;
    case StepOp::try_lock:
      return "try_lock " + place;
    case StepOp::try_lock_failed:
      return fmt::format("try_lock {}: no", place);
    case StepOp::unlock:
      return "unlock " + place;
    case StepOp::read:
      return fmt::format("read {} = {}", place, step.value.value_or(0));
    case StepOp::write:
      return fmt::format("write {} = {}", place, step.value.value_or(0));
    case StepOp::finish:
      return "finish";
    case StepOp::wants:
      return "wants " + place;
    case StepOp::about_to_read:
      return "about to read " + place;
    case StepOp::about_to_write:
      break;
  }
  return "about to write " + place;
}

std::string steps_text(const Exploration& exploration, const ExploreFinding& finding) {
  return Steps(exploration, finding).text();
}

}  // namespace banksim
