// Enumerators by name. An enumeration has names where a function enum_names() stands beside it, which lists
// them in the order of the enumerators. Records, reports and messages use these names; they are promised to scripts.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace banksim {

template <class Enum>
concept Named = requires(Enum value) {
  enum_names(value);
};

template <Named Enum>
constexpr const char* to_string(Enum value) {
  return enum_names(value)[static_cast<std::size_t>(value)];
}

// The enumerator of that name, if there is one.
template <Named Enum>
constexpr std::optional<Enum> named(std::string_view name) {
  constexpr auto names = enum_names(Enum{});
  for (std::size_t i = 0; i < names.size(); ++i)
    if (name == names[i]) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace banksim
