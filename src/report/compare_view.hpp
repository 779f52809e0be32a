// A comparison put into words once, for all its reports: what varies, names, numbers with their intervals,
// findings, the verdict.
//
// Promises: the same comparison, the same words, in whichever report. Nothing is escaped yet.
// Forbids: outliving the Comparison that it looks at.
// Threads: pure functions.
#pragma once

#include "compare/compare.hpp"

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace banksim {

inline constexpr const char* kNothing = "\u2013";  // a cell of a table without a value

// One cell of the comparison, as it is named.
struct CellView {
  const CellResult* result = nullptr;
  std::string name;  // the strategy; its second cell in a group is "ordered (2)"
  bool ranked = false;
  bool has_latency = false;
  std::string speed_or_outcome = {};  // "19.2 M [18.9 M, 19.5 M]" or "deadlock"
  std::string outcome = {};           // "ok", "deadlock in 5 of 5 runs"
  std::string gate = {};              // "held", "too slow", "cannot tell"; empty where there is no gate
};

// A table of a document: rows in bodies, one a group. Words stand at the left, numbers at the right.
struct DocumentTable {
  struct Cell {
    std::string text;
    bool is_word = false;
    bool is_failure = false;
  };
  using Row = std::vector<Cell>;
  Row head;
  std::vector<std::vector<Row>> bodies;
};

struct CompareView {
  // `unicode`: "µs" and not "us".
  explicit CompareView(const Comparison& comparison, bool unicode = true);

  const Comparison& comparison;
  const Conclusions& conclusions;
  bool unicode;
  std::vector<CellView> cells;  // as in the comparison
  std::string verdict;
  std::string interrupted;            // empty where it was complete
  std::vector<std::string> findings;  // flips, where the time went, ends, what the gate cannot tell
  std::vector<std::string> failures;  // of the gate, and of what could not be run
  std::vector<std::string> warnings;

  const CellResult& cell(std::size_t i) const { return *cells[i].result; }
  const Config& config(const Group& group) const { return cell(group.cells.front()).config; }
  std::vector<std::size_t> in_order(const Group& group) const;  // the ranked, fastest first, then the others
  double bars_end(const Group& group) const;                    // of the scale of its bars
  // Of all cells; the columns by their titles, the gate's only where there is one.
  DocumentTable table(std::initializer_list<std::string_view> titles) const;

  std::string value_text(Dimension dimension, const Config& config) const;   // "1,000", "400 ns", "yield"
  std::string named_value(Dimension dimension, const Config& config) const;  // "2 threads", "hold 400 ns"
  // "2 threads, hold 400 ns": what varies, but for `without`; empty where nothing does.
  std::string setting(const Config& config, std::optional<Dimension> without = {}) const;
  std::string whole_setting(const Config& config) const;  // and the rest: "2 threads, 1,000 accounts"
  std::string work() const;                               // "200,000 transfers a run, seed 1"
  std::string fixed() const;  // what does not vary: "1,000 accounts, 200,000 transfers a run, seed 1"
};

std::string standing_word(Standing standing);          // "no clear difference"
std::string how_often_failed(const CellResult& cell);  // " in 5 of 6 runs", " while warming up"
// A number that is not 1 is not shown as 1 beside "faster" or "slower": with more digits where it needs them.
std::string unlike_one(double value, const std::string& usual, const Relative& relative);
std::string ratio_phrase(const Relative& relative);         // "0.55 [0.52, 0.58]"
std::size_t most_rounds(const Comparison& comparison);      // in which something was measured
std::string rounds_sentence(const Comparison& comparison);  // how the numbers were got
std::string host_text(const Host& host);

// Fills in the verdict, the findings and the failures.
void put_into_sentences(CompareView& view);

}  // namespace banksim
