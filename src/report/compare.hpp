// A comparison for people: as text, as Markdown for a pull request, as a page, as a picture.
//
// Promises: the same comparison gives the same bytes, with LF at each line's end. All reports say the same values,
// from one view (compare_view.hpp); every number is the comparison's own, a quantile of its histograms or a median
// over its runs. Only cells that ended ok are ranked, the others are named with how they ended. HTML and SVG are
// well-formed XML without script, and refer to nothing outside themselves; text from the user is escaped.
// Threads: pure functions. Cost: a quantile curve reads 41 quantiles a run, about 1 us each.
#pragma once

#include "compare/compare.hpp"
#include "report/text.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace banksim {

// Bars fill what is left of `columns`. `style.columns` is not looked at: a table needs a width in any case.
std::string compare_text(const Comparison& comparison, const TextStyle& style, std::size_t columns = 80);

// `command` is argv as typed, to repeat it by; it may be empty.
std::string compare_markdown(const Comparison& comparison, std::span<const std::string> command = {});
std::string compare_html(const Comparison& comparison, std::span<const std::string> command);

// One picture, to be shown at up to 760 pixels of width.
std::string compare_svg(const Comparison& comparison);

// The sentences that records carry: who is the fastest where and who failed; what follows from it.
std::string verdict_sentence(const Comparison& comparison);
std::vector<std::string> finding_sentences(const Comparison& comparison);
std::vector<std::string> failure_sentences(const Comparison& comparison);

}  // namespace banksim
