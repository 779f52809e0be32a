// Control groups and memory, in made-up trees: a folder that holds the /proc and the mounts of another machine.
#include "run/platform.hpp"
#include "support/process.hpp"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <filesystem>
#include <map>
#include <string>

using namespace banksim;
using Catch::Approx;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

std::string mebibytes(std::uint64_t count) { return std::to_string(count * kMiB); }

// Files by their path from the root.
class MadeUpRoot {
 public:
  explicit MadeUpRoot(const std::map<std::string, std::string>& files) {
    for (const auto& [path, text] : files) {
      const std::filesystem::path file = folder_ / path;
      std::filesystem::create_directories(file.parent_path());
      test::write_file(file.string(), text + '\n');
    }
  }
  const std::string& path() const { return folder_.path(); }
  ControlGroups groups() const { return ControlGroups(path()); }

 private:
  test::ScratchFolder folder_;
};

const std::string kMountOf2 =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate";

}  // namespace

TEST_CASE("Of version 2 the tightest limit counts, in the own group or above it", "[limits]") {
  const MadeUpRoot root(
      {{"proc/self/cgroup", "0::/a.slice/b.scope"},
       {"proc/self/mountinfo", "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n" + kMountOf2},
       {"proc/meminfo", "MemTotal: 9999999 kB\nMemAvailable:    8000000 kB"},
       {"sys/fs/cgroup/a.slice/cpu.max", "50000 100000"},
       {"sys/fs/cgroup/a.slice/cpu.stat",
        "usage_usec 1\nnr_periods 137\nnr_throttled 135\nthrottled_usec 6800000"},
       {"sys/fs/cgroup/a.slice/b.scope/cpu.max", "150000 100000"},
       {"sys/fs/cgroup/a.slice/b.scope/cpu.stat", "nr_periods 0\nnr_throttled 0"},
       {"sys/fs/cgroup/a.slice/memory.max", mebibytes(100)},
       {"sys/fs/cgroup/a.slice/memory.current", mebibytes(90)},
       {"sys/fs/cgroup/a.slice/memory.stat",
        "anon 1\ninactive_file " + mebibytes(50) + "\nactive_file " + mebibytes(10)},
       {"sys/fs/cgroup/a.slice/b.scope/memory.max", mebibytes(200)},
       {"sys/fs/cgroup/a.slice/b.scope/memory.current", mebibytes(20)},
       {"sys/fs/cgroup/a.slice/b.scope/memory.events", "oom 9\noom_kill 2\noom_group_kill 7"}});
  CHECK(root.groups().quota_cpus() == Approx(0.5));
  CHECK(root.groups().throttling() == Throttling{137, 135, 6.8});
  CHECK(root.groups().memory_left_bytes() == 70 * kMiB);  // what the page cache holds is as good as free
  CHECK(root.groups().oom_kills() == 2);
  CHECK(available_memory_bytes(root.groups(), root.path()) == 70 * kMiB);
}

TEST_CASE("Of version 1 each controller has a mount of its own, and its own units", "[limits]") {
  const MadeUpRoot root(
      {{"proc/self/cgroup", "9:name=systemd:/\n4:memory:/box/one\n1:cpu,cpuacct:/half\n0::/"},
       {"proc/self/mountinfo",
        "32 31 0:29 / /sys/cpu\\040time rw - cgroup cgroup rw,cpu,cpuacct\n"
        "34 31 0:31 / /sys/cpuset rw - cgroup cgroup rw,cpuset\n"
        "35 31 0:32 / /sys/memory rw - cgroup cgroup rw,memory\n" +
            kMountOf2},
       {"sys/cpu time/half/cpu.cfs_quota_us", "150000"},
       {"sys/cpu time/half/cpu.cfs_period_us", "100000"},
       {"sys/cpu time/half/cpu.stat", "nr_periods 20\nnr_throttled 5\nthrottled_time 2500000000"},
       {"sys/cpu time/cpu.cfs_quota_us", "-1"},
       {"sys/cpu time/cpu.cfs_period_us", "100000"},
       {"sys/memory/box/one/memory.limit_in_bytes", "9223372036854771712"},
       {"sys/memory/box/one/memory.usage_in_bytes", mebibytes(10)},
       {"sys/memory/box/one/memory.oom_control", "oom_kill_disable 1\nunder_oom 0\noom_kill 3"},
       {"sys/memory/box/memory.limit_in_bytes", mebibytes(64)},
       {"sys/memory/box/memory.usage_in_bytes", mebibytes(40)},
       {"sys/memory/box/memory.stat",
        "inactive_file 1\ntotal_inactive_file " + mebibytes(16) + "\ntotal_active_file 0"}});
  CHECK(root.groups().quota_cpus() == Approx(1.5));
  CHECK(root.groups().throttling() == Throttling{20, 5, 2.5});
  CHECK(root.groups().memory_left_bytes() == 40 * kMiB);
  CHECK(root.groups().oom_kills() == 3);
  CHECK(available_memory_bytes(root.groups(), root.path()) == 40 * kMiB);  // nothing is known of the machine
}

TEST_CASE("A container's own group is found below a mount, and where the mount is the group itself",
          "[limits]") {
  const auto [own, mounted] =
      GENERATE(std::pair{"/docker/abc", "/docker"}, std::pair{"/docker/abc", "/docker/abc"},
               std::pair{"/", "/"}, std::pair{"/elsewhere", "/docker/abc"}, std::pair{"/../../other", "/"},
               std::pair{"/dockerabc", "/docker"});
  INFO(own << " under " << mounted);
  const std::string folder =
      std::string(mounted) == "/docker" && std::string(own) == "/docker/abc" ? "abc/" : "";
  const MadeUpRoot root(
      {{"proc/self/cgroup", std::string("0::") + own},
       {"proc/self/mountinfo", std::string("31 23 0:28 ") + mounted + " /cg rw - cgroup2 none rw"},
       {"cg/" + folder + "cpu.max", "200000 100000"},
       {"cg/" + folder + "memory.max", mebibytes(8)},
       {"cg/" + folder + "memory.current", "0"}});
  CHECK(root.groups().quota_cpus() == Approx(2));
  CHECK(root.groups().memory_left_bytes() == 8 * kMiB);
}

TEST_CASE("Of a limit that is used up one byte is left, since nothing would mean that there is no limit",
          "[limits]") {
  const MadeUpRoot root({{"proc/self/cgroup", "0::/"},
                         {"proc/self/mountinfo", kMountOf2},
                         {"sys/fs/cgroup/memory.max", mebibytes(8)},
                         {"sys/fs/cgroup/memory.current", mebibytes(9)}});
  CHECK(root.groups().memory_left_bytes() == 1);
}

TEST_CASE("What makes no sense is not known, and nothing throws", "[limits]") {
  const std::string odd = GENERATE("", "max", "max max", "-1", "-5 0", "0 0", "x\ty", "kB",
                                   "99999999999999999999999999", "18446744073709551615 1");
  INFO(odd);
  const MadeUpRoot root({{"proc/self/cgroup", "\n:\nx\n0:\n0::/a"},
                         {"proc/self/mountinfo",
                          "-\n1 2 3 4 5 6 -\n- - -\n1 2 3 / /cg rw - cgroup2\n"
                          "1 2 3 / /cg rw - cgroup2 none rw"},
                         {"proc/meminfo", "MemAvailable: " + odd},
                         {"cg/a/cpu.max", odd},
                         {"cg/a/cpu.stat", "nr_periods " + odd},
                         {"cg/a/memory.max", odd},
                         {"cg/a/memory.current", odd},
                         {"cg/a/memory.stat", "inactive_file " + odd},
                         {"cg/a/memory.events", "oom_kill " + odd}});
  CHECK(root.groups().throttling().throttled_periods == 0);
  CHECK(root.groups().memory_left_bytes() == 0);
  CHECK(root.groups().oom_kills() == 0);
  CHECK(available_memory_bytes(root.groups(), root.path()) == 0);
  const MadeUpRoot nothing({});
  CHECK(nothing.groups().quota_cpus() == 0);
  CHECK(available_memory_bytes(nothing.groups(), nothing.path()) == 0);
}
