#include "cli/destination.hpp"

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

std::optional<struct stat> status_of(const Destination& place) {
  struct stat info {};
  const int returned =
      place.descriptor >= 0 ? ::fstat(place.descriptor, &info) : ::stat(place.path.c_str(), &info);
  return returned == 0 ? std::optional(info) : std::nullopt;
}

bool is_below_proc(const fs::path& path) { return path.native().starts_with("/proc/"); }

bool is_null_device(const struct stat& info) {
  const auto null = status_of({-1, "/dev/null"});
  return S_ISCHR(info.st_mode) && null && info.st_rdev == null->st_rdev;
}

int descriptor_number(const std::string& name) {
  int number = -1;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc{} || *end != '\0' || number < 0) fail(ENOENT);
  return number;
}

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

// A new file in the folder of `target`, removed in the end unless it has taken the target's place. If the target
// exists it may be secret: nobody else can read the new one before it has the old one's mode.
class FileBeside {
 public:
  explicit FileBeside(const fs::path& target) : old_(status_of({-1, target})), file_(create(target)) {}
  FileBeside(const FileBeside&) = delete;
  FileBeside& operator=(const FileBeside&) = delete;
  ~FileBeside() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  void become(const fs::path& target, std::string_view document) {
    if (old_) take_over_owner_and_mode();
    file_.write(document);
    require(::rename(path_.c_str(), target.c_str()));
    path_.clear();
  }

 private:
  int create(const fs::path& target) {
    const mode_t mode = old_ ? 0600 : 0666;
    for (int n = 0;; ++n) {
      const fs::path path = target.parent_path() / fmt::format(".banksim-{}-{}", ::getpid(), n);
      const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
      if (descriptor >= 0) path_ = path;
      if (descriptor >= 0 || errno != EEXIST) return descriptor;
    }
  }

  // Who is not root cannot give a file away, but to groups of his own.
  void take_over_owner_and_mode() const {
    if (::fchown(file_.descriptor(), old_->st_uid, old_->st_gid) != 0)
      (void)(::fchown(file_.descriptor(), static_cast<uid_t>(-1), old_->st_gid) == 0);
    require(::fchmod(file_.descriptor(), old_->st_mode & 07777));
  }

  std::optional<struct stat> old_;
  fs::path path_;
  File file_;
};

// What stands against a new file or a rename here, but not against writing into the old file.
bool may_be_written_in_place(const fs::path& path, int error) {
  constexpr std::array kNoRename = {EACCES, EPERM, EROFS, EBUSY, EXDEV};
  return std::ranges::count(kNoRename, error) == 1 && status_of({-1, path});
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

}  // namespace

bool Destination::is_stream() const {
  const auto info = status_of(*this);
  return descriptor >= 0 || is_below_proc(path) || (info && !S_ISREG(info->st_mode));
}

Destination find_destination(const std::string& name) {
  if (name == "-") return {STDOUT_FILENO, {}};
  if (name.empty()) fail(ENOENT);
  fs::path path = fs::absolute(name);
  while (true) {
    if (!path.has_filename()) fail(EISDIR);
    const fs::path folder = fs::canonical(path.parent_path());
    path = folder / path.filename();
    if (folder == "/dev/fd" || folder == fmt::format("/proc/{}/fd", ::getpid()))
      return {descriptor_number(path.filename()), {}};
    if (is_below_proc(path) || !fs::is_symlink(path)) return {-1, path};
    // The system finds loops, and links of strangers in /tmp that it does not let anybody follow.
    if (!status_of({-1, path}) && errno != ENOENT) fail(errno);
    path = folder / fs::read_symlink(path);
  }
}

bool are_one(const Destination& a, const Destination& b) {
  const auto at_a = status_of(a);
  const auto at_b = status_of(b);
  if (at_a && at_b)
    return at_a->st_dev == at_b->st_dev && at_a->st_ino == at_b->st_ino && !is_null_device(*at_a);
  return a.descriptor == b.descriptor && a.path == b.path;
}

void probe_file(const fs::path& path) {
  const bool exists = status_of({-1, path}).has_value();
  if (exists) require(::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS));
  try {
    const FileBeside trial(path);
  } catch (const std::system_error& error) {
    if (!may_be_written_in_place(path, error.code().value())) throw;
  }
}

int replace_file(const fs::path& path, std::string_view document) {
  try {
    FileBeside(path).become(path, document);
    return 0;
  } catch (const std::system_error& error) {
    const int why = error.code().value();
    if (!may_be_written_in_place(path, why)) throw;
    write_in_place(path, document);
    return why;
  }
}

int open_stream(const Destination& stream) {
  int opened = -1;
  if (stream.descriptor >= 0) {
    const int flags = ::fcntl(stream.descriptor, F_GETFL);
    if (flags != -1 && (flags & O_ACCMODE) == O_RDONLY) fail(EBADF);
    opened = ::fcntl(stream.descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  } else {
    do {
      opened = ::open(stream.path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
    } while (opened < 0 && errno == EINTR);
  }
  if (opened < 0) fail(errno);
  return opened;
}

void write_stream(int descriptor, std::string_view document) { File(descriptor).write(document); }

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

}  // namespace banksim::cli
