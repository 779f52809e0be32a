#include "cli/compare_options.hpp"

#include "cli/suggest.hpp"
#include "cli/values.hpp"
#include "registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <utility>

namespace banksim::cli {
namespace {

template <class Parse>
auto parse_each(std::string_view text, Parse parse) {
  std::vector<decltype(parse(text))> values;
  for (const std::string_view item : parse_list(text)) values.push_back(parse(item));
  return values;
}

template <class T, class Parse>
auto list_into(std::vector<T>& target, Parse parse) {
  return [&target, parse](const std::string& text) { target = parse_each(text, parse); };
}

// A name, `all` of them, or the `safe` ones: that cannot deadlock and keep the money right.
std::vector<std::string> parse_strategies(std::string_view text) {
  std::vector<std::string> names;
  for (const std::string_view item : parse_list(text)) {
    if (item != "all" && item != "safe") {
      names.push_back(parse_strategy(item));
      continue;
    }
    for (const StrategyEntry& entry : strategies())
      if (item == "all" || (entry.deadlock_free && entry.conserves_money)) names.emplace_back(entry.name);
  }
  return names;
}

Export parse_export(const std::string& path) {
  static constexpr std::array<std::pair<std::string_view, ExportFormat>, 5> kSuffixes = {
      {{".json", ExportFormat::json},
       {".csv", ExportFormat::csv},
       {".md", ExportFormat::markdown},
       {".html", ExportFormat::html},
       {".svg", ExportFormat::svg}}};
  for (const auto& [suffix, format] : kSuffixes)
    if (path.size() > suffix.size() && path.ends_with(suffix)) return {format, path};
  throw ConfigError("'" + path + "' has no suffix that says what to write: .json, .csv, .md, .html or .svg");
}

double parse_percent(std::string text) {
  if (text.ends_with('%')) text.pop_back();
  return parse_decimal(text);
}

// Scripts make lists as "1,2,$(nproc)". The same cells twice would tell nothing more; a strategy may stand
// twice, to be compared with itself.
template <class T, class Key>
void drop_repeated(std::vector<T>& values, const char* option, Key key, std::vector<Warning>& warnings) {
  std::vector<T> kept;
  for (const T& value : values)
    if (std::ranges::find(kept, key(value), key) == kept.end()) kept.push_back(value);
  if (kept.size() < values.size()) warnings.push_back({"repeated_value", option, {}});
  values = std::move(kept);
}

OptionGroup subject_lists(CompareOptions& options) {
  ComparePlan& plan = options.compare;
  std::vector<std::string> choices = strategy_names();
  choices.insert(choices.end(), {"all", "safe"});
  return {"What is compared",
          {
              {.names = "-s,--strategy",
               .value = "LIST",
               .fallback = "safe",
               .help = joined(choices),
               .choices = choices,
               .set = [&plan](const std::string& text) { plan.strategies = parse_strategies(text); }},
              {.names = "-t,--threads",
               .value = "LIST",
               .fallback = "8",
               .help = "1 to 4096 each",
               .set = list_into(plan.threads, parse_count_32)},
              {.names = "-a,--accounts",
               .value = "LIST",
               .fallback = "1000",
               .help = "at least 2 each",
               .set = list_into(plan.accounts, parse_count_32)},
              {.names = "--hold",
               .value = "LIST",
               .fallback = "0",
               .help = "TIME or yield, between debit and credit",
               .choices = {"0", "yield"},
               .set = list_into(plan.holds, parse_hold)},
              {.names = "--reference",
               .value = "NAME",
               .help = "compared with; else the fastest of those that are right",
               .choices = strategy_names(),
               .set = [&plan](const std::string& text) { plan.reference = parse_strategy(text); }},
          }};
}

OptionGroup round_options(CompareOptions& options) {
  ComparePlan& plan = options.compare;
  const auto set_runs = [&options](const std::string& text) {
    options.compare.runs = parse_count_32(text);
    options.runs_given = true;
  };
  return {"Rounds",
          {
              {.names = "-r,--runs",
               .value = "N",
               .help = "measured runs of each; else 10, and up to 50 of short ones",
               .set = set_runs},
              {.names = "-w,--warmup",
               .value = "N",
               .fallback = "1",
               .help = "runs of each that are not measured",
               .set = [&plan](const std::string& text) { plan.warmup = parse_count_32(text); }},
          }};
}

OptionGroup judge_options(CompareOptions& options) {
  ComparePlan& plan = options.compare;
  static const std::vector<std::string> undecided = {"pass", "fail"};
  return {"Gate",
          {
              {.names = "--max-slowdown",
               .value = "PCT",
               .help = "exit 6 if a strategy is slower than the --reference by more",
               .set = [&plan](const std::string& text) { plan.max_slowdown_percent = parse_percent(text); }},
              {.names = "--undecided",
               .value = joined(undecided, "|"),
               .fallback = "pass",
               .help = "what follows where the runs cannot tell; fail: exit 5",
               .choices = undecided,
               .set =
                   [&plan](const std::string& text) {
                     plan.undecided_fails = parse_choice(text, undecided) == 1;
                   }},
          }};
}

OptionGroup output_options(CompareOptions& options) {
  return {"Output",
          {format_option(options.output, {"text", "json", "csv"}),
           path_option(options.output),
           {.names = "--export",
            .value = "FILE",
            .help = "by suffix .json .csv .md .html .svg; repeatable",
            .is_path = true,
            .repeatable = true,
            .set = [&options](const std::string& text) { options.exports.push_back(parse_export(text)); }},
           progress_option(options.output)}};
}

}  // namespace

void CompareOptions::settle() {
  plan.settle();
  compare.base = plan.config;
  if (compare.strategies.empty()) compare.strategies = parse_strategies("safe");
  if (compare.threads.empty()) compare.threads = {plan.config.threads};
  if (compare.accounts.empty()) compare.accounts = {plan.config.accounts};
  if (compare.holds.empty()) compare.holds = {plan.config.hold};
  drop_repeated(compare.threads, "--threads", std::identity{}, warnings);
  drop_repeated(compare.accounts, "--accounts", std::identity{}, warnings);
  drop_repeated(
      compare.holds, "--hold",
      [](const Hold& hold) { return hold.yield ? std::nullopt : std::optional(hold.spin); }, warnings);
  if (!runs_given) {
    compare.runs = kUsualRuns;
    compare.min_time = kUsualMinTime;
  }
}

std::vector<OptionGroup> compare_option_groups(CompareOptions& options) {
  return {subject_lists(options),          round_options(options), workload_options(options.plan),
          check_options(options.plan),     judge_options(options), output_options(options),
          general_options(options.general)};
}

}  // namespace banksim::cli
