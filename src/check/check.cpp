#include "check/check.hpp"

#include <banksim/simulate.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>

namespace banksim {
namespace {

using namespace std::chrono_literals;

class Stages {
 public:
  Stages(Checked& checked, const Checker& checker) : checked_(checked), checker_(checker) {}

  void explore(CheckStage stage, const ExploreLimits& limits) {
    row(stage, 0, [&](CheckRow& row) {
      row.exploration = checker_.climb(checked_.strategy, limits);
      row.state = state_of(row.exploration->verdict);
      if (stage == CheckStage::self_transfers) row.state = CheckState::informs;
    });
  }

  void run(std::uint32_t accounts) {
    row(CheckStage::runs, accounts, [&](CheckRow& row) {
      for (const Config& config : configs(accounts)) {
        if (checker_.is_called_off()) return;
        RunControl control;
        const RunResult result = checker_.run(config, control);
        ++row.runs;
        row.state = std::max(row.state, state_of(result.outcome));
        if (row.state == CheckState::holds) continue;
        row.worst = result;
        return;
      }
    });
  }

 private:
  template <class Work>
  void row(CheckStage stage, std::uint32_t accounts, const Work& work) {
    if (checker_.is_called_off()) return;
    checker_.on_stage(checked_.strategy, stage, accounts);
    CheckRow row;
    row.stage = stage;
    row.accounts = accounts;
    const auto begin = std::chrono::steady_clock::now();
    try {
      work(row);
    } catch (const NotExplorable& error) {
      row.state = stage == CheckStage::self_transfers ? CheckState::informs : CheckState::undecided;
      row.refusal = error.what();
    } catch (const std::exception& error) {
      row.state = CheckState::refused;
      row.refusal = error.what();
    }
    row.elapsed_s = in_seconds(std::chrono::steady_clock::now() - begin);
    checked_.rows.push_back(std::move(row));
  }

  CheckState state_of(ExploreVerdict verdict) const {
    const bool is_allowed = (verdict == ExploreVerdict::violation && !checked_.conserves_money) ||
                            (verdict == ExploreVerdict::deadlock && !checked_.deadlock_free);
    if (verdict == ExploreVerdict::proved || is_allowed) return CheckState::holds;
    return verdict == ExploreVerdict::inconclusive ? CheckState::undecided : CheckState::fails;
  }

  CheckState state_of(Outcome outcome) const {
    const bool is_allowed = (outcome == Outcome::violation && !checked_.conserves_money) ||
                            (outcome == Outcome::deadlock && !checked_.deadlock_free);
    if (outcome == Outcome::ok || is_allowed) return CheckState::holds;
    return outcome == Outcome::violation || outcome == Outcome::deadlock || outcome == Outcome::crashed
               ? CheckState::fails
               : CheckState::undecided;
  }

  // Where faults show: locks are held across a yield, and every transfer is audited; then at full speed.
  std::vector<Config> configs(std::uint32_t accounts) const {
    Config config;
    config.strategy = checked_.strategy;
    config.accounts = accounts;
    config.threads = 4;
    config.duration = 150ms;  // and no count of transfers, which a busy machine might not get done
    config.timeout = 10s;
    config.stall = 4s;
    config.slice = 5ms;
    std::vector<Config> all;
    for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
      config.seed = seed;
      config.hold.yield = true;
      config.audit = {AuditPolicy::Kind::each};
      all.push_back(config);
      config.hold.yield = seed % 2 == 0;
      config.audit = {AuditPolicy::Kind::interval, 1ms};
      all.push_back(config);
    }
    return all;
  }

  Checked& checked_;
  const Checker& checker_;
};

}  // namespace

CheckState Checked::state() const {
  CheckState worst = CheckState::holds;
  for (const CheckState bad : {CheckState::refused, CheckState::undecided, CheckState::fails})
    if (std::ranges::any_of(rows, [bad](const CheckRow& row) { return row.state == bad; })) worst = bad;
  return worst;
}

Checked check(const std::string& strategy, bool deadlock_free, bool conserves_money,
              const ExploreLimits& limits, const Checker& checker) {
  Checked checked{.strategy = strategy,
                  .deadlock_free = deadlock_free,
                  .conserves_money = conserves_money,
                  .same_as = {}};
  Stages stages(checked, checker);
  stages.explore(CheckStage::proof, limits);
  // As many accounts as share what a table of 16 has, often enough: no proof is as large.
  for (const std::uint32_t accounts : {2U, 6U, 32U, 1000U}) stages.run(accounts);
  ExploreLimits to_itself = limits;
  to_itself.self_transfers = true;
  to_itself.budget = {};
  stages.explore(CheckStage::self_transfers, to_itself);
  return checked;
}

}  // namespace banksim
