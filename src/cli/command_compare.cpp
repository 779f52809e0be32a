// banksim compare: which strategy wins here, by how much, and is it real.
#include "cli/compare_options.hpp"
#include "cli/log.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "record/record.hpp"
#include "report/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

namespace banksim::cli {
namespace {

constexpr double kUsualMaxRegression_percent = 5;
constexpr int kThresholdFailed = 6;

// ---- Before the first run.

std::string read_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))  // which can be opened, and has nothing to read
    throw std::runtime_error(fmt::format("cannot read '{}': it is a folder", path));
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw std::runtime_error(
        fmt::format("cannot read '{}': {}", path, std::generic_category().message(errno)));
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<NamedOutput> named_outputs(const CompareOptions& options) {
  std::vector<NamedOutput> outputs{{"--output", options.output.path}};
  for (const Export& wanted : options.exports) outputs.push_back({"--export", wanted.path});
  return outputs;
}

std::vector<ResultStream> open_exports(const std::vector<Export>& exports) {
  std::vector<ResultStream> streams;
  streams.reserve(exports.size());
  for (const Export& wanted : exports) streams.push_back(ResultStream::open(wanted.path));
  return streams;
}

// ---- The runs.

std::string progress_line(const CompareProgress& progress) {
  const auto done = static_cast<double>(progress.runs_done);
  const auto total = static_cast<double>(std::max<std::size_t>(1, progress.runs_total));
  const double elapsed_s = std::chrono::duration<double>(progress.elapsed).count();
  std::string line = fmt::format("{:3.0f} %  run {} of {}", 100 * done / total,
                                 std::min(progress.runs_done + 1, progress.runs_total), progress.runs_total);
  if (progress.runs_done > 0) line += fmt::format("  {:.0f} s left", elapsed_s / done * (total - done));
  if (progress.current != nullptr)
    line += fmt::format("  {}, {} thread{}", progress.current->strategy, progress.current->threads,
                        progress.current->threads == 1 ? "" : "s");
  return line;
}

Comparison compare_watched(const CompareOptions& options, RunControl& control) {
  ProgressMeter meter(progress_kind(options.output, options.general));
  const auto show = [&meter](const CompareProgress& progress) {
    meter.show(progress.elapsed, [&progress] { return progress_line(progress); });
  };
  try {
    Comparison comparison = compare(options.compare, control, show);
    meter.clear();
    return comparison;
  } catch (...) {
    meter.clear();
    throw;
  }
}

// ---- The verdict.

std::string outcome_line(const CellResult& cell) {
  return fmt::format("{} with {} thread{}: {}", cell.config.strategy, cell.config.threads,
                     cell.config.threads == 1 ? "" : "s", to_string(cell.outcome));
}

// What the comparison failed at, besides broken promises, in words.
std::vector<std::string> find_failures(const Comparison& comparison, const CompareOptions& options,
                                       const std::optional<Baseline>& baseline) {
  std::vector<std::string> failures;
  for (const CellResult& cell : comparison.cells)
    if (options.strict && cell.as_promised && cell.outcome != Outcome::ok &&
        cell.outcome != Outcome::interrupted)
      failures.push_back("--strict: " + outcome_line(cell));
  if (!comparison.complete) return failures;  // half a comparison fails no threshold, and passes none
  const auto add = [&failures](std::vector<std::string> more) {
    failures.insert(failures.end(), more.begin(), more.end());
  };
  for (const Threshold& threshold : options.thresholds) add(failures_of(threshold, comparison));
  if (baseline)
    add(regressions(*baseline, comparison,
                    options.max_regression_percent.value_or(kUsualMaxRegression_percent)));
  return failures;
}

// A signal comes first, as it does for a run; then the worst: money, deadlock, no verdict, a threshold.
int exit_code(const Comparison& comparison, bool strict) {
  const auto any = [&](Outcome outcome) {
    return std::ranges::any_of(comparison.cells, [&](const CellResult& cell) {
      return cell.outcome == outcome && (strict || !cell.as_promised);
    });
  };
  if (!comparison.complete) return 128 + (comparison.signal == 0 ? SIGINT : comparison.signal);
  if (any(Outcome::violation)) return 3;
  if (any(Outcome::deadlock)) return 4;
  if (any(Outcome::stalled) || any(Outcome::timeout)) return 5;
  return comparison.failures.empty() ? 0 : kThresholdFailed;
}

// ---- The results.

std::string render_export(const Comparison& comparison, ExportFormat format, const Arguments& argv,
                          int code) {
  switch (format) {
    case ExportFormat::json:
      return compare_json(comparison, argv, code);
    case ExportFormat::csv:
      return compare_csv(comparison);
    case ExportFormat::markdown:
      return compare_markdown(comparison);
    case ExportFormat::html:
      return compare_html(comparison, argv);
    case ExportFormat::svg:
      break;
  }
  return compare_svg(comparison);
}

std::string render(const Comparison& comparison, const CompareOptions& options, const Arguments& argv,
                   int code, bool to_terminal) {
  if (options.output.format == Format::json) return compare_json(comparison, argv, code);
  if (options.output.format == Format::csv) return compare_csv(comparison);
  const Environment environment = process_environment();
  return compare_text(comparison,
                      {.color = wants_color(options.general.color, to_terminal, environment),
                       .unicode = is_unicode_locale(environment),
                       .quiet = options.general.quiet},
                      terminal_columns(environment));
}

bool is_on_github() { return process_environment()("GITHUB_ACTIONS").value_or("") == "true"; }

// On GitHub, where people see it; else as always.
void remark(std::string_view level, const std::string& message) {
  if (is_on_github())
    print_line(github_annotation(level, message));
  else
    level == "error" ? print_error(message) : print_warning(message);
}

// Hours of runs may be in it: what cannot be written keeps nothing else from being written. Files come first,
// for they are there to stay. Returns the first error; the others are printed.
std::optional<OutputError> write_results(const Comparison& comparison, const CompareOptions& options,
                                         const Arguments& argv, int code, ResultStream& stream,
                                         std::vector<ResultStream>& exports) {
  std::optional<OutputError> first;
  const auto write = [&first](ResultStream& target, const std::string& document) {
    try {
      target.write(document);
    } catch (const OutputError& error) {
      if (first)
        print_error(error.what());
      else
        first = error;
    }
  };
  for (std::size_t i = 0; i < exports.size(); ++i)
    write(exports[i], render_export(comparison, options.exports[i].format, argv, code));
  write(stream, render(comparison, options, argv, code, stream.is_terminal()));
  return first;
}

void print_remarks(const Comparison& comparison, const CompareOptions& options) {
  if (!options.general.quiet)
    for (const Warning& warning : comparison.warnings) remark("warning", warning.message);
  // Elsewhere the verdict says so: a strategy's failure is a result, not an error of the program.
  if (is_on_github())
    for (const CellResult& cell : comparison.cells)
      if (!cell.as_promised) remark("error", "broken promise: " + outcome_line(cell));
  for (const std::string& failure : comparison.failures) remark("error", failure);
}

int execute(CompareOptions& options, const Arguments& argv) {
  if (options.general.verbose) enable_log();
  options.settle();
  std::optional<Baseline> baseline;
  if (options.baseline_path) baseline = parse_baseline(read_file(*options.baseline_path));
  check(options.compare);
  refuse_one_file_for_two(named_outputs(options));
  std::vector<ResultStream> exports = open_exports(options.exports);
  ResultStream stream = ResultStream::open(options.output.path);

  RunControl control;
  const SignalWatch signals(control);
  Comparison comparison = compare_watched(options, control);
  if (baseline && comparison.complete)
    for (Warning& warning : baseline_warnings(*baseline, comparison))
      comparison.warnings.push_back(std::move(warning));
  comparison.warnings.insert(comparison.warnings.end(), options.warnings.begin(), options.warnings.end());
  comparison.failures = find_failures(comparison, options, baseline);
  const int code = exit_code(comparison, options.strict);
  log(fmt::format("{} runs in {:.3f} s, {:.3f} s of them running; exit code {}", comparison.order.size(),
                  comparison.elapsed_s, comparison.running_s, code));
  const std::optional<OutputError> error = write_results(comparison, options, argv, code, stream, exports);
  print_remarks(comparison, options);
  if (error) throw *error;
  return code;
}

}  // namespace

Command compare_command() {
  const auto options = std::make_shared<CompareOptions>();
  return {
      .name = "compare",
      .summary = "run several strategies in turn, and say which wins",
      .examples = {{"banksim compare", "the safe strategies, 8 threads"},
                   {"banksim compare -s all -t 1,2,8", "all of them, over threads"},
                   {"banksim compare -s global,ordered --hold 0,400ns,4us", "where does the ranking flip"},
                   {"banksim compare --export r.html --export r.json", "a page, and data to keep"},
                   {"banksim compare --baseline r.json --max-regression 10", "in CI: exit 6 if slower"},
                   {"banksim compare -s ordered --assert 'p99<5ms'", "exit 6 if not so"}},
      .groups = compare_option_groups(*options),
      .exit_codes = {{"0", "every strategy did what it promises"},
                     {"1", "could not do the job: threads, memory, input or output"},
                     {"2", "usage: unknown option, bad value, impossible combination"},
                     {"3, 4", "money lost, or a deadlock, against a promise; --strict: at all"},
                     {"5", "no verdict: stalled or timed out"},
                     {"6", "an --assert or the --baseline failed"},
                     {"130, 143", "interrupted by SIGINT, SIGTERM; what there is is printed"}},
      .execute = [options](const Arguments& argv) { return execute(*options, argv); },
  };
}

}  // namespace banksim::cli
