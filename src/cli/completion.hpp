// Completion: the shells ask the program, which answers from CLI11's tree.
#pragma once

#include "cli/command.hpp"

#include <string>

namespace banksim::cli {

// `banksim __complete WORDS...`: the words typed after banksim, the last one as far as it is typed.
inline constexpr const char* kCompletionRequest = "__complete";

// What may stand for the last word, a line each with what it means after a tab; or ":files". bash gives the
// parts of --name=value and of a:b as words of their own: the answer is for the last part alone.
std::string offers_for(const Program& program, const Words& words);

// How many leading words are options that every command has, with their values.
std::size_t leading_general_options(const Program& program, const Words& words);

}  // namespace banksim::cli
