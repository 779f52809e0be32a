#include "run/platform.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>
#include <thread>

namespace banksim {
namespace {

std::string compiler() {
#if defined(__clang__)
  return fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  return fmt::format("gcc {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

// "key   : value" of a file of the proc file system; without a key its first line.
std::string proc_value(const char* path, std::string_view key = {}) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t begin = line.find_first_not_of(" \t:", key.size());
    return begin == std::string::npos ? std::string() : line.substr(begin);
  }
  return {};
}

std::uint64_t proc_number(const char* path, std::string_view key = {}) {
  return std::strtoull(proc_value(path, key).c_str(), nullptr, 10);  // 0 also of a word, such as "max"
}

// Of a limit that is known, something is always left: 0 would say that it is not.
std::uint64_t left_of(std::uint64_t limit, std::uint64_t used) {
  if (limit == 0) return 0;
  return limit > used ? limit - used : 1;
}

// Under the limit that `ulimit -v` sets.
std::uint64_t address_space_left() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 0;
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return left_of(std::max<std::uint64_t>(1, limit.rlim_cur), proc_number("/proc/self/statm") * page);
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

unsigned host_cpus() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
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
  std::istringstream sanitizers(BANKSIM_SANITIZERS);
  for (std::string one; std::getline(sanitizers, one, ',');) host.sanitizers.push_back(one);
  return host;
}

ResourceUsage resource_usage() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return {};
  return {seconds_of(usage.ru_utime), seconds_of(usage.ru_stime), static_cast<std::uint64_t>(usage.ru_nvcsw),
          static_cast<std::uint64_t>(usage.ru_nivcsw), static_cast<std::uint64_t>(usage.ru_maxrss)};
}

double load_average() {
  double load = -1;
  return getloadavg(&load, 1) == 1 ? load : -1;
}

std::uint64_t available_memory_bytes() {
  const std::uint64_t group_left =
      left_of(proc_number("/sys/fs/cgroup/memory.max"), proc_number("/sys/fs/cgroup/memory.current"));
  std::uint64_t least = 0;
  for (const std::uint64_t left :
       {proc_number("/proc/meminfo", "MemAvailable") * 1024, address_space_left(), group_left})
    if (left != 0 && (least == 0 || left < least)) least = left;
  return least;
}

const char* version() { return BANKSIM_VERSION; }

}  // namespace banksim
