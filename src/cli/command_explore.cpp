// banksim explore: every interleaving of a tiny bank, from the strategy's own source.
#include "cli/engine.hpp"
#include "cli/options.hpp"
#include "record/exit_code.hpp"
#include "record/record.hpp"
#include "registry.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>

namespace banksim::cli {
namespace {

struct ExploreOptions {
  std::optional<std::string> strategy;  // by name, as the sizes: else a default, or what the token says
  std::optional<std::uint32_t> workers;
  std::optional<std::uint32_t> accounts;
  std::optional<std::uint32_t> transfers;
  bool no_auditor = false;
  std::optional<std::vector<Money>> amounts;
  std::optional<Money> balance;
  std::optional<std::uint64_t> max_memory_bytes;
  ExploreLimits limits;
  OutputOptions output{.formats = {Format::text, Format::json, Format::mermaid}};

  bool climbs() const {
    return limits.replay.empty() && !workers && !accounts && !transfers && !limits.auditor && !no_auditor;
  }
};

// What was asked for by name must be what the token is for; the rest is the token's own.
void take_from_token(ExploreOptions& options) {
  const ReplaySubject subject = replay_subject(options.limits.replay);
  const auto refuse = [&subject](const std::string& why) {
    throw ConfigError("--replay: this token is for " + subject.to_string() + "; " + why);
  };
  if (!options.strategy && find_strategy(subject.strategy) == nullptr) refuse("there is no such strategy");
  if (!options.strategy) options.strategy = subject.strategy;
  Words others;
  const auto compare = [&others](std::optional<std::uint32_t> asked, std::uint32_t has, const char* noun) {
    if (asked && *asked != has) others.push_back(counted(*asked, noun));
  };
  if (own_name(*options.strategy) != subject.strategy) others.push_back(*options.strategy);
  compare(options.workers, subject.workers, "worker");
  compare(options.transfers, subject.transfers, "transfer");
  if (options.limits.auditor && !subject.auditor) others.emplace_back("an auditor");
  compare(options.accounts, subject.accounts, "account");
  if (!others.empty()) refuse("you asked for " + joined(others));
}

// Amounts and balance go together so that a transfer is sometimes covered, and sometimes not.
void settle_inputs(ExploreOptions& options) {
  constexpr Money kOne{1};
  ExploreLimits& limits = options.limits;
  if (options.amounts)
    limits.amounts = *options.amounts;
  else if (options.balance)
    limits.amounts = {kOne, std::max(*options.balance, kOne) + kOne};
  else if (limits.find.what == Sought::accounts)
    options.balance = Money{2};  // else an account should be below zero, and that puzzles
  const Money largest = *std::ranges::max_element(limits.amounts);
  limits.balance = options.balance.value_or(std::max(kOne, largest - kOne));
}

// Whatever can be said before anything is opened or run.
void settle(ExploreOptions& options) {
  ExploreLimits& limits = options.limits;
  if (!limits.replay.empty()) take_from_token(options);
  if (!options.strategy) options.strategy = "ordered";
  limits.workers = options.workers.value_or(limits.workers);
  limits.accounts = options.accounts.value_or(limits.accounts);
  limits.transfers = options.transfers.value_or(limits.transfers);
  settle_inputs(options);
  limits.max_memory_bytes = options.max_memory_bytes.value_or(usual_memory_bytes());
  ExploreLimits largest = limits;
  if (options.climbs()) {
    largest.accounts = 8;
    largest.workers = 7;
    largest.auditor = limits.find.through_auditor || limits.find.what == Sought::audit;
  }
  check_limits(own_name(*options.strategy), largest);
}

Exploration explore_watched(ExploreOptions& options, bool quiet, Engine& engine) {
  ProgressMeter meter(options.output.progress, quiet);
  const Stopwatch watch;
  options.limits.progress = [&](const ExploreProgress& progress) {
    const auto line = [&] { return explore_progress_line(progress); };
    meter.show(watch.elapsed(), line);
    if (engine.take_look()) print_text(line() + "\n");
    log_step(line());
  };
  return engine.explore(*options.strategy, options.limits, options.climbs());
}

// A race is where the harm begins: how the money is wrong in the end is another, longer schedule, sought for a moment.
void follow_race(const ExploreOptions& options, Exploration& found, Engine& engine) try {
  const bool is_race = !found.findings.empty() && found.findings.front().kind == FindingKind::race;
  if (!is_race || found.replayed || found.limits.find != Wanted{}) return;
  constexpr std::chrono::milliseconds kMoment{500};
  for (const Sought wrong : {Sought::total, Sought::accounts, Sought::audit}) {
    ExploreLimits limits = found.limits;
    limits.find.what = wrong;
    limits.deadline = std::chrono::steady_clock::now() + kMoment;
    const Exploration ended = engine.explore(*options.strategy, limits, false);
    if (ended.findings.empty() || ended.findings.front().kind == FindingKind::race) continue;
    found.findings.push_back(ended.findings.front());
    return;
  }
} catch (const NotExplorable& error) {  // further on, where no race stops it
  log(fmt::format("how the money ends is not known: {}", error.what()));
}

void log_plan(const ExploreOptions& options) {
  const ExploreLimits& limits = options.limits;
  if (options.climbs())
    log(fmt::format("searching {}: a ladder of sizes, for {} s", *options.strategy,
                    in_seconds(limits.budget)));
  else
    log(fmt::format("{} {}: {} workers x {} transfers, {} accounts{}",
                    limits.replay.empty() ? "searching" : "replaying", *options.strategy, limits.workers,
                    limits.transfers, limits.accounts, limits.auditor ? ", an auditor" : ""));
  if (limits.replay.empty())
    log(fmt::format("until all is seen, or {} states, or {} MiB", limits.max_states,
                    limits.max_memory_bytes / 1024 / 1024));
}

int execute(ExploreOptions& options, const Request& request) try {
  settle(options);
  Documents documents(options.output, request.general);

  Engine engine(options.output.in_process);
  const std::string started_at = now_utc();
  log_plan(options);
  Exploration found = explore_watched(options, request.general.quiet, engine);
  if (!request.general.quiet) follow_race(options, found, engine);
  engine.settle();
  found.started_at = started_at;
  const int code = was_interrupted(found) ? exit_code_of(Outcome::interrupted, engine.signal())
                                          : exit_code_of(found.verdict);
  log(fmt::format("{} after {} states, {} transitions, {:.3f} s, {} MiB; exit code {}",
                  to_string(found.verdict), found.states, found.transitions, found.elapsed_s,
                  found.peak_memory_bytes / 1024 / 1024, code));
  const auto render = [&](Format format, const TextStyle& style) {
    if (format == Format::mermaid) return cycle_mermaid(found);
    return format == Format::json ? explore_json(found, request.argv, code) : explore_text(found, style);
  };
  documents.write(render, [&] {
    if (code != 0 && is_on_github())
      print_remark("error", found.strategy + ": " + explore_text(found, {.quiet = true}));
  });
  return code;
} catch (const BadReplayToken& error) {  // what the explorer refuses is what the user asked for
  throw ConfigError(error.what());
} catch (const std::invalid_argument& error) {
  throw ConfigError(error.what());
}

// The ranges of the explorer, for which a setting made with `run` in mind may be too large.
auto between(std::uint32_t least, std::uint32_t most) {
  return [=](const std::string& text) {
    const std::uint32_t count = parse_count_32(text);
    if (count < least || count > most)
      throw ConfigError(fmt::format("'{}' is not from {} to {}", text, least, most));
    return count;
  };
}

std::string parse_token(const std::string& text) {
  if (text.empty()) throw ConfigError("the token that a report printed is missing");
  return text;
}

std::vector<Money> parse_amounts(const std::string& text) {
  std::vector<Money> amounts = parse_balance(text);
  if (std::ranges::count(amounts, Money{}) > 0) throw ConfigError("a transfer moves money: at least 1");
  return amounts;
}

Money parse_one_balance(const std::string& text) {
  const std::vector<Money> balances = parse_balance(text);
  if (balances.size() != 1) throw ConfigError("explore opens all accounts with one balance");
  return balances[0];
}

// KIND, or of a deadlock deadlock:N or deadlock:auditor.
Wanted parse_wanted(const std::string& text) {
  constexpr std::uint32_t kMost = 8;
  const std::size_t colon = text.find(':');
  const auto names = enum_names(Sought{});
  const Words kinds(names.begin() + 1, names.end());  // all but `anything`, which is no wish
  Wanted wanted;
  wanted.what = static_cast<Sought>(1 + parse_choice(text.substr(0, colon), kinds));
  if (colon == std::string::npos) return wanted;
  const std::string detail = text.substr(colon + 1);
  if (wanted.what != Sought::deadlock)
    throw ConfigError(fmt::format("'{}': only a deadlock has a kind, as in deadlock:3", text));
  wanted.through_auditor = detail == "auditor";
  if (!wanted.through_auditor) wanted.members = between(1, kMost)(detail);
  return wanted;
}

void add_search_options(Command& command, ExploreOptions& options) {
  ExploreLimits& limits = options.limits;
  const Group subject(command, "What is explored");
  subject.add("-s,--strategy", "NAME", "ordered", joined(strategy_names()), options.strategy, parse_strategy,
              strategy_names());
  const Group size(command, "One size, and no ladder of sizes");
  const std::array named = {
      size.add("-t,--threads", "N", "2", "workers, 1 to 7", options.workers, between(1, 7)),
      size.add("-a,--accounts", "N", "2", "2 to 8", options.accounts, between(2, 8)),
      size.add("-n,--transfers", "N", "1", "of each worker", options.transfers, between(1, 255)),
      size.flag("--auditor", "one more worker, who makes so many audits", limits.auditor),
      size.flag("--no-auditor", "without", options.no_auditor)};
  exclude(named[3], named[4]);
  const Group inputs(command, "Inputs");
  const std::array replaced = {
      inputs.add("--amounts", "N[,N...]", "1,2", "of transfers; each is tried", options.amounts,
                 parse_amounts),
      inputs.add("--balance", "N", "1", "of each account; largest amount less 1", options.balance,
                 parse_one_balance),
      inputs.flag("--self-transfers", "from an account to itself as well", limits.self_transfers)};
  const Group how(command, "How");
  const Words sought = {"deadlock", "deadlock:2", "deadlock:3",  "deadlock:auditor",
                        "race",     "total",      "accounts",    "audit",
                        "negative", "trap",       "longest-wait"};
  CLI::Option* find = how.add("--find", "KIND", "", "shortest run into race, trap, deadlock:3 ...",
                              limits.find, parse_wanted, sought);
  CLI::Option* replay = how.add("--replay", "TOKEN", "", "this one schedule, as a report printed it",
                                limits.replay, parse_token);
  CLI::Option* budget = how.add("--budget", "TIME", "10s", "for sizes beyond 3x3x1 with an auditor",
                                limits.budget, parse_duration);
  for (CLI::Option* size_option : named) exclude(size_option, budget);
  for (CLI::Option* input : replaced) exclude(replay, input);
  exclude(replay, find);
  exclude(replay, budget);
  exclude(replay,
          how.add("--max-states", "N", "100m", "give up after so many", limits.max_states, parse_count));
  exclude(replay, how.add("--max-memory", "N", "4g", "or so many bytes, or all there are",
                          options.max_memory_bytes, parse_count));
}

}  // namespace

void declare_explore(Program& program) {
  Command& command = add_command(
      program, "explore", "every interleaving of a tiny bank: a proof, or the shortest way to break it");
  command.examples = {{"banksim explore --strategy naive", "the deadlock, in four steps"},
                      {"banksim explore -s ordered", "a proof, at ever larger sizes"},
                      {"banksim explore -s ordered -t 3 -a 3", "three workers, three accounts alone"},
                      {"banksim explore -s unsafe --find accounts", "a right total, wrong accounts"},
                      {"banksim explore -s ordered --amounts 1,60", "a large amount beside a small one"}};
  command.exit_codes = {{"0", "proved: everything was searched, nothing was found"},
                        kCouldNotRun,
                        {"2", "usage: also a token that belongs to something else"},
                        {"3", "violation: a race, wrong money, a lock kept, an unjust decline"},
                        {"4", "deadlock"},
                        {"5", "livelock; inconclusive: a bound was hit, or not what --find seeks"},
                        kInterrupted,
                        kBatch};
  ExploreOptions& options = command.executes<ExploreOptions>(execute);
  add_search_options(command, options);
  add_task_options(Group(command, "Output"), options.output);
}

}  // namespace banksim::cli
