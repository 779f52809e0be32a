#include "cli/values.hpp"

#include "cli/output.hpp"
#include "load/load.hpp"
#include "registry.hpp"
#include "run/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <filesystem>
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

// digits * 10^power; without digits it is no number.
struct Number {
  std::string digits;
  std::int64_t power = 0;
};

// Takes the number that the text begins with.
Number take_number(std::string_view& text) {
  const auto take_digits = [&text] {
    const std::string digits(text.substr(0, text.find_first_not_of("0123456789")));
    text.remove_prefix(digits.size());
    return digits;
  };
  Number number{take_digits()};
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const std::string fraction = take_digits();
    if (fraction.empty()) return {};
    number.digits += fraction;
    number.power -= static_cast<std::int64_t>(fraction.size());
  }
  const std::size_t first = text.size() > 1 && (text[1] == '-' || text[1] == '+') ? 2 : 1;
  const bool has_exponent = text.starts_with('e') && text.size() > first && is_digit(text[first]);
  if (number.digits.empty() || !has_exponent) return number;
  const std::int64_t sign = text[1] == '-' ? -1 : 1;
  text.remove_prefix(first);
  const std::string digits = take_digits();
  int power = 1'000'000;  // where it is too large to be read
  std::from_chars(digits.data(), digits.data() + digits.size(), power);
  number.power += sign * power;
  return number;
}

struct Unit {
  std::string_view name;
  std::uint64_t factor = 1;
};

// A whole number of something, and how it is refused.
struct Quantity {
  std::span<const Unit> units;  // the larger before the smaller where several may follow each other
  bool has_parts;
  std::uint64_t most;
  std::string malformed;
  std::string too_fine;
  std::string too_large;
};

std::uint64_t exactly(std::string_view text, Number number, std::uint64_t factor, const Quantity& quantity) {
  __extension__ using Wide = unsigned __int128;
  for (; number.power < 0 && number.digits.ends_with('0'); ++number.power) number.digits.pop_back();
  Wide value = 0;
  for (const char digit : number.digits) {
    value = value * 10 + static_cast<unsigned>(digit - '0');
    if (value > std::numeric_limits<std::uint64_t>::max()) refuse(text, quantity.too_large);
  }
  value *= factor;
  for (; number.power < 0 && value > 0; ++number.power, value /= 10)
    if (value % 10 != 0) refuse(text, quantity.too_fine);
  for (; number.power > 0 && value > 0 && value <= quantity.most; --number.power) value *= 10;
  if (value > quantity.most) refuse(text, quantity.too_large);
  return static_cast<std::uint64_t>(value);
}

std::uint64_t parse(std::string_view text, const Quantity& quantity) {
  refuse_if_negative(text);
  std::uint64_t sum = 0;
  std::span<const Unit> allowed = quantity.units;
  std::string_view rest = text;
  do {
    const Number number = take_number(rest);
    const std::string_view name = rest.substr(0, rest.find_first_of("0123456789."));
    rest.remove_prefix(name.size());
    const auto unit = std::ranges::find(allowed, name, &Unit::name);
    const bool is_last = name.empty() || !quantity.has_parts;
    if (number.digits.empty() || unit == allowed.end() || (is_last && !rest.empty()))
      refuse(text, quantity.malformed);
    const std::uint64_t part = exactly(text, number, unit->factor, quantity);
    if (part > quantity.most - sum) refuse(text, quantity.too_large);
    sum += part;
    allowed = {unit + 1, allowed.end()};
  } while (!rest.empty());
  return sum;
}

std::uint64_t count_up_to(std::uint64_t most, std::string_view text) {
  constexpr std::uint64_t k = 1'000, m = 1'000'000, g = 1'000'000'000;
  static constexpr Unit kUnits[] = {{""}, {"k", k}, {"K", k}, {"m", m}, {"M", m}, {"g", g}, {"G", g}};
  return parse(text, {kUnits, false, most,
                      "is not a count: write digits, then k, m or g for 10^3, 10^6, 10^9, as in 500k or 1.5m",
                      "is not a whole number", fmt::format("is too large: at most {}", most)});
}

Money money(std::string_view text) {
  constexpr auto kMost = static_cast<std::uint64_t>(kMaxTotal.minor_units());
  return Money(static_cast<std::int64_t>(count_up_to(kMost, text)));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size(); begin += parts.back().size() + 1)
    parts.push_back(text.substr(begin, text.find(separator, begin) - begin));
  return parts;
}

// A duration where one of some words may stand too.
nanoseconds duration_or(std::string_view text, const Words& words) {
  const bool tried_a_number = !text.empty() && (is_digit(text[0]) || text[0] == '-' || text[0] == '.');
  if (!tried_a_number)
    refuse(text, "is neither a duration nor " + joined(words, " nor ") + did_you_mean(text, words));
  return parse_duration(text);
}

// How many letters must be inserted, dropped, replaced or swapped with their neighbour to make `a` of `b`
// (optimal string alignment; Damerau 1964). Upper and lower case are the same.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  std::vector steps(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      steps[i][j] = i + j;
      if (i == 0 || j == 0) continue;
      const auto same = [&](std::size_t x, std::size_t y) { return lower(a[i - x]) == lower(b[j - y]); };
      const std::size_t replaced = steps[i - 1][j - 1] + (same(1, 1) ? 0 : 1);
      steps[i][j] = std::min({steps[i - 1][j] + 1, steps[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && same(1, 2) && same(2, 1))
        steps[i][j] = std::min(steps[i][j], steps[i - 2][j - 2] + 1);
    }
  return steps[a.size()][b.size()];
}

}  // namespace

std::uint64_t parse_count(std::string_view text) {
  return count_up_to(std::numeric_limits<std::uint64_t>::max(), text);
}

std::uint32_t parse_count_32(std::string_view text) {
  return static_cast<std::uint32_t>(count_up_to(std::numeric_limits<std::uint32_t>::max(), text));
}

std::uint32_t parse_threads(std::string_view text) {
  const std::uint32_t count = text == "auto" ? 0 : parse_count_32(text);
  return count == 0 ? std::min<std::uint32_t>(host_cpus(), kMaxThreads) : count;
}

nanoseconds parse_duration(std::string_view text) {
  constexpr std::uint64_t us = 1'000, ms = 1'000 * us, s = 1'000 * ms, m = 60 * s, h = 60 * m;
  static constexpr Unit kUnits[] = {{"", s}, {"h", h}, {"m", m}, {"s", s}, {"ms", ms}, {"us", us}, {"ns", 1}};
  return nanoseconds(static_cast<std::int64_t>(
      parse(text, {kUnits, true, h * 24 * 365,
                   "is not a duration: write a number, then ns, us, ms, s, m or h, as in 250ms or 1m30s",
                   "is finer than a nanosecond", "is too long: at most a year, 8760h"})));
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
  refuse_if_negative(text);
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error != std::errc{} || end != text.data() + text.size() || seed > kMost)
    refuse(text, fmt::format("is not a seed: a whole number from 0 to {}, or random", kMost));
  return seed;
}

std::pair<Money, Money> parse_amount(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() != 2) refuse(text, "is not a range: write MIN:MAX, as in 1:100");
  return {money(parts[0]), money(parts[1])};
}

std::vector<Money> parse_balance(std::string_view text) { return each(money)(text); }

Access parse_access(std::string_view text) {
  const auto parts = split(text, ':');
  const std::string_view kind = parts[0];
  if (text == "uniform") return {};
  if (kind == "zipf" && parts.size() == 2)
    return {.kind = Access::Kind::zipf, .zipf_exponent = parse_decimal(parts[1])};
  if (kind == "hot" && parts.size() == 3)
    return {.kind = Access::Kind::hot,
            .hot_picks_percent = parse_decimal(parts[1]),
            .hot_accounts_percent = parse_decimal(parts[2])};
  static const Words kinds = {"uniform", "zipf", "hot"};
  const bool is_known = std::ranges::find(kinds, kind) != kinds.end();
  refuse(text,
         "is not an access pattern: uniform, zipf:S as in zipf:0.99, or hot:90:10 for 90 % of the picks on "
         "the first 10 % of the accounts" +
             (is_known ? std::string() : did_you_mean(kind, kinds)));
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

Words strategy_names() {
  Words names;
  for (const StrategyEntry& entry : strategies()) names.emplace_back(entry.name);
  return names;
}

namespace {

Words load(std::string_view file) { return load_strategies(std::string(file), print_warning); }

// Items of a list, of which a file's name may have a comma.
std::vector<std::string> strategy_items(std::string_view text) {
  std::vector<std::string> items;
  for (const std::string_view part : parse_list(text)) {
    std::error_code error;
    const std::string whole = items.empty() ? "" : items.back() + "," + std::string(part);
    if (is_strategy_file(whole) && std::filesystem::exists(whole, error))
      items.back() = whole;
    else
      items.emplace_back(part);
  }
  return items;
}

}  // namespace

std::string parse_strategy(std::string_view text) {
  if (is_strategy_file(text)) {
    const Words names = load(text);
    if (names.size() == 1) return names[0];
    throw ConfigError(fmt::format("'{}' has several strategies: name one of {}", text, joined(names)));
  }
  if (const StrategyEntry* entry = find_strategy(text)) return std::string(entry->name);
  Words known = strategy_names();
  for (const StrategyEntry& entry : strategies())
    known.insert(known.end(), entry.aliases.begin(), entry.aliases.end());
  const std::string meant = did_you_mean(text, known);
  throw ConfigError(fmt::format("unknown strategy '{}'{}", text,
                                meant.empty() ? "; one of " + joined(strategy_names()) : meant));
}

Words parse_strategies(std::string_view text) {
  Words names;
  for (const std::string& item : strategy_items(text)) {
    const bool is_group = item == "all" || item == "safe";
    if (is_strategy_file(item)) {
      const Words loaded = load(item);
      names.insert(names.end(), loaded.begin(), loaded.end());
      continue;
    }
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

  // Up to a third of the word may be wrong, and a single letter always. A word that shares no letter is no
  // suggestion, however short.
  std::string answered;
  std::size_t limit = std::max<std::size_t>(1, typed.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(typed, candidate);
    if (distance >= limit || distance >= std::max(typed.size(), candidate.size())) continue;
    answered = answer(candidate);
    limit = distance;
  }
  return answered;
}

std::string joined(std::span<const std::string> words, std::string_view separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

}  // namespace banksim::cli
