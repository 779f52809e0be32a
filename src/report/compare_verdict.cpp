// The comparison in sentences: who is the fastest where, by how much, and who failed; where the ranking flips, which
// rounds were off, what the time went to; what the gate says.
#include "report/compare_view.hpp"
#include "report/explain.hpp"
#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace banksim {
namespace {

constexpr std::size_t kMostNamed = 4;    // strategies, or settings
constexpr std::size_t kMostOfAKind = 4;  // of more findings of a kind the reader remembers none

using Places = std::vector<std::size_t>;  // of cells or of groups
using Texts = std::vector<std::string>;

std::string names_of(const CompareView& view, const Places& cells) {
  return listed(texts_of(cells, [&view](std::size_t i) { return view.cells[i].name; }), kMostNamed);
}

// " at 2 threads and at 8 threads", " in 5 of 9 settings"; empty where nothing varies.
std::string where_text(const CompareView& view, const Places& groups) {
  const std::size_t all = view.conclusions.groups.size();
  if (all == 1) return "";
  if (groups.size() == all) return all == 2 ? " in both settings" : fmt::format(" in all {} settings", all);
  if (groups.size() > kMostNamed / view.conclusions.varied.size())
    return fmt::format(" in {} of {} settings", groups.size(), all);
  const auto at = [&](std::size_t i) {
    return "at " + view.setting(view.config(view.conclusions.groups[i]));
  };
  return ' ' + listed(texts_of(groups, at));
}

// " at 2 threads"; empty where nothing varies.
std::string at_text(const std::string& setting) { return setting.empty() ? "" : " at " + setting; }

// ---- Who leads, and who failed: each thing is said once, with where it holds.

struct Saying {
  std::string text;
  Places groups = {};
  std::vector<double> leads = {};         // of the fastest, in ratios
  std::ptrdiff_t times = 0, of_runs = 0;  // of a failure, in all those settings
};

Saying& saying_of(std::vector<Saying>& sayings, const std::string& text, std::size_t group) {
  auto known = std::ranges::find(sayings, text, &Saying::text);
  if (known == sayings.end()) known = sayings.insert(known, {text});
  if (known->groups.empty() || known->groups.back() != group) known->groups.push_back(group);
  return *known;
}

// "1.5 to 1.9 times as fast as ".
std::string times_as_fast(const std::vector<double>& ratios) {
  const auto number = [](double ratio) {
    return fmt::format("{:.{}f}", ratio, ratio < 1.1 ? 2 : ratio < 9.95 ? 1 : 0);
  };
  const auto [least, most] = std::ranges::minmax(ratios);
  const std::string low = number(least), high = number(most);
  return (low == high ? low : low + " to " + high) + " times as fast as ";
}

// How far the first is ahead of each that it leads: "4.0 times as fast as global (95 %: 3.80-4.19)".
std::string lead_text(const CompareView& view, const Group& group) {
  Places behind;
  std::vector<double> ratios;
  for (const auto& [cell, relative] : group.leads) {
    behind.push_back(cell);
    if (tells_size(relative.ci95)) ratios.push_back(relative.ratio);
  }
  if (behind.empty()) return "";
  if (ratios.empty()) return "too noisy to say how many times as fast as " + names_of(view, behind);
  return times_as_fast(ratios) + names_of(view, behind) +
         (behind.size() > 1 ? "" : fmt::format(" (95 %: {})", ratio_interval(group.leads.front().relative)));
}

// In one setting also by how much.
std::string winner_text(const CompareView& view, const Group& group) {
  if (group.leaders.empty()) return "nothing could be ranked";
  if (group.too_few_runs) return "too few runs to name the fastest";
  const bool is_one = view.conclusions.groups.size() == 1;
  const std::string& top = view.cells[group.leaders.front()].name;
  const std::string lead = is_one ? lead_text(view, group) : "";
  if (group.leaders.size() == 1)
    return parts_text(
        {fmt::format("{} is the {}", top, group.unsafe_was_faster ? "fastest safe strategy" : "fastest"),
         lead});
  Places leaders = group.leaders;
  std::ranges::sort(leaders);  // the same ones are the same ones, whoever happened to be ahead
  // Each of them only could not be told from the one that was ahead: that makes them no equals.
  return fmt::format("no clear winner {} {}{}", leaders.size() == 2 ? "between" : "among",
                     names_of(view, leaders), lead.empty() ? "" : fmt::format("; {} is {}", top, lead));
}

std::string said_where(const CompareView& view, const std::vector<Saying>& sayings) {
  const auto said = [&view](const Saying& saying) {
    const bool has_times = saying.times > 0 && view.conclusions.groups.size() > 1;
    return saying.text +
           (has_times ? fmt::format(" in {} of {}", saying.times,
                                    counted(static_cast<std::uint64_t>(saying.of_runs), "run"))
                      : "") +
           where_text(view, saying.groups) +
           (saying.leads.empty() ? "" : ", " + times_as_fast(saying.leads) + "the next");
  };
  return fmt::format("{}", fmt::join(texts_of(sayings, said), "; "));
}

// Of one strategy alone there is nothing to say but how fast it was.
std::string of_one_strategy(const CompareView& view) {
  std::vector<CellView> ranked = view.cells;
  std::erase_if(ranked, [](const CellView& cell) { return !cell.ranked; });
  if (ranked.empty()) return "nothing could be ranked";
  std::ranges::sort(ranked, {}, [](const CellView& cell) { return cell.speed.per_s; });
  const CellView &slowest = ranked.front(), &fastest = ranked.back();
  return fmt::format("{} reached {} transfers/s", fastest.name,
                     ranked.size() == 1 ? parts_text({fastest.per_s, fastest.per_s_ci}, " ")
                                        : slowest.per_s + " to " + fastest.per_s);
}

std::string verdict_of(const CompareView& view) {
  const std::vector<Group>& groups = view.conclusions.groups;
  if (groups.empty()) return "Nothing was compared.";
  const bool is_one = groups.size() == 1;
  std::vector<Saying> winners, failures;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    Saying& winner = saying_of(winners, winner_text(view, groups[i]), i);
    const std::vector<Lead>& leads = groups[i].leads;
    if (!is_one && groups[i].leaders.size() == 1 && !leads.empty() && tells_size(leads.front().relative.ci95))
      winner.leads.push_back(leads.front().relative.ratio);
    for (const std::size_t unranked : groups[i].unranked) {
      const CellResult& cell = view.cell(unranked);
      Saying& failure = saying_of(failures,
                                  fmt::format("{} {}{}", view.cells[unranked].name, failed_verb(cell),
                                              is_one ? view.cells[unranked].outcome_more : ""),
                                  i);
      failure.times += std::ranges::count(cell.runs, cell.outcome, &RunResult::outcome);
      failure.of_runs += std::ssize(cell.runs);
    }
  }
  const bool alone = std::ranges::all_of(groups, [](const Group& group) { return group.cells.size() == 1; });
  std::string text =
      parts_text({alone ? of_one_strategy(view) : said_where(view, winners), said_where(view, failures)},
                 "; ") +
      '.';
  // The names of strategies are what one types: they keep their small letters.
  for (const char* start : {"nothing ", "no clear ", "too few "})
    if (text.starts_with(start)) text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

// "naive deadlocked, as it says it can; the others kept their promises". The gate, if there is one: "; 3 rows at
// most 10 % slower than ordered, 1 undecided".
std::string promises_of(const CompareView& view) {
  Texts failed;
  for (const CellView& cell : view.cells)
    if (cell.result->outcome == Outcome::violation || cell.result->outcome == Outcome::deadlock)
      if (std::string text = cell.name + ' ' + failed_verb(*cell.result);
          std::ranges::count(failed, text) == 0)
        failed.push_back(std::move(text));
  const bool any_other = std::ranges::any_of(view.cells, &CellView::ranked);
  std::string text = failed.empty() ? "every strategy did what it promises"
                                    : fmt::format("{}, as {}{}", listed(failed),
                                                  failed.size() == 1 ? "it says it can" : "they say they can",
                                                  any_other ? "; the others kept their promises" : "");
  if (!view.conclusions.gate) return text;
  const auto rows = [&view](GateFinding finding) {
    return static_cast<std::uint64_t>(
        std::ranges::count(view.conclusions.gate->rows, finding, &GateRow::finding));
  };
  const std::uint64_t undecided = rows(GateFinding::undecided);
  return fmt::format("{}; {} at most {} % slower than {}{}", text, counted(rows(GateFinding::held), "row"),
                     si_number(*view.comparison.plan.max_slowdown_percent), *view.comparison.plan.reference,
                     undecided == 0 ? "" : fmt::format(", {} undecided", undecided));
}

// ---- What follows from it.

// The first few of a kind, and how many more there are.
template <class Items, class Sentence>
void add_some(Texts& findings, const Items& items, std::string_view kind, Sentence sentence) {
  for (const auto& item : std::span(items).first(std::min(items.size(), kMostOfAKind)))
    findings.push_back(sentence(item));
  if (items.size() > kMostOfAKind)
    findings.push_back(counted(items.size() - kMostOfAKind, kind) + " of the kind beside these");
}

std::string flip_sentence(const CompareView& view, const Flip& flip) {
  const Config& config = view.cell(flip.winner).config;
  return fmt::format("{} overtakes {} from {}{}", view.cells[flip.winner].name, view.cells[flip.loser].name,
                     view.named_value(flip.dimension, config), at_text(view.setting(config, flip.dimension)));
}

std::string outlier_sentence(const CompareView& view, const Outlier& outlier) {
  const bool slower = outlier.factor < 1;
  return fmt::format("in round {} of {} {} was {:.1f} times as {} as its median", outlier.round + 1,
                     view.cell(outlier.cell).runs.size(), view.subject(outlier.cell),
                     slower ? 1 / outlier.factor : outlier.factor, slower ? "slow" : "fast");
}

void add_time_spent(CompareView& view) {
  Texts shares, uneven;
  for (const auto& [cell, waiting_share, fairness] : view.conclusions.time_spent) {
    shares.push_back(fmt::format("{} of {}'s", percent_text(waiting_share), view.cells[cell].name));
    if (fairness) uneven.push_back(fmt::format("{} ({:.2f})", view.cells[cell].name, *fairness));
  }
  if (shares.empty()) return;
  const std::string where =
      at_text(view.setting(view.config(view.conclusions.groups[view.conclusions.most_contended])));
  view.findings.push_back(fmt::format("waiting for locks took {} time{}", listed(shares), where));
  if (!uneven.empty())
    view.findings.push_back(
        fmt::format("threads were served unevenly{} (fairness, 1 is even): {}", where, listed(uneven)));
}

void add_ends(CompareView& view) {
  bool with_auditor = false;
  for (std::size_t i = 0; i < view.cells.size(); ++i) {
    const CellResult& cell = view.cell(i);
    if (cell.outcome == Outcome::failed)
      view.failures.push_back(fmt::format("{} could not be run: {}", view.subject(i), cell.failure));
    if (cell.ended_by)
      view.findings.push_back(view.subject(i) + ": " + end_words(*cell.ended_by, view.unicode).text);
    with_auditor = with_auditor || view.cells[i].outcome_more.find("auditor") != std::string::npos;
  }
  if (with_auditor)
    view.findings.emplace_back(
        "the auditor is one more thread, which now and then locks every account to add them up: with it even a single "
        "worker can deadlock");
}

// ---- The gate.

std::string undecided_sentence(const CompareView& view, const GateRow& row) {
  const ComparePlan& plan = view.comparison.plan;
  const std::string text =
      fmt::format("cannot tell whether {} is more than {} % slower than {}: ", view.subject(row.cell),
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
  for (const GateRow& row : gate.rows) {
    if (row.finding == GateFinding::undecided)
      (plan.undecided_fails ? view.failures : view.findings).push_back(undecided_sentence(view, row));
    if (row.finding == GateFinding::slower)
      view.failures.push_back(fmt::format("{} is {} times as fast as {}, where {} is the least",
                                          view.subject(row.cell), ratio_phrase(row.relative), *plan.reference,
                                          si_number(gate.bound)));
  }
  if (gate.verdict == GateFinding::nothing_checked)
    view.failures.emplace_back(
        "the gate checked nothing: no row has an interval of its ratio to the reference");
}

}  // namespace

std::string CompareView::subject(std::size_t i) const {
  return cells[i].name + at_text(setting(cell(i).config));
}

std::string failed_verb(const CellResult& cell) {
  if (cell.outcome == Outcome::ok && cell.runs.empty()) return "was not measured";
  return kOutcomeVerbs[static_cast<std::size_t>(cell.outcome)];
}

void put_into_sentences(CompareView& view) {
  view.verdict = verdict_of(view);
  view.promises = promises_of(view);
  if (view.cells.empty()) return;
  const Conclusions& said = view.conclusions;
  add_some(view.findings, said.flips, "change", [&](const Flip& flip) { return flip_sentence(view, flip); });
  add_some(view.findings, said.outliers, "round",
           [&](const Outlier& outlier) { return outlier_sentence(view, outlier); });
  add_time_spent(view);
  add_ends(view);
  if (said.gate) add_gate(view);
}

}  // namespace banksim
