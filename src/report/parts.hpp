// What the reports share: the names that text, JSON and CSV must give alike, and the pieces of the text.
#pragma once

#include "report/report.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace banksim {

// "1 thread", "1,000 threads".
std::string counted(std::uint64_t count, std::string_view thing);

// An indented line of a table: the label, padded, and the text.
std::string labelled(std::string_view label, std::size_t width, std::string_view text);

// "1,000 before, 1,000 after; 6 of 6 accounts match their ledger", or "not checked".
std::string money_text(const Check& check);

// Lines of more than `columns` letters broken between words, the rest below where the text of the line's
// label begins. 0: as it is.
std::string wrapped(std::string_view text, std::size_t columns);

// A step of an exploration: "read account 1 = 2", "lock the strategy's lock 2".
std::string step_text(const ExploreStep& step);

// What is behind a verdict that is not ok: the cycle, the wrong accounts, why, and what to do. Empty if it
// is.
std::string findings_text(const RunResult& result, const TextStyle& style);

}  // namespace banksim
