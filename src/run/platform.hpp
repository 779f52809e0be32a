// What Linux knows of the machine and of this process. Whatever is not known is zero or empty.
#pragma once

#include <banksim/result.hpp>

#include <cstdint>

namespace banksim {

Host host();

// Processors that this process may use; at least 1.
unsigned host_cpus();

ResourceUsage resource_usage();

// Threads of the whole machine that ran or wanted to, averaged over the last minute; below 0: unknown.
double load_average();

// Memory that can still be had without swapping, limits on the process and its group included; 0: unknown.
std::uint64_t available_memory_bytes();

const char* version();

}  // namespace banksim
