// All that can be said against a strategy: proofs on small banks, and real runs where its faults show most.
//
// A strategy of a file is held to freedom from deadlock and to the money, whatever it claims; one of the program to its
// claims. Each proof and each run is handed in, so each may be in a process of its own.
//
// Cost: the budget of the ladder twice, and some dozens of short runs: at most 20 s for who keeps its promises.
//
// Errors: none of the strategy's. Who cannot be explored or run is a row.
#pragma once

#include "compare/compare.hpp"
#include "registry.hpp"

#include <banksim/exploration.hpp>
#include <banksim/result.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace banksim {

enum class CheckStage : std::uint8_t { source, proof, runs, self_transfers };
constexpr auto enum_names(CheckStage) { return std::to_array({"source", "proof", "runs", "self_transfers"}); }
// Undecided: neither proved nor caught, also what cannot be explored. Refused: it does not compile, or the machine
// could not. Informs: it is no part of what is promised.
enum class CheckState : std::uint8_t { holds, fails, undecided, refused, informs };
constexpr auto enum_names(CheckState) {
  return std::to_array({"holds", "fails", "undecided", "refused", "informs"});
}

struct CheckRow {
  CheckStage stage = CheckStage::source;
  CheckState state = CheckState::holds;
  std::uint32_t accounts = 0;              // of runs
  std::uint32_t runs = 0;                  // that were made
  std::optional<Exploration> exploration;  // of a proof
  std::optional<RunResult> worst;          // of runs: the first that broke a promise
  std::string refusal;                     // why it could not be explored, run or compiled
  double elapsed_s = 0;
};

struct Checked {
  std::string strategy;
  bool deadlock_free = true, conserves_money = true;  // what it is held to
  std::string same_as;                                // an earlier file with the same text
  std::vector<CheckRow> rows = {};
  // The worst of the rows.
  CheckState state() const;
};

struct Checker {
  Runner run;
  std::function<Exploration(const std::string& strategy, const ExploreLimits& limits)> climb;
  std::function<bool()> is_called_off;
  std::function<void(const std::string& strategy, CheckStage stage, std::uint32_t accounts)> on_stage;
};
// Ends early where it is called off.
Checked check(const std::string& strategy, bool deadlock_free, bool conserves_money,
              const ExploreLimits& limits, const Checker& checker);

}  // namespace banksim
