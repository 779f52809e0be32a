#include "cli/run_options.hpp"

#include "cli/log.hpp"
#include "cli/suggest.hpp"
#include "cli/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace banksim::cli {
namespace {

struct FormatName {
  std::string_view word;
  std::string_view suffix;
};
constexpr std::array<FormatName, 6> kFormats = {{{"text", ".txt"},
                                                 {"json", ".json"},
                                                 {"csv", ".csv"},
                                                 {"md", ".md"},
                                                 {"html", ".html"},
                                                 {"svg", ".svg"}}};

const FormatName& name_of(Format format) { return kFormats[static_cast<std::size_t>(format)]; }

Words words_of(const std::vector<Format>& formats) {
  Words words;
  for (const Format format : formats) words.emplace_back(name_of(format).word);
  return words;
}

std::string suffixes_of(const std::vector<Format>& formats) {
  Words suffixes;
  for (const Format format : formats) suffixes.emplace_back(name_of(format).suffix);
  return joined(suffixes, " ");
}

std::optional<Format> format_by_suffix(const std::string& path) {
  for (std::size_t i = 0; i < kFormats.size(); ++i)
    if (path.size() > kFormats[i].suffix.size() && path.ends_with(kFormats[i].suffix))
      return static_cast<Format>(i);
  return std::nullopt;
}

bool writes(const OutputOptions& options, Format format) {
  return std::ranges::find(options.formats, format) != options.formats.end();
}

void set_path(OutputOptions& options, const std::string& path) {
  if (path.empty()) throw ConfigError("the name of a file is missing");
  options.path = path;
}

Export parse_export(const OutputOptions& options, const std::string& path) {
  if (path == "-") return {Format::text, path};
  const std::optional<Format> format = format_by_suffix(path);
  if (!format || !writes(options, *format))
    throw ConfigError(fmt::format("'{}' has no suffix that says what to write: one of {}", path,
                                  suffixes_of(options.formats)));
  return {*format, path};
}

}  // namespace

Format format_of(const OutputOptions& options) {
  if (options.format) return *options.format;
  const std::optional<Format> format = format_by_suffix(options.path);
  if (format && !writes(options, *format))
    throw ConfigError(fmt::format("--output: '{}' is not among what this command writes: {}; or say --format",
                                  options.path, suffixes_of(options.formats)));
  return format.value_or(Format::text);
}

void Plan::settle() {
  constexpr nanoseconds kGrace = std::chrono::seconds{60};
  if (timeout) config.timeout = *timeout;
  if (!config.duration || timeout) return;
  config.timeout = *config.duration + kGrace;
  log("timeout: 60 s after --duration, for --timeout is not set");
}

void add_workload_options(Command& command, Plan& plan) {
  Config& config = plan.config;
  const auto set_amount = [&config](const std::string& text) {
    const AmountRange range = parse_amount(text);
    config.min_amount = range.min;
    config.max_amount = range.max;
  };
  const Group workload(command, "Workload");
  CLI::Option* transfers =
      workload.add("-n,--transfers", "N", "1m", "total over all threads", config.transfers, parse_count);
  exclude(workload.add("-d,--duration", "TIME", "", "run for a time instead of a count", config.duration,
                       parse_duration),
          transfers);
  workload.add("--balance", "N[,N...]", "1000", "opening balance; a list is dealt round", config.balance,
               parse_balance);
  workload.read("--amount", "MIN:MAX", "1:100", "of a transfer, uniform", set_amount);
  workload.add("--access", "PATTERN", "uniform", "uniform, zipf:S, hot:PCT:PCT", config.access, parse_access,
               {"uniform", "zipf:0.99", "hot:90:10"});
  workload.add("--think", "TIME", "0", "time between transfers, no lock held", config.think, parse_duration);
  workload.add("--seed", "N|random", "1", "same seed, same transfers", config.seed, parse_seed, {"random"});
}

void add_check_options(Command& command, Plan& plan) {
  const Group checks(command, "Checks and limits");
  Config& config = plan.config;
  checks.add("--audit", "TIME|off|each", "10ms", "live audits; each: by every worker after each transfer",
             config.audit, parse_audit, {"off", "each", "10ms"});
  checks.add("--timeout", "TIME", "60s", "hard bound on a run; after --duration", plan.timeout,
             parse_duration);
  checks.add("--stall", "TIME", "10s", "no transfer by anyone for so long: stalled", config.stall,
             parse_duration);
  checks.add("--slice", "TIME", "20ms", "a longer wait for a lock is checked for deadlock", config.slice,
             parse_duration);
}

void add_output_options(const Group& group, OutputOptions& options) {
  const Words words = words_of(options.formats);
  const bool are_few = words.size() <= 3;
  const auto format = [&options, words](const std::string& text) {
    return options.formats[parse_choice(text, words)];
  };
  group.add("-f,--format", are_few ? joined(words, "|") : "FORMAT", "text",
            are_few ? "what goes to the output" : "what goes to the output: " + joined(words), options.format,
            format, words);
  group.read("-o,--output", "FILE", "-", "-: stdout; without -f its suffix says the format",
             [&options](const std::string& path) { set_path(options, path); });
}

void add_progress_and_exports(const Group& group, OutputOptions& options) {
  group.read_each(
      "--export", "FILE", "once more, by suffix " + suffixes_of(options.formats) + "; repeatable",
      [&options](const std::string& path) { options.exports.push_back(parse_export(options, path)); });
  group.choose("--progress", "auto|always|never", "auto", "on stderr; auto: if it is a terminal",
               options.progress, {"auto", "always", "never"});
}

bool wants_progress(ProgressWish wish, bool quiet, bool is_terminal, const Environment& environment) {
  if (wish != ProgressWish::automatic) return wish == ProgressWish::always;
  return is_terminal && !quiet && !environment("CI");
}

}  // namespace banksim::cli
