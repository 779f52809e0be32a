// The sentences of all warnings, of a run and of a comparison alike.
#include "report/compare.hpp"
#include "report/report.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace banksim {
namespace {

// The numbers of one warning, by their names; 0 where there is none.
class Numbers {
 public:
  explicit Numbers(const Warning& warning) : numbers_(warning.numbers) {}

  bool has(const char* name) const { return numbers_.contains(name); }
  double operator[](const char* name) const { return has(name) ? numbers_.at(name) : 0; }
  std::uint64_t whole(const char* name) const { return static_cast<std::uint64_t>((*this)[name]); }
  std::string counted(const char* name, std::string_view thing) const {
    return banksim::counted(whole(name), thing);
  }

 private:
  const std::map<std::string, double>& numbers_;
};

std::string oversubscribed_text(const Numbers& numbers) {
  const std::string threads = numbers.has("most_threads")
                                  ? "up to " + numbers.counted("most_threads", "thread")
                                  : numbers.counted("threads", "thread");
  return fmt::format("{} on {}: latency includes waiting for a CPU", threads, numbers.counted("cpus", "CPU"));
}

std::string busy_text(const Numbers& numbers) {
  if (numbers.has("load"))
    return fmt::format("busy machine: load average {:.1f} on {} before the first run", numbers["load"],
                       numbers.counted("cpus", "CPU"));
  return fmt::format("busy machine: the runs got {:.0f} % of the processor time that they wanted",
                     100 * numbers["cpu_share"]);
}

// " at 2 threads", " in 3 of 4 settings"; empty where there is but one setting.
std::string where_text(std::uint64_t count, const Numbers& numbers) {
  const std::uint64_t settings = numbers.whole("settings");
  if (settings == 1) return "";
  if (count == settings) return fmt::format(" in all {} settings", settings);
  if (count > 1) return fmt::format(" in {} of {} settings", count, settings);
  std::vector<std::string> parts;
  if (numbers.has("threads")) parts.push_back(numbers.counted("threads", "thread"));
  if (numbers.has("accounts")) parts.push_back(numbers.counted("accounts", "account"));
  if (numbers.has("hold_yield")) parts.emplace_back("hold yield");
  if (numbers.has("hold_ns")) parts.push_back("hold " + duration_text(numbers["hold_ns"] * 1e-9));
  return fmt::format(" at {}", fmt::join(parts, ", "));
}

std::string no_reference_text(const std::string& reference, const Numbers& numbers) {
  static constexpr std::pair<const char*, const char*> kVerbs[] = {{"violation", "got the money wrong"},
                                                                   {"deadlock", "deadlocked"},
                                                                   {"stalled", "stalled"},
                                                                   {"timeout", "ran out of time"}};
  for (const auto& [outcome, verb] : kVerbs)
    if (numbers.has(outcome)) {
      const std::uint64_t count = numbers.whole(outcome);
      return fmt::format("the reference {} {}{}: nothing to compare with{}", reference, verb,
                         where_text(count, numbers), count < numbers.whole("settings") ? " there" : "");
    }
  return fmt::format("the reference {} failed", reference);
}

}  // namespace

std::string warning_text(const Warning& warning) {
  const Numbers numbers(warning);
  const std::string_view code = warning.code;
  if (code == "interrupted") return "interrupted: this is what there was";
  if (code == "sanitizer_build") return "sanitizer build: the timings mean nothing";
  if (code == "unoptimised_build") return "unoptimised build: the timings mean nothing";
  if (code == "nothing_done") return "every transfer was declined: the amounts exceed the balances";
  if (code == "oversubscribed") return oversubscribed_text(numbers);
  if (code == "busy_machine") return busy_text(numbers);
  if (code == "few_runs")
    return fmt::format("{} of each: too few for a 95 % interval of a median; -r {} or more",
                       numbers.counted("runs", "run"), numbers.whole("runs_needed"));
  if (code == "short_runs")
    return fmt::format("runs of {}: starting threads is part of that; raise --transfers",
                       duration_text(numbers["run_s"]));
  if (code == "no_reference") return no_reference_text(warning.subject, numbers);
  if (code == "repeated_value") return warning.subject + ": a value stands twice and is compared once";
  return warning.subject.empty() ? warning.code : warning.subject;  // of a record that is newer than we are
}

const Wording& wording() {
  static constexpr Wording kWording{&warning_text, &verdict_sentence, &finding_sentences, &failure_sentences};
  return kWording;
}

std::string github_annotation(std::string_view level, std::string_view message) {
  std::string line = fmt::format("::{} title=banksim::", level);
  for (const char c : message) {
    if (c == '%')
      line += "%25";
    else if (c == '\r')
      line += "%0D";
    else if (c == '\n')
      line += "%0A";
    else
      line += c;
  }
  return line;
}

}  // namespace banksim
