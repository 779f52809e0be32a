// banksim explore: every interleaving of a tiny bank, from the strategy's own source.
#include "cli/command.hpp"
#include "cli/log.hpp"
#include "cli/output.hpp"
#include "cli/run_options.hpp"
#include "cli/signals.hpp"
#include "cli/suggest.hpp"
#include "cli/terminal.hpp"
#include "cli/values.hpp"

#include <banksim/registry.hpp>
#include <banksim/report_explore.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <optional>
#include <string>

namespace banksim::cli {
namespace {

constexpr std::uint64_t kDefaultRandomSeed = 1;

struct ExploreOptions {
  std::string strategy = "ordered";
  ExploreLimits limits;
  bool size_given = false;
  bool seed_given = false;
  std::string trace_path;
  OutputOptions output;
  GeneralOptions general;
};

OptionGroup size_options(ExploreOptions& options) {
  ExploreLimits& limits = options.limits;
  const auto size = [&options](std::uint32_t& target) {
    return [&options, &target](const std::string& text) {
      target = parse_count_32(text);
      options.size_given = true;
    };
  };
  return {"What is explored",
          {
              {.names = "-s,--strategy",
               .value = "NAME",
               .fallback = "ordered",
               .help = joined(strategy_names()),
               .choices = strategy_names(),
               .set = [&options](const std::string& text) { options.strategy = parse_strategy(text); }},
              {.names = "-t,--threads",
               .value = "N",
               .fallback = "2",
               .help = "workers, 1 to 7",
               .set = size(limits.workers)},
              {.names = "-a,--accounts",
               .value = "N",
               .fallback = "2",
               .help = "2 to 8",
               .set = size(limits.accounts)},
              {.names = "-n,--transfers",
               .value = "N",
               .fallback = "1",
               .help = "of each worker",
               .set = size(limits.transfers)},
              {.names = "--auditor",
               .help = "one more worker, which audits once",
               .set =
                   [&options](const std::string&) {
                     options.limits.auditor = true;
                     options.size_given = true;
                   }},
          }};
}

OptionGroup search_options(ExploreOptions& options) {
  ExploreLimits& limits = options.limits;
  const auto set_random = [&limits](const std::string& text) {
    limits.random_runs = parse_count(text);
    if (limits.random_runs == 0) throw ConfigError("--random needs at least 1 schedule");
  };
  const auto set_seed = [&options](const std::string& text) {
    options.limits.seed = parse_seed(text);
    options.seed_given = true;
  };
  return {"How",
          {
              {.names = "--replay",
               .value = "TOKEN",
               .help = "this one schedule, as a report printed it",
               .set =
                   [&limits](const std::string& text) {
                     if (text.empty()) throw ConfigError("--replay needs the token that a report printed");
                     limits.replay = text;
                   }},
              {.names = "--random",
               .value = "N",
               .help = "so many random schedules instead: not a proof",
               .set = set_random},
              {.names = "--seed",
               .value = "N|random",
               .fallback = std::to_string(kDefaultRandomSeed),
               .help = "of --random",
               .choices = {"random"},
               .set = set_seed},
              {.names = "--max-states",
               .value = "N",
               .fallback = "100m",
               .help = "give up, without a verdict, after so many",
               .set = [&limits](const std::string& text) { limits.max_states = parse_count(text); }},
              {.names = "--max-memory",
               .value = "N",
               .fallback = "4g",
               .help = "or so many bytes",
               .set = [&limits](const std::string& text) { limits.max_memory_bytes = parse_count(text); }},
          }};
}

void refuse_what_excludes_itself(const ExploreOptions& options) {
  const ExploreLimits& limits = options.limits;
  if (!limits.replay.empty() && limits.random_runs > 0)
    throw ConfigError("--replay and --random exclude each other");
  if (!limits.replay.empty() && options.size_given)
    throw ConfigError(
        "--replay has its size in the token: leave out --threads, --accounts, --transfers, --auditor");
  if (options.seed_given && limits.random_runs == 0) throw ConfigError("--seed belongs to --random");
}

// A search that can tell, once a second, how far it is. On a terminal the line is rewritten.
void show_progress(ExploreOptions& options) {
  const bool terminal = is_stderr_terminal();
  if (!wants_progress(options.output.progress, options.general.quiet, terminal, process_environment()))
    return;
  using Clock = std::chrono::steady_clock;
  options.limits.progress =
      [terminal, next = Clock::now() + std::chrono::seconds{1}](const ExploreProgress& progress) mutable {
        if (Clock::now() < next) return;
        next = Clock::now() + std::chrono::seconds{1};
        const std::string line = explore_progress_line(progress);
        if (terminal)
          print_text("\r\033[K" + line);
        else
          print_line(line);
      };
}

void clear_progress(const ExploreOptions& options) {
  if (options.limits.progress && is_stderr_terminal()) print_text("\r\033[K");
}

std::string render(const ExploreOptions& options, const Exploration& found, const Arguments& argv,
                   const std::string& started_at) {
  if (options.output.format == Format::json) return explore_json(found, argv, started_at);
  return explore_text(found);
}

// What the explorer refuses is what the user asked for.
Exploration explore_or_refuse(const ExploreOptions& options) {
  try {
    return find_strategy(options.strategy)->explore(options.limits);
  } catch (const BadReplayToken& error) {
    throw ConfigError(error.what());
  } catch (const std::invalid_argument& error) {
    throw ConfigError(error.what());
  }
}

int execute(ExploreOptions& options, const Arguments& argv) {
  if (options.general.verbose) enable_log();
  refuse_what_excludes_itself(options);
  ResultStream stream = ResultStream::open(options.output.path);
  std::optional<ResultStream> trace;
  if (!options.trace_path.empty()) trace.emplace(ResultStream::open(options.trace_path));

  std::atomic<bool> cancelled{false};
  std::atomic<int> interrupted_by{0};
  const SignalWatch signals([&](int signal) {
    interrupted_by = signal;
    cancelled = true;
  });
  options.limits.cancel = &cancelled;
  show_progress(options);
  const std::string started_at = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  const Exploration found = explore_or_refuse(options);
  clear_progress(options);
  log(fmt::format("{} after {} states, {:.3f} s", to_string(found.verdict), found.states, found.elapsed_s));
  stream.write(render(options, found, argv, started_at));
  if (trace) trace->write(explore_chrome_trace(found));
  const bool interrupted = found.verdict == ExploreVerdict::inconclusive && interrupted_by != 0;
  return interrupted ? 128 + interrupted_by : exit_code(found.verdict);
}

}  // namespace

Command explore_command() {
  const auto options = std::make_shared<ExploreOptions>();
  const auto set_trace = [options](const std::string& text) {
    if (text.empty()) throw ConfigError("the name of a file is missing");
    options->trace_path = text;
  };
  return {
      .name = "explore",
      .summary = "every interleaving of a tiny bank: a proof, or the shortest way to break it",
      .examples = {{"banksim explore --strategy naive", "the deadlock, in four steps"},
                   {"banksim explore -s ordered -t 3 -a 3", "three workers cannot deadlock either"},
                   {"banksim explore -s unsafe", "two updates about to race"},
                   {"banksim explore -s scoped --auditor", "with somebody who adds up all balances"},
                   {"banksim explore -s naive -t 4 -a 4 --random 10k", "a larger bank, sampled"}},
      .groups = {size_options(*options),
                 search_options(*options),
                 {"Output",
                  {format_option(options->output, {"text", "json"}),
                   path_option(options->output),
                   {.names = "--trace",
                    .value = "FILE",
                    .help = "the steps for a timeline viewer (Chrome trace format)",
                    .is_path = true,
                    .set = set_trace},
                   progress_option(options->output)}},
                 general_options(options->general)},
      .exit_codes = {{"0", "proved: everything was searched, nothing was found"},
                     {"1", "could not do the job: memory, input or output"},
                     {"2", "usage: also a token that belongs to something else"},
                     {"3", "violation: a race, money made or lost, a lock kept"},
                     {"4", "deadlock"},
                     {"5", "livelock, or inconclusive: a bound was hit, or it was a sample"},
                     {"130, 143", "interrupted by SIGINT, SIGTERM"}},
      .execute = [options](const Arguments& argv) { return execute(*options, argv); },
  };
}

}  // namespace banksim::cli
