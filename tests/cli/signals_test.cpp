// Signals from outside: an orderly end, the partial result, the conventional exit code.
#include "support/process.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

using namespace banksim::test;

namespace {

const std::string kStarted = "running ";  // logged once signals are watched

Arguments endless(const std::string& line) { return words_of(line + " -d 1h -v -f json"); }

}  // namespace

TEST_CASE("A signal ends the run in good order, with all of its result") {
  const int signal = GENERATE(SIGINT, SIGTERM, SIGHUP);
  const std::string strategy = GENERATE("ordered", "global", "scoped");
  Process process({.arguments = endless("-s " + strategy)});
  REQUIRE(process.wait_for_err(kStarted));
  const auto sent = std::chrono::steady_clock::now();
  process.send(signal);
  const Finished finished = process.finish();
  CHECK(std::chrono::steady_clock::now() - sent < std::chrono::seconds(2));
  CHECK(finished.code == 128 + signal);
  const auto document = nlohmann::json::parse(finished.out);
  CHECK(document["outcome"] == "interrupted");
  CHECK(document["exit_code"] == 128 + signal);
  CHECK(document["check"]["total_found"] == document["check"]["total_expected"]);
  CHECK(document["check"]["accounts_wrong"] == 0);
}

TEST_CASE("Neither a pause, nor what is expected, nor a signal that means nothing is in the way of the end") {
  const bool with_another = GENERATE(false, true);
  Process process({.arguments = endless("--think 30m --stall 1h -t 2 --expect any")});
  REQUIRE(process.wait_for_err(kStarted));
  if (with_another) process.send(SIGUSR1);
  process.send(SIGTERM);
  CHECK(process.finish().code == 143);
}

TEST_CASE(
    "Signals that come together are one wish, as of timeout, and a limit of CPU time is the program's") {
  const std::string how = GENERATE("timeout 0.3", "timeout -s INT 0.3", "ulimit -St 1; exec");
  const std::string line = how + " " + BANKSIM_BINARY + " -t 2 -a 6 -d 20s -f json";
  const Finished finished = run({.arguments = {"-c", line}, .program = "/bin/bash"});
  const bool is_limit = how.starts_with("ulimit");
  CHECK(finished.code == (is_limit ? 152 : 124));
  const auto document = nlohmann::json::parse(finished.out);
  CHECK(document["outcome"] == "interrupted");
  CHECK(document["ended_by"].is_null());
  CHECK(document["check"]["performed"] == true);
}

TEST_CASE("The second signal ends the program at once") {
  // Nobody takes anything out of this pipe, so the program is stuck in writing its result.
  const ScratchFile pipe;
  REQUIRE(::mkfifo(pipe.path().c_str(), 0600) == 0);
  const int full = ::open(pipe.path().c_str(), O_RDWR | O_NONBLOCK);
  REQUIRE(full >= 0);
  while (::write(full, "x", 1) == 1) {
  }
  Process process({.arguments = endless("-o " + pipe.path())});
  REQUIRE(process.wait_for_err(kStarted));
  process.send(SIGINT);
  REQUIRE(process.wait_for_err("exit code 130"));
  std::this_thread::sleep_for(std::chrono::milliseconds{600});  // sooner it is the same wish
  process.send(SIGTERM);
  CHECK(process.finish().code == 143);
  ::close(full);
}

TEST_CASE("A signal that was ignored at the start stays ignored") {
  Process process({.arguments = {"-c", "trap '' INT HUP; exec \"$0\" -v -d 1h -f json", BANKSIM_BINARY},
                   .program = "/bin/sh"});
  REQUIRE(process.wait_for_err(kStarted));
  process.send(SIGINT);
  process.send(SIGHUP);
  process.send(SIGTERM);
  const Finished finished = process.finish();
  CHECK(finished.code == 143);
  CHECK(nlohmann::json::parse(finished.out)["outcome"] == "interrupted");
}
