// What the writer and the reader of JSON share. Private to this room; the one header that includes the library.
#pragma once

#include "record/describe.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace banksim {

using Json = nlohmann::ordered_json;

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
template <class T, std::size_t N>
inline constexpr bool kIsList<std::array<T, N>> = true;

// The name ends in the unit; durations are in seconds or nanoseconds.
inline bool is_in_seconds(std::string_view name) { return name.ends_with("_s"); }

inline constexpr const char* kYield = "yield";  // a hold that is no time

// What is known of the document around a field.
struct Scope {
  const Wording* wording = nullptr;  // none: nobody will read the sentences
  WorkerId auditor = kNobody;
  std::vector<std::string> unknown;
};

// The part of a visitor that looks around.
class InScope {
 public:
  explicit InScope(Scope& scope) : scope_(scope) {}

  void auditor(WorkerId worker) { scope_.auditor = worker; }
  bool is_auditor(WorkerId worker) const { return worker == scope_.auditor; }
  std::string role(WorkerId worker) const { return is_auditor(worker) ? "auditor" : "worker"; }

  std::string words(const Warning& warning) const {
    return scope_.wording == nullptr ? "" : scope_.wording->warning(warning);
  }
  std::string verdict(const Comparison& comparison) const {
    return scope_.wording == nullptr ? "" : scope_.wording->verdict(comparison);
  }
  std::vector<std::string> findings(const Comparison& comparison) const {
    return scope_.wording == nullptr ? std::vector<std::string>{} : scope_.wording->findings(comparison);
  }

 protected:
  Scope& scope_;
};

}  // namespace banksim
