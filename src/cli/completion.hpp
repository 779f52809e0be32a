// Completion scripts, made from the live tables: what the parser knows, the shell offers.
#pragma once

#include "cli/command.hpp"

#include <string>
#include <vector>

namespace banksim::cli {

std::string bash_completion(const std::vector<Command>& table);
std::string zsh_completion(const std::vector<Command>& table);
std::string fish_completion(const std::vector<Command>& table);

}  // namespace banksim::cli
