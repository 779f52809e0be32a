// What the writer and the reader of JSON share. Private to this room: it includes the library, which is dear.
#pragma once

#include "record/describe.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace banksim {

using Json = nlohmann::ordered_json;

using Numbers = std::map<std::string, double>;  // by name
using Bucket = LatencyHistogram::Bucket;        // a pair in JSON
inline constexpr const char* kYield = "yield";  // a hold that is no time

inline bool is_in_seconds(std::string_view name) { return name.ends_with("_s"); }

template <class T>
concept Optional = requires(T value) {
  value.has_value();
};

// The part of a visitor that knows who the auditor is, in the whole document.
class WithAuditor {
 public:
  explicit WithAuditor(WorkerId& auditor) : auditor_(auditor) {}

  void auditor(WorkerId worker) { auditor_ = worker; }
  bool is_auditor(WorkerId worker) const { return worker == auditor_; }
  const char* role(WorkerId worker) const { return is_auditor(worker) ? "auditor" : "worker"; }

 protected:
  WorkerId& auditor_;
};

}  // namespace banksim
