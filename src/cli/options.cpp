#include "cli/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace banksim::cli {
namespace {

// Of a Format, in their order. A suffix is the name with a point, but of text.
const Words kFormats = {"text", "json", "csv", "md", "html", "svg", "mmd", "junit"};
const Words kSuffixes = {".txt", ".json", ".csv", ".md", ".html", ".svg", ".mmd", ".xml"};

Words chosen(const Words& words, const OutputOptions& options) {
  Words result;
  for (const Format format : options.formats) result.push_back(words[static_cast<std::size_t>(format)]);
  return result;
}

std::string suffixes_of(const OutputOptions& options) { return joined(chosen(kSuffixes, options), " "); }

std::optional<Format> format_by_suffix(const std::string& path) {
  for (std::size_t i = 0; i < kSuffixes.size(); ++i)
    if (path.size() > kSuffixes[i].size() && path.ends_with(kSuffixes[i])) return static_cast<Format>(i);
  return std::nullopt;
}

bool writes(const OutputOptions& options, std::optional<Format> format) {
  return std::ranges::find(options.formats, format) != options.formats.end();
}

Export parse_export(const OutputOptions& options, const std::string& path) {
  if (path == "-") return {Format::text, path};
  const std::optional<Format> format = format_by_suffix(path);
  if (!writes(options, format))
    throw ConfigError(
        fmt::format("'{}' has no suffix that says what to write: one of {}", path, suffixes_of(options)));
  return {*format, path};
}

// As --format says, else the suffix of --output, else text.
Format format_of(const OutputOptions& options) {
  const std::optional<Format> format = options.format ? options.format : format_by_suffix(options.path);
  if (format && !writes(options, format))
    throw ConfigError(fmt::format("--output: '{}' is not among what this command writes: {}; or say --format",
                                  options.path, suffixes_of(options)));
  return format.value_or(Format::text);
}

}  // namespace

std::uint64_t usual_memory_bytes() {
  const std::uint64_t most = ExploreLimits{}.max_memory_bytes, available = available_memory_bytes();
  return available == 0 ? most : std::min(most, available / 8 * 7);
}

bool is_on_github() { return environment("GITHUB_ACTIONS").value_or("") == "true"; }

void print_remark(const char* level, std::string message) {
  if (message.ends_with('\n')) message.pop_back();
  if (is_on_github()) return print_text(github_annotation(level, message) + "\n");
  std::string_view(level) == "error" ? print_error(message) : print_warning(message);
}

void settle_timeout(Config& config, std::optional<nanoseconds> timeout) {
  constexpr nanoseconds kGrace = std::chrono::seconds{60};
  if (timeout) config.timeout = *timeout;
  if (!config.duration || timeout) return;
  config.timeout = *config.duration + kGrace;
  log("timeout: 60 s after --duration, for --timeout is not set");
}

void add_workload_options(Command& command, Config& config, std::optional<nanoseconds>& timeout) {
  const auto set_amount = [&config](const std::string& text) {
    std::tie(config.min_amount, config.max_amount) = parse_amount(text);
  };
  const Group work(command, "Workload");
  CLI::Option* transfers =
      work.add("-n,--transfers", "N", "1m", "total over all threads", config.transfers, parse_count);
  exclude(transfers, work.add("-d,--duration", "TIME", "", "run for a time instead of a count",
                              config.duration, parse_duration));
  work.add("--balance", "N[,N...]", "1000", "opening balance; a list is dealt round", config.balance,
           parse_balance);
  work.read("--amount", "MIN:MAX", "1:100", "of a transfer, uniform", set_amount);
  work.add("--access", "PATTERN", "uniform", "uniform, zipf:S or hot:90:10 (see help words)", config.access,
           parse_access, {"uniform", "zipf:0.99", "hot:90:10"});
  work.choose("--layout", "padded", "packed: accounts share cache lines", config.layout, names_of<Layout>());
  work.add("--think", "TIME", "0", "time between transfers, no lock held", config.think, parse_duration);
  work.add("--seed", "N|random", "1", "same seed, same transfers", config.seed, parse_seed, {"random"});
  const Group checks(command, "Checks and limits");
  checks.add("--audit", "TIME|off|each", "10ms", "adds up the money meanwhile; each: after each transfer",
             config.audit, parse_audit, {"off", "each", "10ms"});
  checks.add("--timeout", "TIME", "60s", "hard bound on a run; after --duration", timeout, parse_duration);
  checks.add("--stall", "TIME", "10s", "no transfer by anyone for so long: stalled", config.stall,
             parse_duration);
  checks.add("--slice", "TIME", "20ms", "a longer wait for a lock is checked for deadlock", config.slice,
             parse_duration);
}

void add_output_options(const Group& group, OutputOptions& options) {
  const Words words = chosen(kFormats, options);
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

void add_task_options(const Group& group, OutputOptions& options) {
  add_output_options(group, options);
  group.read_each(
      "--export", "FILE", "once more, by suffix " + suffixes_of(options) + "; repeatable",
      [&options](const std::string& path) { options.exports.push_back(parse_export(options, path)); });
  group.choose("--progress", "auto", "on stderr; auto: if it is a terminal", options.progress, kWhen);
  group.flag("--in-process", "no child process: for debuggers and profilers", options.in_process);
}

Documents::Documents(const OutputOptions& output, const GeneralOptions& general) {
  std::vector<NamedOutput> named{{"--output", output.path}};
  for (const Export& wanted : output.exports) named.push_back({"--export", wanted.path});
  refuse_one_file_for_two(named);
  std::vector<Export> wanted = output.exports;
  wanted.push_back({format_of(output), output.path});
  std::stable_partition(wanted.begin(), wanted.end(), [](const Export& to) { return to.path != "-"; });
  for (const Export& to : wanted) {
    ResultStream stream(to.path);
    const bool is_main = to.path == output.path, is_terminal = stream.is_terminal();
    // A file is written for later: whole, without colour, its lines as long as they are.
    const TextStyle style{.color = is_main && wants_color(general.color, is_terminal),
                          .unicode = is_unicode_locale(),
                          .quiet = is_main && general.quiet,
                          .columns = to.path == "-" ? text_columns(is_terminal)
                                     : is_terminal  ? terminal_columns()
                                                    : 0};
    log_step(fmt::format("{} can be written", place_name(to.path)));
    documents_.push_back({to, std::move(stream), style});
  }
}

void Documents::renew(const Render& render, bool at_once) {
  constexpr nanoseconds kLeast = std::chrono::seconds{1};
  constexpr int kShare = 50;
  const nanoseconds begin = watch_.elapsed();
  if (!at_once && begin < next_) return;
  for (const Document& document : documents_)
    if (document.to.path != "-") document.stream.renew(render(document.to.format, document.style));
  next_ = begin + std::max(kLeast, (watch_.elapsed() - begin) * kShare);
}

void Documents::write(const Render& render, const std::function<void()>& remark) {
  std::optional<OutputError> first;
  for (Document& document : documents_) {
    const Stopwatch watch;
    try {
      const std::string text = render(document.to.format, document.style);
      document.stream.write(text);
      log(fmt::format("{}: {} bytes, made and written in {:.3f} s", place_name(document.to.path), text.size(),
                      watch.seconds()));
    } catch (const OutputError& error) {
      if (first) print_error(error.what());
      if (!first) first = error;
    }
  }
  if (remark) remark();
  if (first) throw *first;
}

}  // namespace banksim::cli
