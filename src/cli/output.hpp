// Where the result goes, opened before the run so that a hopeless run is never started, and the lines for
// people on stderr.
//
// Promises   a result is written whole or OutputError is thrown: a full disk or a closed pipe is never
// silent.
//            An existing file keeps its content until there is a result to replace it.
// Threads    one thread at a time; message lines from any (one write() a line).
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace banksim::cli {

// The result cannot be written; what() names the place and the reason.
struct OutputError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Call first in main(). Descriptors 0 to 2 that the parent closed are occupied, so that no file opened later
// can take their place; a closed stdout stays unwritable. A write to a closed pipe becomes an error, not a
// signal.
void secure_standard_streams();

class ResultStream {
 public:
  // "-" is standard output. Throws OutputError.
  static ResultStream open(const std::string& path);
  ResultStream(ResultStream&& other) noexcept;
  ResultStream& operator=(ResultStream&&) = delete;
  ~ResultStream();

  bool is_terminal() const;

  // The whole document, checked down to the disk or the pipe. Throws OutputError. Once.
  void write(std::string_view document);

 private:
  ResultStream(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}
  [[noreturn]] void fail(int error) const;

  int descriptor_;
  std::string name_;  // for messages
};

// "banksim: error: ..." and the like, one line whatever the text holds. Failure to write them is ignored.
void print_error(std::string_view message);
void print_warning(std::string_view message);
void print_line(std::string_view line);  // as it is
void print_text(std::string_view text);  // and with no end of line

// An option that names a place for a result, and that place.
struct NamedOutput {
  std::string option;
  std::string path;
};
// The later result would replace the earlier. Throws ConfigError; call before any of them is opened.
void refuse_one_file_for_two(std::span<const NamedOutput> outputs);

// Bad input: the error, where to look, exit code 2.
int usage_error(std::string_view message);
// The job could not be done: the error, exit code 1.
int failure(std::string_view message);

}  // namespace banksim::cli
