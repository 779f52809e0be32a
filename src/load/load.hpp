// A strategy from a file: compiled against the headers that came with this program, and found by its path from then on.
//
// The file is compiled when its name is first used; its words are read from the object. The object is loaded only where
// the strategy runs or is explored, which is a child process: what its static objects do is done there.
//
// Errors: ConfigError, with the file and its line, for what its author can mend; SimulationError where the machine has
// no compiler or no room. Both before anything is run.
#pragma once

#include "load/source.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace banksim {

// Whether it is meant as a path: it has a slash, or ends in .hpp, or names a strategy of such a file (mine.hpp:Other).
bool is_strategy_file(std::string_view text);

// Adds the file's strategies to the registry, all or the one that is named after a colon, and returns their names: the
// path as typed, with a colon and the strategy if there are several. `suspect` is told of lines that are probably wrong.
using Suspect = std::function<void(const std::string&)>;
std::vector<std::string> load_strategies(const std::string& text, const Suspect& suspect);

}  // namespace banksim
