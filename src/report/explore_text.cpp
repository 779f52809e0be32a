// An exploration for people: what was explored, a verdict, and the steps that lead to what was found.
#include "report/explain.hpp"
#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
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
  return parts_text(
      {{hit(e, "cancelled"), "interrupted"},
       {hit(e, "max_mutexes"), "it uses more than 16 mutexes: let its table be as large as the bank"},
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

// What a ladder proved: sizes that no other one contains, first the one that contains the most.
std::vector<ExploreSize> proved_sizes(const Exploration& e) {
  std::vector<ExploreSize> all, outermost;
  for (const ExploreRung& rung : e.rungs)
    if (rung.verdict == ExploreVerdict::proved || (e.passed_over && rung.bounds_hit.empty()))
      all.push_back(rung.size);
  const auto contained = [&all](const ExploreSize& size) {
    return std::ranges::count_if(all, [&size](const ExploreSize& other) { return contains(size, other); });
  };
  std::ranges::copy_if(all, std::back_inserter(outermost), [&all](const ExploreSize& size) {
    return std::ranges::none_of(
        all, [&size](const ExploreSize& other) { return size != other && contains(other, size); });
  });
  std::ranges::stable_sort(outermost, std::ranges::greater{}, contained);
  return outermost;
}

// Whether runs will finish, whatever happens, or only can at every moment.
std::string end_text(const Exploration& e) {
  if (!e.may_retry) return "every run will finish";
  return std::string("a run can still finish at every moment") +
         (e.can_refuse_for_ever == 0 ? ", and will if all get their turn and no free lock is refused" : "");
}

std::string refusal_text(const Exploration& e) {
  if (e.can_refuse_for_ever == 0) return "";
  return fmt::format("but {} can refuse each other for ever if the scheduler lets them",
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
    const std::vector<ExploreSize> proved = proved_sizes(e);
    const ExploreSize& largest = proved.front();
    std::vector<ExploreSize> also;
    std::string covers = "covers: amounts " + inputs_text(largest);
    for (const ExploreSize& size : proved)
      if (!same_inputs(size, largest))
        covers += fmt::format("; for {} also {}", size_text(size), inputs_text(size));
      else if (size != largest)
        also.push_back(size);
    double elapsed_s = 0;
    for (const ExploreRung& rung : e.rungs) elapsed_s += rung.elapsed_s;
    words.text = parts_text({up_to(largest), refusal}, "; ");
    below = {parts_text({{!also.empty(), "and for " + sizes_text(also)},
                         fmt::format("({}, {})", counted(e.rungs.size(), "size"), duration_text(elapsed_s))},
                        "  "),
             claim, covers};
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
                           : "assumes: mutexes work, each thread goes on sometime, no hidden state");
  if (!seeks) below.emplace_back("says nothing about larger banks");
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
    words.below.push_back("proved " + up_to(proved_sizes(e).front()));
  if (!e.not_searched.empty()) words.below.push_back("not searched: " + sizes_text(e.not_searched));
  return words;
}

// ---- What was found.

// Of a kind of finding: its word, what continues it, why it is so, and what helps.
struct KindWords {
  const char* word;
  const char* detail;
  const char* why;
  const char* fix;
};
constexpr const char* kLockLonger =
    "hold the lock of what is shared from before it is read until it is written.";
constexpr const char* kLostUpdate =
    "Two read the same balance, and the later write undoes the earlier one: an update is lost.";

// In the order of FindingKind.
constexpr KindWords kKinds[] = {
    {"DEADLOCK", "", "", ""},
    {"DATA RACE", " on {place}",
     "Two touch it at once, and one of them writes: what the other one read is out of date.", kLockLonger},
    {"UNLOCK", " of {place}, which it does not hold,",
     "Whoever does hold it is no longer alone with what it guards.",
     "unlock only what you locked: std::lock_guard<typename S::Mutex> does."},
    {"LOCK KEPT", " after the transfer, {whose},",
     "Nobody will ever unlock it, and the next one who wants it waits for ever.",
     "unlock what was locked, whatever happens: std::lock_guard<typename S::Mutex> does."},
    {"NEGATIVE BALANCE", " of {account}: {found},",
     "It was seen to have enough, and by the time it paid it had not.",
     "ask for the funds and take them under one lock."},
    {"WRONG TOTAL", ": {found} instead of {expected},", kLostUpdate, kLockLonger},
    {"WRONG ACCOUNTS", " under a right total: {should}", kLostUpdate, kLockLonger},
    {"WRONG AUDIT", ": the auditor found {found} instead of {expected},",
     "It added up while a transfer had taken from one account and not yet given to the other.",
     "let lock_all keep out every transfer."},
    {"LIVELOCK", ": a run that cannot finish any more,",
     "The steps marked 'for ever' lead back to where they began, and nothing that the others can do changes that.",
     "wait for a lock while holding none, or lock in one fixed order (--strategy ordered)."},
    {"UNJUST DECLINE", ": {account} could pay all the while,",
     "Funds were asked for where their lock was not held, or another account's were.",
     "ask for the source's funds under the lock that guards them."},
    {"TRY_LOCK", " of {place}, which it holds itself,", "C++ leaves open what that does.",
     "lock each mutex once: whoever holds it must not ask for it again."},
    {"LONGEST WAIT", ": a run in which nothing goes wrong,", "", ""},
};

const KindWords& words_of(const ExploreFinding& f) { return kKinds[static_cast<std::size_t>(f.kind)]; }

// What continues the word of a finding: " on account 0 in 3 steps".
std::string detail_text(const ExploreFinding& f) {
  const std::string account = fmt::format("account {}", index(f.account));
  const std::int64_t found = f.found.value_or(0), expected = f.expected.value_or(0);
  const std::string should =
      expected < 0
          ? fmt::format("the transfers that were done took {} more from {} than it had,", -expected, account)
          : fmt::format("{} has {} instead of {},", account, found, expected);
  return fmt::format(fmt::runtime(words_of(f).detail), fmt::arg("account", account),
                     fmt::arg("should", should),
                     fmt::arg("place", f.steps.empty() ? account : place_text(f.steps.back())),
                     fmt::arg("whose", f.account == kNoAccount ? "one of the strategy's own" : account),
                     fmt::arg("found", found), fmt::arg("expected", expected)) +
         fmt::format(" in {}", counted(f.steps.size(), "step"));
}

ExploreWords found(const Exploration& e, const ExploreFinding& f) {
  std::string text = detail_text(f) + (f.fewest_steps ? ", the fewest possible" : "");
  const std::string size =
      parts_text({{e.states > 0, counted(e.states, "state") + " searched"}, why_stopped(e)});
  if (!size.empty()) text += fmt::format(" ({})", size);
  const bool is_good = f.kind == FindingKind::longest_wait;
  ExploreWords words{is_good ? Tone::good : Tone::bad, words_of(f).word, text};
  if (e.findings.size() > 1)
    words.below.push_back(fmt::format("shown until the money is wrong: {}{}",
                                      words_of(e.findings.back()).word, detail_text(e.findings.back())));
  if (e.rungs.size() > 1 && !is_good)
    words.below.push_back(fmt::format("nothing at {} before it", counted(e.rungs.size() - 1, "size")));
  if (is_good && !e.replayed)
    words.below.emplace_back(
        "in no good run of these sizes do more workers wait at once; for a verdict leave out --find");
  return words;
}

// Why it is so, what helps, how the money ended, and how to see it again.
std::string explanation(const Exploration& e, std::size_t columns) {
  const ExploreFinding& first = e.findings.front();
  const ExploreFinding& shown = e.findings.back();
  const StrategyEntry* strategy = find_strategy(e.strategy);
  const std::string how = strategy == nullptr ? "" : std::string(strategy->how);
  std::string why = words_of(shown).why, fix = words_of(shown).fix;
  if (first.kind == FindingKind::deadlock && !first.cycle.empty()) {
    const Cycle cycle = cycle_of(e, first);
    why = cycle_why(cycle, e.limits.workers);
    fix = cycle_fix(cycle, e.strategy);
  }
  const bool is_good = first.kind == FindingKind::longest_wait;
  const auto by_chance = [](const ExploreStep& s) {
    return s.op == StepOp::try_lock_failed && s.held_by == kNobody;
  };
  const bool takes_several = std::ranges::any_of(
      shown.steps, [&shown](const ExploreStep& s) { return s.worker != shown.steps.front().worker; });
  const std::string text = block(
      8,
      {{"Why", is_good ? rule_text(strategy) : parts_text({how, why}, " ")},
       {"When",
        {takes_several && !is_good, "with this order of steps, or one like it: other runs may end well."}},
       {"Fix", fix},
       {"Chance",
        {std::ranges::any_of(shown.steps, by_chance), "a try_lock may fail for no reason: C++ allows it."}},
       {"Money", balances_text(e, shown.steps)}});
  const auto replay = [&e](const char* label, const ExploreFinding& f) {
    return fmt::format("  {:<8}banksim explore --strategy {} --replay {}\n", label, e.strategy, f.token);
  };
  return wrapped(text, columns) + (e.findings.size() > 1 ? replay("Race", first) : "") +
         replay("Replay", shown);
}

std::string verdict_text(const Exploration& e, const TextStyle& style, std::size_t columns) {
  const bool is_whole = e.verdict == ExploreVerdict::proved || (e.complete && e.passed_over);
  auto [tone, word, text, below] = !e.findings.empty() ? found(e, e.findings.front())
                                   : is_whole          ? nothing_found(e)
                                                       : inconclusive(e);
  if (e.findings.empty()) text.insert(0, "  ");
  if (style.quiet) return colored(word, tone, style) + text + '\n';
  const std::size_t indent = word.size() + (e.findings.empty() ? 2 : 1);
  for (const std::string& line : below) text += '\n' + std::string(indent, ' ') + line;
  text = wrapped(word + text, columns).substr(word.size());
  return colored(word, tone, style) + text + '\n';
}

}  // namespace

bool was_interrupted(const Exploration& e) { return e.findings.empty() && hit(e, "cancelled"); }

std::string explore_text(const Exploration& e, const TextStyle& style) {
  constexpr std::size_t kMost = 80;
  const std::size_t columns = style.columns == 0 ? kMost : std::min(kMost, style.columns);
  const std::string verdict = verdict_text(e, style, columns);
  if (style.quiet) return verdict;
  const ExploreLimits& limits = e.limits;
  const bool is_ladder = e.findings.empty() && !e.rungs.empty();
  const std::string size =
      is_ladder
          ? "sizes of workers x accounts x transfers"
          : parts_text({counted(limits.workers, "worker") + " x " + counted(limits.transfers, "transfer") +
                            (limits.auditor ? " + " + counted(limits.transfers, "audit") : ""),
                        counted(limits.accounts, "account")});
  const std::string heading = fmt::format("{}: {}, {}\n", e.strategy, size,
                                          e.replayed ? "one schedule, replayed" : "every pair of accounts");
  const std::string text = wrapped(heading, columns) + verdict;
  if (e.findings.empty()) {
    const std::string rule =
        e.verdict == ExploreVerdict::proved ? rule_text(find_strategy(e.strategy)) : std::string();
    return text + (rule.empty() ? "" : '\n' + wrapped(block(6, {{"Why", rule}}), columns));
  }
  const Steps& steps = e.findings.back().steps;
  const std::string errands =
      fmt::format("{}  every account opens with {}\n", errands_text(e, steps), grouped(limits.balance));
  return fmt::format("{}\n{}\n{}\n{}", text, wrapped(errands, columns), steps_text(e, steps, columns),
                     explanation(e, columns));
}

std::string explore_progress_line(const ExploreProgress& progress) {
  return fmt::format("{} states, {} waiting, depth {}", grouped(progress.states), grouped(progress.waiting),
                     progress.depth);
}

}  // namespace banksim
