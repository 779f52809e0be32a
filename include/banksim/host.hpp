// The machine that a run had, and what the process used of it. Whatever is not known is zero or empty.
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
  bool operator==(const Host&) const = default;
};

// Of the whole process.
struct ResourceUsage {
  double user_s = 0;
  double system_s = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  std::uint64_t max_rss_kib = 0;
  bool operator==(const ResourceUsage&) const = default;
};

}  // namespace banksim
