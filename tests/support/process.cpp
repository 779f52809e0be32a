#include "process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
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
  int theirs = -1;  // -1: closed
};

Ends open_stream(const Stream& stream) {
  std::array<int, 2> ends{-1, -1};
  winsize size{.ws_row = 0, .ws_col = stream.columns, .ws_xpixel = 0, .ws_ypixel = 0};
  if (stream.kind == Stream::Kind::file)
    require((ends[1] = ::open(stream.path, O_WRONLY)) >= 0, "the file cannot be opened");
  if (stream.kind == Stream::Kind::pipe) require(::pipe(ends.data()) == 0, "no pipe");
  if (stream.kind == Stream::Kind::terminal)
    require(::openpty(&ends[0], &ends[1], nullptr, nullptr, &size) == 0, "no pseudo terminal");
  for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  return {ends[0], ends[1]};
}

void close_stream(int& descriptor) {
  if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
}

// What would change the output is left out of what is inherited, and what is added replaces it: of two values
// for one name programs take either.
std::vector<std::string> environment(const std::vector<std::string>& added) {
  constexpr std::array kLeftOut = {
      "CI=", "NO_COLOR=", "CLICOLOR_FORCE=", "TERM=", "LANG=", "LC_", "BANKSIM_", "COLUMNS="};
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

// What the new process does before the program begins: only what is safe after fork(). Its signals are as a
// shell's foreground job has them, whatever started the test.
void become_child(const Ends& out, const Ends& err) {
  for (const auto& [stream, descriptor] : {std::pair{out, STDOUT_FILENO}, std::pair{err, STDERR_FILENO}})
    stream.theirs < 0 ? ::close(descriptor) : ::dup2(stream.theirs, descriptor);
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(signal, SIG_DFL);
}

}  // namespace

Process::Process(const Launch& launch)
    : deadline_(std::chrono::steady_clock::now() + std::chrono::minutes(1)) {
  const std::string program = launch.program.empty() ? BANKSIM_BINARY : launch.program;
  std::vector<std::string> arguments = with({launch.program.empty() ? "banksim" : program}, launch.arguments);
  std::vector<std::string> variables = environment(launch.environment);
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> envp = pointers(variables);
  Ends out = open_stream(launch.out);
  Ends err = open_stream(launch.err);
  out_ = out.ours;
  err_ = err.ours;
  id_ = ::fork();
  if (id_ == 0) {
    become_child(out, err);
    ::execve(program.c_str(), argv.data(), envp.data());
    ::_exit(127);
  }
  close_stream(out.theirs);
  close_stream(err.theirs);
  require(id_ > 0, "the program cannot be started");
}

Process::~Process() {
  close_stream(out_);
  close_stream(err_);
  if (id_ < 0) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
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
    if (length <= 0) return close_stream(descriptor);  // the end; of a terminal it is an error
    text.append(buffer.data(), static_cast<std::size_t>(length));
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

Arguments with(Arguments arguments, const Arguments& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

Arguments words_of(const std::string& line) {
  std::istringstream words(line);
  return {std::istream_iterator<std::string>(words), {}};
}

Finished run(const Launch& launch) { return Process(launch).finish(); }

Finished run_banksim(Arguments arguments) { return run({.arguments = std::move(arguments)}); }
Finished run_line(const std::string& line) { return run_banksim(words_of(line)); }

bool Finished::is_refused(const std::string& message) const {
  return code == 2 && out.empty() && err.starts_with("banksim: error: " + message) &&
         err.find("\nTry 'banksim") != std::string::npos &&
         err.ends_with(" --help' for more information.\n") && std::ranges::count(err, '\n') == 2;
}

std::string find_program(const std::string& name) {
  const Finished found = run({.arguments = {"-c", "command -v " + name}, .program = "/bin/sh"});
  return found.code == 0 ? found.out.substr(0, found.out.find('\n')) : std::string();
}

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

ScratchFolder::ScratchFolder() {
  std::string path = (std::filesystem::temp_directory_path() / "banksim-test-XXXXXX").string();
  require(::mkdtemp(path.data()) != nullptr, "no temporary folder");
  path_ = path;
}

void write_file(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
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
