// A run, or an exploration, in a child process: it ends with a result whatever the strategy's code does, even to its
// process. What ended it is then said (RunResult::ended_by), with the last that was known; the money is not checked.
//
// Errors: as of the run or the exploration itself, whose exceptions are thrown again here; SimulationError where there
// can be no child. Of an exploration whose strategy ended the process NotExplorable.
//
// Threads, signals, cost: see child.hpp.
#pragma once

#include "compare/compare.hpp"
#include "isolate/child.hpp"

#include <banksim/exploration.hpp>
#include <banksim/result.hpp>

#include <functional>
#include <string_view>

namespace banksim {

// The control's on_progress is called in this process. The run is ended by signals alone.
RunResult run_isolated(Isolation& isolation, const Runner& runner, const Config& config, RunControl& control);

// limits.cancel and limits.watch are not looked at: it is ended by signals, and watched from here. Where the strategy's
// code comes to no operation for as long as `silence`, and is not merely starved, it is refused.
Exploration explore_isolated(Isolation& isolation, std::string_view strategy, const Explorer& explorer,
                             const ExploreLimits& limits,
                             std::chrono::nanoseconds silence = std::chrono::seconds{1});

}  // namespace banksim
