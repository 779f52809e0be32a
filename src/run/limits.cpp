// What limits this process: its control groups, its address space, the machine's memory.
#include "run/platform.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <sstream>
#include <utility>

namespace banksim {
namespace {

// 0 of a word, such as "max", and of a number below zero or so large that it means that there is no limit.
std::uint64_t number_in(const std::string& file, std::string_view key = {}) {
  constexpr std::uint64_t kBeyondAll = std::uint64_t{1} << 50;
  const std::uint64_t number = std::strtoull(value_in(file, key).c_str(), nullptr, 10);
  return number < kBeyondAll ? number : 0;
}

double real_in(const std::string& file, std::string_view key = {}) {
  return std::strtod(value_in(file, key).c_str(), nullptr);
}

// Of a limit that is known, something is always left: 0 would say that it is not.
std::uint64_t left_of(std::uint64_t limit, std::uint64_t used) {
  if (limit == 0) return 0;
  return limit > used ? limit - used : 1;
}

std::uint64_t least_known(std::initializer_list<std::uint64_t> amounts) {
  std::uint64_t least = 0;
  for (const std::uint64_t amount : amounts)
    if (amount != 0 && (least == 0 || amount < least)) least = amount;
  return least;
}

// Under the limit that `ulimit -v` sets.
std::uint64_t address_space_left() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 0;
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return left_of(std::max<std::uint64_t>(1, limit.rlim_cur), number_in("/proc/self/statm") * page);
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

bool lists(const std::string& list, std::string_view one) {
  const std::vector<std::string> items = split(list, ',');
  return std::ranges::find(items, one) != items.end();
}

// mountinfo has a space in a name as \040.
std::string unescaped(const std::string& name) {
  std::string plain;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool is_code = name[i] == '\\' && i + 3 < name.size();
    plain += is_code ? static_cast<char>(std::strtoul(name.substr(i + 1, 3).c_str(), nullptr, 8)) : name[i];
    if (is_code) i += 3;
  }
  return plain;
}

// The rest of a path below a folder of it; nothing if it is not below.
std::optional<std::string> below(const std::string& path, const std::string& folder) {
  const std::string base = folder == "/" ? "" : folder;
  if (path == base || path == folder) return "";
  if (!path.starts_with(base + '/')) return std::nullopt;
  return path.substr(base.size());
}

}  // namespace

ControlGroups::ControlGroups(const std::string& root)
    : cpu_(find(root, "cpu")), memory_(find(root, "memory")) {}

// A controller is in the hierarchy of version 1 that names it, else in that of version 2, which names none.
ControlGroups::Controller ControlGroups::find(const std::string& root, std::string_view name) {
  Controller controller;
  std::optional<std::string> own;
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(groups, line) && !controller.is_version_1;) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string list = line.substr(first + 1, second - first - 1);
    controller.is_version_1 = lists(list, name);
    if (controller.is_version_1 || list.empty()) own = line.substr(second + 1);
  }
  if (!own) return controller;

  std::string top, folder;  // the mount's, and the process's own
  std::ifstream mounts(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    if (line.find(" - cgroup") == std::string::npos) continue;  // most of them, soon
    const std::vector<std::string> fields = split(line, ' ');
    const auto dash = std::ranges::find(fields, "-");
    if (dash - fields.begin() < 6 || fields.end() - dash < 4) continue;
    if (dash[1] != (controller.is_version_1 ? "cgroup" : "cgroup2")) continue;
    if (controller.is_version_1 && !lists(dash[3], name)) continue;
    const std::optional<std::string> rest = below(*own, unescaped(fields[3]));
    if (!rest && !top.empty()) continue;
    // A container may see no more than its own group, under a name that it has outside: then that is the mount.
    top = root + unescaped(fields[4]);
    folder = top + (rest && rest->find("/..") == std::string::npos ? *rest : "");
    if (rest) break;
  }
  for (; folder.size() > top.size(); folder.resize(folder.rfind('/'))) controller.folders.push_back(folder);
  if (!top.empty()) controller.folders.push_back(top);
  return controller;
}

double ControlGroups::quota_cpus() const {
  double least = 0;
  for (const std::string& folder : cpu_.folders) {
    std::istringstream both(value_in(folder + "/cpu.max"));
    double quota = 0, period = 0;  // "max 100000" is read as neither
    if (cpu_.is_version_1) {
      quota = real_in(folder + "/cpu.cfs_quota_us");
      period = real_in(folder + "/cpu.cfs_period_us");
    } else if (!(both >> quota >> period)) {
      continue;
    }
    if (quota > 0 && period > 0 && (least == 0 || quota / period < least)) least = quota / period;
  }
  return least;
}

Throttling ControlGroups::throttling() const {
  Throttling sum;
  for (const std::string& folder : cpu_.folders) {
    const std::string stat = folder + "/cpu.stat";
    const std::uint64_t periods = number_in(stat, "nr_periods");
    if (periods == 0) continue;
    sum.periods += periods;
    sum.throttled_periods += number_in(stat, "nr_throttled");
    sum.throttled_s +=
        cpu_.is_version_1 ? 1e-9 * real_in(stat, "throttled_time") : 1e-6 * real_in(stat, "throttled_usec");
  }
  return sum;
}

std::uint64_t ControlGroups::memory_left_bytes() const {
  const bool first = memory_.is_version_1;
  std::uint64_t least = 0;
  for (const std::string& folder : memory_.folders) {
    const std::uint64_t limit = number_in(folder + (first ? "/memory.limit_in_bytes" : "/memory.max"));
    if (limit == 0) continue;
    std::uint64_t used = number_in(folder + (first ? "/memory.usage_in_bytes" : "/memory.current"));
    for (const char* cache : {"inactive_file ", "active_file "})
      used -=
          std::min(used, number_in(folder + "/memory.stat", (first ? "total_" : "") + std::string(cache)));
    least = least_known({least, left_of(limit, used)});
  }
  return least;
}

std::uint64_t ControlGroups::oom_kills() const {
  if (memory_.folders.empty()) return 0;
  const char* file = memory_.is_version_1 ? "/memory.oom_control" : "/memory.events";
  return number_in(memory_.folders.front() + file, "oom_kill ");
}

const ControlGroups& control_groups() {
  static const ControlGroups groups;
  return groups;
}

std::uint64_t available_memory_bytes(const ControlGroups& groups, const std::string& root) {
  const std::uint64_t free_bytes = number_in(root + "/proc/meminfo", "MemAvailable:") * 1024;
  return least_known({free_bytes, address_space_left(), groups.memory_left_bytes()});
}

}  // namespace banksim
