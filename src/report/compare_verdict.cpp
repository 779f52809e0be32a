// The comparison in sentences: who is the fastest where and who failed; where the ranking flips, what the time went
// to; what the gate says.
#include "report/compare_view.hpp"
#include "report/report.hpp"
#include "report/run_verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

namespace banksim {
namespace {

constexpr std::size_t kLeadersNamed = 4;
constexpr std::size_t kSettingsNamed = 6;  // beyond that a sentence only counts them
constexpr std::size_t kWholeSettingsNamed = 2;
constexpr std::size_t kMostFlips = 8;  // of several the reader remembers none

constexpr const char* kNothingRanked = "nothing could be ranked";
constexpr const char* kTooFewRuns = "too few runs to name the fastest";

using Places = std::vector<std::size_t>;  // of cells or of groups
using Texts = std::vector<std::string>;

// "a", "a and b", "a, b and c".
std::string listed(const Texts& items) {
  if (items.size() < 2) return items.empty() ? "" : items.front();
  return fmt::format("{} and {}", fmt::join(std::span(items).first(items.size() - 1), ", "), items.back());
}

// ---- Who leads.

std::string names_of(const CompareView& view, std::span<const std::size_t> cells) {
  Texts names;
  for (const std::size_t i : cells.first(std::min(cells.size(), kLeadersNamed)))
    names.push_back(view.cells[i].name);
  if (cells.size() > kLeadersNamed) names.push_back(fmt::format("{} more", cells.size() - kLeadersNamed));
  return listed(names);
}

std::string speed_of(const CompareView& view, std::size_t cell) {
  return si_number(view.cell(cell).throughput_per_s.median);
}

std::string title_of(const CompareView& view, const Group& group) {
  return fmt::format("{} is the {}", view.cells[group.leaders.front()].name,
                     group.unsafe_was_faster ? "fastest safe strategy" : "fastest");
}

// How far the fastest is ahead, in a ratio that was measured: of rounds, and so not that of the medians.
std::string lead_phrase(const CompareView& view, const Group& group) {
  if (!group.lead) return "";
  const std::string ratio = ratio_phrase(view.cell(*group.lead).relative);
  if (group.reference == group.leaders.front())
    return fmt::format("; {}, the next, {} times as fast in paired rounds", view.cells[*group.lead].name,
                       ratio);
  return fmt::format("; in paired rounds {} times as fast as the reference {}", ratio,
                     view.cells[*group.reference].name);
}

std::string one_group_phrase(const CompareView& view, const Group& group) {
  if (group.leaders.empty()) return kNothingRanked;
  const std::size_t top = group.leaders.front();
  const std::string& name = view.cells[top].name;
  if (group.too_few_runs)
    return fmt::format("{}; {} reached {} transfers/s", kTooFewRuns, name, speed_of(view, top));
  if (group.leaders.size() == 1)
    return fmt::format("{}: {} transfers/s{}", title_of(view, group), speed_of(view, top),
                       lead_phrase(view, group));
  Texts speeds;
  for (const std::size_t i : group.leaders) speeds.push_back(speed_of(view, i));
  return fmt::format(
      "{} {}, but could not be told from {}: {} transfers/s", name,
      group.unsafe_was_faster ? "leads the safe strategies" : "leads",
      names_of(view, std::span(group.leaders).subspan(1)),
      speeds.size() > kLeadersNamed ? speeds.front() + " to " + speeds.back() : listed(speeds));
}

// "with 1 thread", "with 2 and 8 threads", "in 5 of 9 settings".
std::string where_text(const CompareView& view, const Places& groups) {
  const std::size_t all = view.conclusions.groups.size();
  if (groups.size() == all) return all == 2 ? "in both settings" : fmt::format("in all {} settings", all);
  const std::vector<Dimension>& varied = view.conclusions.varied;
  Texts settings, values;
  for (const std::size_t group : groups) {
    const Config& config = view.config(view.conclusions.groups[group]);
    settings.push_back(view.setting(config));
    values.push_back(view.value_text(varied.front(), config));
  }
  if (varied.size() > 1 && groups.size() <= kWholeSettingsNamed)
    return fmt::format("at {}", fmt::join(settings, " and at "));
  if (varied.size() > 1 || all > kSettingsNamed)
    return fmt::format("in {} of {} settings", groups.size(), all);
  if (varied.front() == Dimension::hold) return "at hold " + listed(values);
  return "with " + (groups.size() == 1 ? settings.front() : listed(values) + ' ' + to_string(varied.front()));
}

// Pairs in the order in which their keys appeared.
template <class Key, class Value>
Value& value_of(std::vector<std::pair<Key, Value>>& pairs, const Key& key) {
  const auto known = std::ranges::find(pairs, key, &std::pair<Key, Value>::first);
  return known != pairs.end() ? known->second : pairs.emplace_back(key, Value{}).second;
}

// What is said of each group, and where: "; naive deadlocked and unsafe got the money wrong with 2 and 8 threads".
template <class Said>
std::string said_where(const CompareView& view, Said said) {
  const std::vector<Group>& all = view.conclusions.groups;
  std::vector<std::pair<std::string, Places>> sayings;
  for (std::size_t group = 0; group < all.size(); ++group)
    for (const std::string& saying : said(all[group])) value_of(sayings, saying).push_back(group);
  std::vector<std::pair<Places, Texts>> by_groups;
  for (const auto& [saying, groups] : sayings) value_of(by_groups, groups).push_back(saying);
  std::string text;
  for (const auto& [groups, parts] : by_groups)
    text += "; " + listed(parts) + (all.size() > 1 ? ' ' + where_text(view, groups) : "");
  return text;
}

std::string winner_phrase(const CompareView& view, const Group& group) {
  if (group.leaders.empty()) return kNothingRanked;
  if (group.too_few_runs) return kTooFewRuns;
  if (group.leaders.size() == 1) return title_of(view, group);
  Places leaders = group.leaders;
  std::ranges::sort(leaders);  // the same ones are the same ones, whoever happened to be ahead
  // Each of them only could not be told from the one that was ahead: that makes them no equals.
  return fmt::format("no clear winner {} {}", leaders.size() == 2 ? "between" : "among",
                     names_of(view, leaders));
}

// Of one strategy alone there is nothing to say but how fast it was.
std::string alone_phrase(const CompareView& view) {
  const std::vector<Group>& all = view.conclusions.groups;
  Places groups, cells;
  for (std::size_t group = 0; group < all.size(); ++group)
    for (const std::size_t i : all[group].ranked) {
      groups.push_back(group);
      cells.push_back(i);
    }
  if (cells.empty()) return kNothingRanked;
  const auto [slowest, fastest] =
      std::ranges::minmax(cells, {}, [&view](std::size_t i) { return view.cell(i).throughput_per_s.median; });
  return fmt::format("{} reached {}{} transfers/s{}", view.cells[fastest].name,
                     cells.size() == 1 ? "" : speed_of(view, slowest) + " to ", speed_of(view, fastest),
                     all.size() == 1 ? "" : ' ' + where_text(view, groups));
}

// ---- Who failed.

const char* failed_verb(const CellResult& cell) {
  if (cell.outcome == Outcome::ok && cell.runs.empty()) return "was not measured";
  return kOutcomeVerbs[static_cast<std::size_t>(cell.outcome)];
}

std::string verdict_of(const CompareView& view) {
  const std::vector<Group>& groups = view.conclusions.groups;
  if (groups.empty()) return "Nothing was compared.";
  const auto winners = [&view](const Group& group) { return Texts{winner_phrase(view, group)}; };
  const auto failures = [&view](const Group& group) {
    Texts texts;
    for (const std::size_t i : group.unranked)
      texts.push_back(view.cells[i].name + ' ' + failed_verb(view.cell(i)));
    return texts;
  };
  const bool alone = std::ranges::all_of(groups, [](const Group& group) { return group.cells.size() == 1; });
  std::string text = alone                ? alone_phrase(view)
                     : groups.size() == 1 ? one_group_phrase(view, groups.front())
                                          : said_where(view, winners).substr(2);
  text += said_where(view, failures) + '.';
  // The names of strategies are what one types: they keep their small letters.
  if (text.starts_with("nothing ") || text.starts_with("no clear ")) text[0] = 'N';
  if (text.starts_with("too few ")) text[0] = 'T';
  return text;
}

// ---- What follows from it.

// " at 2 threads"; empty where nothing varies.
std::string at_text(const std::string& setting) { return setting.empty() ? "" : " at " + setting; }

void add_flips(CompareView& view) {
  const std::vector<Flip>& flips = view.conclusions.flips;
  for (const Flip& flip : std::span(flips).first(std::min(flips.size(), kMostFlips))) {
    const Config& config = view.cell(flip.winner).config;
    view.findings.push_back(fmt::format("{} overtakes {} from {}{}", view.cells[flip.winner].name,
                                        view.cells[flip.loser].name, view.named_value(flip.dimension, config),
                                        at_text(view.setting(config, flip.dimension))));
  }
  if (flips.size() > kMostFlips)
    view.findings.push_back(fmt::format("{} more of the kind", counted(flips.size() - kMostFlips, "change")));
}

std::string time_spent_sentence(const TimeSpent& spent, const std::string& name) {
  const bool to_tenths = spent.waiting_share < 0.095 && spent.waiting_share > kNoteworthyWaiting;
  std::string text = fmt::format("{} waited {:.{}f} % of its workers' time for locks", name,
                                 100 * spent.waiting_share, to_tenths ? 1 : 0);
  if (spent.refused_locks_a_transfer)
    text += fmt::format(", refused {:.2f} locks a transfer", *spent.refused_locks_a_transfer);
  if (spent.sleeps_in_1000_transfers)
    text += fmt::format(", slept {:.0f} times in 1,000 transfers", *spent.sleeps_in_1000_transfers);
  if (spent.fairness) text += fmt::format(", served its threads unevenly (fairness {:.2f})", *spent.fairness);
  return text;
}

void add_time_spent(CompareView& view) {
  const std::string setting =
      view.setting(view.config(view.conclusions.groups[view.conclusions.most_contended]));
  const std::string where = setting.empty() ? "" : "at " + setting + ", ";
  Texts others;  // of whom there is nothing to say
  for (const TimeSpent& spent : view.conclusions.time_spent) {
    const std::string& name = view.cells[spent.cell].name;
    if (spent.is_noteworthy())
      view.findings.push_back(where + time_spent_sentence(spent, name));
    else
      others.push_back(name);
  }
  if (!others.empty())
    view.findings.push_back(fmt::format("{}{} hardly waited for locks", where, fmt::join(others, ", ")));
}

// ---- The gate.

std::string undecided_sentence(const CompareView& view, const GateRow& row, const std::string& subject) {
  const ComparePlan& plan = view.comparison.plan;
  const std::string text = fmt::format("cannot tell whether {} is more than {} % slower than {}: ", subject,
                                       si_number(*plan.max_slowdown_percent), *plan.reference);
  if (row.reference_failed) return text + "the reference was not measured";
  if (row.cell_failed) return fmt::format("{}it {}", text, failed_verb(view.cell(row.cell)));
  if (!row.relative.ci95) return text + "too few runs for an interval";
  return fmt::format(
      "{}{} times as fast{}", text, ratio_phrase(row.relative),
      row.runs_needed == 0 ? "" : fmt::format("; about {} would tell", counted(row.runs_needed, "run")));
}

void add_gate(CompareView& view) {
  const ComparePlan& plan = view.comparison.plan;
  const Gate& gate = *view.conclusions.gate;
  Texts undecided;
  for (const GateRow& row : gate.rows) {
    const std::string subject = view.cells[row.cell].name + at_text(view.setting(view.cell(row.cell).config));
    if (row.finding == GateFinding::undecided) undecided.push_back(undecided_sentence(view, row, subject));
    if (row.finding == GateFinding::slower)
      view.failures.push_back(fmt::format("{} is {} times as fast as {}, where {} is the least", subject,
                                          ratio_phrase(row.relative), *plan.reference,
                                          si_number(gate.bound)));
  }
  if (gate.verdict == GateFinding::nothing_checked)
    view.failures.emplace_back(
        "the gate checked nothing: no row has an interval of its ratio to the reference");
  Texts& said = plan.undecided_fails ? view.failures : view.findings;
  said.insert(said.end(), undecided.begin(), undecided.end());
}

}  // namespace

void put_into_sentences(CompareView& view) {
  view.verdict = verdict_of(view);
  if (view.cells.empty()) return;
  add_flips(view);
  add_time_spent(view);
  for (const CellView& cell : view.cells) {
    const std::string where = at_text(view.setting(cell.result->config));
    if (cell.result->outcome == Outcome::failed)
      view.failures.push_back(
          fmt::format("{} could not be run{}: {}", cell.name, where, cell.result->failure));
    if (cell.result->ended_by)
      view.findings.push_back(
          fmt::format("{}{}: {}", cell.name, where, ended_by_text(*cell.result->ended_by, view.unicode)));
  }
  if (view.conclusions.gate) add_gate(view);
}

}  // namespace banksim
