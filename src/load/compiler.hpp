// The machine's C++ compiler: run within bounds, and its first error in words for the author of the file.
//
// $CXX, or c++. It is ended after a minute, and may take 2 GiB.
//
// Errors: SimulationError where the machine has none, or it was ended; ConfigError with the first error otherwise.
//
// Threads: none. The compiler is ended with this process.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace banksim {

// What makes it another compiler: its command, where that is, when it was changed.
std::string compiler_identity();

// With these arguments, whose sources include `file`. Returns what it said, which are warnings.
std::string compile(const std::vector<std::string>& arguments, const std::filesystem::path& file);

// Of a compiler's output the first error: in the file and line of the author's where it has any. Tests read it.
std::string first_error(const std::string& output, const std::filesystem::path& file);

}  // namespace banksim
