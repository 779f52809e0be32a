// What the help and the manual page say alike, and the texts themselves. Made from the live tree, so an
// option that works is in both.
#pragma once

#include "cli/command.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class FormatterBase;
}

namespace banksim::cli {

// Makes CLI11's --help ours: examples first, then the options by group, then the exit codes. Plain ASCII, at
// most 100 columns. `program` must outlive it.
std::shared_ptr<CLI::FormatterBase> help_formatter(const Program& program);

// The page banksim(1) as roff: man(7) macros alone, which groff and mandoc both know. Plain ASCII; the same
// for the same program, so it carries no date.
std::string manual_page(const Program& program);

std::string synopsis(const Command& command);   // "banksim help [OPTIONS] [COMMAND]"
std::string_view program_summary();             // what banksim does, without an end
const std::vector<std::string>& conventions();  // sentences on values and where they come from

}  // namespace banksim::cli
