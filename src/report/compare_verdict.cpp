// The comparison in sentences: who is the fastest where and who failed; where the ranking flips, what the time went
// to; what the gate says.
#include "report/compare_view.hpp"
#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace banksim {
namespace {

constexpr std::size_t kLeadersNamed = 4;
constexpr std::size_t kSettingsNamed = 6;  // beyond that a sentence only counts them
constexpr std::size_t kWholeSettingsNamed = 2;
constexpr std::size_t kMostFlips = 8;  // of several the reader remembers none

using Cells = std::vector<std::size_t>;
using Groups = std::vector<std::size_t>;

std::string names_of(const CompareView& view, const Cells& cells) {
  std::vector<std::string> names;
  for (const std::size_t i : cells) names.push_back(view.cells[i].name);
  if (names.size() > kLeadersNamed) {
    const std::size_t more = names.size() - kLeadersNamed;
    names.resize(kLeadersNamed);
    names.push_back(fmt::format("{} more", more));
  }
  return listed(names);
}

std::string speeds_of(const CompareView& view, const Cells& cells) {
  std::vector<std::string> speeds;
  for (const std::size_t i : cells) speeds.push_back(si_number(view.cell(i).throughput_per_s.median));
  return (speeds.size() > kLeadersNamed ? speeds.front() + " to " + speeds.back() : listed(speeds)) +
         " transfers/s";
}

// How far the fastest is ahead, in a ratio that was measured: of rounds, and so not that of the medians.
std::string lead_phrase(const CompareView& view, const Group& group) {
  if (!group.lead) return "";
  const std::string ratio = ratio_phrase(group.lead->relative);
  if (group.lead->against == group.leaders.front())
    return fmt::format("; {}, the next, {} times as fast in paired rounds", view.cells[group.lead->cell].name,
                       ratio);
  return fmt::format("; in paired rounds {} times as fast as the reference {}", ratio,
                     view.cells[group.lead->against].name);
}

const char* title_of(const Group& group) {
  return group.unsafe_was_faster ? "fastest safe strategy" : "fastest";
}

std::string one_group_phrase(const CompareView& view, const Group& group) {
  if (group.leaders.empty()) return "nothing could be ranked";
  const std::size_t top = group.leaders.front();
  const std::string& name = view.cells[top].name;
  if (group.too_few_runs)
    return fmt::format("too few runs to name the fastest; {} reached {}", name, speeds_of(view, {top}));
  if (group.leaders.size() > 1)
    return fmt::format("{} {}, but could not be told from {}: {}", name,
                       group.unsafe_was_faster ? "leads the safe strategies" : "leads",
                       names_of(view, {group.leaders.begin() + 1, group.leaders.end()}),
                       speeds_of(view, group.leaders));
  return fmt::format("{} is the {}: {}{}", name, title_of(group), speeds_of(view, {top}),
                     lead_phrase(view, group));
}

// "with 1 thread", "with 2 and 8 threads", "in 5 of 9 settings".
std::string where_text(const CompareView& view, const Groups& groups) {
  const std::vector<Dimension>& varied = view.conclusions.varied;
  const std::size_t all = view.conclusions.groups.size();
  if (groups.size() == all) return all == 2 ? "in both settings" : fmt::format("in all {} settings", all);
  const auto texts = [&](const auto& text_of) {
    std::vector<std::string> all_texts;
    for (const std::size_t group : groups) all_texts.push_back(text_of(view.conclusions.groups[group]));
    return all_texts;
  };
  if (varied.size() > 1 && groups.size() <= kWholeSettingsNamed)
    return listed(texts([&view](const Group& group) { return "at " + view.setting(group); }));
  if (varied.size() != 1 || all > kSettingsNamed)
    return fmt::format("in {} of {} settings", groups.size(), all);
  const std::vector<std::string> values = texts([&](const Group& group) {
    return view.value_text(varied.front(), view.cell(group.cells.front()).config);
  });
  if (varied.front() == Dimension::hold) return "at hold " + listed(values);
  const std::string noun(to_string(varied.front()));
  const bool single = values.size() == 1 && values.front() == "1";
  return fmt::format("with {} {}", listed(values), single ? noun.substr(0, noun.size() - 1) : noun);
}

// What is said, and of which groups; in order of appearance.
using Sayings = std::vector<std::pair<std::string, Groups>>;

void say(Sayings& sayings, const std::string& saying, std::size_t group) {
  const auto known = std::ranges::find(sayings, saying, &Sayings::value_type::first);
  if (known == sayings.end())
    sayings.push_back({saying, {group}});
  else if (known->second.back() != group)
    known->second.push_back(group);
}

// Of one strategy alone there is nothing to say but how fast it was.
std::string alone_phrase(const CompareView& view) {
  Groups groups;
  Cells cells;
  for (std::size_t group = 0; group < view.conclusions.groups.size(); ++group)
    for (const std::size_t i : view.conclusions.groups[group].ranked) {
      groups.push_back(group);
      cells.push_back(i);
    }
  if (cells.empty()) return "nothing could be ranked";
  const auto speed = [&view](std::size_t i) { return view.cell(i).throughput_per_s.median; };
  const auto [slowest, fastest] = std::ranges::minmax(cells, {}, speed);
  return fmt::format("{} reached {}{}{}", view.cells[fastest].name,
                     cells.size() == 1 ? "" : si_number(speed(slowest)) + " to ", speeds_of(view, {fastest}),
                     view.conclusions.groups.size() == 1 ? "" : ' ' + where_text(view, groups));
}

std::string many_groups_phrase(const CompareView& view) {
  Sayings sayings;
  for (std::size_t at = 0; at < view.conclusions.groups.size(); ++at) {
    const Group& group = view.conclusions.groups[at];
    Cells leaders = group.leaders;
    std::ranges::sort(leaders);  // the same ones are the same ones, whoever happened to be ahead
    const std::string names = names_of(view, leaders);
    if (leaders.empty()) say(sayings, "nothing could be ranked", at);
    if (leaders.size() == 1) say(sayings, fmt::format("{} is the {}", names, title_of(group)), at);
    if (group.too_few_runs) say(sayings, "too few runs to name the fastest", at);
    // Each of them only could not be told from the one that was ahead: that makes them no equals.
    if (leaders.size() > 1 && !group.too_few_runs)
      say(sayings, fmt::format("no clear winner {} {}", leaders.size() == 2 ? "between" : "among", names),
          at);
  }
  std::vector<std::string> phrases;
  for (const auto& [saying, groups] : sayings) phrases.push_back(saying + ' ' + where_text(view, groups));
  return fmt::format("{}", fmt::join(phrases, "; "));
}

// "; naive deadlocked and unsafe got the money wrong with 2 and 8 threads".
std::string failures_phrase(const CompareView& view) {
  const std::vector<Group>& all = view.conclusions.groups;
  Sayings sayings;
  for (std::size_t group = 0; group < all.size(); ++group)
    for (const std::size_t i : all[group].unranked)
      say(sayings, view.cells[i].name + ' ' + failed_verb(view.cell(i)), group);
  std::vector<std::pair<Groups, std::vector<std::string>>> by_groups;
  for (const Sayings::value_type& saying : sayings) {
    auto known = std::ranges::find(by_groups, saying.second, &decltype(by_groups)::value_type::first);
    if (known == by_groups.end()) known = by_groups.insert(by_groups.end(), {saying.second, {}});
    known->second.push_back(saying.first);
  }
  std::string text;
  for (const auto& [groups, parts] : by_groups)
    text += "; " + listed(parts) + (all.size() > 1 ? ' ' + where_text(view, groups) : "");
  return text;
}

std::string flip_sentence(const CompareView& view, const Flip& flip) {
  const Config& config = view.cell(flip.winner).config;
  const std::string elsewhere = view.setting(config, flip.dimension);
  return fmt::format("{} overtakes {} from {}{}", view.cells[flip.winner].name, view.cells[flip.loser].name,
                     view.named_value(flip.dimension, config), elsewhere.empty() ? "" : " at " + elsewhere);
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

std::vector<std::string> time_spent_sentences(const CompareView& view) {
  std::vector<std::string> sentences;
  std::vector<std::string> others;  // of whom there is nothing to say
  for (const TimeSpent& spent : view.conclusions.time_spent) {
    const std::string& name = view.cells[spent.cell].name;
    spent.is_noteworthy() ? sentences.push_back(time_spent_sentence(spent, name)) : others.push_back(name);
  }
  if (!others.empty())
    sentences.push_back(fmt::format("{} hardly waited for locks", fmt::join(others, ", ")));
  const std::string where = view.setting(view.conclusions.groups[view.conclusions.most_contended]);
  if (!where.empty())
    for (std::string& sentence : sentences) sentence = fmt::format("at {}, {}", where, sentence);
  return sentences;
}

// "scoped, 0.93 [0.86, 1.01] times as fast with 2 threads".
std::string gate_subject(const CompareView& view, const GateRow& row) {
  const std::string where = view.setting(view.cell(row.cell).config);
  std::string text = view.cells[row.cell].name + (where.empty() ? "" : " at " + where);
  if (row.relative.ci95) text += fmt::format(", {} times as fast", ratio_phrase(row.relative));
  return text;
}

std::string undecided_sentence(const CompareView& view, const GateRow& row) {
  const double most = *view.comparison.plan.max_slowdown_percent;
  const std::string& reference = *view.comparison.plan.reference;
  std::string text = fmt::format("cannot tell whether {} is more than {} % slower than {}",
                                 gate_subject(view, row), si_number(most), reference);
  if (row.reference_failed)
    text += ": the reference was not measured";
  else if (row.cell_failed)
    text += fmt::format(": it {}", failed_verb(view.cell(row.cell)));
  else if (row.runs_needed > 0)
    text += fmt::format("; about {} would tell", counted(row.runs_needed, "run"));
  else if (!row.relative.ci95)
    text += ": too few runs for an interval";
  return text;
}

std::vector<std::string> undecided_sentences(const CompareView& view) {
  std::vector<std::string> sentences;
  for (const GateRow& row : view.conclusions.gate->rows)
    if (row.finding == GateFinding::undecided) sentences.push_back(undecided_sentence(view, row));
  return sentences;
}

}  // namespace

std::string listed(const std::vector<std::string>& items) {
  if (items.size() < 2) return items.empty() ? "" : items.front();
  const std::vector<std::string> first(items.begin(), items.end() - 1);
  return fmt::format("{} and {}", fmt::join(first, ", "), items.back());
}

const char* failed_verb(const CellResult& cell) {
  switch (cell.outcome) {
    case Outcome::violation:
      return "got the money wrong";
    case Outcome::deadlock:
      return "deadlocked";
    case Outcome::stalled:
      return "stalled";
    case Outcome::timeout:
      return "ran out of time";
    case Outcome::interrupted:
      return "was not run";
    case Outcome::ok:
      break;
  }
  return cell.runs.empty() ? "was not measured" : "has no speed to show";
}

std::string verdict_of(const CompareView& view) {
  const std::vector<Group>& groups = view.conclusions.groups;
  if (groups.empty()) return "Nothing was compared.";
  const bool alone = std::ranges::all_of(groups, [](const Group& group) { return group.cells.size() == 1; });
  std::string text = alone                ? alone_phrase(view)
                     : groups.size() == 1 ? one_group_phrase(view, groups.front())
                                          : many_groups_phrase(view);
  text += failures_phrase(view) + '.';
  // The names of strategies are what one types: they keep their small letters.
  if (text.starts_with("nothing ") || text.starts_with("no clear ")) text[0] = 'N';
  if (text.starts_with("too few ")) text[0] = 'T';
  return text;
}

std::vector<std::string> findings_of(const CompareView& view) {
  std::vector<std::string> findings;
  if (view.cells.empty()) return findings;
  const std::vector<Flip>& flips = view.conclusions.flips;
  for (std::size_t i = 0; i < std::min(flips.size(), kMostFlips); ++i)
    findings.push_back(flip_sentence(view, flips[i]));
  if (flips.size() > kMostFlips)
    findings.push_back(fmt::format("{} more of the kind", counted(flips.size() - kMostFlips, "change")));
  for (std::string& sentence : time_spent_sentences(view)) findings.push_back(std::move(sentence));
  if (view.conclusions.gate && !view.comparison.plan.undecided_fails)
    for (std::string& sentence : undecided_sentences(view)) findings.push_back(std::move(sentence));
  return findings;
}

std::vector<std::string> failures_of(const CompareView& view) {
  std::vector<std::string> failures;
  if (!view.conclusions.gate) return failures;
  const Gate& gate = *view.conclusions.gate;
  for (const GateRow& row : gate.rows)
    if (row.finding == GateFinding::slower)
      failures.push_back(fmt::format("{}, where {} of {} is the least", gate_subject(view, row),
                                     si_number(gate.bound), *view.comparison.plan.reference));
  if (gate.verdict == GateVerdict::nothing_checked)
    failures.push_back("the gate checked nothing: no row has an interval of its ratio to the reference");
  if (view.comparison.plan.undecided_fails)
    for (std::string& sentence : undecided_sentences(view)) failures.push_back(std::move(sentence));
  return failures;
}

}  // namespace banksim
