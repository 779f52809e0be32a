// What follows from a comparison beside its verdict, in words: where the ranking flips, what the time went to.
#include "report/compare_parts.hpp"
#include "report/compare_view.hpp"
#include "report/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace banksim {
namespace {

constexpr std::size_t kMostFlips = 8;  // of several the reader remembers none

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

std::string flip_text(const Comparison& comparison, const Flip& flip) {
  const Conclusions& conclusions = comparison.conclusions;
  const Config& config = comparison.cells[flip.winner].config;
  return fmt::format("{} overtakes {} from {}{}", conclusions.names[flip.winner],
                     conclusions.names[flip.loser], value_text(config, flip.dimension),
                     elsewhere_text(comparison.plan, config, flip.dimension));
}

std::string time_spent_text(const TimeSpent& spent, const std::string& name) {
  const double waiting = spent.waiting_share;
  std::string text = fmt::format("{} waited {:.{}f} % of its workers' time for locks", name, 100 * waiting,
                                 waiting < 0.095 && waiting > kNoteworthyWaiting ? 1 : 0);
  if (spent.refused_locks_a_transfer)
    text += fmt::format(", refused {:.2f} locks a transfer", *spent.refused_locks_a_transfer);
  if (spent.sleeps_in_1000_transfers)
    text += fmt::format(", slept {:.0f} times in 1,000 transfers", *spent.sleeps_in_1000_transfers);
  if (spent.fairness) text += fmt::format(", served its threads unevenly (fairness {:.2f})", *spent.fairness);
  return text;
}

void add_flips(const Comparison& comparison, std::vector<std::string>& texts) {
  const std::vector<Flip>& flips = comparison.conclusions.flips;
  for (std::size_t i = 0; i < std::min(flips.size(), kMostFlips); ++i)
    texts.push_back(flip_text(comparison, flips[i]));
  if (flips.size() > kMostFlips)
    texts.push_back(fmt::format("{} more of the kind", counted(flips.size() - kMostFlips, "change")));
}

void add_time_spent(const Comparison& comparison, std::vector<std::string>& texts) {
  const Conclusions& conclusions = comparison.conclusions;
  std::vector<std::string> found;
  std::vector<std::string> others;  // of whom there is nothing to say
  for (const TimeSpent& spent : conclusions.time_spent) {
    const std::string& name = conclusions.names[spent.cell];
    if (spent.is_noteworthy())
      found.push_back(time_spent_text(spent, name));
    else
      others.push_back(name);
  }
  if (!others.empty()) found.push_back(fmt::format("{} hardly waited for locks", fmt::join(others, ", ")));
  if (found.empty()) return;
  const std::string where =
      condition_text(comparison.plan, comparison.cells[conclusions.time_spent.front().cell].config);
  for (const std::string& text : found)
    texts.push_back(where.empty() ? text : fmt::format("at {}, {}", where, text));
}

}  // namespace

std::string hold_text(const Hold& hold) {
  if (hold.yield) return "--hold yield";
  return fmt::format(
      "--hold {}", hold.spin.count() == 0 ? "0" : [&] {
        std::string time = duration_text(in_seconds(hold.spin));
        std::erase(time, ' ');
        return time;
      }());
}

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

std::vector<std::string> findings(const Comparison& comparison) {
  std::vector<std::string> texts;
  add_flips(comparison, texts);
  add_time_spent(comparison, texts);
  return texts;
}

}  // namespace banksim
