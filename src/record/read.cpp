#include "record/json.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <type_traits>
#include <utility>

namespace banksim {
namespace {

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

// One value of the text, and where it stands.
struct Place {
  const Json& json;
  std::string path;

  Place operator[](const std::string& key) const { return {json.at(key), path_of(key)}; }
  Place operator[](std::size_t i) const { return {json.at(i), path + '[' + std::to_string(i) + ']'}; }
  std::string path_of(const std::string& key) const { return path.empty() ? key : path + '.' + key; }

  void require(bool holds, std::string_view expected) const {
    if (holds) return;
    const std::string value = json.dump(-1, ' ', true, Json::error_handler_t::replace);
    throw RecordError((path.empty() ? "the record" : path) + ": " + std::string(expected) +
                      " was expected, not " + (value.size() < 40 ? value : json.type_name()));
  }

  template <class Integer>
  Integer whole() const {
    require(json.is_number_integer(), "a whole number");
    require(json.is_number_unsigned() ? std::in_range<Integer>(json.get<std::uint64_t>())
                                      : std::in_range<Integer>(json.get<std::int64_t>()),
            "a number in range");
    return json.get<Integer>();
  }
  double number() const {
    require(json.is_number(), "a number");
    return json.get<double>();
  }
  const std::string& text() const {
    require(json.is_string(), "a text");
    return json.get_ref<const std::string&>();
  }
  nanoseconds time() const {
    if (!is_in_seconds(path)) return nanoseconds{whole<std::int64_t>()};
    const double ns = number() * 1e9;
    require(std::abs(ns) < 9e18, "a number in range");
    return nanoseconds{std::llround(ns)};
  }
};

class Reader : public WithAuditor {
 public:
  Reader(WorkerId& auditor, std::vector<std::string>& unknown, const Place& object)
      : WithAuditor(auditor), unknown_(unknown), object_(object) {
    object.require(object.json.is_object(), "an object");
  }

  template <class T>
  void operator()(const char* key, T& value) {
    if (has(key)) decode(object_[key], value);
  }
  template <class T>
  void when(bool, const char* key, T& value) {
    (*this)(key, value);
  }
  template <class T>
  void derived(const char* key, const T&) {
    has(key);
  }
  template <class Text, class T>
  void sentence(const char* key, Text Wording::*, const T&) {
    has(key);
  }
  void count(const char* key, std::optional<double>& number) { (*this)(key, number); }
  template <class Fields>
  void group(const char* key, Fields&& fields) {
    if (has(key)) read_object(object_[key], fields);
  }
  template <class Items, class Fields>
  void list(const char* key, Items& items, Fields&& fields) {
    if (!has(key)) return;
    read_list(object_[key], items, [&](const Place& place, auto& item) {
      read_object(place, [&](Reader& inner) { fields(inner, item); });
    });
  }
  // Names the keys that nobody asked for.
  void finish() {
    for (const auto& item : object_.json.items())
      if (std::ranges::find(known_, item.key()) == known_.end())
        unknown_.push_back(object_.path_of(item.key()));
  }

 private:
  bool has(const char* key) {
    known_.emplace_back(key);
    return object_.json.contains(key);
  }

  template <class Fields>
  void read_object(const Place& place, Fields&& fields) {
    Reader inner(auditor_, unknown_, place);
    fields(inner);
    inner.finish();
  }

  template <class Items, class Item>
  static void read_list(const Place& place, Items& items, const Item& read_item) {
    place.require(place.json.is_array(), "a list");
    items.clear();
    for (std::size_t i = 0; i < place.json.size(); ++i) read_item(place[i], items.emplace_back());
  }

  // Null is what is not known: the value stays as it is. Only ids have a meaning for it.
  template <class T>
  void decode(const Place& place, T& value) {
    if constexpr (std::is_same_v<T, AccountId>) {
      value = place.json.is_null() ? kNoAccount : AccountId{place.whole<std::uint32_t>()};
    } else if constexpr (std::is_same_v<T, WorkerId>) {
      value = place.json.is_null() ? auditor_ : WorkerId{place.whole<std::uint32_t>()};
    } else if (!place.json.is_null()) {
      decode_known(place, value);
    }
  }

  template <class T>
  void decode_known(const Place& place, T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      place.require(place.json.is_boolean(), "true or false");
      value = place.json.get<bool>();
    } else if constexpr (std::is_integral_v<T>) {
      value = place.whole<T>();
    } else if constexpr (std::is_floating_point_v<T>) {
      value = place.number();
    } else if constexpr (std::is_same_v<T, std::string>) {
      value = place.text();
    } else if constexpr (Named<T>) {
      take(place, named<T>(place.text()), value);
    } else if constexpr (std::is_same_v<T, Access>) {
      take(place, access_named(place.text()), value);
    } else if constexpr (std::is_same_v<T, Money>) {
      value = Money{place.whole<std::int64_t>()};
    } else if constexpr (std::is_same_v<T, nanoseconds>) {
      value = place.time();
    } else if constexpr (std::is_same_v<T, Hold>) {
      value.yield = place.json.is_string() && place.text() == kYield;
      if (!value.yield) value.spin = place.time();
    } else if constexpr (std::is_same_v<T, Bucket>) {
      place.require(place.json.is_array() && place.json.size() == 2, "a pair");
      decode(place[0], value.lowest_ns);
      decode(place[1], value.count);
    } else if constexpr (std::is_same_v<T, Numbers>) {
      place.require(place.json.is_object(), "an object");
      for (const auto& item : place.json.items()) decode(place[item.key()], value[item.key()]);
    } else if constexpr (Optional<T>) {
      decode_known(place, value.emplace());
    } else if constexpr (requires { value.emplace_back(); }) {
      read_list(place, value, [&](const Place& at, auto& item) { decode(at, item); });
    } else if constexpr (std::is_same_v<T, Interval>) {
      place.require(place.json.is_array() && place.json.size() == value.size(), "a pair");
      for (const std::size_t i : {0u, 1u}) decode(place[i], value[i]);
    } else {
      read_object(place, [&value](Reader& inner) { describe(inner, value); });
    }
  }

  template <class T>
  static void take(const Place& place, const std::optional<T>& found, T& value) {
    place.require(found.has_value(), "a name that is known here");
    value = *found;
  }

  std::vector<std::string>& unknown_;
  Place object_;
  std::vector<std::string> known_;
};

Json parsed(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {  // "[json.exception.parse_error.101] parse error at line ..."
    const std::string_view what = error.what();
    throw RecordError("no JSON: " + std::string(what.substr(what.find("] ") + 2)));
  }
}

template <class Value, class Fields>
Record<Value> read(std::string_view text, const Fields& fields) {
  const Json json = parsed(text);
  Place{json, ""}.require(json.contains("schema"), "an object with a schema");
  WorkerId auditor = kNobody;
  Record<Value> record;
  Reader reader(auditor, record.unknown, {json, ""});
  fields(reader, record.value, record);
  reader.finish();
  return record;
}

// What the conclusions rest on: group by group, as many cells in each, with the named reference among them.
void check_layout(const Comparison& comparison) {
  const std::vector<CellResult>& cells = comparison.cells;
  const auto group_size = static_cast<std::size_t>(std::ranges::count(cells, 0u, &CellResult::group));
  std::size_t references = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (group_size == 0 || cells.size() % group_size != 0 || cells[i].group != i / group_size)
      throw RecordError("results[" + std::to_string(i) + "].group: the cells are not laid out in groups");
    const auto first = cells.begin() + static_cast<std::ptrdiff_t>(i - i % group_size);
    const auto is_reference = [&](const CellResult& cell) {
      return cell.config.strategy == comparison.plan.reference;
    };
    references += std::any_of(first, first + static_cast<std::ptrdiff_t>(group_size), is_reference) ? 1u : 0u;
  }
  if (comparison.plan.reference && references != cells.size())
    throw RecordError("plan.reference: " + *comparison.plan.reference + " is not in every group");
}

}  // namespace

Record<RunResult> read_run(std::string_view json) {
  return read<RunResult>(json, [](auto& v, auto& run, auto& document) { describe_run(v, run, document); });
}

Record<Comparison> read_comparison(std::string_view json) {
  auto record = read<Comparison>(
      json, [](auto& v, auto& comparison, auto& document) { describe_comparison(v, comparison, document); });
  check_layout(record.value);
  record.value.conclusions = conclude(record.value);
  return record;
}

Record<Exploration> read_exploration(std::string_view json) {
  return read<Exploration>(json, [](auto& v, auto& exploration, auto& document) {
    describe_exploration(v, exploration, document);
  });
}

}  // namespace banksim
