// The manual page, banksim(1), as roff: made from the live tables, so an option that works is in it.
#pragma once

#include "cli/command.hpp"

#include <string>
#include <vector>

namespace banksim::cli {

// Uses man(7) macros alone, which groff and mandoc both know. Plain ASCII; the same for the same program, so
// it carries no date.
std::string manual_page(const std::vector<Command>& table);

}  // namespace banksim::cli
