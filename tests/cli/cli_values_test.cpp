#include "cli/values.hpp"
#include "registry.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <chrono>
#include <clocale>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace banksim;
using namespace banksim::cli;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

template <class T>
void check_read(T (*parse)(std::string_view), const std::vector<std::pair<const char*, T>>& values) {
  for (const auto& [text, value] : values) {
    INFO("'" << text << "'");
    CHECK(parse(text) == value);
  }
}

template <class T>
void check_refused(T (*parse)(std::string_view), const std::string& why,
                   const std::vector<const char*>& texts) {
  for (const char* text : texts) {
    INFO("'" << text << "'");
    CHECK_THROWS_AS(parse(text), ConfigError);
    CHECK_THROWS_WITH(parse(text), ContainsSubstring(why));
  }
}

}  // namespace

TEST_CASE("A count may have a unit, a fraction or an exponent, and is exact") {
  check_read<std::uint64_t>(parse_count,
                            {{"0", 0}, {"8", 8}, {"007", 7}, {"5.0", 5}, {".5k", 500}, {"0e99", 0}});
  check_read<std::uint64_t>(parse_count,
                            {{"5K", 5'000}, {"500k", 500'000}, {"1m", 1'000'000}, {"1M", 1'000'000}});
  check_read<std::uint64_t>(parse_count, {{"1.5m", 1'500'000}, {"2g", 2'000'000'000}, {"2G", 2'000'000'000}});
  check_read<std::uint64_t>(parse_count, {{"1e6", 1'000'000}, {"1.25e3", 1'250}, {"1200e-2", 12}});
  CHECK(parse_count("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  check_refused(parse_count, "not a whole number", {"5.5", "1.0000001m", "1e-1", "0.1", "1.5e-3k"});
}

TEST_CASE("A count that does not fit is refused, not truncated") {
  check_refused(parse_count, "too large",
                {"1e99999999999", "2e19", "18446744073709551616", "99999999999g", "18446744073709551615k",
                 "99999999999999999999999999999999999999"});
  CHECK(parse_count_32("4294967295") == 4'294'967'295U);
  CHECK_THROWS_WITH(parse_count_32("4294967296"), ContainsSubstring("too large"));
}

TEST_CASE("Anything else is no count") {
  const std::vector<const char*> texts = {
      "",      " ", "k",   " 5",  "5 ",  "+5",   "0x10", "1e",  "e6",  "5.",   "5.k", "1e6e6", "1_000",
      "1,000", ".", "5kk", "5km", "5 k", "1g5m", "1k5",  "NaN", "inf", "five", "5\n", "٥"};
  check_refused(parse_count, "is not a count", texts);
  check_refused(parse_count_32, "is not a count", texts);
}

TEST_CASE("A negative number is called negative and never wraps") {
  check_refused(parse_count, "negative", {"-5"});
  check_refused(parse_seed, "negative", {"-5"});
  check_refused(parse_duration, "negative", {"-5s"});
  check_refused(parse_hold, "negative", {"-5s"});
  check_refused(parse_audit, "negative", {"-5s"});
  check_refused(parse_decimal, "negative", {"-0.5"});
  check_refused(parse_balance, "negative", {"5,-5"});
}

TEST_CASE("A duration has a unit or is in seconds, and is exact") {
  check_read<std::chrono::nanoseconds>(parse_duration, {{"0", 0ns},           {"5", 5s},
                                                        {"5s", 5s},           {"250ms", 250ms},
                                                        {"30us", 30us},       {"7ns", 7ns},
                                                        {"2m", 2min},         {"8760h", 8760h},
                                                        {"0.5", 500ms},       {"1.5ms", 1500us},
                                                        {"0.000000001", 1ns}, {"1.25m", 75s},
                                                        {"0.1h", 6min},       {"1.000000000000000000", 1s},
                                                        {".5s", 500ms},       {"1e3us", 1ms},
                                                        {"1e3", 1000s},       {"1m30s", 90s},
                                                        {"1h30m", 90min},     {"1.5h1ns", 90min + 1ns}});
  check_refused(parse_duration, "finer", {"0.5ns", "0.0000000001", "0.00000000000000000001m"});
  check_refused(parse_duration, "too long",
                {"8760h1ns", "8761h", "8760.1h", "9223372036854775807ns", "99999999999999999999h"});
  check_refused(parse_duration, "not a duration",
                {"",   "s",   ".",   ".s",  "5.",  "5.s",   "5 s",  " 5s",  "5sec",  "5S",
                 "1e", "0x5", "nan", "NaN", "inf", "30s1m", "1m1m", "1m30", "5.5.5", "5s "});
}

TEST_CASE("Threads are a count, or as many as there are CPUs") {
  CHECK(parse_threads("7") == 7);
  CHECK(parse_threads("auto") >= 1);
  CHECK(parse_threads("0") == parse_threads("auto"));
  CHECK_THROWS_AS(parse_threads("Auto"), ConfigError);
}

TEST_CASE("A decimal is read exactly, whatever the locale, and a percentage may have its sign") {
  const char* locale = GENERATE("C", "de_DE.UTF-8", "fr_FR.UTF-8");
  std::setlocale(LC_ALL, locale);  // NOLINT(concurrency-mt-unsafe)
  check_read<double>(parse_decimal, {{"0.99", 0.99}, {"90", 90}, {"0.1", 0.1}, {".5", 0.5}, {"1e3", 1000}});
  check_refused(parse_decimal, "",
                {"", ".", "5.", "0,99", "1e", "1e99", "nan", "inf", "0x1p3", "1.2.3", "0.1234567890123456"});
  std::setlocale(LC_ALL, "C");  // NOLINT(concurrency-mt-unsafe)
  check_read<double>(parse_percent, {{"10", 10}, {"2.5%", 2.5}, {"0", 0}});
  check_refused(parse_percent, "", {"-5", "", "%", "5%%", "ten"});
}

TEST_CASE("A seed is a whole number that JavaScript can hold, or drawn") {
  check_read<std::uint64_t>(parse_seed, {{"0", 0}, {"9007199254740991", 9'007'199'254'740'991U}});
  check_refused(parse_seed, "is not a seed",
                {"", "9007199254740992", "0x10", " 5", "1e6", "5.5", "1k", "Random"});
  const std::uint64_t drawn = parse_seed("random");
  CHECK(drawn <= 9'007'199'254'740'991U);
  CHECK((drawn != parse_seed("random") || drawn != parse_seed("random")));
}

TEST_CASE("A balance is a list in its order, an amount a range") {
  CHECK(parse_balance("5000,0,7k") == std::vector{Money{5000}, Money{0}, Money{7000}});
  check_refused(parse_balance, "", {"", ",", "1,", ",1", "1,,2", "1;2", "1, 2", "9007199254740992"});
  CHECK(parse_amount("1:2k") == std::pair{Money{1}, Money{2000}});
  check_refused(parse_amount, "", {"", "5", ":", "1:", ":5", "1:2:3", "1-5", "a:b"});
}

TEST_CASE("An access pattern is written as it is read") {
  for (const char* text : {"uniform", "zipf:0.99", "hot:90:10"})
    CHECK(parse_access(text).to_string() == text);
  check_refused(
      parse_access, "",
      {"", "zipf", "zipf:", "zipf:x", "zipf:1:2", "hot", "hot:90", "hot:90:10:5", "uniform:1", "Uniform"});
  CHECK_THROWS_WITH(parse_access("zpf:1"), ContainsSubstring("did you mean 'zipf'?"));
}

TEST_CASE("Hold and audit take a time or a word") {
  CHECK(parse_hold("yield").yield);
  CHECK((parse_hold("5us").spin == 5us && !parse_hold("5us").yield));
  CHECK(parse_audit("off").kind == AuditPolicy::Kind::off);
  CHECK(parse_audit("each").kind == AuditPolicy::Kind::each);
  CHECK((parse_audit("5ms").kind == AuditPolicy::Kind::interval && parse_audit("5ms").interval == 5ms));
  check_refused(parse_hold, "did you mean 'yield'?", {"yeild"});
  check_refused(parse_audit, "did you mean 'each'?", {"eahc"});
  check_refused(parse_hold, "", {""});
  check_refused(parse_audit, "", {""});
}

TEST_CASE("Every strategy is found by its name and by what else it is called") {
  for (const StrategyEntry& entry : strategies()) {
    CHECK(parse_strategy(entry.name) == entry.name);
    for (const std::string_view alias : entry.aliases) CHECK(parse_strategy(alias) == entry.name);
  }
  check_read<std::string>(parse_strategy, {{"scoped-lock", "scoped"},
                                           {"scoped_lock", "scoped"},
                                           {"std::scoped_lock", "scoped"},
                                           {"none", "unsafe"}});
  CHECK_THROWS_WITH(parse_strategy("orderd"), "unknown strategy 'orderd'; did you mean 'ordered'?");
  CHECK_THROWS_WITH(parse_strategy("quantum"), ContainsSubstring("one of unsafe, global, naive"));
}

TEST_CASE("A choice is one of its words, exactly") {
  const std::vector<std::string> words = {"text", "json", "csv"};
  CHECK(parse_choice("csv", words) == 2);
  CHECK_THROWS_WITH(parse_choice("jsn", words), "'jsn' is not one of text, json, csv; did you mean 'json'?");
  CHECK_THROWS_AS(parse_choice("", words), ConfigError);
}

TEST_CASE("A mistyped word finds its neighbour, what is far from everything nothing") {
  // A letter that is swapped, missing, too many, another, or a capital; a beginning that only one has.
  const std::vector<std::string> words = {"--strategy", "--threads", "--seed",
                                          "--stall",    "--slice",   "deadlock"};
  const auto [typed, meant] = GENERATE(table<std::string, std::string>({{"--strateyg", "--strategy"},
                                                                        {"--thread", "--threads"},
                                                                        {"--sed", "--seed"},
                                                                        {"--seeed", "--seed"},
                                                                        {"--stalk", "--stall"},
                                                                        {"--SLICE", "--slice"},
                                                                        {"--str", "--strategy"},
                                                                        {"daedlock", "deadlock"}}));
  CHECK(did_you_mean(typed, words) == "; did you mean '" + meant + "'?");
  for (const char* unlike : {"violation", "", "zz", "--st", "sitting"})
    CHECK(did_you_mean(unlike, words).empty());
}
