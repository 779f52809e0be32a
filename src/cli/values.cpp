#include "cli/values.hpp"

#include "cli/suggest.hpp"
#include "registry.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>
#include <utility>

namespace banksim::cli {
namespace {

constexpr auto kMaxMoney = static_cast<std::uint64_t>(kMaxTotal.minor_units());
constexpr std::uint64_t kMaxSeed = (std::uint64_t{1} << 53) - 1;
constexpr std::uint64_t kMaxDuration_ns = 365ULL * 24 * 3600 * 1'000'000'000;

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw ConfigError(fmt::format("'{}' {}", text, why));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void refuse_if_negative(std::string_view text) {
  if (text.size() > 1 && text[0] == '-' && (is_digit(text[1]) || text[1] == '.')) refuse(text, "is negative");
}

// What the text begins with that satisfies `belongs` is taken from it.
template <class Belongs>
std::string_view take_while(std::string_view& text, Belongs belongs) {
  const auto end = std::ranges::find_if_not(text, belongs);
  const std::string_view taken = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(taken.size());
  return taken;
}

// ---- Exact numbers ----

// digits * 10^power; without digits it is no number.
struct Number {
  std::string digits;
  int power = 0;
};

Number take_number(std::string_view& text) {
  constexpr int kLargestPower = 1'000'000;
  Number number;
  number.digits = take_while(text, is_digit);
  if (text.starts_with('.')) {
    std::string_view rest = text.substr(1);
    const std::string_view fraction = take_while(rest, is_digit);
    if (fraction.empty()) return {};
    number.digits += fraction;
    number.power = -static_cast<int>(fraction.size());
    text = rest;
  }
  std::string_view rest = text.substr(std::min<std::size_t>(text.size(), 1));
  const bool is_negative = rest.starts_with('-');
  if (is_negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (number.digits.empty() || !text.starts_with('e') || rest.empty() || !is_digit(rest[0])) return number;
  int power = 0;
  for (const char digit : take_while(rest, is_digit))
    power = std::min(power * 10 + digit - '0', kLargestPower);
  number.power += is_negative ? -power : power;
  text = rest;
  return number;
}

struct TooFine {};
struct TooLarge {};

// a * b + c; throws TooLarge.
std::uint64_t multiply_add(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t limit) {
  if (c > limit || (b != 0 && a > (limit - c) / b)) throw TooLarge{};
  return a * b + c;
}

// The number times `factor`, exactly.
std::uint64_t scaled(Number number, std::uint64_t factor, std::uint64_t limit) {
  while (number.power < 0 && number.digits.ends_with('0')) {
    number.digits.pop_back();
    ++number.power;
  }
  for (; number.power < 0 && factor % 10 == 0; ++number.power) factor /= 10;
  constexpr std::uint64_t kAny = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t value = 0;
  for (const char digit : number.digits)
    value = multiply_add(value, 10, static_cast<std::uint64_t>(digit - '0'), kAny);
  value = multiply_add(value, factor, 0, kAny);
  for (; number.power > 0 && value > 0; --number.power) value = multiply_add(value, 10, 0, kAny);
  for (; number.power < 0 && value > 0; ++number.power, value /= 10)
    if (value % 10 != 0) throw TooFine{};
  if (value > limit) throw TooLarge{};
  return value;
}

std::uint64_t count_up_to(std::string_view text, std::uint64_t limit) {
  refuse_if_negative(text);
  std::string_view unit = text;
  const Number number = take_number(unit);
  static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 7> kUnits = {
      {{"", 1},
       {"k", 1'000},
       {"K", 1'000},
       {"m", 1'000'000},
       {"M", 1'000'000},
       {"g", 1'000'000'000},
       {"G", 1'000'000'000}}};
  const auto* known = std::ranges::find(kUnits, unit, &std::pair<std::string_view, std::uint64_t>::first);
  if (number.digits.empty() || known == kUnits.end())
    refuse(text, "is not a count: write digits, then k, m or g for 10^3, 10^6, 10^9, as in 500k or 1.5m");
  try {
    return scaled(number, known->second, limit);
  } catch (TooFine) {
    refuse(text, "is not a whole number");
  } catch (TooLarge) {
    refuse(text, fmt::format("is too large: at most {}", limit));
  }
}

Money money(std::string_view text) { return Money(static_cast<std::int64_t>(count_up_to(text, kMaxMoney))); }

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// A duration where one of some words may stand too.
std::chrono::nanoseconds duration_or(std::string_view text, const std::vector<std::string>& words) {
  const bool tried_a_number = !text.empty() && (is_digit(text[0]) || text[0] == '-' || text[0] == '.');
  if (!tried_a_number)
    refuse(text, "is neither a duration nor " + joined(words, " nor ") + did_you_mean(text, words));
  return parse_duration(text);
}

}  // namespace

std::uint64_t parse_count(std::string_view text) {
  return count_up_to(text, std::numeric_limits<std::uint64_t>::max());
}

std::uint32_t parse_count_32(std::string_view text) {
  return static_cast<std::uint32_t>(count_up_to(text, std::numeric_limits<std::uint32_t>::max()));
}

std::uint32_t parse_count_between(std::string_view text, std::uint32_t least, std::uint32_t most) {
  const std::uint32_t count = parse_count_32(text);
  if (count < least || count > most) refuse(text, fmt::format("is not from {} to {}", least, most));
  return count;
}

std::uint32_t parse_threads(std::string_view text) {
  const std::uint32_t count = text == "auto" ? 0 : parse_count_32(text);
  return count == 0 ? std::min<std::uint32_t>(host_cpus(), kMaxThreads) : count;
}

std::chrono::nanoseconds parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::uint64_t nanoseconds;
  };
  static constexpr std::array kUnits = {
      Unit{"h", 3'600'000'000'000}, Unit{"m", 60'000'000'000}, Unit{"s", 1'000'000'000},
      Unit{"ms", 1'000'000},        Unit{"us", 1'000},         Unit{"ns", 1}};
  refuse_if_negative(text);
  const auto* smallest_allowed = kUnits.begin();
  std::uint64_t total_ns = 0;
  std::string_view rest = text;
  do {
    const Number number = take_number(rest);
    std::string_view name = take_while(rest, [](char c) { return !is_digit(c) && c != '.'; });
    if (name.empty() && rest.empty() && smallest_allowed == kUnits.begin()) name = "s";
    const auto* unit = std::ranges::find(smallest_allowed, kUnits.end(), name, &Unit::name);
    if (number.digits.empty() || unit == kUnits.end())
      refuse(text, "is not a duration: write a number, then ns, us, ms, s, m or h, as in 250ms or 1m30s");
    try {
      total_ns =
          multiply_add(scaled(number, unit->nanoseconds, kMaxDuration_ns), 1, total_ns, kMaxDuration_ns);
    } catch (TooFine) {
      refuse(text, "is finer than a nanosecond");
    } catch (TooLarge) {
      refuse(text, "is too long: at most a year, 8760h");
    }
    smallest_allowed = unit + 1;
  } while (!rest.empty());
  return std::chrono::nanoseconds(static_cast<std::int64_t>(total_ns));
}

double parse_decimal(std::string_view text) {
  constexpr std::size_t kExactDigits =
      15;  // digits and power of ten are exact then, and their quotient right
  refuse_if_negative(text);
  std::string_view rest = text;
  const Number number = take_number(rest);
  if (number.digits.empty() || !rest.empty()) refuse(text, "is not a number, as in 0.99");
  if (number.digits.size() > kExactDigits || std::abs(number.power) > static_cast<int>(kExactDigits))
    refuse(text, "has too many digits: at most 15");
  double scale = 1;
  for (int i = 0; i < std::abs(number.power); ++i) scale *= 10;
  const auto digits = static_cast<double>(std::stoull(number.digits));
  return number.power < 0 ? digits / scale : digits * scale;
}

double parse_percent(std::string_view text) {
  return parse_decimal(text.ends_with('%') ? text.substr(0, text.size() - 1) : text);
}

std::uint64_t parse_seed(std::string_view text) {
  if (text == "random") {
    std::random_device source;
    const auto high = std::uint64_t{source()} << 32;
    return (high | source()) & kMaxSeed;
  }
  refuse_if_negative(text);
  if (!text.empty() && std::ranges::all_of(text, is_digit)) try {
      return scaled({std::string(text), 0}, 1, kMaxSeed);
    } catch (TooLarge) {
    }
  refuse(text, fmt::format("is not a seed: a whole number from 0 to {}, or random", kMaxSeed));
}

AmountRange parse_amount(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() != 2) refuse(text, "is not a range: write MIN:MAX, as in 1:100");
  return {money(parts[0]), money(parts[1])};
}

std::vector<Money> parse_balance(std::string_view text) {
  std::vector<Money> balance;
  for (const std::string_view item : parse_list(text)) balance.push_back(money(item));
  return balance;
}

Access parse_access(std::string_view text) {
  const auto parts = split(text, ':');
  Access access;
  if (parts[0] == "uniform" && parts.size() == 1) return access;
  if (parts[0] == "zipf" && parts.size() == 2) {
    access.kind = Access::Kind::zipf;
    access.zipf_exponent = parse_decimal(parts[1]);
    return access;
  }
  if (parts[0] == "hot" && parts.size() == 3) {
    access.kind = Access::Kind::hot;
    access.hot_picks_percent = parse_decimal(parts[1]);
    access.hot_accounts_percent = parse_decimal(parts[2]);
    return access;
  }
  static const std::vector<std::string> kinds = {"uniform", "zipf", "hot"};
  const bool known = std::ranges::find(kinds, parts[0]) != kinds.end();
  refuse(text, "is not an access pattern: uniform, zipf:S as in zipf:0.99, or hot:PCT:PCT as in hot:90:10" +
                   (known ? std::string() : did_you_mean(parts[0], kinds)));
}

Hold parse_hold(std::string_view text) {
  if (text == "yield") return {.yield = true};
  return {.spin = duration_or(text, {"yield"})};
}

AuditPolicy parse_audit(std::string_view text) {
  if (text == "off") return {.kind = AuditPolicy::Kind::off};
  if (text == "each") return {.kind = AuditPolicy::Kind::each};
  return {AuditPolicy::Kind::interval, duration_or(text, {"off", "each"})};
}

std::vector<std::string> strategy_names() {
  std::vector<std::string> names;
  for (const StrategyEntry& entry : strategies()) names.emplace_back(entry.name);
  return names;
}

std::string parse_strategy(std::string_view text) {
  if (const StrategyEntry* entry = find_strategy(text)) return std::string(entry->name);
  std::vector<std::string> known = strategy_names();
  for (const StrategyEntry& entry : strategies())
    for (const std::string_view alias : entry.aliases) known.emplace_back(alias);
  const std::string suggestion = did_you_mean(text, known);
  throw ConfigError(fmt::format("unknown strategy '{}'{}", text,
                                suggestion.empty() ? "; one of " + joined(strategy_names()) : suggestion));
}

std::vector<std::string> parse_strategies(std::string_view text) {
  std::vector<std::string> names;
  for (const std::string_view item : parse_list(text)) {
    if (item != "all" && item != "safe") {
      names.push_back(parse_strategy(item));
      continue;
    }
    for (const StrategyEntry& entry : strategies())
      if (item == "all" || (entry.deadlock_free && entry.conserves_money)) names.emplace_back(entry.name);
  }
  return names;
}

std::size_t parse_choice(std::string_view text, std::span<const std::string> words) {
  const auto found = std::ranges::find(words, text);
  if (found == words.end()) refuse(text, "is not one of " + joined(words) + did_you_mean(text, words));
  return static_cast<std::size_t>(found - words.begin());
}

std::vector<std::string_view> parse_list(std::string_view text) {
  auto items = split(text, ',');
  if (std::ranges::any_of(items, &std::string_view::empty))
    refuse(text, "is not a list: write values with a comma between them");
  return items;
}

}  // namespace banksim::cli
