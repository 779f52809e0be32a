// Compiled strategies are kept by what they were made from.
#include "load/cache.hpp"

#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <string>

using namespace banksim;
using test::ScratchFolder;
namespace fs = std::filesystem;

namespace {

void write(const fs::path& file, const std::string& text) { test::write_file(file.string(), text); }

// Counts how often it had to be made, from one file.
struct Made {
  explicit Made(const fs::path& of) : file(of) {}
  fs::path from(ObjectCache& cache, const std::string& key = "key") {
    return cache.object_of(key, [this](const fs::path& object, const fs::path& read) {
      ++times;
      write(object, "object");
      std::string escaped;
      for (const char c : file.string()) escaped += c == ' ' ? std::string("\\ ") : std::string(1, c);
      write(read, "x.o: " + escaped + " \\\n " + escaped + "\n");
    });
  }
  fs::path file;
  int times = 0;
};

}  // namespace

TEST_CASE("An object is made once for a key and the files that it was read from") {
  const ScratchFolder place;
  Made made(fs::path(place.path()) / "a file.hpp");
  write(made.file, "one");
  ObjectCache cache(fs::path(place.path()) / "cache");
  const fs::path first = made.from(cache);
  CHECK(fs::exists(first));
  CHECK(made.from(cache) == first);
  CHECK(made.times == 1);
  ObjectCache later(fs::path(place.path()) / "cache");
  CHECK(made.from(later) == first);
  CHECK(made.times == 1);
  made.from(cache, "another key");
  CHECK(made.times == 2);
  write(made.file, "two");
  CHECK(made.from(cache) != first);
  CHECK(made.times == 3);
}

TEST_CASE("What is gone or damaged is made again") {
  const ScratchFolder place;
  Made made(fs::path(place.path()) / "file.hpp");
  write(made.file, "one");
  ObjectCache cache(fs::path(place.path()) / "cache");
  const fs::path object = made.from(cache);
  fs::remove(object);
  CHECK(fs::exists(made.from(cache)));
  write(object, "");
  made.from(cache);
  CHECK(made.times == 3);
  fs::remove(object);
  fs::create_symlink("/bin/true", object);  // somebody's trick: only a file of one's own is taken
  CHECK(fs::is_regular_file(fs::symlink_status(made.from(cache))));
  CHECK(made.times == 4);
}

TEST_CASE(
    "A folder that others may enter, or that cannot be written, is not used: a private one is, and goes") {
  const ScratchFolder place;
  Made made(fs::path(place.path()) / "file.hpp");
  write(made.file, "one");
  const fs::path open = fs::path(place.path()) / "open";
  fs::create_directory(open);
  REQUIRE(::chmod(open.c_str(), 0755) == 0);
  write(fs::path(place.path()) / "no folder", "");
  for (const fs::path& folder : {open, fs::path(place.path()) / "no folder", fs::path()}) {
    fs::path object;
    {
      ObjectCache cache(folder);
      object = made.from(cache);
      CHECK(fs::exists(object));
      CHECK(object.parent_path() != folder);
    }
    CHECK_FALSE(fs::exists(object.parent_path()));
  }
}

TEST_CASE("The cache is the user's alone, and what fails leaves nothing behind") {
  const ScratchFolder place;
  const fs::path folder = fs::path(place.path()) / "deep" / "cache";
  ObjectCache cache(folder);
  CHECK((fs::status(folder).permissions() & fs::perms::all) == fs::perms::owner_all);
  CHECK_THROWS_AS(cache.object_of("key",
                                  [](const fs::path& object, const fs::path&) {
                                    write(object, "half");
                                    throw std::string("no");
                                  }),
                  std::string);
  CHECK(fs::is_empty(folder));
}

TEST_CASE("It stays below its bound: what was not used for longest goes") {
  const ScratchFolder place;
  Made made(fs::path(place.path()) / "file.hpp");
  write(made.file, "one");
  ObjectCache cache(fs::path(place.path()) / "cache");
  const fs::path old = fs::path(place.path()) / "cache" / "old.so";
  write(old, "");
  fs::resize_file(old, std::uintmax_t{300} << 20);  // sparse
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(1));
  const fs::path object = made.from(cache);
  CHECK_FALSE(fs::exists(old));
  CHECK(fs::exists(object));
}
