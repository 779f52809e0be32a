// An exploration for people: what was explored, a verdict, and the steps that lead to what was found.
#include "report/explore_steps.hpp"
#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace banksim {
namespace {

// A verdict: its word, the rest of its line, and what stands below.

struct ExploreWords {
  Tone tone;
  std::string word;
  std::string text;
  std::vector<std::string> below = {};
};

// 2.4e9, and 3,408 where that is exact and short.
std::string large(double number) {
  if (number < 1e6) return grouped(static_cast<std::uint64_t>(number));
  const double exponent = std::floor(std::log10(number));
  return fmt::format("{:.1f}e{:.0f}", number / std::pow(10.0, exponent), exponent);
}

bool hit(const Exploration& e, std::string_view bound) {
  return std::ranges::find(e.bounds_hit, bound) != e.bounds_hit.end();
}

std::string why_stopped(const Exploration& e) {
  return parts_text({{hit(e, "cancelled"), "interrupted"},
                     {hit(e, "max_mutexes"), "it uses more than 16 mutexes"},
                     {hit(e, "max_operations"), "a transfer makes more than 500 operations"},
                     {hit(e, "max_local_states"), "its transfers have too many states of their own"},
                     {hit(e, "max_states"), "stopped by --max-states"},
                     {hit(e, "max_memory"), "stopped by --max-memory"}});
}

// "3x3x1+auditor".
std::string size_text(const ExploreSize& size) {
  return fmt::format("{}x{}x{}{}", size.workers, size.accounts, size.transfers,
                     size.auditor ? "+auditor" : "");
}

// The first few.
std::string sizes_text(const std::vector<ExploreSize>& sizes) {
  constexpr std::size_t kNamed = 4;
  std::vector<std::string> texts;
  for (const ExploreSize& size : sizes)
    if (texts.size() < kNamed) texts.push_back(size_text(size));
  const std::size_t more = sizes.size() - texts.size();
  return fmt::format("{}{}", fmt::join(texts, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

std::string inputs_text(const ExploreSize& size) {
  std::vector<std::string> amounts;
  for (const Money amount : size.amounts) amounts.push_back(grouped(amount));
  const std::string last = amounts.back();
  amounts.pop_back();
  return fmt::format("{}{}{} on accounts that open with {}{}", fmt::join(amounts, ", "),
                     amounts.empty() ? "" : " and ", last, grouped(size.balance),
                     size.self_transfers ? ", self-transfers" : "");
}

bool same_inputs(const ExploreSize& a, const ExploreSize& b) {
  return a.amounts == b.amounts && a.balance == b.balance;
}

// Whether all of the smaller size is in the other one too.
bool contains(const ExploreSize& larger, const ExploreSize& smaller) {
  return larger.workers >= smaller.workers && larger.accounts >= smaller.accounts &&
         larger.transfers >= smaller.transfers && larger.auditor >= smaller.auditor &&
         same_inputs(larger, smaller);
}

// What a ladder proved: the size that contains most of the others, and those that none contains.
struct ProvedSizes {
  ExploreSize largest;
  std::vector<ExploreSize> also = {};
  std::vector<ExploreSize> with_others = {};  // with inputs of their own
  double elapsed_s = 0;
};

ProvedSizes proved_sizes(const Exploration& e) {
  std::vector<ExploreSize> all;
  ProvedSizes proved;
  for (const ExploreRung& rung : e.rungs) {
    proved.elapsed_s += rung.elapsed_s;
    if (rung.verdict == ExploreVerdict::proved || (e.passed_over && rung.bounds_hit.empty()))
      all.push_back(rung.size);
  }
  const auto contained = [&all](const ExploreSize& size) {
    return std::ranges::count_if(all, [&size](const ExploreSize& other) { return contains(size, other); });
  };
  proved.largest = *std::ranges::max_element(all, {}, contained);
  for (const ExploreSize& size : all) {
    const bool is_within = std::ranges::any_of(
        all, [&size](const ExploreSize& other) { return size != other && contains(other, size); });
    if (is_within || size == proved.largest) continue;
    (same_inputs(size, proved.largest) ? proved.also : proved.with_others).push_back(size);
  }
  return proved;
}

// What does not end, if anything does not.
std::string end_text(const Exploration& e) {
  if (!e.may_retry) return "every run finishes";
  if (e.can_refuse_for_ever == 0) return "may retry, ends if all get their turn and no free lock is refused";
  return "may retry";
}

std::string refusal_text(const Exploration& e) {
  if (e.can_refuse_for_ever == 0) return "";
  return fmt::format("no trap; but {} can refuse each other for ever if the scheduler lets them",
                     counted(e.can_refuse_for_ever, "thread"));
}

// What was sought, where not anything.
std::string wanted_text(const Wanted& wanted) {
  // In the order of Sought.
  constexpr const char* kTexts[] = {"fault",
                                    "deadlock",
                                    "data race",
                                    "wrong total",
                                    "wrong account under a right total",
                                    "wrong audit",
                                    "negative balance",
                                    "trap",
                                    "run in which one waits for another"};
  return kTexts[static_cast<std::size_t>(wanted.what)] +
         (wanted.members > 0 ? " of " + counted(wanted.members, "thread") : "") +
         (wanted.through_auditor ? " with the auditor in it" : "");
}

std::string up_to(const ExploreSize& size) {
  return fmt::format("for up to {}, {}, {} each{}", counted(size.workers, "worker"),
                     counted(size.accounts, "account"), counted(size.transfers, "transfer"),
                     size.auditor ? ", with an auditor" : "");
}

// Nothing wrong, or nothing of what was sought, in all that was to be searched.
ExploreWords nothing_found(const Exploration& e) {
  const bool seeks = e.passed_over;
  const std::string refusal = refusal_text(e);
  const std::string claim =
      seeks ? "no " + wanted_text(e.limits.find) : "no deadlock, no race, no money lost; " + end_text(e);
  ExploreWords words{seeks ? Tone::undecided : Tone::good, seeks ? "NOT FOUND" : "PROVED", {}};
  std::vector<std::string>& below = words.below;
  if (e.rungs.empty()) {
    words.text = parts_text({claim, refusal}, "; ");
    below = {fmt::format("{}, {} interleavings  ({})", counted(e.states, "state"),
                         e.interleavings ? large(*e.interleavings) : "endless", duration_text(e.elapsed_s)),
             fmt::format("covers: amounts {}; {}", inputs_text(e.limits),
                         e.limits.auditor ? "audits" : "no audits")};
  } else {
    const ProvedSizes proved = proved_sizes(e);
    words.text = parts_text({up_to(proved.largest), refusal}, "; ");
    below = {parts_text(
                 {{!proved.also.empty(), "and for " + sizes_text(proved.also)},
                  fmt::format("({}, {})", counted(e.rungs.size(), "size"), duration_text(proved.elapsed_s))},
                 "  "),
             claim, "covers: amounts " + inputs_text(proved.largest)};
    for (const ExploreSize& size : proved.with_others)
      below.back() += fmt::format("; for {} also {}", size_text(size), inputs_text(size));
    if (!e.not_searched.empty())
      below.insert(below.begin() + 1, "not searched: " + sizes_text(e.not_searched));
  }
  if (e.collisions_not_met)
    below.emplace_back(
        "warning: more locks or cells of its own than accounts, so two accounts that share one "
        "were never met");
  if (e.heap_not_seen)
    below.emplace_back("warning: state that it hides on the heap is not seen by this program");
  below.emplace_back(seeks ? "says nothing about other faults, which were passed over"
                           : "assumes: mutexes work, each thread goes on sometime, no hidden state; "
                             "says nothing about larger banks");
  return words;
}

ExploreWords inconclusive(const Exploration& e) {
  const auto& [done, declined, audited] = e.outcomes_seen;
  const std::string why = parts_text({why_stopped(e),
                                      {e.complete && !done, "no transfer was ever done"},
                                      {e.complete && !declined, "no transfer was ever declined"},
                                      {e.complete && e.limits.auditor && !audited, "no audit ever ended"}});
  ExploreWords words{Tone::undecided, "INCONCLUSIVE", why};
  words.below = {"nothing wrong in " + counted(e.states, "state") + ", which is no proof  (" +
                 duration_text(e.elapsed_s) + ")"};
  const auto is_proved = [](const ExploreRung& rung) { return rung.verdict == ExploreVerdict::proved; };
  if (std::ranges::any_of(e.rungs, is_proved))
    words.below.push_back("proved " + up_to(proved_sizes(e).largest));
  if (!e.not_searched.empty()) words.below.push_back("not searched: " + sizes_text(e.not_searched));
  return words;
}

ExploreWords found(const Exploration& e, const ExploreFinding& f) {
  // In the order of FindingKind: the word, and what continues it.
  static constexpr std::pair<const char*, const char*> kKinds[] = {
      {"DEADLOCK", ""},
      {"DATA RACE", " on {place}"},
      {"UNLOCK", " of {place}, which it does not hold,"},
      {"LOCK KEPT", " after the transfer, {whose},"},
      {"NEGATIVE BALANCE", " of {account}: {found},"},
      {"WRONG TOTAL", ": {found} instead of {expected},"},
      {"WRONG LEDGER", ": {account} has {found} instead of {expected},"},
      {"WRONG AUDIT", ": the auditor found {found} instead of {expected},"},
      {"LIVELOCK", ": a run that cannot finish any more,"},
      {"UNJUST DECLINE", ": {account} could pay all the while,"},
      {"TRY_LOCK", " of {place}, which it holds itself,"},
      {"LONGEST WAIT", ": a run in which nothing goes wrong,"},
  };
  const auto& [word, detail] = kKinds[static_cast<std::size_t>(f.kind)];
  const std::string account = fmt::format("account {}", index(f.account));
  std::string text =
      fmt::format(fmt::runtime(detail), fmt::arg("account", account),
                  fmt::arg("place", f.steps.empty() ? account : place_text(f.steps.back())),
                  fmt::arg("whose", f.account == kNoAccount ? "one of the strategy's own" : account),
                  fmt::arg("found", f.found.value_or(0)), fmt::arg("expected", f.expected.value_or(0)));
  text +=
      fmt::format(" in {}{}", counted(f.steps.size(), "step"), f.fewest_steps ? ", the fewest possible" : "");
  const std::string size = parts_text({{e.states > 0, counted(e.states, "state")}, why_stopped(e)});
  if (!size.empty()) text += fmt::format(" ({})", size);
  const bool is_good = f.kind == FindingKind::longest_wait;
  ExploreWords words{is_good ? Tone::good : Tone::bad, word, text};
  if (e.rungs.size() > 1 && !is_good)
    words.below.push_back(fmt::format("nothing at {} before it", counted(e.rungs.size() - 1, "size")));
  if (is_good && !e.replayed)
    words.below.emplace_back("no good run has more workers wait at once; for a verdict leave out --find");
  return words;
}

std::string verdict_text(const Exploration& e, const TextStyle& style) {
  const bool is_whole = e.verdict == ExploreVerdict::proved || (e.complete && e.passed_over);
  auto [tone, word, text, below] = !e.findings.empty() ? found(e, e.findings.front())
                                   : is_whole          ? nothing_found(e)
                                                       : inconclusive(e);
  if (e.findings.empty()) text.insert(0, "  ");
  if (style.quiet) return colored(word, tone, style) + text + '\n';
  const std::size_t indent = word.size() + (e.findings.empty() ? 2 : 1);
  for (const std::string& line : below) text += '\n' + std::string(indent, ' ') + line;
  text = wrapped(word + text, kExploreColumns).substr(word.size());
  return colored(word, tone, style) + text + '\n';
}

}  // namespace

bool was_interrupted(const Exploration& e) { return e.findings.empty() && hit(e, "cancelled"); }

std::string explore_text(const Exploration& e, const TextStyle& style) {
  const std::string verdict = verdict_text(e, style);
  if (style.quiet) return verdict;
  const ExploreLimits& limits = e.limits;
  const bool is_ladder = e.findings.empty() && !e.rungs.empty();
  const std::string size =
      is_ladder
          ? "sizes of workers x accounts x transfers"
          : parts_text({counted(limits.workers, "worker") + " x " + counted(limits.transfers, "transfer") +
                            (limits.auditor ? " + " + counted(limits.transfers, "audit") : ""),
                        counted(limits.accounts, "account")});
  const std::string text =
      fmt::format("{}: {}, {}\n{}", e.strategy, size,
                  e.replayed ? "one schedule, replayed" : "every choice of transfer", verdict);
  if (e.findings.empty()) return text;
  const ExploreFinding& finding = e.findings.front();
  return fmt::format(
      "{}\n{}  every account opens with {}\n\n{}\n  replay  banksim explore --strategy {} --replay {}\n",
      text, errands_text(e, finding.steps), grouped(limits.balance), steps_text(e, finding.steps), e.strategy,
      finding.token);
}

std::string explore_progress_line(const ExploreProgress& progress) {
  return fmt::format("{} states, {} waiting, depth {}", grouped(progress.states), grouped(progress.waiting),
                     progress.depth);
}

}  // namespace banksim
