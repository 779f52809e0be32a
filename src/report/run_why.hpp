// What is behind the verdict on a run. Pure functions, without locks or state.
#pragma once

#include "report/report.hpp"

#include <string>

namespace banksim {

// "1,000 before, 1,000 after; 6 of 6 accounts match their ledger", or "not checked".
std::string money_text(const Check& check);

// Below a verdict that is not ok: the cycle, the wrong accounts, why, a way out, and where to see more. Empty
// if it is. Throws std::bad_optional_access where the outcome is deadlock and no cycle is given.
std::string why_text(const RunResult& run, bool unicode);

}  // namespace banksim
