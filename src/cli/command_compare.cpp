// banksim compare: which strategy wins here, by how much, and is it real.
#include "cli/engine.hpp"
#include "cli/options.hpp"
#include "record/exit_code.hpp"
#include "record/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace banksim::cli {
namespace {

struct CompareOptions {
  ComparePlan plan;
  std::optional<nanoseconds> timeout;
  std::optional<std::uint32_t> runs;
  OutputOptions output{
      .formats = {Format::text, Format::json, Format::csv, Format::markdown, Format::html, Format::svg}};
  std::vector<Warning> warnings;  // of what was given
};

// Scripts make lists as "1,2,$(nproc)". The same cells twice would tell nothing more; a strategy may stand
// twice, to be compared with itself.
template <class T>
void drop_repeated(std::vector<T>& values, const char* option, std::vector<Warning>& warnings) {
  std::vector<T> kept;
  for (const T& value : values)
    if (std::ranges::find(kept, value) == kept.end()) kept.push_back(value);
  if (kept.size() < values.size()) warnings.push_back({"repeated_value", option, {}});
  values = std::move(kept);
}

// Call once all options are set: the plan is complete then.
void settle(CompareOptions& options) {
  ComparePlan& plan = options.plan;
  settle_timeout(plan.base, options.timeout);
  drop_repeated(plan.threads, "--threads", options.warnings);
  drop_repeated(plan.accounts, "--accounts", options.warnings);
  drop_repeated(plan.holds, "--hold", options.warnings);
  drop_repeated(plan.mutexes, "--mutex", options.warnings);
  plan.runs = options.runs.value_or(kUsualRuns);
  if (!options.runs) plan.min_time = kUsualMinTime;
  check(plan);
}

void log_plan(const ComparePlan& plan) {
  const std::size_t settings =
      plan.threads.size() * plan.accounts.size() * plan.holds.size() * plan.mutexes.size();
  log(fmt::format(
      "running {} cells: {} in {} settings; each round runs them all once, in an order of its own",
      plan.strategies.size() * settings, joined(plan.strategies), settings));
  const std::string more =
      fmt::format(", up to {} where a cell's runs are short, for --runs is not set", kMostRounds);
  log(fmt::format("{} warm-up and {} measured rounds{}", plan.warmup, plan.runs,
                  plan.min_time.count() > 0 ? more : ""));
}

std::string progress_line(const CompareProgress& progress) {
  const std::size_t total = std::max<std::size_t>(1, progress.runs_total);
  const double share = static_cast<double>(progress.runs_done) / static_cast<double>(total);
  const std::size_t run = std::min(progress.runs_done + 1, progress.runs_total);
  const std::string line =
      share_line(share, progress.elapsed, fmt::format("run {} of {}", run, progress.runs_total));
  if (progress.current == nullptr) return line;
  return fmt::format("{}  {}, {}", line, progress.current->strategy,
                     counted(progress.current->threads, "thread"));
}

std::string render(const Comparison& comparison, Format format, TextStyle style, const Words& argv,
                   int code) {
  if (format == Format::json) return compare_json(comparison, argv, code, wording());
  if (format == Format::csv) return compare_csv(comparison);
  if (format == Format::markdown) return compare_markdown(comparison, argv);
  if (format == Format::html) return compare_html(comparison, argv);
  if (format == Format::svg) return compare_svg(comparison);
  return compare_text(comparison, style, terminal_columns());
}

Comparison compare_watched(const CompareOptions& options, const Request& request, Documents& documents,
                           Engine& engine) {
  constexpr int kKilled = 128 + 9;  // what a shell says where such a document is the last
  ProgressMeter meter(options.output.progress, request.general.quiet);
  std::size_t seen = 0;
  const auto show = [&](const CompareProgress& progress) {
    meter.show(progress.elapsed, [&progress] { return progress_line(progress); });
    std::optional<Comparison> partial;  // dear: drawn up once, if at all
    const auto render_partial = [&](Format format, const TextStyle& style) {
      if (!partial) partial = progress.so_far();
      return render(*partial, format, style, request.argv, kKilled);
    };
    const bool is_looked_at = engine.take_look();
    // First: who sees the text may read the files.
    if (progress.round_ended || is_looked_at) documents.renew(render_partial, is_looked_at);
    if (is_looked_at) print_text(render_partial(Format::text, {}));
    if (progress.runs_done + 1 <= seen || progress.current == nullptr) return;
    seen = progress.runs_done + 1;
    log_step(progress_line(progress));
  };
  return compare(options.plan, engine.control(), show, [&engine](const Config& config, RunControl& control) {
    return engine.run(config, control);
  });
}

// On GitHub as annotations, where people see them. Elsewhere the verdict says what failed: a strategy's
// failure is a result, not an error of the program.
void print_remarks(const Comparison& comparison, bool quiet) {
  if (!quiet)
    for (const Warning& warning : comparison.warnings) print_remark("warning", warning_text(warning));
  for (const CellResult& cell : comparison.cells)
    if (is_on_github() && !cell.as_promised)
      print_remark("error", fmt::format("broken promise: {} with {}: {}", cell.config.strategy,
                                        counted(cell.config.threads, "thread"), to_string(cell.outcome)));
  if (is_on_github() && comparison.conclusions.gate)
    for (const std::string& failure : failure_sentences(comparison)) print_remark("error", failure);
}

int execute(CompareOptions& options, const Request& request) {
  settle(options);
  Documents documents(options.output, request.general);

  Engine engine(options.output.in_process);
  log_plan(options.plan);
  Comparison comparison = compare_watched(options, request, documents, engine);
  engine.settle();
  comparison.warnings.insert(comparison.warnings.end(), options.warnings.begin(), options.warnings.end());
  const int code =
      engine.has_left_behind() ? static_cast<int>(ExitCode::no_verdict) : exit_code_of(comparison);
  log(fmt::format("{} runs in {:.3f} s, {:.3f} s of them running; exit code {}", comparison.order.size(),
                  comparison.elapsed_s, comparison.running_s, code));
  const auto render_it = [&](Format format, const TextStyle& style) {
    return render(comparison, format, style, request.argv, code);
  };
  documents.write(render_it, [&] { print_remarks(comparison, request.general.quiet); });
  return engine.finish(code);
}

void add_plan_options(Command& command, ComparePlan& plan, std::optional<std::uint32_t>& runs) {
  Words choices = strategy_names();
  choices.insert(choices.end(), {"all", "safe"});
  const Group subject(command, "What is compared");
  subject.add("-s,--strategy", "LIST", "safe", joined(choices), plan.strategies, parse_strategies, choices);
  subject.add("-t,--threads", "LIST", "8", "1 to 4096 each, or auto", plan.threads, each(parse_threads),
              {"auto"});
  subject.add("-a,--accounts", "LIST", "1000", "at least 2 each", plan.accounts, each(parse_count_32));
  subject.add("--hold", "LIST", "0", "TIME or yield, between debit and credit", plan.holds, each(parse_hold),
              {"0", "yield"});
  const Words mutexes = names_of<MutexKind>();
  const auto parse_mutex = [mutexes](std::string_view text) {
    return static_cast<MutexKind>(parse_choice(text, mutexes));
  };
  subject.add("--mutex", "LIST", "std", "what the locks are made of: " + joined(mutexes), plan.mutexes,
              each(parse_mutex), mutexes);
  subject.add("--reference", "NAME", "", "compared with; else the fastest of those that are right",
              plan.reference, parse_strategy, strategy_names());
  const Group rounds(command, "Rounds");
  rounds.add("-r,--runs", "N", "", "measured runs of each; else 10, and up to 50 of short ones", runs,
             parse_count_32);
  rounds.add("-w,--warmup", "N", "1", "runs of each that are not measured", plan.warmup, parse_count_32);
}

}  // namespace

void declare_compare(Program& program) {
  Command& command = add_command(program, "compare", "run several strategies in turn, and say which wins");
  command.examples = {
      {"banksim compare", "the safe strategies, 8 threads"},
      {"banksim compare -s all -t 1,2,8", "all of them, over threads"},
      {"banksim compare -s global,ordered --hold 0,4us -n 100k", "where does the ranking flip"},
      {"banksim compare --export r.html --export r.json", "a page, and data to keep"},
      {"banksim compare --reference ordered --max-slowdown 10", "in CI: exit 6 if one is slower"}};
  command.exit_codes = {{"0", "every strategy did what it promises"},
                        kCouldNotRun,
                        kUsage,
                        {"3, 4", "money lost, or a deadlock, against a promise"},
                        {"5", "no verdict: stalled, timed out or crashed, or undecided where that fails"},
                        {"6", "slower than --max-slowdown allows"},
                        kInterrupted,
                        kBatch};
  CompareOptions& options = command.executes<CompareOptions>(execute);
  ComparePlan& plan = options.plan;
  plan.strategies = parse_strategies("safe");
  plan.threads = {plan.base.threads};
  plan.accounts = {plan.base.accounts};
  plan.holds = {plan.base.hold};
  plan.mutexes = {plan.base.mutex};
  add_plan_options(command, plan, options.runs);
  add_workload_options(command, plan.base, options.timeout);
  const Group verdict(command, "Verdict");
  verdict.add("--max-slowdown", "PCT", "", "exit 6 if one is surely slower than the --reference by more",
              plan.max_slowdown_percent, parse_percent);
  verdict.choose("--undecided", "pass", "of --max-slowdown, where the runs cannot tell", plan.undecided_fails,
                 {"pass", "fail"});
  add_task_options(Group(command, "Output"), options.output);
}

}  // namespace banksim::cli
