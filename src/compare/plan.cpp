// The plan: whether it makes sense, and the cells that it asks for.
#include "compare/stages.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace banksim {
namespace {

void check_gate(const ComparePlan& plan) {
  if (!plan.max_slowdown_percent) {
    if (plan.undecided_fails)
      throw ConfigError("--undecided needs a --max-slowdown: nothing else can be undecided");
    return;
  }
  const double percent = *plan.max_slowdown_percent;
  if (!(percent >= 0 && percent < 100))
    throw ConfigError(fmt::format("--max-slowdown {} checks nothing: it is a percentage below 100", percent));
  if (!plan.reference) throw ConfigError("--max-slowdown needs a --reference: slower than which strategy?");
  if (plan.strategies.size() < 2)
    throw ConfigError("--max-slowdown checks nothing: there is no strategy beside the --reference");
  if (plan.runs < kFewestPairsForInterval)
    throw ConfigError(
        fmt::format("--max-slowdown needs -r {} or more: fewer runs have no 95 % interval to judge by",
                    kFewestPairsForInterval));
}

void check_lists(const ComparePlan& plan) {
  if (plan.strategies.empty() || plan.threads.empty() || plan.accounts.empty() || plan.holds.empty())
    throw ConfigError("nothing to compare: a list is empty");
  if (plan.runs == 0) throw ConfigError("no runs: nothing would be measured");
  if (plan.reference && std::ranges::find(plan.strategies, *plan.reference) == plan.strategies.end())
    throw ConfigError("the reference '" + *plan.reference + "' is not among the strategies compared");
  check_gate(plan);
}

}  // namespace

std::vector<CellResult> lay_out(const ComparePlan& plan) {
  check_lists(plan);
  std::vector<CellResult> cells;
  std::size_t group = 0;
  for (const std::uint32_t accounts : plan.accounts)
    for (const Hold& hold : plan.holds)
      for (const std::uint32_t threads : plan.threads) {
        for (const std::string& strategy : plan.strategies) {
          CellResult& cell = cells.emplace_back();
          cell.config = plan.base;
          cell.config.strategy = strategy;
          cell.config.threads = threads;
          cell.config.accounts = accounts;
          cell.config.hold = hold;
          cell.group = group;
          cell.outcome = Outcome::interrupted;  // until it has run
          validate(cell.config);
        }
        ++group;
      }
  return cells;
}

void check(const ComparePlan& plan) { lay_out(plan); }

}  // namespace banksim
