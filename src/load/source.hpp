// A strategy's file as text: which strategies it has, and what in it the compiler accepts and does not mean what its
// author thinks.
//
// It reads what people write by hand: templates that macros make are not found, and are named by who asks for them.
// Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace banksim {

struct StrategySource {
  std::vector<std::string> strategies;  // names with their namespaces, in their order
  std::string no_template;              // a class that locks and is no template; else empty
};
StrategySource strategies_in(std::string_view text);

// What is probably wrong, in the order of the lines.
struct Suspicion {
  std::size_t line;
  std::string what;
};
std::vector<Suspicion> suspicions_of(std::string_view text);

}  // namespace banksim
