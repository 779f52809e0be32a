// The exploration that shows what a run has met, as a command that was tried.
#pragma once

#include "cli/engine.hpp"

#include <string>

namespace banksim::cli {

// What to write behind `banksim explore`. Empty where nothing shows it that was found within a second.
std::string see_again(Engine& engine, const RunResult& run);

}  // namespace banksim::cli
