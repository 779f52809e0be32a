// What follows from a comparison beside its verdict: where the ranking flips, and what the time went to.
#include "compare/statistics.hpp"
#include "report/compare_parts.hpp"
#include "report/compare_view.hpp"
#include "report/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

namespace banksim {
namespace {

constexpr std::size_t kMostFlips = 8;  // of several the reader remembers none
constexpr double kNoteworthyWaiting = 0.0005;
constexpr double kNoteworthyFairness = 0.9;
constexpr double kNoteworthyRetries = 0.01;  // a transfer
constexpr double kNoteworthySwitches = 10;   // a thousand transfers

std::string hold_text(const Hold& hold) {
  if (hold.yield) return "--hold yield";
  return fmt::format(
      "--hold {}", hold.spin.count() == 0 ? "0" : [&] {
        std::string time = duration_text(in_seconds(hold.spin));
        std::erase(time, ' ');
        return time;
      }());
}

// ---- One dimension of the sweep, the others fixed.

std::size_t size_of(const ComparePlan& plan, Dimension dimension) {
  switch (dimension) {
    case Dimension::threads:
      return plan.threads.size();
    case Dimension::hold:
      return plan.holds.size();
    case Dimension::accounts:
      break;
  }
  return plan.accounts.size();
}

// Groups are laid out accounts by holds by threads.
std::size_t stride_of(const ComparePlan& plan, Dimension dimension) {
  switch (dimension) {
    case Dimension::threads:
      return 1;
    case Dimension::hold:
      return plan.threads.size();
    case Dimension::accounts:
      break;
  }
  return plan.threads.size() * plan.holds.size();
}

std::string value_text(const Config& config, Dimension dimension) {
  switch (dimension) {
    case Dimension::threads:
      return counted(config.threads, "thread");
    case Dimension::hold:
      return hold_text(config.hold);
    case Dimension::accounts:
      break;
  }
  return counted(config.accounts, "account");
}

// What else the plan varies.
std::string elsewhere_text(const ComparePlan& plan, const Config& config, Dimension dimension) {
  std::string text;
  for (const Dimension other : {Dimension::threads, Dimension::hold, Dimension::accounts})
    if (other != dimension && size_of(plan, other) > 1)
      text += (text.empty() ? " at " : ", ") + value_text(config, other);
  return text;
}

// A straight line through the sweep: the groups that differ in the dimension alone, by its ascending values,
// each once.
std::vector<std::size_t> line_of(const Comparison& comparison, Dimension dimension, std::size_t first) {
  const ComparePlan& plan = comparison.plan;
  std::map<std::uint64_t, std::size_t> groups;
  for (std::size_t i = 0; i < size_of(plan, dimension); ++i) {
    const std::size_t group = first + i * stride_of(plan, dimension);
    groups.emplace(value_order(dimension, comparison.cells[group * plan.strategies.size()].config), group);
  }
  std::vector<std::size_t> line;
  for (const auto& [value, group] : groups) line.push_back(group);
  return line;
}

// ---- Where the ranking flips.

class FlipFinder {
 public:
  FlipFinder(const Comparison& comparison, const std::vector<std::string>& names)
      : comparison_(comparison), plan_(comparison.plan), names_(names) {}

  std::vector<std::string> find() {
    for (const Dimension dimension : {Dimension::threads, Dimension::hold, Dimension::accounts})
      if (size_of(plan_, dimension) > 1) search(dimension);
    if (flips_.size() > kMostFlips) {
      const std::size_t more = flips_.size() - kMostFlips;
      flips_.resize(kMostFlips);
      flips_.push_back(fmt::format("{} more of the kind", counted(more, "change")));
    }
    return std::move(flips_);
  }

 private:
  const CellResult& cell(std::size_t group, std::size_t strategy) const {
    return comparison_.cells[group * plan_.strategies.size() + strategy];
  }

  void search(Dimension dimension) {
    const std::size_t groups = comparison_.cells.size() / plan_.strategies.size();
    for (std::size_t group = 0; group < groups; ++group) {
      const bool is_first = group / stride_of(plan_, dimension) % size_of(plan_, dimension) == 0;
      if (!is_first) continue;
      const std::vector<std::size_t> line = line_of(comparison_, dimension, group);
      for (std::size_t a = 0; a < plan_.strategies.size(); ++a)
        for (std::size_t b = a + 1; b < plan_.strategies.size(); ++b) search(dimension, line, a, b);
    }
  }

  // Follows a against b along the line; what is not clear changes nothing.
  void search(Dimension dimension, const std::vector<std::size_t>& line, std::size_t a, std::size_t b) {
    Standing before = Standing::no_clear_difference;
    for (const std::size_t group : line) {
      if (!may_lead(cell(group, a)) || !may_lead(cell(group, b))) continue;
      const Standing now = relate_cells(cell(group, a), cell(group, b)).standing;
      if (now != Standing::faster && now != Standing::slower) continue;
      if (before != Standing::no_clear_difference && now != before) {
        const bool a_wins = now == Standing::faster;
        add(dimension, group, a_wins ? a : b, a_wins ? b : a);
      }
      before = now;
    }
  }

  void add(Dimension dimension, std::size_t group, std::size_t winner, std::size_t loser) {
    const Config& config = cell(group, winner).config;
    const auto name = [&](std::size_t strategy) {
      return names_[group * plan_.strategies.size() + strategy];
    };
    flips_.push_back(fmt::format("{} overtakes {} from {}{}", name(winner), name(loser),
                                 value_text(config, dimension), elsewhere_text(plan_, config, dimension)));
  }

  const Comparison& comparison_;
  const ComparePlan& plan_;
  const std::vector<std::string>& names_;  // by cell
  std::vector<std::string> flips_;
};

// ---- What the time went to.

double median_over_runs(const CellResult& cell, const std::function<double(const RunResult&)>& value) {
  std::vector<double> values;
  for (const RunResult& run : cell.runs)
    if (is_measured(run)) values.push_back(value(run));
  return sample_median(std::move(values));
}

double per_transfer(const RunResult& run, std::uint64_t events) {
  return static_cast<double>(events) / std::max(1.0, static_cast<double>(run.transfers.attempted));
}

// Empty: nothing to speak of.
std::string time_spent_text(const CellResult& cell, const std::string& name) {
  const double waiting = median_over_runs(cell, [](const RunResult& run) { return run.waiting_share(); });
  const double retries =
      median_over_runs(cell, [](const RunResult& run) { return per_transfer(run, run.locks.try_failed); });
  const double fairness =
      median_over_runs(cell, [](const RunResult& run) { return run.fairness.jain_index; });
  // Where nobody waited they are those of starting the threads.
  const double switches =
      waiting < kNoteworthyWaiting ? 0 : 1000 * median_over_runs(cell, [](const RunResult& run) {
                                           return per_transfer(run, run.used.voluntary_switches);
                                         });
  // In a short run the thread that was started first is done before the others begin.
  const double elapsed_s = median_over_runs(cell, [](const RunResult& run) { return run.elapsed_s; });
  const bool is_unfair = fairness < kNoteworthyFairness && elapsed_s >= kShortRun_s;
  if (waiting < kNoteworthyWaiting && retries < kNoteworthyRetries && switches < kNoteworthySwitches &&
      !is_unfair)
    return "";
  std::string text = fmt::format("{} waited {:.{}f} % of its workers' time for locks", name, 100 * waiting,
                                 waiting < 0.095 && waiting > kNoteworthyWaiting ? 1 : 0);
  if (retries >= kNoteworthyRetries) text += fmt::format(", refused {:.2f} locks a transfer", retries);
  if (switches >= kNoteworthySwitches)
    text += fmt::format(", slept {:.0f} times in 1,000 transfers", switches);
  if (is_unfair) text += fmt::format(", served its threads unevenly (fairness {:.2f})", fairness);
  return text;
}

// Where there was the most to wait for: most threads, longest hold, fewest accounts.
std::size_t most_contended(const Comparison& comparison) {
  const auto contention = [](const CellResult& cell) {
    const Config& config = cell.config;
    return std::tuple(config.threads, config.hold.yield, config.hold.spin, -std::int64_t{config.accounts});
  };
  return std::ranges::max_element(comparison.cells, {}, contention)->group;
}

std::vector<std::string> find_time_spent(const Comparison& comparison,
                                         const std::vector<std::string>& names) {
  const std::size_t group = most_contended(comparison);
  std::string where;
  std::vector<std::string> findings;
  std::vector<std::string> others;  // of whom there is nothing to say
  for (std::size_t i = 0; i < comparison.cells.size(); ++i) {
    const CellResult& cell = comparison.cells[i];
    if (cell.group != group) continue;
    where = condition_text(comparison.plan, cell.config);
    if (cell.runs_measured == 0 || cell.config.threads == 1 || cell.outcome != Outcome::ok) continue;
    const std::string text = time_spent_text(cell, names[i]);
    if (text.empty())
      others.push_back(names[i]);
    else
      findings.push_back(text);
  }
  if (!others.empty()) findings.push_back(fmt::format("{} hardly waited for locks", fmt::join(others, ", ")));
  if (!where.empty())
    for (std::string& finding : findings) finding = fmt::format("at {}, {}", where, finding);
  return findings;
}

}  // namespace

std::string condition_text(const ComparePlan& plan, const Config& config, bool whole) {
  std::string text;
  for (const Dimension dimension : {Dimension::threads, Dimension::accounts, Dimension::hold}) {
    const bool says_something =
        dimension != Dimension::hold || config.hold.yield || config.hold.spin.count() > 0;
    if (size_of(plan, dimension) > 1 || (whole && says_something))
      text += (text.empty() ? "" : ", ") + value_text(config, dimension);
  }
  return text;
}

std::vector<std::string> find_findings(const Comparison& comparison) {
  const std::vector<std::string> names = CompareView(comparison).names;
  std::vector<std::string> findings = FlipFinder(comparison, names).find();
  const std::vector<std::string> time_spent = find_time_spent(comparison, names);
  findings.insert(findings.end(), time_spent.begin(), time_spent.end());
  return findings;
}

}  // namespace banksim
