// A comparison put into words once, for all its reports: what varies, names, numbers with their intervals,
// findings, the verdict.
//
// Promises: the same comparison, the same words, in whichever report. Nothing is escaped yet.
// Forbids: outliving the Comparison that it looks at.
// Threads: pure functions.
#pragma once

#include "compare/compare.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace banksim {

// One cell of the comparison in words. Empty: there is nothing to say.
struct CellView {
  const CellResult* result = nullptr;
  std::string name;  // the strategy; its second cell in a group is "ordered (2)"
  Speed speed = {};
  bool ranked = false;
  bool has_latency = false;
  std::string per_s = {};         // "19.2 M"
  std::string per_s_ci = {};      // "(18.9 M - 19.5 M)"
  std::string ratio = {};         // "0.25x", "too noisy"
  std::string ratio_ci = {};      // "(0.24-0.26)"
  std::string standing = {};      // "faster", "no clear difference"
  std::string outcome = {};       // "ok", "deadlock", "not run"
  std::string outcome_more = {};  // " in 5 of 6 runs, against its promise"
  std::string gate = {};          // "held", "too slow", "cannot tell"
};

// A table of a document. Words stand at the left, numbers at the right.
struct DocumentTable {
  struct Column {
    std::string title;
    bool is_word = false;
  };
  struct Row {
    std::vector<std::string> texts;  // one a column
    bool begins_group = false;
    bool has_failed = false;
  };
  std::vector<Column> columns;
  std::vector<Row> rows;
};

struct CompareView {
  explicit CompareView(const Comparison& compared, bool with_unicode = true);

  const Comparison& comparison;
  const Conclusions& conclusions;
  bool unicode;
  std::vector<CellView> cells;  // as in the comparison
  std::string verdict;
  std::string interrupted;            // empty where it was complete
  std::string promises;               // "naive deadlocked, as it says it can; the others kept their promises"
  std::string how_to_read;            // what the ratio is
  std::vector<std::string> findings;  // flips, odd rounds, where the time went, ends, the gate's doubts
  std::vector<std::string> failures;  // of the gate, and of what could not be run
  std::vector<std::string> warnings;

  const CellResult& cell(std::size_t i) const { return *cells[i].result; }
  const Config& config(const Group& group) const { return cell(group.cells.front()).config; }
  bool varies(Dimension dimension) const;
  std::vector<std::size_t> in_order(const Group& group) const;  // the ranked, fastest first, then the others
  DocumentTable table() const;  // what each cell is and did; what none has is left out

  std::string value_text(Dimension dimension, const Config& config) const;   // "1,000", "400 ns", "yield"
  std::string named_value(Dimension dimension, const Config& config) const;  // "2 threads", "hold 400 ns"
  // "2 threads, hold 400 ns": what varies, but for `without`; empty where nothing does.
  std::string setting(const Config& config, std::optional<Dimension> without = {}) const;
  std::string subject(std::size_t cell) const;  // "ordered at 2 threads"
  std::string fixed() const;   // what does not vary: "1,000 accounts, 200,000 transfers a run, seed 1"
  std::string rounds() const;  // how the numbers were got
  std::string origin() const;  // the program, the time and the machine
};

// It ended by a limit: the strategy has not kept its promise, but has not broken it either.
inline bool proves_nothing(Outcome outcome) {
  return outcome == Outcome::timeout || outcome == Outcome::stalled;
}

// Over its runs, of kPercentiles; null where one of them timed too few transfers to tell.
const Summary* percentile_ns(const CellView& cell, std::size_t nth);

std::string failed_verb(const CellResult& cell);       // "deadlocked"
std::string ratio_interval(const Relative& relative);  // "0.52-0.58"; there has to be one
std::string ratio_phrase(const Relative& relative);    // "0.55 (0.52-0.58)"; "too noisy to say how many"

// Fills in the verdict, the promises, the findings and the failures.
void put_into_sentences(CompareView& view);

}  // namespace banksim
