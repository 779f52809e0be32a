#include "process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <utility>

extern char** environ;  // NOLINT(readability-redundant-declaration): not in every unistd.h

namespace banksim::test {
namespace {

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

struct Ends {
  int ours = -1;
  int theirs = -1;
};

Ends open_pipe() {
  std::array<int, 2> ends{};
  require(::pipe(ends.data()) == 0, "pipe");
  return {ends[0], ends[1]};
}

Ends open_terminal(unsigned short columns) {
  Ends ends;
  ends.ours = ::posix_openpt(O_RDWR | O_NOCTTY);
  require(ends.ours >= 0 && ::grantpt(ends.ours) == 0 && ::unlockpt(ends.ours) == 0, "no pseudo terminal");
  ends.theirs = ::open(::ptsname(ends.ours), O_RDWR | O_NOCTTY);  // NOLINT(concurrency-mt-unsafe)
  require(ends.theirs >= 0, "no pseudo terminal");
  const winsize size{.ws_row = 0, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  require(::ioctl(ends.theirs, TIOCSWINSZ, &size) == 0, "no size of a pseudo terminal");
  return ends;
}

// Opens our end, and tells the program to have the other as `descriptor`.
Ends prepare(posix_spawn_file_actions_t& actions, const Stream& stream, int descriptor) {
  Ends ends;
  switch (stream.kind) {
    case Stream::Kind::closed:
      posix_spawn_file_actions_addclose(&actions, descriptor);
      return ends;
    case Stream::Kind::file:
      posix_spawn_file_actions_addopen(&actions, descriptor, stream.path, O_WRONLY, 0);
      return ends;
    case Stream::Kind::pipe:
      ends = open_pipe();
      break;
    case Stream::Kind::terminal:
      ends = open_terminal(stream.columns);
      break;
  }
  ::fcntl(ends.ours, F_SETFD, FD_CLOEXEC);
  ::fcntl(ends.theirs, F_SETFD, FD_CLOEXEC);
  posix_spawn_file_actions_adddup2(&actions, ends.theirs, descriptor);
  return ends;
}

// What would change the output is left out of what is inherited, and what is added replaces it: of two values
// for one name programs take either.
std::vector<std::string> environment(const std::vector<std::string>& added) {
  constexpr std::array kLeftOut = {"CI=", "NO_COLOR=", "CLICOLOR_FORCE=", "TERM=", "LANG=", "LC_"};
  std::vector<std::string> result = added;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    if (std::ranges::none_of(kLeftOut, [text](const char* prefix) { return text.starts_with(prefix); }) &&
        std::ranges::none_of(added, [name](const std::string& own) { return own.starts_with(name); }))
      result.emplace_back(text);
  }
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// Signals as a shell's foreground job has them, whatever started the test.
void reset_signals(posix_spawnattr_t& attributes) {
  sigset_t all;
  sigset_t none;
  sigemptyset(&none);
  sigemptyset(&all);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) sigaddset(&all, signal);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
}

}  // namespace

Process::Process(const Launch& launch)
    : deadline_(std::chrono::steady_clock::now() + std::chrono::minutes(1)) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  reset_signals(attributes);
  const Ends out = prepare(actions, launch.out, STDOUT_FILENO);
  const Ends err = prepare(actions, launch.err, STDERR_FILENO);
  out_ = out.ours;
  err_ = err.ours;

  const std::string program = launch.program.empty() ? BANKSIM_BINARY : launch.program;
  std::vector<std::string> arguments = launch.arguments;
  arguments.insert(arguments.begin(), launch.program.empty() ? "banksim" : launch.program);
  std::vector<std::string> variables = environment(launch.environment);
  const int error = ::posix_spawn(&id_, program.c_str(), &actions, &attributes, pointers(arguments).data(),
                                  pointers(variables).data());
  for (const int theirs : {out.theirs, err.theirs})
    if (theirs >= 0) ::close(theirs);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  require(error == 0, "the program cannot be started");
}

Process::~Process() {
  close_streams();
  if (id_ < 0) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
}

void Process::close_streams() {
  for (int* descriptor : {&out_, &err_})
    if (*descriptor >= 0) ::close(std::exchange(*descriptor, -1));
}

bool Process::read_more() {
  using std::chrono::milliseconds;
  const auto left = std::chrono::duration_cast<milliseconds>(deadline_ - std::chrono::steady_clock::now());
  if ((out_ < 0 && err_ < 0) || left.count() <= 0) return false;
  std::array<pollfd, 2> waiting = {pollfd{out_, POLLIN, 0}, pollfd{err_, POLLIN, 0}};
  if (::poll(waiting.data(), waiting.size(), static_cast<int>(left.count())) <= 0) return errno == EINTR;
  const auto take = [](const pollfd& ready, int& descriptor, std::string& text) {
    if (descriptor < 0 || ready.revents == 0) return;
    std::array<char, 4096> buffer{};
    const ssize_t length = ::read(descriptor, buffer.data(), buffer.size());
    if (length > 0)
      text.append(buffer.data(), static_cast<std::size_t>(length));
    else
      ::close(std::exchange(descriptor, -1));  // the end; of a terminal it is an error
  };
  take(waiting[0], out_, result_.out);
  take(waiting[1], err_, result_.err);
  return true;
}

bool Process::wait_for_err(std::string_view text) {
  while (result_.err.find(text) == std::string::npos)
    if (!read_more()) return false;
  return true;
}

void Process::send(int signal) const { ::kill(id_, signal); }

Finished Process::finish() {
  while (read_more()) {
  }
  // With no stream to wait on the end itself is polled for.
  int status = 0;
  while (::waitpid(id_, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() >= deadline_) ::kill(id_, SIGKILL);
    ::poll(nullptr, 0, 5);
  }
  id_ = -1;
  if (WIFEXITED(status)) result_.code = WEXITSTATUS(status);
  return result_;
}

Finished run(const Launch& launch) { return Process(launch).finish(); }

Finished banksim(std::vector<std::string> arguments) { return run({.arguments = std::move(arguments)}); }

std::string find_program(const std::string& name) {
  const Finished found = run({.arguments = {"-c", "command -v " + name}, .program = "/bin/sh"});
  return found.code == 0 ? found.out.substr(0, found.out.find('\n')) : std::string();
}

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

ScratchFile::ScratchFile() {
  std::string name = (std::filesystem::temp_directory_path() / "banksim-test-XXXXXX").string();
  const int descriptor = ::mkstemp(name.data());
  require(descriptor >= 0, "no temporary file");
  ::close(descriptor);
  std::filesystem::remove(name);
  path_ = name;
}

ScratchFile::~ScratchFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

void ScratchFile::write(std::string_view text) const { std::ofstream(path_) << text; }

std::string ScratchFile::read() const { return read_file(path_); }

bool ScratchFile::exists() const { return std::filesystem::exists(path_); }

ScratchFolder::ScratchFolder() {
  std::string path = (std::filesystem::temp_directory_path() / "banksim-test-XXXXXX").string();
  require(::mkdtemp(path.data()) != nullptr, "no temporary folder");
  path_ = path;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> ScratchFolder::names() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path_))
    names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

}  // namespace banksim::test
