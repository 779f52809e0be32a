#include "report/text.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <limits>
#include <string>

using namespace banksim;

TEST_CASE("Numbers have three significant digits, no zeros at the end, and never a thousand of a unit") {
  CHECK(si_number(0) == "0");
  CHECK(si_number(0.875) == "0.875");
  CHECK(si_number(999) == "999");
  CHECK(si_number(999.6) == "1 k");
  CHECK(si_number(19'200'000) == "19.2 M");
  CHECK(si_number(20'000'000) == "20 M");
  CHECK(si_number(999'999) == "1 M");
  CHECK(si_number(1234e12) == "1,234 T");
  CHECK(si_number(-1500) == "-1.5 k");
  CHECK(si_number(std::numeric_limits<double>::quiet_NaN()) == "unknown");
  CHECK(duration_text(0) == "0 s");
  CHECK(duration_text(210e-9) == "210 ns");
  CHECK(duration_text(2.1e-6) == "2.1 us");
  CHECK(duration_text(2.1e-6, true) == "2.1 \u00b5s");
  CHECK(duration_text(nanoseconds{52'100'000}) == "52.1 ms");
  CHECK(duration_text(0.9996) == "1 s");
  CHECK(duration_text(3600) == "3,600 s");
  CHECK(percent_text(0) == "0 %");
  CHECK(percent_text(0.0004) == "under 0.1 %");
  CHECK(percent_text(0.1) == "10 %");
  CHECK(percent_text(0.999) == "99.9 %");
}

TEST_CASE("Integers are grouped by commas, below zero too, and counted things have their plural") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1'234'567) == "1,234,567");
  CHECK(grouped(Money{-100}) == "-100");
  CHECK(grouped(-1'000) == "-1,000");
  CHECK(grouped(std::numeric_limits<std::int64_t>::min()) == "-9,223,372,036,854,775,808");
  CHECK(grouped(std::numeric_limits<std::uint64_t>::max()) == "18,446,744,073,709,551,615");
  CHECK(counted(1, "run") == "1 run");
  CHECK(counted(1'000, "run") == "1,000 runs");
}

TEST_CASE("Colours and letters of several bytes take the columns that they are seen in") {
  CHECK(display_width("") == 0);
  CHECK(display_width("a \u2192 b") == 5);
  CHECK(display_width(colored("OK", Tone::good, {.color = true})) == 2);
  CHECK(colored("OK", Tone::good, {}) == "OK");
  CHECK(cut_to("a \u2192 b", 3) == "a \u2192");
  CHECK(cut_to("ab", 3) == "ab");
  CHECK(wrapped("\x1b[31mBAD\x1b[0m \u2192", 5) == "\x1b[31mBAD\x1b[0m \u2192");
}

TEST_CASE("Lines are broken between words, below where the text of their label begins") {
  CHECK(wrapped("  Money  before, after; and more words\n", 24) ==
        "  Money  before, after;\n"
        "         and more words\n");
  CHECK(wrapped("one two three", 8) == "one two\n  three");
  CHECK(wrapped("one two three", 0) == "one two three");
  CHECK(wrapped("unbreakable word", 5) == "unbreakable word");
  CHECK(wrapped("a b c d", 2) == "a\n  b c d");  // below it there is no room
  CHECK(wrapped("first\n\nlast\n", 80) == "first\n\nlast\n");
}

TEST_CASE("A table's columns are as wide as they are seen, and one without a text is left out") {
  Table table({{"name"}, {"speed", true}, {"none"}, {"words", false, 1}}, 2);
  table.add({"\u00b5", "19 M", "", "fast"});
  table.add({colored("wide one", Tone::bad, {.color = true}), "123 M", "", "slower than that"});
  table.add({"bad", "failed and runs on"});
  CHECK(table.title_line() == "  name      speed words\n");
  CHECK(table.lines() ==
        "  \u00b5          19 M fast\n"
        "  \x1b[31mwide one\x1b[0m  123 M slower than that\n"
        "  bad       failed and runs on\n");
  CHECK(table.width() == 34);
  CHECK(table.line(1, 30) ==
        "  \x1b[31mwide one\x1b[0m  123 M slower than\n"
        "                    that\n");
}
