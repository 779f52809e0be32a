// The sentences of all warnings, of a run and of a comparison alike.
#include "report/report.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace banksim {
namespace {

bool has(const Warning& warning, const char* name) { return warning.numbers.contains(name); }

double number(const Warning& warning, const char* name) {
  return has(warning, name) ? warning.numbers.at(name) : 0;
}

std::uint64_t whole(const Warning& warning, const char* name) {
  return static_cast<std::uint64_t>(number(warning, name));
}

std::string count_of(const Warning& warning, const char* name, std::string_view thing) {
  return counted(whole(warning, name), thing);
}

// " at 2 threads", " in 3 of 4 settings"; empty where there is but one setting.
std::string where_text(const Warning& warning, std::uint64_t count) {
  const std::uint64_t settings = whole(warning, "settings");
  if (settings == 1) return "";
  if (count == settings) return fmt::format(" in all {} settings", settings);
  if (count > 1) return fmt::format(" in {} of {} settings", count, settings);
  return " at " +
         parts_text({{has(warning, "threads"), count_of(warning, "threads", "thread")},
                     {has(warning, "accounts"), count_of(warning, "accounts", "account")},
                     {has(warning, "mutex"),
                      fmt::format("mutex {}", to_string(static_cast<MutexKind>(whole(warning, "mutex"))))},
                     {has(warning, "hold_yield"), "hold yield"},
                     {has(warning, "hold_ns"), "hold " + duration_text(number(warning, "hold_ns") * 1e-9)}});
}

std::string no_reference_text(const Warning& warning) {
  for (const Outcome outcome : {Outcome::violation, Outcome::deadlock, Outcome::stalled, Outcome::timeout,
                                Outcome::crashed, Outcome::failed})
    if (const std::uint64_t count = whole(warning, to_string(outcome)); count > 0)
      return fmt::format("the reference {} {}{}: nothing to compare with{}", warning.subject,
                         kOutcomeVerbs[static_cast<std::size_t>(outcome)], where_text(warning, count),
                         count < whole(warning, "settings") ? " there" : "");
  return fmt::format("the reference {} failed", warning.subject);
}

}  // namespace

std::string warning_text(const Warning& warning) {
  const std::string_view code = warning.code;
  if (code == "interrupted") return "interrupted: this is what there was";
  if (code == "sanitizer_build") return "sanitizer build: the timings mean nothing";
  if (code == "unoptimised_build") return "unoptimised build: the timings mean nothing";
  if (code == "nothing_done") return "every transfer was declined: the amounts exceed the balances";
  if (code == "oversubscribed")
    return fmt::format("{} on {}: latency includes waiting for a CPU",
                       has(warning, "threads") ? count_of(warning, "threads", "thread")
                                               : "up to " + count_of(warning, "most_threads", "thread"),
                       count_of(warning, "cpus", "CPU"));
  if (code == "paused" && has(warning, "runs"))
    return count_of(warning, "runs", "run") + " repeated after a pause: only the second is counted";
  if (code == "paused")
    return fmt::format("paused {}: not counted, but a latency or a long wait may contain some of it",
                       duration_text(number(warning, "paused_s")));
  if (code == "throttled")
    return fmt::format("throttled: a quota of {:.3g} CPUs was used up in {} of {}",
                       number(warning, "quota_cpus"), grouped(whole(warning, "throttled_periods")),
                       count_of(warning, "periods", "period"));
  if (code == "starved")
    return fmt::format("busy machine: others had {:.1f} of {}, the run {:.0f} % of what it could have used",
                       number(warning, "other_cpus"), count_of(warning, "cpus", "CPU"),
                       100 * number(warning, "cpu_share"));
  if (code == "late")
    return fmt::format("busy machine: the supervisor was late by {}",
                       duration_text(number(warning, "late_s")));
  if (code == "busy_machine" && has(warning, "load"))
    return fmt::format("busy machine: load average {:.1f} on {} before the first run",
                       number(warning, "load"), count_of(warning, "cpus", "CPU"));
  if (code == "busy_machine")
    return fmt::format("busy machine: the runs got {:.0f} % of the processor time that they wanted",
                       100 * number(warning, "cpu_share"));
  if (code == "few_runs")
    return fmt::format("{} of each: too few for a 95 % interval of a median; -r {} or more",
                       count_of(warning, "runs", "run"), whole(warning, "runs_needed"));
  if (code == "short_runs")
    return fmt::format("runs of {}: starting threads is part of that; raise --transfers",
                       duration_text(number(warning, "run_s")));
  if (code == "no_reference") return no_reference_text(warning);
  if (code == "strategy_printed")
    return fmt::format("{} printed {}: {} above", warning.subject.empty() ? "the strategy" : warning.subject,
                       count_of(warning, "bytes", "byte"),
                       whole(warning, "bytes") > whole(warning, "shown")
                           ? "at most " + grouped(whole(warning, "shown")) + " of a run stand"
                           : "it stands");
  if (code == "repeated_value") return warning.subject + ": a value stands twice and is compared once";
  return warning.subject.empty() ? warning.code : warning.subject;  // of a record that is newer than we are
}

const Wording& wording() {
  static constexpr Wording kWording{&warning_text, &verdict_sentence, &finding_sentences, &failure_sentences,
                                    &check_row_text};
  return kWording;
}

}  // namespace banksim
