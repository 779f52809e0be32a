// An exploration for people: what was explored, a verdict, and the steps that lead to what was found.
#include "report/explain.hpp"
#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace banksim {
namespace {

// A verdict: its word, the rest of its line, and what stands below.

struct ExploreWords {
  Tone tone;
  std::string word;
  std::string text;
  std::string below = {};  // lines
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

std::string sizes_text(const std::vector<ExploreSize>& sizes) {
  constexpr std::size_t kNamed = 4;
  const auto texts = texts_of(sizes, size_text);
  return sizes.size() > kNamed ? listed(texts, kNamed) : fmt::format("{}", fmt::join(texts, ", "));
}

std::string inputs_text(const ExploreSize& size) {
  return fmt::format("{} on accounts that open with {}{}",
                     listed(texts_of(size.amounts, [](Money amount) { return grouped(amount); })),
                     grouped(size.balance), size.self_transfers ? ", self-transfers" : "");
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
  const auto contained = [sizes = all](const ExploreSize& size) {
    return std::ranges::count_if(sizes, [&size](const ExploreSize& other) { return contains(size, other); });
  };
  std::ranges::stable_sort(all, std::ranges::greater{}, contained);
  for (const ExploreSize& size : all)
    if (std::ranges::none_of(outermost, [&](const ExploreSize& other) { return contains(other, size); }))
      outermost.push_back(size);
  return outermost;
}

// What was sought, where not anything.
std::string wanted_text(const Wanted& wanted) {
  constexpr auto kTexts = std::to_array<const char*>(  // in the order of Sought
      {"fault", "deadlock", "data race", "wrong total", "wrong account under a right total", "wrong audit",
       "negative balance", "trap", "run in which one waits for another"});
  return kTexts[static_cast<std::size_t>(wanted.what)] +
         (wanted.members > 0 ? " of " + counted(wanted.members, "thread") : "") +
         (wanted.through_auditor ? " with the auditor in it" : "");
}

std::string not_searched(const Exploration& e) {
  return e.not_searched.empty() ? "" : "not searched: " + sizes_text(e.not_searched);
}

std::string up_to(const ExploreSize& size) {
  return fmt::format("for up to {}, {}, {} each{}", counted(size.workers, "worker"),
                     counted(size.accounts, "account"), counted(size.transfers, "transfer"),
                     size.auditor ? ", with an auditor" : "");
}

// Nothing of what was looked for; and of everything, whether runs will finish, or only can at every moment.
std::string claim_of(const Exploration& e) {
  if (e.passed_over) return "no " + wanted_text(e.limits.find);
  const std::string end = !e.may_retry ? "every run will finish" : "a run can still finish at every moment";
  const bool is_fair = e.may_retry && e.can_refuse_for_ever == 0;
  return parts_text({"no deadlock, no race, no money lost; " + end,
                     {is_fair, "and will if all get their turn and no free lock is refused"}});
}

// Of one size: what was searched in it.
std::string searched_text(const Exploration& e) {
  return fmt::format("{}, {} interleavings  ({})\ncovers: amounts {}; {}", counted(e.states, "state"),
                     e.interleavings ? large(*e.interleavings) : "endless", duration_text(e.elapsed_s),
                     inputs_text(e.limits), e.limits.auditor ? "audits" : "no audits");
}

// Of a ladder: the sizes beside the largest, and what it claims of all of them.
std::string ladder_text(const Exploration& e, const std::vector<ExploreSize>& proved) {
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
  const std::string effort =
      fmt::format("({}, {})", counted(e.rungs.size(), "size"), duration_text(elapsed_s));
  return parts_text({parts_text({{!also.empty(), "and for " + sizes_text(also)}, effort}, "  "),
                     not_searched(e), claim_of(e), covers},
                    "\n");
}

ExploreWords nothing_found(const Exploration& e) {
  const bool seeks = e.passed_over;
  const std::vector<ExploreSize> proved = proved_sizes(e);
  const std::string refusal = fmt::format("but {} can refuse each other for ever if the scheduler lets them",
                                          counted(e.can_refuse_for_ever, "thread"));
  return {
      seeks ? Tone::undecided : Tone::good, seeks ? "NOT FOUND" : "PROVED",
      parts_text({proved.empty() ? claim_of(e) : up_to(proved.front()), {e.can_refuse_for_ever > 0, refusal}},
                 "; "),
      parts_text(
          {proved.empty() ? searched_text(e) : ladder_text(e, proved),
           {e.collisions_not_met,
            "warning: more locks or cells of its own than accounts, so two accounts that share one were never met"},
           {e.heap_not_seen, "warning: state that it hides on the heap is not seen by this program"},
           seeks ? "says nothing about other faults, which were passed over"
                 : "assumes: mutexes work, each thread goes on sometime, no hidden state",
           {!seeks, "says nothing about larger banks"}},
          "\n")};
}

ExploreWords inconclusive(const Exploration& e) {
  const auto& [done, declined, audited] = e.outcomes_seen;
  const std::vector<ExploreSize> proved = proved_sizes(e);
  return {
      Tone::undecided, "INCONCLUSIVE",
      parts_text({why_stopped(e),
                  {e.complete && !done, "no transfer was ever done"},
                  {e.complete && !declined, "no transfer was ever declined"},
                  {e.complete && e.limits.auditor && !audited, "no audit ever ended"}}),
      parts_text({fmt::format("nothing wrong in {}, which is no proof  ({})", counted(e.states, "state"),
                              duration_text(e.elapsed_s)),
                  proved.empty() || e.passed_over ? "" : "proved " + up_to(proved.front()), not_searched(e)},
                 "\n")};
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
     "Nobody will ever unlock it, and the next one who wants it waits for ever.", kUnlockAll},
    {"NEGATIVE BALANCE", " of {account}: {found},", "More was taken from it than it had.",
     "ask for the funds, and take them, under one lock."},
    {"WRONG TOTAL", ": {found} instead of {expected},", kLostUpdate, kLockLonger},
    {"WRONG ACCOUNTS", " under a right total: {should}", kLostUpdate, kLockLonger},
    {"WRONG AUDIT", ": the auditor found {found} instead of {expected},",
     "It was added up while a transfer had taken from one account and not yet given to the other.",
     "let lock_all keep out every transfer from its debit to its credit."},
    {"LIVELOCK", ": a run that cannot finish any more,",
     "The steps marked 'for ever' lead back to where they began, and nothing that the others can do changes that.",
     "wait for a lock while holding none, or lock in one fixed order (--strategy ordered)."},
    {"UNJUST DECLINE", ": {account} could pay all the while,",
     "It gave up too early, or asked for the funds where their lock was not held.",
     "decline only where the source's funds, read under the lock that guards them, are too small."},
    {"TRY_LOCK", " of {place}, which it holds itself,", "C++ leaves open what that does.", kLockOnce},
    {"LONGEST WAIT", ": a run in which nothing goes wrong,", "", ""},
};

// Somebody writes to an account what it has made of an older balance than there is.
bool loses_update(const ExploreFinding& finding) {
  std::map<std::pair<AccountId, WorkerId>, bool> is_outdated;
  for (const ExploreStep& step : finding.steps) {
    if (step.op == StepOp::read) is_outdated[{step.account, step.worker}] = false;
    if (step.op != StepOp::write) continue;
    if (is_outdated[{step.account, step.worker}]) return true;
    for (auto& [who, outdated] : is_outdated)
      if (who.first == step.account && who.second != step.worker) outdated = true;
  }
  return false;
}

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
  const bool is_good = f.kind == FindingKind::longest_wait;
  const std::string size =
      parts_text({{e.states > 0, counted(e.states, "state") + " searched"}, why_stopped(e)});
  return {
      is_good ? Tone::good : Tone::bad, words_of(f).word,
      detail_text(f) + (f.fewest_steps ? ", the fewest possible" : "") +
          (size.empty() ? "" : fmt::format(" ({})", size)),
      parts_text(
          {{e.findings.size() > 1,
            fmt::format("shown until the money is wrong: {}{}", words_of(e.findings.back()).word,
                        detail_text(e.findings.back()))},
           {e.rungs.size() > 1 && !is_good,
            fmt::format("nothing at {} before it", counted(e.rungs.size() - 1, "size"))},
           {is_good && !e.replayed,
            "in no good run of these sizes do more workers wait at once; for a verdict leave out --find"}},
          "\n")};
}

// Why it is so, what helps, how the money ended, and how to see it again.
std::string explanation(const Exploration& e, std::size_t columns) {
  const ExploreFinding& first = e.findings.front();
  const ExploreFinding& shown = e.findings.back();
  const StrategyEntry* strategy = find_strategy(e.strategy);
  const std::string how = strategy == nullptr ? "" : std::string(strategy->how);
  Advice advice{words_of(shown).why, words_of(shown).fix};
  if (advice.why == kLostUpdate && !loses_update(shown))
    advice = {"What the transfer wrote is not what it was to do.",
              "write to each account what it had, less or more the amount."};
  if (first.kind == FindingKind::deadlock && !first.cycle.empty())
    advice = cycle_advice(cycle_of(e, first), e.limits.workers, e.strategy);
  const bool is_good = first.kind == FindingKind::longest_wait;
  const auto by_chance = [](const ExploreStep& s) {
    return s.op == StepOp::try_lock_failed && s.held_by == kNobody;
  };
  const bool takes_several = std::ranges::any_of(
      shown.steps, [&shown](const ExploreStep& s) { return s.worker != shown.steps.front().worker; });
  const std::string text = block(
      8,
      {{"Why", is_good ? rule_text(strategy) : parts_text({how, advice.why}, " ")},
       {"When",
        {takes_several && !is_good, "with this order of steps, or one like it: other runs may end well."}},
       {"Fix", advice.fix},
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
  if (!below.empty()) text += '\n' + below;
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
    text.insert(at + 1, indent, ' ');
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
