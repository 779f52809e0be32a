#include "load/cache.hpp"

#include "run/platform.hpp"

#include <banksim/simulate.hpp>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

namespace banksim {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostBytes = std::uintmax_t{256} << 20;

fs::path folder_of_user() {
  const auto from = [](const char* name) {
    const std::string value = environment(name).value_or("");
    return fs::path(value.starts_with('/') ? value : "");
  };
  if (const fs::path caches = from("XDG_CACHE_HOME"); !caches.empty()) return caches / "banksim";
  const fs::path home = from("HOME");
  return home.empty() ? fs::path() : home / ".cache" / "banksim";
}

// A folder of the user's alone, in which a file can be made.
bool is_trusted(const fs::path& folder) {
  struct stat what {};
  return ::lstat(folder.c_str(), &what) == 0 && S_ISDIR(what.st_mode) && what.st_uid == ::geteuid() &&
         (what.st_mode & 077) == 0 && ::access(folder.c_str(), W_OK | X_OK) == 0;
}

bool is_own_file(const fs::path& file) {
  struct stat what {};
  return ::lstat(file.c_str(), &what) == 0 && S_ISREG(what.st_mode) && what.st_uid == ::geteuid() &&
         what.st_size > 0;
}

// What a list of make's names: "object: file file \ file", with blanks in names escaped.
std::vector<std::string> files_in(const std::string& rule) {
  std::vector<std::string> files;
  std::string file;
  for (std::size_t i = std::min(rule.find(": "), rule.size()) + 1; i <= rule.size(); ++i) {
    const char c = i < rule.size() ? rule[i] : '\n';
    const char next = i + 1 < rule.size() ? rule[i + 1] : '\0';
    if ((c == '\\' && (next == ' ' || next == '#')) || (c == '$' && next == '$')) {
      file += rule[++i];
    } else if (c == ' ' || c == '\n' || (c == '\\' && next == '\n')) {
      if (!file.empty()) files.push_back(std::exchange(file, ""));
    } else {
      file += c;
    }
  }
  return files;
}

std::string with_content(const std::string& file) {
  return fmt::format("{:016x} {}", hash_of(content_of(file).value_or("")), file);
}

// The list of a key: that, and a line a file.
std::string list_of(std::string_view key, const std::vector<std::string>& files) {
  std::string list(key);
  for (const std::string& file : files) list += "\n" + with_content(file);
  return list;
}

bool is_as_it_was(const std::string& list, std::string_view key) {
  if (list.size() <= key.size() || !list.starts_with(key)) return false;
  std::istringstream lines(list.substr(key.size() + 1));
  for (std::string line; std::getline(lines, line);)
    if (line.size() < 18 || with_content(line.substr(17)) != line) return false;
  return true;
}

}  // namespace

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3U;
  return hash;
}

ObjectCache& ObjectCache::of_user() {
  static ObjectCache cache(folder_of_user());
  return cache;
}

ObjectCache::ObjectCache(fs::path folder) : folder_(std::move(folder)), owner_(::getpid()) {
  std::error_code error;
  const mode_t before = ::umask(077);
  if (!folder_.empty()) fs::create_directories(folder_, error);
  ::umask(before);
  if (!folder_.empty() && is_trusted(folder_)) return;
  std::string place = (fs::temp_directory_path(error) / "banksim-XXXXXX").string();
  if (error || ::mkdtemp(place.data()) == nullptr)
    throw SimulationError(
        "there is no folder in which a strategy could be compiled: neither a cache nor a temporary one");
  folder_ = place;
  is_private_ = true;
}

ObjectCache::~ObjectCache() {
  std::error_code error;
  if (is_private_ && ::getpid() == owner_) fs::remove_all(folder_, error);
}

fs::path ObjectCache::place_of(std::string_view list) const {
  return folder_ / fmt::format("{:016x}.so", hash_of(list));
}

fs::path ObjectCache::object_of(std::string_view key, const Make& make) {
  const fs::path list = folder_ / fmt::format("{:016x}.files", hash_of(key));
  const std::string known = is_own_file(list) ? content_of(list).value_or("") : "";
  const fs::path object = place_of(known);
  if (!is_own_file(object) || !is_as_it_was(known, key)) return made(key, make, list);
  std::error_code error;
  fs::last_write_time(object, fs::file_time_type::clock::now(), error);
  return object;
}

fs::path ObjectCache::made(std::string_view key, const Make& make, const fs::path& list) const {
  // By names of this process, and then renamed: whoever looks sees a whole file or none.
  const std::string name = folder_ / fmt::format("{}.new", ::getpid());
  const TemporaryFile object{name + ".so"}, read{name};
  make(object.path, read.path);
  const std::string listed = list_of(key, files_in(content_of(read.path).value_or("")));
  const fs::path place = place_of(listed);
  std::ofstream(read.path, std::ios::binary | std::ios::trunc) << listed;
  std::error_code error;
  fs::rename(object.path, place, error);
  if (!error && content_of(read.path).value_or("") == listed) fs::rename(read.path, list, error);
  if (error)
    throw SimulationError(
        fmt::format("the compiled strategy cannot be kept in '{}': {}", folder_.string(), error.message()));
  bound(place);
  return place;
}

void ObjectCache::bound(const fs::path& newest) const {
  std::error_code error;
  std::vector<std::tuple<fs::file_time_type, fs::path, std::uintmax_t>> files;
  std::uintmax_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    files.emplace_back(entry.last_write_time(error), entry.path(), entry.file_size(error));
    bytes += std::get<2>(files.back());
  }
  std::ranges::sort(files);
  for (const auto& [when, file, size] : files) {
    if (bytes <= kMostBytes) return;
    if (file == newest || !fs::remove(file, error)) continue;
    bytes -= size;
  }
}

}  // namespace banksim
