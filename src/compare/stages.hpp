// The stages of compare(), in their order, and what they share. Private to this room.
#pragma once

#include "compare/compare.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace banksim {

inline constexpr double kShortRun_s = 0.010;  // about three time slices of the scheduler

// Group by group, within a group strategy by strategy. Throws ConfigError.
std::vector<CellResult> lay_out(const ComparePlan& plan);

// Fills in the runs and the outcomes of the cells.
void run_rounds(Comparison& comparison, RunControl& control,
                const std::function<void(const CompareProgress&)>& on_progress, const Runner& runner);

// `load`: runnable threads of the whole machine before the first run; below 0: unknown.
std::vector<Warning> find_warnings(const Comparison& comparison, double load);

// Of the cells of a group the one that the plan names as the reference: of two of that name the first.
std::size_t named_reference(const Comparison& comparison, const Group& group);

// Nothing where the plan has no gate, and of half a comparison.
std::optional<Gate> judge(const Comparison& comparison, const std::vector<Group>& groups);

Outcome worse(Outcome a, Outcome b);

}  // namespace banksim
