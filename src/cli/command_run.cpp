// banksim run: one strategy on real threads, one verdict.
#include "cli/cli.hpp"
#include "cli/documents.hpp"
#include "cli/exit_code.hpp"
#include "cli/log.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/run_options.hpp"
#include "cli/signals.hpp"
#include "cli/suggest.hpp"
#include "cli/values.hpp"
#include "record/record.hpp"
#include "registry.hpp"
#include "report/report.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <memory>

namespace banksim::cli {
namespace {

struct RunOptions {
  Plan plan;
  Expectation expected = Expectation::ok;
  OutputOptions output{.formats = {Format::text, Format::json, Format::csv}};
  GeneralOptions general;
};

// Several strategies are another command's.
std::string parse_one_strategy(const std::string& text) {
  const bool is_group = text == "all" || text == "safe";
  if (!is_group && text.find(',') == std::string::npos) return parse_strategy(text);
  parse_strategies(text);
  throw ConfigError(
      fmt::format("'{}' is several strategies; did you mean 'banksim compare -s {}'?", text, text));
}

std::string render(const RunResult& result, Format format, const TextStyle& style, const Arguments& argv,
                   int code) {
  if (format == Format::json) return run_json(result, argv, code, wording());
  if (format == Format::csv) return run_csv(result, code);
  return run_text(result, style);
}

// Tells the log when a phase was first seen to have begun.
class PhaseLog {
 public:
  void see(RunProgress::Phase phase) {
    if (phase == phase_) return;
    if (phase == RunProgress::Phase::running) log(fmt::format("prepared in {:.3f} s", watch_.seconds()));
    if (phase == RunProgress::Phase::checking) log("all threads have ended; checking the money");
    phase_ = phase;
  }

 private:
  Stopwatch watch_;
  RunProgress::Phase phase_ = RunProgress::Phase::preparing;
};

// The run itself, with progress; signals are asked to end it.
RunResult simulate_watched(const RunOptions& options, RunControl& control) {
  const Config& config = options.plan.config;
  ProgressMeter meter(progress_kind(options.output, options.general));
  PhaseLog phases;
  control.on_progress = [&](const RunProgress& progress) {
    phases.see(progress.phase);
    meter.show(config, progress);
  };
  return find_strategy(config.strategy)->run(config, control);
}

void print_remarks(const RunResult& result, const RunOptions& options) {
  if (!options.general.quiet)
    for (const Warning& warning : result.warnings) print_warning(warning_text(warning));
  const bool asked_for_ok = options.expected == Expectation::ok;  // then the verdict says it all
  if (!asked_for_ok && !is_met(options.expected, result.outcome))
    print_error(fmt::format("expected {}, got {}", name_of(options.expected), to_string(result.outcome)));
}

int execute(RunOptions& options, const Arguments& argv) {
  options.plan.settle();
  const Config& config = options.plan.config;
  const Money total = validate(config);
  Documents documents(options.output, options.general);

  RunControl control;
  const SignalWatch signals(control);
  log(
      fmt::format("running {}: {} threads on {} CPUs, {} accounts, total {}, seed {}; {} MiB of memory are "
                  "available",
                  config.strategy, config.threads, host_cpus(), config.accounts, total.minor_units(),
                  config.seed, available_memory_bytes() / 1024 / 1024));
  const RunResult result = simulate_watched(options, control);
  const int code = exit_code(options.expected, result.outcome, result.signal);
  log(fmt::format("{} after {:.6f} s of transfers; --expect {}: exit code {}", to_string(result.outcome),
                  result.elapsed_s, name_of(options.expected), code));
  const auto error = documents.write(
      [&](Format format, const TextStyle& style) { return render(result, format, style, argv, code); });
  print_remarks(result, options);
  if (error) throw *error;
  return code;
}

void add_subject_options(Command& command, Config& config) {
  const Group subject(command, "What runs");
  subject.add("-s,--strategy", "NAME", "ordered", joined(strategy_names()), config.strategy,
              parse_one_strategy, strategy_names());
  subject.add("-t,--threads", "N|auto", "8", "1 to 4096; auto: the CPUs that may be used", config.threads,
              parse_threads, {"auto"});
  subject.add("-a,--accounts", "N", "1000", "at least 2", config.accounts, parse_count_32);
  subject.add("--hold", "TIME|yield", "0", "time between debit and credit, locks held", config.hold,
              parse_hold, {"0", "yield"});
}

}  // namespace

void declare_run(Program& program) {
  const auto options = std::make_shared<RunOptions>();
  Command& command = add_command(program, "run", "run one strategy on real threads, and judge it");
  command.examples = {{"banksim --strategy ordered --threads 50", "a million transfers, checked"},
                      {"banksim -s naive -a 6 -t 5", "a deadlock, with its cycle"},
                      {"banksim -s unsafe -a 2 -n 10m", "lost updates, account by account"},
                      {"banksim -d 10s --access zipf:0.99", "ten seconds on a skewed bank"},
                      {"banksim --export r.json --export r.csv", "the text, and data to keep"},
                      {"banksim -s naive --expect deadlock", "exit 0 if it does deadlock"}};
  command.exit_codes = {{"0", "ok, or the outcome that --expect asked for"},
                        kCouldNotRun,
                        kUsage,
                        {"3", "violation: money made or lost, or a balance wrong"},
                        {"4", "deadlock"},
                        {"5", "no verdict: stalled or timed out"},
                        {"6", "ok, where --expect asked for something else"},
                        {"130, 143", "interrupted by SIGINT, SIGTERM; the partial result is printed"}};
  add_subject_options(command, options->plan.config);
  add_workload_options(command, options->plan);
  add_check_options(command, options->plan);
  const Group output(command, "Verdict and output");
  output.choose("--expect", "OUTCOME", "ok", "exit 0 on this alone: " + joined(kExpectationNames),
                options->expected, kExpectationNames);
  add_output_options(output, options->output);
  add_progress_and_exports(output, options->output);
  add_general_options(command, options->general);
  command.execute = [options](const Arguments& argv) { return execute(*options, argv); };
}

}  // namespace banksim::cli
