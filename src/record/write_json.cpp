#include "record/json.hpp"
#include "run/platform.hpp"

#include <cmath>
#include <type_traits>
#include <utility>

namespace banksim {
namespace {

constexpr std::int64_t kExactLimit = std::int64_t{1} << 53;  // from here on readers round

class Writer : public InScope {
 public:
  using InScope::InScope;

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
  void schema(const char* name) {
    object_["schema"] = name;
    object_["schema_version"] = kSchemaVersion;
  }

  // Words of the command line are bytes, and need be no UTF-8.
  std::string text() const { return object_.dump(2, ' ', false, Json::error_handler_t::replace) + '\n'; }

 private:
  template <class Fields>
  Json object_of(Fields&& fields) {
    Writer inner(scope_);
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
    } else if constexpr (std::is_same_v<T, LatencyHistogram::Bucket>) {
      return encoded(key, std::array{value.lowest_ns, value.count});
    } else if constexpr (std::is_same_v<T, std::map<std::string, double>>) {
      Json object = Json::object();
      for (const auto& [name, number] : value) object[name] = counted(number);
      return object;
    } else if constexpr (kIsOptional<T>) {
      return value ? encoded(key, *value) : Json(nullptr);
    } else if constexpr (kIsList<T>) {
      Json list = Json::array();
      for (const auto& item : value) list.push_back(encoded(key, item));
      return list;
    } else {
      return object_of([&value](Writer& inner) { describe(inner, value); });
    }
  }

  Json object_;
};

template <class Fields>
std::string written(const Wording* wording, const Fields& fields) {
  Scope scope{wording, kNobody, {}};
  Writer writer(scope);
  fields(writer);
  return writer.text();
}

Document document_of(std::span<const std::string> command, int exit_code) {
  return {version(), {command.begin(), command.end()}, exit_code};
}

}  // namespace

std::string run_json(const RunResult& run, std::span<const std::string> command, int exit_code,
                     const Wording& wording) {
  const Document document = document_of(command, exit_code);
  return written(&wording, [&](Writer& v) { describe_run(v, run, document); });
}

std::string compare_json(const Comparison& comparison, std::span<const std::string> command, int exit_code,
                         const Wording& wording) {
  const Document document = document_of(command, exit_code);
  return written(&wording, [&](Writer& v) { describe_comparison(v, comparison, document); });
}

std::string explore_json(const Exploration& exploration, std::span<const std::string> command,
                         int exit_code) {
  const Document document = document_of(command, exit_code);
  return written(nullptr, [&](Writer& v) { describe_exploration(v, exploration, document); });
}

std::string strategies_json(std::span<const StrategyEntry> entries) {
  return written(nullptr, [&](Writer& v) {
    v.schema("banksim.strategies");
    v("banksim_version", std::string(version()));
    v("strategies", entries);
  });
}

}  // namespace banksim
