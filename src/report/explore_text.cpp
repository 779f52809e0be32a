// An exploration for people: what was explored, a verdict, and the steps that lead to what was found.
#include "report/explore.hpp"
#include "report/explore_steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace banksim {

namespace {

// 2.4e9, and 3,408 where that is exact and short.
std::string large(double number) {
  if (number < 1e6) return grouped(static_cast<std::uint64_t>(number));
  const double exponent = std::floor(std::log10(number));
  return fmt::format("{:.1f}e{:.0f}", number / std::pow(10.0, exponent), exponent);
}

std::string headline(const Exploration& e) {
  const ExploreLimits& limits = e.limits;
  return fmt::format("{}: {} x {}{}, {} accounts, {}\n", e.strategy, counted(limits.workers, "worker"),
                     counted(limits.transfers, "transfer"),
                     limits.auditor ? " + " + counted(limits.transfers, "audit") : "", limits.accounts,
                     e.replayed ? "one schedule, replayed" : "every choice of transfer");
}

// ---- The verdict: its word, the rest of its line, and the lines below.

struct Verdict {
  Tone tone;
  std::string word;
  std::string text;                     // continues the line
  std::vector<std::string> below = {};  // left out when quiet
};

std::string took(const Exploration& e) { return fmt::format("  ({})", duration_text(e.elapsed_s)); }

Verdict proved(const Exploration& e) {
  const std::string interleavings = e.interleavings ? large(*e.interleavings) : "endless";
  return {Tone::good,
          "PROVED",
          fmt::format("  no deadlock, no race, no money lost, {}",
                      e.may_retry ? "may retry, can always finish" : "every run can finish"),
          {fmt::format("{}, {} interleavings{}", counted(e.states, "state"), interleavings, took(e)),
           "assumes: mutexes work, no hidden state; amounts 1 and 2; no larger banks"}};
}

bool hit(const Exploration& e, std::string_view bound) {
  return std::ranges::find(e.bounds_hit, bound) != e.bounds_hit.end();
}

std::vector<std::string> why_stopped(const Exploration& e) {
  std::vector<std::string> reasons;
  for (const auto& [bound, reason] :
       {std::pair("cancelled", "interrupted"), std::pair("max_states", "stopped by --max-states"),
        std::pair("max_memory", "stopped by --max-memory")})
    if (hit(e, bound)) reasons.emplace_back(reason);
  return reasons;
}

Verdict inconclusive(const Exploration& e) {
  std::vector<std::string> reasons = why_stopped(e);
  if (e.complete && !e.outcomes_seen.done) reasons.emplace_back("no transfer was ever done");
  if (e.complete && !e.outcomes_seen.declined) reasons.emplace_back("no transfer was ever declined");
  if (e.complete && e.limits.auditor && !e.outcomes_seen.audited) reasons.emplace_back("no audit ever ended");
  return {Tone::undecided,
          "INCONCLUSIVE",
          fmt::format("  {}", fmt::join(reasons, ", ")),
          {fmt::format("nothing wrong in {}, which is no proof{}", counted(e.states, "state"), took(e))}};
}

// The word, and what continues it.
std::pair<std::string, std::string> what_is_wrong(const ExploreFinding& f) {
  struct Wording {
    const char* word;
    const char* detail;
  };
  // In the order of FindingKind.
  constexpr Wording kWordings[] = {
      {"DEADLOCK", ""},
      {"DATA RACE", " on {place}"},
      {"UNLOCK", " of {place}, which it does not hold,"},
      {"LOCK KEPT", " after the transfer, {whose},"},
      {"NEGATIVE BALANCE", " of {account}: {found},"},
      {"WRONG TOTAL", ": {found} instead of {expected},"},
      {"WRONG LEDGER", ": {account} has {found} instead of {expected},"},
      {"WRONG AUDIT", ": the auditor found {found} instead of {expected},"},
      {"LIVELOCK", ": a run that cannot finish any more,"},
  };
  const Wording& wording = kWordings[static_cast<std::size_t>(f.kind)];
  const std::string account = fmt::format("account {}", index(f.account));
  return {wording.word,
          fmt::format(fmt::runtime(wording.detail), fmt::arg("account", account),
                      fmt::arg("place", f.steps.empty() ? account : place_text(f.steps.back())),
                      fmt::arg("whose", f.account == kNoAccount ? "one of the strategy's own" : account),
                      fmt::arg("found", f.found.value_or(0)), fmt::arg("expected", f.expected.value_or(0)))};
}

Verdict found(const Exploration& e, const ExploreFinding& f) {
  const auto [word, detail] = what_is_wrong(f);
  std::vector<std::string> reasons = why_stopped(e);
  if (e.states > 0) reasons.insert(reasons.begin(), counted(e.states, "state"));
  std::string text =
      fmt::format(" in {}{}", counted(f.steps.size(), "step"), f.fewest_steps ? ", the fewest possible" : "");
  if (!reasons.empty()) text += fmt::format(" ({})", fmt::join(reasons, ", "));
  return {Tone::bad, word, detail + text};
}

Verdict verdict_on(const Exploration& e) {
  if (!e.findings.empty()) return found(e, e.findings.front());
  return e.verdict == ExploreVerdict::proved ? proved(e) : inconclusive(e);
}

std::string verdict_text(Verdict verdict, const TextStyle& style) {
  const std::size_t indent = verdict.word.size() + 2;
  const std::size_t steps = verdict.text.rfind(" in ");
  if (!style.quiet && indent + verdict.text.size() > kExploreColumns && steps != std::string::npos)
    verdict.text.replace(steps, 1, "\n" + std::string(indent, ' '));
  std::string text = colored(verdict.word, verdict.tone, style) + verdict.text + '\n';
  if (style.quiet) return text;
  for (const std::string& line : verdict.below) text += std::string(indent, ' ') + line + '\n';
  return text;
}

}  // namespace

bool was_interrupted(const Exploration& e) { return e.findings.empty() && hit(e, "cancelled"); }

std::string explore_text(const Exploration& e, const TextStyle& style) {
  const std::string verdict = verdict_text(verdict_on(e), style);
  if (style.quiet) return verdict;
  if (e.findings.empty()) return headline(e) + verdict;
  const ExploreFinding& finding = e.findings.front();
  return fmt::format("{}{}\n{}\n  replay  banksim explore --strategy {} --replay {}\n", headline(e), verdict,
                     steps_text(e, finding), e.strategy, finding.token);
}

std::string explore_progress_line(const ExploreProgress& progress) {
  return fmt::format("{} states, {} waiting, depth {}", grouped(progress.states), grouped(progress.waiting),
                     progress.depth);
}

}  // namespace banksim
