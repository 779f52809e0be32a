// What the reports of a comparison share.
#pragma once

#include "compare/compare.hpp"

#include <string>
#include <vector>

namespace banksim {


// "2 threads, 6 accounts, hold 400 ns": of a cell's conditions those that the plan varies; all of them:
// `whole`.
std::string condition_text(const ComparePlan& plan, const Config& config, bool whole = false);

std::string hold_text(const Hold& hold);  // "--hold 400ns": as it is typed

// Where the ranking flips, and where the time of each strategy went, in sentences.
std::vector<std::string> findings(const Comparison& comparison);

}  // namespace banksim
