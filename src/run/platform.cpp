#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <thread>
#ifdef __linux__
#include <sched.h>
#endif

#include "run/platform.hpp"

namespace banksim {
namespace {

std::string compiler() {
#if defined(__clang__)
  return "clang " + std::to_string(__clang_major__) + "." + std::to_string(__clang_minor__) + "." +
         std::to_string(__clang_patchlevel__);
#else
  return "gcc " + std::to_string(__GNUC__) + "." + std::to_string(__GNUC_MINOR__) + "." +
         std::to_string(__GNUC_PATCHLEVEL__);
#endif
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// "key   : value" of a file of the proc file system; empty where there is none.
std::string proc_value(const char* path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t begin = line.find_first_not_of(" \t:", key.size());
    return begin == std::string::npos ? std::string() : line.substr(begin);
  }
  return {};
}

std::uint64_t first_number(const char* path) {
  std::ifstream file(path);
  std::uint64_t value = 0;
  return file >> value ? value : 0;
}

std::uint64_t least_known(std::uint64_t a, std::uint64_t b) {
  return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b);
}

// What is left under a limit on the address space, the one that `ulimit -v` sets.
std::uint64_t address_space_left() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 0;
  const std::uint64_t used =
      first_number("/proc/self/statm") * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const auto allowed = static_cast<std::uint64_t>(limit.rlim_cur);
  return allowed > used ? allowed - used : 1;
}

// What is left of the control group's limit, where containers set one.
std::uint64_t group_memory_left() {
  const std::uint64_t limit = first_number("/sys/fs/cgroup/memory.max");
  const std::uint64_t used = first_number("/sys/fs/cgroup/memory.current");
  return limit == 0 ? 0 : limit > used ? limit - used : 1;
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

unsigned host_cpus() {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
#endif
  return std::max(1U, std::thread::hardware_concurrency());
}

Host host() {
  Host host;
  utsname name{};
  if (uname(&name) == 0) {
    host.os = name.sysname;
    host.kernel = name.release;
    host.arch = name.machine;
  }
  host.cpu_model = proc_value("/proc/cpuinfo", "model name");
  host.logical_cpus = host_cpus();
  host.compiler = compiler();
  host.build_type = BANKSIM_BUILD_TYPE;
  host.sanitizers = split(BANKSIM_SANITIZERS, ',');
  return host;
}

ResourceUsage resource_usage() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return {};
  ResourceUsage used;
  used.user_s = seconds_of(usage.ru_utime);
  used.system_s = seconds_of(usage.ru_stime);
  used.voluntary_switches = static_cast<std::uint64_t>(usage.ru_nvcsw);
  used.involuntary_switches = static_cast<std::uint64_t>(usage.ru_nivcsw);
#ifdef __APPLE__
  used.max_rss_kib = static_cast<std::uint64_t>(usage.ru_maxrss) / 1024;  // bytes there
#else
  used.max_rss_kib = static_cast<std::uint64_t>(usage.ru_maxrss);
#endif
  return used;
}

double load_average() {
  double load = -1;
  return getloadavg(&load, 1) == 1 ? load : -1;
}

std::uint64_t available_memory_bytes() {
  const std::string available = proc_value("/proc/meminfo", "MemAvailable");
  const std::uint64_t machine = available.empty() ? 0 : std::stoull(available) * 1024;
  return least_known(least_known(machine, address_space_left()), group_memory_left());
}

const char* version() { return BANKSIM_VERSION; }

}  // namespace banksim
