// banksim explore: every interleaving of a tiny bank, from the strategy's own source.
#include "cli/command.hpp"
#include "cli/log.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/run_options.hpp"
#include "cli/signals.hpp"
#include "cli/suggest.hpp"
#include "cli/terminal.hpp"
#include "cli/values.hpp"
#include "record/exit_code.hpp"
#include "record/record.hpp"
#include "registry.hpp"
#include "report/report.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace banksim::cli {
namespace {

struct ExploreOptions {
  std::optional<std::string> strategy;  // by name, as the sizes: else a default, or what the token says
  std::optional<std::uint32_t> workers;
  std::optional<std::uint32_t> accounts;
  std::optional<std::uint32_t> transfers;
  bool auditor = false;
  ExploreLimits limits;
  bool max_states_given = false;
  bool max_memory_given = false;
  OutputOptions output;
  GeneralOptions general;
};

OptionGroup size_options(ExploreOptions& options) {
  const auto size = [](std::optional<std::uint32_t>& target) {
    return [&target](const std::string& text) { target = parse_count_32(text); };
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
               .set = size(options.workers)},
              {.names = "-a,--accounts",
               .value = "N",
               .fallback = "2",
               .help = "2 to 8",
               .set = size(options.accounts)},
              {.names = "-n,--transfers",
               .value = "N",
               .fallback = "1",
               .help = "of each worker",
               .set = size(options.transfers)},
              {.names = "--auditor",
               .help = "one more worker, with so many audits",
               .set = [&options](const std::string&) { options.auditor = true; }},
          }};
}

OptionGroup search_options(ExploreOptions& options) {
  ExploreLimits& limits = options.limits;
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
              {.names = "--max-states",
               .value = "N",
               .fallback = "100m",
               .help = "give up after so many",
               .set =
                   [&options](const std::string& text) {
                     options.limits.max_states = parse_count(text);
                     options.max_states_given = true;
                   }},
              {.names = "--max-memory",
               .value = "N",
               .fallback = "4g",
               .help = "or so many bytes",
               .set =
                   [&options](const std::string& text) {
                     options.limits.max_memory_bytes = parse_count(text);
                     options.max_memory_given = true;
                   }},
          }};
}

void refuse_what_excludes_itself(const ExploreOptions& options) {
  const ExploreLimits& limits = options.limits;
  const bool replay = !limits.replay.empty();
  if (options.max_states_given && replay)
    throw ConfigError("--max-states bounds a search, and --replay makes one schedule");
  if (options.max_memory_given && replay)
    throw ConfigError("--max-memory bounds a search, and --replay makes one schedule");
}

// What was asked for by name must be what the token is for; the rest is the token's own.
void take_from_token(ExploreOptions& options) {
  const ReplaySubject subject = replay_subject(options.limits.replay);
  if (!options.strategy) {
    if (find_strategy(subject.strategy) == nullptr)
      throw ConfigError(
          fmt::format("--replay: this token is for {}; there is no such strategy", subject.to_string()));
    options.strategy = subject.strategy;
  }
  std::vector<std::string> others;
  const auto compare = [&others](std::optional<std::uint32_t> asked, std::uint32_t has, const char* noun) {
    if (asked && *asked != has)
      others.push_back(fmt::format("{} {}{}", *asked, noun, *asked == 1 ? "" : "s"));
  };
  if (options.strategy.value_or(subject.strategy) != subject.strategy) others.push_back(*options.strategy);
  compare(options.workers, subject.workers, "worker");
  compare(options.transfers, subject.transfers, "transfer");
  if (options.auditor && !subject.auditor) others.emplace_back("an auditor");
  compare(options.accounts, subject.accounts, "account");
  if (!others.empty())
    throw ConfigError(fmt::format("--replay: this token is for {}; you asked for {}", subject.to_string(),
                                  fmt::join(others, ", ")));
}

// Whatever can be said before anything is opened or run.
void settle(ExploreOptions& options) {
  ExploreLimits& limits = options.limits;
  refuse_what_excludes_itself(options);
  if (!limits.replay.empty()) take_from_token(options);
  if (!options.strategy) options.strategy = "ordered";
  limits.workers = options.workers.value_or(limits.workers);
  limits.accounts = options.accounts.value_or(limits.accounts);
  limits.transfers = options.transfers.value_or(limits.transfers);
  limits.auditor = options.auditor;
  check_limits(*options.strategy, limits);
}

// What the explorer refuses is what the user asked for.
template <class Action>
auto or_refuse(Action action) {
  try {
    return action();
  } catch (const BadReplayToken& error) {
    throw ConfigError(error.what());
  } catch (const std::invalid_argument& error) {
    throw ConfigError(error.what());
  }
}

Exploration explore_watched(ExploreOptions& options, const std::atomic<bool>& cancelled) {
  ProgressMeter meter(progress_kind(options.output, options.general));
  const auto start = std::chrono::steady_clock::now();
  options.limits.cancel = &cancelled;
  options.limits.progress = [&](const ExploreProgress& progress) {
    meter.show(std::chrono::steady_clock::now() - start, [&] { return explore_progress_line(progress); });
  };
  try {
    Exploration found = or_refuse([&] { return find_strategy(*options.strategy)->explore(options.limits); });
    meter.clear();
    return found;
  } catch (...) {
    meter.clear();
    throw;
  }
}

std::string render(const ExploreOptions& options, const Exploration& found, const Arguments& argv, int code,
                   bool to_terminal) {
  if (options.output.format == Format::json) return explore_json(found, argv, code);
  const Environment environment = process_environment();
  return explore_text(found, {.color = wants_color(options.general.color, to_terminal, environment),
                              .unicode = is_unicode_locale(environment),
                              .quiet = options.general.quiet});
}

int execute(ExploreOptions& options, const Arguments& argv) {
  if (options.general.verbose) enable_log();
  or_refuse([&] { settle(options); });
  ResultStream stream = ResultStream::open(options.output.path);

  std::atomic<bool> cancelled{false};
  std::atomic<int> interrupted_by{0};
  const SignalWatch signals([&](int signal) {
    interrupted_by = signal;
    cancelled = true;
  });
  const std::string started_at = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  Exploration found = explore_watched(options, cancelled);
  found.started_at = started_at;
  const int code = was_interrupted(found) ? exit_code_of(Outcome::interrupted, interrupted_by)
                                          : exit_code_of(found.verdict);
  log(fmt::format("{} after {} states, {:.3f} s, exit code {}", to_string(found.verdict), found.states,
                  found.elapsed_s, code));
  stream.write(render(options, found, argv, code, stream.is_terminal()));
  return code;
}

}  // namespace

Command explore_command() {
  const auto options = std::make_shared<ExploreOptions>();
  return {
      .name = "explore",
      .summary = "every interleaving of a tiny bank: a proof, or the shortest way to break it",
      .examples = {{"banksim explore --strategy naive", "the deadlock, in four steps"},
                   {"banksim explore -s ordered -t 3 -a 3", "three workers, three accounts"},
                   {"banksim explore -s unsafe", "two updates about to race"},
                   {"banksim explore -s scoped --auditor", "with one who audits meanwhile"}},
      .groups = {size_options(*options),
                 search_options(*options),
                 {"Output",
                  {format_option(options->output, {"text", "json"}), path_option(options->output),
                   progress_option(options->output)}},
                 general_options(options->general)},
      .exit_codes = {{"0", "proved: everything was searched, nothing was found"},
                     {"1", "could not do the job: memory, input or output"},
                     {"2", "usage: also a token that belongs to something else"},
                     {"3", "violation: a race, money made or lost, a lock kept"},
                     {"4", "deadlock"},
                     {"5", "livelock, or inconclusive: a bound was hit"},
                     {"130, 143", "interrupted by SIGINT, SIGTERM"}},
      .execute = [options](const Arguments& argv) { return execute(*options, argv); },
  };
}

}  // namespace banksim::cli
