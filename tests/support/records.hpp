// What the tests of records write: with sentences of their own, from a command line of their own.
#pragma once

#include "comparisons.hpp"
#include "record/record.hpp"

#include <string>
#include <vector>

namespace banksim {

inline const std::vector<std::string> kCommand{"banksim", "--threads", "50"};

inline constexpr Wording kWords{[](const Warning& warning) { return "beware: " + warning.code; },
                                [](const Comparison&) { return std::string("who won"); },
                                [](const Comparison&) {
                                  return std::vector<std::string>{"one", "two"};
                                },
                                [](const Comparison&) { return std::vector<std::string>{"too slow"}; }};

}  // namespace banksim
