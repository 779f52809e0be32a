// The charts of a comparison: its cells put into bars and lines.
//
// Promises: only cells that ended ok are bars or lines; every other one is named, with how it ended. Charts of one
// kind have the same scale, or say that they have not; bars that differ in threads alone always have.
// Threads: pure functions.
#pragma once

#include "report/chart.hpp"
#include "report/compare_view.hpp"

#include <string>
#include <vector>

namespace banksim {

struct Figure {
  std::string setting;      // "2 threads"; empty where nothing varies
  std::string description;  // for those who cannot see it
  Panel panel;
};

// Charts of one kind.
struct Figures {
  std::string title;
  std::vector<Figure> all;
  std::vector<std::string> notes;  // how to read them: sentences that hold for all

  std::string title_of(const Figure& figure) const {
    return figure.setting.empty() ? title : title + ", " + figure.setting;
  }
};

// What one strategy did along a dimension that varies.
struct Series {
  std::string name;
  std::size_t slot = 0;
  std::vector<const CellView*> cells;  // by value; null where there is none
};

struct SweepPanel {
  std::string setting;  // of the other dimensions
  std::vector<Series> series;
};

struct Sweep {
  Dimension dimension{};
  std::vector<const Config*> values;  // one with each, ascending
  std::vector<SweepPanel> panels;
};

Sweep sweep_along(const CompareView& view, Dimension dimension);

Figures throughput_figures(const CompareView& view);                 // one a group
Figures latency_figures(const CompareView& view);                    // one a group that has a latency
Figures sweep_figures(const CompareView& view, const Sweep& sweep);  // one a panel

}  // namespace banksim
