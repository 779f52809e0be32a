// From the plan of a comparison back to a command line that does the same.
#include "report/compare_view.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

namespace banksim {
namespace {

// Exact, in the largest unit of which it is a whole number.
std::string exact_time(nanoseconds time) {
  constexpr std::array<std::pair<std::int64_t, std::string_view>, 4> kUnits{
      {{1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}, {1, "ns"}}};
  for (const auto& [size, unit] : kUnits)
    if (time.count() != 0 && time.count() % size == 0) return fmt::format("{}{}", time.count() / size, unit);
  return "0";
}

std::string hold_value(const Hold& hold) { return hold.yield ? "yield" : exact_time(hold.spin); }

template <class Values, class Text>
std::string comma_list(const Values& values, Text text) {
  std::string list;
  for (const auto& value : values) list += (list.empty() ? "" : ",") + text(value);
  return list;
}

std::string number(std::uint64_t value) { return fmt::format("{}", value); }

class CommandLine {
 public:
  void add(std::string option, std::string value) {
    words_.push_back(std::move(option));
    words_.push_back(std::move(value));
  }
  // Left out where it is what the default does.
  template <class Value, class Text>
  void add_unless(const Value& usual, const Value& value, const std::string& option, Text text) {
    if (!(usual == value)) add(option, text(value));
  }
  std::vector<std::string> take() { return std::move(words_); }

 private:
  std::vector<std::string> words_{"banksim", "compare"};
};

void add_workload(CommandLine& line, const Config& config) {
  const Config usual;
  const auto minor_units = [](Money money) { return fmt::format("{}", money.minor_units()); };
  if (config.duration) {
    line.add("--duration", exact_time(*config.duration));
  } else {
    line.add("--transfers", number(config.transfers));
  }
  line.add_unless(usual.balance, config.balance, "--balance",
                  [&](const auto& balance) { return comma_list(balance, minor_units); });
  if (config.min_amount != usual.min_amount || config.max_amount != usual.max_amount)
    line.add("--amount", minor_units(config.min_amount) + ':' + minor_units(config.max_amount));
  if (config.access.kind != usual.access.kind) line.add("--access", config.access.to_string());
  line.add_unless(usual.think, config.think, "--think", exact_time);
  line.add("--seed", number(config.seed));
}

void add_limits(CommandLine& line, const Config& config) {
  const Config usual;
  if (config.audit.kind == AuditPolicy::Kind::off) line.add("--audit", "off");
  if (config.audit.kind == AuditPolicy::Kind::each) line.add("--audit", "each");
  if (config.audit.kind == AuditPolicy::Kind::interval)
    line.add_unless(usual.audit.interval, config.audit.interval, "--audit", exact_time);
  line.add_unless(usual.timeout, config.timeout, "--timeout", exact_time);
  line.add_unless(usual.stall, config.stall, "--stall", exact_time);
  line.add_unless(usual.slice, config.slice, "--slice", exact_time);
}

}  // namespace

std::vector<std::string> repeat_command(const ComparePlan& plan) {
  CommandLine line;
  line.add("--strategy", comma_list(plan.strategies, [](const std::string& name) { return name; }));
  line.add("--threads", comma_list(plan.threads, number));
  line.add("--accounts", comma_list(plan.accounts, number));
  const std::string holds = comma_list(plan.holds, hold_value);
  if (!holds.empty() && holds != "0") line.add("--hold", holds);
  add_workload(line, plan.base);
  add_limits(line, plan.base);
  if (plan.min_time.count() == 0) line.add("--runs", number(plan.runs));  // given, rounds do not follow time
  line.add("--warmup", number(plan.warmup));
  if (!plan.random_order) line.add("--order", "sequential");
  if (plan.reference) line.add("--reference", *plan.reference);
  return line.take();
}

}  // namespace banksim
