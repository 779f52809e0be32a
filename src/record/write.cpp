#include "record/json.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <cmath>
#include <type_traits>

namespace banksim {
namespace {

constexpr std::int64_t kExactLimit = std::int64_t{1} << 53;  // from here on readers round

class Writer : public WithAuditor {
 public:
  Writer(WorkerId& auditor, const Wording& wording) : WithAuditor(auditor), wording_(wording) {}

  template <class T>
  void operator()(const char* key, const T& value) {
    object_[key] = encoded(key, value);
  }
  template <class T>
  void when(bool known, const char* key, const T& value) {
    object_[key] = known ? encoded(key, value) : Json(nullptr);
  }
  template <class T>
  void derived(const char* key, const T& value) {
    object_[key] = encoded(key, value);
  }
  template <class Text, class T>
  void sentence(const char* key, Text Wording::*of, const T& value) {
    object_[key] = (wording_.*of)(value);
  }
  void count(const char* key, const std::optional<double>& number) {
    object_[key] = number ? counted(*number) : Json(nullptr);
  }
  template <class Fields>
  void group(const char* key, Fields&& fields) {
    object_[key] = object_of(fields);
  }
  template <class Items, class Fields>
  void list(const char* key, const Items& items, Fields&& fields) {
    Json& list = object_[key] = Json::array();
    for (const auto& item : items) list.push_back(object_of([&](Writer& inner) { fields(inner, item); }));
  }

  const Json& object() const { return object_; }

 private:
  template <class Fields>
  Json object_of(Fields&& fields) {
    Writer inner(auditor_, wording_);
    fields(inner);
    return std::move(inner.object_);
  }

  static Json counted(double number) {
    const bool exact = std::abs(number) < static_cast<double>(kExactLimit) && number == std::floor(number);
    if (exact) return static_cast<std::int64_t>(number);
    return std::isfinite(number) ? Json(number) : Json(nullptr);
  }

  template <class T>
  Json encoded(std::string_view key, const T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      return value;
    } else if constexpr (std::is_integral_v<T>) {
      const bool exact = std::cmp_less(value, kExactLimit) && std::cmp_greater(value, -kExactLimit);
      return exact ? Json(value) : Json(nullptr);
    } else if constexpr (std::is_floating_point_v<T>) {
      return std::isfinite(value) ? Json(value) : Json(nullptr);
    } else if constexpr (std::is_convertible_v<T, std::string_view>) {
      return std::string(std::string_view(value));
    } else if constexpr (Named<T>) {
      return to_string(value);
    } else if constexpr (std::is_same_v<T, Access>) {
      return value.to_string();
    } else if constexpr (std::is_same_v<T, Money>) {
      return encoded(key, value.minor_units());
    } else if constexpr (std::is_same_v<T, nanoseconds>) {
      return is_in_seconds(key) ? Json(in_seconds(value)) : encoded(key, value.count());
    } else if constexpr (std::is_same_v<T, Hold>) {
      return value.yield ? Json(kYield) : encoded(key, value.spin);
    } else if constexpr (std::is_same_v<T, AccountId>) {  // a strategy's own lock belongs to no account
      return value == kNoAccount ? Json(nullptr) : Json(index(value));
    } else if constexpr (std::is_same_v<T, WorkerId>) {
      return value == kNobody || is_auditor(value) ? Json(nullptr) : Json(index(value));
    } else if constexpr (std::is_same_v<T, Bucket>) {
      return Json::array({encoded(key, value.lowest_ns), encoded(key, value.count)});
    } else if constexpr (std::is_same_v<T, Numbers>) {
      Json object = Json::object();
      for (const auto& [name, number] : value) object[name] = counted(number);
      return object;
    } else if constexpr (Optional<T>) {
      return value ? encoded(key, *value) : Json(nullptr);
    } else if constexpr (requires { value.begin(); }) {
      Json list = Json::array();
      for (const auto& item : value) list.push_back(encoded(key, item));
      return list;
    } else {
      return object_of([&value](Writer& inner) { describe(inner, value); });
    }
  }

  const Wording& wording_;
  Json object_;
};

template <class Fields>
Json described(const Wording& wording, const Fields& fields) {
  WorkerId auditor = kNobody;
  Writer writer(auditor, wording);
  fields(writer);
  return writer.object();
}

// Words of the command line are bytes, and need be no UTF-8.
std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

Document document_of(std::span<const std::string> command, int exit_code) {
  return {version(), {command.begin(), command.end()}, exit_code};
}

// ---- CSV: a run's JSON, flattened. The places of its columns never change.

constexpr const char* kColumns =
    "schema,schema_version,banksim_version,started_at,outcome,exit_code,config_strategy,config_threads,"
    "config_accounts,config_balance,config_transfers,config_duration_s,config_amount_min,config_amount_max,"
    "config_access,config_hold_ns,config_hold_yield,config_think_ns,config_seed,config_audit,"
    "config_audit_interval_ns,config_timeout_s,config_stall_s,config_slice_ns,host_os,host_kernel,host_arch,"
    "host_cpu_model,host_logical_cpus,host_compiler,host_build_type,host_sanitizers,transfers_attempted,"
    "transfers_done,transfers_declined,transfers_cancelled,elapsed_s,throughput_per_s,latency_ns_count,"
    "latency_ns_min,latency_ns_mean,latency_ns_p50,latency_ns_p90,latency_ns_p99,latency_ns_p99_9,"
    "latency_ns_max,locks_acquired,locks_contended,locks_wait_ns,locks_try_failed,fairness_jain_index,"
    "fairness_min_per_worker,fairness_max_per_worker,cpu_s_user,cpu_s_system,context_switches_voluntary,"
    "context_switches_involuntary,max_rss_kib,check_total_expected,check_total_found,check_accounts_checked,"
    "check_accounts_wrong,check_negative_accounts,check_audits,check_audits_wrong,check_first_wrong_account,"
    "check_first_wrong_expected,check_first_wrong_found,check_first_wrong_difference,check_worst_account,"
    "check_worst_expected,check_worst_found,check_worst_difference,check_attempts_agree,check_performed,"
    "check_failed,check_audits_first_wrong_total,deadlock_detected_after_s,deadlock_cycle,"
    "deadlock_blocked_workers,deadlock_auditor_blocked,warnings";
constexpr const char* kPlaceColumns = ",cell,round";  // of a run in a comparison
// Columns that came later come after all that were there before them, in both documents: new ones at the end.
constexpr const char* kLateColumns =
    ",latency_ns_p95,cpu_share,machine_quota_cpus,machine_periods,machine_throttled_periods,machine_throttled_s,"
    "machine_other_cpus,machine_late_s,paused_s";

using Cells = std::map<std::string, std::string, std::less<>>;  // by column

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
      cells[prefix + item.key()] = cell_text(item.value());
  }
}

std::string csv_quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

std::string line(const RunResult& run, int exit_code, std::string_view columns, Cells cells = {}) {
  const Document document = document_of({}, exit_code);
  constexpr Wording kSilent{[](const Warning&) { return std::string(); }, nullptr, nullptr, nullptr};
  flatten(described(kSilent, [&](Writer& v) { describe_run(v, run, document); }), "", cells);
  std::string line;
  for (std::size_t begin = 0, end = 0; end < columns.size(); begin = end + 1) {
    end = std::min(columns.find(',', begin), columns.size());
    const auto cell = cells.find(columns.substr(begin, end - begin));
    line += (begin == 0 ? "" : ",") + (cell == cells.end() ? "" : csv_quoted(cell->second));
  }
  return line + '\n';
}

}  // namespace

std::string run_json(const RunResult& run, std::span<const std::string> command, int exit_code,
                     const Wording& wording) {
  const Document document = document_of(command, exit_code);
  return text_of(described(wording, [&](Writer& v) { describe_run(v, run, document); }));
}

std::string compare_json(const Comparison& comparison, std::span<const std::string> command, int exit_code,
                         const Wording& wording) {
  const Document document = document_of(command, exit_code);
  return text_of(described(wording, [&](Writer& v) { describe_comparison(v, comparison, document); }));
}

std::string explore_json(const Exploration& exploration, std::span<const std::string> command,
                         int exit_code) {
  const Document document = document_of(command, exit_code);
  return text_of(described({}, [&](Writer& v) { describe_exploration(v, exploration, document); }));
}

std::string strategies_json(std::span<const StrategyEntry> entries) {
  return text_of(described({}, [&](Writer& v) { describe_strategies(v, entries, version()); }));
}

std::string run_csv(const RunResult& run, int exit_code) {
  const std::string columns = std::string(kColumns) + kLateColumns;
  return columns + '\n' + line(run, exit_code, columns);
}

std::string compare_csv(const Comparison& comparison) {
  const std::string columns = std::string(kColumns) + kPlaceColumns + kLateColumns;
  std::string text = columns + '\n';
  for (std::size_t cell = 0; cell < comparison.cells.size(); ++cell) {
    const std::vector<RunResult>& runs = comparison.cells[cell].runs;
    for (std::size_t round = 0; round < runs.size(); ++round)
      text += line(runs[round], exit_code_of(runs[round].outcome), columns,
                   {{"cell", std::to_string(cell)}, {"round", std::to_string(round)}});
  }
  return text;
}

}  // namespace banksim
