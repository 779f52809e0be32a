// Where results go, tried before the run so that a hopeless run is never started; and the lines for people on
// stderr.
//
// A result is written whole or OutputError is thrown: a full disk or a closed pipe is never silent.
//
// A file is replaced: the whole document is written beside it, flushed to the disk and renamed over it.
// Whoever reads at any moment, and whatever fails, finds the old document or the new one, whole. Of two
// writers the last one's is there. Links are followed and stay; mode, and owner as far as this user may give
// files away, stay too. Other hard links to the file keep the old document.
//
// Where a rename cannot be (a mounted file, a folder in which only the file may be written, a sticky folder
// and somebody else's file) it is written in place. Space is asked for first, so a full disk still costs
// nothing; but being killed in the middle leaves a torn file there, and nowhere else.
//
// Threads: any, also at once on one file; a message is one write() a line.
//
// Cost: fsync, once a document, milliseconds on a disk. Without it a crash of the machine could leave an empty
// file where a good one was.
#pragma once

#include <memory>
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
// can take their place, and stay unwritable. A write to a closed pipe becomes an error, not a signal.
void secure_standard_streams();

class ResultStream {
 public:
  // "-" is standard output; /dev/stdout, /dev/fd/N and the like, also behind links, are descriptors of one's
  // own: to open them again would lose the place in a log, and truncate it. Nothing is left there until
  // write(). Throws OutputError.
  explicit ResultStream(const std::string& path);

  bool is_terminal() const;

  // The whole document, checked down to the disk or the pipe, to where the path leads by now. A named pipe is
  // waited for. Warns if a file had to be written in place. Throws OutputError. Once.
  void write(std::string_view document);

  // What there is of it by now, over a file that can be replaced; nothing where it cannot, or on an error, of which
  // write() will tell.
  void renew(std::string_view document) const;

 private:
  std::string path_;
  std::shared_ptr<class File> open_;  // what is open from the start; else it is opened or made for the result
};

using NamedOutput = std::pair<std::string, std::string>;  // an option, and the path that it names
// The later result would replace the earlier. Throws ConfigError; call before any of them is opened.
void refuse_one_file_for_two(std::span<const NamedOutput> outputs);

// "standard output", or the path in quotes.
std::string place_name(const std::string& path);

// "banksim: error: ..." and the like, one line whatever the text holds. Failure to write them is ignored.
void print_error(std::string_view message);
void print_warning(std::string_view message);
void print_text(std::string_view text);  // as it is, with no end of line

}  // namespace banksim::cli
