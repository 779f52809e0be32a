// Records as texts: JSON and back, and CSV, which is the JSON of a run made flat.
#include "record/describe.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <array>

namespace banksim {
namespace {

constexpr int kDeepest = 100;  // levels of a document that is read

// ---- JSON

template <class Value>
Json document_of(Value value, Argv command, int exit_code, Context context = {}) {
  Json json;
  Document document{version(), {command.begin(), command.end()}, exit_code};
  Visitor::visit_object(context, {json}, [&](Visitor& v) { describe_document(v, value, document); });
  return json;
}

// Words of the command line are bytes, and need be no UTF-8.
std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

// Visitors and the library's own functions are recursive, so a text may not be deeper than any of ours is.
Json parsed(std::string_view text) try {
  return Json::parse(text, [](int depth, Json::parse_event_t, const Json&) {
    if (depth > kDeepest) throw RecordError("no JSON: it is nested too deeply");
    return true;
  });
} catch (const Json::exception& error) {  // "[json.exception.parse_error.101] parse error at line ..."
  const std::string_view what = error.what();
  throw RecordError("no JSON: " + std::string(what.substr(what.find("] ") + 2)));
}

template <class Value>
Record<Value> read(std::string_view text) {
  Json json = parsed(text);
  const Place place{json};
  place.require(json.contains("schema"), "an object with a schema");
  Context context{.reads = true};
  Record<Value> record;
  Visitor::visit_object(context, place, [&](Visitor& v) { describe_document(v, record.value, record); });
  record.unknown = std::move(context.unknown);
  return record;
}

// What the conclusions rest on: group by group, as many cells in each, with the named reference among them.
void check_layout(const Comparison& comparison) {
  const std::vector<CellResult>& cells = comparison.cells;
  const auto group_size = static_cast<std::size_t>(std::ranges::count(cells, 0u, &CellResult::group));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (group_size == 0 || cells.size() % group_size != 0 || cells[i].group != i / group_size)
      throw RecordError(fmt::format("results[{}].group: the cells are not laid out in groups", i));
    if (comparison.plan.reference && named_reference(comparison, i / group_size) == cells.size())
      throw RecordError("plan.reference: " + *comparison.plan.reference + " is not in every group");
  }
}

// ---- CSV

using Cells = std::vector<std::pair<std::string, std::string>>;  // by column

// A double has as few digits as read back to the same. Of the members of a list it says who they are: the
// workers of a cycle, the codes of warnings.
std::string cell_text(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return fmt::format("{}", value.get<double>());
  if (value.contains("code")) return value["code"].get<std::string>();
  if (value.contains("role")) return cell_text(value["worker"].is_null() ? value["role"] : value["worker"]);
  if (!value.is_array()) return value.dump();
  std::string text;
  for (const Json& item : value) text += (text.empty() ? "" : ";") + cell_text(item);
  return text;
}

void flatten(const Json& object, const std::string& prefix, Cells& cells) {
  for (const auto& item : object.items()) {
    if (item.value().is_object())
      flatten(item.value(), prefix + item.key() + '_', cells);
    else
      cells.emplace_back(prefix + item.key(), cell_text(item.value()));
  }
}

Cells cells_of(const RunResult& run, int exit_code) {
  Cells cells;
  flatten(document_of(run, {}, exit_code), "", cells);
  return cells;
}

// The columns that came after all that was there before them, also after what a comparison says of a run's place: in
// this order, each with all that begin so.
constexpr std::array kLate = {"latency_ns_p95",   "check_accounts_in_flight",
                              "check_overdrafts", "check_first_overdraft",
                              "ended_by",         "cpu_share",
                              "machine",          "paused_s",
                              "config_self",      "see",
                              "config_expect",    "config_mutex",
                              "config_layout",    "audits_s"};

// What a run's JSON may have, in its order; the late ones last.
std::vector<std::string> columns(const std::vector<std::string>& of_place = {}) {
  RunResult run;  // that has everything
  run.check.first_wrong.emplace();
  run.check.worst.emplace();
  run.deadlock.emplace();
  run.ended_by.emplace().transfer.emplace();
  run.check.first_overdraft.emplace().transfer.emplace();
  std::vector<std::string> columns;
  for (const auto& [name, text] : cells_of(run, 0))
    if (name != "command" && name != "latency_ns_buckets") columns.push_back(name);
  columns.insert(columns.end(), of_place.begin(), of_place.end());
  std::ranges::stable_sort(columns, {}, [](const std::string& name) {
    const auto begins = [&name](const char* late) { return name.starts_with(late); };
    const auto late = std::ranges::find_if(kLate, begins);
    return late == kLate.end() ? 0 : 1 + (late - kLate.begin());
  });
  return columns;
}

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

std::string line(const std::vector<std::string>& columns, const Cells& cells) {
  std::vector<std::string> texts;
  for (const std::string& column : columns) {
    const auto cell = std::ranges::find(cells, column, &Cells::value_type::first);
    texts.push_back(cell == cells.end() ? "" : quoted(cell->second));
  }
  return fmt::format("{}\n", fmt::join(texts, ","));
}

}  // namespace

// ---- Documents

std::string run_json(const RunResult& run, Argv command, int exit_code, const Wording& wording) {
  return text_of(document_of(run, command, exit_code, {.wording = wording}));
}

std::string compare_json(const Comparison& comparison, Argv command, int exit_code, const Wording& wording) {
  return text_of(document_of(comparison, command, exit_code, {.wording = wording}));
}

std::string explore_json(const Exploration& exploration, Argv command, int exit_code) {
  return text_of(document_of(exploration, command, exit_code));
}

std::string check_json(std::span<const Checked> all, Argv command, int exit_code, const Wording& wording) {
  return text_of(document_of(std::vector(all.begin(), all.end()), command, exit_code, {.wording = wording}));
}

std::string strategies_json(std::span<const StrategyEntry> entries) {
  return text_of(document_of(std::vector(entries.begin(), entries.end()), {}, 0));
}

std::string whole_json(const RunResult& run) {
  return text_of(document_of(run, {}, exit_code_of(run.outcome, run.signal), {.is_whole = true}));
}

std::string whole_json(const Exploration& exploration) {
  return text_of(document_of(exploration, {}, exit_code_of(exploration.verdict), {.is_whole = true}));
}

Record<RunResult> read_run(std::string_view json) { return read<RunResult>(json); }

Record<Exploration> read_exploration(std::string_view json) { return read<Exploration>(json); }

Record<Comparison> read_comparison(std::string_view json) {
  auto record = read<Comparison>(json);
  check_layout(record.value);
  record.value.conclusions = conclude(record.value);
  return record;
}

std::string run_csv(const RunResult& run, int exit_code) {
  const std::vector<std::string> all = columns();
  return fmt::format("{}\n{}", fmt::join(all, ","), line(all, cells_of(run, exit_code)));
}

std::string compare_csv(const Comparison& comparison) {
  const std::vector<std::string> all = columns({"cell", "round"});
  std::string text = fmt::format("{}\n", fmt::join(all, ","));
  for (std::size_t cell = 0; cell < comparison.cells.size(); ++cell)
    for (std::size_t round = 0; const RunResult& run : comparison.cells[cell].runs) {
      Cells cells = cells_of(run, exit_code_of(run.outcome));
      cells.emplace_back("cell", std::to_string(cell));
      cells.emplace_back("round", std::to_string(round++));
      text += line(all, cells);
    }
  return text;
}

}  // namespace banksim
