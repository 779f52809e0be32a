// The JSON of records, written and read.
#include "record/describe.hpp"
#include "run/platform.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <initializer_list>
#include <utility>

namespace banksim {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kExactLimit = std::int64_t{1} << 53;  // from here on readers round

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsList = false;
template <class T>
inline constexpr bool kIsList<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsList<std::span<T>> = true;

bool is_in_seconds(std::string_view key) { return key.ends_with("_s"); }

std::optional<Access> access_named(const std::string& text) {
  Access access;
  char rest = 0;
  if (text == "uniform") return access;
  access.kind = Access::Kind::zipf;
  if (std::sscanf(text.c_str(), "zipf:%lf%c", &access.zipf_exponent, &rest) == 1) return access;
  access = {.kind = Access::Kind::hot};
  if (std::sscanf(text.c_str(), "hot:%lf:%lf%c", &access.hot_picks_percent, &access.hot_accounts_percent,
                  &rest) == 2)
    return access;
  return std::nullopt;
}

// What both directions have to know of the document around a value.
struct Scope {
  WorkerId auditor = kNobody;
  std::vector<std::string> unknown;
};

class Visitor {
 public:
  explicit Visitor(Scope& scope) : scope_(scope) {}

  void auditor(WorkerId worker) { scope_.auditor = worker; }
  bool is_auditor(WorkerId worker) const { return worker == scope_.auditor; }
  const char* role(WorkerId worker) const { return is_auditor(worker) ? "auditor" : "worker"; }

 protected:
  Scope& scope_;
};

// ---- Writing

class Writer : public Visitor {
 public:
  using Visitor::Visitor;

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
    (*this)(key, value);
  }
  void count(const char* key, const std::optional<double>& number) {
    object_[key] = number && *number < static_cast<double>(kExactLimit) && *number == std::floor(*number)
                       ? Json(static_cast<std::int64_t>(*number))
                       : encoded(key, number);
  }
  template <class Fields>
  void group(const char* key, const Fields& fields) {
    object_[key] = object_of(fields);
  }
  template <class Items, class Fields>
  void list(const char* key, const Items& items, const Fields& fields) {
    Json list = Json::array();
    for (const auto& item : items) list.push_back(object_of([&](Writer& inner) { fields(inner, item); }));
    object_[key] = std::move(list);
  }
  void schema(const char* name) {
    object_["schema"] = name;
    object_["schema_version"] = kSchemaVersion;
  }

  // Words of the command line are bytes, and need be no UTF-8.
  std::string text() const { return object_.dump(2, ' ', false, Json::error_handler_t::replace) + '\n'; }

 private:
  template <class Fields>
  Json object_of(const Fields& fields) {
    Writer inner(scope_);
    fields(inner);
    return std::move(inner.object_);
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
    } else if constexpr (Named<T>) {
      return to_string(value);
    } else if constexpr (std::is_convertible_v<T, std::string_view>) {
      return std::string(std::string_view(value));
    } else if constexpr (std::is_same_v<T, Money>) {
      return encoded(key, value.minor_units());
    } else if constexpr (std::is_same_v<T, nanoseconds>) {
      return is_in_seconds(key) ? Json(in_seconds(value)) : encoded(key, value.count());
    } else if constexpr (std::is_same_v<T, AccountId>) {  // a strategy's own lock belongs to no account
      return value == kNoAccount ? Json(nullptr) : Json(index(value));
    } else if constexpr (std::is_same_v<T, WorkerId>) {
      return value == kNobody || is_auditor(value) ? Json(nullptr) : Json(index(value));
    } else if constexpr (std::is_same_v<T, Access>) {
      return value.to_string();
    } else if constexpr (std::is_same_v<T, LatencyHistogram::Bucket>) {
      return Json::array({encoded(key, value.lowest_ns), encoded(key, value.count)});
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

// ---- Reading

class Reader : public Visitor {
 public:
  Reader(Scope& scope, const Json& object, std::string path)
      : Visitor(scope), object_(object), path_(std::move(path)) {
    if (!object.is_object()) refuse(path_, "an object", object);
  }

  template <class T>
  void operator()(const char* key, T& value) {
    if (const Json* found = find(key)) decode(*found, path_of(key), value);
  }
  template <class T>
  void when(bool, const char* key, T& value) {
    (*this)(key, value);
  }
  template <class T>
  void derived(const char* key, const T&) {
    find(key);
  }
  void count(const char* key, std::optional<double>& number) { (*this)(key, number); }
  template <class Fields>
  void group(const char* key, const Fields& fields) {
    if (const Json* found = find(key)) read_object(*found, path_of(key), fields);
  }
  template <class Items, class Fields>
  void list(const char* key, Items& items, const Fields& fields) {
    const Json* found = find(key);
    if (found == nullptr) return;
    decode_list(*found, path_of(key), items, [&](const Json& json, const std::string& path, auto& item) {
      read_object(json, path, [&](Reader& inner) { fields(inner, item); });
    });
  }
  void schema(const char* name) {
    std::string found;
    int version = kSchemaVersion;
    (*this)("schema", found);
    (*this)("schema_version", version);
    if (found != name) throw RecordError(path_of("schema") + ": " + name + " was expected, not " + found);
    if (version != kSchemaVersion)
      throw RecordError(path_of("schema_version") + ": version 1 was expected, not " +
                        std::to_string(version));
  }

  // Names the keys that were not asked for.
  void finish() {
    for (const auto& item : object_.items())
      if (std::ranges::find(known_, item.key()) == known_.end())
        scope_.unknown.push_back(path_of(item.key()));
  }

 private:
  [[noreturn]] static void refuse(const std::string& path, std::string_view expected, const Json& found) {
    std::string what = path.empty() ? "the record" : path;
    what.append(": ").append(expected).append(" was expected, not ");
    const bool is_short = found.is_primitive() && found.dump(-1, ' ', true, replace).size() < 40;
    throw RecordError(what + (is_short ? found.dump(-1, ' ', true, replace) : found.type_name()));
  }

  std::string path_of(const std::string& key) const { return path_.empty() ? key : path_ + '.' + key; }

  const Json* find(const char* key) {
    known_.emplace_back(key);
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }

  template <class Fields>
  void read_object(const Json& json, const std::string& path, const Fields& fields) {
    Reader inner(scope_, json, path);
    fields(inner);
    inner.finish();
  }

  template <class Items, class Decode>
  static void decode_list(const Json& json, const std::string& path, Items& items, const Decode& decode) {
    if (json.is_null()) return;
    if (!json.is_array()) refuse(path, "a list", json);
    items.clear();
    for (const Json& item : json)
      decode(item, path + '[' + std::to_string(items.size()) + ']', items.emplace_back());
  }

  // Null is what is not known: the value stays as it is. Only ids have a meaning for it.
  template <class T>
  void decode(const Json& json, const std::string& path, T& value) {
    if constexpr (std::is_same_v<T, AccountId> || std::is_same_v<T, WorkerId>) {
      std::uint32_t number = 0;
      decode(json, path, number);
      value = T{number};
      if (json.is_null()) decode_null(value);
    } else if (json.is_null()) {
      return;
    } else if constexpr (kIsOptional<T>) {
      decode(json, path, value.emplace());
    } else if constexpr (kIsList<T>) {
      decode_list(json, path, value,
                  [this](const Json& item, const std::string& at, auto& into) { decode(item, at, into); });
    } else {
      decode_known(json, path, value);
    }
  }

  void decode_null(AccountId& account) const { account = kNoAccount; }
  void decode_null(WorkerId& worker) const { worker = scope_.auditor; }

  template <class T>
  void decode_known(const Json& json, const std::string& path, T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      if (!json.is_boolean()) refuse(path, "true or false", json);
      value = json.get<bool>();
    } else if constexpr (std::is_integral_v<T>) {
      decode_integer(json, path, value);
    } else if constexpr (std::is_floating_point_v<T>) {
      if (!json.is_number()) refuse(path, "a number", json);
      value = json.get<double>();
    } else if constexpr (Named<T> || std::is_same_v<T, Access>) {
      decode_name(json, path, value);
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (!json.is_string()) refuse(path, "a text", json);
      value = json.get<std::string>();
    } else if constexpr (std::is_same_v<T, Money>) {
      std::int64_t minor_units = 0;
      decode_integer(json, path, minor_units);
      value = Money{minor_units};
    } else if constexpr (std::is_same_v<T, nanoseconds>) {
      decode_time(json, path, value);
    } else if constexpr (std::is_same_v<T, LatencyHistogram::Bucket>) {
      if (!json.is_array() || json.size() != 2) refuse(path, "a pair", json);
      decode(json[0], path + "[0]", value.lowest_ns);
      decode(json[1], path + "[1]", value.count);
    } else {
      read_object(json, path, [&value](Reader& inner) { describe(inner, value); });
    }
  }

  template <class T>
  static void decode_integer(const Json& json, const std::string& path, T& value) {
    if (!json.is_number_integer()) refuse(path, "a whole number", json);
    const bool fits = json.is_number_unsigned() ? std::in_range<T>(json.get<std::uint64_t>())
                                                : std::in_range<T>(json.get<std::int64_t>());
    if (!fits) refuse(path, "a number in range", json);
    value = json.get<T>();
  }

  template <class T>
  static void decode_name(const Json& json, const std::string& path, T& value) {
    std::optional<T> found;
    if (json.is_string()) {
      if constexpr (Named<T>)
        found = named<T>(json.get_ref<const std::string&>());
      else
        found = access_named(json.get_ref<const std::string&>());
    }
    if (!found) refuse(path, "a name that is known here", json);
    value = *found;
  }

  static void decode_time(const Json& json, const std::string& path, nanoseconds& value) {
    if (!is_in_seconds(path)) {
      std::int64_t count = 0;
      decode_integer(json, path, count);
      value = nanoseconds{count};
      return;
    }
    if (!json.is_number()) refuse(path, "a number", json);
    const double ns = json.get<double>() * 1e9;
    if (!(std::abs(ns) < 9e18)) refuse(path, "a number in range", json);
    value = nanoseconds{std::llround(ns)};
  }

  static constexpr auto replace = Json::error_handler_t::replace;

  const Json& object_;
  std::string path_;
  std::vector<std::string> known_;
};

Document document_of(std::span<const std::string> command, int exit_code) {
  return {version(), {command.begin(), command.end()}, exit_code};
}

// `fields` describes the document that the writer or the reader is given.
template <class Fields>
std::string written(const Fields& fields) {
  Scope scope;
  Writer writer(scope);
  fields(writer);
  return writer.text();
}

Json parsed(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    const std::string_view what = error.what();  // "[json.exception.parse_error.101] parse error at line ..."
    throw RecordError("no JSON: " + std::string(what.substr(what.find("] ") + 2)));
  }
}

template <class Value, class Fields>
Record<Value> read(std::string_view text, const Fields& fields) {
  const Json json = parsed(text);
  Scope scope;
  Reader reader(scope, json, "");
  Record<Value> record;
  fields(reader, record.value, record);
  reader.finish();
  record.unknown = std::move(scope.unknown);
  return record;
}

}  // namespace

std::string run_json(const RunResult& run, std::span<const std::string> command, int exit_code) {
  const Document document = document_of(command, exit_code);
  return written([&](Writer& v) { describe_run(v, run, document); });
}

std::string explore_json(const Exploration& exploration, std::span<const std::string> command,
                         int exit_code) {
  const Document document = document_of(command, exit_code);
  return written([&](Writer& v) { describe_exploration(v, exploration, document); });
}

std::string strategies_json(std::span<const StrategyEntry> entries) {
  return written([&](Writer& v) {
    v.schema("banksim.strategies");
    v("banksim_version", std::string(version()));
    v("strategies", entries);
  });
}

Record<RunResult> read_run(std::string_view json) {
  return read<RunResult>(json, [](auto& v, auto& run, auto& document) { describe_run(v, run, document); });
}

Record<Exploration> read_exploration(std::string_view json) {
  return read<Exploration>(json, [](auto& v, auto& exploration, auto& document) {
    describe_exploration(v, exploration, document);
  });
}

}  // namespace banksim
