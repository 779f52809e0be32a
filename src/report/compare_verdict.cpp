// The comparison in a sentence: who is the fastest where, and who failed.
#include "report/compare_view.hpp"
#include "report/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <set>
#include <utility>

namespace banksim {
namespace {

constexpr std::size_t kLeadersNamed = 4;
constexpr std::size_t kSettingsNamed = 6;  // beyond that a sentence only counts them
constexpr std::size_t kWholeSettingsNamed = 2;

// "a", "a and b", "a, b and c".
std::string list_text(const std::vector<std::string>& items) {
  if (items.empty()) return "";
  if (items.size() == 1) return items.front();
  const std::vector<std::string> first(items.begin(), items.end() - 1);
  return fmt::format("{} and {}", fmt::join(first, ", "), items.back());
}

bool apart(const Summary& a, const Summary& b) { return a.ci95 && b.ci95 && (*a.ci95)[0] > (*b.ci95)[1]; }

// Whether it is sure that `top` is faster: by the rounds in which both ran; where those are not at hand, by
// intervals that do not overlap.
bool clearly_faster(const CellResult& top, const CellResult& other) {
  if (top.relative.standing == Standing::reference) return other.relative.standing == Standing::slower;
  if (other.relative.standing == Standing::reference) return top.relative.standing == Standing::faster;
  if (!top.runs.empty() && !other.runs.empty()) return relate_cells(other, top).standing == Standing::slower;
  return apart(top.throughput_per_s, other.throughput_per_s);
}

// Who can win: without a lock one is fast, and right by luck alone.
struct Contest {
  std::vector<std::size_t> candidates;  // the safe ones, or all where none is safe; fastest first
  std::vector<std::size_t> leaders;     // the fastest of them, and whoever cannot be told from it
  const char* title = "fastest";
  const char* leads = "leads";
  bool is_undecided = false;  // more than one, and too few runs for any interval
};

Contest contest(const CompareView& view, const std::vector<std::size_t>& group) {
  const std::vector<std::size_t> ranked = view.ranked(group);
  Contest contest;
  for (const std::size_t i : ranked)
    if (claims_safety(view.cell(i).config.strategy)) contest.candidates.push_back(i);
  if (contest.candidates.empty()) contest.candidates = ranked;
  if (ranked.empty()) return contest;
  const std::size_t top = contest.candidates.front();
  if (top != ranked.front()) {
    contest.title = "fastest safe strategy";
    contest.leads = "leads the safe strategies";
  }
  for (const std::size_t i : contest.candidates)
    if (i == top || !clearly_faster(view.cell(top), view.cell(i))) contest.leaders.push_back(i);
  contest.is_undecided = contest.leaders.size() > 1 && !view.cell(top).throughput_per_s.ci95;
  return contest;
}

std::string names_of(const CompareView& view, const std::vector<std::size_t>& cells) {
  std::vector<std::string> names;
  names.reserve(cells.size());
  for (const std::size_t i : cells) names.push_back(view.names[i]);
  if (names.size() > kLeadersNamed) {
    const std::size_t more = names.size() - kLeadersNamed;
    names.resize(kLeadersNamed);
    names.push_back(fmt::format("{} more", more));
  }
  return list_text(names);
}

std::string speeds_of(const CompareView& view, const std::vector<std::size_t>& cells) {
  std::vector<std::string> speeds;
  speeds.reserve(cells.size());
  for (const std::size_t i : cells) speeds.push_back(si_number(view.cell(i).throughput_per_s.median));
  const std::string text =
      speeds.size() > kLeadersNamed ? speeds.front() + " to " + speeds.back() : list_text(speeds);
  return text + " transfers/s";
}

// How far the fastest is ahead, in a ratio that was measured: of rounds, and so not that of the medians.
std::string lead_phrase(const CompareView& view, const CellResult& top, std::size_t next) {
  const CellResult& second = view.cell(next);
  if (top.relative.standing == Standing::reference)
    return fmt::format("; {}, the next, {} times as fast in paired rounds", view.names[next],
                       ratio_phrase(second.relative));
  for (const std::size_t i : view.groups[0])
    if (view.cell(i).relative.standing == Standing::reference)
      return fmt::format("; in paired rounds {} times as fast as the reference {}",
                         ratio_phrase(top.relative), view.names[i]);
  return fmt::format("; {}, the next, reaches {}", view.names[next], speeds_of(view, {next}));
}

std::string one_group_phrase(const CompareView& view) {
  const auto [candidates, leaders, title, leads, is_undecided] = contest(view, view.groups.front());
  if (candidates.empty()) return "nothing could be ranked";
  if (is_undecided)
    return fmt::format("too few runs to name the fastest; {} reached {}", view.names[leaders.front()],
                       speeds_of(view, {leaders.front()}));
  if (leaders.size() > 1)
    return fmt::format("{} {}, but could not be told from {}: {}", view.names[leaders.front()], leads,
                       names_of(view, {leaders.begin() + 1, leaders.end()}), speeds_of(view, leaders));
  const std::size_t top = leaders.front();
  const std::string lead = fmt::format("{} is the {}: {}", view.names[top], title, speeds_of(view, {top}));
  return candidates.size() == 1 ? lead : lead + lead_phrase(view, view.cell(top), candidates[1]);
}

// "with 1 thread", "with 2 and 8 threads", "in 5 of 9 settings".
std::string where_text(const CompareView& view, const std::vector<std::size_t>& groups) {
  if (groups.size() == view.groups.size())
    return groups.size() == 2 ? "in both settings" : fmt::format("in all {} settings", groups.size());
  if (view.varied.size() > 1 && groups.size() <= kWholeSettingsNamed) {
    std::vector<std::string> settings;
    for (const std::size_t group : groups)
      settings.push_back("at " + view.setting(view.cell(view.groups[group].front()).config));
    return list_text(settings);
  }
  if (view.varied.size() != 1 || view.groups.size() > kSettingsNamed)
    return fmt::format("in {} of {} settings", groups.size(), view.groups.size());
  std::vector<std::string> values;
  values.reserve(groups.size());
  for (const std::size_t group : groups)
    values.push_back(value_text(view.varied.front(), view.cell(view.groups[group].front()).config));
  if (view.varied.front() == Dimension::hold) return "at hold " + list_text(values);
  const std::string noun(to_string(view.varied.front()));
  const bool single = values.size() == 1 && values.front() == "1";
  return fmt::format("with {} {}", list_text(values), single ? noun.substr(0, noun.size() - 1) : noun);
}

using GroupsBySaying =
    std::vector<std::pair<std::string, std::vector<std::size_t>>>;  // in order of appearance

void say(GroupsBySaying& sayings, const std::string& saying, std::size_t group) {
  const auto known = std::ranges::find(sayings, saying, &GroupsBySaying::value_type::first);
  if (known == sayings.end()) {
    sayings.push_back({saying, {group}});
  } else if (known->second.back() != group) {
    known->second.push_back(group);
  }
}

// Of one strategy alone there is nothing to say but how fast it was.
std::string alone_phrase(const CompareView& view) {
  std::vector<std::size_t> groups, cells;
  for (std::size_t group = 0; group < view.groups.size(); ++group)
    for (const std::size_t i : view.ranked(view.groups[group])) {
      groups.push_back(group);
      cells.push_back(i);
    }
  if (cells.empty()) return "nothing could be ranked";
  const auto [slowest, fastest] =
      std::ranges::minmax(cells, {}, [&view](std::size_t i) { return view.cell(i).throughput_per_s.median; });
  const std::string range =
      cells.size() == 1 ? "" : si_number(view.cell(slowest).throughput_per_s.median) + " to ";
  const std::string where = view.groups.size() == 1 ? "" : ' ' + where_text(view, groups);
  return fmt::format("{} reached {}{}{}", view.names[fastest], range, speeds_of(view, {fastest}), where);
}

std::string many_groups_phrase(const CompareView& view) {
  GroupsBySaying sayings;
  for (std::size_t group = 0; group < view.groups.size(); ++group) {
    auto [candidates, leaders, title, leads, is_undecided] = contest(view, view.groups[group]);
    std::ranges::sort(leaders);  // the same ones are the same ones, whoever happened to be ahead
    const std::string names = names_of(view, leaders);
    if (leaders.empty()) say(sayings, "nothing could be ranked", group);
    if (leaders.size() == 1) say(sayings, fmt::format("{} is the {}", names, title), group);
    if (is_undecided) say(sayings, "too few runs to name the fastest", group);
    // Each of them only could not be told from the one that was ahead: that makes them no equals.
    if (leaders.size() > 1 && !is_undecided)
      say(sayings, fmt::format("no clear winner {} {}", leaders.size() == 2 ? "between" : "among", names),
          group);
  }
  std::vector<std::string> phrases;
  for (const auto& [saying, groups] : sayings) phrases.push_back(saying + ' ' + where_text(view, groups));
  return fmt::format("{}", fmt::join(phrases, "; "));
}

// "; naive deadlocked and unsafe got the money wrong with 2 and 8 threads".
std::string failures_phrase(const CompareView& view) {
  GroupsBySaying sayings;
  for (std::size_t group = 0; group < view.groups.size(); ++group)
    for (const std::size_t i : view.unranked(view.groups[group]))
      say(sayings, view.names[i] + ' ' + failed_verb(view.cell(i)), group);
  std::vector<std::pair<std::vector<std::size_t>, std::vector<std::string>>> by_groups;
  for (const auto& entry : sayings) {
    const std::string& saying = entry.first;
    const std::vector<std::size_t>& groups = entry.second;
    auto known = std::ranges::find_if(
        by_groups, [&groups](const auto& known_entry) { return known_entry.first == groups; });
    if (known == by_groups.end()) known = by_groups.insert(by_groups.end(), {groups, {}});
    known->second.push_back(saying);
  }
  std::string text;
  for (const auto& [groups, parts] : by_groups) {
    text += "; " + list_text(parts);
    if (view.groups.size() > 1) text += ' ' + where_text(view, groups);
  }
  return text;
}

std::string signal_text(int signal) {
  if (signal == SIGINT) return " by SIGINT";
  if (signal == SIGTERM) return " by SIGTERM";
  return signal == 0 ? "" : fmt::format(" by signal {}", signal);
}

}  // namespace

std::string verdict_sentence(const CompareView& view) {
  if (view.groups.empty()) return "Nothing was compared.";
  const bool is_alone = std::ranges::all_of(view.groups, [](const auto& group) { return group.size() == 1; });
  std::string text = is_alone                  ? alone_phrase(view)
                     : view.groups.size() == 1 ? one_group_phrase(view)
                                               : many_groups_phrase(view);
  text += failures_phrase(view) + '.';
  // The names of strategies are what one types: they keep their small letters.
  if (text.starts_with("nothing ") || text.starts_with("no clear ")) text[0] = 'N';
  if (text.starts_with("too few ")) text[0] = 'T';
  return text;
}

std::string interrupted_sentence(const Comparison& comparison) {
  if (comparison.complete) return "";
  std::size_t runs = 0;
  for (const CellResult& cell : comparison.cells) runs += cell.runs.size();
  // Where time decides, nobody knows how many there were to be.
  const std::string of_all = comparison.plan.min_time.count() > 0
                                 ? ""
                                 : " of " + grouped(comparison.cells.size() * comparison.plan.runs);
  return fmt::format("Interrupted{} after {}{} measured runs: this is what there was.",
                     signal_text(comparison.signal), grouped(runs), of_all);
}

std::string rounds_sentence(const Comparison& comparison) {
  const ComparePlan& plan = comparison.plan;
  const std::uint32_t rounds = most_rounds(comparison);
  std::string text = counted(rounds, "measured round");
  if (plan.warmup > 0) text += fmt::format(" after {} to warm up", grouped(plan.warmup));
  text +=
      rounds < 2 ? ", in a random order" : ", in random orders, every second one the one before it backwards";
  return fmt::format("{}; {} in all, {} of it in the runs.", text, duration_text(comparison.elapsed_s, true),
                     duration_text(comparison.running_s, true));
}

std::string host_text(const Host& host) {
  std::vector<std::string> parts;
  const auto add = [&parts](const std::string& part) {
    if (!part.empty()) parts.push_back(part);
  };
  add(fmt::format("{} {} {}", host.os, host.kernel, host.arch));
  add(host.cpu_model);
  add(counted(host.logical_cpus, "CPU"));
  add(host.compiler);
  if (!host.build_type.empty()) add(host.build_type + " build");
  if (!host.sanitizers.empty()) add(fmt::format("sanitizers {}", fmt::join(host.sanitizers, ", ")));
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace banksim
