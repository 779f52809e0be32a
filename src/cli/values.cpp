#include "cli/values.hpp"

#include "registry.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <random>

namespace banksim::cli {
namespace {

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

// digits * 10^power; without digits it is no number.
struct Number {
  std::string digits;
  int power = 0;
};

Number take_number(std::string_view& text) {
  constexpr int kLargestPower = 1'000'000;
  Number number{std::string(take_while(text, is_digit))};
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const std::string_view fraction = take_while(text, is_digit);
    if (fraction.empty()) return {};
    number.digits += fraction;
    number.power = -static_cast<int>(fraction.size());
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

struct Unit {
  std::string_view name;
  std::uint64_t factor = 1;
  int power = 0;  // of ten
};

// A whole number of something, and how it is refused.
struct Quantity {
  std::vector<Unit> units;  // the larger before the smaller where several may follow each other
  bool has_parts;
  std::uint64_t most;
  std::string malformed;
  std::string too_fine;
  std::string too_large;
};

Quantity count_up_to(std::uint64_t most) {
  return {{{""}, {"k", 1, 3}, {"K", 1, 3}, {"m", 1, 6}, {"M", 1, 6}, {"g", 1, 9}, {"G", 1, 9}},
          false,
          most,
          "is not a count: write digits, then k, m or g for 10^3, 10^6, 10^9, as in 500k or 1.5m",
          "is not a whole number",
          fmt::format("is too large: at most {}", most)};
}

std::uint64_t exactly(std::string_view text, Number number, const Unit& unit, const Quantity& quantity) {
  number.power += unit.power;
  for (; number.power < 0 && number.digits.ends_with('0'); ++number.power) number.digits.pop_back();
  std::uint64_t value = 0;
  const auto multiply_and_add = [&](std::uint64_t factor, std::uint64_t more) {
    if (value > (std::numeric_limits<std::uint64_t>::max() - more) / factor) refuse(text, quantity.too_large);
    value = value * factor + more;
  };
  for (const char digit : number.digits) multiply_and_add(10, static_cast<std::uint64_t>(digit - '0'));
  multiply_and_add(unit.factor, 0);
  for (; number.power > 0 && value > 0; --number.power) multiply_and_add(10, 0);
  for (; number.power < 0 && value > 0; ++number.power, value /= 10)
    if (value % 10 != 0) refuse(text, quantity.too_fine);
  return value;
}

std::uint64_t parse(std::string_view text, const Quantity& quantity) {
  refuse_if_negative(text);
  std::uint64_t sum = 0;
  auto allowed = quantity.units.begin();
  std::string_view rest = text;
  do {
    const Number number = take_number(rest);
    const std::string_view name = take_while(rest, [](char c) { return !is_digit(c) && c != '.'; });
    const auto unit = std::find_if(allowed, quantity.units.end(), [name](auto& u) { return u.name == name; });
    const bool is_last = name.empty() || !quantity.has_parts;
    if (number.digits.empty() || unit == quantity.units.end() || (is_last && !rest.empty()))
      refuse(text, quantity.malformed);
    const std::uint64_t part = exactly(text, number, *unit, quantity);
    if (part > quantity.most - sum) refuse(text, quantity.too_large);
    sum += part;
    allowed = unit + 1;
  } while (!rest.empty());
  return sum;
}

Money money(std::string_view text) {
  return Money(static_cast<std::int64_t>(
      parse(text, count_up_to(static_cast<std::uint64_t>(kMaxTotal.minor_units())))));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size(); begin += parts.back().size() + 1)
    parts.push_back(text.substr(begin, text.find(separator, begin) - begin));
  return parts;
}

// A duration where one of some words may stand too.
std::chrono::nanoseconds duration_or(std::string_view text, const std::vector<std::string>& words) {
  const bool tried_a_number = !text.empty() && (is_digit(text[0]) || text[0] == '-' || text[0] == '.');
  if (!tried_a_number)
    refuse(text, "is neither a duration nor " + joined(words, " nor ") + did_you_mean(text, words));
  return parse_duration(text);
}

char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// How many letters must be inserted, dropped, replaced or swapped with their neighbour to make `a` of `b`
// (optimal string alignment; Damerau 1964). Upper and lower case are the same.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector steps(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      steps[i][j] = i + j;
      if (i == 0 || j == 0) continue;
      const auto same = [&](std::size_t x, std::size_t y) { return folded(a[i - x]) == folded(b[j - y]); };
      steps[i][j] =
          std::min({steps[i - 1][j] + 1, steps[i][j - 1] + 1, steps[i - 1][j - 1] + (same(1, 1) ? 0 : 1)});
      if (i > 1 && j > 1 && same(1, 2) && same(2, 1))
        steps[i][j] = std::min(steps[i][j], steps[i - 2][j - 2] + 1);
    }
  return steps[a.size()][b.size()];
}

}  // namespace

std::uint64_t parse_count(std::string_view text) {
  return parse(text, count_up_to(std::numeric_limits<std::uint64_t>::max()));
}

std::uint32_t parse_count_32(std::string_view text) {
  return static_cast<std::uint32_t>(parse(text, count_up_to(std::numeric_limits<std::uint32_t>::max())));
}

std::uint32_t parse_threads(std::string_view text) {
  const std::uint32_t count = text == "auto" ? 0 : parse_count_32(text);
  return count == 0 ? std::min<std::uint32_t>(host_cpus(), kMaxThreads) : count;
}

std::chrono::nanoseconds parse_duration(std::string_view text) {
  static const Quantity duration{
      {{"", 1, 9}, {"h", 36, 11}, {"m", 6, 10}, {"s", 1, 9}, {"ms", 1, 6}, {"us", 1, 3}, {"ns", 1, 0}},
      true,
      365ULL * 24 * 3600 * 1'000'000'000,
      "is not a duration: write a number, then ns, us, ms, s, m or h, as in 250ms or 1m30s",
      "is finer than a nanosecond",
      "is too long: at most a year, 8760h"};
  return std::chrono::nanoseconds(static_cast<std::int64_t>(parse(text, duration)));
}

double parse_decimal(std::string_view text) {
  constexpr int kExactDigits = 15;
  refuse_if_negative(text);
  std::string_view rest = text;
  const Number number = take_number(rest);
  if (number.digits.empty() || !rest.empty()) refuse(text, "is not a number, as in 0.99");
  if (number.digits.size() > kExactDigits || std::abs(number.power) > kExactDigits)
    refuse(text, "has too many digits: at most 15");
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

double parse_percent(std::string_view text) {
  return parse_decimal(text.ends_with('%') ? text.substr(0, text.size() - 1) : text);
}

std::uint64_t parse_seed(std::string_view text) {
  constexpr std::uint64_t kMost = (std::uint64_t{1} << 53) - 1;
  if (text == "random") {
    std::random_device source;
    const auto high = std::uint64_t{source()} << 32;
    return (high | source()) & kMost;
  }
  const std::string why = fmt::format("is not a seed: a whole number from 0 to {}, or random", kMost);
  refuse_if_negative(text);
  if (!std::ranges::all_of(text, is_digit)) refuse(text, why);
  return parse(text, {{{""}}, false, kMost, why, why, why});
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
    known.insert(known.end(), entry.aliases.begin(), entry.aliases.end());
  const std::string suggestion = did_you_mean(text, known);
  throw ConfigError(fmt::format("unknown strategy '{}'{}", text,
                                suggestion.empty() ? "; one of " + joined(strategy_names()) : suggestion));
}

std::vector<std::string> parse_strategies(std::string_view text) {
  std::vector<std::string> names;
  for (const std::string_view item : parse_list(text)) {
    const bool is_group = item == "all" || item == "safe";
    if (!is_group) names.push_back(parse_strategy(item));
    for (const StrategyEntry& entry : strategies())
      if (is_group && (item == "all" || (entry.deadlock_free && entry.conserves_money)))
        names.emplace_back(entry.name);
  }
  return names;
}

std::string parse_file(std::string_view text) {
  if (text.empty()) throw ConfigError("the name of a file is missing");
  return std::string(text);
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

std::string did_you_mean(std::string_view typed, std::span<const std::string> candidates) {
  constexpr std::size_t kTellingPrefix = 2;
  const auto begins = [typed](const std::string& candidate) { return candidate.starts_with(typed); };
  const auto answer = [](const std::string& word) { return "; did you mean '" + word + "'?"; };
  if (typed.size() >= kTellingPrefix && std::ranges::count_if(candidates, begins) == 1)
    return answer(*std::ranges::find_if(candidates, begins));

  std::string best;
  // Up to a third of the word may be wrong, and a single letter always.
  std::size_t best_distance = std::max<std::size_t>(1, typed.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(typed, candidate);
    // A word that shares no letter is no suggestion, however short.
    if (distance >= best_distance || distance >= std::max(typed.size(), candidate.size())) continue;
    best = candidate;
    best_distance = distance;
  }
  return best.empty() ? best : answer(best);
}

std::string joined(std::span<const std::string> words, std::string_view separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

}  // namespace banksim::cli
