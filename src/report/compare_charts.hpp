// The charts of a comparison: its cells put into bars and lines.
//
// Promises: only cells that ended ok are bars or lines; every other one is named, with how it ended. Charts of one
// kind have the same scale, or say that they have not; bars that differ in threads alone always have.
//
// Throws: std::bad_alloc. Threads: none needed.
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

struct Figures {
  std::vector<Figure> all;
  std::vector<std::string> notes;  // how to read them: sentences that hold for all
};

// One a group.
Figures throughput_figures(const CompareView& view);
Figures latency_figures(const CompareView& view);

// One a panel of the sweep.
Figures sweep_figures(const Sweep& sweep);

}  // namespace banksim
