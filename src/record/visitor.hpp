// The visitor that writes JSON, or reads it: describe.hpp shows it the fields of every value, and each goes
// the one way or the other. So nothing is written in one form and read in another.
//
// A number that is not finite is null, an integer that is not below 2^53, and whatever is not known. Reading,
// a key that is missing or null leaves the value as it is, and a key that nobody asks for is named.
//
// The unit of a duration is the end of its name, _s or _ns.
//
// Private to this room, and for one source: it includes the library of JSON, which is dear to compile.
#pragma once

#include "record/record.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

namespace banksim {

using Json = nlohmann::ordered_json;

inline constexpr std::int64_t kExactLimit = std::int64_t{1} << 53;  // from here on readers round
inline constexpr const char* kYield = "yield";                      // a hold that is no time
inline constexpr const char* kInfinite = "inf";                     // a number of a whole document

template <class T>
concept Optional = requires(T value) {
  value.has_value();
};
template <class T>
concept Pair = std::same_as<T, Interval> || std::same_as<T, LatencyHistogram::Bucket>;

inline std::optional<Access> access_named(const std::string& text) {
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

// One value of the document, and where it stands: under a key, or in a list.
struct Place {
  Json& json;
  const Place* above = nullptr;
  std::string key{};
  std::optional<std::size_t> index{};

  std::string path() const {
    if (above == nullptr) return "";
    const std::string before = above->path();
    if (index) return fmt::format("{}[{}]", before, *index);
    return before.empty() ? key : before + '.' + key;
  }
  void require(bool holds, std::string_view expected) const {
    if (holds) return;
    const std::string value = json.dump(-1, ' ', true, Json::error_handler_t::replace);
    throw RecordError(fmt::format("{}: {} was expected, not {}", above == nullptr ? "the record" : path(),
                                  expected, value.size() < 40 ? value : json.type_name()));
  }

  // What stands here, or a RecordError.
  template <class Integer>
  Integer whole() const {
    require(json.is_number_integer(), "a whole number");
    require(json.is_number_unsigned() ? std::in_range<Integer>(json.get<std::uint64_t>())
                                      : std::in_range<Integer>(json.get<std::int64_t>()),
            "a number in range");
    return json.get<Integer>();
  }
  double number() const {
    if (json == kInfinite) return std::numeric_limits<double>::infinity();
    require(json.is_number(), "a number");
    return json.get<double>();
  }
  const std::string& text() const {
    require(json.is_string(), "a text");
    return json.get_ref<const std::string&>();
  }
  bool is_in_seconds() const { return key.ends_with("_s"); }
  nanoseconds time() const {
    if (!is_in_seconds()) return nanoseconds{whole<std::int64_t>()};
    const double ns = number() * 1e9;
    require(std::abs(ns) < 9e18, "a number in range");
    return nanoseconds{std::llround(ns)};
  }
  template <class T>
  T known(const std::optional<T>& named) const {
    require(named.has_value(), "a name that is known here");
    return *named;
  }
};

// What holds for a whole document.
struct Context {
  bool reads = false;
  Wording wording{};
  bool is_whole = false;  // the writer keeps back nothing
  WorkerId auditor = kNobody;
  std::vector<std::string> unknown{};  // keys that were read
};

class Visitor {
 public:
  static void visit_object(Context& context, const Place& at, const auto& fields) {
    if (context.reads) at.require(at.json.is_object(), "an object");
    Visitor visitor(context, at);
    fields(visitor);
    if (!context.reads) return;
    for (const auto& item : at.json.items())
      if (std::ranges::find(visitor.known_, item.key()) == visitor.known_.end())
        context.unknown.push_back(Place{at.json, &at, item.key()}.path());
  }

  bool reads() const { return context_.reads; }

  // Fields, each after its name.
  void operator()(const char* key, auto& value, auto&... rest) {
    enter(key, [&](const Place& at) { visit(at, value); });
    if constexpr (sizeof...(rest) > 0) (*this)(rest...);
  }
  // Fields that are null where they mean nothing.
  void when(bool means_anything, const char* key, auto& value, auto&... rest) {
    enter(key, [&](const Place& at) {
      if (reads() || means_anything || context_.is_whole) visit(at, value);
    });
    if constexpr (sizeof...(rest) > 0) when(means_anything, rest...);
  }
  // Those that are null where they are 0, false or empty.
  void if_any(const char* key, auto& value, auto&... rest) {
    when(value != std::remove_reference_t<decltype(value)>{}, key, value);
    if constexpr (sizeof...(rest) > 0) if_any(rest...);
  }
  // Bytes, which are kept to the KiB.
  void kib(const char* key, std::uint64_t& bytes) {
    std::uint64_t count = bytes / 1024;
    (*this)(key, count);
    if (reads()) bytes = count * 1024;
  }
  // What follows from other fields: it is written, and never read.
  void derived(const char* key, auto value) {
    enter(key, [&](const Place& at) {
      if (!reads()) visit(at, value);
    });
  }
  // The same of words that somebody else finds.
  void sentence(const char* key, auto Wording::*of, const auto& value) {
    enter(key, [&](const Place& at) {
      if (!reads() && context_.wording.*of != nullptr) at.json = (context_.wording.*of)(value);
    });
  }
  // A count that is kept in a double: an integer where that is exact.
  void count(const char* key, std::optional<double>& number) {
    enter(key, [&](const Place& at) { reads() || !number ? visit(at, number) : visit_count(at, *number); });
  }
  // An object of its own, made of members that have none.
  void group(const char* key, const auto& fields) {
    enter(key, [&](const Place& at) {
      if (!at.json.is_null() || !reads()) visit_object(context_, at, fields);
    });
  }
  void group(const char* key, const char* first, auto&... rest) {
    group(key, [&](Visitor& inner) { inner(first, rest...); });
  }
  // Objects that need more than their own describe().
  void list(const char* key, auto& items, auto&& fields) {
    enter(key, [&](const Place& at) {
      visit_list(at, items, [&](const Place& place, auto& item) {
        visit_object(context_, place, [&](Visitor& inner) { fields(inner, item); });
      });
    });
  }

  // Says who is the auditor from here on: it has a role and no number.
  void auditor(WorkerId worker) { context_.auditor = worker; }
  bool is_auditor(WorkerId worker) const { return worker == context_.auditor; }
  std::string role(WorkerId worker) const { return is_auditor(worker) ? "auditor" : "worker"; }

 private:
  Visitor(Context& context, const Place& object) : context_(context), object_(object) {}

  void enter(const char* key, const auto& visit_it) {
    known_.emplace_back(key);
    if (!reads() || object_.json.contains(key)) visit_it(Place{object_.json[key], &object_, key});
  }

  void visit_list(const Place& at, auto& items, const auto& visit_item) {
    if (reads()) at.require(at.json.is_array(), "a list");
    if (reads())
      items.clear();
    else
      at.json = Json::array_t(items.size());
    for (std::size_t i = 0; i < at.json.size(); ++i)
      visit_item(Place{at.json[i], &at, {}, i}, reads() ? items.emplace_back() : items[i]);
  }

  template <class T>
  void exchange(const Place& at, T& value, Json written, const auto& read) {
    if (reads())
      value = read();
    else
      at.json = std::move(written);
  }

  Json integer(auto number) const {
    const bool exact = std::cmp_less(number, kExactLimit) && std::cmp_greater(number, -kExactLimit);
    return exact || context_.is_whole ? Json(number) : Json();
  }
  Json real(double number) const {
    if (std::isfinite(number)) return number;
    return context_.is_whole && number > 0 ? Json(kInfinite) : Json();
  }
  void visit_count(const Place& at, double& number) {
    const bool exact = std::abs(number) < static_cast<double>(kExactLimit) && number == std::floor(number);
    exchange(at, number, exact ? Json(static_cast<std::int64_t>(number)) : real(number),
             [&] { return at.number(); });
  }

  // Null has a meaning for ids: a strategy's own lock belongs to no account, and the auditor has no number.
  template <class T>
  void visit(const Place& at, T& value) {
    if constexpr (std::is_same_v<T, AccountId>) {
      exchange(at, value, value == kNoAccount ? Json() : Json(index(value)),
               [&] { return at.json.is_null() ? kNoAccount : AccountId{at.whole<std::uint32_t>()}; });
    } else if constexpr (std::is_same_v<T, WorkerId>) {
      exchange(at, value, value == kNobody || is_auditor(value) ? Json() : Json(index(value)),
               [&] { return at.json.is_null() ? context_.auditor : WorkerId{at.whole<std::uint32_t>()}; });
    } else if constexpr (Optional<T>) {
      if (reads()) value = at.json.is_null() ? T() : T(std::in_place);
      if (value) visit(at, *value);
    } else if (!reads() || !at.json.is_null()) {
      visit_known(at, value);
    }
  }

  template <class T>
  void visit_known(const Place& at, T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      exchange(at, value, value, [&] {
        at.require(at.json.is_boolean(), "true or false");
        return at.json.template get<bool>();
      });
    } else if constexpr (std::is_integral_v<T>) {
      exchange(at, value, integer(value), [&] { return at.whole<T>(); });
    } else if constexpr (std::is_floating_point_v<T>) {
      exchange(at, value, real(value), [&] { return at.number(); });
    } else if constexpr (std::is_convertible_v<T, std::string_view>) {
      if (reads()) value = at.text();
      if (!reads()) at.json = std::string(value);
    } else if constexpr (Named<T>) {
      exchange(at, value, to_string(value), [&] { return at.known(named<T>(at.text())); });
    } else if constexpr (std::is_same_v<T, Access>) {
      exchange(at, value, value.to_string(), [&] { return at.known(access_named(at.text())); });
    } else if constexpr (std::is_same_v<T, Money>) {
      exchange(at, value, integer(value.minor_units()), [&] { return Money{at.whole<std::int64_t>()}; });
    } else if constexpr (std::is_same_v<T, nanoseconds>) {
      exchange(at, value, at.is_in_seconds() ? Json(in_seconds(value)) : integer(value.count()),
               [&] { return at.time(); });
    } else if constexpr (std::is_same_v<T, Hold>) {
      if (reads()) value.yield = at.json == kYield;
      if (!value.yield) return visit(at, value.spin);
      at.json = kYield;
    } else if constexpr (Pair<T>) {
      if (reads()) at.require(at.json.is_array() && at.json.size() == 2, "a pair");
      auto& [first, second] = value;
      visit(Place{at.json[0], &at, {}, 0}, first);
      visit(Place{at.json[1], &at, {}, 1}, second);
    } else if constexpr (std::is_same_v<T, decltype(Warning::numbers)>) {
      if (reads()) at.require(at.json.is_object(), "an object");
      if (!reads()) at.json = Json::object();
      for (const auto& item : at.json.items()) value[item.key()];
      for (auto& [name, number] : value) visit_count(Place{at.json[name], &at, name}, number);
    } else if constexpr (requires { value.emplace_back(); }) {
      visit_list(at, value, [&](const Place& place, auto& item) { visit(place, item); });
    } else {
      visit_object(context_, at, [&](Visitor& inner) { describe(inner, value); });
    }
  }

  Context& context_;
  const Place& object_;
  std::vector<std::string> known_;
};

}  // namespace banksim
