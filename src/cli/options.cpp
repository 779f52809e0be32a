#include "cli/options.hpp"

#include "cli/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace banksim::cli {
namespace {

// Of a Format, in their order. A suffix is the name with a point, but of text.
const Words kFormats = {"text", "json", "csv", "md", "html", "svg"};
const Words kSuffixes = {".txt", ".json", ".csv", ".md", ".html", ".svg"};

Words chosen(const Words& words, const std::vector<Format>& formats) {
  Words result;
  for (const Format format : formats) result.push_back(words[static_cast<std::size_t>(format)]);
  return result;
}

std::string suffixes_of(const OutputOptions& options) {
  return joined(chosen(kSuffixes, options.formats), " ");
}

std::optional<Format> format_by_suffix(const std::string& path) {
  for (std::size_t i = 0; i < kSuffixes.size(); ++i)
    if (path.size() > kSuffixes[i].size() && path.ends_with(kSuffixes[i])) return static_cast<Format>(i);
  return std::nullopt;
}

bool writes(const OutputOptions& options, Format format) {
  return std::ranges::find(options.formats, format) != options.formats.end();
}

Export parse_export(const OutputOptions& options, const std::string& path) {
  if (path == "-") return {Format::text, path};
  const std::optional<Format> format = format_by_suffix(path);
  if (!format || !writes(options, *format))
    throw ConfigError(
        fmt::format("'{}' has no suffix that says what to write: one of {}", path, suffixes_of(options)));
  return {*format, path};
}

// As --format says, else the suffix of --output, else text.
Format format_of(const OutputOptions& options) {
  if (options.format) return *options.format;
  const std::optional<Format> format = format_by_suffix(options.path);
  if (format && !writes(options, *format))
    throw ConfigError(fmt::format("--output: '{}' is not among what this command writes: {}; or say --format",
                                  options.path, suffixes_of(options)));
  return format.value_or(Format::text);
}

// A file is written for later: whole, without colour, its lines as long as they are.
TextStyle style_for(bool to_terminal, bool is_main, const GeneralOptions& general) {
  return {.color = is_main && wants_color(general.color, to_terminal),
          .unicode = is_unicode_locale(),
          .quiet = is_main && general.quiet,
          .columns = to_terminal ? terminal_columns() : 0};
}

}  // namespace

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
  const Words words = chosen(kFormats, options.formats);
  const bool are_few = words.size() <= 3;
  const auto format = [&options, words](const std::string& text) {
    return options.formats[parse_choice(text, words)];
  };
  group.add("-f,--format", are_few ? joined(words, "|") : "FORMAT", "text",
            are_few ? "what goes to the output" : "what goes to the output: " + joined(words), options.format,
            format, words);
  group.add("-o,--output", "FILE", "-", "-: stdout; without -f its suffix says the format", options.path,
            parse_file);
}

void add_progress_and_exports(const Group& group, OutputOptions& options) {
  group.read_each(
      "--export", "FILE", "once more, by suffix " + suffixes_of(options) + "; repeatable",
      [&options](const std::string& path) { options.exports.push_back(parse_export(options, path)); });
  group.choose("--progress", "auto|always|never", "auto", "on stderr; auto: if it is a terminal",
               options.progress, {"auto", "always", "never"});
}

Documents::Documents(const OutputOptions& output, const GeneralOptions& general) {
  std::vector<NamedOutput> named{{"--output", output.path}};
  for (const Export& wanted : output.exports) named.push_back({"--export", wanted.path});
  refuse_one_file_for_two(named);
  const auto open = [&](const Export& wanted, bool is_main) {
    ResultStream stream(wanted.path);
    const TextStyle style = style_for(stream.is_terminal(), is_main, general);
    log_step(fmt::format("{} can be written", place_name(wanted.path)));
    documents_.push_back({wanted.format, wanted.path, std::move(stream), style});
  };
  const Format format = format_of(output);
  for (const Export& wanted : output.exports)
    if (wanted.path != "-") open(wanted, false);
  open({format, output.path}, true);
  for (const Export& wanted : output.exports)
    if (wanted.path == "-") open(wanted, false);
}

void Documents::write(const Render& render, const std::function<void()>& remark) {
  std::optional<OutputError> first;
  for (Document& document : documents_) {
    const Stopwatch watch;
    try {
      const std::string text = render(document.format, document.style);
      document.stream.write(text);
      log(fmt::format("{}: {} bytes, made and written in {:.3f} s", place_name(document.path), text.size(),
                      watch.seconds()));
    } catch (const OutputError& error) {
      if (first) print_error(error.what());
      if (!first) first = error;
    }
  }
  remark();
  if (first) throw *first;
}

}  // namespace banksim::cli
