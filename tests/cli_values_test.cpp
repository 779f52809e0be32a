#include "cli/values.hpp"
#include "registry.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <chrono>
#include <clocale>
#include <string>

using namespace banksim;
using namespace banksim::cli;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("A count is digits with k, m or g") {
  CHECK(parse_count("0") == 0);
  CHECK(parse_count("8") == 8);
  CHECK(parse_count("007") == 7);
  CHECK(parse_count("500k") == 500'000);
  CHECK(parse_count("1m") == 1'000'000);
  CHECK(parse_count("2g") == 2'000'000'000);
  CHECK(parse_count("18446744073709551615") == 18'446'744'073'709'551'615U);
}

TEST_CASE("A count may have capitals, a fraction or an exponent, and is exact") {
  CHECK(parse_count("5K") == 5'000);
  CHECK(parse_count("1M") == 1'000'000);
  CHECK(parse_count("2G") == 2'000'000'000);
  CHECK(parse_count("1e6") == 1'000'000);
  CHECK(parse_count("1.5m") == 1'500'000);
  CHECK(parse_count(".5k") == 500);
  CHECK(parse_count("1.25e3") == 1'250);
  CHECK(parse_count("5.0") == 5);
  CHECK(parse_count("1200e-2") == 12);
  CHECK(parse_count("0e99") == 0);
  for (const char* text : {"5.5", "1.0000001m", "1e-1", "0.1", "1.5e-3k"})
    CHECK_THROWS_WITH(parse_count(text), ContainsSubstring("not a whole number"));
  CHECK_THROWS_WITH(parse_count("1e99999999999"), ContainsSubstring("too large"));
  CHECK_THROWS_WITH(parse_count("2e19"), ContainsSubstring("too large"));
}

TEST_CASE("Anything else is no count") {
  const std::string text =
      GENERATE("", " ", "k", " 5", "5 ", "+5", "0x10", "1e", "e6", "1e6e6", "1_000", "1,000", ".", "5.",
               "5.k", "5kk", "5km", "5 k", "NaN", "inf", "five", "5\n", "٥");
  INFO("'" << text << "'");
  CHECK_THROWS_AS(parse_count(text), ConfigError);
  CHECK_THROWS_AS(parse_count_32(text), ConfigError);
}

TEST_CASE("A negative number is called negative and never wraps") {
  CHECK_THROWS_WITH(parse_count("-5"), ContainsSubstring("negative"));
  CHECK_THROWS_WITH(parse_seed("-5"), ContainsSubstring("negative"));
  CHECK_THROWS_WITH(parse_duration("-5s"), ContainsSubstring("negative"));
  CHECK_THROWS_WITH(parse_hold("-5s"), ContainsSubstring("negative"));
  CHECK_THROWS_WITH(parse_audit("-5s"), ContainsSubstring("negative"));
  CHECK_THROWS_WITH(parse_decimal("-0.5"), ContainsSubstring("negative"));
  CHECK_THROWS_WITH(parse_balance("5,-5"), ContainsSubstring("negative"));
}

TEST_CASE("A count that does not fit is refused, not truncated") {
  const std::string text = GENERATE("18446744073709551616", "99999999999g", "18446744073709551615k",
                                    "99999999999999999999999999999999999999");
  CHECK_THROWS_WITH(parse_count(text), ContainsSubstring("too large"));
  CHECK(parse_count_32("4294967295") == 4'294'967'295U);
  CHECK_THROWS_WITH(parse_count_32("4294967296"), ContainsSubstring("too large"));
}

TEST_CASE("A duration has a unit or is in seconds") {
  CHECK(parse_duration("0") == 0ns);
  CHECK(parse_duration("5") == 5s);
  CHECK(parse_duration("5s") == 5s);
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("30us") == 30us);
  CHECK(parse_duration("7ns") == 7ns);
  CHECK(parse_duration("2m") == 2min);
  CHECK(parse_duration("8760h") == 8760h);
}

TEST_CASE("A fraction of a duration is exact") {
  CHECK(parse_duration("0.5") == 500ms);
  CHECK(parse_duration("1.5ms") == 1500us);
  CHECK(parse_duration("0.000000001") == 1ns);
  CHECK(parse_duration("1.25m") == 75s);
  CHECK(parse_duration("0.1h") == 6min);
  CHECK(parse_duration("1.000000000000000000") == 1s);
  CHECK_THROWS_WITH(parse_duration("0.5ns"), ContainsSubstring("finer"));
  CHECK_THROWS_WITH(parse_duration("0.0000000001"), ContainsSubstring("finer"));
  CHECK_THROWS_WITH(parse_duration("0.00000000000000000001m"), ContainsSubstring("finer"));
}

TEST_CASE("A duration may begin with a point, have an exponent or several parts") {
  CHECK(parse_duration(".5s") == 500ms);
  CHECK(parse_duration("1e3us") == 1ms);
  CHECK(parse_duration("1e3") == 1000s);
  CHECK(parse_duration("1m30s") == 90s);
  CHECK(parse_duration("1h30m") == 90min);
  CHECK(parse_duration("1.5h1ns") == 90min + 1ns);
  CHECK_THROWS_WITH(parse_duration("8760h1ns"), ContainsSubstring("too long"));
}

TEST_CASE("Threads are a count, or as many as there are CPUs") {
  CHECK(parse_threads("7") == 7);
  CHECK(parse_threads("auto") >= 1);
  CHECK(parse_threads("0") == parse_threads("auto"));
  CHECK_THROWS_AS(parse_threads("Auto"), ConfigError);
  CHECK(parse_count_between("7", 1, 7) == 7);
  CHECK_THROWS_WITH(parse_count_between("8", 1, 7), "'8' is not from 1 to 7");
}

TEST_CASE("A percentage may have its sign") {
  CHECK(parse_percent("10") == 10.0);
  CHECK(parse_percent("2.5%") == 2.5);
  CHECK(parse_percent("0") == 0.0);
  for (const char* text : {"-5", "", "%", "5%%", "ten"}) CHECK_THROWS_AS(parse_percent(text), ConfigError);
}

TEST_CASE("Anything else is no duration") {
  const std::string text = GENERATE("", "s", ".", ".s", "5.", "5.s", "5 s", " 5s", "5sec", "5S", "1e", "0x5",
                                    "nan", "NaN", "inf", "30s1m", "1m1m", "1m30", "5s ");
  INFO("'" << text << "'");
  CHECK_THROWS_WITH(parse_duration(text), ContainsSubstring("not a duration"));
}

TEST_CASE("A duration over a year is refused, also where it would overflow") {
  const std::string text = GENERATE("8761h", "8760.1h", "9223372036854775807ns", "99999999999999999999h");
  CHECK_THROWS_WITH(parse_duration(text), ContainsSubstring("too long"));
}

TEST_CASE("A decimal is read exactly, whatever the locale") {
  CHECK(parse_decimal("0.99") == 0.99);
  CHECK(parse_decimal("90") == 90.0);
  CHECK(parse_decimal("0.1") == 0.1);
  CHECK(parse_decimal(".5") == 0.5);
  CHECK(parse_decimal("1e3") == 1000.0);
  for (const char* locale : {"de_DE.UTF-8", "fr_FR.UTF-8"}) {
    std::setlocale(LC_ALL, locale);  // NOLINT(concurrency-mt-unsafe)
    CHECK(parse_decimal("0.99") == 0.99);
    CHECK_THROWS_AS(parse_decimal("0,99"), ConfigError);
  }
  std::setlocale(LC_ALL, "C");  // NOLINT(concurrency-mt-unsafe)
  for (const char* text : {"", ".", "5.", "1e", "1e99", "nan", "inf", "0x1p3", "1.2.3", "0.1234567890123456"})
    CHECK_THROWS_AS(parse_decimal(text), ConfigError);
}

TEST_CASE("A seed is a whole number that JavaScript can hold, or drawn") {
  CHECK(parse_seed("0") == 0);
  CHECK(parse_seed("9007199254740991") == 9'007'199'254'740'991U);
  for (const char* text : {"", "9007199254740992", "0x10", " 5", "1e6", "5.5", "1k", "Random"})
    CHECK_THROWS_AS(parse_seed(text), ConfigError);
  const std::uint64_t drawn = parse_seed("random");
  CHECK(drawn <= 9'007'199'254'740'991U);
  CHECK((drawn != parse_seed("random") || drawn != parse_seed("random")));
}

TEST_CASE("A balance list keeps its order") {
  CHECK(parse_balance("1k") == std::vector{Money{1000}});
  CHECK(parse_balance("5000,0,7k") == std::vector{Money{5000}, Money{0}, Money{7000}});
  for (const char* text : {"", ",", "1,", ",1", "1,,2", "1;2", "1, 2", "9007199254740992"})
    CHECK_THROWS_AS(parse_balance(text), ConfigError);
}

TEST_CASE("An amount is a range") {
  const AmountRange range = parse_amount("1:2k");
  CHECK(range.min == Money{1});
  CHECK(range.max == Money{2000});
  for (const char* text : {"", "5", ":", "1:", ":5", "1:2:3", "1-5", "a:b"})
    CHECK_THROWS_AS(parse_amount(text), ConfigError);
}

TEST_CASE("An access pattern is written as it is read") {
  for (const char* text : {"uniform", "zipf:0.99", "hot:90:10"})
    CHECK(parse_access(text).to_string() == text);
  for (const char* text :
       {"", "zipf", "zipf:", "zipf:x", "zipf:1:2", "hot", "hot:90", "hot:90:10:5", "uniform:1", "Uniform"})
    CHECK_THROWS_AS(parse_access(text), ConfigError);
  CHECK_THROWS_WITH(parse_access("zpf:1"), ContainsSubstring("did you mean 'zipf'?"));
}

TEST_CASE("Hold and audit take a time or a word") {
  CHECK(parse_hold("yield").yield);
  CHECK(parse_hold("5us").spin == 5us);
  CHECK_FALSE(parse_hold("5us").yield);
  CHECK(parse_audit("off").kind == AuditPolicy::Kind::off);
  CHECK(parse_audit("each").kind == AuditPolicy::Kind::each);
  CHECK(parse_audit("5ms").kind == AuditPolicy::Kind::interval);
  CHECK(parse_audit("5ms").interval == 5ms);
  CHECK_THROWS_WITH(parse_hold("yeild"), ContainsSubstring("did you mean 'yield'?"));
  CHECK_THROWS_WITH(parse_audit("eahc"), ContainsSubstring("did you mean 'each'?"));
  CHECK_THROWS_AS(parse_hold(""), ConfigError);
  CHECK_THROWS_AS(parse_audit(""), ConfigError);
}

TEST_CASE("Every strategy is found by its name and by what else it is called") {
  for (const StrategyEntry& entry : strategies()) {
    CHECK(parse_strategy(entry.name) == entry.name);
    for (const std::string_view alias : entry.aliases) CHECK(parse_strategy(alias) == entry.name);
  }
  CHECK(parse_strategy("scoped-lock") == "scoped");
  CHECK(parse_strategy("scoped_lock") == "scoped");
  CHECK(parse_strategy("std::scoped_lock") == "scoped");
  CHECK(parse_strategy("none") == "unsafe");
}

TEST_CASE("An unknown strategy is answered with the nearest one, or with all") {
  CHECK_THROWS_WITH(parse_strategy("orderd"), "unknown strategy 'orderd'; did you mean 'ordered'?");
  CHECK_THROWS_WITH(parse_strategy("quantum"), ContainsSubstring("one of unsafe, global, naive"));
}

TEST_CASE("A choice is one of its words, exactly") {
  const std::vector<std::string> words = {"text", "json", "csv"};
  CHECK(parse_choice("csv", words) == 2);
  CHECK_THROWS_WITH(parse_choice("jsn", words), "'jsn' is not one of text, json, csv; did you mean 'json'?");
  CHECK_THROWS_AS(parse_choice("", words), ConfigError);
}
