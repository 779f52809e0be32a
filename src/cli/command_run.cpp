// banksim run: one strategy on real threads, one verdict.
#include "cli/engine.hpp"
#include "cli/options.hpp"
#include "record/exit_code.hpp"
#include "record/record.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <system_error>

namespace banksim::cli {
namespace {

struct RunOptions {
  Config config;
  std::optional<nanoseconds> timeout;
  OutputOptions output{.formats = {Format::text, Format::json, Format::csv, Format::mermaid}};
};

// What --expect may ask for; `any` is every end but an interruption.
const Words kExpectations = {"ok", "violation", "deadlock", "stalled", "crashed", "any"};

bool is_met(const std::string& expected, Outcome outcome) {
  return expected == "any" ? outcome != Outcome::interrupted : expected == to_string(outcome);
}

// 0 if and only if the expectation is met; else the outcome's own code, and 6 where it was ok.
int exit_code(const std::string& expected, const RunResult& result) {
  if (is_met(expected, result.outcome)) return 0;
  return result.outcome == Outcome::ok ? static_cast<int>(ExitCode::unexpected)
                                       : exit_code_of(result.outcome, result.signal);
}

// Several strategies are another command's.
std::string parse_one_strategy(const std::string& text) {
  const bool is_group = text == "all" || text == "safe";
  std::error_code error;  // a file's name may have a comma
  if (!is_group && (text.find(',') == std::string::npos || std::filesystem::exists(text, error)))
    return parse_strategy(text);
  parse_strategies(text);
  throw ConfigError(
      fmt::format("'{}' is several strategies; did you mean 'banksim compare -s {}'?", text, text));
}

std::string progress_line(const Config& config, const RunProgress& progress) {
  if (progress.phase == RunProgress::Phase::preparing) return "preparing";
  if (progress.phase == RunProgress::Phase::checking) return "checking the money";
  const std::chrono::duration<double> elapsed = progress.elapsed;
  const auto attempted = static_cast<double>(progress.attempted);
  const double share =
      config.duration ? elapsed / *config.duration : attempted / static_cast<double>(config.transfers);
  const std::string goal = config.duration ? std::string() : " of " + grouped(config.transfers);
  const double rate = elapsed.count() > 0 ? attempted / elapsed.count() : 0;
  return share_line(share, progress.elapsed,
                    fmt::format("{}{} transfers  {}/s", grouped(progress.attempted), goal, si_number(rate)));
}

// The run itself, with progress; the log tells when a phase was first seen to have begun.
RunResult run_watched(const RunOptions& options, bool quiet, Engine& engine) {
  using Phase = RunProgress::Phase;
  ProgressMeter meter(options.output.progress, quiet);
  const Stopwatch watch;
  Phase before = Phase::preparing;
  engine.control().on_progress = [&](const RunProgress& progress) {
    const Phase phase = progress.phase;
    if (phase != before && phase == Phase::running) log(fmt::format("prepared in {:.3f} s", watch.seconds()));
    if (phase != before && phase == Phase::checking) log("all threads have ended; checking the money");
    before = phase;
    if (engine.take_look()) print_text(progress_line(options.config, progress) + "\n");
    meter.show(
        progress.elapsed, [&] { return progress_line(options.config, progress); }, phase != Phase::running);
  };
  return engine.run(options.config, engine.control());
}

int execute(RunOptions& options, const Request& request) {
  const Config& config = options.config;
  settle_timeout(options.config, options.timeout);
  const Money total = validate(config);
  Documents documents(options.output, request.general);

  Engine engine(options.output.in_process);
  log(fmt::format(
      "running {}: {} threads on {} CPUs, {} accounts, total {}, seed {}; {} MiB of memory are available",
      config.strategy, config.threads, host_cpus(), config.accounts, total.minor_units(), config.seed,
      available_memory_bytes() / 1024 / 1024));
  RunResult result = run_watched(options, request.general.quiet, engine);
  if (!request.general.quiet) result.see = see_again(engine, result);
  engine.settle();
  const std::string& expected = config.expect;
  const int code = exit_code(expected, result);
  log(fmt::format("{} after {:.6f} s of transfers; --expect {}: exit code {}", to_string(result.outcome),
                  result.elapsed_s, expected, code));
  const auto render = [&](Format format, const TextStyle& style) {
    if (format == Format::json) return run_json(result, request.argv, code, wording());
    if (format == Format::mermaid) return cycle_mermaid(result);
    return format == Format::csv ? run_csv(result, code) : run_text(result, style);
  };
  documents.write(render, [&] {
    if (!request.general.quiet)
      for (const Warning& warning : result.warnings) print_remark("warning", warning_text(warning));
    if (expected != "ok" && !is_met(expected, result.outcome))  // else the verdict says it
      print_remark("error", fmt::format("expected {}, got {}", expected, to_string(result.outcome)));
    else if (code != 0 && is_on_github())
      print_remark("error", config.strategy + ": " + run_text(result, {.quiet = true}));
  });
  return engine.finish(code);
}

}  // namespace

void declare_run(Program& program) {
  Command& command = add_command(program, "run", "run one strategy on real threads, and judge it");
  command.examples = {{"banksim --strategy ordered --threads 50", "a million transfers, checked"},
                      {"banksim -s naive -a 2 --hold yield", "a deadlock, with its cycle"},
                      {"banksim -s unsafe -a 2 --hold yield", "money lost, account by account"},
                      {"banksim -d 10s --access zipf:0.99", "ten seconds on a skewed bank"},
                      {"banksim --export r.json --export r.csv", "the text, and data to keep"},
                      {"banksim -s naive -a 2 --hold yield --expect deadlock", "exit 0 if it does deadlock"}};
  command.exit_codes = {{"0", "ok, or the outcome that --expect asked for"},
                        kCouldNotRun,
                        kUsage,
                        {"3", "violation: money made or lost, or a balance wrong"},
                        {"4", "deadlock"},
                        {"5", "no verdict: stalled, timed out, or the strategy crashed"},
                        {"6", "ok, where --expect asked for something else"},
                        kInterrupted,
                        kBatch};
  RunOptions& options = command.executes<RunOptions>(execute);
  Config& config = options.config;
  const Group subject(command, "What runs");
  subject.add("-s,--strategy", "NAME", "ordered", joined(strategy_names()), config.strategy,
              parse_one_strategy, strategy_names());
  subject.add("-t,--threads", "N|auto", "8", "1 to 4096; auto: the CPUs that may be used", config.threads,
              parse_threads, {"auto"});
  subject.add("-a,--accounts", "N", "1000", "at least 2", config.accounts, parse_count_32);
  subject.add("--hold", "TIME|yield", "0", "time between debit and credit, locks held", config.hold,
              parse_hold, {"0", "yield"});
  subject.choose("--mutex", "std", "what the locks are made of", config.mutex, names_of<MutexKind>());
  subject.flag("--self-transfers", "from an account to itself as well", config.self_transfers);
  add_workload_options(command, config, options.timeout);
  const Group output(command, "Verdict and output");
  const auto parse_expected = [](const std::string& text) {
    return kExpectations[parse_choice(text, kExpectations)];
  };
  output.add("--expect", "OUTCOME", "ok", "exit 0 if: " + joined(kExpectations), config.expect,
             parse_expected, kExpectations);
  add_task_options(output, options.output);
}

}  // namespace banksim::cli
