#include "explore/explorer.hpp"
#include "explore/state_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace banksim {
namespace model {
namespace {

constexpr std::uint32_t kMaxAccounts = 8;
constexpr std::size_t kMaxAmounts = 8;

void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

ExploreVerdict verdict_of(FindingKind kind) {
  if (kind == FindingKind::deadlock) return ExploreVerdict::deadlock;
  return kind == FindingKind::livelock ? ExploreVerdict::livelock : ExploreVerdict::violation;
}

// Nothing is wrong that was found. Who can always finish has finished, so every audit was seen.
bool is_proved(const Exploration& result) {
  return result.complete && !result.passed_over && result.outcomes_seen.done && result.outcomes_seen.declined;
}

void check_can_be_found(const Wanted& find, const ExploreSize& size) {
  require(size.auditor || !(find.through_auditor || find.what == Sought::audit),
          "--find: there are no audits at this size; add --auditor");
  const std::uint32_t threads = size.workers + (size.auditor ? 1 : 0);
  if (find.members > threads)
    throw std::invalid_argument(
        fmt::format("--find deadlock:{}: there are no more than {} threads", find.members, threads));
}

void check_token(const Exploration& result) {
  const std::string& token = result.findings.front().token;
  if (token != result.limits.replay)
    throw BadReplayToken(fmt::format("this token is for another source of {}: here the schedule is {}",
                                     result.strategy, token));
}

}  // namespace

std::optional<std::string> out_of_range(const ExploreSize& size) {
  constexpr std::int64_t kMost = kMaxTotal.minor_units();
  if (size.workers < 1 || size.workers >= kMaxWorkers) return "--threads must be from 1 to 7";
  if (size.accounts < 2 || size.accounts > kMaxAccounts) return "--accounts must be from 2 to 8";
  if (size.transfers < 1 || size.transfers > Slot::kMaxTransfers)
    return "--transfers must be from 1 to 255: they are of each worker";
  if (size.balance < Money{} || size.balance.minor_units() > kMost / size.accounts)
    return fmt::format("--balance must be from 0 to {}: the bank holds at most {}", kMost / size.accounts,
                       kMost);
  if (size.amounts.empty() || size.amounts.size() > kMaxAmounts)
    return fmt::format("--amounts must list from 1 to {} amounts", kMaxAmounts);
  for (auto amount = size.amounts.begin(); amount != size.amounts.end(); ++amount) {
    if (*amount < Money{1} || *amount > kMaxTotal)
      return fmt::format("--amounts must be from 1 to {}", kMost);
    if (std::find(size.amounts.begin(), amount, *amount) != amount)
      return fmt::format("--amounts lists {} twice", amount->minor_units());
  }
  return std::nullopt;
}

Setup setup_for(std::string_view strategy, const ExploreLimits& limits) {
  Setup setup;
  if (limits.replay.empty()) {
    static_cast<ExploreSize&>(setup) = limits;
    setup.strategy = strategy;
    setup.find = limits.find;
    if (const auto why = out_of_range(setup)) throw std::invalid_argument(*why);
    const std::vector<Transfer> all = all_transfers(setup);
    for (const Transfer& choice : limits.choices) {
      const auto found = std::find(all.begin(), all.end(), choice);
      require(found != all.end(), "workers must choose among transfers of the size that is explored");
      setup.choices.push_back(static_cast<std::uint32_t>(found - all.begin()));
    }
  } else {
    setup = read_head(limits.replay);
    if (setup.strategy != strategy)
      throw BadReplayToken(
          fmt::format("this token is for {}; you asked for {}", setup.to_string(), strategy));
  }
  setup.watch = limits.watch;
  require(limits.max_states >= 1 && limits.max_states <= kMaxStates,
          "--max-states must be from 1 to 2,147,483,391");
  require(limits.max_memory_bytes >= 1, "--max-memory must be at least 1");
  return setup;
}

Exploration explore(Model& model, const ExploreLimits& limits) {
  const auto start = std::chrono::steady_clock::now();
  Exploration result;
  result.strategy = model.setup().strategy;
  result.limits = limits;
  static_cast<ExploreSize&>(result.limits) = model.setup();
  result.limits.find = model.setup().find;
  result.replayed = !limits.replay.empty();
  result.heap_not_seen = !model.locals().sees_heap();

  const auto found = result.replayed ? follow(model, limits.replay) : search_all(model, result);
  result.outcomes_seen = model.outcomes();
  result.collisions_not_met = model.locals().has_more_than_accounts();
  result.passed_over = model.passed_over();
  result.peak_memory_bytes = std::max(result.peak_memory_bytes, model.bytes());
  const bool is_wrong = found && found->breach.kind != FindingKind::longest_wait;
  if (found) {
    result.findings.push_back(tell(model, *found));
    if (result.replayed) check_token(result);
  }
  if (is_wrong) {
    // A search that was stopped may have stopped short of a shorter one.
    result.findings.front().fewest_steps =
        !result.replayed && result.bounds_hit.empty() && found->breach.kind != FindingKind::livelock;
    result.verdict = verdict_of(found->breach.kind);
  } else if (is_proved(result)) {
    result.verdict = ExploreVerdict::proved;
  }
  result.elapsed_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace model

std::vector<Money> usual_amounts() { return {Money{1}, Money{2}}; }

void check_limits(std::string_view strategy, const ExploreLimits& limits) {
  (void)model::setup_for(strategy, limits);
  model::check_can_be_found(limits.find, limits);
}

Exploration explore(std::string_view strategy, ExploreSubjectFactory make, const ExploreLimits& limits) {
  model::Model model(make, model::setup_for(strategy, limits));
  return model::explore(model, limits);
}

}  // namespace banksim
