// banksim explore: every interleaving of a tiny bank, from the strategy's own source.
#include "cli/cli.hpp"
#include "cli/documents.hpp"
#include "cli/log.hpp"
#include "cli/progress.hpp"
#include "cli/run_options.hpp"
#include "cli/signals.hpp"
#include "cli/suggest.hpp"
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
  OutputOptions output{.formats = {Format::text, Format::json}};
  GeneralOptions general;
};

// What was asked for by name must be what the token is for; the rest is the token's own.
void take_from_token(ExploreOptions& options) {
  const ReplaySubject subject = replay_subject(options.limits.replay);
  if (!options.strategy) {
    if (find_strategy(subject.strategy) == nullptr)
      throw ConfigError(
          fmt::format("--replay: this token is for {}; there is no such strategy", subject.to_string()));
    options.strategy = subject.strategy;
  }
  Words others;
  const auto compare = [&others](std::optional<std::uint32_t> asked, std::uint32_t has, const char* noun) {
    if (asked && *asked != has)
      others.push_back(fmt::format("{} {}{}", *asked, noun, *asked == 1 ? "" : "s"));
  };
  if (*options.strategy != subject.strategy) others.push_back(*options.strategy);
  compare(options.workers, subject.workers, "worker");
  compare(options.transfers, subject.transfers, "transfer");
  if (options.auditor && !subject.auditor) others.emplace_back("an auditor");
  compare(options.accounts, subject.accounts, "account");
  if (!others.empty())
    throw ConfigError(
        fmt::format("--replay: this token is for {}; you asked for {}", subject.to_string(), joined(others)));
}

// Whatever can be said before anything is opened or run.
void settle(ExploreOptions& options) {
  ExploreLimits& limits = options.limits;
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
    const auto line = [&] { return explore_progress_line(progress); };
    meter.show(std::chrono::steady_clock::now() - start, line);
    log_step(line());
  };
  return or_refuse([&] { return find_strategy(*options.strategy)->explore(options.limits); });
}

void log_plan(const ExploreOptions& options) {
  const ExploreLimits& limits = options.limits;
  log(fmt::format("{} {}: {} workers x {} transfers, {} accounts{}",
                  limits.replay.empty() ? "searching" : "replaying", *options.strategy, limits.workers,
                  limits.transfers, limits.accounts, limits.auditor ? ", an auditor" : ""));
  if (limits.replay.empty())
    log(fmt::format("until all is seen, or {} states, or {} MiB", limits.max_states,
                    limits.max_memory_bytes / 1024 / 1024));
}

int execute(ExploreOptions& options, const Arguments& argv) {
  or_refuse([&] { settle(options); });
  Documents documents(options.output, options.general);

  std::atomic<bool> cancelled{false};
  std::atomic<int> interrupted_by{0};
  const SignalWatch signals([&](int signal) {
    interrupted_by = signal;
    cancelled = true;
  });
  const std::string started_at = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  log_plan(options);
  Exploration found = explore_watched(options, cancelled);
  found.started_at = started_at;
  const int code = was_interrupted(found) ? exit_code_of(Outcome::interrupted, interrupted_by)
                                          : exit_code_of(found.verdict);
  log(fmt::format("{} after {} states, {} transitions, {:.3f} s, {} MiB; exit code {}",
                  to_string(found.verdict), found.states, found.transitions, found.elapsed_s,
                  found.peak_memory_bytes / 1024 / 1024, code));
  const auto error = documents.write([&](Format format, const TextStyle& style) {
    return format == Format::json ? explore_json(found, argv, code) : explore_text(found, style);
  });
  if (error) throw *error;
  return code;
}

// The ranges of the explorer, for which a setting made with `run` in mind may be too large.
auto between(std::uint32_t least, std::uint32_t most) {
  return [=](const std::string& text) { return parse_count_between(text, least, most); };
}

void add_size_options(Command& command, ExploreOptions& options) {
  const Group size(command, "What is explored");
  size.add("-s,--strategy", "NAME", "ordered", joined(strategy_names()), options.strategy, parse_strategy,
           strategy_names());
  size.add("-t,--threads", "N", "2", "workers, 1 to 7", options.workers, between(1, 7));
  size.add("-a,--accounts", "N", "2", "2 to 8", options.accounts, between(2, 8));
  size.add("-n,--transfers", "N", "1", "of each worker", options.transfers, between(1, 255));
  size.flag("--auditor", "one more worker, with so many audits", options.auditor);
}

void add_search_options(Command& command, ExploreLimits& limits) {
  const auto set_token = [&limits](const std::string& text) {
    if (text.empty()) throw ConfigError("the token that a report printed is missing");
    limits.replay = text;
  };
  const Group how(command, "How");
  CLI::Option* replay =
      how.read("--replay", "TOKEN", "", "this one schedule, as a report printed it", set_token);
  exclude(replay,
          how.add("--max-states", "N", "100m", "give up after so many", limits.max_states, parse_count));
  exclude(replay,
          how.add("--max-memory", "N", "4g", "or so many bytes", limits.max_memory_bytes, parse_count));
}

}  // namespace

void declare_explore(Program& program) {
  const auto options = std::make_shared<ExploreOptions>();
  Command& command = add_command(
      program, "explore", "every interleaving of a tiny bank: a proof, or the shortest way to break it");
  command.examples = {{"banksim explore --strategy naive", "the deadlock, in four steps"},
                      {"banksim explore -s ordered -t 3 -a 3", "three workers, three accounts"},
                      {"banksim explore -s unsafe", "two updates about to race"},
                      {"banksim explore -s scoped --auditor", "with one who audits meanwhile"}};
  command.exit_codes = {{"0", "proved: everything was searched, nothing was found"},
                        kCouldNotRun,
                        {"2", "usage: also a token that belongs to something else"},
                        {"3", "violation: a race, money made or lost, a lock kept"},
                        {"4", "deadlock"},
                        {"5", "livelock, or inconclusive: a bound was hit"},
                        {"130, 143", "interrupted by SIGINT, SIGTERM"}};
  add_size_options(command, *options);
  add_search_options(command, options->limits);
  const Group output(command, "Output");
  add_output_options(output, options->output);
  add_progress_and_exports(output, options->output);
  add_general_options(command, options->general);
  command.execute = [options](const Arguments& argv) { return execute(*options, argv); };
}

}  // namespace banksim::cli
