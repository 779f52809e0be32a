#include "cli/progress.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace banksim;
using namespace banksim::cli;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

TEST_CASE("Progress of a count is measured in transfers") {
  Config config;
  config.transfers = 1'000'000;
  const std::string line = progress_line(config, {RunProgress::Phase::running, 1s, 250'000});
  CHECK_THAT(line, StartsWith(" 25 %"));
  CHECK_THAT(line, ContainsSubstring("3 s left"));
}

TEST_CASE("Progress of a duration is measured in time") {
  Config config;
  config.duration = 10s;
  const std::string line = progress_line(config, {RunProgress::Phase::running, 4s, 123});
  CHECK_THAT(line, StartsWith(" 40 %"));
  CHECK_THAT(line, ContainsSubstring("6 s left"));
}

TEST_CASE("Progress never exceeds the whole and never divides by nothing") {
  Config config;
  config.duration = 10s;
  CHECK_THAT(progress_line(config, {RunProgress::Phase::running, 11s, 5}), StartsWith("100 %"));
  CHECK_THAT(progress_line(config, {RunProgress::Phase::running, 0s, 0}), StartsWith("  0 %"));
  CHECK_THAT(progress_line({}, {RunProgress::Phase::running, 5s, 0}), StartsWith("  0 %"));
}
