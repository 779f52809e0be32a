// What every report of a comparison says alike: what varies, names, numbers with their intervals, the
// verdict.
//
// Promises   the same comparison, the same words, in whichever report. UTF-8, nothing escaped yet.
// Forbids    outliving the Comparison that it looks at.
// Throws     std::bad_alloc.
// Threads    none needed.
#pragma once

#include "compare/compare.hpp"
#include "report/compare_parts.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace banksim {

// "2 threads", "hold 400 ns".
std::string named_value(Dimension dimension, const Config& config);
const char* to_string(Dimension dimension);                         // "threads"
std::string value_text(Dimension dimension, const Config& config);  // "1,000", "400 ns", "yield"
inline constexpr const char* kNothing = "\u2013";                   // a cell of a table without a value

struct CompareView {
  explicit CompareView(const Comparison& comparison);

  const Comparison& comparison;
  std::vector<Dimension> varied;                 // of which there is more than one value
  std::vector<std::string> names;                // by cell: the strategy; its second cell is "ordered (2)"
  std::vector<std::size_t> slots;                // by cell: the colour, one a name
  std::vector<std::vector<std::size_t>> groups;  // cells that are compared with each other

  const CellResult& cell(std::size_t i) const { return comparison.cells[i]; }
  bool varies(Dimension dimension) const;

  // "2 threads, hold 400 ns": what varies; empty where nothing does.
  std::string setting(const Config& config) const;
  std::string setting_without(Dimension dimension, const Config& config) const;
  // "1,000 accounts, 200,000 transfers a run, seed 1": what does not.
  std::string fixed() const;
  // Of a group: the cells to be ranked, fastest first, and the rest as they come.
  std::vector<std::size_t> ranked(const std::vector<std::size_t>& group) const;
  std::vector<std::size_t> unranked(const std::vector<std::size_t>& group) const;
};

// What one strategy did along a dimension.
struct Series {
  std::string name;
  std::size_t slot = 0;
  std::vector<const CellResult*> cells;  // by value; null where there is none
};

struct SweepPanel {
  std::string setting;  // of the other dimensions
  std::vector<Series> series;
};

// The comparison along one dimension that varies.
struct Sweep {
  Dimension dimension{};
  std::vector<std::string> values;    // ascend
  std::vector<std::string> headings;  // the same with their names: "2 threads"
  std::vector<SweepPanel> panels;
};
Sweep sweep_along(const CompareView& view, Dimension dimension);

// Median over the cell's runs.
double waiting_share(const CellResult& cell);
double latency_quantile_ns(const CellResult& cell, double fraction);
bool has_latency(const CellResult& cell);

// The numbers as they stand in tables.
std::string speed_or_outcome(const CellResult& cell);  // "19.2 M [18.9 M, 19.5 M]", or "deadlock"
std::string throughput_text(const CellResult& cell);   // "19.2 M [18.9 M, 19.5 M]"
std::string ratio_text(const CellResult& cell);        // "0.55 [0.52, 0.58]"
std::string ratio_phrase(const Relative& relative);    // the same of what is ranked
// A number that is not 1 is not shown as 1 beside "faster" or "slower": with more digits where it needs them.
std::string unlike_one(double value, const std::string& usual, const Relative& relative);
std::string standing_text(
    const CellResult& cell);  // "slower", "no clear difference (if it is real, about 24 runs would tell)"
std::string latency_text(const CellResult& cell, const Summary& percentile);
std::string waiting_text(const CellResult& cell);
std::string outcome_text(const CellResult& cell);         // "ok", "deadlock in 5 of 5 runs"
const char* failed_verb(const CellResult& cell);          // "deadlocked", "was not run"
std::uint32_t most_rounds(const Comparison& comparison);  // in which something was measured

std::string verdict_sentence(const CompareView& view);
std::string interrupted_sentence(const Comparison& comparison);  // empty where it was complete
std::string rounds_sentence(const Comparison& comparison);       // how the numbers were got
std::string host_text(const Host& host);

}  // namespace banksim
