#include "cli/output.hpp"

#include <banksim/simulate.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace banksim::cli {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

// Returns 0 or an errno. A descriptor that is set not to block is waited for.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd waiting{descriptor, POLLOUT, 0};
      if (::poll(&waiting, 1, -1) < 0 && errno != EINTR) return errno;
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

// Some file systems report a failed write only at the end. Standard output itself must stay open.
int close_checked(int descriptor) {
  const int copy = ::dup(descriptor);
  if (copy < 0) return errno == EMFILE ? 0 : errno;
  return ::close(copy) == 0 || errno == EINTR ? 0 : errno;
}

bool is_regular_file(int descriptor) {
  struct stat info {};
  return ::fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode);
}

std::string why_not_opened(const std::string& path, int error) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code ignored;
  if (error == ENOENT && !folder.empty() && !std::filesystem::exists(folder, ignored))
    return "the folder '" + folder.string() + "' does not exist";
  return reason(error);
}

bool is_null_device(const struct stat& info) {
  struct stat null {};
  return S_ISCHR(info.st_mode) && ::stat("/dev/null", &null) == 0 && info.st_rdev == null.st_rdev;
}

// By what is there already, under whatever name; else by the name.
bool are_one_file(const std::string& a, const std::string& b) {
  struct stat at_a {};
  struct stat at_b {};
  const auto look = [](const std::string& path, struct stat& info) {
    return (path == "-" ? ::fstat(STDOUT_FILENO, &info) : ::stat(path.c_str(), &info)) == 0;
  };
  const bool has_a = look(a, at_a);
  const bool has_b = look(b, at_b);
  if (a == "-" && b == "-") return true;
  if (has_a && has_b)
    return at_a.st_dev == at_b.st_dev && at_a.st_ino == at_b.st_ino && !is_null_device(at_a);
  if (has_a || has_b) return false;
  std::error_code ignored;
  const auto name = [&ignored](const std::string& path) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path, ignored), ignored);
  };
  return name(a) == name(b);
}

std::string named(const NamedOutput& output) {
  return output.option + (output.path == "-" ? " (standard output)" : " '" + output.path + "'");
}

// One line stays one line, and no control character reaches the terminal.
std::string printable(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  return result;
}

}  // namespace

void secure_standard_streams() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file over its limit is an error like a full disk
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest free number is this one. Standard output only for reading: writing to it must fail.
    const int opened = ::open("/dev/null", descriptor == 1 ? O_RDONLY : O_RDWR);
    if (opened < 0) return;
  }
}

ResultStream ResultStream::open(const std::string& path) {
  if (path == "-") {
    const int flags = ::fcntl(STDOUT_FILENO, F_GETFL);
    ResultStream stream(STDOUT_FILENO, "standard output");
    if (flags == -1) stream.fail(errno);
    if ((flags & O_ACCMODE) == O_RDONLY) throw OutputError("cannot write standard output: it is closed");
    return stream;
  }
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0) throw OutputError("cannot write '" + path + "': " + why_not_opened(path, errno));
  return {descriptor, "'" + path + "'"};
}

ResultStream::ResultStream(ResultStream&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), name_(std::move(other.name_)) {}

ResultStream::~ResultStream() {
  if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
}

bool ResultStream::is_terminal() const { return ::isatty(descriptor_) == 1; }

void ResultStream::write(std::string_view document) {
  const bool own_file = descriptor_ != STDOUT_FILENO && is_regular_file(descriptor_);
  if (own_file && ::ftruncate(descriptor_, 0) != 0) fail(errno);
  if (const int error = write_all(descriptor_, document)) fail(error);
  if (const int error = close_checked(descriptor_)) fail(error);
}

void ResultStream::fail(int error) const {
  throw OutputError("cannot write " + name_ + ": " + reason(error));
}

void print_text(std::string_view text) { (void)write_all(STDERR_FILENO, text); }
void print_line(std::string_view line) { print_text(std::string(line) + "\n"); }
void print_error(std::string_view message) { print_line("banksim: error: " + printable(message)); }
void print_warning(std::string_view message) { print_line("banksim: warning: " + printable(message)); }

void refuse_one_file_for_two(std::span<const NamedOutput> outputs) {
  for (std::size_t a = 0; a < outputs.size(); ++a)
    for (std::size_t b = a + 1; b < outputs.size(); ++b) {
      if (!are_one_file(outputs[a].path, outputs[b].path)) continue;
      throw ConfigError(named(outputs[a]) + " and " + named(outputs[b]) + " would write the same file");
    }
}

int usage_error(std::string_view message) {
  print_error(message);
  print_line("Try 'banksim --help' for more information.");
  return 2;
}

int failure(std::string_view message) {
  print_error(message);
  return 1;
}

}  // namespace banksim::cli
