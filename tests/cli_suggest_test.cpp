#include "cli/suggest.hpp"

#include <catch2/catch_test_macros.hpp>

#include <vector>

using namespace banksim::cli;

TEST_CASE("The edit distance counts insertions, losses, replacements and swaps once each") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "abc") == 0);
  CHECK(edit_distance("abc", "ABC") == 0);
  CHECK(edit_distance("abc", "abd") == 1);
  CHECK(edit_distance("abc", "ab") == 1);
  CHECK(edit_distance("abc", "acb") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("The edit distance is the same both ways") {
  const std::vector<std::string> words = {"", "a", "ordered", "orderd", "--strategy", "--strateyg", "scoped"};
  for (const std::string& a : words)
    for (const std::string& b : words) CHECK(edit_distance(a, b) == edit_distance(b, a));
}

TEST_CASE("A mistyped word finds its neighbour") {
  const std::vector<std::string> options = {"--strategy", "--threads", "--seed", "--stall", "--slice"};
  CHECK(nearest("--strateyg", options) == "--strategy");
  CHECK(nearest("--thread", options) == "--threads");
  CHECK(nearest("--strat", options) == "--strategy");
  CHECK(nearest("--sed", options) == "--seed");
}

TEST_CASE("What is far from everything finds nothing") {
  const std::vector<std::string> words = {"ok", "any", "deadlock"};
  CHECK_FALSE(nearest("violation", words));
  CHECK_FALSE(nearest("", words));
  CHECK_FALSE(nearest("zz", words));
  CHECK(did_you_mean("violation", words).empty());
  CHECK(did_you_mean("daedlock", words) == "; did you mean 'deadlock'?");
}
