// banksim run: one strategy on real threads, one verdict.
#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/log.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/run_options.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "cli/values.hpp"
#include "registry.hpp"
#include "record/record.hpp"
#include "report/report.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace banksim::cli {
namespace {

struct RunOptions {
  Plan plan;
  Expectation expected = Expectation::ok;
  OutputOptions output;
  GeneralOptions general;
};

Option expect_option(Expectation& expected) {
  return {.names = "--expect",
          .value = "OUTCOME",
          .fallback = "ok",
          .help = "exit 0 on this alone: ok, violation, deadlock, stalled, any",
          .choices = expectation_names(),
          .set = [&expected](const std::string& text) {
            expected = static_cast<Expectation>(parse_choice(text, expectation_names()));
          }};
}

std::string render(const RunResult& result, const RunOptions& options, const Arguments& argv, int code,
                   bool to_terminal) {
  switch (options.output.format) {
    case Format::json:
      return run_json(result, argv, code, wording());
    case Format::csv:
      return run_csv(result, code);
    case Format::text:
      break;
  }
  const Environment environment = process_environment();
  return run_text(result, {.color = wants_color(options.general.color, to_terminal, environment),
                           .unicode = is_unicode_locale(environment),
                           .quiet = options.general.quiet,
                           .columns = to_terminal ? terminal_columns(environment) : 0});
}

// The run itself, with progress; signals are asked to end it.
RunResult simulate_watched(const RunOptions& options, RunControl& control) {
  const Config& config = options.plan.config;
  ProgressMeter meter(progress_kind(options.output, options.general));
  control.on_progress = [&](const RunProgress& progress) { meter.show(config, progress); };
  try {
    RunResult result = find_strategy(config.strategy)->run(config, control);
    meter.clear();
    return result;
  } catch (...) {
    meter.clear();
    throw;
  }
}

void print_remarks(const RunResult& result, const RunOptions& options, bool met) {
  if (!options.general.quiet)
    for (const Warning& warning : result.warnings) print_warning(warning_text(warning));
  const bool asked_for_ok = options.expected == Expectation::ok;  // then the verdict says it all
  if (!met && !asked_for_ok)
    print_error(fmt::format("expected {}, got {}",
                            expectation_names()[static_cast<std::size_t>(options.expected)],
                            to_string(result.outcome)));
}

int execute(RunOptions& options, const Arguments& argv) {
  if (options.general.verbose) enable_log();
  options.plan.settle();
  const Config& config = options.plan.config;
  const Money total = validate(config);
  ResultStream stream = ResultStream::open(options.output.path);

  RunControl control;
  const SignalWatch signals(control);
  log(fmt::format("running {}, {} threads, {} accounts, total {}; {} MiB of memory are available",
                  config.strategy, config.threads, config.accounts, total.minor_units(),
                  available_memory_bytes() / 1024 / 1024));
  const RunResult result = simulate_watched(options, control);
  const int code = exit_code(options.expected, result.outcome, result.signal);
  log(fmt::format("{} after {:.6f} s, exit code {}", to_string(result.outcome), result.elapsed_s, code));
  stream.write(render(result, options, argv, code, stream.is_terminal()));
  print_remarks(result, options, is_met(options.expected, result.outcome));
  return code;
}

}  // namespace

Command run_command() {
  const auto options = std::make_shared<RunOptions>();
  return {
      .name = "run",
      .summary = "run one strategy on real threads, and judge it",
      .examples = {{"banksim --strategy ordered --threads 50", "a million transfers, checked"},
                   {"banksim -s naive -a 6 -t 5", "a deadlock, with its cycle"},
                   {"banksim -s unsafe -a 2 -n 10m", "lost updates, account by account"},
                   {"banksim -d 10s --access zipf:0.99", "ten seconds on a skewed bank"},
                   {"banksim -s naive --expect deadlock", "exit 0 if it does deadlock"}},
      .groups = {subject_options(options->plan),
                 workload_options(options->plan),
                 check_options(options->plan),
                 {"Verdict and output",
                  {expect_option(options->expected), format_option(options->output, {"text", "json", "csv"}),
                   path_option(options->output), progress_option(options->output)}},
                 general_options(options->general)},
      .exit_codes = {{"0", "ok, or the outcome that --expect asked for"},
                     {"1", "could not do the job: threads, memory, input or output"},
                     {"2", "usage: unknown option, bad value, impossible combination"},
                     {"3", "violation: money made or lost, or a balance wrong"},
                     {"4", "deadlock"},
                     {"5", "no verdict: stalled or timed out"},
                     {"6", "ok, where --expect asked for something else"},
                     {"130, 143", "interrupted by SIGINT, SIGTERM; the partial result is printed"}},
      .execute = [options](const Arguments& argv) { return execute(*options, argv); },
  };
}

}  // namespace banksim::cli
