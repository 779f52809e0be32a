// "Did you mean": the candidate that a mistyped word most likely stands for.
// Pure functions; cost: the product of the two lengths for each candidate.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace banksim::cli {

// How many letters must be inserted, dropped, replaced or swapped with their neighbour to make `a` of `b`
// (optimal string alignment; Damerau 1964). Upper and lower case are the same.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate that begins with `typed`, if there is just one; else the nearest, the first of several,
// unless it is so far away that it would puzzle rather than help.
std::optional<std::string> nearest(std::string_view typed, std::span<const std::string> candidates);

// "; did you mean 'ordered'?", or nothing.
std::string did_you_mean(std::string_view typed, std::span<const std::string> candidates);

// {a, b, c} -> "a, b, c"
std::string joined(std::span<const std::string> words, std::string_view separator = ", ");

}  // namespace banksim::cli
