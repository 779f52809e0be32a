#include "load/compiler.hpp"

#include "run/platform.hpp"

#include <banksim/config.hpp>
#include <banksim/simulate.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>
#include <thread>

namespace banksim {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto kMostTime = 60s;
constexpr rlim_t kMostCompilerBytes = rlim_t{2} << 30;
constexpr int kNoCompiler = 127;

std::vector<std::string> compiler() {
  std::istringstream words(environment("CXX").value_or(""));
  std::vector<std::string> command;
  for (std::string word; words >> word;) command.push_back(word);
  if (command.empty()) command.emplace_back("c++");
  return command;
}

fs::path found_in_path(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  std::istringstream folders(environment("PATH").value_or(""));
  for (std::string folder; std::getline(folders, folder, ':');) {
    const fs::path place = fs::path(folder) / program;
    if (::access(place.c_str(), X_OK) == 0) return place;
  }
  return {};
}

[[noreturn]] void become(std::vector<std::string> command, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);  // NOLINT(concurrency-mt-unsafe): a fork has one thread
  const rlimit bytes{kMostCompilerBytes, kMostCompilerBytes};
  ::setrlimit(RLIMIT_AS, &bytes);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::setenv("LC_ALL", "C", 1);  // NOLINT(concurrency-mt-unsafe): likewise. Its words are read
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(kNoCompiler);
}

// Its status, or nothing if it was ended for its time.
std::optional<int> wait_for(pid_t child) {
  const auto end = std::chrono::steady_clock::now() + kMostTime;
  for (int status = 0;; std::this_thread::sleep_for(5ms)) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return status;
    if (ended < 0 && errno != EINTR) return 0;
    if (std::chrono::steady_clock::now() < end) continue;
    ::kill(-child, SIGKILL);
    ::waitpid(child, &status, 0);
    return std::nullopt;
  }
}

// A sentence of ours, if the message is one; else the message.
std::string sentence_of(std::string message) {
  const std::string_view gcc = "static assertion failed: ";
  if (message.starts_with(gcc)) return message.substr(gcc.size());
  if (message.starts_with("static_assert failed") || message.starts_with("static assertion failed")) {
    const std::size_t begin = message.find('"'), end = message.rfind('"');
    if (begin < end && end != std::string::npos) return message.substr(begin + 1, end - begin - 1);
  }
  const auto says = [&message](std::string_view word) { return message.find(word) != std::string::npos; };
  if ((says("deleted function") || says("deleted constructor")) &&
      (says("lock_guard<") || says("scoped_lock<")))
    return "a lock_guard or scoped_lock can be neither copied nor moved: return it where it is made, or use "
           "std::unique_lock";
  if (says("no matching") && says("PairGuard") && says("banksim::Account<"))
    return "PairGuard takes two mutexes: bank[transfer.from].mutex";
  return message;
}

// The number in PATH:NUMBER, where a line begins so or says "In file included from" it.
std::string line_in(std::string_view line, std::string_view path) {
  const std::size_t at = line.find(path);
  if (at == std::string_view::npos || !line.substr(at + path.size()).starts_with(':')) return "";
  const std::string_view rest = line.substr(at + path.size() + 1);
  return std::string(rest.substr(0, rest.find_first_not_of("0123456789")));
}

}  // namespace

std::string compiler_identity() {
  const std::vector<std::string> command = compiler();
  const fs::path program = found_in_path(command[0]);
  std::error_code error;
  const fs::path real = fs::canonical(program, error);
  return fmt::format("{}\n{}\n{}", fmt::join(command, " "), real.string(),
                     fs::last_write_time(real, error).time_since_epoch().count());
}

std::string first_error(const std::string& output, const fs::path& file) {
  const std::string path = file.string(), name = file.filename().string();
  std::istringstream lines(output);
  std::string message, place, before;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t error = std::min(line.find(" error: "), line.find("fatal error: "));
    if (error != std::string::npos && !message.empty()) break;
    // GCC says by whom something was wanted before an error, and clang after it; the last is the nearest of the
    // former, the first of the latter.
    const std::string number = line_in(line, path);
    if (error == std::string::npos) {
      if (line.ends_with(": In instantiation of") || line.find("In file included from") == 0) continue;
      if (message.empty() && !number.empty()) before = number;
      if (!message.empty() && place.empty()) place = number;
      continue;
    }
    message = sentence_of(line.substr(line.find("error: ", error) + 7));
    place = !number.empty() ? number : before;
  }
  if (message.empty()) return fmt::format("{}: the compiler refused it", name);
  // What begins after the file is not where its author errs.
  if (place.empty() && message.starts_with("expected "))
    return name + ": is a closing brace missing? " + message;
  return fmt::format("{}{}: {}", name, place.empty() ? "" : ":" + place, message);
}

std::string compile(const std::vector<std::string>& arguments, const fs::path& file) {
  std::vector<std::string> command = compiler();
  if (found_in_path(command[0]).empty())
    throw SimulationError(
        fmt::format("there is no C++ compiler '{}': install g++ or clang, or set CXX", command[0]));
  command.insert(command.end(), arguments.begin(), arguments.end());
  const int output = ::memfd_create("what the compiler says", MFD_CLOEXEC);
  const pid_t child = output < 0 ? -1 : ::fork();
  if (child < 0)
    throw SimulationError(
        fmt::format("the compiler cannot be started: {}", std::generic_category().message(errno)));
  if (child == 0) {
    ::setpgid(0, 0);
    become(std::move(command), output);
  }
  ::setpgid(child, child);
  const std::optional<int> status = wait_for(child);
  const std::string said = content_of(fmt::format("/proc/self/fd/{}", output)).value_or("");
  ::close(output);
  if (!status)
    throw SimulationError(fmt::format("{}: the compiler took more than {} s, and was ended",
                                      file.filename().string(), kMostTime.count()));
  if (WIFSIGNALED(*status) || said.find("out of memory") != std::string::npos ||
      said.find("virtual memory exhausted") != std::string::npos)
    throw SimulationError(fmt::format("{}: the compiler ended before it was done; it may take {} MiB",
                                      file.filename().string(), kMostCompilerBytes >> 20));
  if (*status != 0) throw ConfigError(first_error(said, file));
  return said;
}

}  // namespace banksim
