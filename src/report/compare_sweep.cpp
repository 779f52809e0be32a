// The cells of a comparison, laid out along one dimension.
#include "report/compare_view.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace banksim {
namespace {

using Values = std::map<std::uint64_t, const Config*>;  // by value_order()

Values values_along(const CompareView& view, Dimension dimension) {
  Values values;
  for (const CellResult& cell : view.comparison.cells)
    values[value_order(dimension, cell.config)] = &cell.config;
  return values;
}

// Of the dimensions that are held fast.
std::vector<std::uint64_t> other_values(const CompareView& view, Dimension dimension, const Config& config) {
  std::vector<std::uint64_t> others;
  for (const Dimension other : view.varied)
    if (other != dimension) others.push_back(value_order(other, config));
  return others;
}

Series& series_of(SweepPanel& panel, const CompareView& view, std::size_t cell, std::size_t values) {
  const auto known = std::ranges::find(panel.series, view.names[cell], &Series::name);
  if (known != panel.series.end()) return *known;
  return panel.series.emplace_back(
      Series{view.names[cell], view.slots[cell], std::vector<const CellResult*>(values, nullptr)});
}

}  // namespace

Sweep sweep_along(const CompareView& view, Dimension dimension) {
  const Values values = values_along(view, dimension);
  std::map<std::vector<std::uint64_t>, SweepPanel> panels;
  for (std::size_t i = 0; i < view.names.size(); ++i) {
    const Config& config = view.cell(i).config;
    SweepPanel& panel = panels[other_values(view, dimension, config)];
    panel.setting = view.setting_without(dimension, config);
    const auto at = std::distance(values.begin(), values.find(value_order(dimension, config)));
    series_of(panel, view, i, values.size()).cells[static_cast<std::size_t>(at)] = &view.cell(i);
  }
  Sweep sweep;
  sweep.dimension = dimension;
  for (const auto& [order, config] : values) {
    sweep.values.push_back(value_text(dimension, *config));
    sweep.headings.push_back(named_value(dimension, *config));
  }
  for (auto& [others, panel] : panels) sweep.panels.push_back(std::move(panel));
  return sweep;
}

}  // namespace banksim
