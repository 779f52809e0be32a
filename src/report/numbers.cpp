// Numbers as people read them, and the few words that go with them.
#include "report/text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <csignal>
#include <span>

namespace banksim {
namespace {

struct Unit {
  double size;
  std::string_view name;
};

constexpr Unit kSiPrefixes[] = {{1, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "G"}, {1e12, "T"}};
constexpr Unit kTimes[] = {{1e-9, "ns"}, {1e-6, "us"}, {1e-3, "ms"}, {1, "s"}};

std::string without_end_zeros(std::string decimal) {
  if (decimal.find('.') == std::string::npos) return decimal;
  decimal.erase(decimal.find_last_not_of('0') + 1);
  if (decimal.back() == '.') decimal.pop_back();
  return decimal;
}

std::string three_digits(double magnitude) {
  if (magnitude >= 999.5) return grouped(fmt::format("{:.0f}", magnitude));
  const int decimals = magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : magnitude >= 1 ? 2 : 3;
  return without_end_zeros(fmt::format("{:.{}f}", magnitude, decimals));
}

// `units` ascend. The limit is where three digits would round up to a thousand.
std::string with_unit(double value, std::span<const Unit> units) {
  if (!std::isfinite(value)) return "unknown";
  const double magnitude = std::abs(value);
  std::size_t at = 0;
  while (at + 1 < units.size() && magnitude / units[at].size >= 999.5) ++at;
  std::string text = (value < 0 ? "-" : "") + three_digits(magnitude / units[at].size);
  if (!units[at].name.empty()) text.append(" ").append(units[at].name);
  return text;
}

}  // namespace

std::string si_number(double value) { return with_unit(value, kSiPrefixes); }

std::string percent_text(double share) {
  if (share > 0 && share < 0.0005) return "under 0.1 %";
  return without_end_zeros(fmt::format("{:.1f}", share * 100)) + " %";
}

std::string grouped(std::string integer) {
  const std::size_t first_digit = integer.starts_with('-') ? 1 : 0;
  for (std::size_t at = integer.size(); at > first_digit + 3; integer.insert(at, ",")) at -= 3;
  return integer;
}

std::string duration_text(double seconds, bool unicode) {
  if (seconds == 0) return "0 s";
  std::string text = with_unit(seconds, kTimes);
  if (unicode && text.ends_with("us")) text.replace(text.size() - 2, 1, "\u00b5");
  return text;
}

std::string counted(std::uint64_t count, std::string_view thing) {
  return fmt::format("{} {}{}", grouped(count), thing, count == 1 ? "" : "s");
}

std::string signal_text(int signal) {
  if (signal == 0) return "on request";
  if (signal == SIGINT) return "by SIGINT";
  if (signal == SIGTERM) return "by SIGTERM";
  return fmt::format("by signal {}", signal);
}

}  // namespace banksim
