// A comparison as documents to pass on: Markdown for a pull request, a page, a picture. Pure functions.
//
// Promises   the same comparison gives the same bytes, UTF-8, with LF at each line's end, the last one too.
//            Every number is one of the Comparison's, a quantile of its histograms or a median over its runs.
//            Only cells that ended ok are ranked; the others are named with how they ended.
//            HTML and SVG are well-formed XML, without script, and refer to nothing outside themselves.
//            Text from the user is escaped; bytes that no XML may hold become U+FFFD.
// Throws     std::bad_alloc.
// Threads    none needed.
// Cost       a quantile curve reads 41 quantiles a run, about 1 us each.
#pragma once

#include "compare/compare.hpp"
#include "report/report.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace banksim {

// `command` is argv as typed, to repeat it by; it may be empty.
std::string compare_markdown(const Comparison& comparison, std::span<const std::string> command = {});
std::string compare_html(const Comparison& comparison, std::span<const std::string> command);

// One picture, to be shown at up to 760 pixels of width.
std::string compare_svg(const Comparison& comparison);

// Shared with the terminal's report of a run: ASCII unless `unicode`, no colour unless `color`, the verdict
// line alone if `quiet`. Bars fill what is left of `columns`.
std::string compare_text(const Comparison& comparison, const TextStyle& style, std::size_t columns = 80);

}  // namespace banksim
