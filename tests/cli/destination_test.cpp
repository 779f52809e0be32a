// What becomes of files: a result is there whole or the old one is, whatever happens meanwhile.
#include "cli/output.hpp"
#include "support/process.hpp"

#include <banksim/config.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace banksim::cli;
using namespace banksim::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
namespace fs = std::filesystem;

namespace {

void write_result(const std::string& path, std::string_view text) { ResultStream(path).write(text); }

fs::perms mode_of(const std::string& path) { return fs::status(path).permissions(); }

bool is_root() { return ::geteuid() == 0; }

// An empty folder, and a place in it that most tests are about.
struct Folder {
  ScratchFolder folder;
  std::string path = folder / "r.json";

  bool holds_nothing_else() const { return folder.names() == std::vector<std::string>{"r.json"}; }
};

bool is_whole_json(const std::string& text) { return text.starts_with("{\n") && text.ends_with("\n}\n"); }

// What the scripts below share: they stand in the scratch folder, and `nobody` runs a command as one whom
// permissions bind.
const std::string kPrelude = R"(
  cd "$1" && chmod 755 . && cp "$0" banksim || exit 99
  nobody() { "$@"; }
  if [ $(id -u) = 0 ]; then nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }; fi
)";

Finished shell(const std::string& script, const ScratchFolder& folder) {
  return run({.arguments = {"-c", kPrelude + script, BANKSIM_BINARY, folder.path()}, .program = "/bin/sh"});
}

// With mounts of its own, which end with it.
Finished mounting_shell(const std::string& script, const ScratchFolder& folder) {
  const std::string unshare = find_program("unshare");
  const std::string option = is_root() ? "-m" : "-rm";
  const auto start = [&](const std::string& text) {
    return run(
        {.arguments = {option, "/bin/sh", "-c", text, BANKSIM_BINARY, folder.path()}, .program = unshare});
  };
  if (unshare.empty() || start("mount -t tmpfs none \"$1\"").code != 0)
    SKIP("mounting is not permitted here");
  return start(kPrelude + script);
}

void require_setpriv() {
  if (is_root() && find_program("setpriv").empty()) SKIP("no setpriv here, and root may write everything");
}

}  // namespace

TEST_CASE_METHOD(Folder, "A result takes the place of a file in one step, and keeps its mode") {
  write_file(path, "the old one");
  fs::permissions(path, fs::perms{0640});
  std::ifstream reader(path);
  write_result(path, "new");
  CHECK(read_file(path) == "new");
  CHECK(mode_of(path) == fs::perms{0640});
  std::string seen;
  std::getline(reader, seen);
  CHECK(seen == "the old one");  // who has it open reads on, undisturbed
  CHECK(holds_nothing_else());
}

TEST_CASE_METHOD(Folder, "A new file has the mode that the umask leaves, and root leaves it to its owner") {
  const mode_t before = ::umask(027);
  write_result(path, "new");
  ::umask(before);
  CHECK(mode_of(path) == fs::perms{0640});
  if (!is_root()) SKIP("only root can give files away");
  REQUIRE(::chown(path.c_str(), 65534, 65533) == 0);
  write_result(path, "newer");
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_uid == 65534 && info.st_gid == 65533));
}

TEST_CASE_METHOD(Folder, "Trying a place leaves nothing there, and a file as it was") {
  write_file(path, "old");
  for (const std::string& tried : {path, folder / "new"}) {
    const ResultStream stream(tried);
    CHECK(holds_nothing_else());
  }
  CHECK(holds_nothing_else());
  CHECK(read_file(path) == "old");
}

TEST_CASE_METHOD(Folder, "A file that is deleted or moved during the run is written all the same") {
  write_file(path, "old");
  ResultStream stream(path);
  const bool moved = GENERATE(false, true);
  moved ? fs::rename(path, folder / "kept") : void(fs::remove(path));
  stream.write("new");
  CHECK(read_file(path) == "new");
  if (moved) CHECK(read_file(folder / "kept") == "old");
}

TEST_CASE_METHOD(Folder, "Links stay links, and what they lead to is replaced or made") {
  const bool exists = GENERATE(true, false);
  fs::create_directory(folder / "deep");
  if (exists) write_file(folder / "deep/file", "old");
  fs::create_symlink("deep/second", folder / "first");
  fs::create_symlink("file", folder / "deep/second");
  write_result(folder / "first", "new");
  CHECK(fs::is_symlink(folder / "first"));
  CHECK(fs::is_symlink(folder / "deep/second"));
  CHECK_FALSE(fs::is_symlink(folder / "deep/file"));
  CHECK(read_file(folder / "deep/file") == "new");
  CHECK(folder.names().size() == 2);
}

TEST_CASE_METHOD(Folder, "A link that leads to itself is an error at once") {
  fs::create_symlink("loop", folder / "loop");
  CHECK_THROWS_AS(ResultStream(folder / "loop"), OutputError);
}

TEST_CASE_METHOD(Folder, "Of two writers' documents one is there, whole, at every moment") {
  const std::array documents = {std::string(100'000, 'a'), std::string(70'000, 'b')};
  write_result(path, documents[0]);
  const auto write_often = [this](const std::string& document) {
    for (int i = 0; i < 50; ++i) write_result(path, document);
  };
  std::thread first(write_often, documents[0]);
  std::thread second(write_often, documents[1]);
  bool whole = true;
  for (int i = 0; i < 200; ++i) whole &= std::ranges::count(documents, read_file(path)) == 1;
  first.join();
  second.join();
  CHECK(whole);
  CHECK(holds_nothing_else());
}

TEST_CASE_METHOD(Folder, "Of two comparisons that export to the same files each file is whole") {
  const std::string compare =
      "\"$0\" compare -qs ordered,global -t 1 -n 1k -r 2 --export r.json --export r.csv";
  CHECK(shell(compare + " & " + compare + "; wait; rm banksim", folder).code == 0);
  CHECK(is_whole_json(read_file(path)));
  CHECK(std::ranges::count(read_file(folder / "r.csv"), '\n') == 5);
  CHECK(folder.names() == std::vector<std::string>{"r.csv", "r.json"});
}

TEST_CASE_METHOD(Folder, "A descriptor of one's own is written on, not opened again") {
  write_file(folder / "log", "before\n");
  const int log = ::open((folder / "log").c_str(), O_WRONLY | GENERATE(0, O_APPEND));
  REQUIRE(log >= 0);
  ::lseek(log, 0, SEEK_END);
  fs::create_symlink("/dev/fd/" + std::to_string(log), folder / "link");
  const std::array paths = {"/dev/fd/" + std::to_string(log), "/proc/self/fd/" + std::to_string(log),
                            "/proc/thread-self/fd/" + std::to_string(log), folder / "link"};
  const std::string log_path = paths[GENERATE(0u, 1u, 2u, 3u)];
  if (log_path.starts_with("/proc") && !fs::exists(log_path)) SKIP("no /proc here");
  write_result(log_path, "result\n");
  ::close(log);
  CHECK(read_file(folder / "log") == "before\nresult\n");
}

TEST_CASE_METHOD(Folder, "What a log holds stays when the result goes there too") {
  const std::string command =
      GENERATE("-o /dev/stdout >>log", "-o /dev/stderr 2>>log", "-o /dev/fd/3 3>>log", "-o - >>log");
  const Finished finished = shell("echo before >log; \"$0\" -qn 1k -t 1 -f json " + command, folder);
  CHECK(finished.code == 0);
  const std::string log = read_file(folder / "log");
  CHECK_THAT(log, StartsWith("before\n{"));
  CHECK(is_whole_json(log.substr(7)));
}

TEST_CASE_METHOD(Folder, "A descriptor that is closed, or open for reading, is an error at once") {
  const std::string command =
      GENERATE("-o /dev/stdout >&-", "-o /dev/fd/9", "-o /dev/fd/3 3</dev/null", "-o /dev/fd/x");
  CHECK(shell("\"$0\" -d 9s " + command, folder).code == 1);
  CHECK(shell("\"$0\" -d 9s -o /dev/stderr 2>&-", folder).code == 1);
}

TEST_CASE_METHOD(Folder, "A pipe with a name is opened when there is a result for it, and stays a pipe") {
  const std::string pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  ResultStream stream(pipe);  // and does not wait for a reader
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);
  stream.write("result");
  std::array<char, 16> text{};
  CHECK(::read(reader, text.data(), text.size()) == 6);
  ::close(reader);
  CHECK(fs::is_fifo(pipe));
}

TEST_CASE_METHOD(Folder, "A full disk leaves the old file as it was, and nothing else") {
  const Finished finished = mounting_shell(R"(
    mkdir disk; mount -t tmpfs -o size=8k none disk; cd disk
    echo precious >r.json; head -c 4096 /dev/zero >filler
    ../banksim -qn 1k -t 1 -f json -o r.json; echo "code $?"; cat r.json; ls -A)",
                                           folder);
  CHECK(finished.out == "code 1\nprecious\nfiller\nr.json\n");
  CHECK_THAT(finished.err, ContainsSubstring("cannot write 'r.json': No space left on device"));
}

TEST_CASE_METHOD(Folder, "A file over its limit leaves the old file as it was, and nothing else") {
  const Finished finished = shell(R"(rm banksim; echo precious >r.json; ulimit -f 1
    "$0" -qn 1k -t 1 -f json -o r.json; echo "code $?"; cat r.json; ls -A)",
                                  folder);
  CHECK(finished.out == "code 1\nprecious\nr.json\n");
  CHECK_THAT(finished.err, ContainsSubstring("cannot write 'r.json': File too large"));
}

TEST_CASE_METHOD(Folder,
                 "A mounted file is written in place, with a warning, and kept when the disk is full") {
  const Finished finished = mounting_shell(R"(
    mkdir disk; mount -t tmpfs -o size=16k none disk; head -c 5000 /dev/zero >disk/r.json; touch r.json
    mount --bind disk/r.json r.json
    ./banksim -qn 1k -t 1 -f json -o r.json; echo "code $?"; cat r.json; ls -A
    echo precious >r.json; head -c 12k /dev/zero >disk/filler
    ./banksim compare -qs ordered,global -t 1 -n 1k -r 2 -f json -o r.json; echo "code $?"; cat r.json)",
                                           folder);
  REQUIRE_THAT(finished.out,
               StartsWith("code 0\n{") && ContainsSubstring("}\nbanksim\ndisk\nr.json\ncode 1\n"));
  CHECK(is_whole_json(finished.out.substr(7, finished.out.find("banksim\ndisk") - 7)));
  CHECK(finished.out.ends_with("code 1\nprecious\n"));
  CHECK_THAT(finished.err, StartsWith("banksim: warning: 'r.json' is written in place"));
  CHECK_THAT(finished.err, ContainsSubstring("cannot write 'r.json': No space left on device"));
}

TEST_CASE_METHOD(Folder,
                 "Where only the file may be written it is written in place, and no other file begun") {
  require_setpriv();
  const bool sticky = GENERATE(false, true);
  if (sticky && !is_root()) SKIP("a file of somebody else's needs root");
  const Finished finished =
      shell(std::string(R"(mkdir shared; echo old >shared/r.json; chmod 666 shared/r.json)") +
                (sticky ? "; chmod 1777 shared" : "; chmod 555 shared") + R"(
    nobody ./banksim -qn 1k -t 1 -f json -o shared/r.json; echo "code $?"; ls -A shared; cat shared/r.json; chmod 755 shared)",
            folder);
  CHECK_THAT(finished.out, StartsWith("code 0\nr.json\n{"));
  CHECK(is_whole_json(finished.out.substr(14)));
  CHECK_THAT(finished.err, StartsWith("banksim: warning: 'shared/r.json' is written in place"));
}

TEST_CASE_METHOD(Folder, "A folder or a file that may not be written is an error before anything runs") {
  require_setpriv();
  const std::string place = GENERATE("shared/new.json", "shared/old.json", "open/old.json", "link");
  const Finished finished = shell(R"(mkdir shared open; echo old | tee shared/old.json >open/old.json
    chmod 444 */old.json; chmod 555 shared; chmod 777 open; ln -s shared/none link
    nobody ./banksim -d 9s -o )" + place +
                                      R"(; echo "code $?"; cat */old.json; chmod 755 shared)",
                                  folder);
  CHECK(finished.out == "code 1\nold\nold\n");
  CHECK(finished.err == "banksim: error: cannot write '" + place + "': Permission denied\n");
}

TEST_CASE_METHOD(Folder, "A run that is interrupted leaves its result, one that is killed the old file") {
  write_file(path, "old");
  const int signal = GENERATE(SIGTERM, SIGKILL);
  Process process({.arguments = {"-d", "1h", "--progress", "always", "-f", "json", "-o", path}});
  REQUIRE(process.wait_for_err("progress: "));
  process.send(signal);
  CHECK(process.finish().code == (signal == SIGTERM ? 143 : -1));
  CHECK(holds_nothing_else());
  const std::string text = read_file(path);
  CHECK((signal == SIGTERM ? is_whole_json(text) && text.find("interrupted") != std::string::npos
                           : text == "old"));
}

TEST_CASE_METHOD(Folder, "One place under two names is refused for two results") {
  write_file(folder / "file", "precious");
  fs::create_symlink("file", folder / "link");
  fs::create_hard_link(folder / "file", folder / "second");
  fs::create_symlink("none", folder / "broken");
  using Pair = std::array<std::string, 2>;
  const auto refuse = [](const Pair& paths) {
    refuse_one_file_for_two(std::array{NamedOutput{"--export", paths[0]}, NamedOutput{"--output", paths[1]}});
  };
  for (const Pair& one :
       {Pair{"-", "-"}, Pair{"-", "/dev/stdout"}, Pair{folder / "file", folder / "link"},
        Pair{folder / "file", folder / "second"}, Pair{folder / "new", folder / "./new"},
        Pair{folder / "broken", folder / "none"}, Pair{fs::relative(folder / "new"), folder / "new"}}) {
    CAPTURE(one);
    CHECK_THROWS_AS(refuse(one), banksim::ConfigError);
  }
  for (const Pair& two : {Pair{"-", folder / "new"}, Pair{folder / "new", folder / "other"},
                          Pair{folder / "file", folder / "none"}, Pair{"/dev/null", "/dev/null"}}) {
    CAPTURE(two);
    CHECK_NOTHROW(refuse(two));
  }
  CHECK(read_file(folder / "file") == "precious");
}
