#include "run/platform.hpp"

#include <cxxabi.h>
#include <fmt/format.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <fstream>
#include <memory>
#include <numeric>
#include <sstream>
#include <system_error>
#include <thread>
#include <typeinfo>
#include <utility>

namespace banksim {
namespace {

std::string compiler() {
#if defined(__clang__)
  return fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  return fmt::format("gcc {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
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

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody calls setenv
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Host host() {
  Host host;
  utsname name{};
  if (uname(&name) == 0) {
    host.os = name.sysname;
    host.kernel = name.release;
    host.arch = name.machine;
  }
  host.cpu_model = value_in("/proc/cpuinfo", "model name");
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

double busy_cpu_s() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 0;
  double busy = 0;
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line) && line.starts_with("cpu");) {
    int cpu = 0;
    std::array<double, 8> ticks{};  // user nice system idle iowait irq softirq steal
    if (std::sscanf(line.c_str(), "cpu%d %lf %lf %lf %lf %lf %lf %lf %lf", &cpu, &ticks[0], &ticks[1],
                    &ticks[2], &ticks[3], &ticks[4], &ticks[5], &ticks[6], &ticks[7]) != 9 ||
        !CPU_ISSET(static_cast<unsigned>(cpu), &set))
      continue;
    busy += std::accumulate(ticks.begin(), ticks.end(), 0.0) - ticks[3] - ticks[4];
  }
  return busy / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::string now_utc() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

Thrown what_is_thrown() {
  const std::type_info* const type = abi::__cxa_current_exception_type();
  if (type == nullptr) return {"something foreign"};
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type->name(), nullptr, nullptr, nullptr), &std::free);
  Thrown thrown{name ? name.get() : type->name()};
  try {
    throw;
  } catch (const std::exception& error) {
    thrown.text = error.what();
  } catch (...) {
  }
  return thrown;
}

std::optional<std::string> content_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  if (!in || bytes.bad()) return std::nullopt;
  return bytes.str();
}

TemporaryFile::~TemporaryFile() {
  if (!path.empty()) ::unlink(path.c_str());
}

std::string value_in(const std::string& file, std::string_view key) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t begin = line.find_first_not_of(" \t:", key.size());
    return begin == std::string::npos ? std::string() : line.substr(begin);
  }
  return {};
}

MachineClocks read_clocks() {
  MachineClocks clocks;
  clocks.now = std::chrono::steady_clock::now();
  timespec cpu{};
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu) == 0)
    clocks.cpu = std::chrono::seconds{cpu.tv_sec} + std::chrono::nanoseconds{cpu.tv_nsec};
  std::uint64_t ran_ns = 0, queued_ns = 0;
  std::istringstream schedule(value_in("/proc/thread-self/schedstat"));
  clocks.knows_queued = static_cast<bool>(schedule >> ran_ns >> queued_ns);
  clocks.queued = std::chrono::nanoseconds{queued_ns};
  clocks.throttled = std::chrono::nanoseconds{std::llround(control_groups().throttling().throttled_s * 1e9)};
  return clocks;
}

void yield_priority() {
  int policy = SCHED_OTHER;
  sched_param parameters{};
  if (pthread_getschedparam(pthread_self(), &policy, &parameters) != 0) return;
  if (policy != SCHED_FIFO && policy != SCHED_RR) return;
  if (--parameters.sched_priority < sched_get_priority_min(policy)) {
    policy = SCHED_OTHER;
    parameters.sched_priority = 0;
  }
  pthread_setschedparam(pthread_self(), policy, &parameters);
}

OrdinaryPriority::OrdinaryPriority() {
  sched_param parameters{};
  if (pthread_getschedparam(pthread_self(), &policy_, &parameters) != 0) return;
  priority_ = std::exchange(parameters.sched_priority, 0);
  if (priority_ > 0) pthread_setschedparam(pthread_self(), SCHED_OTHER, &parameters);
}

OrdinaryPriority::~OrdinaryPriority() {
  const sched_param parameters{priority_};
  if (priority_ > 0) pthread_setschedparam(pthread_self(), policy_, &parameters);
}

Thread::Thread(std::function<void()> body) {
  constexpr std::size_t kLeastStackBytes = std::size_t{1} << 20;
  using Body = std::function<void()>;
  auto owned = std::make_unique<Body>(std::move(body));
  const auto start = [](void* given) noexcept -> void* {
    const std::unique_ptr<Body> mine(static_cast<Body*>(given));
    yield_priority();
    (*mine)();
    return nullptr;
  };
  pthread_attr_t attributes;
  int error = pthread_attr_init(&attributes);
  if (error == 0) {
    std::size_t stack_bytes = 0;  // of `ulimit -s`
    pthread_attr_getstacksize(&attributes, &stack_bytes);
    if (stack_bytes < kLeastStackBytes) pthread_attr_setstacksize(&attributes, kLeastStackBytes);
    error = pthread_create(&id_, &attributes, start, owned.get());
    pthread_attr_destroy(&attributes);
  }
  if (error != 0) throw std::system_error(error, std::generic_category());
  owned.release();  // NOLINT(bugprone-unused-return-value): the thread has it
  runs_ = true;
}

Thread::Thread(Thread&& other) noexcept : id_(other.id_), runs_(std::exchange(other.runs_, false)) {}

Thread::~Thread() { assert(!runs_); }

void Thread::join() {
  pthread_join(id_, nullptr);
  runs_ = false;
}

bool Thread::join_within(std::chrono::nanoseconds time) {
  constexpr std::chrono::milliseconds kSlice{50};
  for (auto left = time; runs_ && left.count() > 0; left -= kSlice) {
    const auto until = (std::chrono::system_clock::now() + kSlice).time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(until);
    const timespec end{seconds.count(), std::chrono::nanoseconds{until - seconds}.count()};
    runs_ = pthread_timedjoin_np(id_, nullptr, &end) != 0;
  }
  return !runs_;
}

void Thread::detach() {
  pthread_detach(id_);
  runs_ = false;
}

void sleep_on(std::atomic<std::uint32_t>& word, std::uint32_t seen, std::chrono::nanoseconds time) {
  if (time.count() <= 0) return;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const timespec most{seconds.count(), (time - seconds).count()};
  ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, seen, &most, nullptr, 0);
}

void wake_one_on(std::atomic<std::uint32_t>& word) {
  ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : kEndingSignals)
    if (!is_ignored(signal)) sigaddset(&signals, signal);
  return signals;
}

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name == nullptr ? "signal " + std::to_string(signal) : std::string("SIG") + name;
}

const char* version() { return BANKSIM_VERSION; }

}  // namespace banksim
