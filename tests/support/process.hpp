// The built program, driven from outside: started, signalled, its streams read, its end awaited.
//
// Never hangs: a program that does not end within a minute is killed and reported as such. Signals that the
// test's own parent ignores are not ignored in the program.
//
// Threads: one at a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace banksim::test {

using Arguments = std::vector<std::string>;
Arguments with(Arguments arguments, const Arguments& more);  // those, then more
Arguments words_of(const std::string& line);                 // what spaces part

struct Stream {
  enum class Kind { pipe, terminal, closed, file };
  Kind kind = Kind::pipe;
  const char* path = "";
  unsigned short columns = 0;  // of a terminal; 0: it does not say
};

struct Launch {
  Arguments arguments = {};
  Arguments environment = {};  // besides what is inherited: "NAME=value"
  Stream out = {};
  Stream err = {};
  std::string program = {};  // empty: banksim
};

struct Finished {
  int code = -1;  // -1: it did not exit by itself
  std::string out;
  std::string err;

  // Bad input: nothing on stdout, one line of error, which begins with this message, one of advice, code 2.
  bool is_refused(const std::string& message = "") const;
};

class Process {
 public:
  explicit Process(const Launch& launch);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Reads on until its stderr holds `text`. False: it ended before that.
  bool wait_for_err(std::string_view text);
  void send(int signal) const;
  Finished finish();

 private:
  bool read_more();  // false: both streams are at their end, or time is up

  pid_t id_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::chrono::steady_clock::time_point deadline_;
  Finished result_;
};

// Starts it and waits for its end.
Finished run(const Launch& launch);
Finished run_banksim(Arguments arguments);
Finished run_line(const std::string& line);  // banksim with these words

// Where a shell would find this program; empty if it is not installed.
std::string find_program(const std::string& name);

std::string read_file(const std::string& path);
void write_file(const std::string& path, std::string_view text);

// An empty folder that nobody else uses, removed in the end with all that is in it.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  std::vector<std::string> names() const;  // of all that is in it, hidden files too, sorted

 private:
  std::string path_;
};

// A name for a file, in a folder of its own.
class ScratchFile {
 public:
  const std::string& path() const { return path_; }
  void write(std::string_view text) const { write_file(path_, text); }
  std::string read() const { return read_file(path_); }
  bool exists() const { return std::filesystem::exists(path_); }

 private:
  ScratchFolder folder_;
  std::string path_ = folder_ / "file";
};

}  // namespace banksim::test
