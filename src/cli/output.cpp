#include "cli/output.hpp"

#include "cli/destination.hpp"

#include <banksim/config.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace banksim::cli {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

std::string shown(const std::string& path) { return path == "-" ? "standard output" : "'" + path + "'"; }

// The two mistakes that are made most are said in words.
std::string why_not(const std::string& path, int error) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code ignored;
  if (error == ENOENT && !folder.empty() && !std::filesystem::exists(folder, ignored))
    return "the folder '" + folder.string() + "' does not exist";
  if (error == EBADF) return path == "-" ? "it is closed" : "it is not open for writing";
  return reason(error);
}

template <class Action>
void naming_failure(const std::string& path, const Action& action) {
  try {
    action();
  } catch (const std::system_error& error) {
    throw OutputError("cannot write " + shown(path) + ": " + why_not(path, error.code().value()));
  }
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
    // The lowest free number is this one. Only for reading: writing a result to it must fail.
    if (::open("/dev/null", O_RDONLY) < 0) return;
  }
}

ResultStream ResultStream::open(const std::string& path) {
  ResultStream stream(path);
  naming_failure(path, [&] {
    const Destination place = find_destination(path);
    if (place.is_stream() && !std::filesystem::is_fifo(place.path))
      stream.descriptor_ = open_stream(place);
    else
      probe_file(place.path);
  });
  return stream;
}

ResultStream::ResultStream(ResultStream&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

ResultStream& ResultStream::operator=(ResultStream&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

ResultStream::~ResultStream() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool ResultStream::is_terminal() const { return ::isatty(descriptor_) == 1; }

void ResultStream::write(std::string_view document) {
  naming_failure(path_, [&] {
    const Destination place = descriptor_ < 0 ? find_destination(path_) : Destination{descriptor_, {}};
    if (place.is_stream())
      return write_stream(descriptor_ < 0 ? open_stream(place) : std::exchange(descriptor_, -1), document);
    if (const int why = replace_file(place.path, document))
      print_warning(shown(path_) + " is written in place, it cannot be replaced: " + reason(why));
  });
}

void print_text(std::string_view text) { (void)write_all(STDERR_FILENO, text); }
void print_line(std::string_view line) { print_text(std::string(line) + "\n"); }
void print_error(std::string_view message) { print_line("banksim: error: " + printable(message)); }
void print_warning(std::string_view message) { print_line("banksim: warning: " + printable(message)); }

void refuse_one_file_for_two(std::span<const NamedOutput> outputs) {
  std::vector<Destination> places;
  for (const NamedOutput& output : outputs) {
    try {
      places.push_back(find_destination(output.path));
    } catch (const std::system_error&) {
      places.push_back({-1, output.path});  // to open it will tell
    }
    for (std::size_t other = 0; other + 1 < places.size(); ++other)
      if (are_one(places[other], places.back()))
        throw ConfigError(named(outputs[other]) + " and " + named(output) + " would write the same file");
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
