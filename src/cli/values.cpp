#include "cli/values.hpp"

#include "cli/suggest.hpp"
#include "registry.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <random>

namespace banksim::cli {
namespace {

constexpr auto kMaxMoney = static_cast<std::uint64_t>(kMaxTotal.minor_units());
constexpr std::uint64_t kMaxSeed = (std::uint64_t{1} << 53) - 1;
constexpr std::uint64_t kMaxDurationNs =
    365ULL * 24 * 3600 * 1'000'000'000;  // a deadline can always be computed

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw ConfigError(quoted(text) + " " + std::string(why));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The digits that the text begins with are taken from it.
std::string_view take_digits(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_digit);
  const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

// a * b + c where it is at most `limit`.
std::optional<std::uint64_t> multiply_add(std::uint64_t a, std::uint64_t b, std::uint64_t c,
                                          std::uint64_t limit) {
  if (c > limit || (b != 0 && a > (limit - c) / b)) return std::nullopt;
  return a * b + c;
}

std::optional<std::uint64_t> number(std::string_view digits, std::uint64_t limit) {
  std::optional<std::uint64_t> value = 0;
  for (const char digit : digits) {
    value = multiply_add(*value, 10, static_cast<std::uint64_t>(digit - '0'), limit);
    if (!value) break;
  }
  return value;
}

void refuse_if_negative(std::string_view text) {
  if (text.size() > 1 && text[0] == '-' && is_digit(text[1])) refuse(text, "is negative");
}

std::uint64_t count_up_to(std::string_view text, std::uint64_t limit) {
  refuse_if_negative(text);
  std::string_view rest = text;
  const std::string_view digits = take_digits(rest);
  const std::uint64_t factor = rest.empty()  ? 1
                               : rest == "k" ? 1'000
                               : rest == "m" ? 1'000'000
                               : rest == "g" ? 1'000'000'000
                                             : 0;
  if (digits.empty() || factor == 0)
    refuse(text, "is not a count: write digits, then k, m or g for 10^3, 10^6, 10^9, as in 500k or 1m");
  const auto plain = number(digits, limit);
  const auto value = plain ? multiply_add(*plain, factor, 0, limit) : std::nullopt;
  if (!value) refuse(text, "is too large: at most " + std::to_string(limit));
  return *value;
}

Money money(std::string_view text) { return Money(static_cast<std::int64_t>(count_up_to(text, kMaxMoney))); }

struct Unit {
  std::string_view name;
  std::uint64_t nanoseconds;
};
constexpr std::array kUnits = {
    Unit{"ns", 1},           Unit{"us", 1'000},         Unit{"ms", 1'000'000},       Unit{"s", 1'000'000'000},
    Unit{"", 1'000'000'000}, Unit{"m", 60'000'000'000}, Unit{"h", 3'600'000'000'000}};

// 0.FRACTION of a unit in whole nanoseconds; nothing if it is finer.
std::optional<std::uint64_t> fraction_of(std::string_view fraction, std::uint64_t unit) {
  std::uint64_t sum = 0;
  for (const char digit : fraction) {
    if (digit != '0' && (unit % 10 != 0 || unit == 0)) return std::nullopt;
    unit /= 10;
    sum += static_cast<std::uint64_t>(digit - '0') * unit;
  }
  return sum;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace

std::uint64_t parse_count(std::string_view text) {
  return count_up_to(text, std::numeric_limits<std::uint64_t>::max());
}

std::uint32_t parse_count_32(std::string_view text) {
  return static_cast<std::uint32_t>(count_up_to(text, std::numeric_limits<std::uint32_t>::max()));
}

std::chrono::nanoseconds parse_duration(std::string_view text) {
  refuse_if_negative(text);
  std::string_view rest = text;
  const std::string_view whole = take_digits(rest);
  std::string_view fraction;
  bool well_formed = !whole.empty();
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    fraction = take_digits(rest);
    well_formed = well_formed && !fraction.empty();
  }
  const auto unit = std::ranges::find(kUnits, rest, &Unit::name);
  if (!well_formed || unit == kUnits.end())
    refuse(text, "is not a duration: write a number, then ns, us, ms, s, m or h, as in 250ms or 1.5s");
  const auto part = fraction_of(fraction, unit->nanoseconds);
  if (!part) refuse(text, "is finer than a nanosecond");
  const auto plain = number(whole, kMaxDurationNs);
  const auto value = plain ? multiply_add(*plain, unit->nanoseconds, *part, kMaxDurationNs) : std::nullopt;
  if (!value) refuse(text, "is too long: at most a year, 8760h");
  return std::chrono::nanoseconds(static_cast<std::int64_t>(*value));
}

double parse_decimal(std::string_view text) {
  constexpr std::size_t kExactDigits =
      15;  // so digits and power of ten are both exact, and their quotient right
  refuse_if_negative(text);
  std::string_view rest = text;
  std::string digits(take_digits(rest));
  double scale = 1;
  bool well_formed = !digits.empty();
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    const std::string_view fraction = take_digits(rest);
    well_formed = well_formed && !fraction.empty();
    digits += fraction;
    for (std::size_t i = 0; i < std::min(fraction.size(), kExactDigits); ++i) scale *= 10;
  }
  if (!well_formed || !rest.empty()) refuse(text, "is not a number, as in 0.99");
  if (digits.size() > kExactDigits) refuse(text, "has too many digits: at most 15");
  return static_cast<double>(*number(digits, std::numeric_limits<std::uint64_t>::max())) / scale;
}

std::uint64_t parse_seed(std::string_view text) {
  if (text == "random") {
    std::random_device source;
    const auto high = std::uint64_t{source()} << 32;
    return (high | source()) & kMaxSeed;
  }
  refuse_if_negative(text);
  std::string_view rest = text;
  const std::string_view digits = take_digits(rest);
  const auto value = number(digits, kMaxSeed);
  if (digits.empty() || !rest.empty() || !value)
    refuse(text, "is not a seed: a whole number from 0 to " + std::to_string(kMaxSeed) + ", or random");
  return *value;
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
  Hold hold;
  hold.yield = text == "yield";
  if (hold.yield) return hold;
  if (!text.empty() && !is_digit(text[0]) && text[0] != '-') {
    static const std::vector<std::string> words = {"yield"};
    refuse(text, "is neither a duration nor yield" + did_you_mean(text, words));
  }
  hold.spin = parse_duration(text);
  return hold;
}

AuditPolicy parse_audit(std::string_view text) {
  AuditPolicy audit;
  if (text == "off") return {AuditPolicy::Kind::off, audit.interval};
  if (text == "each") return {AuditPolicy::Kind::each, audit.interval};
  if (!text.empty() && !is_digit(text[0]) && text[0] != '-') {
    static const std::vector<std::string> words = {"off", "each"};
    refuse(text, "is neither a duration nor off nor each" + did_you_mean(text, words));
  }
  return {AuditPolicy::Kind::interval, parse_duration(text)};
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
  throw ConfigError("unknown strategy " + quoted(text) +
                    (suggestion.empty() ? "; one of " + joined(strategy_names()) : suggestion));
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
