// banksim compare: which strategy wins here, by how much, and is it real.
#include "cli/compare_options.hpp"
#include "cli/log.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "record/exit_code.hpp"
#include "record/record.hpp"
#include "report/compare.hpp"
#include "report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace banksim::cli {
namespace {

// ---- Before the first run.

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
    Comparison comparison = compare(options.compare, control, show, run_registered);
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

// ---- The results.

std::string render_export(const Comparison& comparison, ExportFormat format, const Arguments& argv,
                          int code) {
  switch (format) {
    case ExportFormat::json:
      return compare_json(comparison, argv, code, wording());
    case ExportFormat::csv:
      return compare_csv(comparison);
    case ExportFormat::markdown:
      return compare_markdown(comparison, argv);
    case ExportFormat::html:
      return compare_html(comparison, argv);
    case ExportFormat::svg:
      break;
  }
  return compare_svg(comparison);
}

std::string render(const Comparison& comparison, const CompareOptions& options, const Arguments& argv,
                   int code, bool to_terminal) {
  if (options.output.format == Format::json) return compare_json(comparison, argv, code, wording());
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
    for (const Warning& warning : comparison.warnings) remark("warning", warning_text(warning));
  // Elsewhere the verdict says so: a strategy's failure is a result, not an error of the program.
  if (is_on_github())
    for (const CellResult& cell : comparison.cells)
      if (!cell.as_promised) remark("error", "broken promise: " + outcome_line(cell));
}

int execute(CompareOptions& options, const Arguments& argv) {
  if (options.general.verbose) enable_log();
  options.settle();
  check(options.compare);
  refuse_one_file_for_two(named_outputs(options));
  std::vector<ResultStream> exports = open_exports(options.exports);
  ResultStream stream = ResultStream::open(options.output.path);

  RunControl control;
  const SignalWatch signals(control);
  Comparison comparison = compare_watched(options, control);
  comparison.warnings.insert(comparison.warnings.end(), options.warnings.begin(), options.warnings.end());
  const int code = exit_code_of(comparison);
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
                   {"banksim compare --reference global --max-slowdown 10", "exit 6 if one is slower"}},
      .groups = compare_option_groups(*options),
      .exit_codes = {{"0", "every strategy did what it promises"},
                     {"1", "could not do the job: threads, memory, input or output"},
                     {"2", "usage: unknown option, bad value, impossible combination"},
                     {"3, 4", "money lost, or a deadlock, against a promise"},
                     {"5", "no verdict: stalled, timed out, or a gate that could not tell"},
                     {"6", "slower than --max-slowdown allows"},
                     {"130, 143", "interrupted by SIGINT, SIGTERM; what there is is printed"}},
      .execute = [options](const Arguments& argv) { return execute(*options, argv); },
  };
}

}  // namespace banksim::cli
