#include "cli/output.hpp"

#include "run/platform.hpp"

#include <banksim/config.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <functional>
#include <optional>
#include <system_error>
#include <utility>

namespace banksim::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(int error) { throw std::system_error(error, std::generic_category()); }

void require(int returned) {
  if (returned != 0) fail(errno);
}

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

// A descriptor that this process was given, or a path that is no link; what is there need not exist.
struct Destination {
  int descriptor = -1;
  fs::path path;
};

std::optional<struct stat> status_of(const Destination& place) {
  struct stat info {};
  const int returned =
      place.descriptor >= 0 ? ::fstat(place.descriptor, &info) : ::stat(place.path.c_str(), &info);
  return returned == 0 ? std::optional(info) : std::nullopt;
}

bool is_below_proc(const fs::path& path) { return path.native().starts_with("/proc/"); }

// Not to be replaced: a descriptor, a pipe, a device, and whatever /proc shows of other processes.
bool is_stream(const Destination& place) {
  const auto info = status_of(place);
  return place.descriptor >= 0 || is_below_proc(place.path) || (info && !S_ISREG(info->st_mode));
}

Destination find_destination(const std::string& name) {
  if (name == "-") return {STDOUT_FILENO, {}};
  if (name.empty()) fail(ENOENT);
  fs::path path = fs::absolute(name);
  while (true) {
    if (!path.has_filename()) fail(EISDIR);
    const fs::path folder = fs::canonical(path.parent_path());
    path = folder / path.filename();
    if (folder == "/dev/fd" || folder == fmt::format("/proc/{}/fd", ::getpid())) {
      const std::string number = path.filename();
      Destination own;
      std::from_chars(number.data(), number.data() + number.size(), own.descriptor);
      if (std::to_string(own.descriptor) != number || own.descriptor < 0) fail(ENOENT);
      return own;
    }
    if (is_below_proc(path) || !fs::is_symlink(path)) return {-1, path};
    // The system finds loops, and links of strangers in /tmp that it does not let anybody follow.
    if (!status_of({-1, path}) && errno != ENOENT) fail(errno);
    path = folder / fs::read_symlink(path);
  }
}

// By what is there already, under whatever name; else by the path. A device that keeps nothing is never one.
bool are_one(const std::string& one, const std::string& other) try {
  const Destination a = find_destination(one), b = find_destination(other);
  const auto at_a = status_of(a), at_b = status_of(b), null = status_of({-1, "/dev/null"});
  if (!at_a || !at_b) return a.descriptor == b.descriptor && a.path == b.path;
  const bool keeps_nothing = S_ISCHR(at_a->st_mode) && null && at_a->st_rdev == null->st_rdev;
  return at_a->st_dev == at_b->st_dev && at_a->st_ino == at_b->st_ino && !keeps_nothing;
} catch (const std::system_error&) {  // to open it will tell
  return one == other;
}

}  // namespace

// An open descriptor, closed in the end.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {
    if (descriptor < 0) fail(errno);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  int descriptor() const { return descriptor_; }

  // Down to the disk, where there is one: some file systems tell of a failed write only at the end. Once.
  void write(std::string_view document) {
    constexpr std::array kNoDisk = {EINVAL, ENOSYS, EOPNOTSUPP};
    if (const int error = write_all(descriptor_, document)) fail(error);
    if (::fsync(descriptor_) != 0 && std::ranges::count(kNoDisk, errno) == 0) fail(errno);
    if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) fail(errno);
  }

 private:
  int descriptor_;
};

namespace {

// If the target exists it may be secret: nobody else can read the new file before it has the old one's mode.
int create_beside(const fs::path& target, bool is_new, TemporaryFile& file) {
  for (int n = 0;; ++n) {
    const fs::path path = target.parent_path() / fmt::format(".banksim-{}-{}", ::getpid(), n);
    const int descriptor =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, is_new ? 0666 : 0600);
    if (descriptor >= 0) file.path = path;
    if (descriptor >= 0 || errno != EEXIST) return descriptor;
  }
}

// Puts the document in the target's place, from a file beside it; without a document it only tries whether
// there may be one. Returns 0, or the errno that stands against a new file or a rename here, but not against
// writing into the old file.
int replace(const fs::path& target, std::optional<std::string_view> document) {
  constexpr std::array kNoRename = {EACCES, EPERM, EROFS, EBUSY, EXDEV};
  const auto old = status_of({-1, target});
  TemporaryFile name;
  try {
    File file(create_beside(target, !old, name));
    if (!document) return 0;
    if (old) {  // who is not root cannot give a file away, but to groups of his own
      if (::fchown(file.descriptor(), old->st_uid, old->st_gid) != 0)
        (void)(::fchown(file.descriptor(), static_cast<uid_t>(-1), old->st_gid) == 0);
      require(::fchmod(file.descriptor(), old->st_mode & 07777));
    }
    file.write(*document);
    require(::rename(name.path.c_str(), target.c_str()));
    name.path.clear();
    return 0;
  } catch (const std::system_error& error) {
    if (!old || std::ranges::count(kNoRename, error.code().value()) == 0) throw;
    return error.code().value();
  }
}

void write_in_place(const fs::path& path, std::string_view document) {
  File file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  const int descriptor = file.descriptor();
  (void)(::flock(descriptor, LOCK_EX) == 0);  // another writer waits; where there are no locks, it does not
  const auto length = static_cast<off_t>(document.size());
  const auto old = status_of({descriptor, {}});
  const int error = length > 0 ? ::posix_fallocate(descriptor, 0, length) : 0;
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    if (old) require(::ftruncate(descriptor, old->st_size));
    fail(error);
  }
  require(::ftruncate(descriptor, length));
  file.write(document);
}

// A copy of the descriptor, which shares its place in a log; or what is at the path, written at its end.
std::shared_ptr<File> open_stream(const Destination& stream) {
  if (stream.descriptor < 0) {
    int opened = -1;
    do {
      opened = ::open(stream.path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
    } while (opened < 0 && errno == EINTR);
    return std::make_shared<File>(opened);
  }
  const int flags = ::fcntl(stream.descriptor, F_GETFL);
  if (flags != -1 && (flags & O_ACCMODE) == O_RDONLY) fail(EBADF);
  return std::make_shared<File>(::fcntl(stream.descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

// The two mistakes that are made most are said in words.
std::string why_not(const std::string& path, int error) {
  const fs::path folder = fs::path(path).parent_path();
  std::error_code ignored;
  if (error == ENOENT && !folder.empty() && !fs::exists(folder, ignored))
    return "the folder '" + folder.string() + "' does not exist";
  if (error == EBADF) return path == "-" ? "it is closed" : "it is not open for writing";
  return std::generic_category().message(error);
}

void naming_failure(const std::string& path, const std::function<void()>& action) {
  try {
    action();
  } catch (const std::system_error& error) {
    throw OutputError("cannot write " + place_name(path) + ": " + why_not(path, error.code().value()));
  }
}

// One line stays one line, and no control character reaches the terminal.
void print_message(const char* kind, std::string_view text) {
  std::string line(text);
  std::ranges::replace_if(
      line, [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; }, '?');
  print_text(fmt::format("banksim: {}: {}\n", kind, line));
}

}  // namespace

void secure_standard_streams() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file over its limit is an error like a full disk
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest free number is this one. Only for reading: writing a result to it must fail.
    if (::open("/dev/null", O_RDONLY) < 0) return;
  }
}

ResultStream::ResultStream(const std::string& path) : path_(path) {
  naming_failure(path, [&] {
    const Destination place = find_destination(path);
    if (is_stream(place) && !fs::is_fifo(place.path)) {
      open_ = open_stream(place);
      return;
    }
    if (status_of(place)) require(::faccessat(AT_FDCWD, place.path.c_str(), W_OK, AT_EACCESS));
    if (!is_stream(place)) replace(place.path, std::nullopt);
  });
}

bool ResultStream::is_terminal() const { return open_ && ::isatty(open_->descriptor()) == 1; }

void ResultStream::write(std::string_view document) {
  naming_failure(path_, [&] {
    if (open_) return open_->write(document);
    const Destination place = find_destination(path_);
    if (is_stream(place)) return open_stream(place)->write(document);
    const int why = replace(place.path, document);
    if (why == 0) return;
    write_in_place(place.path, document);
    print_warning(place_name(path_) +
                  " is written in place, it cannot be replaced: " + std::generic_category().message(why));
  });
}

void ResultStream::renew(std::string_view document) const try {
  if (open_) return;
  const Destination place = find_destination(path_);
  if (!is_stream(place)) replace(place.path, document);
} catch (const std::exception&) {
}

void refuse_one_file_for_two(std::span<const NamedOutput> outputs) {
  const auto text_of = [](const NamedOutput& output) {
    return output.first + (output.second == "-" ? " (standard output)" : " '" + output.second + "'");
  };
  for (auto later = outputs.begin(); later != outputs.end(); ++later)
    for (auto earlier = outputs.begin(); earlier != later; ++earlier)
      if (are_one(earlier->second, later->second))
        throw ConfigError(text_of(*earlier) + " and " + text_of(*later) + " would write the same file");
}

std::string place_name(const std::string& path) { return path == "-" ? "standard output" : "'" + path + "'"; }

void print_text(std::string_view text) { (void)write_all(STDERR_FILENO, text); }
void print_error(std::string_view message) { print_message("error", message); }
void print_warning(std::string_view message) { print_message("warning", message); }

}  // namespace banksim::cli
