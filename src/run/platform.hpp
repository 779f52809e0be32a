// What Linux knows of the machine and of this process, and what it is asked for. Whatever is not known is zero
// or empty; a file that says something odd is one that says nothing.
#pragma once

#include <banksim/result.hpp>

#include <pthread.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace banksim {

// The value of a variable; nothing when it is not set.
std::optional<std::string> environment(const char* name);

Host host();

// Processors that this process may use; at least 1.
unsigned host_cpus();

ResourceUsage resource_usage();

// Of the exception in flight: the name of its type, and what it says if it is a std::exception.
struct Thrown {
  std::string type;
  std::optional<std::string> text = {};
};
Thrown what_is_thrown();

std::string now_utc();  // ISO 8601, to the second

// Threads of the whole machine that ran or wanted to, averaged over the last minute; below 0: unknown.
double load_average();

// What everybody's threads have used of the processors that this process may use, a hypervisor's other guests
// included. Exact to some 10 ms a processor.
double busy_cpu_s();

// What follows `key` in the first line that begins with it; without a key the first line.
std::string value_in(const std::string& file, std::string_view key = {});

// All of a file's bytes; nothing where it cannot be read.
std::optional<std::string> content_of(const std::string& file);

// Its file is removed in the end, whatever happens, unless the path is cleared.
struct TemporaryFile {
  std::string path;
  ~TemporaryFile();
};

// The limits that control groups put on this process: its own group's and those of all above it. Version 1
// and 2, wherever they are mounted. `root` stands before the paths of /proc and of the mounts.
//
// Threads: reading is const and may be done by any. Cost: finding them reads two files of /proc, each function
// a file or two a group, some 10 us each.
class ControlGroups {
 public:
  explicit ControlGroups(const std::string& root = "");

  double quota_cpus() const;                // the least; 0: none
  Throttling throttling() const;            // of all groups with a quota, since each was made
  std::uint64_t memory_left_bytes() const;  // what the page cache holds can be had; 0: no limit
  std::uint64_t oom_kills() const;          // in the process's own group

 private:
  // The folders of a controller's groups, the process's own first, and the names of its files.
  struct Controller {
    std::vector<std::string> folders;
    bool is_version_1 = false;
  };
  static Controller find(const std::string& root, std::string_view name);

  Controller cpu_;
  Controller memory_;
};

// Of this process, found once: a process that is moved meanwhile is watched where it was.
const ControlGroups& control_groups();

// Memory that can still be had without swapping, limits on the process and its groups included; 0: unknown.
std::uint64_t available_memory_bytes(const ControlGroups& groups = control_groups(),
                                     const std::string& root = "");

// What tells why somebody was not woken in time, read by the one who was not.
struct MachineClocks {
  std::chrono::steady_clock::time_point now;
  std::chrono::nanoseconds cpu{0};        // that all threads have used
  std::chrono::nanoseconds queued{0};     // that the reading thread was ready, and others had its processor
  std::chrono::nanoseconds throttled{0};  // that the groups' quotas kept somebody of them waiting
  bool knows_queued = false;
};
MachineClocks read_clocks();

// The calling thread goes one real-time priority down, from the lowest to an ordinary one, and an ordinary one
// stays as it is: so whoever watches it from above can have a processor.
void yield_priority();

// The calling thread has an ordinary priority while this lives: for waiting for a process that is dead. The system spins
// then until nobody looks at its files under /proc, for ever where that is somebody who gets no processor.
class OrdinaryPriority {
 public:
  OrdinaryPriority();
  ~OrdinaryPriority();
  OrdinaryPriority(const OrdinaryPriority&) = delete;
  OrdinaryPriority& operator=(const OrdinaryPriority&) = delete;

 private:
  int policy_ = 0;
  int priority_ = 0;
};

// A thread whose stack does not shrink with `ulimit -s`, one real-time priority below the thread that starts it.
//
// The body must not throw. Errors: std::system_error where it cannot be started, as from std::thread.
class Thread {
 public:
  explicit Thread(std::function<void()> body);
  Thread(Thread&& other) noexcept;
  Thread& operator=(Thread&&) = delete;
  ~Thread();  // it must have been joined, or left to itself

  void join();
  bool join_within(std::chrono::nanoseconds time);  // whether it has ended; a pause of the process is no time
  void detach();

 private:
  pthread_t id_{};
  bool runs_ = false;
};

// Sleeps while the word is `seen` and nobody wakes it, for at most so long; may wake for no reason.
void sleep_on(std::atomic<std::uint32_t>& word, std::uint32_t seen, std::chrono::nanoseconds time);
void wake_one_on(std::atomic<std::uint32_t>& word);

// The signals that ask to end. What was ignored at the start (nohup, a background job) stays ignored.
inline constexpr std::array kEndingSignals = {SIGINT, SIGTERM, SIGHUP, SIGUSR2, SIGXCPU};
bool is_ignored(int signal);
sigset_t ending_signals();            // those that are not ignored
std::string signal_name(int signal);  // "SIGSEGV", "signal 40"

const char* version();

}  // namespace banksim
