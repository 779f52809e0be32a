// Where a result goes, found behind the name that was typed, and the one way in which a file is written.
//
// A file is replaced: the whole document is written beside it, flushed to the disk and renamed over it. Whoever
// reads at any moment, and whatever fails, finds the old document or the new one, whole. Of two writers the last
// one's is there. Links are followed and stay; mode, and owner as far as this user may give files away, stay too.
// Other hard links to the file keep the old document.
//
// Where a rename cannot be (a mounted file, a folder in which only the file may be written, a sticky folder and
// somebody else's file) it is written in place. Space is asked for first, so a full disk still costs nothing; but
// being killed in the middle leaves a torn file there, and nowhere else.
//
// Errors: std::system_error with an errno. Threads: any, also at once on one file. Cost: fsync, once a document,
// milliseconds on a disk; without it a crash of the machine could leave an empty file where a good one was.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace banksim::cli {

// A descriptor that this process was given, or a path that is no link; what is there need not exist.
struct Destination {
  int descriptor = -1;
  std::filesystem::path path;

  // Not to be replaced: a descriptor, a pipe, a device, and whatever /proc shows of other processes.
  bool is_stream() const;
};

// "-" is standard output. /dev/stdout, /dev/fd/N and /proc/self/fd/N, also behind links, are descriptors of one's
// own: to open them again would lose the place in a log, and truncate it.
Destination find_destination(const std::string& name);

// By what is there already, under whatever name; else by the path. A device that keeps nothing is never one.
bool are_one(const Destination& a, const Destination& b);

// A file or a pipe with a name: throws where writing there could not but fail. Leaves nothing behind.
void probe_file(const std::filesystem::path& path);

// Returns 0, or the errno for which the file could not be replaced and was written in place.
int replace_file(const std::filesystem::path& path, std::string_view document);

// A copy of the descriptor, which shares its place in a log; or what is at the path, to be written at its end. A pipe
// is waited for.
int open_stream(const Destination& stream);

// Writes it all and closes it.
void write_stream(int descriptor, std::string_view document);

// Returns 0 or an errno. A descriptor that is set not to block is waited for.
int write_all(int descriptor, std::string_view text);

}  // namespace banksim::cli
