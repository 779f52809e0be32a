// Where compiled strategies are kept: a folder of the user's, or, where none can be written or trusted, one of this
// process that goes with it.
//
// An object is found by what it was made from: the key is all that decides, and a list beside it says which files were
// read, with the content that they had. Two processes may make the same one at once. The folder is the user's alone
// (0700), is trusted only so, and stays below 256 MiB: what was not used for longest goes first.
//
// Threads: none.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace banksim {

class ObjectCache {
 public:
  static ObjectCache& of_user();  // $XDG_CACHE_HOME/banksim, or ~/.cache/banksim
  explicit ObjectCache(std::filesystem::path folder);
  ~ObjectCache();
  ObjectCache(const ObjectCache&) = delete;
  ObjectCache& operator=(const ObjectCache&) = delete;

  // The object of that key, if nothing that it was made from has changed; else `make` makes it, and lists as make does
  // (-MD) what it read.
  using Make = std::function<void(const std::filesystem::path& object, const std::filesystem::path& read)>;
  std::filesystem::path object_of(std::string_view key, const Make& make);

 private:
  std::filesystem::path place_of(std::string_view list) const;
  std::filesystem::path made(std::string_view key, const Make& make, const std::filesystem::path& list) const;
  void bound(const std::filesystem::path& newest) const;

  std::filesystem::path folder_;
  bool is_private_ = false;
  int owner_ = 0;  // the process that removes a folder of its own
};

std::uint64_t hash_of(std::string_view text);  // FNV-1a

}  // namespace banksim
