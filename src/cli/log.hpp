// The log that -v asks for: lines on stderr, and the only user of spdlog. Nothing is logged during a run.
#pragma once

#include <string_view>

namespace banksim::cli {

// Until this is called log() does nothing.
void enable_log();
void log(std::string_view line);

}  // namespace banksim::cli
