#include "cli/terminal.hpp"

#include "cli/run_options.hpp"

#include <catch2/catch_test_macros.hpp>

#include <map>

using namespace banksim::cli;
using Color = GeneralOptions::Color;

namespace {

Environment of(std::map<std::string, std::string> variables) {
  return [variables](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

const std::map<std::string, std::string> kTerm = {{"TERM", "xterm"}};

}  // namespace

TEST_CASE("Colour is for terminals that can show it") {
  CHECK(wants_color(Color::automatic, true, of(kTerm)));
  CHECK_FALSE(wants_color(Color::automatic, false, of(kTerm)));
  CHECK_FALSE(wants_color(Color::automatic, true, of({{"TERM", "dumb"}})));
  CHECK_FALSE(wants_color(Color::automatic, true, of({})));
}

TEST_CASE("NO_COLOR beats CLICOLOR_FORCE, which beats the stream") {
  CHECK(wants_color(Color::automatic, false, of({{"CLICOLOR_FORCE", "1"}})));
  CHECK_FALSE(wants_color(Color::automatic, false, of({{"CLICOLOR_FORCE", "0"}})));
  CHECK_FALSE(wants_color(Color::automatic, true, of({{"TERM", "xterm"}, {"NO_COLOR", "1"}})));
  CHECK_FALSE(wants_color(Color::automatic, true, of({{"CLICOLOR_FORCE", "1"}, {"NO_COLOR", "1"}})));
  CHECK(wants_color(Color::automatic, true, of({{"TERM", "xterm"}, {"NO_COLOR", ""}})));
}

TEST_CASE("The option beats the environment") {
  CHECK(wants_color(Color::always, false, of({{"NO_COLOR", "1"}})));
  CHECK_FALSE(wants_color(Color::never, true, of({{"CLICOLOR_FORCE", "1"}})));
}

TEST_CASE("The first locale variable that is set decides on Unicode") {
  CHECK(is_unicode_locale(of({{"LANG", "en_GB.UTF-8"}})));
  CHECK(is_unicode_locale(of({{"LC_CTYPE", "C.utf8"}, {"LANG", "C"}})));
  CHECK_FALSE(is_unicode_locale(of({{"LC_ALL", "C"}, {"LANG", "en_GB.UTF-8"}})));
  CHECK(is_unicode_locale(of({{"LC_ALL", ""}, {"LANG", "en_GB.UTF-8"}})));
  CHECK_FALSE(is_unicode_locale(of({})));
}

TEST_CASE("Progress is shown to people, unless they asked for quiet") {
  CHECK(wants_progress(ProgressWish::automatic, false, true, of({})));
  CHECK_FALSE(wants_progress(ProgressWish::automatic, false, false, of({})));
  CHECK_FALSE(wants_progress(ProgressWish::automatic, false, true, of({{"CI", "true"}})));
  CHECK_FALSE(wants_progress(ProgressWish::automatic, true, true, of({})));
  CHECK(wants_progress(ProgressWish::always, false, false, of({{"CI", "true"}})));
  CHECK_FALSE(wants_progress(ProgressWish::never, false, true, of({})));
}
