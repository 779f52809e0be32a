// What the operating system knows: the host, what the process used, how much memory is left.
// The only file with a body for each platform; whatever is not known is zero or empty.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace banksim {

struct Host {
  std::string os;      // "Linux"
  std::string kernel;  // "6.1.0"
  std::string arch;    // "x86_64"
  std::string cpu_model;
  unsigned logical_cpus = 1;  // that this process may use
  std::string compiler;
  std::string build_type;
  std::vector<std::string> sanitizers;
};
Host host();

// Processors that this process may use; at least 1.
unsigned host_cpus();

// Used by the whole process since it started.
struct ResourceUsage {
  double user_s = 0;
  double system_s = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  std::uint64_t max_rss_kib = 0;
};
ResourceUsage resource_usage();

// Threads of the whole machine that ran or wanted to, averaged over the last minute; below 0: unknown.
double load_average();

// Memory that can still be had without swapping, limits on the process and its group included; 0: unknown.
std::uint64_t available_memory_bytes();

const char* version();

}  // namespace banksim
