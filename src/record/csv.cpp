// Runs as CSV: the fields of their records, flattened, each in a column whose place never changes.
#include "record/describe.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace banksim {
namespace {

// In records alone.
constexpr std::string_view kLeftOut[] = {"command", "latency_ns_buckets"};
// Came after all others, and so stand after all others. A new column: a new line here.
constexpr std::string_view kLate[] = {"latency_ns_p95"};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

struct Cell {
  std::string column;
  std::string text;
};

// A visitor that collects the cells of a row in the order in which the fields are described.
class Row {
 public:
  template <class T>
  void operator()(const std::string& key, const T& value) {
    if constexpr (requires { value.has_value(); }) {
      value ? (*this)(key, *value) : when(false, key, typename T::value_type{});
    } else if constexpr (requires { text_of(key, value); }) {
      add(key, text_of(key, value));
    } else {
      group(key, [&value](Row& row) { describe(row, value); });
    }
  }
  template <class T>
  void when(bool known, const std::string& key, const T& value) {
    const bool was_blank = std::exchange(blank_, blank_ || !known);
    (*this)(key, value);
    blank_ = was_blank;
  }
  template <class T>
  void derived(const std::string& key, const T& value) {
    (*this)(key, value);
  }
  template <class Fields>
  void group(const std::string& key, Fields&& fields) {
    const std::string outer = std::exchange(prefix_, prefix_ + key + '_');
    fields(*this);
    prefix_ = outer;
  }
  void schema(const char* name) {
    (*this)("schema", std::string(name));
    (*this)("schema_version", kSchemaVersion);
  }
  void auditor(WorkerId) {}

  const std::vector<Cell>& cells() const { return cells_; }

 private:
  void add(const std::string& key, std::string text) {
    std::string column = prefix_ + key;
    if (!is_one_of(kLeftOut, column)) cells_.push_back({std::move(column), blank_ ? "" : std::move(text)});
  }

  // Numbers and truth values. A double has as few digits as read back to the same.
  template <class T>
  requires std::is_arithmetic_v<T>
  static std::string text_of(const std::string&, T value) {
    if constexpr (std::is_floating_point_v<T>)
      if (!std::isfinite(value)) return "";
    return fmt::format("{}", value);
  }
  template <Named T>
  static std::string text_of(const std::string&, T value) {
    return to_string(value);
  }
  static std::string text_of(const std::string&, const std::string& text) { return text; }
  static std::string text_of(const std::string& key, Money money) {
    return text_of(key, money.minor_units());
  }
  static std::string text_of(const std::string& key, AccountId account) {
    return text_of(key, index(account));
  }
  static std::string text_of(const std::string& key, WorkerId worker) { return text_of(key, index(worker)); }
  static std::string text_of(const std::string&, const Access& access) { return access.to_string(); }
  static std::string text_of(const std::string& key, nanoseconds time) {
    return key.ends_with("_s") ? text_of(key, in_seconds(time)) : text_of(key, time.count());
  }
  // Of lists: who is in the cycle and which warnings there are. More is in the text and the JSON.
  static std::string text_of(const std::string& key, const DeadlockMember& member) {
    return member.is_auditor ? "auditor" : text_of(key, member.edge.waiter);
  }
  static std::string text_of(const std::string&, const Warning& warning) { return warning.code; }
  static std::string text_of(const std::string&, const LatencyHistogram::Bucket&) { return ""; }
  template <class T>
  static std::string text_of(const std::string& key, const std::vector<T>& items) {
    std::string text;
    for (const T& item : items) text += (text.empty() ? "" : ";") + text_of(key, item);
    return text;
  }

  std::vector<Cell> cells_;
  std::string prefix_;
  bool blank_ = false;  // the fields are those of something that is not there
};

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

// The cells of a run, then those of `more`, then those that came late.
std::vector<Cell> row_of(const RunResult& run, int exit_code, const std::vector<Cell>& more = {}) {
  const Document document{version(), {}, exit_code};
  Row row;
  describe_run(row, run, document);
  std::vector<Cell> cells = row.cells();
  const auto lateness = [](const Cell& cell) {
    const auto* const found = std::ranges::find(kLate, cell.column);
    return found == std::end(kLate) ? 0 : found - std::begin(kLate) + 1;
  };
  std::ranges::stable_sort(cells, {}, lateness);
  cells.insert(std::ranges::upper_bound(cells, 0, {}, lateness), more.begin(), more.end());
  return cells;
}

std::string line(const std::vector<Cell>& cells, std::string Cell::*member) {
  std::string line;
  for (const Cell& cell : cells) line += (line.empty() ? "" : ",") + quoted(cell.*member);
  return line + '\n';
}

}  // namespace

std::string run_csv(const RunResult& run, int exit_code) {
  const std::vector<Cell> cells = row_of(run, exit_code);
  return line(cells, &Cell::column) + line(cells, &Cell::text);
}

std::string compare_csv(const Comparison& comparison) {
  std::string text = line(row_of({}, 0, {{"cell", ""}, {"round", ""}}), &Cell::column);
  for (std::size_t cell = 0; cell < comparison.cells.size(); ++cell) {
    const std::vector<RunResult>& runs = comparison.cells[cell].runs;
    for (std::size_t round = 0; round < runs.size(); ++round)
      text += line(row_of(runs[round], exit_code_of(runs[round].outcome),
                          {{"cell", std::to_string(cell)}, {"round", std::to_string(round)}}),
                   &Cell::text);
  }
  return text;
}

}  // namespace banksim
