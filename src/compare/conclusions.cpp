#include "compare/conclusions.hpp"

#include "compare/stages.hpp"
#include "registry.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace banksim {
namespace {

using Cells = std::vector<CellResult>;

constexpr double kNoteworthyFairness = 0.9;
constexpr double kNoteworthyRefusals = 0.01;  // a transfer
constexpr double kNoteworthySleeps = 10;      // a thousand transfers

// A strategy that stands twice in a group is two cells: each but the first gets a number.
std::vector<std::string> names_of(const Cells& cells) {
  std::map<std::pair<std::size_t, std::string>, int> seen;
  std::vector<std::string> names;
  for (const CellResult& cell : cells) {
    const std::string& strategy = cell.config.strategy;
    const int nth = ++seen[{cell.group, strategy}];
    names.push_back(nth == 1 ? strategy : strategy + " (" + std::to_string(nth) + ')');
  }
  return names;
}

std::vector<Dimension> varied_by(const Cells& cells) {
  std::vector<Dimension> varied;
  for (const Dimension dimension : kDimensions) {
    std::set<std::uint64_t> values;
    for (const CellResult& cell : cells) values.insert(value_order(dimension, cell.config));
    if (values.size() > 1) varied.push_back(dimension);
  }
  return varied;
}

// ---- Who leads.

std::optional<Lead> lead_of(const Cells& cells, const Group& group) {
  if (group.leaders.size() != 1 || group.candidates.size() < 2 || !group.reference) return std::nullopt;
  const std::size_t top = group.leaders.front(), next = group.candidates[1];
  if (top == *group.reference) return Lead{next, top, cells[next].relative};
  return Lead{top, *group.reference, cells[top].relative};
}

bool clearly_faster(const CellResult& top, const CellResult& other) {
  if (top.relative.standing == Standing::reference) return other.relative.standing == Standing::slower;
  if (other.relative.standing == Standing::reference) return top.relative.standing == Standing::faster;
  return relate_cells(other, top).standing == Standing::slower;
}

void rank(const Cells& cells, Group& group) {
  for (const std::size_t i : group.cells) {
    (is_ranked(cells[i]) ? group.ranked : group.unranked).push_back(i);
    if (cells[i].relative.standing == Standing::reference) group.reference = i;
  }
  std::ranges::stable_sort(group.ranked, std::greater{},
                           [&cells](std::size_t i) { return cells[i].throughput_per_s.median; });
  for (const std::size_t i : group.ranked)
    if (claims_safety(cells[i].config.strategy)) group.candidates.push_back(i);
  // Where nothing is safe, there is nobody else to lead.
  if (group.candidates.empty()) group.candidates = group.ranked;
  if (group.ranked.empty()) return;
  const std::size_t top = group.candidates.front();
  group.unsafe_was_faster = top != group.ranked.front();
  for (const std::size_t i : group.candidates)
    if (i == top || !clearly_faster(cells[top], cells[i])) group.leaders.push_back(i);
  group.too_few_runs = group.leaders.size() > 1 && !cells[top].throughput_per_s.ci95;
  group.lead = lead_of(cells, group);
}

std::vector<Group> groups_of(const Cells& cells) {
  std::vector<Group> groups;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (groups.size() <= cells[i].group) groups.resize(cells[i].group + 1);
    groups[cells[i].group].cells.push_back(i);
  }
  for (Group& group : groups) rank(cells, group);
  return groups;
}

// ---- Where the ranking flips.

// Straight lines through the sweep: the groups that differ in one dimension alone, by its ascending values, each value
// once. By the values of the other dimensions.
using Lines = std::map<std::vector<std::uint64_t>, std::map<std::uint64_t, std::size_t>>;

Lines lines_along(Dimension dimension, const Cells& cells, const std::vector<Group>& groups) {
  Lines lines;
  for (std::size_t group = 0; group < groups.size(); ++group) {
    const Config& config = cells[groups[group].cells.front()].config;
    std::vector<std::uint64_t> others;
    for (const Dimension other : kDimensions)
      if (other != dimension) others.push_back(value_order(other, config));
    lines[others].emplace(value_order(dimension, config), group);
  }
  return lines;
}

bool may_lead(const CellResult& cell) { return is_ranked(cell) && claims_safety(cell.config.strategy); }

// Follows the strategy at place `a` against that at place `b`, group by group; what is not clear changes nothing.
void follow(const Lines::mapped_type& line, std::size_t a, std::size_t b, Dimension dimension,
            const Cells& cells, Conclusions& conclusions) {
  Standing before = Standing::no_clear_difference;
  for (const auto& [value, group] : line) {
    std::size_t winner = conclusions.groups[group].cells[a], loser = conclusions.groups[group].cells[b];
    if (!may_lead(cells[winner]) || !may_lead(cells[loser])) continue;
    const Standing now = relate_cells(cells[winner], cells[loser]).standing;
    if (now != Standing::faster && now != Standing::slower) continue;
    if (now == Standing::slower) std::swap(winner, loser);
    if (before != Standing::no_clear_difference && now != before)
      conclusions.flips.push_back({dimension, group, winner, loser});
    before = now;
  }
}

void find_flips(const Comparison& comparison, Conclusions& conclusions) {
  const std::size_t strategies = comparison.plan.strategies.size();
  for (const Dimension dimension : {Dimension::threads, Dimension::hold, Dimension::accounts})
    for (const auto& [others, line] : lines_along(dimension, comparison.cells, conclusions.groups))
      for (std::size_t a = 0; a < strategies; ++a)
        for (std::size_t b = a + 1; b < strategies; ++b)
          follow(line, a, b, dimension, comparison.cells, conclusions);
}

// ---- What the time went to.

double per_transfer(const RunResult& run, std::uint64_t events) {
  return static_cast<double>(events) / std::max(1.0, static_cast<double>(run.transfers.attempted));
}

TimeSpent time_spent_of(const CellResult& cell, std::size_t place) {
  TimeSpent spent;
  spent.cell = place;
  const auto median = [&cell](const auto& number) { return median_over_runs(cell, number); };
  spent.waiting_share = median([](const RunResult& run) { return run.waiting_share(); });
  const double refused = median([](const RunResult& run) { return per_transfer(run, run.locks.try_failed); });
  if (refused >= kNoteworthyRefusals) spent.refused_locks_a_transfer = refused;
  const double sleeps =
      1000 * median([](const RunResult& run) { return per_transfer(run, run.used.voluntary_switches); });
  // Where nobody waited they are those of starting the threads.
  if (spent.waiting_share >= kNoteworthyWaiting && sleeps >= kNoteworthySleeps)
    spent.sleeps_in_1000_transfers = sleeps;
  const double fairness = median([](const RunResult& run) { return run.fairness.jain_index; });
  // In a short run the thread that was started first is done before the others begin.
  const double elapsed_s = median([](const RunResult& run) { return run.elapsed_s; });
  if (fairness < kNoteworthyFairness && elapsed_s >= kShortRun_s) spent.fairness = fairness;
  return spent;
}

// Where there was the most to wait for: most threads, longest hold, fewest accounts.
std::size_t most_contended(const Cells& cells) {
  const auto contention = [](const CellResult& cell) {
    return std::tuple(cell.config.threads, value_order(Dimension::hold, cell.config),
                      -std::int64_t{cell.config.accounts});
  };
  return std::ranges::max_element(cells, {}, contention)->group;
}

}  // namespace

std::uint64_t value_order(Dimension dimension, const Config& config) {
  switch (dimension) {
    case Dimension::threads:
      return config.threads;
    case Dimension::accounts:
      return config.accounts;
    case Dimension::hold:
      break;
  }
  return config.hold.yield ? std::numeric_limits<std::uint64_t>::max()
                           : static_cast<std::uint64_t>(config.hold.spin.count());
}

bool is_ranked(const CellResult& cell) {
  const double speed = cell.throughput_per_s.median;
  return cell.outcome == Outcome::ok && cell.runs_measured > 0 && std::isfinite(speed) && speed > 0;
}

Conclusions conclude(const Comparison& comparison) {
  const Cells& cells = comparison.cells;
  Conclusions conclusions;
  if (cells.empty()) return conclusions;
  conclusions.names = names_of(cells);
  conclusions.varied = varied_by(cells);
  conclusions.groups = groups_of(cells);
  find_flips(comparison, conclusions);
  conclusions.most_contended = most_contended(cells);
  for (const std::size_t i : conclusions.groups[conclusions.most_contended].cells)
    if (cells[i].outcome == Outcome::ok && cells[i].runs_measured > 0 && cells[i].config.threads > 1)
      conclusions.time_spent.push_back(time_spent_of(cells[i], i));
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (!cells[i].as_promised) conclusions.broken_promises.push_back(i);
  conclusions.gate = judge(comparison, conclusions.groups);
  return conclusions;
}

}  // namespace banksim
