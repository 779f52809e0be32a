// What does not fit a command's help: `banksim help TOPIC`. Plain ASCII, broken to the terminal's width by whoever shows it.
#pragma once

#include <span>
#include <string_view>

namespace banksim::cli {

struct Topic {
  std::string_view name;
  std::string_view summary;
  std::string_view text;
};
std::span<const Topic> topics();

}  // namespace banksim::cli
