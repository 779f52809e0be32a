// Where results go, tried before the run so that a hopeless run is never started, and the lines for people on
// stderr.
//
// A result is written whole or OutputError is thrown: a full disk or a closed pipe is never silent. A file keeps
// its content until there is a result to take its place (destination.hpp says how).
//
// Threads: one at a time; message lines from any (one write() a line).
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

// Call first in main(). Descriptors 0 to 2 that the parent closed are occupied, so that no file opened later can
// take their place, and stay unwritable. A write to a closed pipe becomes an error, not a signal.
void secure_standard_streams();

class ResultStream {
 public:
  // "-" is standard output. Nothing is left there until write(). Throws OutputError.
  static ResultStream open(const std::string& path);
  ResultStream(ResultStream&& other) noexcept;
  ResultStream& operator=(ResultStream&& other) noexcept;
  ~ResultStream();

  bool is_terminal() const;

  // The whole document, checked down to the disk or the pipe, to where the path leads by now. A named pipe is
  // waited for. Warns if a file had to be written in place. Throws OutputError. Once.
  void write(std::string_view document);

 private:
  explicit ResultStream(std::string path) : path_(std::move(path)) {}

  std::string path_;
  int descriptor_ = -1;  // of what is open from the start; -1: opened or made when there is a result
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
